"""What a measurement is: a ratio of two numbers of one run, and how it is shown."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Watch:
    """Adds up the CPU seconds of this process (all its threads) while it runs.

    CPU seconds, not those of the clock: other work on the machine moves them far less.
    """

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Counts what the block takes."""
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.cpu += time.process_time() - cpu
            self.wall += time.perf_counter() - wall


class Unit(StrEnum):
    """What the two numbers of a figure are."""

    CPU = "CPU"
    """Seconds of the processor, of all threads."""
    WALL = "clock"
    """Seconds of the clock: what waits for a disk, a line or a terminal."""
    MB = "MB"
    BYTES = "bytes"
    CALLS = "calls"


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured against what, and the goal that it has to meet."""

    number: str
    what: str
    against: str
    """Empty where the goal is a number by itself: then that number is the ratio."""
    ratio: float
    goal: str
    """`≤ 1.5` or `≥ 0.4`; empty where there is none."""
    seconds: float
    """What was measured, in the figure's unit."""
    floor: float
    notes: list[str] = field(default_factory=list)
    unit: Unit = Unit.CPU
    flat: bool = False
    """Whether it should stay as it is, however many records there are."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where there is none."""
        if not self.goal:
            return None
        sign, limit = self.goal.split()
        return self.ratio <= float(limit) if sign == "≤" else self.ratio >= float(limit)

    def as_json(self) -> dict[str, Any]:
        """The figure as one process hands it to another."""
        return asdict(self)


def peak_mb() -> int:
    """The most memory that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def best(times: int, act: Callable[[], object]) -> float:
    """The fewest CPU seconds that an act took, of so many times."""
    return min(timed(act) for _ in range(times))


def timed(act: Callable[[], object]) -> float:
    """The CPU seconds that an act took."""
    watch = Watch()
    with watch.running():
        act()
    return watch.cpu


def clocked(act: Callable[[], object]) -> float:
    """The seconds of the clock that an act took."""
    watch = Watch()
    with watch.running():
        act()
    return watch.wall


def share(times: Sequence[float], part: float) -> float:
    """The time that `part` of them stay below: 0.5 is the median, 0.95 what is called p95."""
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def side_by_side(times: int, *commands: Sequence[str]) -> list[float]:
    """The fewest CPU seconds of each command, run in turn so many times."""
    found: list[list[float]] = [[] for _ in commands]
    for _ in range(times):
        for seconds, command in zip(found, commands, strict=True):
            seconds.append(ran(command).cpu)
    return [min(seconds) for seconds in found]


@dataclass(frozen=True)
class Ran:
    """What a process took, its peak memory, and what it printed."""

    wall: float
    cpu: float
    peak_mb: int
    output: bytes


def ran(command: Sequence[str], env: Mapping[str, str] | None = None) -> Ran:
    """Runs a command to its end. Raises CalledProcessError where it fails."""
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as one:
        output, errors = _outputs(one)
        _, status, used = os.wait4(one.pid, 0)
        one.returncode = os.waitstatus_to_exitcode(status)
    if one.returncode:
        failed = subprocess.CalledProcessError(one.returncode, command, output, errors)
        failed.add_note(errors.decode())
        raise failed
    wall = time.perf_counter() - started
    return Ran(wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, output)


def _outputs(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """All that a process prints; it is not waited for."""
    from threading import Thread

    assert process.stdout is not None
    assert process.stderr is not None
    errors: list[bytes] = []
    stderr = process.stderr
    reader = Thread(target=lambda: errors.append(stderr.read()))
    reader.start()
    output = process.stdout.read()
    reader.join()
    return output, errors[0]


def shown(number: float, unit: Unit = Unit.CPU) -> str:
    """A number as people read it."""
    match unit:
        case Unit.CPU | Unit.WALL:
            return _seconds(number)
        case Unit.CALLS:
            return f"{number:,.2f}"
        case _:
            return f"{number:,.0f} {unit}"


def _seconds(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.3g} ms" if seconds >= 0.001 else f"{seconds * 1e6:.0f} µs"
