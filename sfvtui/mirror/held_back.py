"""What a person holds back: fields of a record that are not sent to a system until they are released.

A hold outlives the change that it was put on: it ends by a release, by a drop, or when the two sides
are the same again. The name of a whole creation is empty.
"""

from __future__ import annotations

from sfvtui.mirror.store import Row, Store

CREATION = ""
"""The name under which the creation of a record's user is held back."""

PREFIX = "held back by "

Backs = dict[tuple[str, str], str]
"""(system, name of the change's field) → what a change says of being held: who, and why."""


def words(row: Row) -> str:
    """What a change that is held back says: `held back by NAME: REASON`."""
    return f"{PREFIX}{row['who']}" + (f": {row['reason']}" if row["reason"] else "")


def is_ours(held: str | None) -> bool:
    """Whether this is what a change says that a person holds back."""
    return held is not None and held.startswith(PREFIX)


def put(
    store: Store, record_id: str, system: str, name: str, field: str, *, who: str, at: str,
    reason: str,
) -> None:  # fmt: skip
    """Holds a field of a record back from a system."""
    store.db.execute(
        "INSERT OR REPLACE INTO held_back VALUES (?, ?, ?, ?, ?, ?, ?)",
        (record_id, system, name, field, who, at, reason),
    )


def release(store: Store, record_id: str, system: str, name: str) -> bool:
    """Ends a hold; returns whether there was one."""
    gone = store.db.execute(
        "DELETE FROM held_back WHERE record_id = ? AND system = ? AND name = ?",
        (record_id, system, name),
    )
    return bool(gone.rowcount)


def of_record(store: Store, record_id: str) -> Backs:
    """What is held back of a record."""
    rows = store.rows("SELECT * FROM held_back WHERE record_id = ?", record_id)
    return {(row["system"], row["name"]): words(row) for row in rows}


def by_record(store: Store) -> dict[str, Backs]:
    """What is held back of all records."""
    found: dict[str, Backs] = {}
    for row in store.rows("SELECT * FROM held_back"):
        found.setdefault(row["record_id"], {})[row["system"], row["name"]] = words(row)
    return found


def release_idle(store: Store, record_id: str, system: str, field: str | None) -> bool:
    """Ends the holds of a field (or name; None: the creation) that no change says just now; returns
    whether there were any."""
    gone = store.db.execute(
        "DELETE FROM held_back WHERE record_id = ? AND system = ?"
        " AND (name = ? OR (field = ? AND field <> ''))",
        (record_id, system, field or CREATION, field),
    )
    return bool(gone.rowcount)


def follow(store: Store, field: str, trait: str) -> None:
    """What is held back of a pair from Vitally goes by the pair's trait, also by a new one."""
    store.db.execute(
        "UPDATE OR REPLACE held_back SET name = ? WHERE field = ? AND system = 'vitally'",
        (trait, field),
    )


def idle(store: Store) -> list[Row]:
    """The holds of the piece's records of which no change says anything just now."""
    return store.rows(
        "SELECT h.* FROM held_back h CROSS JOIN record r USING (record_id)"
        " CROSS JOIN piece p USING (record_pk)"
        " WHERE NOT EXISTS (SELECT 1 FROM change c JOIN change_field f USING (change_id)"
        "  WHERE c.record_id = h.record_id AND f.open = 1 AND c.system = h.system"
        "  AND (f.name = h.name OR (h.name = '' AND c.action = 'create')))"
    )
