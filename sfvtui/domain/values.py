r"""Canonical values: one normal form per field type, so that formats never cause a write.

A canonical value is a `str`. `""` is a known blank: null, missing and "" are one value. Where a
value is not known at all (unread, no base yet) callers use None, which never enters here.

==============  ====================================================================
type            canonical form
==============  ====================================================================
texts           as received, ASCII blanks trimmed at the ends, line ends as \n
rich text       as received (Salesforce rewrites it; never editable)
boolean         `true`, `false`
numbers         fixed decimals at the field's scale, rounded half up: `12.50`, `3`
date            `2026-01-31` (a day, never an instant)
datetime        `2026-01-31T10:00:00Z` (an instant, whole seconds)
time            `10:00:00Z`
multipicklist   JSON array of the sorted set: `["a","b"]`
id, reference   18 characters
==============  ====================================================================

A value that is not of its type (a Vitally trait may hold anything) stays as its trimmed text; it
differs from every value of the type, and `preflight` refuses to send it to Salesforce.

Sources: value formats over JSON and CSV from the REST API guide (Primitive Data Types, Field
Types) and the Bulk API 2.0 guide (Prepare CSV Files); Vitally's from recorded user bodies.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from functools import cache, lru_cache

from sfvtui.domain.fields import IDS, NUMBERS, Field, FieldType
from sfvtui.domain.ids import id18, key
from sfvtui.domain.text import ASCII_BLANKS, fold, nfc, trim
from sfvtui.errors import Refused

Json = str | int | float | bool | Decimal | list[str] | None

MAX_EXACT_DIGITS = 15
"""A number with more significant digits than this goes to Vitally as text: JSON readers there
hold numbers as 64-bit floats."""

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)\Z")
_OFFSET = re.compile(r"([+-]\d\d)(\d\d)\Z")
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|\+00:?00)?\Z")
_WHOLE_SECONDS = frozenset({".000+0000", ".000Z", "Z", "+0000"})
"""How an instant of both services ends after its seconds; other forms are read too, only slower."""

_EPOCH_MS = re.compile(r"-?\d{11,15}\Z")
_USUAL_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([0-9]*?)0*)?\Z")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z")


def canonical(field: Field, raw: object) -> str:
    """The canonical form of a value as either service, or a CSV cell, gave it.

    `raw` is a decoded JSON value (numbers as int, float or Decimal) or text. Never raises.
    """
    if raw is None:
        return ""
    return reader(field)(raw)


def reader(field: Field) -> Callable[[object], str]:
    """`canonical` with the field bound once, for loops over many rows."""
    kind = field.type
    if kind in NUMBERS:
        scale = field.scale if kind is not FieldType.INT else 0
        return lambda raw: _number(raw, scale)
    if kind is FieldType.RICH_TEXT:
        return lambda raw: "" if raw is None else _text(raw)
    return _READERS.get(kind, _plain)


def column_reader(field: Field) -> Callable[[Sequence[object]], list[str]]:
    """`reader` for the values of one field in many rows: what a pull does for each page."""
    read = reader(field)
    if read is _plain:
        return _plain_column

    def column(raws: Sequence[object]) -> list[str]:
        if set(map(type, raws)) <= _TEXT_OR_NONE:
            # Of texts that are no free text there are few different ones, each is read once.
            found = {raw: read(raw) for raw in set(raws)}
            return [found[raw] for raw in raws]
        return [read(raw) for raw in raws]

    return column


_TEXT_OR_NONE = frozenset({str, type(None)})


def same(field: Field, a: str, b: str) -> bool:
    """Whether two canonical values are the same value: normal form is no difference, and for
    e-mail fields letter case is none."""
    if a == b:
        return True
    if field.type is FieldType.EMAIL:
        return fold(a) == fold(b)
    if field.type in NUMBERS:
        return False
    return nfc(a) == nfc(b)


def to_salesforce(field: Field, value: str) -> Json:
    """A canonical value as the JSON that a Salesforce write takes (Decimal: send exactly)."""
    if value == "":
        return None
    if field.type is FieldType.BOOLEAN:
        return {"true": True, "false": False}.get(value, value)
    if field.type is FieldType.INT:
        return int(value) if _is_number(value) else value
    if field.type in NUMBERS:
        return Decimal(value) if _is_number(value) else value
    if field.type is FieldType.MULTIPICKLIST:
        return ";".join(members(value))
    return value


def to_vitally(field: Field, value: str) -> Json:
    """A canonical value as the JSON that a Vitally trait or attribute takes. Blank: None, which
    deletes a trait."""
    if value == "":
        return None
    if field.type is FieldType.BOOLEAN:
        return {"true": True, "false": False}.get(value, value)
    if field.type in NUMBERS:
        return _number_json(value)
    if field.type is FieldType.MULTIPICKLIST:
        return list(members(value))
    if field.type is FieldType.DATETIME and _is_instant(value):
        return value[:-1] + ".000Z"
    return value


def to_json(field: Field, value: str | None) -> Json:
    """A canonical value as commands print it: text, number, true/false, null, or sorted list.

    A number with a fraction and more than 15 significant digits is text: no float holds it.
    """
    if not value:
        return None
    if field.type is FieldType.BOOLEAN:
        return {"true": True, "false": False}.get(value, value)
    if field.type in NUMBERS:
        whole = _short(value)
        return int(whole) if _is_whole(whole) else _number_json(value)
    if field.type is FieldType.MULTIPICKLIST:
        return list(members(value))
    return value


def show(field: Field, value: str) -> str:
    """A canonical value as people read it: `a; b`, `12.5`, `yes`. Blank: empty text."""
    if field.type is FieldType.MULTIPICKLIST:
        return "; ".join(members(value))
    if field.type in NUMBERS and _is_number(value):
        return _short(value)
    return value


def typed(field: Field, value: str) -> str:
    """A canonical value as `parse_typed` takes it: the two are each other's inverse."""
    if field.type is FieldType.MULTIPICKLIST:
        return ";".join(members(value))
    if field.type in NUMBERS and _is_number(value):
        return _short(value)
    return value


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def members(value: str) -> tuple[str, ...]:
    """The members of a canonical multi-select value, sorted."""
    if not value:
        return ()
    if value.startswith("["):
        try:
            found = json.loads(value)
        except json.JSONDecodeError:
            return (value,)
        if isinstance(found, list):
            return tuple(str(item) for item in found)
    return (value,)


