"""Texts in SOQL: quoting, and asking for a text by no more than what is certain of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from sfvtui.domain.fields import Field
from sfvtui.domain.filters.meaning import OneOf, Part, Where
from sfvtui.domain.text import fold

LONGEST = 200
"""Characters of a text that are asked for; the rest may be anything."""

FOLDS_TO_ASCII = {
    "ß": "ss",
    "ẞ": "ss",
    "İ": "i̇",
    "ŉ": "ʼn",
    "ſ": "s",
    "ẚ": "aʾ",
    "\u037e": ";",
    "\u1fef": "`",
    "\u212a": "k",
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "st",
    "ﬆ": "st",
}
"""Every character beyond ASCII whose folded form holds an ASCII one. Salesforce may or may not
take them for that: where a text has such an ASCII character, values with these are let through."""

_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}
# A backslash has two meanings in a LIKE pattern, control characters none that is certain.
_SURE = re.compile(r"[ -\[\]-~]+")
_SURE_CASELESS = re.compile(r"[ -@\[\]-`{-~]+")


class Unsaid(Exception):
    """Nothing can be said of a condition that never stops a row that passes: why, in words."""


def quote(text: str) -> str:
    """Text as a SOQL literal. Source: SOQL Reference, Quoted String Escape Sequences."""
    return "'" + "".join(_ESCAPES.get(char, char) for char in text) + "'"


def like(field: Field, runs: Iterable[str], start: str, end: str) -> str:
    """A LIKE for texts with these runs in this order; `start` and `end` are `%` or nothing."""
    escaped = (quote(run)[1:-1].replace("%", "\\%").replace("_", "\\_") for run in runs)
    return f"{field.name} LIKE '{start}{'%'.join(escaped)}{end}'"


def both(said: list[str]) -> str:
    """All of these; AND and OR never mix without parentheses."""
    return said[0] if len(said) == 1 else f"({' AND '.join(said)})"


def either(said: list[str]) -> str:
    """Any of these."""
    return said[0] if len(said) == 1 else f"({' OR '.join(said)})"


def listed(name: str, values: list[str], *, negated: bool = False) -> list[str]:
    """That the field is (or is not) one of these literals, as none or one condition."""
    if not values:
        return []
    if len(values) == 1:
        return [f"{name} {'!=' if negated else '='} {values[0]}"]
    return [f"{name} {'NOT IN' if negated else 'IN'} ({', '.join(values)})"]


def equal(field: Field, typed: list[str], *, formula: bool) -> str:
    """That a text equals one of these; `""` stands for blank.

    The value of a formula may have blanks at its ends, which the mirrored one has not.
    """
    said = [f"{field.name} = null"] if "" in typed else []
    whole: list[str] = []
    patterns: list[str] = []
    certain = ""
    for text in filter(None, typed):
        runs = _runs(field, text)
        certain += "".join(runs)
        if runs == [text] and not formula:
            whole.append(quote(text))
        elif not runs:
            if said:
                raise Unsaid("Salesforce cannot be asked for a text without plain characters")
            return f"{field.name} != null"
        else:
            patterns.append(_pattern(field, text, runs, None if formula else Where.START))
    said += listed(field.name, list(dict.fromkeys(whole)))
    return either([*said, *dict.fromkeys(patterns), *_doubtful(field, certain)])


def part(field: Field, text: str, where: Where, *, formula: bool) -> str:
    """That a text has this part there."""
    runs = _runs(field, text)
    if not runs:
        return f"{field.name} != null"
    if where is Where.END:
        runs = _last(runs)
        end = "" if text.endswith(runs[-1]) and not formula else "%"
        said = like(field, runs, "%", end)
    else:
        said = _pattern(field, text, runs, None if formula else where, open_end=True)
    return either([said, *_doubtful(field, "".join(runs))])


def picklist(field: Field, test: OneOf | Part, typed: list[str]) -> str:
    """That a picklist has one of the values which pass, or one that its describe does not name
    (an open picklist takes any text). LIKE is for texts only."""
    known = [value.value for value in field.picklist]
    passing = [value for value in known if _fits(test, fold(value))]
    said = [f"{field.name} = null"] if isinstance(test, OneOf) and "" in test.texts else []
    if isinstance(test, OneOf):
        passing += [text for text in typed if text]
    named = [quote(value) for value in dict.fromkeys(passing)]
    others = [quote(value) for value in dict.fromkeys([*known, *passing])]
    said += listed(field.name, named)
    said += listed(field.name, others, negated=True) or [f"{field.name} != null"]
    return either(said)


def alike(field: Field, folded: str) -> list[str]:
    """The values of a restricted picklist that fold to this; where none does, the text itself."""
    return [v.value for v in field.picklist if fold(v.value) == folded] or [folded]


def _fits(test: OneOf | Part, folded: str) -> bool:
    if isinstance(test, OneOf):
        return folded in test.texts
    if test.where is Where.START:
        return folded.startswith(test.text)
    if test.where is Where.END:
        return folded.endswith(test.text)
    return test.text in folded


def _runs(field: Field, text: str) -> list[str]:
    """The parts of a text that are certain: ASCII, and where the field tells letter case apart
    (which the mirror never does) no letters."""
    sure = _SURE_CASELESS if field.case_sensitive else _SURE
    return sure.findall(unicodedata.normalize("NFC", text))


def _pattern(
    field: Field, text: str, runs: list[str], where: Where | None, *, open_end: bool = False
) -> str:
    short = _first(runs)
    cut = short != runs
    start = "" if where is Where.START and text.startswith(runs[0]) else "%"
    shut = where is not None and not open_end and not cut and text.endswith(runs[-1])
    return like(field, short, start, "" if shut else "%")


def _first(runs: list[str]) -> list[str]:
    kept: list[str] = []
    room = LONGEST
    for run in runs:
        if room <= 0:
            break
        kept.append(run[:room])
        room -= len(run)
    return kept


def _last(runs: list[str]) -> list[str]:
    turned = _first([run[::-1] for run in reversed(runs)])
    return [run[::-1] for run in reversed(turned)]


def _doubtful(field: Field, certain: str) -> list[str]:
    """Conditions that let values through with a character that folds to one of these."""
    letters = set(certain.lower())
    return [
        f"{field.name} LIKE '%{char}%'"
        for char, folded in FOLDS_TO_ASCII.items()
        if not letters.isdisjoint(folded)
    ]
