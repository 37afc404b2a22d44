"""A mapping bound to an org's describe: every name resolved to a field, every text parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

from sfvtui.domain import filters
from sfvtui.domain.bound_pair import BoundPair
from sfvtui.domain.fields import Field, FieldType, SObject
from sfvtui.domain.listing import Listing
from sfvtui.domain.mapping import AccountRule, BlankRule, MatchBy, Pair
from sfvtui.domain.mapping import Mapping as Answers
from sfvtui.errors import ConfigError, FilterError, UnknownName

__all__ = ["ATTRIBUTES", "SYSTEM_FIELDS", "BoundMapping", "BoundPair", "bind", "trait_value"]

SYSTEM_FIELDS = (
    "Id",
    "LastModifiedDate",
    "LastModifiedById",
    "SystemModstamp",
    "IsDeleted",
    "MasterRecordId",
)
"""What every read asks for, where the object has it."""

ATTRIBUTES = ("name", "email", "externalId")
"""What of a user or an account may stand where a trait's key does."""


@dataclass(frozen=True)
class BoundMapping:
    """A mapping whose names are resolved. `fields` are all fields that the mirror keeps."""

    mapping: Answers
    sobject: SObject
    pairs: tuple[BoundPair, ...]
    match_field: Field
    account_field: Field | None
    """None: the object has no such field, and no user is created."""
    external_id_field: Field
    name_field: Field | None
    email_field: Field | None
    scope: filters.Filter | None
    create: filters.Filter | None
    fields: tuple[Field, ...]
    listed: tuple[Field, ...]
    """The fields that commands list: mapped, match, account rule, scope and create filter."""

    def pair(self, name: str) -> BoundPair | None:
        """The pair of this Salesforce API name (any case)."""
        return self._by_name.get(name.lower())

    @cached_property
    def _by_name(self) -> Mapping[str, BoundPair]:
        return {pair.name.lower(): pair for pair in self.pairs}

    def listing(self) -> Listing:
        """What lists show of it."""
        rule = self.mapping.match
        theirs = "externalId" if rule.by is MatchBy.EXTERNAL_ID else rule.trait
        return Listing(self.listed, self._by_name, self.match_field.name, theirs)

    @property
    def match_signature(self) -> str:
        """What a complete list is complete for: object, scope and match rule."""
        rule = self.mapping.match
        names = (self.mapping.object, self.mapping.scope, rule.by, rule.field, rule.trait)
        return "|".join((*names, str(rule.ignore_case)))

    def user_key_source(self, user: Mapping[str, Any]) -> object:
        """The raw value of a Vitally user that the match rule compares."""
        if self.mapping.match.by is MatchBy.EXTERNAL_ID:
            return user.get("externalId")
        return trait_value(user, self.mapping.match.trait)

    def parse_filter(self, text: str) -> filters.Filter | None:
        """A filter text over what the mirror keeps; None for an empty one.

        Raises FilterError for a text that does not parse, or that names a field of the object
        which the mirror does not keep.
        """
        tree = filters.parse(text, self.sobject)
        kept = {field.name for field in self.fields}
        for name in filters.fields(tree):
            if name not in kept:
                column = text.lower().find(name.lower()) + 1
                raise FilterError(
                    f"Filter, column {column}: {name} is not mirrored.",
                    column,
                    "Map it, or name it in the scope or the create filter, and pull.",
                )
        return tree

    def system_fields(self) -> tuple[str, ...]:
        """The system fields that this object has."""
        return tuple(name for name in SYSTEM_FIELDS if self.sobject.field(name) is not None)

    @property
    def modifier_name(self) -> str | None:
        """The path to the name of who changed a row last; None where the object has none."""
        modifier = self.sobject.field("LastModifiedById")
        relationship = modifier.relationship if modifier is not None else None
        return f"{relationship}.Name" if relationship else None


def trait_value(thing: Mapping[str, Any], trait: str) -> object:
    """The value of a trait of a user or an account (or its attribute name, email, externalId).

    An absent trait is blank. Trait keys are flat: the dots in them mean nothing.
    """
    if trait in ATTRIBUTES:
        return thing.get(trait)
    traits = thing.get("traits")
    return traits.get(trait) if isinstance(traits, Mapping) else None


