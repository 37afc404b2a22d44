"""Runs: each push that wrote or was confirmed, with a number."""

from __future__ import annotations

from sfvtui.mirror.store import Store


def begin(store: Store, *, at: str, who: str, host: str, process: int) -> int:
    """Begins a run; returns its number."""
    cursor = store.db.execute(
        "INSERT INTO run(started_at, who, host, pid) VALUES (?, ?, ?, ?)", (at, who, host, process)
    )
    return int(cursor.lastrowid or 0)


def end(store: Store, run: int, *, at: str, summary: str) -> None:
    """Ends a run, with its report (JSON)."""
    store.db.execute(
        "UPDATE run SET ended_at = ?, summary_json = ? WHERE run = ?", (at, summary, run)
    )
