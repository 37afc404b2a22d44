"""Filter text cut into tokens. Never raises: what is no token is one of kind OTHER."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Token(Enum):
    """The kinds of tokens."""

    WORD = 1
    TEXT = 2
    LITERAL = 3
    SYMBOL = 4
    OPEN_TEXT = 5
    BAD_ESCAPE = 6
    OTHER = 7
    END = 8


@dataclass(frozen=True)
class Lexeme:
    """One token: `text` as typed, from `start` to `end` (from 0). `value` is what a quoted text
    says; of a BAD_ESCAPE, `start` is the backslash."""

    kind: Token
    text: str
    start: int
    end: int
    value: str = ""

    @property
    def word(self) -> str:
        """The token for comparing with keywords and symbols; empty for values."""
        return self.text.lower() if self.kind in (Token.WORD, Token.SYMBOL) else ""


_PATTERN = re.compile(
    r"""(?P<blank>\s+)
      | (?P<text>"(?:[^"\\]|\\["\\])*")
      | (?P<open>")
      | (?P<symbol>!=|<=|>=|[()=<>,])
      | (?P<literal>[-+.]?[0-9][0-9A-Za-z:.+_-]*)
      | (?P<word>\w[\w.]*)
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_KINDS = {
    "text": Token.TEXT,
    "symbol": Token.SYMBOL,
    "literal": Token.LITERAL,
    "word": Token.WORD,
    "other": Token.OTHER,
}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r'(?:[^"\\]|\\["\\])*')


def tokens(text: str) -> list[Lexeme]:
    """The tokens of a filter text, ending with one of kind END."""
    found: list[Lexeme] = []
    position = 0
    while match := _PATTERN.match(text, position):  # until the end: `other` takes any character
        kind = match.lastgroup or ""
        if kind == "open":
            found.append(_open(text, position))
            position = len(text)
            continue
        if kind != "blank":
            value = _ESCAPED.sub(r"\1", match[0][1:-1]) if kind == "text" else ""
            found.append(Lexeme(_KINDS[kind], match[0], position, match.end(), value))
        position = match.end()
    found.append(Lexeme(Token.END, "", len(text), len(text)))
    return found


def _open(text: str, start: int) -> Lexeme:
    """A quoted text that does not end, or that holds a backslash before something else."""
    match = _PLAIN.match(text, start + 1)
    stop = match.end() if match else start + 1
    if text[stop : stop + 1] == "\\" and stop + 1 < len(text):
        return Lexeme(Token.BAD_ESCAPE, text[stop : stop + 2], stop, stop + 2)
    value = _ESCAPED.sub(r"\1", text[start + 1 : stop])
    return Lexeme(Token.OPEN_TEXT, text[start:], start, len(text), value)
