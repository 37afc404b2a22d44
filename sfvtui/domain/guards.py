"""The guards: what stops a push before its first write until a person confirms it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

FEWEST_VANISHED = 10
"""Fewer vanished links than this never stop a push."""

LOOP_SAME, LOOP_ANY = 3, 20
"""How often within 24 hours the same value, or any, may go to one side of a pair of a link."""


class Rule(StrEnum):
    """The guards, in the order in which they are asked."""

    FIRST_PUSH = "first_push"
    MAX_CHANGES = "max_changes"
    MAX_BLANKS = "max_blanks"
    MAX_VANISHED = "max_vanished"


@dataclass(frozen=True)
class Guard:
    """A guard that would stop a push: `count` was compared with `limit`.

    `fields` counts values by field; `examples` are up to ten sentences.
    """

    rule: Rule
    count: float
    limit: float
    fields: Mapping[str, int]
    examples: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The guard as commands print it."""
        return {
            "rule": self.rule.value,
            "count": self.count,
            "limit": self.limit,
            "fields": dict(self.fields),
            "examples": list(self.examples),
        }


@dataclass(frozen=True)
class Plan:
    """What the whole outbox would do, as the guards count it.

    `records`: records with an update on either side, once each, creations not. `blanks`: values
    that would become blank, each side once. `vanished` of `links` disappeared in the last pull.
    """

    confirmed: bool
    records: int
    blanks: int
    vanished: int
    links: int
    fields: Mapping[str, int]
    blank_fields: Mapping[str, int]
    examples: tuple[str, ...]
    blank_examples: tuple[str, ...]
    vanished_examples: tuple[str, ...]


def guards(plan: Plan, max_changes: int, max_blanks: int, max_vanished: float) -> list[Guard]:
    """The guards that stop this plan, in the order they are asked. A limit of 0 is none."""
    found = []
    if not plan.confirmed:
        found.append(Guard(Rule.FIRST_PUSH, plan.records, 0, plan.fields, plan.examples))
    if max_changes and plan.records > max_changes:
        found.append(Guard(Rule.MAX_CHANGES, plan.records, max_changes, plan.fields, plan.examples))
    if max_blanks and plan.blanks > max_blanks:
        found.append(
            Guard(Rule.MAX_BLANKS, plan.blanks, max_blanks, plan.blank_fields, plan.blank_examples)
        )
    if max_vanished and plan.vanished >= FEWEST_VANISHED:
        share = plan.vanished / max(plan.links, 1)
        if share > max_vanished:
            found.append(
                Guard(Rule.MAX_VANISHED, round(share, 4), max_vanished, {}, plan.vanished_examples)
            )
    return found
