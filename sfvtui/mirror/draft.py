"""A draft of the store: a copy to try things on, made while others use it, and thrown away."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from sfvtui.errors import Cancelled
from sfvtui.mirror.store import Store, open_store

PAGES = 2000
"""Pages copied between two looks at whether the draft is still wanted."""


def draft_of(source: Store, path: Path, cancelled: Callable[[], bool]) -> Store:
    """A copy of the store, as it is now, at `path`; what it loses in a crash is of no account.

    Raises Cancelled where the person says so.
    """

    def stop(_status: int, _left: int, _total: int) -> None:
        if cancelled():
            raise Cancelled("Stopped.")

    into = sqlite3.connect(path)
    try:
        source.db.backup(into, pages=PAGES, progress=stop)
    finally:
        into.close()
    store = open_store(path)
    store.db.execute("PRAGMA synchronous = OFF")
    store.db.execute("PRAGMA journal_mode = MEMORY")
    return store
