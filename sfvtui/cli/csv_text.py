"""CSV both ways: the columns of what is written, and files that people hand in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sfvtui.cli.output import show
from sfvtui.csv_cells import SAID, rows
from sfvtui.errors import UsageError

_GUARDED = re.compile(r"'+[=+\-@\t\r]")

RECORD = "record"
OLD = " (old)"
DELIMITERS = ",;\t"
LARGEST_CELL = 10_000_000
"""Salesforce's longest text has 131 072 characters, each of which may be a quote."""


# --- writing


HISTORY = (
    "entry", "batch", "run", "at", "who", "what", "record", "user", "system", "field", "before",
    "after", "why", "outcome",
)  # fmt: skip
"""The columns of `history --csv`."""

REVIEW = (RECORD, "state", "flags", "reason", "user", "candidates")
"""The columns of `review list --csv` before the fields; in a file to edit from they say nothing."""

NO_FIELDS = frozenset((*REVIEW, *SAID))
"""Columns that a file to edit from may have beside fields."""


def review_rows(fields: list[str], lines: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The records of `review list`: a column a key, and one a field."""
    return rows((*REVIEW, *fields), (_review(fields, line) for line in lines))


def _review(fields: list[str], line: dict[str, Any]) -> Iterator[object]:
    yield from (line[name] for name in REVIEW[:-1])
    yield [f"{one['user']} ({one['because']})" for one in line["candidates"]]
    yield from (line["fields"][name] for name in fields)


# --- reading


def unguarded(cell: str) -> str:
    """The text of a cell that was written so; of any other the cell itself."""
    return cell[1:] if _GUARDED.match(cell) else cell


@dataclass(frozen=True)
class Line:
    """One line of a file: where it begins (from 1), its record, and its cells by column."""

    number: int
    record: str
    cells: dict[str, str]


def read(data: bytes, file: str) -> tuple[list[str], list[Line]]:
    """The columns beside `record`, and the lines, of a file in UTF-8 (with or without its mark),
    with commas, semicolons or tabs, and any line ends. Lines without any text are left out.

    Raises UsageError, naming file, line and column, for what cannot be read surely; then nothing of
    it is used.
    """
    text = _decoded(data, file)
    first, delimiter = 0, None
    if text[:4].lower() == "sep=":
        # What spreadsheets read as the delimiter, and no other program.
        said, _, text = text.partition("\n")
        first, delimiter = 1, said.rstrip("\r")[4:]
    if delimiter is None or delimiter not in tuple(DELIMITERS):
        delimiter = _delimiter(text)
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: list[Line] = []
    columns: list[str] | None = None
    number = first + 1
    try:
        for row in reader:
            if columns is None:
                columns = _columns(row, file, number)
            elif any(value.strip() for value in row):
                found.append(_line(row, columns, file, number))
            number = first + reader.line_num + 1
    except csv.Error as error:
        raise UsageError(
            f"{file}: line {first + reader.line_num}: this is not CSV: {error}.",
            "A text with quotes, delimiters or line ends stands in quotes, its own quotes doubled.",
        ) from None
    if columns is None:
        raise UsageError(f"{file} is empty.", f"It needs a header with a column `{RECORD}`.")
    return [name for name in columns if name != RECORD], found


def _decoded(data: bytes, file: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UsageError(f"{file} is UTF-16 text.", "Save it as CSV in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UsageError(
            f"{file}: line {line} is not UTF-8 text.", "Save it as CSV in UTF-8."
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise UsageError(f"{file}: line {line} holds a NUL: this is not CSV.")
    return text


def _delimiter(text: str) -> str:
    """The delimiter with which the first line has a column `record`; a comma where none has."""
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    for delimiter in DELIMITERS:
        names = [name.strip().strip('"').lower() for name in line.split(delimiter)]
        if RECORD in names and len(names) > 1:
            return delimiter
    return ","


def _columns(row: list[str], file: str, number: int) -> list[str]:
    names = [name.strip() for name in row]
    names = [RECORD if name.lower() == RECORD else name for name in names]
    if RECORD not in names:
        raise UsageError(
            f"{file}: line {number}: the header has no column `{RECORD}`; it has "
            f"{', '.join(show(name) or '(no name)' for name in names)}.",
            "Name the column that holds the Ids so; `sfvtui review list --csv` writes such a file.",
        )
    for place, name in enumerate(names, 1):
        if not name:
            raise UsageError(f"{file}: line {number}: column {place} has no name.")
        if name.lower() in (other.lower() for other in names[: place - 1]):
            raise UsageError(f"{file}: line {number}: the column {show(name)} stands there twice.")
    return names


def _line(row: list[str], columns: list[str], file: str, number: int) -> Line:
    if len(row) != len(columns):
        missing = f", so {columns[len(row)]} has none" if len(row) < len(columns) else ""
        raise UsageError(
            f"{file}: line {number} has {len(row)} cells, the header {len(columns)}{missing}.",
            "A text with the delimiter in it stands in quotes.",
        )
    cells = {name: unguarded(value) for name, value in zip(columns, row, strict=True)}
    record = cells.pop(RECORD).strip()
    if not record:
        raise UsageError(f"{file}: line {number}: the column `{RECORD}` is empty.")
    return Line(number, record, cells)
