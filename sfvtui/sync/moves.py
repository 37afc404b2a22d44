"""What moves or disappears: links of records and users that are gone, merged, or back."""

from __future__ import annotations

import sqlite3

from sfvtui.domain.changes import ChangeState, Origin
from sfvtui.domain.merge import ConflictKind
from sfvtui.mirror import conflicts, history, links, outbox
from sfvtui.mirror.history import Entry
from sfvtui.mirror.outbox import Target
from sfvtui.mirror.rows import touch, touch_user
from sfvtui.mirror.store import Store
from sfvtui.sync.context import Context


def settle_moves(ctx: Context) -> None:
    """Ends, moves and brings back the links of the piece's records, in the caller's transaction.

    Links that end are counted as vanished, for the guard of the next push.
    """
    store = ctx.store
    for row in store.rows(
        "SELECT r.*, l.link_id, l.user_pk, u.user_id, u.missing_at FROM record r"
        " JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " JOIN user u USING (user_pk)"
        " WHERE r.record_pk IN (SELECT record_pk FROM piece)"
        " AND (r.gone_why IS NOT NULL OR u.missing_at IS NOT NULL)"
    ):
        if row["gone_why"] is not None:
            _record_gone(ctx, row)
        else:
            _user_gone(ctx, row)
    for row in store.rows(
        "SELECT l.*, r.record_id, u.user_id FROM link l JOIN record r USING (record_pk)"
        " JOIN user u USING (user_pk) WHERE l.record_pk IN (SELECT record_pk FROM piece)"
        " AND l.status <> 'live' AND r.gone_why IS NULL AND u.missing_at IS NULL"
        " ORDER BY l.link_id DESC"
    ):
        if links.revive(store, row["link_id"]):
            touch_user(store, row["user_pk"])
            _note(ctx, "link", row["record_id"], row["user_id"], "both are back")
            # What was typed before it went is shown once more, beside what is there now.
            store.db.execute(
                "UPDATE conflict SET kind = ? WHERE link_id = ? AND kind = ?",
                (ConflictKind.EDIT_MOVED, row["link_id"], ConflictKind.DELETED),
            )
            store.db.execute(
                "DELETE FROM conflict WHERE record_id = ? AND kind = ?",
                (row["record_id"], ConflictKind.MERGED),
            )


    settle_merges(store)


def settle_merges(store: Store) -> None:
    """Removes the conflicts of merges that a person has settled: the winner has the loser's user."""
    store.db.execute(
        "DELETE FROM conflict WHERE kind = ? AND EXISTS (SELECT 1 FROM link old"
        " JOIN record lost ON lost.record_pk = old.record_pk"
        " JOIN link new ON new.user_pk = old.user_pk AND new.status = 'live'"
        " JOIN record won ON won.record_pk = new.record_pk"
        " WHERE old.link_id = conflict.link_id AND won.record_id = lost.master_id)",
        (ConflictKind.MERGED,),
    )


def _record_gone(ctx: Context, row: sqlite3.Row) -> None:
    store = ctx.store
    # Whoever else has this user's match value may now be the one that it belongs to.
    touch_user(store, row["user_pk"])
    winner = _winner(store, row)
    if winner is not None and links.live_of_record(store, winner["record_pk"]) is None:
        _move(ctx, row, winner)
        return
    _drop_decided(store, row)
    _edits_of_gone(ctx, row)
    links.end(store, row["link_id"], "gone")
    vanished(store, row["link_id"])
    why = f"its record was {row['gone_why']}"
    if winner is not None:
        why = f"its record was merged into {winner['record_id']}, which has a link of its own"
        conflicts.put(
            store, row["record_id"], "", ConflictKind.MERGED, link_id=row["link_id"], why=why,
            at=ctx.now(),
        )  # fmt: skip
    _note(ctx, "unlink", row["record_id"], row["user_id"], why)


def _winner(store: Store, row: sqlite3.Row) -> sqlite3.Row | None:
    """The record that a record was merged into, however often that was merged in its turn."""
    seen = {row["record_id"]}
    master = row["master_id"]
    while master and master not in seen:
        seen.add(master)
        found = store.row(
            "SELECT record_pk, record_id, gone_why, master_id FROM record WHERE record_id = ?",
            master,
        )
        if found is None or found["gone_why"] is None:
            return found
        master = found["master_id"]
    return None


