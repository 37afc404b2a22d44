"""Opening the store: one SQLite file of its owner's, migrated, with the pragmas it needs."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self

from sfvtui.domain.text import fold
from sfvtui.errors import StoreError, StoreLocked
from sfvtui.mirror.access import PRIVATE, Access, access_of
from sfvtui.mirror.schema import MIGRATIONS
from sfvtui.mirror.writer import writer

Row = sqlite3.Row
"""A row of a query: its values by name. Others need not know where they come from."""

Failure = sqlite3.Error
"""What the store's file could not do (a full disk, a lock): `store_error` says it in words."""

MILLISECONDS, SILENT_MILLISECONDS = 30_000, 2_000
"""How long one waits for another process that writes, and how much of that without a word."""

_TURNS: dict[Path, threading.RLock] = {}
"""Whose turn it is to write to a store, among the threads of this process."""

LOWEST_SQLITE = (3, 37, 0)
"""STRICT tables."""

SQLITE = sqlite3.sqlite_version
"""The SQLite that this Python has."""

CACHE, ROOMY = 16_000, 48_000
"""KB of the file that a connection keeps in memory: mostly, and while many records are decided."""

PARAMETERS = 16_000
"""How many values one statement gets: about half of what SQLite takes."""

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs"}
)


class Store:
    """One connection to a store. Each thread opens its own.

    `db` runs in autocommit; what belongs together goes into `write()`.
    """

    def __init__(self, path: Path, db: sqlite3.Connection, access: Access = PRIVATE) -> None:
        self.path = path
        self.db = db
        self.access = access
        self.waits: Callable[[str], None] = lambda _: None
        """Told for whom this connection waits."""
        self._check: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Closes the connection; the file stays."""
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def commit_lightly(self) -> None:
        """From now on a power cut may undo this connection's last commits (whole, in their order):
        for what can be read again."""
        self.db.execute("PRAGMA synchronous = NORMAL")

    @contextlib.contextmanager
    def roomy(self) -> Iterator[None]:
        """For as long as rows that lie apart are read several times over: more of the file stays in
        memory."""
        self.db.execute(f"PRAGMA cache_size = -{ROOMY}")
        try:
            yield
        finally:
            self.db.execute(f"PRAGMA cache_size = -{CACHE}")

    def hold_little(self) -> None:
        """From now on this connection holds 2 MB of the file in memory, not 16: for one of several
        that only look."""
        self.db.execute("PRAGMA cache_size = -2000")

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        """One transaction, all or nothing; inside another one it joins it."""
        if self.db.in_transaction:
            yield
            return
        with self._turn():
            self._begin()
            try:
                self._check()
                yield
            except BaseException:
                self.db.rollback()
                raise
            self.db.commit()

    @contextlib.contextmanager
    def guarded(self, check: Callable[[], None]) -> Iterator[None]:
        """While the block runs, each transaction of this connection begins with `check`: what that
        raises ends it before anything is written."""
        before, self._check = self._check, check
        try:
            yield
        finally:
            self._check = before

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Lets this process's threads write one after the other: SQLite alone would have each look
        only every tenth of a second whether the store is free."""
        turn = _TURNS.setdefault(self.path, threading.RLock())
        taken = turn.acquire(timeout=MILLISECONDS / 1000)
        try:
            yield
        finally:
            if taken:
                turn.release()

    def _begin(self) -> None:
        """Begins to write; after a while of waiting for another process it is said for whom."""
        self.db.execute(f"PRAGMA busy_timeout = {SILENT_MILLISECONDS}")
        try:
            self.db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not _is_lock(error):
                raise
            self.waits(f"Waiting for the store: {writer(self.path)} writes to it.")
        finally:
            self.db.execute(f"PRAGMA busy_timeout = {MILLISECONDS}")
        if not self.db.in_transaction:
            self.db.execute("BEGIN IMMEDIATE")

    @contextlib.contextmanager
    def read(self) -> Iterator[None]:
        """One snapshot for several queries."""
        if self.db.in_transaction:
            yield
            return
        self.db.execute("BEGIN")
        try:
            yield
        finally:
            self.db.rollback()

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """All rows of a query."""
        return self.db.execute(sql, parameters).fetchall()

    def each(self, sql: str, *parameters: object) -> Iterator[Row]:
        """The rows of a query one by one, for lists of any length."""
        yield from self.db.execute(sql, parameters)

    def row(self, sql: str, *parameters: object) -> Row | None:
        """The first row of a query, or None."""
        found = self.db.execute(sql, parameters).fetchone()
        return found if found is None or isinstance(found, Row) else None

    def value(self, sql: str, *parameters: object) -> Any:
        """The first column of the first row of a query, or None."""
        found = self.db.execute(sql, parameters).fetchone()
        return None if found is None else found[0]

    def insert(self, into: str, width: int, rows: Sequence[Sequence[object]]) -> None:
        """Inserts rows of `width` values each in as few statements as may be, in the caller's
        transaction. `into` is what stands before VALUES, up to the table's columns.

        `executemany` takes Python's lock again after every row. While another thread computes, each
        row then waits up to 5 ms for it: a statement of many rows waits once.
        """
        most = PARAMETERS // width
        row = f"({', '.join('?' * width)})"
        for start in range(0, len(rows), most):
            some = rows[start : start + most]
            values = ", ".join([row] * len(some))
            self.db.execute(f"{into} VALUES {values}", list(chain.from_iterable(some)))

    def get(self, name: str) -> str | None:
        """A value of `meta`."""
        value = self.value("SELECT value FROM meta WHERE name = ?", name)
        return value if isinstance(value, str) else None

    def put(self, name: str, value: str | None) -> None:
        """Sets (or, with None, removes) a value of `meta`."""
        with self.write():
            if value is None:
                self.db.execute("DELETE FROM meta WHERE name = ?", (name,))
            else:
                self.db.execute(
                    "INSERT INTO meta(name, value) VALUES (?, ?)"
                    " ON CONFLICT(name) DO UPDATE SET value = excluded.value",
                    (name, value),
                )

    def seen_version(self) -> int:
        """A number that is another one as soon as another connection has written to the store."""
        return int(self.value("PRAGMA data_version"))

    def damage(self) -> str | None:
        """What a quick check of the file finds wrong; None where it is whole."""
        found = self.value("PRAGMA quick_check")
        return None if found == "ok" else str(found)

    def columns(self, table: str) -> list[str]:
        """The columns of a table, in order."""
        return [row[1] for row in self.db.execute(f'PRAGMA table_info("{table}")')]


