"""Pages of rows on their way into the mirror: what a page did, and long lists in slices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

CHUNK = 500
"""How many parameters one `IN (…)` gets."""

ROWS = 2000
"""How many rows of a page are read at a time."""


@dataclass(eq=False, repr=False)
class Written:
    """What a page did: rows read, rows new or changed, rows of the mirror that are gone since, and
    the numbers of all rows of the mirror that it showed."""

    read: int = 0
    changed: int = 0
    gone: int = 0
    numbers: list[int] = field(default_factory=list)


def in_chunks(items: Sequence[Any], size: int = CHUNK) -> Iterable[Sequence[Any]]:
    """`items` in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
