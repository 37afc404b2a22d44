"""What a condition asks of a canonical value: one meaning, from which predicate, SQL and SOQL
are each made.

Every condition is one positive test, or the negation of one. A blank passes no positive test but
the one for blanks, so every negated one includes blanks, as a person expects.

=======================================  =====================================================
condition                                meaning
=======================================  =====================================================
`is V`, `= V`, `is one of (…)`           the value is one of these (`""` stands for blank)
`is blank`                               the value is one of `""`
`contains V`, `starts with`, `ends with` the folded value has this part; any value has `""`
`< V`, `between`, `before`, `in last …`  the value compares so with one or two bounds
`includes any`, `includes all`           the set holds any, or all, of these
`is V` on a multi-select                 the set is exactly this one
`is not`, `!=`, `does not …`, `excludes` not the above
=======================================  =====================================================
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import Enum
from zoneinfo import ZoneInfo

from sfvtui.domain.fields import Field, FieldType, SObject
from sfvtui.domain.filters.check import TIME, field_of
from sfvtui.domain.filters.operators import Kind, Op
from sfvtui.domain.filters.text import instant
from sfvtui.domain.filters.tree import Condition, Value
from sfvtui.domain.ids import key
from sfvtui.domain.text import fold


@dataclass(frozen=True)
class OneOf:
    """The value, folded where `folded`, is one of `texts`; `""` among them stands for blank."""

    texts: frozenset[str]
    folded: bool = False


class Where(Enum):
    """Where a part stands in a text."""

    ANYWHERE = 1
    START = 2
    END = 3


@dataclass(frozen=True)
class Part:
    """The folded value has this part, which is not empty and folded itself."""

    text: str
    where: Where


@dataclass(frozen=True)
class Bound:
    """One comparison: `word` is <, <=, > or >=. `to` is an integer of the field's smallest unit
    for numbers, canonical text for days, instants and times."""

    word: str
    to: int | str


@dataclass(frozen=True)
class Within:
    """The value is of the field's form, and compares so with every bound."""

    bounds: tuple[Bound, ...]
    kind: Kind
    scale: int = 0


class Holds(Enum):
    """How a set is compared with another."""

    ANY = 1
    ALL = 2
    EXACTLY = 3


@dataclass(frozen=True)
class Members:
    """The folded set holds any, all, or exactly these folded members."""

    texts: frozenset[str]
    how: Holds


Test = OneOf | Part | Within | Members


@dataclass(frozen=True)
class Meaning:
    """A condition as a test of one field's value, or (`negated`) its negation."""

    field: Field
    test: Test
    negated: bool = False


_NEGATED = {
    Op.IS_NOT: Op.IS,
    Op.NE: Op.IS,
    Op.NOT_CONTAINS: Op.CONTAINS,
    Op.NOT_ONE_OF: Op.ONE_OF,
    Op.NOT_BLANK: Op.BLANK,
    Op.EXCLUDES: Op.INCLUDES_ANY,
}
_WHERE = {Op.CONTAINS: Where.ANYWHERE, Op.STARTS: Where.START, Op.ENDS: Where.END}
_HOLDS = {Op.INCLUDES_ANY: Holds.ANY, Op.INCLUDES_ALL: Holds.ALL}
_BLANK = OneOf(frozenset({""}))


def meaning(condition: Condition, obj: SObject, zone: ZoneInfo, now: dt.datetime) -> Meaning:
    """What a condition asks. `zone` is that of the Salesforce login, `now` an aware instant.

    Raises FilterError where the condition does not fit the object.
    """
    field, kind = field_of(condition, obj)
    op = _NEGATED.get(condition.op, condition.op)
    negated = op is not condition.op
    if op in _WHERE:
        part = _folded(condition.values[0])
        if not part:  # every text that is not blank has the empty part
            return Meaning(field, _BLANK, not negated)
        return Meaning(field, Part(part, _WHERE[op]), negated)
    return Meaning(field, _test(field, kind, op, condition.values, zone, now), negated)


def _test(
    field: Field,
    kind: Kind,
    op: Op,
    values: tuple[Value, ...],
    zone: ZoneInfo,
    now: dt.datetime,
) -> Test:
    if op is Op.BLANK:
        return _BLANK
    if op in _HOLDS:
        return Members(frozenset(_folded(value) for value in values), _HOLDS[op])
    if op in (Op.IS, Op.EQ, Op.ONE_OF):
        return _equal(field, kind, values, zone)
    if op in (Op.IN_LAST, Op.IN_NEXT):
        return Within(_days(kind, op, int(_decimals(values)[0]), zone, now), kind)
    if kind is Kind.NUMBER:
        return Within(_number_bounds(op, _decimals(values), scale_of(field)), kind, scale_of(field))
    texts = [_exact(field, kind, value, zone) or "" for value in values]
    return Within(_bounds(op, texts), kind)


