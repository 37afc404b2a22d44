"""What a person said of records: approved for creation, ignored, not the same person as a user."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sfvtui.mirror.store import Row, Store

# --- approved


def approve(store: Store, record_id: str, *, who: str, at: str, waved: Iterable[str]) -> None:
    """Approves a record; one that is approved already only gets its new list of whom it was waved
    on beside."""
    store.db.execute(
        "INSERT INTO approval VALUES (?, ?, ?, ?) ON CONFLICT(record_id) DO UPDATE SET"
        " waved_json = excluded.waved_json",
        (record_id, who, at, json.dumps(sorted(waved))),
    )


def withdraw(store: Store, record_id: str) -> bool:
    """Takes the approval of a record back; returns whether there was one."""
    return bool(store.db.execute("DELETE FROM approval WHERE record_id = ?", (record_id,)).rowcount)


def approved(store: Store, record_id: str) -> bool:
    """Whether a record is approved."""
    return bool(store.value("SELECT COUNT(*) FROM approval WHERE record_id = ?", record_id))


def waved(store: Store, record_id: str) -> frozenset[str]:
    """Beside whom an approved record was waved on."""
    found = store.value("SELECT waved_json FROM approval WHERE record_id = ?", record_id)
    return frozenset(json.loads(found)) if found else frozenset()


# --- ignored


def ignore(store: Store, record_id: str, *, who: str, at: str, reason: str) -> None:
    """Ignores a record."""
    store.db.execute(
        "INSERT OR REPLACE INTO ignored VALUES (?, ?, ?, ?)", (record_id, who, at, reason)
    )


def restore(store: Store, record_id: str) -> bool:
    """Ends that a record is ignored; returns whether it was."""
    return bool(store.db.execute("DELETE FROM ignored WHERE record_id = ?", (record_id,)).rowcount)


def ignored(store: Store, record_id: str) -> Row | None:
    """Who ignored a record, when and why; None where nobody did."""
    return store.row("SELECT * FROM ignored WHERE record_id = ?", record_id)


# --- apart


def set_apart(store: Store, record_id: str, user_id: str, *, who: str, at: str) -> None:
    """Remembers a record and a user as not the same person."""
    store.db.execute(
        "INSERT OR REPLACE INTO apart VALUES (?, ?, ?, ?)", (record_id, user_id, who, at)
    )


def join_again(store: Store, record_id: str, user_id: str) -> bool:
    """Forgets that the two are not the same person; returns whether it was remembered."""
    return bool(
        store.db.execute(
            "DELETE FROM apart WHERE record_id = ? AND user_id = ?", (record_id, user_id)
        ).rowcount
    )