def open_store(path: Path, group: str = "") -> Store:
    """Opens (or makes) the store at `path`, migrated to the newest version.

    Files are made for their owner only (0600 in folders of 0700), or for a group that shares them
    (0660 in 02770). Raises StoreError, which says what is wrong with the file and what to do.
    """
    if not sqlite_fits():
        raise StoreError(
            f"This Python has SQLite {SQLITE}; 3.37 or newer is needed.",
            "Install a newer Python (3.11+ from python.org or your distribution has it).",
        )
    path = path.expanduser()
    access = access_of(group)
    _prepare_file(path, access)
    try:
        db = sqlite3.connect(path, timeout=30, isolation_level=None)
        db.row_factory = Row
        db.execute(f"PRAGMA busy_timeout = {MILLISECONDS}")
        store = Store(path, db, access)
        _check_version(store)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute(f"PRAGMA cache_size = -{CACHE}")
        db.create_function("fold", 1, _fold, deterministic=True)
        _migrate(store, _before_migration)
        access.check_files(path)
        _notice_restored(store)
    except sqlite3.DatabaseError as error:
        raise store_error(path, error) from error
    return store


def sqlite_fits() -> bool:
    """Whether this Python's SQLite is new enough for the store."""
    return sqlite3.sqlite_version_info >= LOWEST_SQLITE


