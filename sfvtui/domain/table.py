"""Rows of one page: mappings by name, or lists of cells that share their names, read by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

Rows = Sequence[Mapping[str, Any]]
"""A page's rows. What did not arrive has no name in its row."""


class Table(Sequence[Mapping[str, Any]]):
    """Rows as lists of cells, all with the same names, as a CSV has them."""

    def __init__(self, names: Sequence[str], cells: Sequence[Sequence[Any]]) -> None:
        self._places = {name: place for place, name in enumerate(names)}
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells)

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> Table: ...

    def __getitem__(self, place: int | slice) -> Mapping[str, Any] | Table:
        if isinstance(place, slice):
            return Table(list(self._places), self._cells[place])
        return dict(zip(self._places, self._cells[place], strict=True))

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (dict(zip(self._places, cells, strict=True)) for cells in self._cells)

    def column(self, name: str) -> list[Any]:
        """The cells under a name. Raises KeyError where there is none."""
        place = self._places[name]
        return [cells[place] for cells in self._cells]


def column(rows: Rows, name: str) -> list[Any]:
    """The values under a name. Raises KeyError where a row has none."""
    return rows.column(name) if isinstance(rows, Table) else [row[name] for row in rows]


def given(rows: Rows, name: str) -> list[Any]:
    """The values under a name, None in rows that have none."""
    try:
        return column(rows, name)
    except KeyError:
        return [row.get(name) for row in rows]
