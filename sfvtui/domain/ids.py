"""Salesforce ids: their 15- and 18-character forms are the same value."""

from __future__ import annotations

import re

_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-5]{3})?\Z")
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def is_id(text: str) -> bool:
    """Whether `text` has the form of an id: 15 characters, or 18 with a right check suffix."""
    return id18(text) is not None


def id18(text: str) -> str | None:
    """The 18-character form of an id; None for what is not one.

    Each group of five characters gives a number, bit k set where character k is A-Z; the three
    numbers pick the three characters of the suffix. An 18-character id whose letters were folded
    (`003XX…` typed in small letters) has a wrong suffix and is no id.
    """
    if not _ID.match(text):
        return None
    base = text[:15]
    suffix = ""
    for start in (0, 5, 10):
        bits = sum(1 << k for k in range(5) if "A" <= base[start + k] <= "Z")
        suffix += _SUFFIX[bits]
    if len(text) == 18 and text[15:].upper() != suffix:
        return None
    return base + suffix


def key(text: str) -> str:
    """The value by which ids compare: 18 characters where `text` is an id, else as it is."""
    return id18(text) or text
