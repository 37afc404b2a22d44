"""Cutting a SOQL statement into tokens, and errors with a caret below the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sfvtui.sandbox.salesforce.errors import ApiError

Kind = Literal["word", "text", "number", "date", "datetime", "sign", "end"]

_TOKEN = re.compile(
    r"""
    (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
  | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[A-Za-z][A-Za-z0-9_.]*(?::\d+)?)
  | (?P<text>'(?:[^'\\]|\\.)*')
  | (?P<sign><=|>=|!=|<>|[=<>(),])
    """,
    re.VERBOSE | re.DOTALL,
)
_BLANKS = re.compile(r"\s*")
_ESCAPES = {
    "n": "\n",
    "N": "\n",
    "r": "\r",
    "R": "\r",
    "t": "\t",
    "T": "\t",
    "b": "\b",
    "B": "\b",
    "f": "\f",
    "F": "\f",
    '"': '"',
    "'": "'",
    "\\": "\\",
}


@dataclass(frozen=True)
class Token:
    """A piece of a statement: `text` as written, `at` its place from 0."""

    kind: Kind
    text: str
    at: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in any case."""
        return self.kind == "word" and self.text.upper() in words


def caret(statement: str, at: int, length: int, code: str, message: str) -> ApiError:
    """An error that shows the place as Salesforce does: excerpt, caret, row and column."""
    start = max(0, at - 32)
    excerpt = statement[start : at + max(length, 1) + 20].replace("\n", " ")
    row = statement.count("\n", 0, at) + 1
    column = at - (statement.rfind("\n", 0, at) + 1) + 1
    pointer = " " * (at - start) + "^"
    return ApiError(code, f"\n{excerpt}\n{pointer}\nERROR at Row:{row}:Column:{column}\n{message}")


def tokens(statement: str) -> list[Token]:
    """All tokens, the last of kind `end`; raises MALFORMED_QUERY where there is none."""
    found = []
    at = _blank(statement, 0)
    while at < len(statement):
        match = _TOKEN.match(statement, at)
        if match is None:
            message = f"unexpected char: '{statement[at]}'"
            raise caret(statement, at, 1, "MALFORMED_QUERY", message)
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        found.append(Token(kind, match.group(), at))
        at = _blank(statement, match.end())
    found.append(Token("end", "<EOF>", len(statement)))
    return found


def _blank(statement: str, at: int) -> int:
    match = _BLANKS.match(statement, at)
    return match.end() if match else at


def unquoted(statement: str, token: Token, *, like: bool) -> str:
    r"""The text of a quoted literal; for LIKE `\_` and `\%` stay as they are.

    A backslash before any other character is an error. Source: SOQL guide, Quoted String Escapes.
    """
    inner = token.text[1:-1]
    parts = []
    at = 0
    while at < len(inner):
        character = inner[at]
        if character != "\\":
            parts.append(character)
            at += 1
            continue
        escaped = inner[at + 1]
        if escaped in "_%" and like:
            parts.append("\\" + escaped)
        elif escaped in "uU" and re.fullmatch(r"[0-9A-Fa-f]{4}", inner[at + 2 : at + 6]):
            parts.append(chr(int(inner[at + 2 : at + 6], 16)))
            at += 4
        elif escaped in _ESCAPES:
            # In LIKE a backslash that means itself must stay apart from one that escapes.
            parts.append("\\\\" if like and escaped == "\\" else _ESCAPES[escaped])
        else:
            message = f"Invalid string literal '{inner}'. Illegal character sequence '\\{escaped}' in string literal."
            raise caret(statement, token.at, len(token.text), "MALFORMED_QUERY", message)
        at += 2
    return "".join(parts)
