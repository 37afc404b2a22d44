"""What moves or disappears: links of records and users that are gone, merged, or back."""

from __future__ import annotations

from sfvtui.domain.changes import ChangeState, Origin
from sfvtui.domain.merge import ConflictKind
from sfvtui.mirror import (
    conflicts,
    edits,
    history,
    links,
    outbox,
    pending,
    pieces,
    records,
    vanished,
)
from sfvtui.mirror.history import Entry
from sfvtui.mirror.outbox import Target
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch, touch_keys, touch_user
from sfvtui.sync.context import Context


def settle_moves(ctx: Context) -> None:
    """Ends, moves and brings back the links of the piece's records, in the caller's transaction.

    Links that end are counted as vanished, for the guard of the next push.
    """
    store = ctx.store
    for row in pieces.links_to_end(store):
        if row["gone_why"] is not None:
            _record_gone(ctx, row)
        else:
            _user_gone(ctx, row)
    for row in pieces.links_to_bring_back(store):
        if links.revive(store, row["link_id"]):
            _touch_sharers(store, row, row)
            _note(ctx, "link", row["record_id"], row["user_id"], "both are back")
            # What was typed before it went is shown once more, beside what is there now.
            conflicts.of_returned(store, row["link_id"])
            conflicts.drop_merged(store, row["record_id"])
    conflicts.drop_settled_merges(store)


def _record_gone(ctx: Context, row: Row) -> None:
    store = ctx.store
    _touch_sharers(store, row, row)
    winner = _winner(store, row)
    if winner is not None and links.live_of_record(store, winner["record_pk"]) is None:
        _move(ctx, row, winner)
        return
    _drop_decided(store, row)
    _edits_of_gone(ctx, row)
    links.end(store, row["link_id"], "gone")
    vanished.count(store, row["link_id"])
    why = f"its record was {row['gone_why']}"
    if winner is not None:
        why = f"its record was merged into {winner['record_id']}, which has a link of its own"
        conflicts.put(
            store, row["record_id"], "", ConflictKind.MERGED, link_id=row["link_id"], why=why,
            at=ctx.now(),
        )  # fmt: skip
    _note(ctx, "unlink", row["record_id"], row["user_id"], why)


def _winner(store: Store, row: Row) -> Row | None:
    """The record that a record was merged into, however often that was merged in its turn."""
    seen = {row["record_id"]}
    master = row["master_id"]
    while master and master not in seen:
        seen.add(master)
        found = records.by_id(store, master)
        if found is None or found["gone_why"] is None:
            return found
        master = found["master_id"]
    return None


def _move(ctx: Context, row: Row, winner: Row) -> None:
    """The link of a merged record goes to the winner, with its bases and what was typed."""
    store = ctx.store
    _drop_reconciled(store, row)
    loser, new = row["record_id"], winner["record_id"]
    # A link that the winner once had, and that ended, no longer stands for it.
    links.move(
        store, row["link_id"], record_pk=winner["record_pk"], record_id=new,
        why=f"merged: it was linked to {loser}",
    )  # fmt: skip
    outbox.to_winner(store, loser, new)
    touch(store, [row["record_pk"], winner["record_pk"]])
    _touch_sharers(store, row, winner)
    _note(ctx, "link", new, row["user_id"], f"{loser}, its record, was merged into {new}")


def _user_gone(ctx: Context, row: Row) -> None:
    store = ctx.store
    _drop_decided(store, row)
    _drop_edits(ctx, row)
    conflicts.drop_of_link(store, row["link_id"])
    links.end(store, row["link_id"], "user_deleted")
    _touch_sharers(store, row, row)
    vanished.count(store, row["link_id"])
    _note(ctx, "unlink", row["record_id"], row["user_id"], "its user was deleted in Vitally")


def _touch_sharers(store: Store, row: Row, record: Row) -> None:
    """After a link began or ended: whoever has its user's match value may now be the one that it
    belongs to; and whoever has its record's shares it with one more, or less."""
    touch_user(store, row["user_pk"])
    touch_keys(store, [record["match_key"]])


def _drop_decided(store: Store, row: Row) -> None:
    """Takes out of the outbox what was reconciled for a link, and a change of its user's accounts."""
    _drop_reconciled(store, row)
    target = Target(row["record_id"], row["user_id"])
    for item in outbox.open_fields(store, target).values():
        if item["origin"] == Origin.ACCOUNT and item["state"] == ChangeState.QUEUED:
            outbox.remove_field(store, item["change_id"], item["name"])


def _drop_reconciled(store: Store, row: Row) -> None:
    target = Target(row["record_id"], row["user_id"])
    for item in outbox.queued_reconciled(store, target):
        outbox.remove_field(store, item["change_id"], item["name"])


def _drop_edits(ctx: Context, row: Row) -> None:
    """What was typed for a link whose user is gone is dropped, and the history says so."""
    store = ctx.store
    for edit in edits.of_link(store, row["link_id"]):
        remove_halves(store, edit["edit_id"])
        entry = Entry(
            "drop", record_id=row["record_id"], user_id=row["user_id"], field=edit["field"],
            before=edit["saw_salesforce"], after=edit["value"], why="its user was deleted in Vitally",
        )  # fmt: skip
        history.append(store, entry, at=ctx.now(), who="rule", batch=history.new_batch(store))
        edits.delete(store, edit["edit_id"])


def _edits_of_gone(ctx: Context, row: Row) -> None:
    """An edit of a record that is gone waits for a person, as a conflict of kind deleted."""
    store = ctx.store
    conflicts.drop_of_link(store, row["link_id"])
    for edit in edits.of_link(store, row["link_id"]):
        remove_halves(store, edit["edit_id"])
        conflicts.put(
            store, row["record_id"], edit["field"], ConflictKind.DELETED, link_id=row["link_id"],
            salesforce=edit["saw_salesforce"], vitally=edit["saw_vitally"], edit=edit["value"],
            why="its record is gone", at=ctx.now(),
        )  # fmt: skip
        edits.delete(store, edit["edit_id"])


def remove_halves(store: Store, edit_id: int) -> None:
    """Takes the fields of an edit that were not sent out of the outbox."""
    for item in pending.halves(store, edit_id):
        if item["state"] in (ChangeState.QUEUED, ChangeState.PARKED):
            outbox.take_out(store, item)


def _note(ctx: Context, what: str, record_id: str, user_id: str, why: str) -> None:
    entry = Entry(what, record_id=record_id, user_id=user_id, why=why)
    store = ctx.store
    history.append(store, entry, at=ctx.now(), who="rule", batch=history.new_batch(store))
