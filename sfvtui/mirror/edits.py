"""Edits: the values that people typed and that are not pushed yet, with what each author saw."""

from __future__ import annotations

from sfvtui.domain.changes import Origin
from sfvtui.mirror.store import Row, Store


def add(
    store: Store, link_id: int, record_id: str, field: str, value: str, *,
    saw_salesforce: str, saw_vitally: str, origin: Origin, who: str, at: str, why: str,
    batch: int | None, waits_for: int | None, one_sided: str | None,
) -> int:  # fmt: skip
    """Keeps an edit; returns its number."""
    cursor = store.db.execute(
        "INSERT INTO edit(link_id, record_id, field, value, saw_salesforce, saw_vitally, origin,"
        " who, at, batch, why, waits_for, one_sided) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (link_id, record_id, field, value, saw_salesforce, saw_vitally, origin.value, who, at,
         batch, why, waits_for, one_sided),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def find(store: Store, edit_id: int) -> Row | None:
    """An edit, where it is still there."""
    return store.row("SELECT * FROM edit WHERE edit_id = ?", edit_id)


def of_link(store: Store, link_id: int) -> list[Row]:
    """The edits of a link."""
    return store.rows("SELECT * FROM edit WHERE link_id = ?", link_id)


def open_of(store: Store, link_id: int, field: str) -> Row | None:
    """The open edit of a pair of a link (not one that waits behind it)."""
    return store.row(
        "SELECT * FROM edit WHERE link_id = ? AND field = ? AND waits_for IS NULL", link_id, field
    )


def latest_of(store: Store, link_id: int, field: str) -> Row | None:
    """The newest edit of a pair of a link: the one that waits, or else the open one."""
    return store.row(
        "SELECT * FROM edit WHERE link_id = ? AND field = ? ORDER BY edit_id DESC LIMIT 1",
        link_id,
        field,
    )


def of_batch(store: Store, record_id: str, field: str, batch: int) -> Row | None:
    """The edit of a record's field that an action made, where it is still there."""
    return store.row(
        "SELECT * FROM edit WHERE record_id = ? AND field = ? AND batch = ?",
        record_id,
        field,
        batch,
    )


def behind(store: Store, edit_id: int) -> Row | None:
    """The edit that waits behind this one."""
    return store.row("SELECT * FROM edit WHERE waits_for = ?", edit_id)


def set_stored(store: Store, edit_id: int, stored: str) -> None:
    """The edit's value is what Salesforce stored of it."""
    store.db.execute(
        "UPDATE edit SET value = ?, saw_salesforce = ? WHERE edit_id = ?", (stored, stored, edit_id)
    )


def set_seen(store: Store, edit_id: int, salesforce: str, vitally: str) -> None:
    """The edit counts as typed by somebody who saw these values."""
    store.db.execute(
        "UPDATE edit SET saw_salesforce = ?, saw_vitally = ? WHERE edit_id = ?",
        (salesforce, vitally, edit_id),
    )


def delete(store: Store, edit_id: int) -> None:
    """Removes an edit; one that waited behind it waits no longer."""
    store.db.execute("UPDATE edit SET waits_for = NULL WHERE waits_for = ?", (edit_id,))
    store.db.execute("DELETE FROM edit WHERE edit_id = ?", (edit_id,))


def delete_behind(store: Store, edit_id: int) -> None:
    """Removes what waits behind an edit."""
    store.db.execute("DELETE FROM edit WHERE waits_for = ?", (edit_id,))
