"""Page bodies of one list in one file, each found by its number: written once, read and served often."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from pathlib import Path


class Packed:
    """Bodies behind one another in `path`, and where each of them ends in `path`.ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends = array("Q", path.with_suffix(".ends").read_bytes())
        self._file = os.open(path, os.O_RDONLY)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> bytes:
        start, length = self.place(number)
        return os.pread(self._file, length, start)

    def place(self, number: int) -> tuple[int, int]:
        """Where the body begins, and how many bytes it has."""
        start = self._ends[number - 1] if number else 0
        return start, self._ends[number] - start

    def fileno(self) -> int:
        """The open file, for sendfile."""
        return self._file

    def close(self) -> None:
        """Closes the file."""
        os.close(self._file)


def pack(path: Path, bodies: Iterable[bytes]) -> None:
    """Writes the bodies behind one another."""
    ends = array("Q")
    with path.open("wb") as file:
        for body in bodies:
            file.write(body)
            ends.append(file.tell())
    path.with_suffix(".ends").write_bytes(ends.tobytes())