def multi(values: Iterable[str]) -> str:
    """The canonical value of a set of members. Blank members do not count."""
    return _set(tuple(values))


@lru_cache(maxsize=4096)
def _set(values: tuple[str, ...]) -> str:
    """Kept, since a multi-select picklist has few sets of values in many rows."""
    found = sorted({trim(v) for v in values} - {""})
    return _COMPACT(found) if found else ""


def parse_typed(field: Field, text: str) -> str:
    """What a person typed for a field, as its canonical value. Blank text blanks the field.

    Syntax: `a;b` for multi-selects, `true`/`false`, `12.5`, `2026-01-31`,
    `2026-01-31T10:00:00Z`. Raises Refused, saying what was expected.
    """
    if field.type is FieldType.RICH_TEXT or field.type is FieldType.UNSUPPORTED:
        raise Refused(f"{field.name}: a {field.type.value} field cannot be typed.")
    value = trim(text)
    if not value:
        return ""
    if field.type is FieldType.BOOLEAN:
        return _typed_boolean(field, value)
    if field.type in NUMBERS:
        return _typed_number(field, value)
    if field.type is FieldType.MULTIPICKLIST:
        return multi(value.split(";"))
    found = canonical(field, value)
    problem = form_problem(field, found)
    if problem:
        raise Refused(f"{field.name}: {problem}")
    return found


def form_problem(field: Field, value: str) -> str | None:
    """Why a canonical value is not of its field's type at all; None where it is (or is blank)."""
    if not value:
        return None
    kind = field.type
    if kind is FieldType.BOOLEAN and value not in ("true", "false"):
        return f"{value!r} is neither true nor false."
    if kind in NUMBERS and not _is_number(value):
        return f"{value!r} is not a number."
    if kind is FieldType.DATE and not _is_date(value):
        return f"{value!r} is no date such as 2026-01-31."
    if kind is FieldType.DATETIME and not _is_instant(value):
        return f"{value!r} is no date and time such as 2026-01-31T10:00:00Z."
    if kind is FieldType.TIME and not _TIME.match(value):
        return f"{value!r} is no time such as 10:00:00Z."
    if kind in IDS and id18(value) is None:
        return f"{value!r} is no Salesforce Id of 15 or 18 characters."
    return None


# --- reading, type by type


def _text(raw: object) -> str:
    if isinstance(raw, str):
        text = raw
    elif isinstance(raw, bool):
        text = "true" if raw else "false"
    elif isinstance(raw, (int, Decimal)):
        text = _short(format(raw, "f")) if isinstance(raw, Decimal) else str(raw)
    elif isinstance(raw, float):
        text = str(raw) if math.isnan(raw) else _short(format(Decimal(repr(raw)), "f"))
    else:
        text = json.dumps(raw, ensure_ascii=False, sort_keys=True, default=str)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _plain(raw: object) -> str:
    if raw is None:
        return ""
    return trim(raw) if isinstance(raw, str) and "\r" not in raw else trim(_text(raw))


def _plain_column(raws: Sequence[object]) -> list[str]:
    return [
        raw.strip(ASCII_BLANKS) if isinstance(raw, str) and "\r" not in raw else _plain(raw)
        for raw in raws
    ]


