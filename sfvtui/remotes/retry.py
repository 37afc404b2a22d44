"""Asking again after a passing fault: only where a repeat is safe, never for ever."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from sfvtui.errors import Garbled, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Lasting(Unreachable):
    """Nothing took effect, and asking again would not mend it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often to ask, and how long to wait in between; all waits together end at `total`."""

    attempts: int = 5
    first: float = 0.5
    factor: float = 2.0
    most: float = 15.0
    total: float = 60.0

    def wait(self, attempt: int, jitter: float) -> float:
        """Seconds before attempt number `attempt` + 1; `jitter` from 0 to 1 spreads clients."""
        steady = min(self.most, self.first * self.factor ** (attempt - 1))
        return steady * (0.5 + jitter / 2)


PATIENT = Patience()


def passes(failed: Exception, *, changes: bool) -> float | None:
    """Seconds that a call's error asks to wait before a safe repeat; None where none is safe.

    A read may be repeated after any passing fault, a write only where it certainly took no
    effect. To be handed to `repeat`.
    """
    if isinstance(failed, Lasting):
        return None
    if isinstance(failed, Unreachable) or (isinstance(failed, Garbled) and not changes):
        return 0.0
    return None


def repeat(
    act: Callable[[], T],
    *,
    passing: Callable[[Exception], float | None],
    sleep: Callable[[float], None],
    patience: Patience = PATIENT,
    jitter: Callable[[], float] = random.random,
) -> T:
    """What `act` returns, asked again while its error is a passing one.

    `passing` says how many seconds an error asks to wait at least, None for one that does not
    pass. Raises the last error once the attempts or the total wait are used up. The caller
    answers for it that a repeat is safe wherever `passing` gives a number.
    """
    waited = 0.0
    attempt = 1
    while True:
        try:
            return act()
        except Exception as error:
            asked = passing(error)
            if asked is None or attempt >= patience.attempts:
                raise
            wait = max(asked, patience.wait(attempt, jitter()))
            if waited + wait > patience.total:
                raise
        sleep(wait)
        waited += wait
        attempt += 1
