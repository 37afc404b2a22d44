"""Salesforce ids: their 15- and 18-character forms are the same value."""

from __future__ import annotations

from functools import cache

_CAPITALS = bytes(48 + (65 <= code <= 90) for code in range(256))
"""Each character as `1` where it is A-Z, else as `0`."""

_SUFFIX = {
    f"{number:05b}"[::-1].encode(): letter
    for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345")
}
"""Which of five characters are A-Z, the first one first → the suffix's character for them."""


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id: 15 characters, or 18 with a right check suffix."""
    return id18(text) is not None


def id18(text: str) -> str | None:
    """The 18-character form of an id; None for what is not one.

    Each group of five characters gives a number, bit k set where character k is A-Z; the three
    numbers pick the three characters of the suffix. An 18-character id whose letters were folded
    (`003XX…` typed in small letters) has a wrong suffix and is no id.
    """
    if len(text) not in (15, 18) or not (text.isascii() and text.isalnum()):
        return None
    suffix = _suffix(text[:15].encode().translate(_CAPITALS))
    if text[15:] == suffix:
        return text
    return text[:15] + suffix if text[15:].upper() in ("", suffix) else None


@cache
def _suffix(capitals: bytes) -> str:
    """The suffix for where the capitals are: an org's ids have them in few places."""
    return "".join(_SUFFIX[capitals[start : start + 5]] for start in (0, 5, 10))


def key(text: str) -> str:
    """The value by which ids compare: 18 characters where `text` is an id, else as it is."""
    return id18(text) or text
