"""The marked rows of a list, by key: a few, or all of a million, in little memory."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Marks:
    """A set of keys that can begin as "all that are shown" without a Python object for each."""

    def __init__(self) -> None:
        self._all: Sequence[int] = ()
        self._plus: set[int] = set()
        self._minus: set[int] = set()

    def __contains__(self, key: int) -> bool:
        if key in self._plus:
            return True
        return key not in self._minus and self._in_all(key)

    def __len__(self) -> int:
        return len(self._all) - len(self._minus) + len(self._plus)

    def __iter__(self) -> Iterator[int]:
        yield from (key for key in self._all if key not in self._minus)
        yield from self._plus

    def toggle(self, key: int) -> None:
        """Marks the key, or takes its mark away."""
        if key in self:
            self._plus.discard(key)
            if self._in_all(key):
                self._minus.add(key)
        else:
            self.add((key,))

    def add(self, keys: Iterable[int]) -> None:
        """Marks these keys."""
        for key in keys:
            if self._in_all(key):
                self._minus.discard(key)
            else:
                self._plus.add(key)

    def set_all(self, keys: Sequence[int]) -> None:
        """Marks exactly these keys."""
        self.clear()
        self._all = array("q", sorted(keys))

    def clear(self) -> None:
        """Takes all marks away."""
        self._all, self._plus, self._minus = (), set(), set()

    def keep_only(self, keys: Sequence[int]) -> None:
        """Takes away the marks of rows that are no longer shown."""
        if not len(self):
            return
        shown = array("q", sorted(keys))
        kept = [key for key in self if _found(shown, key)]
        if len(kept) != len(self):
            self.set_all(kept)

    def _in_all(self, key: int) -> bool:
        return _found(self._all, key)


def _found(ordered: Sequence[int], key: int) -> bool:
    at = bisect_left(ordered, key)
    return at < len(ordered) and ordered[at] == key
