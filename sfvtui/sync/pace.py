"""How a job goes on: how much is done, at what measured pace, and how long the rest will take."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.sync.context import Progress

WINDOW = 30.0
"""Seconds over which a pace is measured: what went before says little of what comes."""
LEAST = 2.0
"""Seconds after which a pace is believed."""


class Pace:
    """One thing that is under way, with the moments at which it was so far."""

    def __init__(self, progress: Progress, now: float) -> None:
        self.progress = progress
        self._seen = deque([(now, progress.done)])

    def note(self, progress: Progress, now: float) -> None:
        """Takes in how far it is; another thing begins anew."""
        if progress.what != self.progress.what or progress.done < self.progress.done:
            self._seen.clear()
        self.progress = progress
        self._seen.append((now, progress.done))
        while len(self._seen) > 2 and now - self._seen[1][0] > WINDOW:
            self._seen.popleft()

    def rate(self, now: float) -> float | None:
        """How many a second; None where nothing can be said yet. What stands still gets slower."""
        since, first = self._seen[0]
        done = self.progress.done - first
        return done / (now - since) if done > 0 and now - since >= LEAST else None

    def left(self, now: float) -> float | None:
        """The seconds that the rest will take at this pace, and what is known to follow it."""
        progress, rate = self.progress, self.rate(now)
        if progress.total is None:
            return None
        rest = progress.total - progress.done
        if rest <= 0:
            return progress.ahead
        return None if rate is None else rest / rate + progress.ahead


class Meter:
    """Everything that a job has under way: one thing, or one for each system at once."""

    def __init__(self) -> None:
        self.paces: dict[str, Pace] = {}

    def note(self, progress: Progress, now: float) -> None:
        """Takes in how far one thing is. What names no system comes after what was beside it."""
        if not progress.system:
            alone = self.paces.get("")
            self.paces = {} if alone is None else {"": alone}
        else:
            self.paces.pop("", None)
        pace = self.paces.get(progress.system)
        if pace is None:
            self.paces[progress.system] = Pace(progress, now)
        else:
            pace.note(progress, now)

    def left(self, now: float) -> float | None:
        """The seconds until all of it is done; None where that can't be said of a part of it."""
        found = [pace.left(now) for pace in self.paces.values()]
        known = [one for one in found if one is not None]
        return max(known) if known and len(known) == len(found) else None


def left_words(seconds: float) -> str:
    """A span that is left, as roughly as it is known: `about 25 s left`, `about 4 min left`."""
    if seconds < 3:
        return "a moment left"
    if seconds < 20:
        return f"about {math.ceil(seconds)} s left"
    if seconds < 90:
        return f"about {math.ceil(seconds / 5) * 5} s left"
    minutes = math.ceil(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min left"
    return f"about {minutes // 60} h {minutes % 60} min left"


def clock_words(seconds: float) -> str:
    """A span that has gone by, to the second: `0:07`, `12:40`, `1:02:05`."""
    whole = int(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def span_words(seconds: int) -> str:
    """A span as people write it, in the largest unit that divides it: `24 h`, `90 min`, `7 days`."""
    for unit, word in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds % unit == 0 and (seconds > unit or word != "days"):
            return f"{seconds // unit} {word}"
    return f"{seconds} s"


def rate_words(rate: float | None) -> str:
    """A pace: `4.2/s`, `350/s`; empty where none is known."""
    if rate is None:
        return ""
    return f"{_number(round(rate))}/s" if rate >= 10 else f"{rate:.1f}/s"


def figures(progress: Progress) -> str:
    """How much is done of how much."""
    done, total = _whole(progress)
    return _number(done) if total is None else f"{_number(done)} of {_number(total)}"


def _whole(progress: Progress) -> tuple[int, int | None]:
    """How much is done of how much, with what came before and what comes after."""
    done = progress.before + progress.done
    if progress.total is None:
        return done, None
    return done, progress.before + progress.total + progress.after


def bar(progress: Progress, cells: int) -> str:
    """A bar of so many cells; empty where no total is known."""
    done, total = _whole(progress)
    if not total:
        return ""
    full = max(0, min(cells, done * cells // total))
    return "█" * full + "░" * (cells - full)


def said(meter: Meter, now: float) -> str:
    """All that is under way in one line: what, how much of how much, the pace, and what is left."""
    lanes = []
    for pace in meter.paces.values():
        parts = [pace.progress.what]
        if pace.progress.done or pace.progress.total is not None:
            parts.append(figures(pace.progress))
        lanes.append(" ".join(filter(None, (*parts, rate_words(pace.rate(now))))))
    left = meter.left(now)
    return " · ".join([*lanes, *([left_words(left)] if left is not None else [])])


class PaceLine:
    """The line of what is under way. Both sides of a pull may tell it, each from its own thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._meter, self._clock, self._lock = Meter(), clock, threading.Lock()

    def said(self, progress: Progress) -> str:
        """Takes in how far one thing is; returns the line of all."""
        with self._lock:
            now = self._clock()
            self._meter.note(progress, now)
            return said(self._meter, now)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")
