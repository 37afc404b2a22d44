"""Passes: a whole read of one side, where it stands and which rows it has shown so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sfvtui.mirror.store import Store

TO_THE_END = "end"
"""The cursor of a list that was read to its end, though what it lacks was not asked for yet."""


LARGEST = 1 << 62
"""More than any row's number."""


@dataclass(frozen=True)
class Pass:
    """A whole read under way. `high` is the newest stamp when it began, `cursor` where it goes on
    (None: at the beginning), `signature` what it reads: another one is another pass."""

    side: str
    mode: str
    started_at: str
    high: str
    cursor: str | None
    signature: str

    @property
    def listed(self) -> bool:
        """Whether the list was read to its end."""
        return self.cursor == TO_THE_END


def current(store: Store, side: str) -> Pass | None:
    """The pass of a side that has not come to its end."""
    row = store.row(
        "SELECT side, mode, started_at, high, cursor, signature FROM pass WHERE side = ?", side
    )
    return None if row is None else Pass(*row)


def begin(store: Store, side: str, *, mode: str, at: str, high: str, signature: str) -> Pass:
    """Begins a pass of a side, in the caller's transaction: whatever an earlier one has shown is
    forgotten."""
    store.db.execute("DELETE FROM shown WHERE side = ?", (side,))
    store.db.execute(
        "INSERT OR REPLACE INTO pass VALUES (?, ?, ?, ?, NULL, ?)",
        (side, mode, at, high, signature),
    )
    return Pass(side, mode, at, high, None, signature)


def from_the_start(store: Store, side: str) -> None:
    """The list begins anew, in the caller's transaction: only what it shows from now on counts as
    shown; what was read is kept."""
    store.db.execute("UPDATE pass SET cursor = NULL WHERE side = ?", (side,))
    store.db.execute("DELETE FROM shown WHERE side = ?", (side,))


def shown(store: Store, side: str, numbers: Iterable[int], cursor: str | None) -> None:
    """Notes what a page showed (by the rows' numbers in the mirror), and where the list goes on
    (None: that was its end), in the caller's transaction."""
    store.db.executemany(
        "INSERT INTO shown VALUES (?, ?, ?) ON CONFLICT(side, first) DO UPDATE"
        " SET last = MAX(last, excluded.last)",
        [(side, first, last) for first, last in _runs(numbers)],
    )
    store.db.execute("UPDATE pass SET cursor = ? WHERE side = ?", (cursor or TO_THE_END, side))


def end(store: Store, side: str) -> None:
    """Ends a side's pass, in the caller's transaction."""
    store.db.execute("DELETE FROM pass WHERE side = ?", (side,))
    store.db.execute("DELETE FROM shown WHERE side = ?", (side,))


def records_not_shown(store: Store, side: str) -> list[str]:
    """The Ids of the records that the pass has not shown."""
    return _not_shown(store, side, "SELECT record_id FROM record WHERE record_pk")


def users_not_shown(store: Store, side: str) -> list[str]:
    """The ids of the users, not missing so far, that the pass has not shown."""
    where = "missing_at IS NULL AND user_pk"
    return _not_shown(store, side, f"SELECT user_id FROM user WHERE {where}")


def _not_shown(store: Store, side: str, select: str) -> list[str]:
    """What lies between the runs of numbers that were shown."""
    found, reached = list[str](), 0
    runs = store.rows("SELECT first, last FROM shown WHERE side = ? ORDER BY first", side)
    for first, last in [*runs, (LARGEST, LARGEST)]:
        if first > reached + 1:
            gap = store.rows(f"{select} BETWEEN ? AND ?", reached + 1, first - 1)
            found += [row[0] for row in gap]
        reached = max(reached, last)
    return found


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers as runs (first, last) of neighbours: a list shows most rows in their own order."""
    ordered = sorted(numbers)
    begin = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place] > ordered[place - 1] + 1:
            yield ordered[begin], ordered[place - 1]
            begin = place
