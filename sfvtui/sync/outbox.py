"""Acting on queued changes: a person retries a parked one, or drops one that was not sent."""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.domain.changes import Action, ChangeState, Origin
from sfvtui.errors import Refused, UnknownName
from sfvtui.mirror import approvals, held_back, history, links, outbox, pending, stays
from sfvtui.mirror.history import Entry
from sfvtui.mirror.store import Row
from sfvtui.mirror.touched import touch_record
from sfvtui.sync import edits
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context


def retry(ctx: Context, numbers: Sequence[int]) -> list[int]:
    """Queues parked changes again. All or none. Raises UnknownName for a number that there is not,
    Refused for a change that is not parked."""
    ctx.refuse_if_read_only("retrying changes")
    with act(ctx):
        rows = [_change(ctx, number) for number in dict.fromkeys(numbers)]
        for row in rows:
            if row["state"] != ChangeState.PARKED:
                raise Refused(
                    f"Change {row['change_id']} is {row['state']}, not parked; nothing was retried.",
                    "`sfvtui outbox --parked` lists those that are.",
                )
        for row in rows:
            _requeue(ctx, row["change_id"])
            _retry_halves(ctx, row["change_id"])
            touch_record(ctx.store, row["record_id"])
    return list(numbers)


def _retry_halves(ctx: Context, number: int) -> None:
    """The Vitally halves that parked with a Salesforce half wait for it again."""
    for half in pending.parked_halves(ctx.store, number):
        _requeue(ctx, half)


def _requeue(ctx: Context, change_id: int) -> None:
    clean = {"attempts": 0, "code": None, "message": None, "mend": None}
    outbox.move(ctx.store, change_id, ChangeState.QUEUED, **clean)


def drop(ctx: Context, numbers: Sequence[int]) -> list[int]:
    """Drops changes that were not sent. A reconciled one leaves a stay, an edit goes whole, a
    creation takes its approval along. All or none; errors as for `retry`."""
    ctx.refuse_if_read_only("dropping changes")
    with act(ctx):
        batch = history.new_batch(ctx.store)
        named = {number: _change(ctx, number) for number in numbers}
        for number, row in named.items():
            if row["state"] not in (ChangeState.QUEUED, ChangeState.PARKED):
                raise Refused(
                    f"Change {number} is {row['state']}; nothing was dropped.",
                    "Push first, which reads back what became of it: `sfvtui push`."
                    if row["state"] in (ChangeState.SENDING, ChangeState.UNKNOWN)
                    else "`sfvtui history` says what became of it.",
                )
        for number in named:
            # One half of an edit takes the other along: that one may be gone by its turn.
            left = pending.find(ctx.store, number)
            if left is not None and left["state"] in (ChangeState.QUEUED, ChangeState.PARKED):
                _drop(ctx, left, batch)
    return list(numbers)


def _drop(ctx: Context, row: Row, batch: int) -> None:
    store = ctx.store
    for item in outbox.fields_of(store, row["change_id"]):
        if item["origin"] == Origin.RECONCILE:
            _note(ctx, row, item, batch)
            _stay(ctx, row, item)
        elif item["edit_id"] is not None:
            for half in pending.halves(store, item["edit_id"]):
                _note(ctx, half, half, batch)
                held_back.release(store, row["record_id"], half["system"], half["name"])
            edits.discard(store, item["edit_id"])
        elif row["action"] != Action.CREATE:
            _note(ctx, row, item, batch)
        held_back.release(store, row["record_id"], row["system"], item["name"])
    if row["action"] == Action.CREATE:
        held_back.release(store, row["record_id"], row["system"], held_back.CREATION)
        approvals.withdraw(store, row["record_id"])
        entry = Entry("withdraw", record_id=row["record_id"], why="its creation was dropped")
        history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
    left = pending.find(store, row["change_id"])
    if left is not None and left["state"] in (ChangeState.QUEUED, ChangeState.PARKED):
        outbox.move(store, row["change_id"], ChangeState.DROPPED)
    touch_record(store, row["record_id"])


def _note(ctx: Context, row: Row, item: Row, batch: int) -> None:
    entry = Entry(
        "drop", record_id=row["record_id"], user_id=row["user_id"], system=row["system"],
        field=item["field"] or item["name"], before=item["before"], after=item["after"],
        why=f"change {row['change_id']}",
    )  # fmt: skip
    history.append(ctx.store, entry, at=ctx.now(), who=ctx.actor, batch=batch)


def _stay(ctx: Context, row: Row, item: Row) -> None:
    link = links.load_of(ctx.store, row["record_id"])
    if link is not None and item["field"]:
        why = f"dropped by {ctx.actor}"
        stays.put(ctx.store, link.link_id, item["field"], link.sides(item["field"]), why)
        links.lasts(ctx.store, link.link_id)


def _change(ctx: Context, number: int) -> Row:
    row = pending.find(ctx.store, number)
    if row is None:
        raise UnknownName(f"There is no change {number}.", "`sfvtui outbox` lists them.")
    return row
