"""One record linked, unlinked, ignored or restored, in the caller's transaction; each says why not."""

from __future__ import annotations

from sfvtui.domain.changes import Origin
from sfvtui.domain.states import State
from sfvtui.errors import Refused
from sfvtui.mirror import approvals, conflicts, edits, history, links, outbox, pending, records
from sfvtui.mirror.history import Entry
from sfvtui.mirror.outbox import Target
from sfvtui.mirror.store import Row
from sfvtui.mirror.touched import touch, touch_keys, touch_user
from sfvtui.sync import match, moves
from sfvtui.sync.context import Context

APART = "by hand, though they had been unlinked before"
"""Why of a link that joined two again whom a person had unlinked."""


def record_row(ctx: Context, record_id: str) -> Row:
    """The record's row. Raises Refused where the mirror has none."""
    row = records.by_id(ctx.store, record_id)
    if row is None:
        raise Refused(f"The mirror has no record {record_id}.")
    return row


def state_reason(row: Row) -> str:
    """A record's state, as the reason of a refusal."""
    state = (row["record_state"] or "out of scope").replace("_", " ")
    return f"it is {state}" + (f": {row['state_why']}" if row["state_why"] else "")


def link_one(ctx: Context, record_id: str, user: Row, batch: int) -> str | None:
    """Links a record and a user by hand; returns why not, where either side is not free."""
    store, row = ctx.store, record_row(ctx, record_id)
    reason = _link_refusal(ctx, row, user)
    if reason is not None:
        return reason
    apart = approvals.join_again(store, record_id, user["user_id"])
    if approvals.ignored(store, record_id) is not None:
        restore_one(ctx, record_id, batch, why="linked by hand")
    match.withdraw(ctx, record_id, f"linked by {ctx.actor}")
    links.make(
        store, row["record_pk"], user["user_pk"], made_by=ctx.actor, at=ctx.now(), lasting=True
    )
    _settle_merge(ctx, user["user_pk"])
    why = APART if apart else "by hand"
    _note(ctx, Entry("link", record_id=record_id, user_id=user["user_id"], why=why), batch)
    _touch_sharing(ctx, row)
    touch_user(store, user["user_pk"])
    return None


def _link_refusal(ctx: Context, row: Row, user: Row) -> str | None:
    store = ctx.store
    if row["gone_why"] is not None:
        return f"its record is gone ({row['gone_why']})"
    if links.live_of_record(store, row["record_pk"]) is not None:
        return "it has a link already: unlink it first"
    other = links.live_of_user(store, user["user_pk"])
    if other is not None:
        whose = links.record_of(store, other["link_id"])
        name = whose["record_id"] if whose is not None else "another record"
        return f"user {user['user_id']} is linked to {name} already"
    if user["missing_at"] is not None:
        return f"user {user['user_id']} was deleted in Vitally"
    creation = outbox.creation_of(store, row["record_id"])
    if creation is not None and creation["state"] in ("sending", "unknown"):
        return "the creation of its user is on its way"
    if row["in_scope"] != 1:
        return "it is out of scope"
    return None


def _settle_merge(ctx: Context, user_pk: int) -> None:
    """A user that is linked anew is no longer the user of a record that was merged away."""
    store = ctx.store
    for row in links.of_merged(store, user_pk):
        links.delete(store, row["link_id"])
        touch(store, [row["record_pk"]])


def unlink_one(
    ctx: Context, record_id: str, batch: int, *, apart: bool, why: str = "by hand"
) -> str | None:
    """Takes a record's link apart, and with `apart` remembers the two as not the same person;
    returns why not. What a person typed for it is dropped, and the history says so."""
    store = ctx.store
    row = links.last_of(store, record_id)
    if row is None:
        return "it has no link"
    if pending.on_its_way(store, record_id):
        return "a change of it is on its way: push first"
    _drop_open(ctx, row, record_id, batch)
    conflicts.drop(store, record_id, "")
    links.delete(store, row["link_id"])
    if apart:
        approvals.set_apart(store, record_id, row["user_id"], who=ctx.actor, at=ctx.now())
    _note(ctx, Entry("unlink", record_id=record_id, user_id=row["user_id"], why=why), batch)
    _touch_sharing(ctx, record_row(ctx, record_id))
    touch_user(store, row["user_pk"])
    return None


def _drop_open(ctx: Context, row: Row, record_id: str, batch: int) -> None:
    """Takes everything of a link out of the outbox; what a person typed is noted as dropped."""
    store = ctx.store
    for edit in edits.of_link(store, row["link_id"]):
        moves.remove_halves(store, edit["edit_id"])
        entry = Entry(
            "drop", record_id=record_id, user_id=row["user_id"], field=edit["field"],
            before=edit["saw_salesforce"], after=edit["value"], why="unlinked",
        )  # fmt: skip
        _note(ctx, entry, batch)
    target = Target(record_id, row["user_id"])
    for item in list(outbox.open_fields(store, target).values()):
        if item["origin"] in (Origin.RECONCILE, Origin.ACCOUNT):
            outbox.delete_change(store, item["change_id"])


def ignore_one(ctx: Context, record_id: str, reason: str, batch: int) -> str | None:
    """Ignores a record that has no link; returns why not."""
    store, row = ctx.store, record_row(ctx, record_id)
    linked = links.live_of_record(store, row["record_pk"]) is not None
    if linked or row["record_state"] == State.GONE:
        return state_reason(row)
    match.withdraw(ctx, record_id, f"ignored by {ctx.actor}")
    approvals.ignore(store, record_id, who=ctx.actor, at=ctx.now(), reason=reason)
    _note(ctx, Entry("ignore", record_id=record_id, why=reason), batch)
    _touch_sharing(ctx, row)
    return None


def restore_one(ctx: Context, record_id: str, batch: int, *, why: str = "") -> str | None:
    """Returns an ignored record to what the rule says of it now; returns why not."""
    row = record_row(ctx, record_id)
    if not approvals.restore(ctx.store, record_id):
        return "it is not ignored"
    _note(ctx, Entry("restore", record_id=record_id, why=why), batch)
    _touch_sharing(ctx, row)
    return None


def _touch_sharing(ctx: Context, row: Row) -> None:
    touch(ctx.store, [row["record_pk"]])
    touch_keys(ctx.store, [row["match_key"]])


def _note(ctx: Context, entry: Entry, batch: int) -> None:
    history.append(ctx.store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
