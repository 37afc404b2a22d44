"""Random filters and rows, and a plain, slow, second statement of what filter text means."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from sfvtui.domain.fields import Field, FieldType, PicklistValue, SObject
from sfvtui.domain.filters import (
    OPERATORS,
    All,
    Any,
    Condition,
    Filter,
    Kind,
    Not,
    Op,
    Takes,
    kind_of,
    takes,
    to_text,
)
from sfvtui.domain.filters.operators import EQUALITY, MEMBERS, PARTS
from sfvtui.domain.filters.tree import Value
from sfvtui.domain.ids import id18

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "America/New_York",
        "America/Havana",  # its clocks go back from 01:00 to 00:00
        "America/Santiago",  # and here forward from 00:00 to 01:00
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Pacific/Niue",
    )
]
NOWS = [
    dt.datetime(2026, 3, 8, 4, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 8, 5, 0, 0, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 1, 4, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 9, 6, 3, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 29, 0, 0, tzinfo=dt.UTC),
    dt.datetime(2026, 12, 31, 23, 59, 59, tzinfo=dt.UTC),
]

PICKS = ("Alpha", "Beta", "Straße", "O'Hara", "100%_", "Caf\u00e9", "a\\b")
_PICKLIST = tuple(PicklistValue(value, value.upper(), active=True) for value in PICKS)


def _field(name: str, kind: FieldType, scale: int = 0) -> Field:
    picklist = _PICKLIST if "PICK" in kind.name else ()
    return Field(name, f"{name} label", kind, scale=scale, picklist=picklist)


_FIELDS = (
    _field("Title", FieldType.STRING),
    _field("Email", FieldType.EMAIL),
    _field("Role", FieldType.PICKLIST),
    _field("Tags", FieldType.MULTIPICKLIST),
    _field("Active", FieldType.BOOLEAN),
    _field("Logins", FieldType.INT),
    _field("Spend", FieldType.CURRENCY, 2),
    _field("Born", FieldType.DATE),
    _field("Seen", FieldType.DATETIME),
    _field("Standup", FieldType.TIME),
    _field("AccountId", FieldType.REFERENCE),
)
OBJ = SObject(
    "Contact", "Contact", "003", True, True, True, {f.name.lower(): f for f in _FIELDS}
)  # fmt: skip

# --- texts

_ALIKE = (
    ("k", "K", "\u212a"),
    ("s", "S", "ſ"),
    ("ss", "sS", "SS", "ß", "ẞ", "ſs"),
    ("st", "ST", "ſt", "ﬅ", "ﬆ"),
    ("i\u0307", "İ", "I\u0307"),
    ("ff", "FF", "ﬀ"),
    ("fi", "FI", "ﬁ"),
    ("fl", "fL", "ﬂ"),
    ("ffi", "ﬃ", "ﬀi", "fﬁ"),
    ("ffl", "ﬄ", "ﬀL"),
    ("\u02bcn", "ŉ", "\u02bcN"),
    ("a\u02be", "ẚ", "A\u02be"),
    (";", "\u037e"),
    ("`", "\u1fef"),
    ("é", "É", "e\u0301", "E\u0301"),
    ("σ", "ς", "Σ"),
    ("\n", "\r\n"),
)
"""Spellings that fold to the same."""

_SPELLINGS = sorted(
    ((spelling, group) for group in _ALIKE for spelling in group), key=lambda pair: -len(pair[0])
)
_PIECES = (
    *(spelling for spelling, _ in _SPELLINGS),
    *"aAbeEiIkoOtT019 %_\\'\"();,",
    "ı",
    "e",
    "\u0323",
    "\u0301",
    "ç",
    "\u00a0",
    "\u200b",
    "\u202e",
    "；",
    "Ａ",
    "😀",
    "\t",
    "\x1b",
    "\x7f",
    "<b>",
)

T = TypeVar("T")


class Draw:
    """What a case is made from: every choice is one small integer, which is drawn fast."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def one(self, of: Sequence[T]) -> T:
        return of[self.number(0, len(of) - 1)]

    def chance(self, of: int) -> bool:
        """Once in so many."""
        return self.number(0, of - 1) == of - 1

    def text(self) -> str:
        if self.chance(8):
            return self.draw(_ANY_TEXT)
        return "".join(self.one(_PIECES) for _ in range(self.number(1, 4)))

    def respelled(self, text: str) -> str:
        """The text in another spelling that (nearly always) folds to the same."""
        found, at = "", 0
        while at < len(text):
            spelling, group = next(
                (pair for pair in _SPELLINGS if text.startswith(pair[0], at)), (text[at], ())
            )
            found += self.one(group or (spelling, spelling.swapcase()))
            at += len(spelling)
        return found


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


