"""The outbox as a state machine: what a change is, its states and their legal moves."""

from __future__ import annotations

from enum import StrEnum


class System(StrEnum):
    """The two services."""

    SALESFORCE = "salesforce"
    VITALLY = "vitally"


class Action(StrEnum):
    """What a change does to its target."""

    UPDATE = "update"
    CREATE = "create"


class Origin(StrEnum):
    """Where a field of a change came from. Reconciled fields are decided again at each reconcile;
    a person's are not."""

    RECONCILE = "reconcile"
    EDIT = "edit"
    RESOLVE = "resolve"
    UNDO = "undo"
    ACCOUNT = "account"
    APPROVE = "approve"


class ChangeState(StrEnum):
    """Where a change stands.

    queued    waits to be sent (perhaps held, perhaps for another change)
    sending   committed just before its request left: whoever finds it after a crash knows nothing
    unknown   the request left and no usable answer came; read back before anything is sent again
    landed    took effect; only the history keeps it
    parked    refused by the service; a person mends, retries or drops it
    conflict  what it would overwrite moved: it became a conflict
    dropped   a person, or a newer decision, took it away
    """

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    LANDED = "landed"
    PARKED = "parked"
    CONFLICT = "conflict"
    DROPPED = "dropped"


OPEN = frozenset({ChangeState.QUEUED, ChangeState.SENDING, ChangeState.UNKNOWN, ChangeState.PARKED})

MOVES: dict[ChangeState, frozenset[ChangeState]] = {
    ChangeState.QUEUED: frozenset(
        {
            ChangeState.SENDING,
            ChangeState.LANDED,
            ChangeState.PARKED,
            ChangeState.CONFLICT,
            ChangeState.DROPPED,
            # Only in a store that was brought back from a backup: what was queued or parked when
            # it was made may have been sent since.
            ChangeState.UNKNOWN,
        }
    ),
    ChangeState.SENDING: frozenset(
        {
            ChangeState.LANDED,
            ChangeState.QUEUED,
            ChangeState.PARKED,
            ChangeState.UNKNOWN,
            ChangeState.CONFLICT,
        }
    ),
    ChangeState.UNKNOWN: frozenset(
        {ChangeState.LANDED, ChangeState.QUEUED, ChangeState.CONFLICT, ChangeState.PARKED}
    ),
    ChangeState.PARKED: frozenset(
        {ChangeState.QUEUED, ChangeState.DROPPED, ChangeState.CONFLICT, ChangeState.UNKNOWN}
    ),
    ChangeState.LANDED: frozenset(),
    ChangeState.CONFLICT: frozenset(),
    ChangeState.DROPPED: frozenset(),
}
"""From each state, where a change may go."""


def may_move(now: ChangeState, then: ChangeState) -> bool:
    """Whether a change may go from state `now` to `then`."""
    return then in MOVES[now]
