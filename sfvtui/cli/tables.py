"""Columns for people: aligned by the cells that a terminal really uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import NamedTuple

MEASURED_ROWS = 200
"""Widths come from this many rows: a list of a million starts to print at once."""

WIDEST = 40
GAP = "  "
FIRST_COMBINING = "\u0300"


class Table(NamedTuple):
    """A header, and rows that may still be on their way."""

    header: tuple[str, ...]
    rows: Iterable[Sequence[str]]


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if _narrow(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """The text in at most `width` cells; what was cut off is marked."""
    if cells(text) <= width:
        return text
    if _narrow(text):
        return text[: width - 1] + "…"
    from rich.cells import set_cell_size

    return set_cell_size(text, width - 1).rstrip() + "…"


def _narrow(text: str) -> bool:
    """Whether each character surely takes one cell: those before the first that combines do."""
    return text.isascii() or max(text) < FIRST_COMBINING


def aligned(
    header: Sequence[str], rows: Iterable[Sequence[str]], *, widest: int | None = WIDEST
) -> Iterator[str]:
    """The rows under their header. No column but the last is cut, at `widest` cells (None: never).

    Yields nothing where there is no row.
    """
    rows = iter(rows)
    first = list(islice(rows, MEASURED_ROWS))
    if not first:
        return
    widths = [max(cells(row[column]) for row in (header, *first)) for column in range(len(header))]
    if widest is not None:
        widths = [min(width, widest) for width in widths]
    for row in chain([header], first, rows):
        *most, last = row
        padded = [_padded(text, width, widest) for text, width in zip(most, widths, strict=False)]
        yield GAP.join([*padded, last]).rstrip()


def _padded(text: str, width: int, widest: int | None) -> str:
    shown = text if widest is None else cut(text, widest)
    return shown + " " * (width - cells(shown))
