"""The meaning of WHERE: a condition becomes a function from a row to true, false or unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.describes import IDS, NUMBERS, TEXTS, ObjectType
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.salesforce.soql.literals import Range, date_literal
from sfvtui.sandbox.salesforce.soql.parse import Condition, Group, Not, Test
from sfvtui.sandbox.salesforce.soql.paths import Path, resolve
from sfvtui.sandbox.salesforce.soql.tokens import Token, caret, unquoted
from sfvtui.sandbox.salesforce.text import fold
from sfvtui.sandbox.salesforce.values import stored

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row

Meaning = Callable[["Row"], bool | None]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "!=": lambda a, b: bool(a != b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
_TYPE_WORDS = {
    "datetime": "dateTime",
    "int": "int",
    "double": "double",
    "currency": "double",
    "percent": "double",
}


def meaning(org: Org, entity: ObjectType, condition: Condition, statement: str) -> Meaning:
    """The function of a condition on rows of the entity; raises ApiError as the API does."""
    match condition:
        case Test():
            return _Tester(org, entity, condition, statement).meaning()
        case Not(inner):
            opposite = meaning(org, entity, inner, statement)
            return lambda row: None if (found := opposite(row)) is None else not found
        case Group(every, parts):
            inner_parts = [meaning(org, entity, part, statement) for part in parts]
            return _joined(inner_parts, every=every)


def _joined(parts: Sequence[Meaning], *, every: bool) -> Meaning:
    """AND and OR of three values: one deciding part decides, else unknown wins."""
    deciding = not every

    def joined(row: Row) -> bool | None:
        unknown = False
        for part in parts:
            found = part(row)
            if found is deciding:
                return deciding
            if found is None:
                unknown = True
        return None if unknown else every

    return joined


class _Tester:
    """Makes the meaning of one test of one field."""

    def __init__(self, org: Org, entity: ObjectType, test: Test, statement: str) -> None:
        self._org = org
        self._switches = org.switches
        self._test = test
        self._statement = statement
        self._path: Path = resolve(org, entity, test.field, statement)
        self._info = self._path.info

    def meaning(self) -> Meaning:
        info, op = self._info, self._test.op
        if not info.filterable:
            self._refuse(
                f"field '{self._path.name}' can not be filtered in a query call", "INVALID_FIELD"
            )
        if op == "LIKE":
            return self._like()
        if op in {"INCLUDES", "EXCLUDES"}:
            return self._includes()
        if info.type == "boolean" and op not in {"=", "!="}:
            self._refuse("invalid operator on boolean field", "INVALID_QUERY_FILTER_OPERATOR")
        if op in {"IN", "NOT IN"}:
            return self._among()
        value = self._literal(self._test.values[0])
        if value is None:
            return self._null()
        if isinstance(value, Range):
            return self._in_range(value)
        return self._compared(value)

    def _refuse(self, message: str, code: str) -> None:
        token = self._test.field
        raise caret(self._statement, token.at, len(token.text), code, message)

    # Literals

    def _literal(self, token: Token) -> Any:
        """The literal in the form in which this field's values are compared; None for null."""
        info = self._info
        if token.is_word("NULL"):
            return None
        if token.kind == "text":
            return self._text_literal(token)
        if token.is_word("TRUE", "FALSE"):
            if info.type != "boolean":
                self._wrong_type(quoted=False)
            return token.text.upper() == "TRUE"
        if token.kind == "number" and (info.type in NUMBERS or info.type == "int"):
            return Decimal(token.text)
        if token.kind == "date" and info.type == "date":
            return token.text
        if token.kind == "datetime" and info.type == "datetime":
            return stored(info, token.text, self._switches)
        if token.kind == "word" and info.type in {"date", "datetime"}:
            utc = self._switches.date_literals_zone == "UTC"
            zone = UTC if utc else self._org.zone
            found = date_literal(token.text, self._org.now(), zone)
            if found:
                return found
        if token.kind == "word":
            message = f"unexpected token: '{token.text}'"
            raise caret(self._statement, token.at, len(token.text), "MALFORMED_QUERY", message)
        self._wrong_type(quoted=False)
        return None

    def _text_literal(self, token: Token) -> Any:
        info = self._info
        if info.type not in TEXTS | IDS | {"multipicklist"}:
            self._wrong_type(quoted=True)
        text = unquoted(self._statement, token, like=self._test.op == "LIKE")
        if not text:
            return None if self._switches.empty_text_is_null else ""
        if info.type in IDS:
            full = id18(text)
            if full is None:
                raise ApiError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
            return self._comparable(full)
        return self._comparable(text)

    def _wrong_type(self, *, quoted: bool) -> None:
        kind = _TYPE_WORDS.get(self._info.type, self._info.type)
        if self._info.type in TEXTS | IDS | {"multipicklist"}:
            kind = "string"
        ending = "should not be enclosed in quotes" if quoted else "should be enclosed in quotes"
        if not quoted and kind != "string":
            ending = "the literal is of another type"
        self._refuse(
            f"value of filter criterion for field '{self._path.name}' must be of type {kind} and "
            f"{ending}",
            "INVALID_FIELD",
        )

    # Comparing

    def _comparable(self, value: Any) -> Any:
        """A value in the form in which it is compared: texts folded, ids by the switch's order."""
        if not isinstance(value, str) or self._info.type in {"date", "datetime", "time"}:
            return value
        if self._info.type in IDS:
            return value.casefold() if self._folds_ids else value
        if self._info.unique and self._info.case_sensitive:
            return value
        return fold(value, self._switches)

    @property
    def _folds_ids(self) -> bool:
        ordering = self._test.op in {"<", "<=", ">", ">="}
        return ordering and self._switches.id_order == "folded"

    def _reader(self) -> Callable[[Row], Any]:
        """The field's value in comparable form."""
        read, form = self._path.read, self._comparable
        if self._info.type in TEXTS | IDS:
            return lambda row: form(read(row))
        if self._info.type == "multipicklist":
            return lambda row: _choices(form(read(row)))
        return read

    def _of_null(self, *, keeps: bool) -> bool | None:
        """What a test says of a null: `keeps` where it is a negative one."""
        return None if self._switches.null_logic == "three-valued" else keeps

    def _null(self) -> Meaning:
        read, op = self._path.read, self._test.op
        if op not in {"=", "!="}:
            self._refuse("null can not be compared", "MALFORMED_QUERY")
        wanted = op == "="
        if self._info.type == "boolean":
            # `= null` means false. Source: SOQL guide, null in conditions.
            return lambda row: (not read(row)) is wanted
        return lambda row: (read(row) is None) is wanted

    def _compared(self, value: Any) -> Meaning:
        op = self._test.op
        read, compare = self._reader(), _COMPARE[op]
        if self._info.type == "multipicklist":
            if op not in {"=", "!="}:
                self._refuse("invalid operator", "INVALID_QUERY_FILTER_OPERATOR")
            value = _choices(value)
        if self._info.type == "boolean":
            return lambda row: compare(bool(read(row)), value)
        of_null = self._of_null(keeps=op == "!=")
        return lambda row: of_null if (held := read(row)) is None else compare(held, value)

    def _in_range(self, days: Range) -> Meaning:
        """A relative date: = inside, < before, > after its range."""
        read, op = self._path.read, self._test.op
        first, end = days.days() if self._info.type == "date" else days.stamps()
        tests: dict[str, Callable[[str], bool]] = {
            "=": lambda held: first <= held < end,
            "!=": lambda held: not first <= held < end,
            "<": lambda held: held < first,
            "<=": lambda held: held < end,
            ">": lambda held: held >= end,
            ">=": lambda held: held >= first,
        }
        test = tests[op]
        of_null = self._of_null(keeps=op == "!=")
        return lambda row: of_null if (held := read(row)) is None else test(held)

    def _among(self) -> Meaning:
        """IN and NOT IN."""
        values = [self._literal(token) for token in self._test.values]
        if any(isinstance(value, Range) for value in values):
            self._refuse("date literals can not be used in IN", "MALFORMED_QUERY")
        wanted = self._test.op == "IN"
        if self._info.type == "multipicklist":
            values = [_choices(value) for value in values]
        listed = frozenset(values)
        read = self._reader()
        of_null = (None in listed) is wanted if None in listed else self._of_null(keeps=not wanted)
        return lambda row: of_null if (held := read(row)) is None else (held in listed) is wanted

    def _like(self) -> Meaning:
        info = self._info
        if info.type not in TEXTS:
            kind = "id" if info.type in IDS else info.type
            self._refuse(f"invalid operator on {kind} field", "INVALID_QUERY_FILTER_OPERATOR")
        token = self._test.values[0]
        pattern = self._literal(token)
        if pattern is None:
            return self._null_like()
        matches = re.compile(_pattern(pattern), re.DOTALL).fullmatch
        read, of_null = self._reader(), self._of_null(keeps=False)
        return lambda row: of_null if (held := read(row)) is None else matches(held) is not None

    def _null_like(self) -> Meaning:
        read = self._path.read
        return lambda row: read(row) is None

    def _includes(self) -> Meaning:
        """INCLUDES ('A;B','C'): A and B, or C."""
        if self._info.type != "multipicklist":
            self._refuse("invalid operator", "INVALID_QUERY_FILTER_OPERATOR")
        values = [self._literal(token) for token in self._test.values]
        wanted = self._test.op == "INCLUDES"
        sets = [_choices(value) for value in values if value is not None]
        read, of_null = self._reader(), self._of_null(keeps=not wanted)

        def includes(row: Row) -> bool | None:
            held = read(row)
            if held is None:
                return of_null
            return any(each <= held for each in sets if each is not None) is wanted

        return includes


def _choices(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(part for part in text.split(";") if part)


def _pattern(text: str) -> str:
    r"""The regular expression of a LIKE text, in which `\_` and `\%` stand for themselves."""
    parts = []
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\" and at + 1 < len(text):
            at += 1
            parts.append(re.escape(text[at]))
        elif character == "%":
            parts.append(".*")
        elif character == "_":
            parts.append(".")
        else:
            parts.append(re.escape(character))
        at += 1
    return "".join(parts)
