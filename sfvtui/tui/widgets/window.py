"""The place of a list: its order of keys, the cursor, the marks, and the rows near the screen."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from sfvtui.tui.widgets.marks import Marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sfvtui.tui.source import Row, Source

BLOCK = 64
BLOCKS_KEPT = 16
NEIGHBOURS = 1000
"""How many rows after a vanished one are tried before the place is kept by number."""


class Window:
    """A window of `page` rows on an order of keys. It holds keys for all, rows only for a few."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.order: Sequence[int] = ()
        self.page = 1
        self.top = 0
        self.cursor = 0
        self.marks = Marks()
        self.anchor: int | None = None
        self._blocks: OrderedDict[int, dict[int, Row]] = OrderedDict()

    @property
    def key(self) -> int | None:
        """The key under the cursor."""
        return self.order[self.cursor] if self.cursor < len(self.order) else None

    def row_at(self, position: int) -> Row | None:
        """The row at a position; None outside the list, or where it is no more."""
        if not 0 <= position < len(self.order):
            return None
        number = position // BLOCK
        block = self._blocks.get(number)
        if block is None:
            keys = self.order[number * BLOCK : (number + 1) * BLOCK]
            block = self._blocks[number] = dict(self.source.rows(keys))
            if len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        else:
            self._blocks.move_to_end(number)
        return block.get(self.order[position])

    def index(self, key: int) -> int | None:
        """The position of a key; None where the list has it not."""
        return _index(self.order, key)

    def fill(self, order: Sequence[int], *, wanted: int | None, other_view: bool) -> None:
        """Another order. The cursor stays on its key and line, or on the nearest key that is left.

        `wanted` is a key to go to instead; where the view is another one and does not hold the
        key, the cursor goes to the top.
        """
        position = self._position_in(order, wanted, other_view=other_view)
        offset = self.cursor - self.top
        self.order = order
        self._blocks.clear()
        self.cursor = position
        self.show(position - offset)

    def _position_in(self, order: Sequence[int], wanted: int | None, *, other_view: bool) -> int:
        if wanted is not None and (found := _index(order, wanted)) is not None:
            return found
        for key in self.order[self.cursor : self.cursor + NEIGHBOURS]:
            if (found := _index(order, key)) is not None:
                return found
            if other_view:
                return 0
        return max(0, min(self.cursor, len(order) - 1))

    def forget_rows(self) -> None:
        """Reads the rows again when they are next drawn."""
        self._blocks.clear()

    def go(self, position: int) -> bool:
        """Puts the cursor there, as near as there is a row; says whether the window moved too.

        At the edge the window jumps by a half, so that few steps repaint all of it.
        """
        self.cursor = max(0, min(position, len(self.order) - 1))
        top, jump = self.top, max(1, self.page // 2)
        if self.cursor < top:
            self.show(min(self.cursor, top - jump))
        elif self.cursor >= top + self.page:
            self.show(max(self.cursor - self.page + 1, top + jump))
        return self.top != top

    def turn_page(self, pages: int) -> None:
        """Moves window and cursor by whole pages."""
        by = pages * max(1, self.page - 1)
        line = self.cursor - self.top
        top = max(0, min(self.top + by, len(self.order) - self.page))
        edge = len(self.order) - 1 if pages > 0 else 0
        self.cursor = max(0, min(top + line if top != self.top else edge, len(self.order) - 1))
        self.show(top)

    def show(self, top: int) -> None:
        """Shows the rows from `top` on, the cursor always among them."""
        top = max(0, min(top, len(self.order) - self.page))
        self.top = max(min(top, self.cursor), self.cursor - self.page + 1, 0)

    def in_range(self, position: int) -> bool:
        """Whether a begun range holds this position."""
        if self.anchor is None:
            return False
        return min(self.anchor, self.cursor) <= position <= max(self.anchor, self.cursor)

    def toggle_range(self) -> None:
        """Begins a range at the cursor, or marks from where it began up to the cursor."""
        if self.anchor is None:
            self.anchor = self.cursor
        else:
            low, high = sorted((self.anchor, self.cursor))
            self.marks.add(self.order[low : high + 1])
            self.anchor = None

    def toggle_all(self) -> None:
        """Marks everything that is shown; where everything is, takes all marks away."""
        if len(self.marks) == len(self.order):
            self.marks.clear()
        else:
            self.marks.set_all(self.order)

    def chosen(self) -> Sequence[int]:
        """The marked keys in the order of the list; where none is marked, the one of the cursor."""
        if len(self.marks):
            return [key for key in self.order if key in self.marks]
        return [] if self.key is None else [self.key]


def _index(keys: Sequence[int], key: int) -> int | None:
    try:
        return keys.index(key)
    except ValueError:
        return None
