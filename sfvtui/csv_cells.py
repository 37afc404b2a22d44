"""CSV as it is written: cells that no spreadsheet runs as a formula.

A cell that begins with = + - @ tab or CR gets a `'` before it, unless it is a plain number or a
telephone number; one that has such `'` before such a sign already gets one more, so that reading
takes exactly one away. Source: OWASP, CSV Injection.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RISKY = re.compile(r"'*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_TELEPHONE = re.compile(r"\+\(?\d[\d ().\-/]*", re.ASCII)
SAID = ("display name", "account name", "open changes", "modified at")
"""Columns of a saved list that are no field: in a file to edit from they say nothing. Each has a
blank in its name, which no API name has."""

LEAST_DIGITS = 6
"""A telephone number has so many: `+1-2` is a sum."""


def guarded(text: str) -> str:
    """A cell's text as it is written: safe in a spreadsheet."""
    if not _RISKY.match(text) or _NUMBER.fullmatch(text) or _is_telephone(text):
        return text
    return f"'{text}"


def _is_telephone(text: str) -> bool:
    digits = sum(letter.isdigit() for letter in text)
    return bool(_TELEPHONE.fullmatch(text)) and digits >= LEAST_DIGITS


def cell(value: object) -> str:
    """A JSON value in the terms in which `edit` takes it: a;b for several, nothing for a blank."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ";".join(cell(one) for one in value)
    return str(value)


def rows(header: Iterable[str], lines: Iterable[Iterable[object]]) -> Iterator[str]:
    """The rows of a file, the header first, without their line ends."""
    text = io.StringIO()
    # With this line end both of its characters are quoted wherever they stand in a cell.
    writer = csv.writer(text, lineterminator="\r\n")
    yield _row(writer, text, header)
    for line in lines:
        yield _row(writer, text, line)


def _row(writer: Any, text: io.StringIO, line: Iterable[object]) -> str:
    text.seek(0)
    text.truncate()
    writer.writerow([guarded(cell(value)) for value in line])
    return text.getvalue()[:-2]
