"""What lists show of a mapping: its fields and pairs, without what decides by them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sfvtui.domain.bound_pair import BoundPair
from sfvtui.domain.fields import Field, FieldType
from sfvtui.domain.mapping import Pair

if TYPE_CHECKING:
    from collections.abc import Mapping


class Listing(NamedTuple):
    """The listed fields, the pairs, and both sides of the match rule. Of a listing that was kept,
    fields and pairs know what makes their values: name, type, scale, trait and table of values."""

    fields: tuple[Field, ...]
    pairs: Mapping[str, BoundPair]
    """By lower-cased API name."""
    match_field: str
    theirs: str
    """What of a user the match rule compares: `externalId`, or a trait."""

    def pair(self, name: str) -> BoundPair | None:
        """The pair of this Salesforce API name (any case)."""
        return self.pairs.get(name.lower())

    def as_json(self) -> dict[str, Any]:
        """The listing as it is kept; `listing_of` reads it."""
        return {
            "fields": [_kept(field) for field in self.fields],
            "pairs": [
                {**_kept(pair.field), "trait": pair.pair.trait, "values": dict(pair.pair.values)}
                for pair in self.pairs.values()
            ],
            "match_field": self.match_field,
            "theirs": self.theirs,
        }


def listing_of(kept: dict[str, Any]) -> Listing:
    """A listing that was kept."""
    return Listing(
        tuple(_field(one) for one in kept["fields"]),
        {one["name"].lower(): _pair(one) for one in kept["pairs"]},
        kept["match_field"],
        kept["theirs"],
    )


def _pair(kept: dict[str, Any]) -> BoundPair:
    return BoundPair(Pair(kept["name"], kept["trait"], values=kept["values"]), _field(kept))


def _kept(field: Field) -> dict[str, Any]:
    return {"name": field.name, "type": field.type.value, "scale": field.scale}


def _field(kept: dict[str, Any]) -> Field:
    return Field(kept["name"], kept["name"], FieldType(kept["type"]), scale=kept["scale"])
