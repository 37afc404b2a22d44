"""Query cursors: opaque locators that page through a result for two days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sfvtui.sandbox.salesforce.ids import make_id

LIFETIME = timedelta(days=2)


@dataclass(frozen=True)
class Cursor:
    """A result that is being paged: how to show its rows, and where it came from.

    `show` makes the JSON of a row; `batch` is the size of page that was asked for.
    """

    object: str
    rows: Sequence[Any]
    show: Callable[[Any], Any]
    batch: int
    opened_at: datetime


@dataclass
class Cursors:
    """The cursors that are alive."""

    clock: Callable[[], datetime]
    opened: int = 0
    _alive: dict[str, Cursor] = field(default_factory=dict)

    def open(self, cursor: Cursor) -> str:
        """Keep a result; returns the first part of its locators."""
        self.opened += 1
        name = make_id("01g", self.opened, instance="RO")
        self._alive[name] = cursor
        return name

    def find(self, locator: str) -> tuple[str, Cursor, int] | None:
        """Name, cursor and offset of a locator such as `01gRO...-2000`; None if it is dead."""
        name, dash, offset = locator.rpartition("-")
        cursor = self._alive.get(name)
        if not dash or not offset.isdigit() or cursor is None:
            return None
        if self.clock() - cursor.opened_at > LIFETIME or int(offset) >= len(cursor.rows):
            return None
        return name, cursor, int(offset)

    def kill(self) -> None:
        """Let all locators die, as they do after two days."""
        self._alive.clear()
