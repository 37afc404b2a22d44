"""Text of the two services made safe for a terminal: shown, never obeyed."""

from __future__ import annotations

import re
import unicodedata

_SHOWN_AS = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}
# Blank or zero-width without being of category Cf: fillers, joiners, variation selectors.
# A pattern, compiled by the first text that is not plain.
_HIDDEN = (
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2028\u2029\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})


def visible(text: str, *, newline: str = "\\n") -> str:
    """`text` with every control, escape, bidi and zero-width character shown as an escape.

    Line ends become `newline` (pass a real newline where several lines can be drawn). A combining
    mark with nothing before it gets a dotted circle, so that it does not change its neighbour.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(_shown(char, newline) for char in text.replace("\r\n", "\n"))
    if shown and unicodedata.combining(shown[0]):
        return "◌" + shown
    return shown


def _shown(char: str, newline: str) -> str:
    if " " <= char < "\x7f":
        return char
    if char == "\n":
        return newline
    if char in _SHOWN_AS:
        return _SHOWN_AS[char]
    if unicodedata.category(char) in _UNSAFE_CATEGORIES or re.match(_HIDDEN, char):
        return _escape(ord(char))
    return char


def _escape(code: int) -> str:
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
