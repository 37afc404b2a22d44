"""The history: append-only; one entry for each field and system, one batch for each action."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sfvtui.mirror.columns import marks
from sfvtui.mirror.store import Row, Store


@dataclass(frozen=True)
class Entry:
    """What an entry says. Values are canonical; `before` is what the side held just before."""

    what: str
    record_id: str | None = None
    user_id: str | None = None
    system: str | None = None
    field: str | None = None
    before: str | None = None
    after: str | None = None
    why: str = ""
    outcome: str = ""


def new_batch(store: Store) -> int:
    """The number of a new action."""
    return int(store.value("SELECT COALESCE(MAX(batch), 0) + 1 FROM history"))


def append(
    store: Store, entry: Entry, *, at: str, who: str, batch: int, run: int | None = None
) -> int:
    """Appends one entry; returns its number."""
    cursor = store.db.execute(
        "INSERT INTO history(batch, run, at, who, what, record_id, user_id, system, field, before,"
        " after, why, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (batch, run, at, who, entry.what, entry.record_id, entry.user_id, entry.system,
         entry.field, entry.before, entry.after, entry.why, entry.outcome),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


# --- read again


def entries(store: Store, numbers: Sequence[int]) -> list[Row]:
    """These entries, newest first."""
    return store.rows(
        f"SELECT * FROM history WHERE entry IN ({marks(numbers)}) ORDER BY entry DESC", *numbers
    )


def of_run(store: Store, run: int) -> list[Row]:
    """The entries of a run, newest first."""
    return store.rows("SELECT * FROM history WHERE run = ? ORDER BY entry DESC", run)


def of_batch(store: Store, batch: int) -> list[Row]:
    """The entries of one action, newest first."""
    return store.rows("SELECT * FROM history WHERE batch = ? ORDER BY entry DESC", batch)


def last_entry(store: Store) -> int:
    """The number of the history's newest entry; 0 before the first."""
    return int(store.value("SELECT COALESCE(MAX(entry), 0) FROM history"))


def after(store: Store, entry: int, *, what: Collection[str]) -> list[Row]:
    """The entries of these kinds after a given one, the oldest first."""
    return store.rows(
        f"SELECT * FROM history WHERE entry > ? AND what IN ({marks(what)}) ORDER BY entry",
        entry,
        *what,
    )


def actions_since(store: Store, entry: int, who: str) -> list[int]:
    """The actions (batches) of a person that no push was part of, the newest first."""
    rows = store.rows(
        "SELECT DISTINCT batch FROM history WHERE entry > ? AND who = ? AND run IS NULL"
        " AND what <> 'mapping' ORDER BY batch DESC",
        entry,
        who,
    )
    return [row[0] for row in rows]


def pushed_by_hour(store: Store, now: dt.datetime, hours: int) -> list[int]:
    """How many values and users pushes sent in each of the last hours, the oldest first."""
    found = [0] * hours
    since = (now - dt.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = store.rows(
        "SELECT CAST((julianday(?) - julianday(at)) * 24 AS INTEGER), COUNT(*) FROM history"
        " WHERE run IS NOT NULL AND at >= ? AND what IN ('update', 'create', 'account')"
        " AND outcome NOT LIKE 'parked%' GROUP BY 1",
        now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        since,
    )
    for ago, count in rows:
        if 0 <= ago < hours:
            found[hours - 1 - ago] = count
    return found


_WANTED = "what IN ('edit', 'undo', 'resolve')"
"""The entries in which a person wants a value."""


def last_wanted(
    store: Store, record_id: str, field: str, *, before: int | None = None
) -> Row | None:
    """The last entry (before a given one) in which a person wanted a value for a record's field."""
    return store.row(
        f"SELECT * FROM history WHERE record_id = ? AND field = ? AND {_WANTED}"
        " AND entry < COALESCE(?, entry + 1) ORDER BY entry DESC LIMIT 1",
        record_id,
        field,
        before,
    )


def next_wanted(store: Store, record_id: str, field: str, *, batch: int) -> int | None:
    """The number of the first entry, after an action, in which a person wanted another value."""
    found = store.value(
        f"SELECT MIN(entry) FROM history WHERE record_id = ? AND field = ? AND batch > ?"
        f" AND {_WANTED}",
        record_id,
        field,
        batch,
    )
    return None if found is None else int(found)


def writes(
    store: Store, record_id: str, field: str, *, after: int, before: int | None
) -> list[Row]:
    """The writes of a field that took effect between two entries, newest first."""
    return store.rows(
        "SELECT * FROM history WHERE record_id = ? AND field = ? AND what = 'update'"
        " AND entry > ? AND entry < COALESCE(?, entry + 1) AND outcome NOT LIKE 'parked%'"
        " ORDER BY entry DESC",
        record_id,
        field,
        after,
        before,
    )


def sent_lately(store: Store, record_ids: Sequence[str], since: str) -> set[str]:
    """Those of these records (by Id) of which a run sent anything since an instant."""
    rows = store.rows(
        f"SELECT DISTINCT record_id FROM history WHERE record_id IN ({marks(record_ids)})"
        " AND what = 'update' AND at >= ? AND run IS NOT NULL",
        *record_ids,
        since,
    )
    return {row[0] for row in rows}


def sent(
    store: Store, record_id: str, field: str, system: str, *, after: int, since: str
) -> list[str]:
    """The values that runs sent of a field to one system, after an entry and since an instant."""
    rows = store.rows(
        "SELECT after FROM history WHERE record_id = ? AND field = ? AND system = ?"
        " AND what = 'update' AND at >= ? AND entry > ? AND run IS NOT NULL"
        " AND outcome NOT LIKE 'parked%'",
        record_id,
        field,
        system,
        since,
        after,
    )
    return [row["after"] or "" for row in rows]


def dropped_since(store: Store, record_id: str, field: str, *, after: int) -> bool:
    """Whether a change of a record's field was dropped after an entry."""
    return bool(
        store.value(
            "SELECT COUNT(*) FROM history WHERE record_id = ? AND field = ? AND what = 'drop'"
            " AND entry > ?",
            record_id,
            field,
            after,
        )
    )


def ignored_why(store: Store, record_id: str, *, before: int) -> str | None:
    """The reason for which a record was last ignored before an entry."""
    found: str | None = store.value(
        "SELECT why FROM history WHERE record_id = ? AND what = 'ignore' AND entry < ?"
        " ORDER BY entry DESC LIMIT 1",
        record_id,
        before,
    )
    return found


def held_why(store: Store, entry: Row) -> str:
    """The reason for which what an entry is about was last held back before it."""
    found = store.value(
        "SELECT why FROM history WHERE record_id = ? AND system = ? AND field IS ? AND entry < ?"
        " AND what = 'pause' ORDER BY entry DESC LIMIT 1",
        entry["record_id"],
        entry["system"],
        entry["field"],
        entry["entry"],
    )
    return str(found or "").partition(": ")[2]


def of_pair(store: Store, record_id: str, field: str, *, limit: int) -> list[Row]:
    """The newest entries of a record's field."""
    return store.rows(
        "SELECT * FROM history WHERE record_id = ? AND field = ? ORDER BY entry DESC LIMIT ?",
        record_id,
        field,
        limit,
    )
