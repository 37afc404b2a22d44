"""Text in cells: cut to a width, padded, hits marked, and never obeyed by the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from sfvtui.display import visible
from sfvtui.domain.text import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style


def write(text: str) -> str:
    """Text of the services on one line: line ends as a sign, everything unsafe as an escape."""
    return visible(text, newline="⏎")


def only_blanks_differ(one: str, other: str) -> bool:
    """Whether two texts differ, but in nothing that can be seen: how many blanks there are."""
    return one != other and "".join(one.split()) == "".join(other.split())


def with_blanks(text: str) -> str:
    """The text with its blanks in sight, as dots."""
    return "".join("·" if char.isspace() else char for char in text)


def clip(text: str, width: int, *, right: bool = False) -> str:
    """Safe text in exactly `width` cells: cut with an ellipsis, or padded on the other side."""
    if text.isascii():
        if len(text) <= width:
            return text.rjust(width) if right else text.ljust(width)
        return text[: max(0, width - 1)] + "…"[:width]
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, max(0, width - 1)) + "…"[:width]
    padding = " " * (width - length)
    return padding + text if right else text + padding


def hits(text: str, words: Sequence[str], plain: Style, hit: Style) -> list[tuple[str, Style]]:
    """The text in parts, those marked that hold one of the folded words."""
    if not words:
        return [(text, plain)]
    folded = fold(text)
    if len(folded) != len(text):
        return [(text, plain)]
    parts: list[tuple[str, Style]] = []
    at = 0
    while at < len(text):
        found = [(folded.find(word, at), -len(word)) for word in words if word]
        nearest = min((place for place in found if place[0] >= 0), default=None)
        if nearest is None:
            break
        start, length = nearest[0], -nearest[1]
        if start > at:
            parts.append((text[at:start], plain))
        parts.append((text[start : start + length], hit))
        at = start + length
    if at < len(text):
        parts.append((text[at:], plain))
    return parts
