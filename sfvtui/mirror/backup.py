"""Backups: one file made while others use the store, what a restored one assumes, and its checks."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from sfvtui.domain.changes import OPEN, ChangeState
from sfvtui.errors import StoreError
from sfvtui.mirror import outbox
from sfvtui.mirror.clock import now_utc
from sfvtui.mirror.columns import marks
from sfvtui.mirror.store import Store, store_error

COPIED = "copied_at"
"""In `meta` of a backup, and of nothing else: whoever opens a store with it opens a restored one."""

RESTORED = "restored_at"


def backup(store: Store, path: Path) -> Path:
    """Writes the store as it is now into a new file at `path` (for whom the store is), whole or not
    at all; others may go on using it.

    The copy knows that it is one: opened as a store, it takes nothing of its outbox as unsent.
    Raises StoreError for a file that exists already or cannot be written.
    """
    path = path.expanduser()
    if path.exists():
        raise StoreError(f"{path} exists already; nothing was written.", "Name another file.")
    try:
        store.access.make_folder(path.parent)
        os.close(store.access.make_file(path, os.O_EXCL))
    except OSError as error:
        raise StoreError(
            f"The backup {path} cannot be made: {error.strerror}.", "Name another place."
        ) from error
    try:
        _copy(store, path)
    except BaseException as error:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise store_error(path, error) from error
        raise
    return path


def _copy(store: Store, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as copy:
        store.db.backup(copy)
        # One file, without a log beside it that could be left behind.
        copy.execute("PRAGMA journal_mode = DELETE")
        copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (COPIED, _now()))


_TABLES = ("meta", "record", "link", "history")
_HEADER = b"SQLite format 3\x00"


def is_store(path: Path) -> bool:
    """Whether a file is a store of sfvtui's, or a backup of one. It is only read; a
    damaged database counts as one."""
    try:
        with path.open("rb") as file:
            if file.read(len(_HEADER)) != _HEADER:
                return False
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as db:
            found = db.execute(
                f"SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'"
                f" AND name IN ({marks(_TABLES)})",
                _TABLES,
            ).fetchone()
    except OSError:
        return False
    except sqlite3.Error:
        return True  # a damaged one may still hold somebody's values
    return bool(found[0] == len(_TABLES))


def _now() -> str:
    return now_utc().strftime("%Y-%m-%dT%H:%M:%SZ")


def beside(store: Store, why: str) -> Path:
    """Backs the store up into a file of its own beside it, named by the time and by `why`."""
    stamp = now_utc().strftime("%Y%m%d-%H%M%S")
    path, number = Path(f"{store.path}.{stamp}-{why}"), 1
    while path.exists():
        number += 1
        path = Path(f"{store.path}.{stamp}-{why}-{number}")
    return backup(store, path)


def before_migration(store: Store) -> None:
    """Checks the store and backs it up, before its tables change. Raises StoreError for a damaged
    one: it is left as it is."""
    problems = damage(store)
    if problems:
        raise StoreError(
            f"The store {store.path} is damaged and was not migrated: {problems[0]}.",
            "Bring back a backup, or name a new store in [store] path and pull.",
        )
    beside(store, f"version-{store.value('PRAGMA user_version')}")


def notice_restored(store: Store) -> None:
    """A store that was a backup takes its whole outbox as unknown: what was queued or parked when
    it was made may have been sent since. The next push reads it back before it sends anything."""
    if store.get(COPIED) is None:
        return
    states = ", ".join(f"'{state.value}'" for state in OPEN)
    with store.write():
        for row in store.rows(f"SELECT change_id FROM change WHERE state IN ({states})"):
            outbox.move(store, row["change_id"], ChangeState.UNKNOWN)
        store.put(COPIED, None)
        store.put(RESTORED, _now())


# --- checks


def check(store: Store) -> list[str]:
    """What is wrong with the store, in sentences; empty for one that is whole."""
    with store.read():
        problems = damage(store)
        if problems:
            return problems
        for row in store.rows("PRAGMA foreign_key_check"):
            problems.append(f"a row of {row[0]} names one of {row[2]} that there is not")
        for what, sql in INVARIANTS.items():
            count = store.value(f"SELECT COUNT(*) FROM ({sql})")
            if count:
                problems.append(f"{count} × {what}")
    return problems


def damage(store: Store) -> list[str]:
    """What SQLite finds wrong with the file."""
    try:
        found = [str(row[0]) for row in store.rows("PRAGMA integrity_check(20)")]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [] if found == ["ok"] else found


def contents(store: Store) -> str:
    """What a store holds, in a sentence."""
    counts = ", ".join(
        f"{store.value(f'SELECT COUNT(*) FROM {table} WHERE {where}')} {words}"
        for table, where, words in (
            ("record", "1", "records"),
            ("user", "1", "users"),
            ("link", "status = 'live'", "links"),
            ("change", "state IN ('queued', 'sending', 'unknown', 'parked')", "open changes"),
            ("history", "1", "entries of history"),
        )
    )
    return f"version {store.value('PRAGMA user_version')}: {counts}"


_OPEN = "('queued', 'sending', 'unknown', 'parked')"

INVARIANTS = {
    "a record with two live links": (
        "SELECT 1 FROM link WHERE status = 'live' GROUP BY record_pk HAVING COUNT(*) > 1"
    ),
    "a user with two live links": (
        "SELECT 1 FROM link WHERE status = 'live' GROUP BY user_pk HAVING COUNT(*) > 1"
    ),
    "a field with two open changes": (
        "SELECT 1 FROM change_field WHERE open = 1 GROUP BY target, name HAVING COUNT(*) > 1"
    ),
    "an ended change with an open field": (
        "SELECT 1 FROM change_field f JOIN change c USING (change_id)"
        f" WHERE f.open = 1 AND c.state NOT IN {_OPEN}"
    ),
    "an open change with a closed field": (
        "SELECT 1 FROM change_field f JOIN change c USING (change_id)"
        f" WHERE f.open = 0 AND c.state IN {_OPEN}"
    ),
    "an open change without a field": (
        f"SELECT 1 FROM change c WHERE c.state IN {_OPEN} AND NOT EXISTS"
        " (SELECT 1 FROM change_field f WHERE f.change_id = c.change_id)"
    ),
    "an open field of an edit that there is not": (
        "SELECT 1 FROM change_field f WHERE f.open = 1 AND f.edit_id IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM edit e WHERE e.edit_id = f.edit_id)"
    ),
    "an edit that nothing sends": (
        "SELECT 1 FROM edit e WHERE e.waits_for IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM change_field f WHERE f.edit_id = e.edit_id AND f.open = 1)"
    ),
    "a queued creation that nobody approved": (
        "SELECT 1 FROM change c WHERE c.action = 'create' AND c.state = 'queued' AND NOT EXISTS"
        " (SELECT 1 FROM approval a WHERE a.record_id = c.record_id)"
    ),
    "a kept count that is not what there is": (
        "SELECT 1 FROM tally t WHERE t.n <> CASE t.kind"
        " WHEN 'state' THEN (SELECT COUNT(*) FROM record r WHERE r.record_state = t.name)"
        " WHEN 'flag' THEN (SELECT COUNT(*) FROM flag f WHERE f.flag = t.name)"
        " WHEN 'change' THEN (SELECT COUNT(*) FROM change c WHERE t.name ="
        "  IIF(c.state = 'queued' AND c.held IS NOT NULL, 'held', c.state))"
        " ELSE (SELECT COUNT(*) FROM user u WHERE u.missing_at IS NULL) END"
    ),
}
"""What must never be, and how it is found: the promises that no single row can hold."""
