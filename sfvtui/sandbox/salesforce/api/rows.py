"""One row: read, create, update, delete, and upsert by an external id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.api.calls import Call, Reply
from sfvtui.sandbox.salesforce.api.guards import check_unmodified, etag, unchanged
from sfvtui.sandbox.salesforce.api.shapes import row_shape
from sfvtui.sandbox.salesforce.describes import FieldInfo, ObjectType
from sfvtui.sandbox.salesforce.errors import (
    ApiError,
    is_deleted,
    no_external_id,
    no_such_column,
    not_found,
)
from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.salesforce.saving import Caller, matching, save
from sfvtui.sandbox.salesforce.soql.paths import resolve
from sfvtui.sandbox.salesforce.soql.tokens import Token
from sfvtui.sandbox.salesforce.values import WrongType, stored

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row


UPSERT_BODY_SINCE = 46


def entity_of(org: Org, name: str) -> ObjectType:
    """The object of a URL; 404 for one that is not there."""
    found = org.object(name)
    if found is None:
        raise not_found()
    return found


def caller(org: Org, call: Call, via: str) -> Caller:
    """The API's user, with what the call's headers ask for."""
    return Caller(
        by=org.user_id,
        via=call.via or via,
        checked=True,
        allow_duplicates=call.flag("sforce-duplicate-rule-header", "allowSave"),
        text=call.text,
    )


def present(org: Org, entity: ObjectType, text: str, *, writing: bool) -> Row:
    """The row of an id in a URL or a body; raises what the API says of one that is not there."""
    full = id18(text)
    if full is None:
        if writing and text[:3] == entity.key_prefix and len(text) in {15, 18}:
            raise ApiError("MALFORMED_ID", f"malformed id {text}", [])
        raise no_external_id(text)
    if full[:3] != entity.key_prefix:
        message = f"{entity.label} ID: id value of incorrect type: {text}"
        raise ApiError("MALFORMED_ID", message, ["Id"])
    row = org.seen(full)
    if row is None:
        if not writing:
            raise not_found()
        status = org.switches.unknown_row_status
        raise ApiError(
            "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [], status=status
        )
    if row.get("IsDeleted"):
        raise is_deleted()
    return row


def read(org: Org, call: Call, name: str, row_id: str) -> Reply:
    """`GET /sobjects/X/ID?fields=`."""
    entity = entity_of(org, name)
    return _shown(org, call, entity, present(org, entity, row_id, writing=False))


def _shown(org: Org, call: Call, entity: ObjectType, row: Row) -> Reply:
    check_unmodified(org, call, entity.name, row)
    tag = {"ETag": etag(row)} if entity.name == "Account" else {}
    if unchanged(call, entity.name, row):
        return Reply(304, headers=tag)
    asked = call.query.get("fields")
    names = asked.split(",") if asked else [info.name for info in entity.visible_fields]
    show = shape(org, entity, names, call.version)
    return Reply(body=show(row), headers=tag)


def shape(
    org: Org, entity: ObjectType, names: list[str], version: str, *, paths: bool = False
) -> Any:
    """How to show a row with these fields; 400 for one that is not there or not readable."""
    found = []
    for name in names:
        bare = name.strip()
        if ("." in bare and not paths) or ("." not in bare and not entity.visible(bare)):
            raise no_such_column(bare, entity.name)
        found.append(resolve(org, entity, Token("word", bare, 0), bare))
    return row_shape(org, entity, found, version)


def create(org: Org, call: Call, name: str) -> Reply:
    """`POST /sobjects/X`."""
    entity = entity_of(org, name)
    values = call.record()
    _refuse_id(values)
    made = save(org, entity, None, values, caller(org, call, "row"))
    url = f"/services/data/{call.version}/sobjects/{entity.name}/{made}"
    return Reply(201, {"id": made, "success": True, "errors": []}, {"Location": url})


def update(org: Org, call: Call, name: str, row_id: str) -> Reply:
    """`PATCH /sobjects/X/ID`, guarded by If-Unmodified-Since where it is sent."""
    entity = entity_of(org, name)
    values = call.record()
    row = present(org, entity, row_id, writing=True)
    check_unmodified(org, call, entity.name, row)
    _refuse_id(values)
    save(org, entity, row["Id"], values, caller(org, call, "row"))
    return Reply(204)


def _refuse_id(values: Mapping[str, Any]) -> None:
    for name in values:
        if name.lower() == "id":
            message = "The Id field should not be specified in the sobject data."
            raise ApiError("INVALID_FIELD", message)


def delete(org: Org, call: Call, name: str, row_id: str) -> Reply:
    """`DELETE /sobjects/X/ID`; conditions are not honoured."""
    entity = entity_of(org, name)
    row = present(org, entity, row_id, writing=True)
    org.check_locks(row["Id"])
    org.delete(row["Id"], by=org.user_id, via=call.via or "row")
    return Reply(204)


def external_key(entity: ObjectType, name: str) -> FieldInfo:
    """The field of an upsert key: an external id, or one with idLookup."""
    info = entity.visible(name)
    if info is None or not (info.external_id or info.id_lookup):
        raise no_external_id(name)
    return info


def keyed(org: Org, entity: ObjectType, key: FieldInfo, value: str) -> list[Row]:
    """The rows that an upsert key finds."""
    try:
        wanted = stored(key, value, org.switches)
    except WrongType:
        raise no_external_id(value) from None
    seen = [row["Id"] for row in matching(org, entity, key, wanted)]
    return [row for row in map(org.seen, seen) if row is not None]


def read_by_key(org: Org, call: Call, name: str, field: str, value: str) -> Reply:
    """`GET /sobjects/X/Ext/VALUE`."""
    entity = entity_of(org, name)
    rows = keyed(org, entity, external_key(entity, field), value)
    if len(rows) > 1:
        return _several(call, entity, rows)
    if not rows:
        raise not_found()
    return _shown(org, call, entity, rows[0])


def upsert(org: Org, call: Call, name: str, field: str, value: str) -> Reply:
    """`PATCH /sobjects/X/Ext/VALUE`: 201 created, 200 updated, 300 when several match."""
    entity = entity_of(org, name)
    key = external_key(entity, field)
    if value.endswith(".inc"):
        raise not_found()
    values = call.record()
    if any(given.lower() == key.name.lower() for given in values):
        message = f"The {key.name} field should not be specified in the sobject data."
        raise ApiError("INVALID_FIELD", message)
    _refuse_id(values)
    rows = keyed(org, entity, key, value)
    if len(rows) > 1:
        return _several(call, entity, rows)
    if rows:
        check_unmodified(org, call, entity.name, rows[0])
        made = save(org, entity, rows[0]["Id"], values, caller(org, call, "upsert"))
        if int(call.version[1:3]) < UPSERT_BODY_SINCE:
            return Reply(204)
        return Reply(200, {"id": made, "success": True, "errors": [], "created": False})
    if call.query.get("updateOnly", "").lower() == "true":
        raise not_found()
    keyed_values = values if key.name == "Id" else {**values, key.name: value}
    made = save(org, entity, None, keyed_values, caller(org, call, "upsert"))
    return Reply(201, {"id": made, "success": True, "errors": [], "created": True})


def _several(call: Call, entity: ObjectType, rows: list[Row]) -> Reply:
    base = f"/services/data/{call.version}/sobjects/{entity.name}/"
    return Reply(300, [base + row["Id"] for row in rows])