_ANY_TEXT = st.text(max_size=4).filter(_storable)

# --- what a row may hold, and literals near it

NUMBERS = [
    Decimal(text)
    for text in (
        *("0", "12.34", "12.345", "-12.345", "-0.004", "0.005", "5", "2147483648"),
        *("99999999999999", "999999999999999", "123456789012345678", "-9007199254740993"),
    )
]
STEPS = [Decimal(text) for text in ("0", "0.1", "-0.1", "0.5", "-0.5", "0.49", "0.6", "1", "-1")]
CLOCKS = ("00:00:00Z", "09:30:00Z", "09:30:01Z", "23:59:59Z")
IDS = tuple(filter(None, map(id18, ("001A0000000000B", "001A0000000000b", "001a0000000000B"))))


def raw(draw: Draw, field: Field, zone: ZoneInfo) -> object:
    """What a field may hold in Salesforce (not null)."""
    kind = kind_of(field)
    if kind is Kind.TEXT:
        return draw.one(("", "none")) if draw.chance(8) else draw.text()
    if kind is Kind.PICKLIST:
        return _choice(draw, field)
    if kind is Kind.MULTI:
        return ";".join(_choice(draw, field) for _ in range(draw.number(0, 3)))
    if kind is Kind.NUMBER:
        if field.type is FieldType.INT:
            return draw.number(-20, 20)
        return draw.one(NUMBERS) if draw.chance(2) else Decimal(draw.number(-20000, 20000)) / 1000
    if kind is Kind.BOOLEAN:
        return draw.chance(2)
    if kind is Kind.TIME:
        return draw.one(CLOCKS)
    if kind is Kind.ID:
        return draw.one(IDS)
    day = _day(draw)
    return (
        day if kind is Kind.DATE else dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    )


def _choice(draw: Draw, field: Field) -> str:
    """A value of the picklist, or where that is open now and then another text."""
    chosen = draw.one([value.value for value in field.picklist])
    if field.restricted:
        return chosen
    return draw.text() if draw.chance(4) else draw.respelled(chosen)


def _day(draw: Draw) -> dt.date:
    if draw.chance(6):
        return dt.date(1700, 1, 1) + dt.timedelta(days=draw.number(0, 800_000))
    return draw.one(NOWS).date() + dt.timedelta(days=draw.number(-3, 3))


def near(draw: Draw, field: Field, value: object) -> object:
    """A value that is the same, or nearly, as the field could hold it too."""
    if isinstance(value, bool):
        return draw.chance(2)
    if isinstance(value, int):
        return value + draw.number(-1, 1)
    if isinstance(value, Decimal):
        return value + draw.one(STEPS).scaleb(-field.scale)
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(seconds=draw.number(-1, 1))
    if isinstance(value, dt.date):
        return value + dt.timedelta(days=draw.number(-1, 1))
    if kind_of(field) in (Kind.TEXT, Kind.PICKLIST, Kind.MULTI) and not field.restricted:
        return draw.respelled(str(value))
    return value


def literal(draw: Draw, field: Field, op: Op, held: object, zone: ZoneInfo) -> Value:
    """A literal for a condition, mostly near a value that a row holds."""
    kind_of(field)
    if takes(op) is Takes.DAYS:
        return Decimal(draw.one((0, 1, 2, 7, 400, 999_999)))
    if op in EQUALITY and draw.chance(10):
        return ""
    value = raw(draw, field, zone) if draw.chance(3) else near(draw, field, held)
    if isinstance(value, str):
        return _text_literal(draw, field, op, value)
    if isinstance(value, dt.datetime):
        return value.astimezone(zone).date() if draw.chance(2) else value
    if isinstance(value, dt.date) and draw.chance(20):
        return draw.one((dt.date.min, dt.date.max, dt.date(1699, 12, 31)))
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Decimal(value) + draw.one((Decimal(0), Decimal(0), Decimal("0.5")))
    assert isinstance(value, Decimal | dt.date)
    return value


