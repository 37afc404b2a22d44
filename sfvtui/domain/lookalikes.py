"""Look-alikes: who might be the same person as a record that is about to become a user."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import filterfalse, pairwise

from sfvtui.domain.text import fold

LONG_NAME = 10
"""From this many letters on, two edits are still near."""

MOST_EDITS = 2


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
    if not folded.isascii():
        apart = unicodedata.normalize("NFKD", folded)
        folded = "".join(filterfalse(unicodedata.combining, apart))
    words = folded.split()
    if not "".join(words).isalnum():
        words = "".join(ch if ch.isalnum() else " " for ch in folded).split()
    return " ".join(sorted(words))


def near_names(a: str, b: str) -> bool:
    """Whether two `name_key`s are equal or one edit apart (two from ten letters on)."""
    if not a or not b:
        return False
    return _within(a, b, min(_edits(a), _edits(b)))


def compare(one: Person, other: Person) -> LookAlike | None:
    """Why `other` looks like `one`: the same e-mail, or a near name in the same account."""
    email = fold(one.email.strip())
    if email and email == fold(other.email.strip()):
        return LookAlike(other.who, other.name, other.email, SAME_EMAIL)
    if one.accounts & other.accounts and near_names(one.name_key, other.name_key):
        return LookAlike(other.who, other.name, other.email, NEAR_NAME)
    return None


SAME_EMAIL = "same e-mail"
NEAR_NAME = "near name in the same account"


class Names:
    """The `name_key`s of an account, to find those near another one without comparing all.

    A name that is at most so many edits away has at least one of its parts, one more than the
    edits, untouched: it stands in the other name, moved by no more places than there are edits.
    Only names that share a part in this way are compared.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._parts: dict[str, list[tuple[int, str]]] = {}
        for key in set(keys):
            for start, end in _parts(len(key), _edits(key)):
                self._parts.setdefault(key[start:end], []).append((start, key))

    def near(self, key: str) -> set[str]:
        """The keys that are near this one, as `near_names` says."""
        found = {
            other
            for size in _sizes(len(key))
            for place in range(len(key) - size + 1)
            for start, other in self._parts.get(key[place : place + size], ())
            if -MOST_EDITS <= start - place <= MOST_EDITS
            and -MOST_EDITS <= len(other) - len(key) <= MOST_EDITS
        }
        return {other for other in found if near_names(key, other)}


def _edits(key: str) -> int:
    """How many edits away from a name another one may be at most to be near."""
    return MOST_EDITS if len(key) - key.count(" ") >= LONG_NAME else 1


@cache
def _parts(length: int, edits: int) -> tuple[tuple[int, int], ...]:
    """Where the parts of a name of this length begin and end: so many of nearly the same size that
    these edits leave one untouched."""
    return tuple(pairwise(length * n // (edits + 1) for n in range(edits + 2)))


@cache
def _sizes(length: int) -> tuple[int, ...]:
    """The sizes of the parts of all names that may be near one of this length."""
    lengths = range(max(0, length - MOST_EDITS), length + MOST_EDITS + 1)
    found = {
        size
        for other in lengths
        for parts in range(2, MOST_EDITS + 2)
        for size in (other // parts, -(-other // parts))
    }
    return tuple(sorted(found))


def _within(a: str, b: str, most: int) -> bool:
    """Whether `a` becomes `b` with at most `most` insertions, deletions or replacements."""
    if abs(len(a) - len(b)) > most:
        return False
    shorter = min(len(a), len(b))
    start = 0
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    # What both begin and end with needs no edit.
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    if not a or not b:
        return len(a) + len(b) <= most
    if most < 2:  # what is left on both sides can only be one letter that was replaced
        return most == len(a) == len(b)
    return (
        _within(a[1:], b[1:], most - 1)
        or _within(a[1:], b, most - 1)
        or _within(a, b[1:], most - 1)
    )
