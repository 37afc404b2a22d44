"""How the columns of a list share its width, and what a person chose of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sfvtui.tui.source import Column

GAP = 2
WIDEST = 200


@dataclass(frozen=True)
class Choice:
    """What a person chose: the order of the columns, the hidden ones, widths by name."""

    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    widths: dict[str, int] = field(default_factory=dict)

    def as_json(self, columns: Sequence[Column]) -> dict[str, Any]:
        """As it is kept between starts; `columns` are those that it was chosen of."""
        return {
            "order": list(self.order),
            "hidden": sorted(self.hidden),
            "widths": self.widths,
            "known": [column.name for column in columns],
        }

    @staticmethod
    def from_json(kept: object, columns: Sequence[Column]) -> Choice:
        """What was kept, or the columns' own first choice where nothing usable was."""
        first = Choice(hidden=frozenset(c.name for c in columns if not c.shown))
        if not isinstance(kept, dict):
            return first
        order, hidden, widths = kept.get("order"), kept.get("hidden"), kept.get("widths")
        if not (isinstance(order, list) and isinstance(hidden, list) and isinstance(widths, dict)):
            return first
        known = kept.get("known")
        fresh = first.hidden - set(known) if isinstance(known, list) else frozenset()
        return Choice(
            tuple(str(name) for name in order),
            frozenset(str(name) for name in hidden) | fresh,
            {str(name): int(w) for name, w in widths.items() if isinstance(w, int)},
        )

    def resize(self, column: Column, by: int) -> Choice:
        """The same choice with one column wider or narrower."""
        now = self.widths.get(column.name, column.width)
        wanted = max(column.least, min(WIDEST, now + by))
        return replace(self, widths={**self.widths, column.name: wanted})

    def toggle(self, name: str) -> Choice:
        """The same choice with one column shown or hidden."""
        return replace(self, hidden=self.hidden ^ {name})

    def move(self, columns: Sequence[Column], name: str, by: int) -> Choice:
        """The same choice with one column further to the left or right."""
        names = [column.name for column in self.ordered(columns)]
        at = names.index(name)
        to = max(0, min(len(names) - 1, at + by))
        names.insert(to, names.pop(at))
        return replace(self, order=tuple(names))

    def ordered(self, columns: Sequence[Column]) -> list[Column]:
        """All columns, hidden ones too, in the chosen order; new ones at the end."""
        place = {name: at for at, name in enumerate(self.order)}
        return sorted(columns, key=lambda column: place.get(column.name, len(place)))

    def visible(self, columns: Sequence[Column]) -> list[Column]:
        """The columns that are shown, in the chosen order."""
        return [c for c in self.ordered(columns) if c.name not in self.hidden or not c.optional]


@dataclass(frozen=True)
class Placed:
    """A column on the screen: from cell `x`, `width` cells."""

    column: Column
    x: int
    width: int


def place(columns: Sequence[Column], choice: Choice, width: int, cursor: str) -> list[Placed]:
    """The columns that fit into `width` cells, `cursor` among them; the first always stays."""
    shown = choice.visible(columns)
    if not shown or width <= 0:
        return []
    widths = {c.name: choice.widths.get(c.name, c.width) for c in shown}
    spare = width - sum(widths.values()) - GAP * (len(shown) - 1)
    if spare > 0:
        _give(shown, widths, choice, spare)
    elif spare < 0:
        _take(shown, widths, choice, -spare)
    return _fit(_scrolled(shown, widths, width, cursor), widths, width)


def _give(shown: Sequence[Column], widths: dict[str, int], choice: Choice, spare: int) -> None:
    growing = [c for c in shown if c.grow and c.name not in choice.widths]
    total = sum(c.grow for c in growing)
    for column in growing:
        share = spare * column.grow // total
        widths[column.name] += share


def _take(shown: Sequence[Column], widths: dict[str, int], choice: Choice, missing: int) -> None:
    """The widest column gives a cell, again and again, as long as one is above its least."""
    giving = [c for c in shown if c.name not in choice.widths]
    for _ in range(missing):
        widest = max(
            (c for c in giving if widths[c.name] > c.least),
            key=lambda c: widths[c.name],
            default=None,
        )
        if widest is None:
            return
        widths[widest.name] -= 1


def _scrolled(shown: list[Column], widths: dict[str, int], width: int, cursor: str) -> list[Column]:
    """Without the columns that must make room to the left of the one under the cursor."""
    names = [c.name for c in shown]
    at = names.index(cursor) if cursor in names else 0
    first, rest = shown[:1], shown[1:]
    while len(rest) > 1 and at > 1:
        needed = sum(widths[c.name] + GAP for c in (*first, *rest[:at])) - GAP
        if needed <= width:
            break
        rest, at = rest[1:], at - 1
    return first + rest


def _fit(shown: Sequence[Column], widths: dict[str, int], width: int) -> list[Placed]:
    placed: list[Placed] = []
    x = 0
    for column in shown:
        room = width - x
        if placed and room < min(column.least, widths[column.name]):
            break
        here = min(widths[column.name], room)
        placed.append(Placed(column, x, here))
        x += here + GAP
    return placed