def _boolean(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    text = _plain(raw)
    lowered = text.lower()
    if lowered in ("true", "1", "yes"):
        return "true"
    if lowered in ("false", "0", "no"):
        return "false"
    return text


def _number(raw: object, scale: int) -> str:
    if raw is None or isinstance(raw, bool):
        return _plain(raw)
    if isinstance(raw, int):
        return f"{raw}.{'0' * scale}" if scale else str(raw)
    text = raw if isinstance(raw, str) else repr(raw) if isinstance(raw, float) else str(raw)
    usual = _USUAL_NUMBER.match(text)
    if usual is not None and len(places := usual[2] or "") <= scale:
        # What a service says of a field of its own has only to be filled up with zeros.
        return usual[1] + "." + places.ljust(scale, "0") if scale else usual[1]
    text = trim(text)
    found = _decimal(text)
    return text if found is None else _fixed(found, scale)


def _date(raw: object) -> str:
    text = _plain(raw)
    if len(text) == 10 or not text:
        return text
    # A day written as midnight UTC (`2026-01-31T00:00:00.000Z`) is that day; any other time of day
    # is an instant, and an instant is no day.
    instant = _instant(raw)
    if instant is not None and instant.hour == instant.minute == instant.second == 0:
        return instant.date().isoformat()
    return text


def _datetime(raw: object) -> str:
    if isinstance(raw, str) and raw[19:] in _WHOLE_SECONDS and _exists(raw[:19]):
        return f"{raw[:19]}Z"
    instant = _instant(raw)
    return _plain(raw) if instant is None else _iso(instant)


def _time(raw: object) -> str:
    text = _plain(raw)
    match = _TIME.match(text)
    return f"{match[1]}:{match[2]}:{match[3] or '00'}Z" if match else text


def _multi(raw: object) -> str:
    if isinstance(raw, (list, tuple)):
        return multi([_text(item) for item in raw if item is not None])
    text = _plain(raw)
    if text.startswith("[") and text.endswith("]"):
        return multi(members(text))  # an array as text, the canonical form itself among them
    return multi(text.split(";"))


def _id(raw: object) -> str:
    text = _plain(raw)
    return key(text)


_READERS: dict[FieldType, Callable[[object], str]] = {
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.TIME: _time,
    FieldType.MULTIPICKLIST: _multi,
    FieldType.ID: _id,
    FieldType.REFERENCE: _id,
}

# --- numbers

LARGEST_NUMBER = 300
"""Digits before the point. What has more is no number that a field could hold, but a text."""

_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)


@cache
def _unit(scale: int) -> Decimal:
    return Decimal(1).scaleb(-scale)


def _decimal(text: str) -> Decimal | None:
    if not _NUMBER.match(text):
        return None
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and found.adjusted() < LARGEST_NUMBER else None


def _is_number(text: str) -> bool:
    return _decimal(text) is not None


def _fixed(number: Decimal, scale: int) -> str:
    rounded = number.quantize(_unit(scale), context=_WIDE)
    return format(rounded or abs(rounded), "f")


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _is_whole(text: str) -> bool:
    return text.lstrip("-").isascii() and text.lstrip("-").isdigit()


def _number_json(value: str) -> Json:
    if not _is_number(value):
        return value
    short = _short(value)
    digits = short.lstrip("-").replace(".", "").lstrip("0")
    if "." not in short:
        digits = digits.rstrip("0")
    if len(digits) > MAX_EXACT_DIGITS:
        return short
    return float(short) if "." in short else int(short)


# --- dates and instants


def _is_date(text: str) -> bool:
    match = _DATE.match(text)
    if not match:
        return False
    try:
        dt.date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return False
    return True


def _is_instant(text: str) -> bool:
    return text.endswith("Z") and _instant(text) is not None


def _instant(raw: object) -> dt.datetime | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, (int, float, Decimal)):
        return _from_epoch_ms(int(raw))
    text = _plain(raw)
    if _EPOCH_MS.match(text):
        return _from_epoch_ms(int(text))
    if len(text) < 16 or text[10] not in "T ":
        return None
    try:
        found = dt.datetime.fromisoformat(_OFFSET.sub(r"\1:\2", text))
        zoned = found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
        return zoned.astimezone(dt.UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def _exists(moment: str) -> bool:
    """Whether there is such a day, and such a time on it."""
    try:
        return dt.datetime.fromisoformat(moment).isoformat() == moment
    except ValueError:
        return False


def _from_epoch_ms(milliseconds: int) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(milliseconds // 1000, dt.UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _iso(instant: dt.datetime) -> str:
    return f"{instant.replace(tzinfo=None).isoformat()}Z"


# --- typing


def _typed_boolean(field: Field, value: str) -> str:
    lowered = value.lower()
    if lowered not in ("true", "false"):
        raise Refused(f"{field.name}: {value!r} is neither true nor false.")
    return lowered


def _typed_number(field: Field, value: str) -> str:
    number = _decimal(value)
    if number is None:
        whole = field.type is FieldType.INT or not field.scale
        such = "a whole number such as 12" if whole else "a number such as 12.5"
        raise Refused(f"{field.name}: {value!r} is not {such}.")
    scale = 0 if field.type is FieldType.INT else field.scale
    fixed = _fixed(number, scale)
    with localcontext() as context:
        context.prec = 400
        exact = Decimal(fixed) == number
    if not exact:
        raise Refused(f"{field.name}: {value} has more than {scale} decimals.")
    return fixed