def is_damage(error: StoreError) -> bool:
    """Whether a store could not be opened because its file is damaged, or is no store."""
    cause = error.__cause__
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.OperationalError
    )


def store_error(path: Path, error: sqlite3.Error) -> StoreError | StoreLocked:
    """What SQLite's error means for the person, and what to do."""
    text = str(error)
    if _is_lock(error):
        return StoreLocked(
            f"The store {path} is locked: {writer(path)} writes to it; nothing was changed.",
            "Wait until that ends, or end it, and try again.",
        )
    no_folder = "unable to open" in text and not os.access(path.parent, os.W_OK)
    if no_folder or "readonly" in text or "read-only" in text:
        return StoreError(f"The store {path} cannot be written.", "Check its permissions and disk.")
    if "full" in text:
        return StoreError(
            f"The disk of the store {path} is full; nothing was half-written.",
            "Free some space, and try again.",
        )
    if "not a database" in text or "malformed" in text:
        return StoreError(
            f"The store {path} is damaged or is not a store: {text}.",
            "Check it with `sfvtui store check`, or bring back a backup.",
        )
    return StoreError(f"The store {path} cannot be used: {text}.", "Check the path and the disk.")


def _is_lock(error: sqlite3.Error) -> bool:
    return "locked" in str(error) or "busy" in str(error)


def _fold(text: object) -> str | None:
    return fold(text) if isinstance(text, str) else None


def _prepare_file(path: Path, access: Access) -> None:
    try:
        access.make_folder(path.parent)
        access.check_folder(path.parent)
        if not path.exists():
            os.close(access.make_file(path))
        # What SQLite makes beside the file has the file's mode.
        access.check_files(path)
    except OSError as error:
        raise StoreError(
            f"The store {path} cannot be made: {error.strerror}.",
            "Choose another place with the key `path` under [store] in the config.",
        ) from error
    if path.is_dir():
        raise StoreError(f"The store {path} is a folder.", "Name a file in [store] path.")
    kind = _file_system(path)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreError(
            f"The store {path} lies on a network file system ({kind}), where SQLite's log fails.",
            "Move it to a local disk with the key `path` under [store] in the config.",
        )


def _file_system(path: Path) -> str:
    """The kind of file system under `path`, where the system tells (Linux)."""
    best, kind = "", ""
    try:
        real = str(path.resolve())
        with Path("/proc/self/mounts").open(encoding="utf-8", errors="replace") as mounts:
            for line in mounts:
                parts = line.split(" ")
                where = parts[1].replace("\\040", " ")
                inside = real.startswith(where.rstrip("/") + "/") or where == "/"
                if inside and len(where) >= len(best):
                    best, kind = where, parts[2]
    except OSError:
        return ""
    return kind


def _check_version(store: Store) -> None:
    version = store.value("PRAGMA user_version")
    if version > len(MIGRATIONS):
        raise StoreError(
            f"The store {store.path} is of version {version}; this sfvtui knows {len(MIGRATIONS)}.",
            "Use the newer sfvtui that wrote it.",
        )
    if version == 0 and store.value("SELECT COUNT(*) FROM sqlite_schema"):
        raise StoreError(
            f"{store.path} is a database of another program.", "Name another file in [store] path."
        )


def _before_migration(store: Store) -> None:
    from sfvtui.mirror.backup import before_migration
    from sfvtui.mirror.indexes import make

    before_migration(store)
    if store.columns("index_to_make"):
        make(store)  # a migration may be about one that was put off


def _notice_restored(store: Store) -> None:
    if store.get("copied_at") is not None:
        from sfvtui.mirror.backup import notice_restored

        notice_restored(store)


def _migrate(store: Store, backup: Callable[[Store], None]) -> None:
    version = store.value("PRAGMA user_version")
    if version == len(MIGRATIONS):
        return
    if version:
        backup(store)
    with store.write():
        version = store.value("PRAGMA user_version")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            for statement in script.split(";\n"):
                if statement.strip():
                    store.db.execute(statement)
            store.db.execute(f"PRAGMA user_version = {number}")
