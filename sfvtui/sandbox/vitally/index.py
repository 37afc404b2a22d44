"""An order over many rows that is paged newest first and changed in place."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Key = tuple[int, str]


class Index:
    """Pairs of (stamp, id), kept in order; loading many sorts once, when first read."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys: list[Key] = list(keys)
        self._sorted = False

    def load(self, keys: Iterable[Key]) -> None:
        """Add many at once."""
        self._keys.extend(keys)
        self._sorted = False

    def add(self, key: Key) -> None:
        """Add one."""
        insort(self._in_order(), key)

    def remove(self, key: Key) -> None:
        """Take one out; it must be there."""
        keys = self._in_order()
        place = bisect_left(keys, key)
        if place == len(keys) or keys[place] != key:
            raise KeyError(key)
        del keys[place]

    def before(self, key: Key | None, count: int) -> list[Key]:
        """At most `count` keys below `key` (None: from the newest), newest first."""
        keys = self._in_order()
        end = len(keys) if key is None else bisect_left(keys, key)
        return keys[max(0, end - count) : end][::-1]

    def _in_order(self) -> list[Key]:
        if not self._sorted:
            self._keys.sort()
            self._sorted = True
        return self._keys
