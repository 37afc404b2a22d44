"""The lists of the mirror as sources: orders read in threads, rows read by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sfvtui.mirror.clock import zone
from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.windows import Selection
from sfvtui.tui.source import View

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Mapping, Sequence

    from sfvtui.mirror.store import Row as Found
    from sfvtui.mirror.store import Store
    from sfvtui.tui.desk import Desk
    from sfvtui.tui.source import Column, Row


class Keys(Protocol):
    """A function of `mirror.windows` that gives an order."""

    def __call__(
        self,
        store: Store,
        chosen: Selection,
        *,
        limit: int | None = None,
        stopped: Callable[[], bool] = ...,
    ) -> array[int]:
        """The keys in order."""


class MirrorSource:
    """A list of the mirror. `select` says what a view's group means; `draw` makes rows; `total`
    knows how many there are where they need not be counted."""

    def __init__(
        self,
        desk: Desk,
        columns: tuple[Column, ...],
        *,
        keys: Keys,
        rows: Callable[[Store, Sequence[int]], Mapping[int, Found]],
        draw: Callable[[int, Found], Row],
        select: Callable[[str], Selection] = lambda _: Selection(),
        total: Callable[[Store, Selection], int] | None = None,
    ) -> None:
        self.columns = columns
        self._desk, self._keys, self._rows = desk, keys, rows
        self._draw, self._select, self._total = draw, select, total

    def first(self, view: View, limit: int) -> Sequence[int]:
        """The first keys of the view."""
        with self._desk.reading() as store:
            return self._keys(store, self.selection(view, store), limit=limit)

    def order(self, view: View, stopped: Callable[[], bool]) -> Sequence[int]:
        """All keys of the view, in order."""
        with self._desk.reading() as store:
            return self._keys(store, self.selection(view, store), stopped=stopped)

    def rows(self, keys: Sequence[int]) -> Mapping[int, Row]:
        """The rows of these keys, read on the connection of the keys' thread."""
        found = self._rows(self._desk.store, keys)
        return {key: self._draw(key, row) for key, row in found.items()}

    def total(self, view: View) -> int | None:
        """How many there are without filter and search."""
        if not (view.filter or view.search):
            return None
        with self._desk.reading() as store:
            chosen = self.selection(View(view.group), store)
            return self._total(store, chosen) if self._total else len(self._keys(store, chosen))

    def selection(self, view: View, store: Store) -> Selection:
        """The view as the mirror reads it. Raises FilterError."""
        chosen = self._select(view.group)
        return Selection(
            states=chosen.states,
            flag=chosen.flag,
            system=chosen.system,
            record=chosen.record,
            run=chosen.run,
            search=view.search,
            sort=view.sort,
            reverse=view.reverse,
            filter=record_filter(self._desk, store, view.filter) if view.filter else None,
        )


def record_filter(desk: Desk, store: Store, text: str) -> RecordFilter | None:
    """A filter text as the mirror reads it; None for an empty one."""
    tree = desk.parse_filter(text)
    if tree is None or desk.bound is None:
        return None
    return RecordFilter(tree, desk.bound.sobject, zone(store), desk.clock())
