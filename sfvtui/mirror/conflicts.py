"""Conflicts: the pairs that a person must decide, with the values that stood when they arose."""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.domain.merge import ConflictKind
from sfvtui.mirror.columns import marks
from sfvtui.mirror.store import Row, Store


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


def of_links(store: Store, link_ids: Sequence[int]) -> dict[tuple[int, str], Row]:
    """The conflicts of links, by link and field."""
    rows = store.rows(f"SELECT * FROM conflict WHERE link_id IN ({marks(link_ids)})", *link_ids)
    return {(row["link_id"], row["field"]): row for row in rows}


def drop(store: Store, record_id: str, field: str) -> None:
    """Removes a conflict."""
    store.db.execute("DELETE FROM conflict WHERE record_id = ? AND field = ?", (record_id, field))


def drop_of_link(store: Store, link_id: int) -> None:
    """Removes all conflicts of a link that hold nothing that a person typed."""
    store.db.execute("DELETE FROM conflict WHERE link_id = ? AND edit IS NULL", (link_id,))


def of_record(store: Store, record_id: str) -> dict[str, Row]:
    """A record's conflicts, by field."""
    rows = store.rows("SELECT * FROM conflict WHERE record_id = ?", record_id)
    return {row["field"]: row for row in rows}


def find(store: Store, record_id: str, field: str) -> Row | None:
    """The conflict of a record's pair."""
    return store.row("SELECT * FROM conflict WHERE record_id = ? AND field = ?", record_id, field)


def show(store: Store, record_id: str, field: str, salesforce: str, vitally: str) -> None:
    """Shows a conflict with the two sides as they are now."""
    store.db.execute(
        "UPDATE conflict SET salesforce = ?, vitally = ? WHERE record_id = ? AND field = ?",
        (salesforce, vitally, record_id, field),
    )


def drop_of_field(store: Store, field: str) -> None:
    """Removes the conflicts of a pair that hold nothing that a person typed."""
    store.db.execute("DELETE FROM conflict WHERE field = ? AND edit IS NULL", (field,))


# --- of what moves


def of_returned(store: Store, link_id: int) -> None:
    """What was typed for a link before its record was gone is beside what is there now."""
    store.db.execute(
        "UPDATE conflict SET kind = ? WHERE link_id = ? AND kind = ?",
        (ConflictKind.EDIT_MOVED, link_id, ConflictKind.DELETED),
    )


def drop_merged(store: Store, record_id: str) -> None:
    """Removes a record's conflict of kind merged."""
    store.db.execute(
        "DELETE FROM conflict WHERE record_id = ? AND kind = ?", (record_id, ConflictKind.MERGED)
    )


def drop_settled_merges(store: Store) -> None:
    """Removes the conflicts of merges that a person has settled: the winner has the loser's user."""
    store.db.execute(
        "DELETE FROM conflict WHERE kind = ? AND EXISTS (SELECT 1 FROM link old"
        " JOIN record lost ON lost.record_pk = old.record_pk"
        " JOIN link new ON new.user_pk = old.user_pk AND new.status = 'live'"
        " JOIN record won ON won.record_pk = new.record_pk"
        " WHERE old.link_id = conflict.link_id AND won.record_id = lost.master_id)",
        (ConflictKind.MERGED,),
    )
