"""What is pending in the outbox: what may go, what is unknown, and the halves of edits."""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.domain.changes import ChangeState, System
from sfvtui.mirror.columns import marks
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Row, Store

# --- one change


def find(store: Store, change_id: int) -> Row | None:
    """A change, in whatever state."""
    return store.row("SELECT * FROM change WHERE change_id = ?", change_id)


def sendable(store: Store, change_id: int) -> Row | None:
    """A change, where it may be sent now: queued, neither held nor waiting for another."""
    return store.row(
        "SELECT * FROM change WHERE change_id = ? AND state = 'queued' AND held IS NULL"
        " AND waits = 0",
        change_id,
    )


def queued_of_record(store: Store, record_id: str) -> list[Row]:
    """The queued changes of a record."""
    return store.rows(
        "SELECT * FROM change WHERE record_id = ? AND state = 'queued' ORDER BY change_id",
        record_id,
    )


# --- many


def anything(store: Store) -> bool:
    """Whether a push has anything to send or to read back."""
    return bool(
        store.value(
            "SELECT EXISTS (SELECT 1 FROM change WHERE state = 'unknown'"
            " OR (state = 'queued' AND held IS NULL))"
        )
    )


def ready(store: Store, system: System) -> list[int]:
    """The changes of a system that may be sent now, in the order in which they go."""
    rows = store.rows(
        "SELECT change_id FROM change WHERE state = 'queued' AND held IS NULL AND waits = 0"
        " AND system = ? ORDER BY change_id",
        system.value,
    )
    return [row[0] for row in rows]


def in_state(store: Store, state: ChangeState, system: System | None = None) -> list[int]:
    """The changes in a state (of one system, where given)."""
    rows = store.rows(
        "SELECT change_id FROM change WHERE state = ? AND system = COALESCE(?, system)"
        " ORDER BY change_id",
        state.value,
        None if system is None else system.value,
    )
    return [row[0] for row in rows]


def records_of(store: Store, change_ids: Sequence[int]) -> dict[int, str]:
    """The Id of the record that each of these changes is of."""
    found: dict[int, str] = {}
    for some in in_chunks(change_ids):
        rows = store.rows(
            f"SELECT change_id, record_id FROM change WHERE change_id IN ({marks(some)})", *some
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def count(store: Store, state: ChangeState, *, held: bool | None = None) -> int:
    """How many changes are in a state; of the held ones or the others only, where given."""
    test = {None: "", True: " AND held IS NOT NULL", False: " AND held IS NULL"}[held]
    return int(store.value(f"SELECT COUNT(*) FROM change WHERE state = ?{test}", state.value))


def on_its_way(store: Store, record_id: str) -> bool:
    """Whether a change of a record is being sent, or its outcome is unknown."""
    return bool(
        store.value(
            "SELECT COUNT(*) FROM change WHERE record_id = ? AND state IN ('sending', 'unknown')",
            record_id,
        )
    )


def of_user_on_its_way(store: Store, user_id: str) -> bool:
    """The same of a user, whichever record it is sent for."""
    return bool(
        store.value(
            "SELECT COUNT(*) FROM change WHERE user_id = ? AND state IN ('sending', 'unknown')",
            user_id,
        )
    )


def values_to_send(store: Store) -> list[Row]:
    """The fields of all updates that are queued and not held, in the order of the changes: record,
    system, field, name, before, after."""
    return store.rows(
        "SELECT c.record_id, c.system, f.field, f.name, f.before, f.after FROM change c"
        " JOIN change_field f USING (change_id) WHERE c.state = 'queued' AND c.held IS NULL"
        " AND c.action = 'update' ORDER BY c.change_id, f.name"
    )


def counts_by_field(store: Store) -> list[tuple[str, str, int]]:
    """How many values of each pair wait for each system: (system, field, count)."""
    rows = store.rows(
        "SELECT c.system, f.field, COUNT(*) FROM change c JOIN change_field f USING (change_id)"
        " WHERE f.open = 1 AND c.action = 'update' AND f.field <> '' GROUP BY c.system, f.field"
    )
    return [(row[0], row[1], row[2]) for row in rows]


def queued_of_field(store: Store, field: str) -> list[Row]:
    """The queued updates of a pair in all links: change, system, name, origin."""
    return store.rows(
        "SELECT f.change_id, c.system, f.name, f.origin FROM change_field f JOIN change c USING (change_id)"
        " WHERE f.field = ? AND f.open = 1 AND c.state = 'queued' AND c.action = 'update'",
        field,
    )


# --- the halves of edits


def halves(store: Store, edit_id: int) -> list[Row]:
    """The open fields of an edit, Salesforce's first, with the system, state, reason to hold,
    record and user of each one's change."""
    return store.rows(
        "SELECT f.*, c.system, c.state, c.held, c.record_id, c.user_id FROM change_field f"
        " JOIN change c USING (change_id) WHERE f.edit_id = ? AND f.open = 1 ORDER BY c.system",
        edit_id,
    )


def other_halves(store: Store, change_id: int, name: str) -> bool:
    """Whether a change has other fields that people typed."""
    return bool(
        store.value(
            "SELECT COUNT(*) FROM change_field f JOIN edit e USING (edit_id)"
            " WHERE f.change_id = ? AND f.name <> ?",
            change_id,
            name,
        )
    )


def states_of_edit(store: Store, edit_id: int) -> set[str]:
    """The states of all changes that carry or carried the edit."""
    rows = store.rows(
        "SELECT c.state FROM change_field f JOIN change c USING (change_id) WHERE f.edit_id = ?",
        edit_id,
    )
    return {row[0] for row in rows}


def waiting_halves(store: Store, change_id: int) -> list[Row]:
    """The queued Vitally halves of the edits of a Salesforce change, which wait for it: change and
    name."""
    return store.rows(
        "SELECT f.change_id, f.name FROM change_field f JOIN change c USING (change_id)"
        " WHERE c.system = 'vitally' AND c.state = 'queued' AND c.waits = 1 AND f.open = 1"
        " AND f.edit_id IN (SELECT edit_id FROM change_field WHERE change_id = ?)",
        change_id,
    )


def parked_halves(store: Store, change_id: int) -> list[int]:
    """The changes with Vitally halves that parked with a Salesforce change."""
    rows = store.rows(
        "SELECT DISTINCT c.change_id FROM change c JOIN change_field f USING (change_id)"
        " WHERE c.state = 'parked' AND c.waits = 1 AND f.edit_id IN"
        " (SELECT edit_id FROM change_field WHERE change_id = ? AND edit_id IS NOT NULL)",
        change_id,
    )
    return [row[0] for row in rows]


def amounts(store: Store) -> dict[tuple[str, str], int]:
    """How many changes may go now, by system and action; halves that wait are counted as well."""
    rows = store.rows(
        "SELECT system, action, COUNT(*) FROM change WHERE state = 'queued' AND held IS NULL"
        " GROUP BY system, action"
    )
    return {(row[0], row[1]): row[2] for row in rows}
