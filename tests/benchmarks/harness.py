"""What a measurement is: a ratio of two times of one run, in CPU seconds, and how it is shown."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
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


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured against what, and the goal that it has to meet."""

    number: str
    what: str
    against: str
    ratio: float
    goal: str
    """`≤ 1.5` or `≥ 0.4`; empty where there is none."""
    seconds: float
    floor: float
    notes: list[str] = field(default_factory=list)

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


def side_by_side(times: int, *commands: Sequence[str]) -> list[float]:
    """The fewest CPU seconds of each command, run in turn so many times."""
    found: list[list[float]] = [[] for _ in commands]
    for _ in range(times):
        for seconds, command in zip(found, commands, strict=True):
            before = _of_children()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds.append(_of_children() - before)
    return [min(seconds) for seconds in found]


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def shown(seconds: float) -> str:
    """Seconds as people read them."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1000:.3g} ms" if seconds >= 0.001 else f"{seconds * 1e6:.0f} µs"
