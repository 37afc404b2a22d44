"""A filter tree as filter text, which parses back to the same tree."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sfvtui.domain.filters.operators import Takes, takes
from sfvtui.domain.filters.tree import All, Condition, Filter, Not, Value


def to_text(tree: Filter | None) -> str:
    """The tree as filter text (CONTRACT "Filter text"); no filter is empty text."""
    if tree is None:
        return ""
    if isinstance(tree, Condition):
        return _condition(tree)
    if isinstance(tree, Not):
        return f"not {_term(tree.item)}"
    word = " and " if isinstance(tree, All) else " or "
    return word.join(_term(item) for item in tree.items)


def _term(tree: Filter) -> str:
    text = to_text(tree)
    return text if isinstance(tree, (Condition, Not)) else f"({text})"


def _condition(condition: Condition) -> str:
    values = [literal(value) for value in condition.values]
    shape = takes(condition.op)
    start = f"{condition.field} {condition.op}"
    if shape is Takes.NOTHING:
        return start
    if shape is Takes.LIST:
        return f"{start} ({', '.join(values)})"
    if shape is Takes.TWO:
        return f"{start} {values[0]} and {values[1]}"
    if shape is Takes.DAYS:
        return f"{start} {values[0]} days"
    return f"{start} {values[0]}"


def literal(value: Value) -> str:
    """One value as it stands in filter text."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return instant(value) if isinstance(value, dt.datetime) else value.isoformat()


def quoted(text: str) -> str:
    """Text in double quotes, with backslashes and double quotes escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def instant(moment: dt.datetime) -> str:
    """An aware datetime in UTC to the second: `2026-01-31T10:00:00Z`."""
    plain = moment.astimezone(dt.UTC).replace(tzinfo=None)
    return plain.isoformat(timespec="seconds") + "Z"
