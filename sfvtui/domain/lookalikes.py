"""Look-alikes: who might be the same person as a record that is about to become a user."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from sfvtui.domain.text import fold

_ASCII_WORD = re.compile(r"[a-z0-9]+")

LONG_NAME = 10
"""From this many letters on, two edits are still near."""


@dataclass(frozen=True)
class Person:
    """What of a record or a user is compared. `who` names it: `user ID` or `record ID`."""

    who: str
    name: str
    email: str
    accounts: frozenset[str] = frozenset()

    @cached_property
    def name_key(self) -> str:
        """The name as it is compared."""
        return name_key(self.name)


@dataclass(frozen=True)
class LookAlike:
    """Somebody who looks like the same person, and by what."""

    who: str
    name: str
    email: str
    because: str


def name_key(name: str) -> str:
    """A name without case, accents, punctuation and word order."""
    folded = fold(name)
    if folded.isascii():
        return " ".join(sorted(_ASCII_WORD.findall(folded)))
    stripped = "".join(
        ch for ch in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(ch)
    )
    words = "".join(ch if ch.isalnum() else " " for ch in stripped).split()
    return " ".join(sorted(words))


def near_names(a: str, b: str) -> bool:
    """Whether two `name_key`s are equal or one edit apart (two from ten letters on)."""
    if not a or not b:
        return False
    letters = min(len(a.replace(" ", "")), len(b.replace(" ", "")))
    return _within(a, b, 2 if letters >= LONG_NAME else 1)


def compare(one: Person, other: Person) -> LookAlike | None:
    """Why `other` looks like `one`: the same e-mail, or a near name in the same account."""
    email = fold(one.email.strip())
    if email and email == fold(other.email.strip()):
        return LookAlike(other.who, other.name, other.email, "same e-mail")
    if one.accounts & other.accounts and near_names(one.name_key, other.name_key):
        return LookAlike(other.who, other.name, other.email, "near name in the same account")
    return None


def _within(a: str, b: str, most: int) -> bool:
    """Whether `a` becomes `b` with at most `most` insertions, deletions or replacements."""
    if abs(len(a) - len(b)) > most:
        return False
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
        if min(row) > most:
            return False
    return row[-1] <= most
