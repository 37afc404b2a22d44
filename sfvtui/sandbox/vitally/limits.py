"""The workspace's rate limit, as both of Vitally's descriptions of it count."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from sfvtui.sandbox.vitally.switches import Limiter, Switches

if TYPE_CHECKING:
    from collections.abc import Callable


class RateLimit:
    """Counts requests against `switches.requests_per_minute`.

    The token bucket refills evenly; the window forgets a request after 60 seconds. Source: Vitally,
    REST API overview (older wording "sliding window", newer wording "token bucket"; writes may
    cost more than one unit, how many is not said).
    """

    def __init__(self, switches: Switches, clock: Callable[[], float] = time.monotonic) -> None:
        self._switches = switches
        self._clock = clock
        self._lock = threading.Lock()
        self._spent = 0.0
        self._at = clock()
        self._window: deque[tuple[float, int]] = deque()

    def take(self, *, write: bool) -> bool:
        """Spend one request's cost; False where the limit is used up (nothing is spent then)."""
        with self._lock:
            self._forget()
            cost = self._switches.write_cost if write else 1
            if self._used() + cost > self._switches.requests_per_minute:
                return False
            self._spent += cost
            self._window.append((self._clock(), cost))
            return True

    def spend_all(self) -> None:
        """Use up what is left, as another program on the same key would."""
        with self._lock:
            self._forget()
            left = self._switches.requests_per_minute - self._used()
            self._spent += left
            self._window.append((self._clock(), math.floor(left)))

    def headers(self) -> dict[str, str]:
        """The three headers that stand on every response."""
        with self._lock:
            self._forget()
            limit = self._switches.requests_per_minute
            return {
                "RateLimit-Limit": f"{limit}, {limit};window=60",
                "RateLimit-Remaining": str(max(0, math.floor(limit - self._used()))),
                "RateLimit-Reset": str(self._reset()),
            }

    def _used(self) -> float:
        if self._switches.limiter is Limiter.BUCKET:
            return self._spent
        return sum(cost for _, cost in self._window)

    def _reset(self) -> int:
        """Seconds, rounded up, until one unit refills or the earliest request is forgotten."""
        if self._switches.limiter is Limiter.WINDOW:
            return math.ceil(60 - (self._clock() - self._window[0][0])) if self._window else 60
        return math.ceil(60 / self._switches.requests_per_minute)

    def _forget(self) -> None:
        now = self._clock()
        self._spent = max(
            0.0, self._spent - (now - self._at) * self._switches.requests_per_minute / 60
        )
        self._at = now
        while self._window and now - self._window[0][0] >= 60:
            self._window.popleft()
