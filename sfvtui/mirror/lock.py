"""One push at a time: a lock of the operating system beside the store, and who holds it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from sfvtui.errors import Busy, StoreError
from sfvtui.mirror.store import Store

TRIES = 20
PAUSE = 0.01
"""Seconds between tries: whoever only asks whether a push runs holds the lock for a moment."""


@contextlib.contextmanager
def push_lock(store: Store, *, who: str, at: str) -> Iterator[None]:
    """Holds the store's push. A holder that died lets go by itself: the system releases its lock.

    Raises Busy, naming who holds it, where, and since when, and StoreError where this person may
    not hold it.
    """
    try:
        file = store.access.make_file(_path(store))
    except OSError as error:
        raise StoreError(
            f"The lock {_path(store)} cannot be had: {error.strerror}.",
            "It is made beside the store: check whose it is, and its mode.",
        ) from None
    try:
        if not _taken(file):
            raise Busy(
                f"Another process holds this store's push: {_holder(store)}.",
                "Wait until it ends; nothing was sent.",
            )
        from socket import gethostname

        holder = {"who": who, "host": gethostname(), "pid": os.getpid(), "since": at}
        store.put("push_holder", json.dumps(holder))
        try:
            yield
        finally:
            store.put("push_holder", None)
    finally:
        os.close(file)


def _taken(file: int) -> bool:
    """Takes the lock, where nobody holds it for longer than it takes to ask."""
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if left:
                time.sleep(PAUSE)
        else:
            return True
    return False


def push_runs(store: Store) -> bool:
    """Whether some process holds the store's push now."""
    try:
        file = os.open(_path(store), os.O_RDONLY)
    except OSError:  # no push was ever begun, or this person may not see it
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _path(store: Store) -> Path:
    return Path(f"{store.path}.push")


def _holder(store: Store) -> str:
    found = store.get("push_holder")
    if found is None:
        return "one that has just begun"
    holder = json.loads(found)
    return f"{holder['who']} on {holder['host']} (process {holder['pid']}) since {holder['since']}"
