"""Runs: each push that wrote or was confirmed, with a number."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sfvtui.mirror.store import Row, Store


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


# --- read again


@dataclass(frozen=True)
class Tally:
    """What a run wrote so far, by the history: values, new users, and what was parked."""

    values: int = 0
    users: int = 0
    parked: int = 0


def find(store: Store, run: int) -> Row | None:
    """A run."""
    return store.row("SELECT * FROM run WHERE run = ?", run)


def newest(store: Store) -> int:
    """The number of the newest run; 0 before the first."""
    return int(store.value("SELECT COALESCE(MAX(run), 0) FROM run"))


def summary_of(row: Row) -> dict[str, Any] | None:
    """A run's report as it was kept; None while it runs, and where it was killed."""
    found: dict[str, Any] | None = json.loads(row["summary_json"] or "null")
    return found


def tally(store: Store, run: int) -> Tally:
    """Counts what a run wrote, whether it has ended or not."""
    row = store.row(
        "SELECT SUM(what <> 'create' AND NOT parked) AS vals, SUM(what = 'create' AND NOT parked)"
        " AS users, SUM(parked) AS parked FROM (SELECT what, outcome LIKE 'parked%' AS parked"
        " FROM history WHERE run = ? AND what IN ('update', 'create', 'account'))",
        run,
    )
    assert row is not None
    return Tally(row["vals"] or 0, row["users"] or 0, row["parked"] or 0)


def landed_since(store: Store, at: str) -> int:
    """How many changes landed in the runs that ended since an instant (ISO 8601)."""
    return int(
        store.value(
            "SELECT COALESCE(SUM(json_extract(summary_json, '$.landed')), 0) FROM run"
            " WHERE ended_at >= ?",
            at,
        )
    )