def _move(ctx: Context, row: sqlite3.Row, winner: sqlite3.Row) -> None:
    """The link of a merged record goes to the winner, with its bases and what was typed."""
    store = ctx.store
    _drop_reconciled(store, row)
    loser, new = row["record_id"], winner["record_id"]
    # A link that the winner once had, and that ended, no longer stands for it.
    store.db.execute(
        "UPDATE link SET record_pk = ?, why = ? WHERE link_id = ?",
        (winner["record_pk"], f"merged: it was linked to {loser}", row["link_id"]),
    )
    store.db.execute("UPDATE edit SET record_id = ? WHERE link_id = ?", (new, row["link_id"]))
    store.db.execute("UPDATE conflict SET record_id = ? WHERE link_id = ?", (new, row["link_id"]))
    store.db.execute(
        "UPDATE change_field SET target = ? WHERE target = ? AND open = 1",
        (f"salesforce:{new}", f"salesforce:{loser}"),
    )
    store.db.execute(
        "UPDATE change SET record_id = ? WHERE record_id = ?"
        " AND state IN ('queued', 'parked', 'unknown')",
        (new, loser),
    )
    touch(store, [row["record_pk"], winner["record_pk"]])
    _note(ctx, "link", new, row["user_id"], f"{loser}, its record, was merged into {new}")


def _user_gone(ctx: Context, row: sqlite3.Row) -> None:
    store = ctx.store
    _drop_decided(store, row)
    _drop_edits(ctx, row)
    conflicts.drop_of_link(store, row["link_id"])
    links.end(store, row["link_id"], "user_deleted")
    vanished(store, row["link_id"])
    _note(ctx, "unlink", row["record_id"], row["user_id"], "its user was deleted in Vitally")


def _drop_decided(store: Store, row: sqlite3.Row) -> None:
    """Takes out of the outbox what was reconciled for a link, and a change of its user's accounts."""
    _drop_reconciled(store, row)
    target = Target(row["record_id"], row["user_id"])
    for item in outbox.open_fields(store, target).values():
        if item["origin"] == Origin.ACCOUNT and item["state"] == ChangeState.QUEUED:
            outbox.remove_field(store, item["change_id"], item["name"])


def _drop_reconciled(store: Store, row: sqlite3.Row) -> None:
    target = Target(row["record_id"], row["user_id"])
    for item in outbox.queued_reconciled(store, target):
        outbox.remove_field(store, item["change_id"], item["name"])


def _drop_edits(ctx: Context, row: sqlite3.Row) -> None:
    """What was typed for a link whose user is gone is dropped, and the history says so."""
    store = ctx.store
    for edit in store.rows("SELECT * FROM edit WHERE link_id = ?", row["link_id"]):
        remove_halves(store, edit["edit_id"])
        entry = Entry(
            "drop", record_id=row["record_id"], user_id=row["user_id"], field=edit["field"],
            before=edit["saw_salesforce"], after=edit["value"], why="its user was deleted in Vitally",
        )  # fmt: skip
        history.append(store, entry, at=ctx.now(), who="rule", batch=history.new_batch(store))
        store.db.execute("UPDATE edit SET waits_for = NULL WHERE waits_for = ?", (edit["edit_id"],))
        store.db.execute("DELETE FROM edit WHERE edit_id = ?", (edit["edit_id"],))


def _edits_of_gone(ctx: Context, row: sqlite3.Row) -> None:
    """An edit of a record that is gone waits for a person, as a conflict of kind deleted."""
    store = ctx.store
    conflicts.drop_of_link(store, row["link_id"])
    for edit in store.rows("SELECT * FROM edit WHERE link_id = ?", row["link_id"]):
        remove_halves(store, edit["edit_id"])
        conflicts.put(
            store, row["record_id"], edit["field"], ConflictKind.DELETED, link_id=row["link_id"],
            salesforce=edit["saw_salesforce"], vitally=edit["saw_vitally"], edit=edit["value"],
            why="its record is gone", at=ctx.now(),
        )  # fmt: skip
        store.db.execute("UPDATE edit SET waits_for = NULL WHERE waits_for = ?", (edit["edit_id"],))
        store.db.execute("DELETE FROM edit WHERE edit_id = ?", (edit["edit_id"],))


def remove_halves(store: Store, edit_id: int) -> None:
    """Takes the fields of an edit that were not sent out of the outbox."""
    for item in store.rows(
        "SELECT f.change_id, f.name, c.state FROM change_field f JOIN change c USING (change_id)"
        " WHERE f.edit_id = ? AND f.open = 1",
        edit_id,
    ):
        if item["state"] in (ChangeState.QUEUED, ChangeState.PARKED):
            outbox.take_out(store, item)


def vanished(store: Store, link_id: int) -> None:
    """Counts a link as vanished, until a push confirms it or the link is back."""
    store.db.execute("INSERT OR IGNORE INTO seen VALUES ('vanished', ?)", (str(link_id),))


def _note(ctx: Context, what: str, record_id: str, user_id: str, why: str) -> None:
    entry = Entry(what, record_id=record_id, user_id=user_id, why=why)
    store = ctx.store
    history.append(store, entry, at=ctx.now(), who="rule", batch=history.new_batch(store))
