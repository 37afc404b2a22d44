"""Text for panels and dialogs: in tones of the theme, always safe, never read as markup."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from textual.content import Content
from textual.widget import Widget

from sfvtui.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from textual.geometry import Size

TONES = {
    "": "",
    "strong": "bold",
    "title": "$primary bold",
    "good": "$success",
    "info": "$primary",
    "warn": "$warning",
    "bad": "$error",
    "dim": "$dim",
    "gone": "$error strike",
    "new": "$success underline",
    "key": "reverse bold",
}
NARROWEST = 12
"""Cells that a wrapped line keeps for its text, however deep it is indented."""

Piece = tuple[str, str]
"""A text without line ends, and its style."""


@dataclass
class _Line:
    """One line before it is wrapped; what does not fit goes on at `indent`."""

    pieces: list[Piece] = field(default_factory=list)
    indent: int = 0


class Prose:
    """A text that is put together piece by piece, each in a tone."""

    def __init__(self) -> None:
        self._lines: list[_Line] = [_Line()]

    def add(self, text: str, tone: str = "") -> Self:
        """Adds a piece; what a terminal would obey in it is shown instead."""
        first, *rest = visible(text, newline="\n").split("\n")
        self._piece(first, tone)
        for part in rest:
            indent = self._lines[-1].indent
            self._lines.append(_Line(indent=indent))
            if part:
                self._piece(" " * indent, "")
                self._piece(part, tone)
        return self

    def _piece(self, text: str, tone: str) -> None:
        if text:
            self._lines[-1].pieces.append((text, TONES[tone]))

    def line(self, text: str = "", tone: str = "") -> Self:
        """Adds a piece and ends the line."""
        self.add(text, tone)
        self._lines.append(_Line())
        return self

    def hang(self, indent: int) -> Self:
        """What of this line does not fit goes on at this column."""
        self._lines[-1].indent = indent
        return self

    def fact(self, name: str, value: str, tone: str = "", *, width: int = 11) -> Self:
        """Adds a line `name  value`; a long value stays in its column."""
        self.hang(width + 1).add(f"{name:<{width}} ", "dim")
        for part in visible(value, newline="\n").split("\n"):
            self._piece(part, tone)
            self._lines.append(_Line(indent=width + 1, pieces=[(" " * (width + 1), "")]))
        self._lines[-1] = _Line()
        return self

    def put(self, other: Prose) -> Self:
        """Adds all lines of another text; its first goes on this one's last, all in its column."""
        first, *rest = other._lines
        hung = self._lines[-1].indent
        self._lines[-1].pieces.extend(first.pieces)
        self._lines[-1].indent = max(hung, first.indent)
        for line in rest:
            margin = [(" " * hung, "")] if hung else []
            self._lines.append(_Line([*margin, *line.pieces], hung + line.indent))
        return self

    def same_as(self, other: Prose) -> bool:
        """Whether the other says the same in the same tones."""
        return self._lines == other._lines

    def __bool__(self) -> bool:
        return any(line.pieces for line in self._lines)

    @property
    def plain(self) -> str:
        """The text without tones."""
        return "\n".join("".join(t for t, _ in line.pieces) for line in self._lines).rstrip("\n")

    def wrapped(self, width: int) -> list[list[Piece]]:
        """The text in lines of at most so many cells, without empty ones at the end."""
        found = [part for line in self._lines for part in _wrap(line, max(1, width))]
        while found and not any(text.strip() for text, _ in found[-1]):
            found.pop()
        return found

    @property
    def content(self) -> Content:
        """The text for a widget that wraps by itself."""
        return _content(self.wrapped(1 << 20))


def _content(lines: list[list[Piece]]) -> Content:
    joined = [Content.assemble(*pieces) for pieces in lines]
    return Content("\n").join(joined)


def _wrap(line: _Line, width: int) -> Iterator[list[Piece]]:
    indent = min(line.indent, max(0, width - NARROWEST))
    now: list[Piece] = []
    used, begun = 0, True
    for text, style in line.pieces:
        for word in re.findall(r"\s+|\S+", text):
            rest = word
            while used + cell_len(rest) > width:
                if rest.isspace():
                    rest = ""
                    break
                whole_line = width - indent
                if cell_len(rest) > whole_line and used < width:
                    head = chop_cells(rest, width - used)[0]
                    now.append((head, style))
                    rest = rest[len(head) :]
                yield now
                now, used = ([(" " * indent, "")] if indent else []), indent
                begun = False
            if rest and (begun or not rest.isspace()):
                now.append((rest, style))
                used += cell_len(rest)
                begun = True
    yield now


def prose(text: str, tone: str = "") -> Prose:
    """A text of one piece."""
    return Prose().add(text, tone)


def safe(text: str, tone: str = "") -> Content:
    """One piece of text for a widget."""
    return prose(text, tone).content


class ProseView(Widget):
    """Shows a text, wrapped to its width with hanging indents, as high as it needs."""

    DEFAULT_CSS = "ProseView { height: auto; width: 1fr; }"

    def __init__(self, text: Prose | None = None, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._text = text or Prose()

    def update(self, text: Prose) -> None:
        """Shows another text."""
        if not text.same_as(self._text):
            self._text = text
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport
        return len(self._text.wrapped(width))

    def render(self) -> Content:
        return _content(self._text.wrapped(self.content_size.width))