def _text_literal(draw: Draw, field: Field, op: Op, value: str) -> str:
    kind = kind_of(field)
    if field.calculated and "." not in field.name:  # a formula, "Dear " and a text
        value = f"Dear {value}".strip()
    if kind is Kind.ID:
        return value[: draw.one((15, 18))]
    if kind is Kind.TIME:
        return value
    if op in PARTS:
        start = draw.number(0, len(value))
        value = value[start : draw.number(start, len(value))]
    if op in MEMBERS and not draw.chance(8):
        value = draw.one(value.split(";"))
    return draw.respelled(value) + (" " if draw.chance(20) else "")


def column(
    draw: Draw, field: Field, zone: ZoneInfo, count: int, asked: int = 2
) -> tuple[list[object], list[Condition]]:
    """Values of one field in `count` rows, many of them nearly alike, and conditions near them."""
    base = raw(draw, field, zone)
    held: list[object] = []
    for _ in range(count):
        # Salesforce has no blank checkbox, but parents that are not there.
        if draw.chance(4) and (kind_of(field) is not Kind.BOOLEAN or "." in field.name):
            held.append(None)
        else:
            held.append(raw(draw, field, zone) if draw.chance(3) else near(draw, field, base))
    found = []
    for _ in range(asked):
        op = draw.one(OPERATORS[kind_of(field) or Kind.TEXT])
        shape = takes(op)
        many = {Takes.NOTHING: 0, Takes.TWO: 2}.get(shape, 1)
        many = draw.number(1, 3) if shape is Takes.LIST else many
        values = tuple(literal(draw, field, op, base, zone) for _ in range(many))
        found.append(Condition(field.name, op, values))
    return held, found


@dataclass(frozen=True)
class Case:
    """A filter, the rows to try it on (raw values by field name), and when and where."""

    tree: Filter
    rows: list[dict[str, object]]
    zone: ZoneInfo
    now: dt.datetime

    def __str__(self) -> str:
        return to_text(self.tree)


@st.composite
def cases(drawn: st.DrawFn, obj: SObject, names: tuple[str, ...], most: int = 3) -> Case:
    """Cases over at most so many of these fields."""
    draw = Draw(drawn)
    zone, now = draw.one(ZONES), draw.one(NOWS)
    rows: list[dict[str, object]] = [{} for _ in range(draw.number(1, 5))]
    conditions: list[Condition] = []
    for name in {draw.one(names) for _ in range(draw.number(1, most))}:
        field = obj.field(name)
        assert field is not None, name
        held, found = column(draw, field, zone, len(rows))
        conditions += found
        for row, value in zip(rows, held, strict=True):
            row[field.name] = value
    return Case(_tree(draw, conditions, 0), rows, zone, now)


@dataclass(frozen=True)
class Column:
    """Rows of one field, and several conditions on it."""

    conditions: list[Condition]
    rows: list[dict[str, object]]
    zone: ZoneInfo
    now: dt.datetime


@st.composite
def columns(drawn: st.DrawFn, obj: SObject, name: str) -> Column:
    """Columns of this field."""
    draw = Draw(drawn)
    zone, now = draw.one(ZONES), draw.one(NOWS)
    field = obj.field(name)
    assert field is not None, name
    held, found = column(draw, field, zone, 5, asked=5)
    return Column(found, [{field.name: value} for value in held], zone, now)


def _tree(draw: Draw, conditions: list[Condition], depth: int) -> Filter:
    shape = draw.number(0, 5) if depth < 3 else 0
    if shape < 3:
        return draw.one(conditions)
    if shape == 3:
        return Not(_tree(draw, conditions, depth + 1))
    items = tuple(_tree(draw, conditions, depth + 1) for _ in range(draw.number(2, 3)))
    return All(items) if shape == 4 else Any(items)


NAMES = tuple(field.name for field in _FIELDS)
STRANGERS = (
    *(
        "abc",
        "-",
        "--5",
        "1-2",
        "12.3",
        "12.345",
        "1.2.3",
        ".50",
        "-.50",
        "007",
        "-05",
        "05.00",
        "-05.00",
        "0x5",
        "[",
        "[1",
        "true ",
    ),
    *("2026-1-1", "2026-01-01T00:00:00", '["a"]', "{}", "nul\0", "nul\0vp"),
)
"""Values that are not of their field's type: a retyped field's, before it is read again."""

# --- the plain statement


