"""Filter text to a tree, with errors that say where, what was expected, and the nearest name."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NoReturn

from sfvtui.domain.fields import Field, SObject
from sfvtui.domain.filters.check import expected, nearest, operator_problem, wanted
from sfvtui.domain.filters.operators import Kind, Op, Takes, kind_of, takes
from sfvtui.domain.filters.text import quoted
from sfvtui.domain.filters.tokens import Lexeme, Token, tokens
from sfvtui.domain.filters.tree import All, Any, Condition, Filter, Not, Value
from sfvtui.errors import FilterError

MAX_DEPTH = 60
"""Parentheses and `not` inside each other; far below what the interpreter's stack holds."""

_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)?\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,60}(?:\.[0-9]{1,60})?|\.[0-9]{1,60})\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|[+-][0-9]{2}:?[0-9]{2})\Z",
    re.IGNORECASE,
)
_TIMED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T", re.IGNORECASE)
_PHRASES = sorted(((tuple(op.split()), op) for op in Op), key=lambda pair: -len(pair[0]))
_KEYWORDS = frozenset({"and", "or", "not"})
_OTHER_QUOTES = frozenset("'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb")


class Want(Enum):
    """What may stand at a place of the filter text."""

    TERM = "a field name, not, or ("
    OPERATOR = "an operator"
    VALUE = "a value"
    JOIN = "and, or, or the end"
    WORD = "a certain word"
    NOTHING = "nothing that can be completed"


@dataclass(frozen=True)
class Place:
    """A place of the filter text: what may stand there.

    Of an operator and of its first value, `start` is where the operator begins; of a certain word,
    `word` is it.
    """

    want: Want
    field: Field | None = None
    op: Op | None = None
    start: int = 0
    first: bool = True
    word: str = ""


def parse(text: str, obj: SObject | None = None) -> Filter | None:
    """The tree of a filter text; None for a blank one (no filter: everything passes).

    With `obj`, field names are put into their own spelling, and operators and values are checked
    against the fields' types. Raises FilterError.
    """
    return Parser(tokens(text), obj).parse()


