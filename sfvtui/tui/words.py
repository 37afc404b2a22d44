"""The words and signs of the screens: every state has a word and a sign beside its colour."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STATE_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "linked": "✓",
        "approved": "»",
        "unmatched": "+",
        "ambiguous": "?",
        "held": "!",
        "outside_filter": "·",
        "ignored": "-",
        "gone": "✗",
    }
)
STATE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "linked": "linked",
        "approved": "approved",
        "unmatched": "unmatched",
        "ambiguous": "ambiguous",
        "held": "held",
        "outside_filter": "outside filter",
        "ignored": "ignored",
        "gone": "gone",
    }
)
STATE_MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "linked": "the record and one user are the same person",
        "approved": "its new user waits in the outbox",
        "unmatched": "no user fits; ready to be approved",
        "ambiguous": "several users or records fit; a person links it",
        "held": "a new user cannot be made yet; the reason says why",
        "outside_filter": "the create filter leaves it out",
        "ignored": "a person set it aside",
        "gone": "deleted, merged, or no longer shared",
    }
)
STATE_TONES: Mapping[str, str] = MappingProxyType(
    {
        "linked": "good",
        "approved": "info",
        "unmatched": "info",
        "ambiguous": "warn",
        "held": "warn",
        "outside_filter": "dim",
        "ignored": "dim",
        "gone": "bad",
    }
)
FLAG_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "disagrees": "the rule disagrees",
        "out_of_scope": "out of scope",
        "other_account": "other account",
        "once_linked": "once linked",
        "look_alike": "look-alike",
        "account_churned": "account churned",
    }
)
KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "both-changed": "both sides changed",
        "edit-moved": "the target moved under the edit",
        "no-base": "no agreed value yet",
        "blank": "a value would become blank",
        "loop": "the same value again and again",
        "deleted": "the record is gone under its edit",
        "merged": "the record was merged into another",
    }
)
KIND_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "both-changed": "both changed",
        "edit-moved": "edit, moved",
        "no-base": "no base",
        "blank": "blank",
        "loop": "loop",
        "deleted": "record gone",
        "merged": "merged",
    }
)
CHANGE_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "queued": "○",
        "held": "!",
        "sending": "►",
        "unknown": "?",
        "parked": "‖",
        "landed": "✓",
        "conflict": "≠",
        "dropped": "-",
    }
)
SYSTEM_WORDS: Mapping[str, str] = MappingProxyType(
    {"salesforce": "Salesforce", "vitally": "Vitally"}
)

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("record", "a row of the mapped Salesforce object"),
    ("user", "a Vitally user"),
    ("account", "the company that a record or a user belongs to"),
    ("link", "the statement that a record and a user are the same person"),
    ("pair", "one Salesforce field and the Vitally trait that mirrors it"),
    ("base", "the value of a pair that both sides last agreed on"),
    ("stay", "a difference that was accepted; both values are kept until either moves"),
    ("edit", "a value that a person typed, not yet pushed"),
    ("change", "one queued write: update a record, update a user, create a user"),
    ("outbox", "the durable queue of changes"),
    ("conflict", "a pair that a person must decide"),
    ("pull, push", "refresh the mirror from both services; send the outbox"),
)


def number(count: int) -> str:
    """A count as people read it: `12 304`."""
    return f"{count:,}".replace(",", " ")


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun: `1 record`, `14 records`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def ago(then: str | None, now: dt.datetime) -> str:
    """How long ago an ISO time was, in the largest unit that fits: `3 min ago`."""
    if not then:
        return "never"
    try:
        moment = dt.datetime.fromisoformat(then)
    except ValueError:
        return then
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    seconds = int((now - moment).total_seconds())
    if seconds < 60:
        return "just now"
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "just now"


def duration(seconds: float) -> str:
    """A span of time in people's units: `45 s`, `3 min`, `2 h 10 min`."""
    whole = int(seconds + 0.5)
    if seconds < 10:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
