"""Acting on queued changes: a person retries a parked one, or drops one that was not sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sfvtui.domain.changes import Action, ChangeState, Origin
from sfvtui.errors import Refused, UnknownName
from sfvtui.mirror import history, links, outbox
from sfvtui.mirror.history import Entry
from sfvtui.mirror.rows import touch
from sfvtui.sync import edits
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context
from sfvtui.sync.reconcile import load_link, put_stay


def retry(ctx: Context, numbers: Sequence[int]) -> list[int]:
    """Queues parked changes again. All or none. Raises UnknownName for a number that there is not,
    Refused for a change that is not parked."""
    ctx.refuse_if_read_only("retrying changes")
    with act(ctx):
        for number in numbers:
            row = _change(ctx, number)
            if row["state"] != ChangeState.PARKED:
                raise Refused(
                    f"Change {number} is {row['state']}, not parked; nothing was retried."
                )
            outbox.move(
                ctx.store, number, ChangeState.QUEUED,
                attempts=0, code=None, message=None, mend=None,
            )  # fmt: skip
            _touch(ctx, row)
    return list(numbers)


def drop(ctx: Context, numbers: Sequence[int]) -> list[int]:
    """Drops changes that were not sent. A reconciled one leaves a stay, an edit goes whole, a
    creation takes its approval along. All or none; errors as for `retry`."""
    ctx.refuse_if_read_only("dropping changes")
    with act(ctx):
        batch = history.new_batch(ctx.store)
        for number in numbers:
            row = ctx.store.row("SELECT * FROM change WHERE change_id = ?", number)
            if row is None and number in numbers[: numbers.index(number)]:
                continue
            row = _change(ctx, number)
            if row["state"] not in (ChangeState.QUEUED, ChangeState.PARKED):
                raise Refused(f"Change {number} is {row['state']}; nothing was dropped.")
            _drop(ctx, row, batch)
    return list(numbers)


def _drop(ctx: Context, row: sqlite3.Row, batch: int) -> None:
    store = ctx.store
    for item in outbox.fields_of(store, row["change_id"]):
        entry = Entry(
            "drop", record_id=row["record_id"], user_id=row["user_id"], system=row["system"],
            field=item["field"] or item["name"], before=item["before"], after=item["after"],
            why=f"change {row['change_id']}",
        )  # fmt: skip
        if row["action"] != Action.CREATE:
            history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
        if item["origin"] == Origin.RECONCILE:
            _stay(ctx, row, item)
        elif item["edit_id"] is not None:
            edits.discard(store, item["edit_id"])
    if row["action"] == Action.CREATE:
        store.db.execute("DELETE FROM approval WHERE record_id = ?", (row["record_id"],))
        entry = Entry("withdraw", record_id=row["record_id"], why="its creation was dropped")
        history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
    left = store.row("SELECT state FROM change WHERE change_id = ?", row["change_id"])
    if left is not None and left["state"] in (ChangeState.QUEUED, ChangeState.PARKED):
        outbox.move(store, row["change_id"], ChangeState.DROPPED)
    _touch(ctx, row)


def _stay(ctx: Context, row: sqlite3.Row, item: sqlite3.Row) -> None:
    record_pk = ctx.store.value(
        "SELECT record_pk FROM record WHERE record_id = ?", row["record_id"]
    )
    link = load_link(ctx.store, record_pk)
    if link is not None and item["field"]:
        why = f"dropped by {ctx.actor}"
        put_stay(ctx.store, link.link_id, item["field"], link.sides(item["field"]), why)
        links.lasts(ctx.store, link.link_id)


def _change(ctx: Context, number: int) -> sqlite3.Row:
    row = ctx.store.row("SELECT * FROM change WHERE change_id = ?", number)
    if row is None:
        raise UnknownName(f"There is no change {number}.", "`sfvtui outbox` lists them.")
    return row


def _touch(ctx: Context, row: sqlite3.Row) -> None:
    found = ctx.store.rows("SELECT record_pk FROM record WHERE record_id = ?", row["record_id"])
    touch(ctx.store, [r[0] for r in found])
