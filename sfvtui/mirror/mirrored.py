"""A mirrored table, `record` or `user`: rows found by their ids, and written where they are news."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.store import Row, Store

Values = Sequence[str | None]
"""A row's values, in the order of its table's columns."""

Column = Sequence[str | None]
"""One column's values, in the order of the rows of a page."""

PIECE = 1000
"""Rows that are computed again in one transaction."""


class Mirrored:
    """The rows of `table`: each has a number (`TABLE_pk`) and `columns`, the first one its id."""

    def __init__(self, store: Store, table: str, columns: Sequence[str]) -> None:
        self.store = store
        self.table = table
        self.columns = list(columns)
        self.number = f"{table}_pk"
        names = ", ".join(map(quoted, [self.number, *columns]))
        self._select = f"SELECT {names} FROM {table}"
        own = ", ".join(map(quoted, columns))
        self._into = f"INSERT INTO {table}({own})"

    def known(self, ids: Sequence[str]) -> dict[str, Row]:
        """Those of these ids that the mirror has: number and columns."""
        rows = self.store.rows(f"{self._select} WHERE {self.columns[0]} IN ({marks(ids)})", *ids)
        return {row[1]: row for row in rows}

    def insert(self, rows: Sequence[Values]) -> range:
        """Inserts new rows, in the caller's transaction; returns their numbers, in order."""
        if not rows:
            return range(0)
        # SQLite numbers a new row one more than the largest number that there is.
        last = self.store.value(f"SELECT MAX({self.number}) FROM {self.table}") or 0
        self.store.insert(self._into, len(self.columns), rows)
        return range(last + 1, last + 1 + len(rows))

    def update(self, changed: Sequence[tuple[Row, Values]]) -> None:
        """Updates rows (as they were, as they are), in the caller's transaction. A column that is
        the same in all of them is not written, nor are its indexes."""
        places = [
            place
            for place in range(len(self.columns))
            if any(new[place] != old[place + 1] for old, new in changed)
        ]
        if not places:
            return
        sets = ", ".join(f"{quoted(self.columns[place])} = ?" for place in places)
        self.store.db.executemany(
            f"UPDATE {self.table} SET {sets} WHERE {self.number} = ?",
            [(*(new[place] for place in places), old[0]) for old, new in changed],
        )

    def revise(
        self, names: Sequence[str], computed: Callable[[Sequence[Row]], Sequence[Column]], by: str
    ) -> None:
        """Computes the columns `names` of every row again, in pieces of one transaction each, where
        they were computed by other things than `by`. Only what comes out otherwise is written."""
        noted = f"computed:{self.table}"
        if self.store.get(noted) == by:
            return
        last = 0
        while True:
            with self.store.write():
                self.store.put(noted, None)  # until all are: a kill leaves some of each
                rows = self.store.rows(
                    f"SELECT * FROM {self.table} WHERE {self.number} > ?"
                    f" ORDER BY {self.number} LIMIT {PIECE}",
                    last,
                )
                if not rows:
                    self.store.put(noted, by)
                    return
                last = rows[-1][self.number]
                columns = {
                    name: (new, old)
                    for name, new in zip(names, computed(rows), strict=True)
                    if list(new) != (old := [row[name] for row in rows])
                }
                if columns:
                    news = zip(*(new for new, _ in columns.values()), strict=True)
                    olds = zip(*(old for _, old in columns.values()), strict=True)
                    self.store.db.executemany(
                        f"UPDATE {self.table} SET {', '.join(f'{quoted(n)} = ?' for n in columns)}"
                        f" WHERE {self.number} = ?",
                        [
                            (*new, row[self.number])
                            for new, old, row in zip(news, olds, rows, strict=True)
                            if new != old
                        ],
                    )
