"""What a list reads from: the order of its keys, and the rows of the few that are on screen."""

from __future__ import annotations

from array import array
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from sfvtui.domain.text import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Column:
    """A column of a list. `width` and `least` are in cells; `grow` shares what is left over."""

    name: str
    title: str
    width: int = 12
    least: int = 4
    grow: int = 0
    right: bool = False
    sortable: bool = True
    optional: bool = True
    shown: bool = True
    words: str = ""

    @property
    def named(self) -> str:
        """What the column is called where its title stands for nothing."""
        return self.words or self.title or self.name


@dataclass(frozen=True)
class Cell:
    """One cell: text as the services gave it (made safe when drawn), and its tone."""

    text: str
    tone: str = ""


@dataclass(frozen=True)
class Row:
    """One row of a list: `key` is its place for good, `ident` what is copied."""

    key: int
    ident: str
    cells: Mapping[str, str | Cell]
    tone: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def cell(self, column: str) -> Cell:
        """The cell of this column; blank where there is none."""
        found = self.cells.get(column, "")
        return found if isinstance(found, Cell) else Cell(found)


@dataclass(frozen=True)
class View:
    """What a list was asked to show. `group` is a state, a record, a run: the screen's own word."""

    group: str = ""
    filter: str = ""
    search: str = ""
    sort: str = ""
    reverse: bool = False

    def searching(self, text: str) -> View:
        """The same view with another search."""
        return replace(self, search=text)

    def as_json(self) -> dict[str, object]:
        """As it is kept between starts."""
        return asdict(self)

    @staticmethod
    def from_json(kept: object) -> View | None:
        """What was kept; None where nothing usable was."""
        if not isinstance(kept, dict):
            return None
        texts = {name: kept.get(name) for name in ("group", "filter", "search", "sort")}
        known = {name: text for name, text in texts.items() if isinstance(text, str)}
        return View(**known, reverse=bool(kept.get("reverse")))


class Source(Protocol):
    """A list's window on the mirror. `order` runs in a thread, `rows` wherever it is called."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns there are, in their first order."""

    def first(self, view: View, limit: int) -> Sequence[int]:
        """The first keys of the view, as soon as they can be had."""

    def order(self, view: View, stopped: Callable[[], bool]) -> Sequence[int]:
        """All keys of the view, in order. May give up early where `stopped` says so."""

    def rows(self, keys: Sequence[int]) -> Mapping[int, Row]:
        """The rows of these keys; one that is no more is left out."""

    def total(self, view: View) -> int | None:
        """How many there are without filter and search; None where that is not known."""


class ListSource:
    """A source over a few rows that are in memory already: fields of a record, a picker."""

    def __init__(self, columns: tuple[Column, ...], rows: Iterable[Row] = ()) -> None:
        self._columns = columns
        self._rows: dict[int, Row] = {}
        self.fill(rows)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns there are, in their first order."""
        return self._columns

    def fill(self, rows: Iterable[Row]) -> None:
        """Other rows in place of the present ones."""
        self._rows = {row.key: row for row in rows}

    def first(self, view: View, limit: int) -> Sequence[int]:
        """The first keys of the view."""
        return self.order(view, lambda: False)[:limit]

    def order(self, view: View, stopped: Callable[[], bool]) -> Sequence[int]:
        """All keys of the view, in order."""
        del stopped
        words = fold(view.search).split()
        found = [row for row in self._rows.values() if _fits(row, words)]
        if view.sort:
            found.sort(key=lambda row: fold(row.cell(view.sort).text), reverse=view.reverse)
        return array("q", (row.key for row in found))

    def rows(self, keys: Sequence[int]) -> Mapping[int, Row]:
        """The rows of these keys."""
        return {key: self._rows[key] for key in keys if key in self._rows}

    def total(self, view: View) -> int | None:
        """How many rows there are."""
        del view
        return len(self._rows)


def _fits(row: Row, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = fold(" ".join(row.cell(name).text for name in row.cells))
    return all(word in text for word in words)
