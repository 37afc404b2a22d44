"""Considered records: those on which a draft is tried, taken in pieces of which any few are like all.

What is tried is never kept: each piece is tried in a transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sfvtui.domain.states import State
from sfvtui.mirror.columns import marks
from sfvtui.mirror.pieces import empty
from sfvtui.mirror.store import Store

SIZE = 5000
"""Records of one piece."""

NEW_PEOPLE = (State.OUTSIDE_FILTER, State.HELD, State.UNMATCHED)
"""The states of records that only the answers to the third question tell apart."""


class Considered:
    """Records of one kind (`name`, for the temporary table), in so many `pieces`."""

    def __init__(self, store: Store, name: str, select: str) -> None:
        self._store = store
        self._table = f"considered_{name}"
        store.db.execute(f"DROP TABLE IF EXISTS temp.{self._table}")
        store.db.execute(
            f"CREATE TEMP TABLE {self._table}(n INTEGER PRIMARY KEY, record_pk INTEGER)"
        )
        found = store.db.execute(f"INSERT INTO {self._table}(record_pk) {select}")
        self.pieces = -(-found.rowcount // SIZE)

    def mixed(self) -> Iterator[int]:
        """The numbers of the pieces, each once, such that the first few lie all over."""
        step = next((n for n in (61, 59, 53) if self.pieces % n), 1)
        yield from (n * step % self.pieces for n in range(self.pieces))

    def take(self, number: int) -> None:
        """Makes the records of this number the piece."""
        empty(self._store)
        first = number * SIZE
        self._store.db.execute(
            f"INSERT OR IGNORE INTO piece SELECT record_pk FROM {self._table}"
            " WHERE n > ? AND n <= ?",
            (first, first + SIZE),
        )


def new_people(store: Store) -> Considered:
    """The records in those states."""
    states = ", ".join(f"'{state}'" for state in NEW_PEOPLE)
    # By the index of those without a link, which has them by name: as good as mixed.
    return Considered(
        store,
        "people",
        "SELECT record_pk FROM record"
        f" WHERE record_state <> 'linked' AND record_state IN ({states})",
    )


def linked(store: Store) -> Considered:
    """The linked records."""
    return Considered(store, "linked", "SELECT record_pk FROM link WHERE status = 'live'")


class _Tried(Exception):
    """Ends a try: what it wrote is rolled back."""


@contextmanager
def tried(store: Store) -> Iterator[None]:
    """A transaction of which nothing is kept."""
    try:
        with store.write():
            yield
            raise _Tried
    except _Tried:
        pass


# --- what a try came to


def values_of_piece(store: Store, fields: Sequence[str]) -> list[tuple[str, str, int]]:
    """How many values of these pairs of the piece's links wait for each system: (system, field,
    count)."""
    rows = store.rows(
        "SELECT c.system, f.field, COUNT(*) FROM live CROSS JOIN record r USING (record_pk)"
        " CROSS JOIN change c ON c.record_id = r.record_id"
        " CROSS JOIN change_field f USING (change_id)"
        f" WHERE f.open = 1 AND c.action = 'update' AND f.field IN ({marks(fields)}) GROUP BY 1, 2",
        *fields,
    )
    return [(row[0], row[1], row[2]) for row in rows]


def conflicts_of_piece(store: Store, fields: Sequence[str]) -> int:
    """How many conflicts there are of these pairs of the piece's links."""
    return int(
        store.value(
            "SELECT COUNT(*) FROM live CROSS JOIN conflict c USING (link_id)"
            f" WHERE c.field IN ({marks(fields)})",
            *fields,
        )
    )


def conflicts_elsewhere(store: Store, fields: Sequence[str], left: Sequence[str]) -> int:
    """How many conflicts there are, but for those of these pairs of live links, and those of pairs
    that are `left` which nobody typed anything for."""
    return int(
        store.value(
            "SELECT COUNT(*) FROM conflict c LEFT JOIN link l USING (link_id)"
            f" WHERE NOT (l.status IS 'live' AND c.field IN ({marks(fields)}))"
            f" AND NOT (c.field IN ({marks(left)}) AND c.edit IS NULL)",
            *fields,
            *left,
        )
    )
