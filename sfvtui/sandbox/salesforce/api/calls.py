"""A call to the API and the reply to it, free of any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from sfvtui.sandbox.salesforce.errors import ApiError

_NOT_GIVEN = object()


@dataclass(frozen=True)
class Call:
    """One request to the data API, or one subrequest of a composite call.

    `segments` is the decoded path below `/services/data/vNN.N/`; header names are lower case.
    """

    method: str
    version: str
    segments: tuple[str, ...]
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parsed: Any = _NOT_GIVEN
    via: str = ""

    def data(self) -> Any:
        """The JSON of the body, numbers as int and Decimal; raises JSON_PARSER_ERROR."""
        if self.parsed is not _NOT_GIVEN:
            return self.parsed
        try:
            return json.loads(self.body, parse_float=Decimal, parse_constant=_no_constant)
        except ValueError as error:
            place = getattr(error, "lineno", 1), getattr(error, "colno", 1)
            message = f"Unexpected character at [line:{place[0]}, column:{place[1]}]"
            raise ApiError("JSON_PARSER_ERROR", message) from None

    def record(self) -> dict[str, Any]:
        """The body where it must be one JSON object."""
        data = self.data()
        if not isinstance(data, dict):
            message = "The HTTP entity body is required, but this request has no entity body."
            raise ApiError("JSON_PARSER_ERROR", message)
        return data

    @property
    def text(self) -> str:
        """The body as text, for the place that a parser error names."""
        return self.body.decode("utf-8", "replace")

    def flag(self, header: str, option: str) -> bool:
        """Whether `Header: option=true; ...` was sent."""
        for part in self.headers.get(header, "").split(";"):
            name, _, value = part.partition("=")
            if name.strip().lower() == option.lower():
                return value.strip().lower() == "true"
        return False

    def date(self, header: str) -> datetime | None:
        """The moment of a date header, or None without one; a bad one is a 400."""
        value = self.headers.get(header)
        if value is None:
            return None
        try:
            found = parsedate_to_datetime(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or not value.rstrip().endswith("GMT"):
            raise ApiError("INVALID_HTTP_HEADER", f"Invalid date in header {header}: {value}")
        return found.astimezone(UTC)


def _no_constant(text: str) -> Any:
    raise ValueError(text)


@dataclass(frozen=True)
class Reply:
    """What is answered: `body` is JSON (None: none), or text of another content type."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"


def refused(error: ApiError, *, empty: bool = False) -> Reply:
    """The reply of a refusal."""
    return Reply(error.status, None if empty else error.body())


def segments(raw_path: str) -> tuple[str, ...]:
    """The decoded parts of an encoded path: a slash inside a value stays in its part."""
    return tuple(unquote(part) for part in raw_path.strip("/").split("/"))


def subcall(method: str, url: str, **options: Any) -> Call:
    """The call of a URL such as `/services/data/v66.0/sobjects/Contact/003...?fields=Id`."""
    path, _, query = url.partition("?")
    parts = segments(path)
    if parts[:2] != ("services", "data") or len(parts) < 3:
        raise ApiError("NOT_FOUND", "The requested resource does not exist", status=404)
    asked = dict(parse_qsl(query, keep_blank_values=True))
    return Call(method, parts[2], parts[3:], query=asked, **options)


def http_date(moment: datetime) -> str:
    """A moment as an HTTP header writes it."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
