"""Parsing a SOQL statement into a tree of plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.soql.tokens import Token, caret, tokens

_OPERATORS = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
_REFUSED = frozenset({"GROUP", "HAVING", "TYPEOF", "WITH", "USING"})
MAX_STATEMENT = 100_000
MAX_TEXT = 4_000


@dataclass(frozen=True)
class Test:
    """`field op values`: op in = != < <= > >= LIKE IN NOT IN INCLUDES EXCLUDES."""

    field: Token
    op: str
    values: tuple[Token, ...]


@dataclass(frozen=True)
class Not:
    """The opposite of a condition."""

    inner: Condition


@dataclass(frozen=True)
class Group:
    """Several conditions joined by AND (`every`) or by OR."""

    every: bool
    parts: tuple[Condition, ...]


Condition = Test | Not | Group


@dataclass(frozen=True)
class Order:
    """One key of ORDER BY."""

    field: Token
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Query:
    """A statement: `fields` is empty and `count` set for COUNT()."""

    text: str
    fields: tuple[Token, ...]
    count: bool
    entity: Token
    where: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    uses: frozenset[str] = field(default_factory=frozenset)


def parse(text: str) -> Query:
    """The tree of a statement; raises ApiError MALFORMED_QUERY and the like."""
    if len(text) > MAX_STATEMENT:
        raise ApiError(
            "QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100,000 characters."
        )
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._at = 0

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._here
        self._at += 1
        return token

    def _take(self, *words: str) -> bool:
        if self._here.is_word(*words):
            self._at += 1
            return True
        return False

    def _sign(self, sign: str) -> bool:
        if self._here.kind == "sign" and self._here.text == sign:
            self._at += 1
            return True
        return False

    def _unexpected(self, token: Token | None = None) -> NoReturn:
        token = token or self._here
        message = f"unexpected token: '{token.text}'"
        raise caret(self._text, token.at, len(token.text), "MALFORMED_QUERY", message)

    def _word(self) -> Token:
        if self._here.kind != "word":
            self._unexpected()
        return self._next()

    def query(self) -> Query:
        if not self._take("SELECT"):
            self._unexpected()
        count, fields = self._selected()
        if not self._take("FROM"):
            self._unexpected()
        entity = self._word()
        where = self._condition() if self._take("WHERE") else None
        if self._here.is_word(*_REFUSED):
            self._unexpected()
        order = self._order() if self._take("ORDER") else ()
        limit = self._whole() if self._take("LIMIT") else None
        offset = self._whole() if self._take("OFFSET") else 0
        if self._here.kind != "end":
            self._unexpected()
        if offset > 2000:
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        uses = {name for name, used in (("ORDER BY", order), ("OFFSET", offset)) if used}
        uses |= {"LIMIT"} if limit is not None else set()
        return Query(
            self._text, fields, count, entity, where, order, limit, offset, frozenset(uses)
        )

    def _selected(self) -> tuple[bool, tuple[Token, ...]]:
        if self._here.is_word("COUNT") and self._tokens[self._at + 1].text == "(":
            self._at += 2
            if not self._sign(")"):
                self._unexpected()
            return True, ()
        fields = [self._column()]
        while self._sign(","):
            fields.append(self._column())
        return False, tuple(fields)

    def _column(self) -> Token:
        token = self._word()
        if self._here.text != "(":
            return token
        if not token.is_word("FIELDS"):
            self._unexpected()
        self._at += 1
        which = self._word()
        if not self._sign(")"):
            self._unexpected()
        return Token("word", f"FIELDS({which.text.upper()})", token.at)

    def _condition(self) -> Condition:
        """Simple conditions joined by AND or by OR, or NOT with one: mixing needs parentheses."""
        if self._take("NOT"):
            inner = Not(self._simple())
            if self._here.is_word("AND", "OR"):
                self._unexpected()
            return inner
        parts = [self._simple()]
        word = "AND" if self._here.is_word("AND") else "OR"
        while self._take(word):
            parts.append(self._simple())
        if self._here.is_word("AND", "OR"):
            self._unexpected()
        return parts[0] if len(parts) == 1 else Group(word == "AND", tuple(parts))

    def _simple(self) -> Condition:
        if self._sign("("):
            inner = self._condition()
            if not self._sign(")"):
                self._unexpected()
            return inner
        return self._test()

    def _test(self) -> Test:
        name = self._word()
        if self._here.kind == "sign" and self._here.text in _OPERATORS:
            op = self._next().text
            return Test(name, "!=" if op == "<>" else op, (self._value(),))
        if self._take("LIKE"):
            return Test(name, "LIKE", (self._value(),))
        if self._here.is_word("NOT"):
            self._at += 1
            if not self._take("IN"):
                self._unexpected()
            return Test(name, "NOT IN", self._list())
        if self._here.is_word("IN", "INCLUDES", "EXCLUDES"):
            return Test(name, self._next().text.upper(), self._list())
        return self._unexpected()

    def _list(self) -> tuple[Token, ...]:
        if not self._sign("("):
            self._unexpected()
        values = [self._value()]
        while self._sign(","):
            values.append(self._value())
        if not self._sign(")"):
            self._unexpected()
        return tuple(values)

    def _value(self) -> Token:
        token = self._here
        if token.kind in {"sign", "end"}:
            self._unexpected()
        if token.kind == "text" and len(token.text) - 2 > MAX_TEXT:
            raise caret(
                self._text, token.at, 1, "MALFORMED_QUERY", "string literal exceeds 4000 characters"
            )
        return self._next()

    def _order(self) -> tuple[Order, ...]:
        if not self._take("BY"):
            self._unexpected()
        keys = [self._key()]
        while self._sign(","):
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> Order:
        name = self._word()
        descending = self._take("DESC")
        if not descending:
            self._take("ASC")
        nulls_last = descending
        if self._take("NULLS"):
            nulls_last = self._here.is_word("LAST")
            if not self._take("FIRST", "LAST"):
                self._unexpected()
        return Order(name, descending, nulls_last)

    def _whole(self) -> int:
        if not self._here.text.isdigit():
            self._unexpected()
        return int(self._next().text)
