"""What a value becomes when it is stored, and how it is shown in JSON and in CSV.

Stored: text, bool, int, Decimal, or None. Dates, times and stamps are stored as the API shows
them, so that they compare as text.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import msgspec

from sfvtui.sandbox.salesforce.clock import stamp
from sfvtui.sandbox.salesforce.describes import NUMBERS, FieldInfo
from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.salesforce.switches import Switches

ASCII_BLANKS = " \t\n\r\x0b\x0c"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATETIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_TIME = re.compile(r"(\d\d:\d\d:\d\d)(\.\d{1,3})?Z?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class WrongType(ValueError):
    """A JSON value that a field of this type cannot take; `text` says so as the parser does."""

    def __init__(self, info: FieldInfo, raw: Any) -> None:
        self.field = info.name
        self.text = f"Cannot deserialize instance of {info.type} from {_token(raw)}"
        super().__init__(self.text)


def _token(raw: Any) -> str:
    match raw:
        case list():
            return "START_ARRAY value"
        case dict():
            return "START_OBJECT value"
        case bool():
            return f"VALUE_{str(raw).upper()} value {str(raw).lower()}"
        case int():
            return f"VALUE_NUMBER_INT value {raw}"
        case float() | Decimal():
            return f"VALUE_NUMBER_FLOAT value {raw}"
        case None:
            return "VALUE_NULL value"
        case _:
            return f"VALUE_STRING value {raw}"


def stored(info: FieldInfo, raw: Any, switches: Switches) -> Any:
    """The value as the row will hold it; raises WrongType.

    Blanks at the ends of text are trimmed and "" is null; rich text is not trimmed. Source: REST
    API guide and Object Reference (primitive data types).
    """
    if raw is None:
        if info.type == "boolean":
            if switches.null_boolean_refused:
                raise WrongType(info, raw)
            return False
        return None
    if info.type == "boolean":
        return _boolean(info, raw)
    if info.type in NUMBERS or info.type == "int":
        return _number(info, raw, switches)
    if info.type == "date":
        return _date(info, raw)
    if info.type == "datetime":
        return _datetime(info, raw)
    if info.type == "time":
        return _time(info, raw)
    if not isinstance(raw, str):
        raise WrongType(info, raw)
    if info.type in {"id", "reference"}:
        return (id18(raw.strip(ASCII_BLANKS)) or raw) if raw.strip(ASCII_BLANKS) else None
    return _text(info, raw, switches)


def _text(info: FieldInfo, raw: str, switches: Switches) -> str | None:
    # Half of a surrogate pair is no character; it could not be answered as UTF-8.
    raw = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if switches.control_characters == "dropped":
        raw = _CONTROL.sub("", raw)
    if info.html:
        return (raw.replace("<br/>", "<br>") if switches.rich_text_rewritten else raw) or None
    text = raw.strip(ASCII_BLANKS)
    if info.type == "textarea" and switches.line_ends == "crlf":
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    if info.type == "multipicklist":
        return _choices(info, text, switches)
    return text or None


def _choices(info: FieldInfo, text: str, switches: Switches) -> str | None:
    chosen = list(dict.fromkeys(part.strip(ASCII_BLANKS) for part in text.split(";")))
    chosen = [part for part in chosen if part]
    if switches.multipicklist_order == "definition":
        order = {value: place for place, value in enumerate(info.values)}
        chosen.sort(key=lambda value: order.get(value, len(order)))
    return ";".join(chosen) or None


def _boolean(info: FieldInfo, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in {"true", "false"}:
        return raw.lower() == "true"
    raise WrongType(info, raw)


def _number(info: FieldInfo, raw: Any, switches: Switches) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise WrongType(info, raw)
    if isinstance(raw, str) and not _NUMBER.fullmatch(raw):
        raise WrongType(info, raw)
    try:
        number = Decimal(str(raw))
    except InvalidOperation:
        raise WrongType(info, raw) from None
    if not number.is_finite():
        raise WrongType(info, raw)
    if info.type == "int":
        if number != number.to_integral_value():
            raise WrongType(info, raw)
        return int(number)
    if switches.round_to_scale and number.adjusted() < 20:
        number = number.quantize(Decimal(1).scaleb(-info.scale), ROUND_HALF_UP)
    return number


def _date(info: FieldInfo, raw: Any) -> str:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw.isoformat()
    if isinstance(raw, str) and _DATE.fullmatch(raw):
        try:
            return date.fromisoformat(raw).isoformat()
        except ValueError:
            pass  # A day that no calendar has is refused below, like any other text.
    raise WrongType(info, raw)


def _datetime(info: FieldInfo, raw: Any) -> str:
    if isinstance(raw, datetime):
        return stamp(raw if raw.tzinfo else raw.replace(tzinfo=UTC))
    found = _DATETIME.fullmatch(raw) if isinstance(raw, str) else None
    if not found:
        raise WrongType(info, raw)
    day, clock, zone = found.groups()
    try:
        return stamp(datetime.fromisoformat(f"{day}T{clock}{zone}"))
    except (ValueError, OverflowError):
        raise WrongType(info, raw) from None


def _time(info: FieldInfo, raw: Any) -> str:
    if isinstance(raw, time):
        return raw.strftime("%H:%M:%S.") + f"{raw.microsecond // 1000:03}Z"
    found = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    if not found:
        raise WrongType(info, raw)
    clock, fraction = found.groups()
    try:
        time.fromisoformat(clock)
    except ValueError:
        raise WrongType(info, raw) from None
    return f"{clock}.{(fraction or '.').lstrip('.'):0<3}Z"


def number_text(number: Decimal, *, in_e: bool) -> str:
    """A number as Java writes a double: `23.0`, and from ten million on `1.39E8` if `in_e`."""
    if number == 0:
        return "0.0"
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0")
        plain += "0" if plain.endswith(".") else ""
    else:
        plain += ".0"
    if in_e and abs(number) >= 10_000_000:
        digits = plain.lstrip("-").replace(".", "").rstrip("0")
        sign = "-" if number < 0 else ""
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{number.adjusted()}"
    return plain


def shown(info: FieldInfo, value: Any, switches: Switches) -> Any:
    """The stored value as JSON shows it (numbers as raw JSON, so that no digit is lost)."""
    if value is None:
        return None
    if info.type in NUMBERS:
        return msgspec.Raw(number_text(value, in_e=switches.large_numbers_in_e).encode())
    if info.masked:
        return "*" * 8
    return value


def csv_text(info: FieldInfo, value: Any, switches: Switches) -> str:
    """The stored value as Bulk API 2.0 writes it: null is empty, datetimes end in Z."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if info.type in NUMBERS:
        return number_text(value, in_e=switches.bulk_large_numbers_in_e)
    if info.type == "datetime":
        return str(value).replace("+0000", "Z")
    if info.masked:
        return "*" * 8
    return str(value)
