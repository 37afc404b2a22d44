"""Keeping below a rate limit: slower in good time, so that a 429 is the exception."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

from sfvtui.remotes.answers import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WINDOW = 60.0
FEW = 0.05
LOW = 0.2
LONGEST_WAIT = 60.0


class Pacer:
    """Waits before each request as long as the limits ask for.

    Two limits hold at once: our own (`per_minute`, a token bucket that never lets more than that
    through in any minute, bursts included) and the service's, as its RateLimit headers tell it:
    with little left requests are spread, with next to nothing left they wait for the reset. The
    rest that the headers tell is kept for writes, which may cost more than one unit.
    Source: Vitally's REST API overview, Rate Limiting.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        sleep: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        per_minute = max(1, per_minute)
        self._burst = float(max(1, per_minute // 10))
        self._rate = max(1.0, per_minute - self._burst) / WINDOW
        self._tokens = self._burst
        self._filled = clock()
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._limits = Limits()
        self._seen = clock()

    @property
    def limits(self) -> Limits:
        """What the service told last."""
        return self._limits

    def before(self) -> None:
        """Waits until the next request may go."""
        with self._lock:
            wait = max(self._own_wait(), self._their_wait())
            self._tokens -= 1
        if wait > 0:
            self._sleep(wait)

    def heed(self, headers: Mapping[str, str]) -> None:
        """Takes in the rate limit headers of an answer; an answer without them changes nothing."""
        limit = _number(headers.get("RateLimit-Limit"))
        remaining = _number(headers.get("RateLimit-Remaining"))
        reset = _number(headers.get("RateLimit-Reset"))
        if remaining is None:
            return
        with self._lock:
            self._limits = Limits(
                int(remaining), int(limit) if limit else self._limits.limit, reset
            )
            self._seen = self._clock()

    def _own_wait(self) -> float:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        return max(0.0, (1 - self._tokens) / self._rate)

    def _their_wait(self) -> float:
        told = self._limits
        if told.remaining is None or told.limit is None:
            return 0.0
        age = self._clock() - self._seen
        if age >= WINDOW:
            return 0.0
        steady = WINDOW / max(1, told.limit)
        if told.remaining <= max(1.0, told.limit * FEW):
            reset = told.reset if told.reset is not None else steady
            return min(LONGEST_WAIT, max(reset, steady) - age) if age < max(reset, steady) else 0.0
        return steady if told.remaining <= told.limit * LOW else 0.0


def asked_wait(headers: Mapping[str, str]) -> float:
    """Seconds that a 429 asks to wait, 0 where it does not say."""
    for name in ("RateLimit-Reset", "Retry-After"):
        asked = _number(headers.get(name))
        if asked is not None:
            return min(LONGEST_WAIT, asked)
    return 0.0


def _number(text: str | None) -> float | None:
    """The first number of a header such as `1000, 1000;window=60`."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)", text or "")
    return float(found[1]) if found else None
