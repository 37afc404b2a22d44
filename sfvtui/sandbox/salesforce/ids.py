"""Salesforce ids: made in sequence, and converted between 15 and 18 characters."""

from __future__ import annotations

import re

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_FORM = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?", re.ASCII)


def id18(text: str) -> str | None:
    """The 18-character form of an id of 15 or 18 characters; None if it is no id.

    Each check character stands for five characters: bit k is set where character k is A to Z.
    """
    if not _FORM.fullmatch(text):
        return None
    short = text[:15]
    checks = ""
    for start in (0, 5, 10):
        number = sum(1 << k for k in range(5) if "A" <= short[start + k] <= "Z")
        checks += _CHECKS[number]
    if len(text) == 18 and text[15:] != checks:
        return None
    return short + checks


def make_id(prefix: str, number: int, instance: str = "ak") -> str:
    """The 18-character id of this number: neighbours often differ in the case of one letter."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    made = id18(f"{prefix}{instance}{digits:0>10}")
    if made is None:
        raise ValueError(f"not a key prefix: {prefix!r}")
    return made
