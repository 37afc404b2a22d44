"""What the status line says of a job that is under way, as full as the line is wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.sync.pace import bar, figures, left_words, rate_words
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.words import SYSTEM_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sfvtui.sync.pace import Meter


def variants(meter: Meter, now: float) -> Iterable[list[Part]]:
    """What the status line says of a job, the fullest first; a narrow line takes a later one."""
    left = meter.left(now)
    end = Part(f"  {left_words(left)}" if left is not None else "", "dim")
    for rates, bars in ((True, True), (True, False), (False, False)):
        pieces = [_lane(meter, name, now, rates=rates, bars=bars) for name in meter.paces]
        yield [Part(" · ".join(pieces), "info"), end]
    yield [
        Part(
            " · ".join(_lane(meter, name, now, rates=False, bars=False) for name in meter.paces),
            "info",
        )
    ]


def _lane(meter: Meter, name: str, now: float, *, rates: bool, bars: bool) -> str:
    pace = meter.paces[name]
    progress = pace.progress
    alone = len(meter.paces) == 1
    words = progress.what if alone else SYSTEM_WORDS[name]
    text = f"{words} {figures(progress)}"
    if bars and alone and progress.total:
        text += f" {bar(progress, 12)}"
    pace_words = rate_words(pace.rate(now)) if rates else ""
    return f"{text} {pace_words}".rstrip()
