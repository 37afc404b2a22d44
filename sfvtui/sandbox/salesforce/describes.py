"""An object as its describe shows it to the sandbox's one user, and what the save checks need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

NUMBERS = frozenset({"double", "currency", "percent"})
TEXTS = frozenset(
    {
        "string",
        "textarea",
        "phone",
        "url",
        "email",
        "picklist",
        "combobox",
        "encryptedstring",
    }
)
IDS = frozenset({"id", "reference"})


@dataclass(frozen=True)
class FieldInfo:
    """The attributes of one field's describe that the server itself obeys."""

    name: str
    type: str
    length: int
    precision: int
    scale: int
    digits: int
    createable: bool
    updateable: bool
    nillable: bool
    defaulted: bool
    filterable: bool
    sortable: bool
    calculated: bool
    unique: bool
    external_id: bool
    id_lookup: bool
    case_sensitive: bool
    html: bool
    restricted: bool
    values: Mapping[str, bool]
    relationship: str | None
    refers_to: tuple[str, ...]
    part_of: str | None
    name_field: bool
    masked: bool

    @property
    def required(self) -> bool:
        """Whether a create must name it."""
        return self.createable and not self.nillable and not self.defaulted

    @property
    def compound(self) -> bool:
        """An address: read only, never filterable whatever its describe says."""
        return self.type in {"address", "location"}


def _info(raw: Mapping[str, Any]) -> FieldInfo:
    return FieldInfo(
        name=raw["name"],
        type=raw["type"],
        length=raw["length"],
        precision=raw["precision"],
        scale=raw["scale"],
        digits=raw["digits"],
        createable=raw["createable"],
        updateable=raw["updateable"],
        nillable=raw["nillable"],
        defaulted=raw["defaultedOnCreate"],
        filterable=raw["filterable"] and raw["type"] not in {"address", "location"},
        sortable=raw["sortable"],
        calculated=raw["calculated"],
        unique=raw["unique"],
        external_id=raw["externalId"],
        id_lookup=raw["idLookup"],
        case_sensitive=raw["caseSensitive"],
        html=raw["htmlFormatted"],
        restricted=raw["restrictedPicklist"],
        values={v["value"]: v["active"] for v in raw["picklistValues"]},
        relationship=raw["relationshipName"],
        refers_to=tuple(raw["referenceTo"]),
        part_of=raw["compoundFieldName"],
        name_field=raw["nameField"],
        masked=raw["encrypted"] or raw["type"] == "encryptedstring",
    )


class ObjectType:
    """One object: its describe, and what this user may see and change of it.

    `changed_at` is what If-Modified-Since on a describe is compared with.
    """

    def __init__(self, describe: Mapping[str, Any], changed_at: datetime) -> None:
        # Describes are shared between orgs: a change replaces what it changes.
        self._describe = dict(describe)
        self.name: str = describe["name"]
        self.label: str = describe["label"]
        self.key_prefix: str = describe["keyPrefix"]
        self.changed_at = changed_at
        self.hidden: set[str] = set()
        self.read_only: set[str] = set()
        self._fields: dict[str, FieldInfo] = {}
        self._read()

    def _read(self) -> None:
        self._fields = {raw["name"].lower(): _info(raw) for raw in self._describe["fields"]}

    @property
    def fields(self) -> list[FieldInfo]:
        """All fields, hidden ones too."""
        return list(self._fields.values())

    @property
    def visible_fields(self) -> list[FieldInfo]:
        """The fields that this user may read."""
        return [f for f in self._fields.values() if f.name not in self.hidden]

    def field(self, name: str) -> FieldInfo | None:
        """The field of this name in any case, hidden or not."""
        return self._fields.get(name.lower())

    def visible(self, name: str) -> FieldInfo | None:
        """The field of this name in any case, if this user may read it."""
        found = self._fields.get(name.lower())
        return found if found and found.name not in self.hidden else None

    def lookup(self, relationship: str) -> FieldInfo | None:
        """The readable reference field with this relationship name (any case)."""
        wanted = relationship.lower()
        for info in self._fields.values():
            name = info.relationship
            if name and name.lower() == wanted and info.name not in self.hidden:
                return info
        return None

    def may_create(self, info: FieldInfo) -> bool:
        """Whether this user may set the field on a new row."""
        return info.createable and info.name not in self.read_only

    def may_update(self, info: FieldInfo) -> bool:
        """Whether this user may change the field."""
        return info.updateable and info.name not in self.read_only

    def has(self, name: str) -> bool:
        """Whether the object has this field at all (some lack IsDeleted or stamps)."""
        return name.lower() in self._fields

    def add(self, *raw: Mapping[str, Any]) -> None:
        """Add fields, given by their describes."""
        self._describe["fields"] = [*self._describe["fields"], *raw]
        self._read()

    def remove(self, name: str) -> None:
        """Delete a field from the org, as an administrator may."""
        kept = [f for f in self._describe["fields"] if f["name"] != name]
        self._describe["fields"] = kept
        self._read()

    def change(self, name: str, **attributes: Any) -> None:
        """Change attributes of a field's describe: another type, length, picklist."""
        self._describe["fields"] = [
            {**raw, **attributes} if raw["name"] == name else raw
            for raw in self._describe["fields"]
        ]
        self._read()

    def head(self, version: str) -> dict[str, Any]:
        """The entry of `GET /sobjects` for the object."""
        shown = {k: v for k, v in self._describe.items() if k not in _ONLY_IN_DESCRIBE}
        shown["urls"] = {
            "sobject": f"/services/data/{version}/sobjects/{self.name}",
            "describe": f"/services/data/{version}/sobjects/{self.name}/describe",
            "rowTemplate": f"/services/data/{version}/sobjects/{self.name}/{{ID}}",
        }
        return shown

    def body(self, version: str) -> dict[str, Any]:
        """The body of `GET /sobjects/X/describe`: hidden fields absent, read-only ones marked."""
        fields = []
        for raw in self._describe["fields"]:
            if raw["name"] in self.hidden:
                continue
            if raw["name"] in self.read_only:
                fields.append({**raw, "createable": False, "updateable": False})
            else:
                fields.append(raw)
        extra = {k: self._describe[k] for k in _ONLY_IN_DESCRIBE if k in self._describe}
        return {**extra, **self.head(version), "fields": fields}


_ONLY_IN_DESCRIBE = frozenset(
    {
        "actionOverrides",
        "childRelationships",
        "compactLayoutable",
        "defaultImplementation",
        "extendedBy",
        "extendsInterfaces",
        "fields",
        "implementedBy",
        "implementsInterfaces",
        "listviewable",
        "lookupLayoutable",
        "namedLayoutInfos",
        "networkScopeFieldName",
        "recordTypeInfos",
        "searchLayoutable",
        "sobjectDescribeOption",
        "supportedScopes",
    }
)
