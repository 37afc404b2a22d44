"""A filter as an SQL expression over the mirror's columns of canonical values."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sfvtui.domain.fields import SObject
from sfvtui.domain.filters.meaning import (
    Bound,
    Holds,
    Members,
    OneOf,
    Part,
    Where,
    Within,
    decimal_text,
    meaning,
)
from sfvtui.domain.filters.operators import Kind
from sfvtui.domain.filters.tree import All, Condition, Filter, Not

Parameter = str | int | bytes

_DAY = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
_CLOCK = "[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z"
_MIRRORED = str.maketrans("<>", "><")
_FORMS = {Kind.DATE: _DAY, Kind.DATETIME: f"{_DAY}T{_CLOCK}", Kind.TIME: _CLOCK}


def to_sql(
    tree: Filter | None,
    obj: SObject,
    zone: ZoneInfo,
    now: dt.datetime,
    *,
    table: str = "record",
    columns: Collection[str] | None = None,
) -> tuple[str, list[Parameter]]:
    """An expression with `?` for its parameters, and the parameters; no filter is `1`.

    True of the rows that pass, false of those that do not, NULL where that hangs on an unread
    value: as `predicate`. `table` is the name or alias under which the rows are queried (columns
    are qualified, so that one that is missing can never become a text); a field that is not among
    `columns`, where given, is unread in every row. The connection has the SQL function
    `fold(text)`. Raises FilterError where the tree does not fit the object.
    """
    if tree is None:
        return "1", []
    writer = _Writer(obj, zone, now, table, columns)
    return writer.filter(tree), writer.parameters


@dataclass
class _Writer:
    obj: SObject
    zone: ZoneInfo
    now: dt.datetime
    table: str
    columns: Collection[str] | None
    parameters: list[Parameter] = field(default_factory=list)

    def filter(self, tree: Filter) -> str:
        if isinstance(tree, Condition):
            return self.condition(tree)
        if isinstance(tree, Not):
            return f"NOT ({self.filter(tree.item)})"
        word = "AND" if isinstance(tree, All) else "OR"
        return _balanced([f"({self.filter(item)})" for item in tree.items], word)

    def condition(self, condition: Condition) -> str:
        asked = meaning(condition, self.obj, self.zone, self.now)
        name = asked.field.name
        if self.columns is not None and name not in self.columns:
            return "NULL"
        column = f"{self.table}.{asked.field.column}"
        test = asked.test
        if isinstance(test, OneOf):
            found = self.one_of(column, test)
        elif isinstance(test, Part):
            found = self.part(column, test)
        elif isinstance(test, Within):
            found = self.within(column, test)
        else:
            found = self.members(column, test)
        return f"NOT ({found})" if asked.negated else found

    def bind(self, value: Parameter) -> str:
        self.parameters.append(value)
        return "?"

    def listed(self, texts: Collection[str]) -> str:
        """A list of any length as one parameter."""
        listed = json.dumps(sorted(texts), ensure_ascii=False)
        return f"(SELECT value FROM json_each({self.bind(listed)}))"

    def one_of(self, column: str, test: OneOf) -> str:
        if test.texts == {""}:
            return f"{column} = ''"
        if not test.texts:
            return f"{column} <> {column}"
        compared = _folded(column) if test.folded else column
        if len(test.texts) == 1:
            return f"{compared} = {self.bind(next(iter(test.texts)))}"
        return f"{compared} IN {self.listed(test.texts)}"

    def part(self, column: str, test: Part) -> str:
        # Of bytes, since SQLite ends a text at a NUL character when it counts its characters.
        value = f"CAST({_folded(column)} AS BLOB)"
        part = test.text.encode()
        if test.where is Where.ANYWHERE:
            return f"instr({value}, {self.bind(part)}) > 0"
        begin = f"1, {len(part)}" if test.where is Where.START else f"-{len(part)}"
        # Of an empty blob, substr gives NULL and not an empty one.
        return f"{column} <> '' AND substr({value}, {begin}) = {self.bind(part)}"

    def within(self, column: str, test: Within) -> str:
        if test.kind is Kind.NUMBER:
            form = _number_form(column, test.scale)
            bounds = [self.number_bound(column, bound, test.scale) for bound in test.bounds]
        else:
            form = f"{column} GLOB '{_FORMS[test.kind]}'"
            bounds = [f"{column} {bound.word} {self.bind(bound.to)}" for bound in test.bounds]
        return " AND ".join([*bounds, form])

    def number_bound(self, column: str, bound: Bound, scale: int) -> str:
        """A comparison of canonical numbers as texts: exact, however many digits they have.

        Of two with the same sign and number of decimals, the longer text is further from zero,
        and texts of one length compare as the numbers do.
        """
        to = decimal_text(int(bound.to), scale)
        below_zero, upwards = to.startswith("-"), bound.word.startswith(">")
        word = bound.word.translate(_MIRRORED) if below_zero else bound.word
        length, text = self.bind(len(to)), self.bind(to)
        same_sign = f"(length({column}), {column}) {word} ({length}, {text})"
        if below_zero is upwards:
            other = f"{column} {'NOT ' if upwards else ''}GLOB '-*'"
            return f"({other} OR {same_sign})"
        return f"{column} {'NOT ' if upwards else ''}GLOB '-*' AND {same_sign}"

    def members(self, column: str, test: Members) -> str:
        each = f"json_each({_array(column)}) WHERE {_folded('value')}"
        if test.how is Holds.ANY:
            found = f"EXISTS (SELECT 1 FROM {each} IN {self.listed(test.texts)})"
        else:
            count = f"SELECT count(DISTINCT {_folded('value')}) FROM {each}"
            found = f"({count} IN {self.listed(test.texts)}) = {len(test.texts)}"
        if test.how is Holds.EXACTLY:
            others = f"SELECT 1 FROM {each} NOT IN {self.listed(test.texts)}"
            found += f" AND NOT EXISTS ({others})"
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE {found} END"


def _balanced(parts: list[str], word: str) -> str:
    """The parts joined as a tree of little depth: SQLite refuses expressions deeper than 1,000."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({_balanced(parts[:middle], word)} {word} {_balanced(parts[middle:], word)})"


def _folded(text: str) -> str:
    """The folded value. ASCII texts (as many bytes as characters) need no call out of SQLite."""
    # A NUL character ends what `length` counts, so that a text with one counts as wide too.
    wide = f"length({text}) < length(CAST({text} AS BLOB))"
    return f"CASE WHEN {wide} THEN fold({text}) ELSE lower({text}) END"


def _number_form(column: str, scale: int) -> str:
    """Whether a value is a canonical number: an optional minus, digits, and `scale` decimals."""
    end = "[0-9]" + ("." + "[0-9]" * scale if scale else "")
    never = ["*[^-0-9.]*", "?*-*", "*.*.*" if scale else "*.*", "0[0-9]*", "-0[0-9]*"]
    strays = [f"{column} NOT GLOB '{pattern}'" for pattern in never]
    return " AND ".join([f"{column} GLOB '*{end}'", *strays])


def _array(column: str) -> str:
    """A multi-select's members as a JSON array; what is none counts as one member."""
    return (
        f"CASE WHEN json_valid({column}) AND substr({column}, 1, 1) = '[' THEN {column} "
        f"WHEN {column} = '' THEN '[]' ELSE json_array({column}) END"
    )
