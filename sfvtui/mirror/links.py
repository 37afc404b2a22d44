"""Links: made, moved, ended and brought back."""

from __future__ import annotations

import sqlite3

from sfvtui.mirror.store import Store


def make(
    store: Store, record_pk: int, user_pk: int, *, made_by: str, at: str, lasting: bool,
    why: str = "",
) -> int:  # fmt: skip
    """Makes a live link; returns its number. The store refuses a second live link of either side."""
    cursor = store.db.execute(
        "INSERT INTO link(record_pk, user_pk, made_by, made_at, why, lasting)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (record_pk, user_pk, made_by, at, why, int(lasting)),
    )
    link_id = int(cursor.lastrowid or 0)
    store.db.execute("INSERT INTO base(link_id) VALUES (?)", (link_id,))
    return link_id


def live_of_record(store: Store, record_pk: int) -> sqlite3.Row | None:
    """The record's live link."""
    return store.row("SELECT * FROM link WHERE record_pk = ? AND status = 'live'", record_pk)


def live_of_user(store: Store, user_pk: int) -> sqlite3.Row | None:
    """The user's live link."""
    return store.row("SELECT * FROM link WHERE user_pk = ? AND status = 'live'", user_pk)


def lasts(store: Store, link_id: int) -> None:
    """Makes a provisional link lasting: something was sent for it, or a person acted on it."""
    store.db.execute("UPDATE link SET lasting = 1 WHERE link_id = ?", (link_id,))


def end(store: Store, link_id: int, status: str) -> None:
    """Ends a live link: `gone` (its record is) or `user_deleted`. It holds neither side then."""
    store.db.execute("UPDATE link SET status = ? WHERE link_id = ?", (status, link_id))


def delete(store: Store, link_id: int) -> None:
    """Removes a link with its bases, stays, edits and conflicts."""
    store.db.execute("UPDATE edit SET waits_for = NULL WHERE link_id = ?", (link_id,))
    store.db.execute("DELETE FROM edit WHERE link_id = ?", (link_id,))
    store.db.execute("DELETE FROM conflict WHERE link_id = ?", (link_id,))
    store.db.execute("DELETE FROM link WHERE link_id = ?", (link_id,))


def revive(store: Store, link_id: int) -> bool:
    """Brings an ended link back where both sides are free; returns whether it did."""
    row = store.row("SELECT * FROM link WHERE link_id = ?", link_id)
    if row is None or live_of_record(store, row["record_pk"]) is not None:
        return False
    if live_of_user(store, row["user_pk"]) is not None:
        return False
    record = store.row("SELECT gone_why FROM record WHERE record_pk = ?", row["record_pk"])
    user = store.row("SELECT missing_at FROM user WHERE user_pk = ?", row["user_pk"])
    if record is None or user is None:
        return False
    if record["gone_why"] is not None or user["missing_at"] is not None:
        return False
    store.db.execute("UPDATE link SET status = 'live' WHERE link_id = ?", (link_id,))
    return True
