"""A program on a pseudo-terminal: keys go in, and each piece that it draws is kept with its time."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

TOP = Path(__file__).parent.parent.parent

QUIET = 0.06
"""Seconds without a byte after which a program has drawn all that a key led to."""

LONGEST = 0.25
"""Seconds after which a program that goes on drawing something else is not waited for."""

PATIENCE = 60.0
"""Seconds after which what is waited for will never come."""


class Terminal:
    """A running program and the screen that it draws on, `columns` by `lines`."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], columns: int, lines: int
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.sent = 0
        """How many bytes the program has sent."""
        self.started = time.perf_counter()
        self._pid, self._pty = pty.fork()
        if not self._pid:
            os.execvpe(command[0], [*command], {**env})
        fcntl.ioctl(self._pty, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        os.close(self._pty)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.screen.display)

    def memory_mb(self) -> float:
        """The memory that the program holds, in MB."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    def cpu(self) -> float:
        """The CPU seconds that the program has taken so far."""
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def until(self, shows: Callable[[str], bool], patience: float = PATIENCE) -> float:
        """Draws until the screen shows something; returns when it did. Raises TimeoutError."""
        end = time.perf_counter() + patience
        at = time.perf_counter()
        while not shows(self.text):
            piece = self._read(1.0)
            at = time.perf_counter()
            self._stream.feed(piece)
            if at > end:
                raise TimeoutError(f"it never came:\n{self.text}")
        return at

    def quiet(self, seconds: float = 0.5) -> None:
        """Draws until nothing has come for so long."""
        while piece := self._read(seconds):
            self._stream.feed(piece)

    def press(self, keys: bytes) -> None:
        """Types keys; nothing is waited for."""
        os.write(self._pty, keys)

    def drawn(
        self, keys: bytes, shows: Callable[[str], object], seconds: float = PATIENCE
    ) -> float:
        """Types keys, and returns the seconds until what they led to was drawn: from when on what
        `shows` picks out of the screen was another thing than before, and stayed as it is.

        Every piece is kept with its time and drawn afterwards: drawing here must not delay reading.
        """
        before = shows(self.text)
        pressed = time.perf_counter()
        os.write(self._pty, keys)
        pieces: list[tuple[float, bytes]] = []
        found, at = before, pressed
        while found == before:
            while piece := self._read(QUIET):
                pieces.append((time.perf_counter(), piece))
                if time.perf_counter() - pieces[0][0] > LONGEST:
                    break
            for when, piece in pieces:
                self._stream.feed(piece)
                now = shows(self.text)
                if now != found:
                    found, at = now, when
            pieces.clear()
            if time.perf_counter() - pressed > seconds:
                raise TimeoutError(f"{keys!r} led nowhere:\n{self.text}")
        return at - pressed

    def held(self, key: bytes, times: int, per_second: float) -> float:
        """Holds a key down; returns the bytes that each step sent, on average."""
        before = self.sent
        for _ in range(times):
            os.write(self._pty, key)
            end = time.perf_counter() + 1 / per_second
            while (left := end - time.perf_counter()) > 0:
                self._stream.feed(self._read(left))
        self.quiet()
        return (self.sent - before) / times

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._pty], [], [], seconds)
        if not ready:
            return b""
        try:
            piece = os.read(self._pty, 1 << 16)
        except OSError as error:
            raise EOFError(f"the program has ended:\n{self.text}") from error
        self.sent += len(piece)
        return piece
