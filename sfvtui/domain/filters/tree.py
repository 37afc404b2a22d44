"""A filter as a tree of all/any groups over conditions: what every form of it is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from sfvtui.domain.filters.operators import RELATIVE, Op

Value = str | Decimal | bool | dt.date | dt.datetime
"""A literal. A datetime is aware; of `in last N days` N is a whole Decimal."""


@dataclass(frozen=True)
class Condition:
    """One field, one operator, and as many values as the operator takes."""

    field: str
    op: Op
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Not:
    """What the inner filter does not pass. Of known values a filter is true or false, never
    neither: a blank is simply not equal to anything."""

    item: Filter


@dataclass(frozen=True)
class All:
    """Every one of at least two."""

    items: tuple[Filter, ...]

    def __post_init__(self) -> None:
        _at_least_two(self.items)


@dataclass(frozen=True)
class Any:
    """At least one of at least two."""

    items: tuple[Filter, ...]

    def __post_init__(self) -> None:
        _at_least_two(self.items)


Filter = All | Any | Not | Condition


def _at_least_two(items: tuple[Filter, ...]) -> None:
    if len(items) < 2:
        raise ValueError("a group has at least two members; see all_of and any_of")


def all_of(items: Iterable[Filter]) -> Filter | None:
    """The group of all of these; of one, that one; of none, None (no filter)."""
    found = tuple(items)
    return All(found) if len(found) > 1 else next(iter(found), None)


def any_of(items: Iterable[Filter]) -> Filter | None:
    """The group of any of these; of one, that one; of none, None (no filter)."""
    found = tuple(items)
    return Any(found) if len(found) > 1 else next(iter(found), None)


def conditions(tree: Filter | None) -> Iterator[Condition]:
    """Every condition of the tree, from left to right."""
    if isinstance(tree, Condition):
        yield tree
    elif isinstance(tree, Not):
        yield from conditions(tree.item)
    elif tree is not None:
        for item in tree.items:
            yield from conditions(item)


def fields(tree: Filter | None) -> tuple[str, ...]:
    """The names of the fields that the tree asks about, each once, from left to right.

    A row that lacks one of them (unread) may be undecided: see `predicate`.
    """
    return tuple(dict.fromkeys(condition.field for condition in conditions(tree)))


def depends_on_today(tree: Filter | None) -> bool:
    """Whether the same row may pass today and not tomorrow: `in last`, `in next`."""
    return any(condition.op in RELATIVE for condition in conditions(tree))
