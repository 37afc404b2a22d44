"""Matching: which user a record is, by the rule, and what a record's state is."""

from __future__ import annotations

from dataclasses import dataclass

from sfvtui.domain.fields import Field
from sfvtui.domain.mapping import MatchBy, MatchRule
from sfvtui.domain.states import State
from sfvtui.domain.text import fold, nfc
from sfvtui.domain.values import canonical


def match_key(rule: MatchRule, field: Field, raw: object) -> str | None:
    """The value by which a record or a user takes part in the match; None: it takes no part.

    `field` is the rule's Salesforce field; `raw` the field's value, or the user's externalId or
    trait. Both sides are read as values of the field's type, so that an Id matches in its 15- and
    18-character forms and 4711 matches 4711.0. Blank matches nothing.
    """
    return key_of(rule, canonical(field, raw))


def key_of(rule: MatchRule, value: str | None) -> str | None:
    """The match key of a canonical value of the rule's field."""
    if not value:
        return None
    if rule.ignore_case:
        return fold(value)
    # Ids compare byte for byte; other texts that differ only in normal form are equal.
    return value if rule.by is MatchBy.EXTERNAL_ID else nfc(value)


def account_key(field: Field | None, raw: object) -> str | None:
    """The value by which a record finds its Vitally account, and the account is found.

    `field` is the account rule's Salesforce field; `raw` its value, or the account's externalId or
    trait: both sides are read as values of the field's type.
    """
    return None if field is None else canonical(field, raw) or None


@dataclass(frozen=True)
class Candidate:
    """A user that has a record's match value.

    `linked_to` is the record that the user is linked to already; `apart` says that a person
    unlinked the two.
    """

    user_id: str
    linked_to: str | None = None
    apart: bool = False


@dataclass(frozen=True)
class Match:
    """What the rule says of one record: `user_id` to link, or why it cannot."""

    user_id: str | None = None
    ambiguous: bool = False
    why: str = ""


def match(key: str | None, sharing: int, candidates: tuple[Candidate, ...]) -> Match:
    """The rule's verdict on a record without a link.

    `key` is its match key; `sharing` how many records have that key, itself included (ignored,
    gone and unlinked out-of-scope records do not count); `candidates` all users with that key.
    One to one, or nothing: what fits several is ambiguous, and so is a record whose only match
    has a link already.
    """
    if key is None:
        return Match(why="the match field is blank")
    if sharing > 1:
        return Match(ambiguous=True, why=f"{sharing} records share the match value")
    if len(candidates) > 1:
        return Match(ambiguous=True, why=f"{len(candidates)} users have the match value")
    if not candidates:
        return Match(why="no user has the match value")
    only = candidates[0]
    if only.apart:
        return Match(why="its only match was unlinked by a person")
    if only.linked_to is not None:
        why = f"its only match is linked to {only.linked_to} already"
        return Match(ambiguous=True, why=why)
    return Match(user_id=only.user_id)


@dataclass(frozen=True)
class Creation:
    """What a record's new user would need: each blank or wrong part holds the record."""

    external_id: str
    external_id_field: str
    taken_by: str | None
    """The user that has this externalId already."""
    account_value: str
    account_field: str
    accounts: tuple[str, ...]
    """The Vitally accounts that the account rule finds."""


def hold_reason(creation: Creation) -> str | None:
    """Why a record cannot be created as a user now; None where it can."""
    if not creation.external_id:
        return f"no externalId: {creation.external_id_field} is blank"
    if creation.taken_by is not None:
        return f"user {creation.taken_by} has the externalId {creation.external_id} already"
    if not creation.account_value:
        return f"no Vitally account: {creation.account_field} is blank"
    if not creation.accounts:
        return f"no Vitally account for {creation.account_field} {creation.account_value}"
    if len(creation.accounts) > 1:
        found = ", ".join(creation.accounts)
        return f"several Vitally accounts for {creation.account_value}: {found}"
    return None


@dataclass(frozen=True)
class Facts:
    """All that decides a record's state."""

    gone: bool = False
    linked: bool = False
    approved: bool = False
    ignored: str | None = None
    """Why it was ignored (may be empty); None where it is not."""
    match: Match = Match()
    allowed: bool = False
    passes: bool = False
    held: str | None = None
    complete: bool = True
    """Whether both lists were read to the end since the match rule last changed."""


def state_of(facts: Facts) -> tuple[State, str]:
    """A record's state and why: the first that fits, in the order of `State`."""
    if facts.gone:
        return State.GONE, "its record is gone"
    if facts.linked:
        return State.LINKED, ""
    if facts.approved:
        return State.APPROVED, "approved, waits in the outbox"
    if facts.ignored is not None:
        return State.IGNORED, facts.ignored
    if facts.match.ambiguous:
        return State.AMBIGUOUS, facts.match.why
    if not facts.allowed:
        return State.OUTSIDE_FILTER, "this mapping creates no users"
    if not facts.passes:
        return State.OUTSIDE_FILTER, "the create filter does not pass"
    if facts.held is not None:
        return State.HELD, facts.held
    if not facts.complete:
        return State.UNMATCHED, "both lists must be read to the end first"
    return State.UNMATCHED, facts.match.why
