"""The mapping: the answers to the four questions, as values."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

ATTRIBUTES = frozenset({"name", "email"})


class MatchBy(StrEnum):
    """What a record is matched with: the user's externalId, or a trait (or attribute)."""

    EXTERNAL_ID = "external-id"
    TRAIT = "trait"


class OnConflict(StrEnum):
    """A pair's rule where both sides changed to different values."""

    ASK = "ask"
    SALESFORCE = "salesforce"
    VITALLY = "vitally"
    NEWEST = "newest"


class BlankRule(StrEnum):
    """What happens where a value would become blank on one side."""

    COPY = "copy"
    ASK = "ask"
    NEVER = "never"


class MatchRule(NamedTuple):
    """Question 2. `trait` is used with `by = trait`: name, email, or a trait's key."""

    by: MatchBy = MatchBy.EXTERNAL_ID
    field: str = ""
    trait: str = ""
    ignore_case: bool = False


class CreateRule(NamedTuple):
    """Question 3: may unmatched records create users, which (filter text), with what externalId."""

    allowed: bool = False
    filter: str = ""
    external_id: str = "Id"


class AccountRule(NamedTuple):
    """Which Vitally account a record belongs to: `field` equals the account's `equals`."""

    field: str = "AccountId"
    equals: str = "externalId"


class Pair(NamedTuple):
    """One Salesforce field and the Vitally trait (or attribute) that mirrors it.

    `values` maps a Salesforce value to the text that stands for it in Vitally, one to one.
    `to_vitally` and `to_salesforce` are the rules for blanks by direction.
    """

    field: str
    trait: str
    editable: bool = False
    on_conflict: OnConflict = OnConflict.ASK
    to_vitally: BlankRule = BlankRule.COPY
    to_salesforce: BlankRule = BlankRule.ASK
    values: MappingOf[str, str] = MappingProxyType({})

    @property
    def is_attribute(self) -> bool:
        """Whether the Vitally side is an attribute of the user (name, email) and not a trait."""
        return self.trait in ATTRIBUTES


class Mapping(NamedTuple):
    """All four answers. One store holds one object."""

    object: str
    scope: str = ""
    match: MatchRule = MatchRule()
    create: CreateRule = CreateRule()
    account: AccountRule = AccountRule()
    pairs: tuple[Pair, ...] = ()

    def pair(self, name: str) -> Pair | None:
        """The pair of this Salesforce API name (any case)."""
        wanted = name.lower()
        return next((p for p in self.pairs if p.field.lower() == wanted), None)

    @property
    def external_id_field(self) -> str:
        """The Salesforce field that gives a created user's externalId."""
        if self.match.by is MatchBy.EXTERNAL_ID:
            return self.match.field
        return self.create.external_id
