"""What a shell completes while somebody types: Ids, names, fields and numbers, read and nothing more."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from sfvtui.mirror.schema import MIGRATIONS
from sfvtui.mirror.store import Row, Store

SECONDS = 0.2
"""A store that is locked longer completes nothing: nobody waits for a shell."""

MOST = 60
"""So many candidates are read; a shell shows no more with any sense."""

_AFTER = "\U0010ffff"
"""Comes after whatever a prefix may be followed by."""

Candidate = tuple[str, str]
"""What completes a word, and what it is."""


@contextlib.contextmanager
def peek(path: Path) -> Iterator[Store | None]:
    """The store, for reading only: never made, never migrated; None where it cannot be read."""
    try:
        # `rw`, so that its last reader clears what SQLite keeps beside it; nothing is written.
        uri = f"file:{quote(str(path.expanduser()))}?mode=rw"
        db = sqlite3.connect(uri, uri=True, timeout=SECONDS, isolation_level=None)
    except sqlite3.Error:
        yield None
        return
    db.row_factory = sqlite3.Row
    try:
        db.execute("PRAGMA query_only = ON")
        known = db.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
        yield Store(path, db) if known else None
    except sqlite3.Error:
        yield None
    finally:
        db.close()


def records_by_id(store: Store, typed: str) -> list[Row]:
    """Records in a list whose Id begins so: Id, name and state."""
    return store.rows(
        "SELECT record_id, display_name, record_state FROM record WHERE record_id >= ?"
        " AND record_id < ? AND record_state IS NOT NULL ORDER BY record_id LIMIT ?",
        typed,
        typed + _AFTER,
        MOST,
    )


def records_by_name(store: Store, typed: str) -> list[Row]:
    """Records in a list whose name begins so, whatever the letter case (of ASCII letters)."""
    return store.rows(
        "SELECT record_id, display_name, record_state FROM record"
        " WHERE display_name >= ? COLLATE NOCASE AND display_name < ? COLLATE NOCASE"
        " AND record_state IS NOT NULL ORDER BY display_name COLLATE NOCASE LIMIT ?",
        typed,
        typed + _AFTER,
        MOST,
    )


def users(store: Store, typed: str) -> list[Candidate]:
    """Users whose Vitally id or externalId begins so."""
    found: list[Candidate] = []
    for column in ("user_id", "external_id"):
        rows = store.rows(
            f"SELECT {column}, display_name FROM user WHERE {column} >= ? AND {column} < ?"
            f" AND missing_at IS NULL ORDER BY {column} LIMIT ?",
            typed,
            typed + _AFTER,
            MOST,
        )
        found += [(row[0], row[1]) for row in rows]
    return found


def choices(store: Store, field: str) -> list[Candidate]:
    """The values that a picklist, or a yes or no, of a pair can have; none for other fields."""
    described = store.value("SELECT described FROM pair WHERE field = ? COLLATE NOCASE", field)
    if described is None:
        return []
    raw = json.loads(described)
    if raw.get("type") == "boolean":
        return [("true", ""), ("false", "")]
    return [
        (value["value"], value.get("label") or "")
        for value in raw.get("picklistValues") or ()
        if value.get("active")
    ]


def conflicts_of(store: Store, record_id: str) -> list[Candidate]:
    """The fields of a record that are in conflict."""
    rows = store.rows(
        "SELECT field, kind FROM conflict WHERE record_id = ? AND field <> ''", record_id
    )
    return [(row[0], row[1]) for row in rows]


def changes(store: Store, states: tuple[str, ...]) -> list[Candidate]:
    """The newest changes in these states."""
    rows = store.rows(
        "SELECT change_id, state, action, system, record_id FROM change WHERE state IN"
        f" ({', '.join('?' * len(states))}) ORDER BY change_id DESC LIMIT ?",
        *states,
        MOST,
    )
    return [(str(row[0]), f"{row[1]}: {row[2]} {row[3]} {row[4]}") for row in rows]


def runs(store: Store) -> list[Candidate]:
    """The newest pushes."""
    rows = store.rows("SELECT run, started_at, who FROM run ORDER BY run DESC LIMIT ?", MOST)
    return [(str(row[0]), f"{row[1]} {row[2]}") for row in rows]


def batches(store: Store) -> list[Candidate]:
    """The newest actions of the history."""
    rows = store.rows(
        "SELECT batch, MIN(at), MIN(who), MIN(what) FROM history"
        " WHERE batch > (SELECT MAX(batch) FROM history) - ? GROUP BY batch ORDER BY batch DESC",
        MOST,
    )
    return [(str(row[0]), f"{row[3]} {row[1]} {row[2]}") for row in rows]


def entries(store: Store) -> list[Candidate]:
    """The newest entries of the history."""
    rows = store.rows(
        "SELECT entry, at, who, what, record_id, field FROM history ORDER BY entry DESC LIMIT ?",
        MOST,
    )
    return [
        (str(row[0]), f"{row[3]} {row[4] or ''} {row[5] or ''} {row[1]} {row[2]}") for row in rows
    ]
