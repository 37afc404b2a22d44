"""Pruning: the history, the ended changes and the runs of long ago."""

from __future__ import annotations

from dataclasses import dataclass

from sfvtui.mirror.store import Store


@dataclass(frozen=True)
class Past:
    """How much of the past there is before an instant: rows."""

    entries: int
    changes: int
    runs: int

    def words(self) -> str:
        """The amounts in words."""
        return f"{self.entries} entries of history, {self.changes} ended changes, {self.runs} runs"


_OPEN_RECORDS = (
    "SELECT record_id FROM change WHERE state IN ('queued', 'sending', 'unknown', 'parked')"
    " UNION SELECT record_id FROM edit UNION SELECT record_id FROM conflict"
)
_OLD_ENTRIES = (
    f"FROM history WHERE at < ?1 AND (record_id IS NULL OR record_id NOT IN ({_OPEN_RECORDS}))"
)
_OLD_CHANGES = (
    "FROM change WHERE COALESCE(sent_at, made_at) < ?1"
    " AND state NOT IN ('queued', 'sending', 'unknown', 'parked')"
    f" AND record_id NOT IN ({_OPEN_RECORDS})"
    # Undo asks the change that an entry of a drop names what it was.
    " AND change_id NOT IN (SELECT CAST(substr(why, 8) AS INTEGER) FROM history"
    f"  WHERE what = 'drop' AND why LIKE 'change %' AND entry NOT IN (SELECT entry {_OLD_ENTRIES}))"
)
_OLD_RUNS = (
    "FROM run WHERE ended_at IS NOT NULL AND ended_at < ?1"
    " AND run NOT IN (SELECT run FROM history WHERE run IS NOT NULL"
    f"  AND entry NOT IN (SELECT entry {_OLD_ENTRIES}))"
    " AND run NOT IN (SELECT run FROM change WHERE run IS NOT NULL"
    f"  AND change_id NOT IN (SELECT change_id {_OLD_CHANGES}))"
)


def past(store: Store, before: str) -> Past:
    """What `prune` would remove before an instant (ISO 8601 UTC)."""
    with store.read():
        return Past(
            store.value(f"SELECT COUNT(*) {_OLD_ENTRIES}", before),
            store.value(f"SELECT COUNT(*) {_OLD_CHANGES}", before),
            store.value(f"SELECT COUNT(*) {_OLD_RUNS}", before),
        )


def prune(store: Store, before: str) -> Past:
    """Removes history, ended changes and runs before an instant, in the caller's transaction; what
    belongs to a record with something open stays."""
    runs = store.db.execute(f"DELETE {_OLD_RUNS}", (before,)).rowcount
    entries = store.db.execute(f"DELETE {_OLD_ENTRIES}", (before,)).rowcount
    changes = store.db.execute(f"DELETE {_OLD_CHANGES}", (before,)).rowcount
    return Past(entries, changes, runs)
