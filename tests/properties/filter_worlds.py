"""Random filters and rows, and a plain, slow, second statement of what filter text means."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
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
)
from sfvtui.domain.filters.tree import Value
from sfvtui.domain.values import multi

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
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
zones = st.sampled_from(ZONES)
nows = st.sampled_from(NOWS)

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

# --- values

WORDS = (
    *"aASsiIkKtTfFeE019 %_\\'\"();,",
    "ß",
    "ẞ",
    "ſ",
    "ﬁ",
    "ﬆ",
    "İ",
    "ı",
    "\u212a",
    "é",
    "e\u0301",
    "\u0323",
    "ç",
    "\u00a0",
    "\u200b",
    "\u202e",
    "\u037e",
    "；",
    "Ａ",
    "ŉ",
    "Σ",
    "ς",
    "😀",
    "\n",
    "\t",
    "\r\n",
    "\x1b",
    "<b>",
)
texts = st.lists(st.sampled_from(WORDS), max_size=5).map("".join)

_ALIKE = {
    "k": ("k", "K", "\u212a"),
    "ss": ("ss", "sS", "ß", "ẞ", "ſs", "ſſ"),
    "st": ("st", "ST", "ſt", "ﬅ", "ﬆ"),
    "i": ("i", "I"),
    "i\u0307": ("i\u0307", "İ", "I\u0307"),
    "ffi": ("ffi", "ﬃ", "ﬀi", "fﬁ", "FFI"),
    "\u02bcn": ("\u02bcn", "ŉ", "\u02bcN"),
    "a\u02be": ("a\u02be", "ẚ", "A\u02be"),
    ";": (";", "\u037e"),
    "e": ("e", "E"),
    "é": ("é", "É", "e\u0301", "E\u0301"),
    "σ": ("σ", "ς", "Σ"),
    " ": (" ",),
}


@st.composite
def alike(draw: st.DrawFn) -> str:
    """A text of few parts, each written in one of the ways that fold to the same."""
    parts = draw(st.lists(st.sampled_from(tuple(_ALIKE)), min_size=1, max_size=3))
    return "".join(draw(st.sampled_from(_ALIKE[part])) for part in parts)


words = st.one_of(texts, alike(), alike(), st.sampled_from(PICKS), st.text(max_size=4))
literals = words.filter(lambda t: "\0" not in t and not any("\ud800" <= c <= "\udfff" for c in t))
ids = st.sampled_from(
    ("003000000000001AAA", "003000000000001", "00300000000000aAAA", "001A0000000000B")
)
# fmt: off
numbers = st.one_of(
    st.sampled_from([Decimal(t) for t in (
        "0", "1", "-1", "12.34", "12.345", "12.35", "-12.345", "-0.004", "0.005", "5", "2147483648",
        "99999999999999", "999999999999999", "9999999999999999.99", "123456789012345678", "1e30",
    )]),
    st.decimals(-20, 20, places=3),
    st.integers(-20, 20).map(Decimal),
)
# fmt: on
days = st.one_of(
    st.integers(-3, 3).flatmap(
        lambda n: st.sampled_from([now.date() + dt.timedelta(n) for now in NOWS])
    ),
    st.sampled_from([dt.date.min, dt.date.max, dt.date(1699, 12, 31), dt.date(4000, 12, 31)]),
    st.dates(),
)
instants = st.one_of(
    st.tuples(
        zones, st.sampled_from(NOWS), st.integers(-3, 3), st.sampled_from((-3600, -1, 0, 1, 3599))
    ).map(
        lambda t: (
            dt.datetime.combine(t[1].date() + dt.timedelta(t[2]), dt.time(), t[0]).astimezone(
                dt.UTC
            )
            + dt.timedelta(seconds=t[3])
        )
    ),
    st.integers(-(10**10), 2 * 10**11).map(lambda n: EPOCH + dt.timedelta(seconds=n)),
)
clocks = st.sampled_from(("00:00:00Z", "09:30", "09:30:00Z", "23:59:59Z", "23:59"))


def literal(kind: Kind, op: Op) -> st.SearchStrategy[Value]:
    """Literals that suit a field of this kind and this operator."""
    if takes(op) is Takes.DAYS:
        return st.sampled_from([Decimal(n) for n in (0, 1, 2, 7, 400, 999_999)])
    found: dict[Kind, st.SearchStrategy[Value]] = {
        Kind.TEXT: literals,
        Kind.PICKLIST: literals,
        Kind.MULTI: literals,
        Kind.NUMBER: numbers,
        Kind.BOOLEAN: st.booleans(),
        Kind.DATE: days,
        Kind.DATETIME: st.one_of(days, instants),
        Kind.TIME: clocks,
        Kind.ID: ids,
    }
    equality = {Op.IS, Op.IS_NOT, Op.EQ, Op.NE, Op.ONE_OF, Op.NOT_ONE_OF}
    return st.one_of(found[kind], st.just("")) if op in equality else found[kind]


def conditions(obj: SObject, names: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    """Conditions on these fields, with every operator that they have."""

    def of(name: str) -> st.SearchStrategy[Condition]:
        field = obj.field(name)
        kind = kind_of(field) if field else None
        assert field is not None
        assert kind is not None
        return st.sampled_from(OPERATORS[kind]).flatmap(lambda op: _values(field.name, kind, op))

    return st.sampled_from(names).flatmap(of)


def _values(name: str, kind: Kind, op: Op) -> st.SearchStrategy[Condition]:
    one = literal(kind, op)
    counts = {Takes.NOTHING: (0, 0), Takes.TWO: (2, 2), Takes.LIST: (1, 3)}
    least, most = counts.get(takes(op), (1, 1))
    values = st.lists(one, min_size=least, max_size=most).map(tuple)
    return values.map(lambda found: Condition(name, op, found))


def filters(obj: SObject, names: tuple[str, ...]) -> st.SearchStrategy[Filter]:
    """Trees of such conditions."""
    groups = st.sampled_from((All, Any))

    def grow(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        items = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(
            inner.map(Not), st.tuples(groups, items).map(lambda pair: pair[0](pair[1]))
        )

    return st.recursive(conditions(obj, names), grow, max_leaves=5)


NAMES = tuple(field.name for field in _FIELDS)
trees = filters(OBJ, NAMES)


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip(" \t\n\r\x0b\x0c")


def _number_text(number: Decimal, scale: int) -> str:
    found = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP) if number < 1e20 else number
    return (
        format(found or abs(found), "f")
        if number < 1e20
        else f"{number:f}" + ".00"[: 3 * (scale > 0)]
    )


def values(field: Field) -> st.SearchStrategy[str]:
    """Canonical values of a field, blanks among them."""
    kind = kind_of(field)
    found: dict[Kind | None, st.SearchStrategy[str]] = {
        Kind.TEXT: words.filter(_storable).map(_trimmed),
        Kind.PICKLIST: words.filter(_storable).map(_trimmed),
        Kind.MULTI: st.lists(literals, max_size=3).map(multi),
        Kind.NUMBER: numbers.map(lambda number: _number_text(number, field.scale)),
        Kind.BOOLEAN: st.sampled_from(("true", "false")),
        Kind.DATE: days.map(dt.date.isoformat),
        Kind.DATETIME: instants.map(lambda d: d.strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")),
        Kind.TIME: clocks.map(lambda text: (text.rstrip("Z") + ":00")[:8] + "Z"),
        Kind.ID: st.sampled_from(
            ("003000000000001AAA", "00300000000000aAAA", "001A0000000000BEAA")
        ),
    }
    return st.one_of(found[kind], found[kind], st.just(""))


def _storable(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


strangers = st.sampled_from(("abc", "-", "--5", "1-2", "12.3", "12.345", "1.2.3", ".50", "-.50", "[", "[1", "true ", "2026-1-1", "2026-01-01T00:00:00", '["a"]', "{}"))  # fmt: skip
"""Values that are not of their field's type: a retyped field's, before it is read again."""

rows = st.fixed_dictionaries({f.name: values(f) for f in _FIELDS})
ragged = st.fixed_dictionaries(
    {f.name: st.one_of(values(f), values(f), st.none(), strangers) for f in _FIELDS}
)

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
