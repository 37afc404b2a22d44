"""Who writes to a store now, as far as the system tells (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

LOCK_BYTE = 120
"""The byte of the store's -shm that its one writer locks. Source: SQLite's WAL-index format, locks."""

NOBODY_KNOWN = "another process"


def writer(path: Path) -> str:
    """The process that writes to the store at `path`: its number, command and person; in general
    words where that cannot be told."""
    try:
        index = Path(f"{path}-shm").stat()
        locks = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
    except OSError:
        return NOBODY_KNOWN
    file = f"{os.major(index.st_dev):02x}:{os.minor(index.st_dev):02x}:{index.st_ino}"
    for line in locks.splitlines():
        parts = line.split()
        # NUMBER: POSIX ADVISORY WRITE PROCESS DEVICE:INODE FIRST LAST (proc(5), /proc/locks)
        if len(parts) == 8 and parts[3] == "WRITE" and parts[5] == file:
            first, last = int(parts[6]), int(parts[7]) if parts[7].isdigit() else LOCK_BYTE
            if first <= LOCK_BYTE <= last and int(parts[4]) not in (os.getpid(), 0, -1):
                return _process(int(parts[4]))
    return NOBODY_KNOWN


def _process(number: int) -> str:
    from sfvtui.mirror.access import owner

    place = Path(f"/proc/{number}")
    try:
        words = place.joinpath("cmdline").read_bytes().decode(errors="replace").split("\0")
        # Not the whole line: a program's arguments may hold what nobody should read.
        shown = " ".join([Path(words[0]).name, *(Path(w).name for w in words[1:4])]).strip()
        return f"process {number} ({shown}) of {owner(place.stat().st_uid)}"
    except OSError:
        return f"process {number}"