def plainly(
    tree: Filter, obj: SObject, row: dict[str, str], zone: ZoneInfo, now: dt.datetime
) -> bool:
    """Whether a wholly known row passes, said as CONTRACT's filter text says it."""
    match tree:
        case All(items):
            return all(plainly(item, obj, row, zone, now) for item in items)
        case Any(items):
            return any(plainly(item, obj, row, zone, now) for item in items)
        case Not(item):
            return not plainly(item, obj, row, zone, now)
    field = obj.field(tree.field)
    assert field is not None
    return _Plain(field, row[field.name], zone, now).says(tree.op.value, tree.values)


class _Plain:
    def __init__(self, field: Field, value: str, zone: ZoneInfo, now: dt.datetime) -> None:
        self.kind, self.value, self.zone = kind_of(field), value, zone
        self.today = now.astimezone(zone).date()

    def says(self, op: str, values: tuple[Value, ...]) -> bool:
        for negative, positive in (
            ("is not one of", "is one of"),
            ("is not blank", "is blank"),
            ("is not", "is"),
            ("!=", "is"),
            ("does not contain", "contains"),
            ("excludes", "includes any"),
        ):
            if op == negative:
                return not self.says(positive, values)
        if op == "is blank":
            return self.value == ""
        if op in ("is", "=", "is one of"):
            return any(self.equals(value) for value in values)
        if self.value == "":
            return False
        if op in ("contains", "starts with", "ends with"):
            held, part = norm(self.value), norm(str(values[0]))
            return {"contains": part in held, "starts with": held.startswith(part)}.get(
                op, held.endswith(part)
            )
        if op.startswith("includes"):
            members = {norm(member) for member in _members(self.value)}
            asked = [norm(str(value)) in members for value in values]
            return all(asked) if op == "includes all" else any(asked)
        if op in ("in last", "in next"):
            return self.near(int(values[0]) * (-1 if op == "in last" else 1))  # type: ignore[arg-type]
        if op == "between":
            return self.order(values[0]) in (0, 1) and self.order(values[1]) in (0, -1)
        order = self.order(values[0])
        wanted = {
            "<": (-1,),
            "before": (-1,),
            "<=": (-1, 0),
            ">": (1,),
            "after": (1,),
            ">=": (1, 0),
        }
        return order in wanted[op]

    def equals(self, value: Value) -> bool:
        if value == "":
            return self.value == ""
        if self.value == "":
            return self.kind is Kind.MULTI and not str(value).replace(";", "")
        if self.kind in (Kind.TEXT, Kind.PICKLIST):
            return norm(self.value) == norm(str(value))
        if self.kind is Kind.MULTI:
            members = {norm(member) for member in _members(self.value)}
            return members == {norm(part) for part in str(value).split(";") if part}
        if self.kind is Kind.BOOLEAN:
            return self.value == ("true" if value else "false")
        if self.kind is Kind.ID:
            return self.value[:15] == str(value)[:15]
        return self.order(value) == 0

    def order(self, value: Value) -> int:
        """Whether the row's value is below (-1), at or above (1) the literal."""
        if self.kind is Kind.NUMBER:
            return _sign(Decimal(self.value), value)
        if self.kind is Kind.TIME:
            return _sign(self.value[:8], (str(value).rstrip("Z") + ":00")[:8])
        if self.kind is Kind.DATE:
            return _sign(dt.date.fromisoformat(self.value), value)
        instant = dt.datetime.fromisoformat(self.value)
        if isinstance(value, dt.datetime):
            return _sign(instant, value)
        # A day stands for its first second there.
        if self.day(instant) < value:  # type: ignore[operator]
            return -1
        return 0 if self.day(instant - dt.timedelta(seconds=1)) < value else 1  # type: ignore[operator]

    def day(self, instant: dt.datetime) -> dt.date:
        return instant.astimezone(self.zone).date()

    def near(self, count: int) -> bool:
        held = dt.date.fromisoformat(self.value[:10])
        if self.kind is Kind.DATETIME:
            held = self.day(dt.datetime.fromisoformat(self.value))
        away = (held - self.today).days
        return min(0, count) <= away <= max(0, count)


def norm(text: str) -> str:
    """NFC, casefold, NFC; line ends as the mirror has them."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", plain.casefold())


def _members(value: str) -> list[str]:
    found: list[str] = json.loads(value)
    return found


def _sign(a: object, b: object) -> int:
    return (a > b) - (a < b)  # type: ignore[operator,no-any-return]
