"""A filter tried on one row of canonical values: pure, and the judge of every other form."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from sfvtui.domain.fields import SObject
from sfvtui.domain.filters.meaning import (
    Holds,
    Meaning,
    Members,
    OneOf,
    Part,
    Test,
    Where,
    Within,
    meaning,
)
from sfvtui.domain.filters.operators import Kind
from sfvtui.domain.filters.tree import All, Condition, Filter, Not
from sfvtui.domain.text import fold
from sfvtui.domain.values import members

Row = Mapping[str, str | None]
"""Canonical values by field name. None, or a name that is not there: unread."""

Predicate = Callable[[Row], bool | None]

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_FORMS = {
    Kind.DATE: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"),
    Kind.DATETIME: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z"),
    Kind.TIME: re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z"),
}


def passes(
    tree: Filter | None, obj: SObject, row: Row, zone: ZoneInfo, now: dt.datetime
) -> bool | None:
    """Whether a row passes; None where that hangs on a field that the row has not read.

    `zone` is that of the Salesforce login; `now` is an aware instant. Unread is not blank: a row
    that is None decides, counts and sends nothing. Raises FilterError where the tree does not fit
    the object.
    """
    return predicate(tree, obj, zone, now)(row)


def predicate(tree: Filter | None, obj: SObject, zone: ZoneInfo, now: dt.datetime) -> Predicate:
    """`passes` with all but the row bound once, for loops over many rows."""
    if tree is None:
        return lambda _row: True
    if isinstance(tree, Condition):
        return _condition(meaning(tree, obj, zone, now))
    if isinstance(tree, Not):
        return _negation(predicate(tree.item, obj, zone, now))
    items = [predicate(item, obj, zone, now) for item in tree.items]
    return _group(items, settles=not isinstance(tree, All))


def _condition(asked: Meaning) -> Predicate:
    name, negated = asked.field.name, asked.negated
    test = _tester(asked.test)

    def run(row: Row) -> bool | None:
        value = row.get(name)
        return None if value is None else test(value) is not negated

    return run


def _negation(inner: Predicate) -> Predicate:
    def run(row: Row) -> bool | None:
        found = inner(row)
        return None if found is None else not found

    return run


def _group(items: list[Predicate], *, settles: bool) -> Predicate:
    """All, which one False settles, or any, which one True settles."""

    def run(row: Row) -> bool | None:
        undecided = False
        for item in items:
            found = item(row)
            if found is settles:
                return settles
            undecided = undecided or found is None
        return None if undecided else not settles

    return run


def _tester(test: Test) -> Callable[[str], bool]:
    if isinstance(test, OneOf):
        texts = test.texts
        return (lambda value: fold(value) in texts) if test.folded else texts.__contains__
    if isinstance(test, Part):
        return _part(test)
    if isinstance(test, Within):
        return _within(test)
    return _members(test)


def _part(test: Part) -> Callable[[str], bool]:
    text = test.text
    if test.where is Where.START:
        return lambda value: fold(value).startswith(text)
    if test.where is Where.END:
        return lambda value: fold(value).endswith(text)
    return lambda value: text in fold(value)


def _within(test: Within) -> Callable[[str], bool]:
    if test.kind is Kind.NUMBER:
        return _number_within(test)
    form = _FORMS[test.kind]
    bounds = [(_COMPARE[bound.word], bound.to) for bound in test.bounds]
    return lambda value: bool(form.match(value)) and all(how(value, to) for how, to in bounds)


def _number_within(test: Within) -> Callable[[str], bool]:
    decimals = rf"\.[0-9]{{{test.scale}}}" if test.scale else ""
    form = re.compile(rf"-?(?:0|[1-9][0-9]*){decimals}\Z")
    bounds = [(_COMPARE[bound.word], bound.to) for bound in test.bounds]

    def run(value: str) -> bool:
        if not form.match(value):
            return False
        units = int(value.replace(".", ""))
        return all(how(units, to) for how, to in bounds)

    return run


def _members(test: Members) -> Callable[[str], bool]:
    wanted = test.texts
    if test.how is Holds.ANY:
        return lambda value: not wanted.isdisjoint(_folded_set(value))
    if test.how is Holds.ALL:
        return lambda value: wanted <= _folded_set(value)
    return lambda value: wanted == _folded_set(value)


def _folded_set(value: str) -> frozenset[str]:
    return frozenset(fold(member) for member in members(value))
