"""A recorded session of the screens, as one animated SVG: each row of cells is drawn once."""

from __future__ import annotations

import re
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tui.pictures import screens

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.clock import Clock

SIZE = (80, 24)
STORY = (
    ("1", 3.0, "Home: what there is to do, the day after a first sync"),
    ("2", 3.0, "2  Review: records that no user was linked to"),
    ("j", 1.5, "j  the next one, and what a new user would carry"),
    ("a", 3.0, "a  approve: the next push creates this user"),
    ("w", 4.0, "w  why is this record where it is?"),
    ("escape", 1.5, "Esc  back"),
    ("4", 3.5, "4  Conflicts: both sides changed, a person decides"),
    ("greater_than_sign", 3.0, ">  take Vitally's value; it is queued, not sent"),
    ("u", 2.5, "u  or rather not: taken back"),
    ("5", 4.0, "5  Outbox: what a push would send, old → new, and why"),
    ("P", 4.0, "P  push: shown once more, and sent after a yes"),
    ("escape", 2.0, "Esc  not now: nothing has left"),
    ("6", 4.0, "6  History: who did what, and the values before"),
)
"""Keys, how long their outcome is shown (seconds), and what is said of it."""

STYLE = re.compile(r"\.terminal-\d+-(r\d+) \{([^}]*)\}")
CELLS = re.compile(
    r'<rect fill="(?P<fill>[^"]*)" x="(?P<left>[\d.]+)" y="(?P<top>[\d.]+)" width="(?P<wide>[\d.]+)"[^>]*/>'
    r'|<text class="terminal-\d+-(?P<style>r\d+)" x="(?P<x>[\d.]+)" y="(?P<y>[\d.]+)"'
    r' textLength="(?P<long>[\d.]+)"[^>]*>(?P<text>.*?)</text>'
)
LINE, CELL, FIRST = 24.4, 12.2, 20.0
"""Of Rich's pictures: a row's height, a cell's width, the first row's base line."""
GROUND = "#14161b"
"""The background of the theme dark, which is painted once."""


@dataclass
class Rows:
    """What each row showed when: its drawing, and the frames in which it stood there."""

    styles: dict[str, str] = field(default_factory=dict)
    seen: dict[tuple[int, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    captions: list[tuple[float, str]] = field(default_factory=list)

    def add(self, picture: str, seconds: float, caption: str) -> None:
        """One frame: Rich's SVG of the whole screen."""
        number = len(self.captions)
        self.captions.append((seconds, caption))
        meaning = dict(STYLE.findall(picture))
        rows: dict[int, list[str]] = defaultdict(list)
        for found in CELLS.finditer(picture):
            if found["top"] is not None:
                if found["fill"] != GROUND:
                    row = round((float(found["top"]) - 1.5) / LINE)
                    rows[row].append(
                        f'<rect fill="{found["fill"]}" x="{found["left"]}" y="{found["top"]}" '
                        f'width="{found["wide"]}" height="{LINE + 0.25}"/>'
                    )
                continue
            row = round((float(found["y"]) - FIRST) / LINE)
            css = meaning[found["style"]]
            name = self.styles.setdefault(css, f"s{len(self.styles)}")
            rows[row].append(
                f'<text class="{name}" x="{found["x"]}" y="{found["y"]}" '
                f'textLength="{found["long"]}">{found["text"].replace("&#160;", " ")}</text>'
            )
        for row, parts in rows.items():
            self.seen[row, "".join(parts)].append(number)

    def svg(self) -> str:
        """The whole session, played over and over."""
        ends = [sum(s for s, _ in self.captions[: n + 1]) for n in range(len(self.captions))]
        width, height = SIZE[0] * CELL, (SIZE[1] + 2) * LINE
        css = "".join(f".{name}{{{text.strip()}}}" for text, name in self.styles.items())
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 {width + 16:.0f} {height + 16:.0f}">',
            f"<style>text{{font:20px 'Fira Code',Menlo,Consolas,monospace;white-space:pre}}{css}",
            ".said{fill:#e6e6e6;font-weight:bold}</style>",
            f'<rect x="-8" y="-8" width="{width + 16:.0f}" height="{height + 16:.0f}" rx="8" fill="{GROUND}"/>',
        ]
        for (_, drawn), frames in sorted(self.seen.items()):
            parts.append(f"<g>{drawn}{_shown(frames, ends)}</g>")
        for number, (_, caption) in enumerate(self.captions):
            y = FIRST + (SIZE[1] + 1) * LINE
            parts.append(
                f'<text class="said" x="0" y="{y:.1f}">{escape(caption)}{_shown([number], ends)}</text>'
            )
        return "\n".join([*parts, "</svg>", ""])


def _shown(frames: list[int], ends: list[float]) -> str:
    """An animation that shows its parent in these frames only; none where that is always."""
    if len(frames) == len(ends):
        return ""
    total, values, times = ends[-1], [], []
    for number in range(len(ends)):
        value = "visible" if number in frames else "hidden"
        if not values or values[-1] != value:
            values.append(value)
            times.append(f"{(ends[number - 1] if number else 0) / total:.4f}")
    return (
        f'<animate attributeName="visibility" calcMode="discrete" dur="{total}s" '
        f'repeatCount="indefinite" values="{";".join(values)}" keyTimes="{";".join(times)}"/>'
    )


async def record(config: Path, clock: Clock) -> str:
    """Plays the story on the screens; returns the animated picture."""
    rows = Rows()
    with tempfile.TemporaryDirectory() as state:
        async with screens(config, clock, Path(state), SIZE) as (app, pilot):
            for key, seconds, caption in STORY:
                await pilot.press(key)
                before, picture = None, ""
                while picture != before:  # until it stands still
                    await app.workers.wait_for_complete()
                    await pilot.pause(0.3)
                    # Rich makes names of what it draws: the same names for the same picture.
                    before, picture = picture, app.export_screenshot(simplify=True)
                rows.add(picture, seconds, caption)
    return rows.svg()
