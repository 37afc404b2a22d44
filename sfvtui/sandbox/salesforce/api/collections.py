"""sObject Collections: up to 200 rows a write, up to 2,000 a read, answers in request order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.api.calls import Call, Reply
from sfvtui.sandbox.salesforce.api.rows import (
    caller,
    entity_of,
    external_key,
    keyed,
    present,
    shape,
)
from sfvtui.sandbox.salesforce.describes import ObjectType
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.salesforce.saving import save

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

MAX_WRITES = 200
MAX_READS = 2_000
MAX_CHUNKS = 10

_ROLLED_BACK = ApiError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone "
    "header",
)


def read(org: Org, call: Call, name: str) -> Reply:
    """`POST /composite/sobjects/X {"ids","fields"}`: a list in the order of the ids.

    null stands for an id that is malformed, unknown, not shared or deleted.
    """
    entity = entity_of(org, name)
    if call.method == "GET":
        asked = {k: call.query.get(k, "").split(",") for k in ("ids", "fields")}
    else:
        asked = call.record()
    ids: Any = asked.get("ids")
    fields: Any = asked.get("fields")
    if not isinstance(ids, list) or not isinstance(fields, list) or not fields:
        raise ApiError("MISSING_ARGUMENT", "The ids and fields parameters are required")
    if len(ids) > MAX_READS:
        raise ApiError("EXCEEDED_ID_LIMIT", f"The number of ids exceeds the limit of {MAX_READS}")
    paths = org.switches.collections_read_paths
    show = shape(org, entity, fields, call.version, paths=paths)
    rows = []
    for text in ids:
        full = id18(text) if isinstance(text, str) else None
        row = org.seen(full) if full and full[:3] == entity.key_prefix else None
        rows.append(None if row is None or row.get("IsDeleted") else show(row))
    return Reply(body=rows)


def create(org: Org, call: Call) -> Reply:
    """`POST /composite/sobjects`."""

    def one(record: Mapping[str, Any]) -> dict[str, Any]:
        entity = _entity(org, record)
        if any(name.lower() == "id" for name in record):
            raise ApiError("INVALID_FIELD", "cannot specify Id in an insert call")
        return _made(save(org, entity, None, record, caller(org, call, "collections")))

    return _each(org, call, one)


def update(org: Org, call: Call) -> Reply:
    """`PATCH /composite/sobjects`: no row carries a condition."""

    def one(record: Mapping[str, Any]) -> dict[str, Any]:
        entity = _entity(org, record)
        row_id = next((v for k, v in record.items() if k.lower() == "id"), None)
        if not row_id:
            raise ApiError("MISSING_ARGUMENT", "Id not specified in an update call")
        row = present(org, entity, str(row_id), writing=True)
        values = {k: v for k, v in record.items() if k.lower() != "id"}
        return _made(save(org, entity, row["Id"], values, caller(org, call, "collections")))

    return _each(org, call, one)


def upsert(org: Org, call: Call, name: str, field: str) -> Reply:
    """`PATCH /composite/sobjects/X/Ext`."""
    entity = entity_of(org, name)
    key = external_key(entity, field)

    def one(record: Mapping[str, Any]) -> dict[str, Any]:
        value = next((v for k, v in record.items() if k.lower() == key.name.lower()), None)
        if value is None:
            raise ApiError("MISSING_ARGUMENT", f"{key.name} not specified")
        rows = keyed(org, entity, key, str(value))
        if len(rows) > 1:
            message = f"{key.name}: more than one record found for external id field"
            raise ApiError("DUPLICATE_EXTERNAL_ID", message)
        who = caller(org, call, "collections")
        made = save(org, entity, rows[0]["Id"] if rows else None, record, who)
        return {**_made(made), "created": not rows}

    return _each(org, call, one)


def delete(org: Org, call: Call) -> Reply:
    """`DELETE /composite/sobjects?ids=`."""
    ids = [text for text in call.query.get("ids", "").split(",") if text]
    if len(ids) > MAX_WRITES:
        raise _too_many()

    def one(text: str) -> dict[str, Any]:
        entity = org.object_of(text)
        if entity is None:
            raise ApiError("MALFORMED_ID", f"malformed id {text}")
        row = present(org, entity, text, writing=True)
        org.check_locks(row["Id"])
        org.delete(row["Id"], by=org.user_id, via=call.via or "collections")
        return _made(row["Id"])

    every = call.query.get("allOrNone", "").lower() == "true"
    return Reply(body=_run(org, ids, one, all_or_none=every))


def _made(row_id: str) -> dict[str, Any]:
    return {"id": row_id, "success": True, "errors": []}


def _entity(org: Org, record: Mapping[str, Any]) -> ObjectType:
    kind = (record.get("attributes") or {}).get("type", "")
    found = org.object(kind)
    if found is None:
        raise ApiError("INVALID_TYPE", f"sObject type '{kind}' is not supported.")
    return found


def _too_many() -> ApiError:
    return ApiError(
        "EXCEEDED_ID_LIMIT",
        f"record limit reached. cannot submit more than {MAX_WRITES} records into this call",
    )


def _each(org: Org, call: Call, one: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Reply:
    asked = call.record()
    records = asked.get("records")
    if not isinstance(records, list) or not records:
        raise ApiError("REQUIRED_FIELD_MISSING", "At least 1 record is required")
    if len(records) > MAX_WRITES:
        raise _too_many()
    kinds = [(record.get("attributes") or {}).get("type") for record in records]
    chunks = 1 + sum(1 for a, b in pairwise(kinds) if a != b)
    if chunks > MAX_CHUNKS:
        raise ApiError(
            "LIMIT_EXCEEDED", f"Cannot have more than {MAX_CHUNKS} chunks in a single operation"
        )
    return Reply(body=_run(org, records, one, all_or_none=bool(asked.get("allOrNone"))))


def _run(
    org: Org, items: list[Any], one: Callable[[Any], dict[str, Any]], *, all_or_none: bool
) -> list[dict[str, Any]]:
    point = org.savepoint() if all_or_none else None
    results = []
    failed = []
    for place, item in enumerate(items):
        try:
            results.append(one(item))
        except ApiError as error:
            failed.append(place)
            results.append(_failure(error))
    if point and failed:
        org.restore(point)
        return [
            result if place in failed else _failure(_ROLLED_BACK)
            for place, result in enumerate(results)
        ]
    return results


def _failure(error: ApiError) -> dict[str, Any]:
    return {"success": False, "errors": [error.row()]}
