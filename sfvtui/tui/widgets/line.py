"""One line of text in parts, left and right: the head, the title, the status and the footer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sfvtui.tui.widgets.cells import clip, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.style import Style
    from textual import events


@dataclass(frozen=True)
class Part:
    """A piece of a line: text, tone, and the action that a click on it does."""

    text: str
    tone: str = ""
    action: str = ""


class Line(Widget):
    """One line that repaints only the half that changed."""

    COMPONENT_CLASSES = {
        "line--strong",
        "line--key",
        "line--good",
        "line--info",
        "line--warn",
        "line--bad",
        "line--dim",
        "line--here",
        "line--rule",
    }
    DEFAULT_CSS = """
    Line {
        height: 1; width: 1fr; color: $foreground; background: $background;
        & > .line--strong { text-style: bold; }
        & > .line--key { color: $primary; text-style: bold; }
        & > .line--good { color: $success; }
        & > .line--info { color: $primary; }
        & > .line--warn { color: $warning; }
        & > .line--bad { color: $error; text-style: bold; }
        & > .line--dim { color: $dim; }
        & > .line--here { color: $primary; text-style: bold underline; }
        & > .line--rule { color: $line; }
        &:nocolor > .line--warn { text-style: bold; }
    }
    """
    fill = " "
    fill_tone = ""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 (the framework's name)
        super().__init__(id=id)
        self._left: tuple[Part, ...] = ()
        self._right: tuple[Part, ...] = ()

    @property
    def text(self) -> str:
        """What the line says, without the filling between left and right."""
        return "".join(part.text for part in (*self._left, *self._right))

    def show(self, left: Iterable[Part], right: Iterable[Part] = ()) -> None:
        """Shows these parts; the right ones go first where there is no room for all."""
        new_left, new_right = tuple(left), tuple(right)
        if new_left == self._left and new_right == self._right:
            return
        width, before = self.size.width, self._placed(self.size.width)
        self._left, self._right = new_left, new_right
        x, first, last = 0, None, 0
        for old, new in zip_longest(before, self._placed(width)):
            wide = max(cell_len(piece[0]) if piece else 0 for piece in (old, new))
            if old != new:
                first = x if first is None else first
                last = x + wide if old and new and cell_len(old[0]) == cell_len(new[0]) else width
            x += wide
        if first is not None:
            self.refresh(Region(first, 0, max(0, last - first), 1))

    def render_line(self, y: int) -> Strip:
        del y
        width = self.size.width
        segments = [
            Segment(text, self._tone(tone)) for text, tone, _ in self._placed(width) if text
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def on_click(self, event: events.Click) -> None:
        x = 0
        for text, _, action in self._placed(self.size.width):
            x += cell_len(text)
            if event.x < x:
                if action:
                    self.call_later(self.run_action, f"screen.do('{action}')")
                return

    def _placed(self, width: int) -> list[tuple[str, str, str]]:
        """Text, tone and action of each part as drawn, the filling among them."""
        room = max(0, width - _length(self._right))
        placed, used = _fitting(self._left, room)
        filling = self.fill * (room - used)
        right, _ = _fitting(self._right, width - used - len(filling))
        return [*placed, (filling, self.fill_tone, ""), *right]

    def _tone(self, tone: str) -> Style:
        base = self.rich_style
        return base + self.get_component_rich_style(f"line--{tone}", partial=True) if tone else base


def _length(parts: Sequence[Part]) -> int:
    return sum(cell_len(write(part.text)) for part in parts)


def _fitting(parts: Sequence[Part], room: int) -> tuple[list[tuple[str, str, str]], int]:
    placed, used = [], 0
    for part in parts:
        text = write(part.text)
        length = cell_len(text)
        if used + length > room:
            rest = clip(text, room - used) if room > used else ""
            placed.append((rest, part.tone, part.action))
            return placed, room
        placed.append((text, part.tone, part.action))
        used += length
    return placed, used
