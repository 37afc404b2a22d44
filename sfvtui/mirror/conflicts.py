"""Conflicts: the pairs that a person must decide, with the values that stood when they arose."""

from __future__ import annotations

import sqlite3

from sfvtui.domain.merge import ConflictKind
from sfvtui.mirror.store import Store


def put(
    store: Store, record_id: str, field: str, kind: ConflictKind, *, link_id: int | None,
    why: str, at: str, salesforce: str | None = None, vitally: str | None = None,
    base: str | None = None, edit: str | None = None,
) -> None:  # fmt: skip
    """Notes a conflict of a record's pair (field '' for a merged record). One that is there
    already is shown with the present values and keeps its date."""
    store.db.execute(
        "INSERT INTO conflict(record_id, field, link_id, kind, salesforce, vitally, base, edit,"
        " why, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(record_id, field) DO"
        " UPDATE SET link_id = excluded.link_id, kind = excluded.kind,"
        " salesforce = excluded.salesforce, vitally = excluded.vitally, base = excluded.base,"
        " edit = COALESCE(excluded.edit, edit), why = excluded.why",
        (record_id, field, link_id, kind.value, salesforce, vitally, base, edit, why, at),
    )


def of_link(store: Store, link_id: int) -> dict[str, sqlite3.Row]:
    """A link's conflicts, by field."""
    rows = store.rows("SELECT * FROM conflict WHERE link_id = ?", link_id)
    return {row["field"]: row for row in rows}


def drop(store: Store, record_id: str, field: str) -> None:
    """Removes a conflict."""
    store.db.execute("DELETE FROM conflict WHERE record_id = ? AND field = ?", (record_id, field))


def drop_of_link(store: Store, link_id: int) -> None:
    """Removes all conflicts of a link that hold nothing that a person typed."""
    store.db.execute("DELETE FROM conflict WHERE link_id = ? AND edit IS NULL", (link_id,))
