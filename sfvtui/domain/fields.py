"""Salesforce objects and fields, as their describe names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class FieldType(StrEnum):
    """The type of a field, by the describe's own word (rich text and the unusable apart)."""

    STRING = "string"
    TEXTAREA = "textarea"
    RICH_TEXT = "richtext"
    PHONE = "phone"
    URL = "url"
    EMAIL = "email"
    PICKLIST = "picklist"
    COMBOBOX = "combobox"
    MULTIPICKLIST = "multipicklist"
    BOOLEAN = "boolean"
    INT = "int"
    DOUBLE = "double"
    CURRENCY = "currency"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    ID = "id"
    REFERENCE = "reference"
    ENCRYPTED = "encryptedstring"
    UNSUPPORTED = "unsupported"


NUMBERS = frozenset({FieldType.INT, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})
IDS = frozenset({FieldType.ID, FieldType.REFERENCE})
PICKLISTS = frozenset({FieldType.PICKLIST, FieldType.COMBOBOX, FieldType.MULTIPICKLIST})
TEXTS = frozenset(
    {
        FieldType.STRING,
        FieldType.TEXTAREA,
        FieldType.RICH_TEXT,
        FieldType.PHONE,
        FieldType.URL,
        FieldType.EMAIL,
        FieldType.PICKLIST,
        FieldType.COMBOBOX,
        FieldType.ENCRYPTED,
    }
)

_DESCRIBE_ALIASES = {"long": FieldType.INT}


class PicklistValue(NamedTuple):
    """One value of a picklist: `value` is what is stored, `label` what people see."""

    value: str
    label: str
    active: bool


class Field(NamedTuple):
    """One field of an object, with what the describe says this login may do with it.

    `name` is the API name, or a path through one lookup (`Account.Name`), which is never
    updateable. `length` counts characters; `scale` counts decimals.
    """

    name: str
    label: str
    type: FieldType
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    updateable: bool = False
    createable: bool = False
    nillable: bool = True
    filterable: bool = True
    calculated: bool = False
    unique: bool = False
    external_id: bool = False
    name_field: bool = False
    case_sensitive: bool = False
    compound: bool = False
    restricted: bool = False
    picklist: tuple[PicklistValue, ...] = ()
    relationship: str | None = None
    refers_to: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The field's column in the mirror, quoted for SQL."""
        return '"' + self.name.replace('"', '""') + '"'


class SObject(NamedTuple):
    """A Salesforce object: its names, and its fields by lower-cased API name.

    Paths through one lookup are resolved by `field` where the parent's describe was given.
    """

    name: str
    label: str
    key_prefix: str | None
    queryable: bool
    updateable: bool
    mergeable: bool
    fields: Mapping[str, Field]
    parents: Mapping[str, SObject] = MappingProxyType({})

    def field(self, path: str) -> Field | None:
        """The field of this API name (any case) or path through one lookup; None if there is none.

        A field that this login may not read is absent from a describe, and so here.
        """
        first, dot, rest = path.partition(".")
        if not dot:
            return self.fields.get(path.lower())
        lookup = self.lookup(first)
        parent = self.parents.get(lookup.refers_to[0]) if lookup else None
        inner = parent.fields.get(rest.lower()) if parent else None
        if lookup is None or inner is None:
            return None
        return inner._replace(
            name=f"{lookup.relationship}.{inner.name}",
            updateable=False,
            createable=False,
            calculated=True,
            name_field=False,
        )

    def lookup(self, relationship: str) -> Field | None:
        """The reference field whose relationship has this name (one target only)."""
        wanted = relationship.lower()
        for field in self.fields.values():
            name = field.relationship
            if name and name.lower() == wanted and len(field.refers_to) == 1:
                return field
        return None

    def names(self) -> Iterable[str]:
        """All names that `field` resolves, paths included."""
        for field in self.fields.values():
            yield field.name
        for field in self.fields.values():
            if field.relationship and len(field.refers_to) == 1:
                parent = self.parents.get(field.refers_to[0])
                for inner in parent.fields.values() if parent else ():
                    yield f"{field.relationship}.{inner.name}"


def parse_describe(describe: Mapping[str, Any], parents: Iterable[SObject] = ()) -> SObject:
    """An object from the body of `GET /sobjects/X/describe`.

    `parents` are the objects its lookups may be followed to. Source: REST API guide, sObject
    Describe; attribute by attribute in docs/services.md.
    """
    described = describe.get("fields", ())
    compounds = frozenset(raw.get("compoundFieldName") for raw in described)
    fields = {raw["name"].lower(): _field(raw, compounds) for raw in described}
    return SObject(
        name=describe["name"],
        label=describe.get("label") or describe["name"],
        key_prefix=describe.get("keyPrefix"),
        queryable=bool(describe.get("queryable", True)),
        updateable=bool(describe.get("updateable", True)),
        mergeable=bool(describe.get("mergeable", False)),
        fields=MappingProxyType(fields),
        parents=MappingProxyType({parent.name: parent for parent in parents}),
    )


def _field(raw: Mapping[str, Any], compounds: frozenset[str | None]) -> Field:
    kind = _type(raw)
    return Field(
        name=raw["name"],
        label=raw.get("label") or raw["name"],
        type=kind,
        length=int(raw.get("length") or 0),
        precision=int(raw.get("precision") or 0),
        scale=int(raw.get("scale") or 0),
        digits=int(raw.get("digits") or 0),
        updateable=bool(raw.get("updateable")) and kind is not FieldType.UNSUPPORTED,
        createable=bool(raw.get("createable")),
        nillable=bool(raw.get("nillable", True)),
        filterable=bool(raw.get("filterable", True)) and kind is not FieldType.UNSUPPORTED,
        calculated=bool(raw.get("calculated")),
        unique=bool(raw.get("unique")),
        external_id=bool(raw.get("externalId")),
        name_field=bool(raw.get("nameField")),
        case_sensitive=bool(raw.get("caseSensitive")),
        compound=raw["name"] in compounds,
        restricted=bool(raw.get("restrictedPicklist")),
        picklist=tuple(
            PicklistValue(
                str(v.get("value") or ""), str(v.get("label") or ""), bool(v.get("active", True))
            )
            for v in raw.get("picklistValues") or ()
        ),
        relationship=raw.get("relationshipName"),
        refers_to=tuple(raw.get("referenceTo") or ()),
    )


def _type(raw: Mapping[str, Any]) -> FieldType:
    word = raw.get("type", "")
    if word == "textarea" and raw.get("htmlFormatted"):
        return FieldType.RICH_TEXT
    if word in _DESCRIBE_ALIASES:
        return _DESCRIBE_ALIASES[word]
    try:
        return FieldType(word)
    except ValueError:
        return FieldType.UNSUPPORTED