def bind(
    mapping: Answers,
    sobject: SObject,
    *,
    once: Mapping[str, Field] = MappingProxyType({}),
    kept: Mapping[str, str] = MappingProxyType({}),
) -> BoundMapping:
    """The mapping bound to `sobject`.

    `once` holds fields that earlier describes had, `kept` the signatures of the pairs that links
    have bases of (both by lower-cased name): a pair whose field is gone from the describe, or has
    another type there though the mapping still has the same pair, is bound to what it was, and
    marked missing. Raises UnknownName for a
    name that the org does not have and never had, FilterError for a filter that does not parse.
    """
    pairs = tuple(_bind_pair(mapping, pair, sobject, once, kept) for pair in mapping.pairs)
    match_field = _field(sobject, mapping.match.field, "mapping.match.field")
    account_field = _account_field(mapping, sobject)
    external = _field(sobject, mapping.external_id_field, "mapping.create.external_id")
    scope = _filter(sobject, mapping.scope, "mapping.scope")
    create = None
    if mapping.create.allowed:
        create = _filter(sobject, mapping.create.filter, "mapping.create.filter")
    name_field = _person_field(sobject, pairs, "name")
    email_field = _person_field(sobject, pairs, "email") or (
        match_field
        if mapping.match.trait == "email" and mapping.match.by is MatchBy.TRAIT
        else None
    )
    named = [f for tree in (scope, create) if tree for f in filters.fields(tree)]
    listed = _unique(
        [p.field for p in pairs if not p.missing]
        + [f for f in (match_field, account_field, external) if f is not None]
        + [_field(sobject, name, "filter") for name in named]
    )
    people = [f for f in (name_field, email_field) if f is not None]
    return BoundMapping(
        mapping=mapping,
        sobject=sobject,
        pairs=pairs,
        match_field=match_field,
        account_field=account_field,
        external_id_field=external,
        name_field=name_field,
        email_field=email_field,
        scope=scope,
        create=create,
        fields=_unique(list(listed) + people),
        listed=listed,
    )


def _bind_pair(
    mapping: Answers, pair: Pair, sobject: SObject, once: Mapping[str, Field],
    kept: Mapping[str, str],
) -> BoundPair:  # fmt: skip
    field = sobject.field(pair.field)
    missing = field is None
    was = once.get(pair.field.lower())
    if field is None:
        field = was
    elif was is not None and was.type is not field.type:
        same_pair = kept.get(pair.field.lower()) == BoundPair(pair, was).signature
        field, missing = (was, True) if same_pair else (field, False)
    if field is None:
        raise _unknown(sobject, pair.field, "mapping.fields")
    if field.type is FieldType.UNSUPPORTED:
        raise UnknownName(
            f"mapping.fields: {field.name} is a compound or binary field and cannot be mapped.",
            "Map its parts instead.",
        )
    if pair.editable and (why := _never_editable(field)):
        raise ConfigError(
            f"mapping.fields: {field.name} is {why} and can never be editable.",
            "Leave `editable = true` out of its pair.",
        )
    if field.name.lower() == mapping.match.field.lower():
        # PRODUCT: the match field and its trait, if they are a pair, never go blank by themselves.
        pair = pair._replace(to_vitally=BlankRule.NEVER, to_salesforce=BlankRule.NEVER)
    return BoundPair(pair, field, missing)


def _never_editable(field: Field) -> str | None:
    """What a field is that nobody can write to, whatever their permissions; None for others."""
    if "." in field.name:
        return "a field of a parent"
    if field.calculated:
        return "a formula"
    if field.compound:
        return "made of other fields"
    if field.type is FieldType.ID:
        return "the record's Id"
    if field.type is FieldType.RICH_TEXT:
        return "rich text, which Salesforce rewrites,"
    return None


def _filter(sobject: SObject, text: str, key: str) -> filters.Filter | None:
    """The filter of a config's key. Raises FilterError that names the key."""
    try:
        return filters.parse(text, sobject)
    except FilterError as error:
        raise FilterError(f"{key}: {error.message}", error.column, error.mend) from None


def _field(sobject: SObject, name: str, key: str) -> Field:
    found = sobject.field(name)
    if found is None:
        raise _unknown(sobject, name, key)
    return found


def _account_field(mapping: Answers, sobject: SObject) -> Field | None:
    """The account rule's field. Not every object has the default one, and only creations need it."""
    if mapping.account == AccountRule() and not mapping.create.allowed:
        return sobject.field(mapping.account.field)
    return _field(sobject, mapping.account.field, "mapping.account.field")


def _unknown(sobject: SObject, name: str, key: str) -> UnknownName:
    import difflib  # only where a name is wrong

    near = difflib.get_close_matches(name, list(sobject.names()), 1, 0.6)
    hint = (
        f"Did you mean {near[0]}?"
        if near
        else "Check its API name, and that this login may read it."
    )
    return UnknownName(
        f"{key}: {sobject.name} has no field {name!r} that this login can read.", hint
    )


def _person_field(sobject: SObject, pairs: tuple[BoundPair, ...], attribute: str) -> Field | None:
    for pair in pairs:
        if pair.pair.trait == attribute and not pair.missing:
            return pair.field
    if attribute == "name":
        return next((f for f in sobject.fields.values() if f.name_field), None)
    emails = [f for f in sobject.fields.values() if f.type is FieldType.EMAIL]
    return next((f for f in emails if f.name == "Email"), emails[0] if len(emails) == 1 else None)


def _unique(fields: Iterable[Field]) -> tuple[Field, ...]:
    return tuple({field.name: field for field in fields}.values())