def scale_of(field: Field) -> int:
    """The decimals of a number field's canonical values."""
    return 0 if field.type is FieldType.INT else field.scale


def _folded(value: Value) -> str:
    # Mirrored texts have \n as their only line end.
    return fold(str(value).replace("\r\n", "\n").replace("\r", "\n"))


def _equal(field: Field, kind: Kind, values: Iterable[Value], zone: ZoneInfo) -> Test:
    if kind is Kind.MULTI:
        value = next(iter(values))
        members = frozenset(_folded(member) for member in str(value).split(";") if member)
        return Members(members, Holds.EXACTLY) if members else _BLANK
    if kind in (Kind.TEXT, Kind.PICKLIST):
        return OneOf(frozenset(_folded(value) for value in values), folded=True)
    exact = (_exact(field, kind, value, zone) for value in values)
    return OneOf(frozenset(text for text in exact if text is not None))


def _exact(field: Field, kind: Kind, value: Value, zone: ZoneInfo) -> str | None:
    """The canonical text of a literal; None of a number that the field's scale cannot hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return _number_text(value, scale_of(field))
    if isinstance(value, dt.datetime):
        return instant(value)
    if isinstance(value, dt.date):
        return _midnight(value, zone) if kind is Kind.DATETIME else value.isoformat()
    if kind is Kind.ID:
        return key(value)
    match = TIME.match(value)
    return f"{match[1]}:{match[2]}:{match[3] or '00'}Z" if match else value


def _units(number: Decimal, scale: int) -> Decimal:
    """How many of the field's smallest unit a number is: exact, and perhaps not whole."""
    return number.scaleb(scale)


def _number_text(number: Decimal, scale: int) -> str | None:
    with localcontext() as context:
        context.prec = len(number.as_tuple().digits) + scale + 1
        units = _units(number, scale)
    if units != units.to_integral_value():
        return None
    return decimal_text(int(units), scale)


def decimal_text(units: int, scale: int) -> str:
    """A whole count of smallest units as canonical number text: (-125, 1) is `-12.5`."""
    digits = str(abs(units)).rjust(scale + 1, "0")
    whole, decimals = (digits[:-scale], digits[-scale:]) if scale else (digits, "")
    return ("-" if units < 0 else "") + whole + (f".{decimals}" if scale else "")


def _decimals(values: Iterable[Value]) -> list[Decimal]:
    return [value for value in values if isinstance(value, Decimal)]


def _number_bounds(op: Op, values: list[Decimal], scale: int) -> tuple[Bound, ...]:
    """Bounds in whole units that select the same as the literals: a count of units is above
    1234.5 where it is above 1234, and at least 1234.5 where it is at least 1235."""
    found = []
    for word, value in zip(_words(op), values, strict=True):
        with localcontext() as context:
            context.prec = len(value.as_tuple().digits) + scale + 1
            units = _units(value, scale)
            whole = math.floor(units) if word in (">", "<=") else math.ceil(units)
        found.append(Bound(word, whole))
    return tuple(found)


def _bounds(op: Op, texts: list[str]) -> tuple[Bound, ...]:
    return tuple(Bound(word, text) for word, text in zip(_words(op), texts, strict=True))


def _words(op: Op) -> tuple[str, ...]:
    if op is Op.BETWEEN:
        return (">=", "<=")
    return ({Op.BEFORE: "<", Op.AFTER: ">"}.get(op, op.value),)


def _days(kind: Kind, op: Op, count: int, zone: ZoneInfo, now: dt.datetime) -> tuple[Bound, ...]:
    """`in last N days` runs from N days ago to the end of today, `in next` from today on."""
    today = now.astimezone(zone).date()
    first = _shifted(today, -count) if op is Op.IN_LAST else today
    last = today if op is Op.IN_LAST else _shifted(today, count)
    if kind is Kind.DATE:
        return Bound(">=", first.isoformat()), Bound("<=", last.isoformat())
    return Bound(">=", _midnight(first, zone)), Bound("<", _midnight(_shifted(last, 1), zone))


def _shifted(day: dt.date, days: int) -> dt.date:
    try:
        return day + dt.timedelta(days=days)
    except OverflowError:
        return dt.date.max if days > 0 else dt.date.min


def _midnight(day: dt.date, zone: ZoneInfo) -> str:
    """The instant of 00:00 of a day in the zone: the first one where clocks go back over it, the
    moment of the jump where they skip it."""
    local = dt.datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return instant(local)
    except OverflowError:
        return instant(local.replace(tzinfo=dt.UTC))
