"""A draft of the store: a copy to try things on, made while others use it, and thrown away."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sfvtui.errors import Cancelled
from sfvtui.mirror.store import Store, open_store

PAGES = 2000
"""Pages copied between two looks at whether the draft is still wanted."""


FOLDER = "sfvtui-draft-"
"""How the folder of a draft begins, beside the store."""


@contextlib.contextmanager
def draft_of(source: Store, cancelled: Callable[[], bool]) -> Iterator[Store]:
    """A copy of the store, as it is now, while the block runs; what it loses in a crash is of no
    account.

    Raises Cancelled where the person says so.
    """
    with (
        tempfile.TemporaryDirectory(
            prefix=FOLDER, dir=source.path.parent, ignore_cleanup_errors=True
        ) as folder,
        _copy(source, Path(folder) / "draft.db", cancelled) as store,
    ):
        yield store


def remove_drafts(store: Store) -> None:
    """Removes the drafts beside a store: what a killed program left; one in use goes on without
    its name."""
    for folder in store.path.parent.glob(f"{FOLDER}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: Store, path: Path, cancelled: Callable[[], bool]) -> Store:

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
