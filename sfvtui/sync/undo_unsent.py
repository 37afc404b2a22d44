"""Undo of what was typed and not sent: it leaves the outbox, or its conflict; or is typed again where
the same value as before was typed in its place."""

from __future__ import annotations

from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.domain.merge import ConflictKind
from sfvtui.mirror import bases, conflicts, history, links, mappings, pending
from sfvtui.mirror import edits as typed
from sfvtui.mirror.history import Entry
from sfvtui.mirror.store import Row, Store
from sfvtui.sync import edits
from sfvtui.sync.edits import Wanted
from sfvtui.sync.undoing import Undoing, of_entries

NOT_SENT = "dropped before it was sent"


def take_unsent(do: Undoing, row: Row) -> bool | str | None:
    """Takes a typed value that was not sent out of the outbox, or out of its conflict. True where
    it did, None where the value was sent (or replaced), a reason where it is on its way."""
    store = do.store
    edit = typed.of_batch(store, row["record_id"], row["field"], row["batch"])
    if edit is None:
        return _take_from_conflict(do, row)
    states = pending.states_of_edit(store, edit["edit_id"])
    if states & {ChangeState.SENDING, ChangeState.UNKNOWN}:
        return "it is on its way: push first"
    if ChangeState.LANDED in states:
        return None
    edits.discard(store, edit["edit_id"])
    _note_unsent(do, row, edit["value"])
    if row["what"] == "resolve":
        _reopen(do, row, edit)
    return True


def _take_from_conflict(do: Undoing, row: Row) -> bool | None:
    store = do.store
    found = conflicts.find(store, row["record_id"], row["field"])
    later = next_typed(store, row)
    if found is None or later is not None or found["edit"] is None:
        return None
    if found["edit"] != (row["after"] or ""):
        return None
    if writes(store, row, later):
        return None
    conflicts.drop(store, row["record_id"], row["field"])
    _note_unsent(do, row, found["edit"])
    return True


def _note_unsent(do: Undoing, row: Row, value: str) -> None:
    why = of_entries([row["entry"]])
    do.done(
        Entry(
            "undo", record_id=row["record_id"], user_id=row["user_id"], field=row["field"],
            before=value, after=row["before"], why=why, outcome=NOT_SENT,
        )
    )  # fmt: skip


def _reopen(do: Undoing, row: Row, edit: Row) -> None:
    """A conflict whose settling was taken back stands again, as it was shown."""
    store, kind = do.store, str(row["why"]).removeprefix("conflict: ")
    if kind not in set(ConflictKind):
        return
    typed = None
    if kind in (ConflictKind.EDIT_MOVED, ConflictKind.DELETED):
        last = history.last_wanted(store, row["record_id"], row["field"], before=row["entry"])
        typed = last["after"] if last is not None else None
    base = bases.value(store, edit["link_id"], row["field"])
    conflicts.put(
        store, row["record_id"], row["field"], ConflictKind(kind), link_id=edit["link_id"],
        salesforce=edit["saw_salesforce"], vitally=edit["saw_vitally"], base=base, edit=typed,
        why=f"settling it was {do.why}", at=do.ctx.now(),
    )  # fmt: skip


# --- what was typed back


def typed_back(store: Store, row: Row) -> Row | None:
    """The entry of the typed value that an entry took out of the outbox, by typing the value that
    both sides have; None where it did something else."""
    if row["what"] != "edit" or row["before"] != row["after"]:
        return None
    if writes(store, row, next_typed(store, row)):
        return None
    record_id, field = row["record_id"], row["field"]
    former = history.last_wanted(store, record_id, field, before=row["entry"])
    if former is None or former["what"] != "edit":
        return None
    if history.dropped_since(store, record_id, field, after=former["entry"]):
        return None
    between = history.writes(
        store, record_id, field, after=former["entry"], before=row["entry"]
    )  # fmt: skip
    return None if between else former


def type_again(do: Undoing, row: Row, former: Row) -> str | None:
    """Queues the former edit again, as the action that it was; returns why not."""
    store, name = do.store, row["field"]
    link, pair = links.load_of(store, row["record_id"]), do.bound.pair(name)
    if link is None:
        return "its record is not linked any more"
    if link.record["in_scope"] != 1:
        return "its record is out of scope: nothing is sent for it"
    if pair is None:
        return f"{name} left the mapping"
    if typed.latest_of(store, link.link_id, name) is not None:
        return "a later value for it is in the outbox: undo or push that first"
    sides = link.sides(name)
    if sides.salesforce is None or sides.vitally is None:
        return f"{name} was not read yet: pull first"
    reason = edits.hold(pair, mappings.paused(store).get(name), to_salesforce=True)
    if reason is not None:
        return reason
    wanted = Wanted(
        former["after"] or "", sides.salesforce, sides.vitally, Origin.EDIT,
        f"edited by {former['who']}", former["batch"],
    )  # fmt: skip
    do.numbers += edits.put(do.ctx, link, pair, wanted, mapping=do.mapping)
    do.done(
        Entry(
            "undo", record_id=row["record_id"], user_id=link.target.user_id, field=name,
            before=row["after"], after=former["after"], why=of_entries([row["entry"]]),
        )
    )  # fmt: skip
    return None


# --- the writes of what was typed


def next_typed(store: Store, row: Row) -> int | None:
    """The next entry in which a person wants a value for the same pair."""
    return history.next_wanted(store, row["record_id"], row["field"], batch=row["batch"])


def writes(store: Store, row: Row, end: int | None) -> dict[System, Row]:
    """The first write to each side after an entry, and before the entry `end`."""
    rows = history.writes(store, row["record_id"], row["field"], after=row["entry"], before=end)
    return {System(found["system"]): found for found in rows}