class Parser:
    """One reading of a token list.

    `place` says what may stand where it is now, `open` in how many parentheses that is; after an
    error, `failed` is the token that was not it.
    """

    def __init__(self, lexemes: list[Lexeme], obj: SObject | None) -> None:
        self.lexemes = lexemes
        self.obj = obj
        self.at = 0
        self.place = Place(Want.TERM)
        self.open = 0
        self.failed: Lexeme | None = None

    def parse(self) -> Filter | None:
        """The whole text as one filter. Raises FilterError."""
        if self._next().kind is Token.END:
            return None
        tree = self._filter(0)
        if self._next().kind is not Token.END:
            self._fail("and, or, or the end")
        return tree

    def _next(self) -> Lexeme:
        return self.lexemes[self.at]

    def _take(self) -> Lexeme:
        found = self.lexemes[self.at]
        self.at += 1
        return found

    def _filter(self, depth: int) -> Filter:
        items = [self._term(depth)]
        joint = ""
        while self._next().word in ("and", "or"):
            joint = joint or self._next().word
            if self._next().word != joint:
                self._fail(
                    f"{joint}, as before",
                    mend='"and" and "or" mix only with parentheses round one of them.',
                )
            self._take()
            items.append(self._term(depth))
        if len(items) == 1:
            return items[0]
        return All(tuple(items)) if joint == "and" else Any(tuple(items))

    def _term(self, depth: int) -> Filter:
        self.place = Place(Want.TERM)
        if depth > MAX_DEPTH:
            self._fail(f"at most {MAX_DEPTH} levels of parentheses and not")
        if self._next().word == "not":
            self._take()
            return Not(self._term(depth + 1))
        if self._next().word == "(":
            self._take()
            self.open += 1
            inner = self._filter(depth + 1)
            if self._next().word != ")":
                self._fail("and, or, or )")
            self._take()
            self.open -= 1
            return inner
        condition = self._condition()
        self.place = Place(Want.JOIN)
        return condition

    def _condition(self) -> Condition:
        name, field = self._field()
        start = self._next().start
        self.place = Place(Want.OPERATOR, field, start=start)
        op = self._operator(field)
        if takes(op) is not Takes.NOTHING:
            self.place = Place(Want.VALUE, field, op, start)
        return Condition(name, op, self._values(field, op))

    def _field(self) -> tuple[str, Field | None]:
        found = self._next()
        if found.kind is not Token.WORD or found.word in _KEYWORDS:
            self._fail("a field name, not, or (")
        if not _FIELD.match(found.text):
            mend = "A path goes through one lookup." if found.text.count(".") > 1 else ""
            self._fail("a field name such as Title or Account.Name", mend=mend)
        field = self.obj.field(found.text) if self.obj else None
        if self.obj and field is None:
            self._stop(
                found,
                f"{self.obj.name} has no field {found.text} that can be read",
                nearest(found.text, self.obj),
            )
        self._take()
        return (field.name if field else found.text), field

    def _operator(self, field: Field | None) -> Op:
        for phrase, op in _PHRASES:
            if self._words(len(phrase)) == phrase:
                problem = operator_problem(field, op) if field else None
                if problem:
                    self._stop(self._next(), problem)
                self.at += len(phrase)
                return op
        return self._no_operator()

    def _words(self, count: int) -> tuple[str, ...]:
        return tuple(lexeme.word for lexeme in self.lexemes[self.at : self.at + count])

    def _no_operator(self) -> NoReturn:
        """Fail at the first word that goes on like no operator."""
        begun = 0
        while any(phrase[: begun + 1] == self._words(begun + 1) for phrase, _ in _PHRASES):
            begun += 1
        words = self._words(begun)
        likely = dict.fromkeys(p[begun] for p, _ in _PHRASES if p[:begun] == words)
        self.at += begun
        self._fail(", ".join(likely) if begun else "an operator such as is, contains or =")

    def _values(self, field: Field | None, op: Op) -> tuple[Value, ...]:
        kind = kind_of(field) if field else None
        shape = takes(op)
        if shape is Takes.NOTHING:
            return ()
        if shape is Takes.VALUE:
            return (self._value(kind, op),)
        if shape is Takes.LIST:
            return self._list(kind, op)
        first = self._value(kind, op)
        if shape is Takes.DAYS:
            self._keyword("days", "day")
            return (first,)
        self._keyword("and")
        self.place = Place(Want.VALUE, field, op, first=False)
        return first, self._value(kind, op)

    def _list(self, kind: Kind | None, op: Op) -> tuple[Value, ...]:
        after = Place(Want.VALUE, self.place.field, op, first=False)
        self._keyword("(")
        self.place = after
        found = [self._value(kind, op)]
        self.place = Place(Want.NOTHING)
        while self._next().word == ",":
            self._take()
            self.place = after
            found.append(self._value(kind, op))
            self.place = Place(Want.NOTHING)
        if self._next().word != ")":
            self._fail(", or )")
        self._take()
        return tuple(found)

    def _keyword(self, *words: str) -> None:
        self.place = Place(Want.WORD, word=words[0])
        if self._next().word not in words:
            self._fail(words[0])
        self._take()

    def _value(self, kind: Kind | None, op: Op) -> Value:
        lexeme = self._next()
        value = _literal(lexeme)
        if value is None:
            self._fail(wanted(kind, op), mend=_value_mend(lexeme, wanted(kind, op)))
        if isinstance(value, str) and not _storable(value):
            self._fail("text without NUL characters and halves of surrogate pairs")
        what = expected(kind, op, value)
        if what:
            self._fail(what, mend=_value_mend(lexeme, what))
        self._take()
        return value

    def _fail(self, what: str, mend: str = "") -> NoReturn:
        found = self._next()
        if found.kind is Token.BAD_ESCAPE:
            self._stop(
                found,
                f'expected " or \\ after a backslash, found {found.text[1:]}',
                "Write \\\\ for a backslash.",
            )
        if found.kind is Token.OPEN_TEXT:
            self._stop(found, 'expected a closing " for the text that begins here, found the end')
        if found.text in _OTHER_QUOTES:
            mend = 'Text stands in plain double quotes: "VP".'
        self._stop(found, f"expected {what}, found {_shown(found)}", mend)

    def _stop(self, found: Lexeme, message: str, mend: str = "") -> NoReturn:
        self.failed = found
        column = found.start + 1
        raise FilterError(f"Filter, column {column}: {message}.", column, mend)


def _shown(lexeme: Lexeme) -> str:
    if lexeme.kind is Token.END:
        return "the end"
    return lexeme.text if len(lexeme.text) <= 40 else lexeme.text[:39] + "…"


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _value_mend(lexeme: Lexeme, what: str) -> str:
    """How to write the value that was probably meant."""
    if "quotes" in what and lexeme.kind in (Token.WORD, Token.LITERAL):
        return f"Write {quoted(_shown(lexeme))}."
    plain = _literal(Lexeme(Token.LITERAL, lexeme.value, 0, 0)) or _literal(
        Lexeme(Token.WORD, lexeme.value, 0, 0)
    )
    if "quotes" not in what and lexeme.kind is Token.TEXT and plain is not None:
        return f"Write {lexeme.value}, without quotes."
    if _TIMED.match(lexeme.text) and _literal(lexeme) is None:
        return "A time ends in Z (UTC) or an offset such as +01:00, without fractions of a second."
    return ""


def _literal(lexeme: Lexeme) -> Value | None:
    """The value that a token stands for; None where it is no literal."""
    if lexeme.kind is Token.TEXT:
        return lexeme.value
    if lexeme.kind is Token.WORD:
        return {"true": True, "false": False}.get(lexeme.text.lower())
    if lexeme.kind is not Token.LITERAL:
        return None
    if _NUMBER.match(lexeme.text):
        return Decimal(lexeme.text)
    try:
        if _DATE.match(lexeme.text):
            return dt.date.fromisoformat(lexeme.text)
        match = _INSTANT.match(lexeme.text)
        if match:
            return dt.datetime.fromisoformat(lexeme.text.upper()).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return None
