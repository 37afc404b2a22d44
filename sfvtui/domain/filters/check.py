"""Whether a filter fits an object: its fields exist, and operators and values suit their types."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from sfvtui.domain.fields import Field, SObject
from sfvtui.domain.filters.operators import (
    EQUALITY,
    MEMBERS,
    OPERATORS,
    PARTS,
    Kind,
    Op,
    Takes,
    kind_of,
    takes,
)
from sfvtui.domain.filters.tree import Condition, Filter, Value, conditions
from sfvtui.domain.ids import is_id
from sfvtui.errors import FilterError

MAX_DAYS = 999_999
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?Z?\Z")

_EXPECTED = {
    Kind.TEXT: "text in double quotes",
    Kind.PICKLIST: "text in double quotes",
    Kind.MULTI: "text in double quotes",
    Kind.NUMBER: "a number such as 12.5",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a date such as 2026-01-31",
    Kind.DATETIME: "a date such as 2026-01-31, or 2026-01-31T10:00:00Z",
    Kind.TIME: 'a time such as "10:00:00Z"',
    Kind.ID: "an Id of 15 or 18 characters in double quotes",
}


def check(tree: Filter | None, obj: SObject) -> None:
    """Raise FilterError (column 1) where a tree does not fit the object.

    For trees that were parsed against an older describe, or were not parsed.
    """
    for condition in conditions(tree):
        field_of(condition, obj)


def field_of(condition: Condition, obj: SObject) -> tuple[Field, Kind]:
    """The field that a condition asks about, and its kind; raises FilterError where it does not
    fit."""
    field = obj.field(condition.field)
    if field is None:
        raise FilterError(*no_field(condition.field, obj), mend=nearest(condition.field, obj))
    kind = kind_of(field)
    problem = operator_problem(field, condition.op)
    if problem is None:
        wrong = (expected(kind, condition.op, value) for value in condition.values)
        what = next((word for word in wrong if word), None)
        problem = what and f"{field.name} {condition.op} expected {what}"
    if problem or kind is None:
        raise FilterError(f"The filter does not fit: {problem}.", 1)
    return field, kind


def no_field(name: str, obj: SObject) -> tuple[str, int]:
    """The message, and the column for want of a better one, of a field that is not there."""
    return f"The filter names {name}, which is no field of {obj.name} that can be read.", 1


def operator_problem(field: Field, op: Op) -> str | None:
    """Why a field has not this operator, with those it has; None where it has it."""
    kind = kind_of(field)
    if kind is None:
        return f"{field.name} has a type ({field.type.value}) that no filter can ask about"
    if op in OPERATORS[kind]:
        return None
    words = ", ".join(OPERATORS[kind])
    return f"{field.name} ({kind}) has the operators {words}; not {op}"


def expected(kind: Kind | None, op: Op, value: Value) -> str | None:
    """What should stand in the place of this value; None where it is right.

    `kind` is None where no describe is at hand: then only what the operator itself asks for.
    """
    if takes(op) is Takes.DAYS:
        return None if _is_days(value) else f"a number of days from 0 to {MAX_DAYS}"
    if value == "" and op in EQUALITY:
        return None
    if kind is None:
        return _by_operator(op, value)
    return None if _suits(kind, value) else _EXPECTED[kind]


def wanted(kind: Kind | None, op: Op) -> str:
    """What kind of value follows this operator, in words."""
    if takes(op) is Takes.DAYS:
        return "a number of days"
    if kind is not None:
        return _EXPECTED[kind]
    return "text in double quotes" if op in PARTS | MEMBERS else "a value"


def nearest(name: str, obj: SObject) -> str:
    """`Did you mean X?`, for the field name nearest to this one; empty where none is near."""
    by_lower = {known.lower(): known for known in obj.names()}
    for known in tuple(by_lower.values()):
        field = obj.field(known)
        if field is not None:
            by_lower.setdefault(field.label.lower(), known)
    import difflib  # only where a name is wrong

    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.4)
    return f"Did you mean {by_lower[found[0]]}?" if found else ""


def _by_operator(op: Op, value: Value) -> str | None:
    if op in PARTS | MEMBERS:
        return None if isinstance(value, str) else "text in double quotes"
    if op in EQUALITY:
        return None
    if isinstance(value, bool):
        return "a number or a date"
    if op in (Op.BEFORE, Op.AFTER) and isinstance(value, Decimal):
        return "a date such as 2026-01-31"
    return None


def _suits(kind: Kind, value: Value) -> bool:
    if kind in (Kind.TEXT, Kind.PICKLIST, Kind.MULTI):
        return isinstance(value, str)
    if kind is Kind.NUMBER:
        return isinstance(value, Decimal)
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind is Kind.DATE:
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
    if kind is Kind.DATETIME:
        return isinstance(value, dt.date)
    if kind is Kind.TIME:
        return isinstance(value, str) and TIME.match(value) is not None
    return isinstance(value, str) and is_id(value)


def _is_days(value: Value) -> bool:
    return isinstance(value, Decimal) and value == int(value) and 0 <= value <= MAX_DAYS
