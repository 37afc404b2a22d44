"""Running a statement on an org: which rows, in which order, and what of each is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.describes import IDS, TEXTS, ObjectType
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.salesforce.soql.conditions import meaning
from sfvtui.sandbox.salesforce.soql.parse import Condition, Group, Order, Query, Test, parse
from sfvtui.sandbox.salesforce.soql.paths import Path, resolve
from sfvtui.sandbox.salesforce.soql.tokens import Token, caret
from sfvtui.sandbox.salesforce.text import fold

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row

LONG_TEXT = 4000
MAX_FIELDS_LIMIT = 200


@dataclass(frozen=True)
class Result:
    """What a statement selects: the rows themselves, and the paths to show of each."""

    query: Query
    entity: ObjectType
    paths: tuple[Path, ...]
    rows: Sequence[Row]

    @property
    def long(self) -> bool:
        """Whether rows with long text make the pages small."""
        return any(
            path.info.length > LONG_TEXT and path.info.type == "textarea" for path in self.paths
        )


def run(org: Org, statement: str, *, deleted: bool = False, bulk: bool = False) -> Result:
    """The result of a statement for the API's user; `deleted` as queryAll, `bulk` as a Bulk job.

    Raises ApiError in Salesforce's words.
    """
    query = parse(statement)
    entity = org.object(query.entity.text)
    if entity is None:
        message = (
            f"sObject type '{query.entity.text}' is not supported. If you are attempting to use a "
            "custom object, be sure to append the '__c' after the entity name. Please reference "
            "your WSDL or the describe call for the appropriate names."
        )
        raise _at(query, query.entity, "INVALID_TYPE", message)
    paths = _paths(org, entity, query, bulk=bulk)
    passes = meaning(org, entity, query.where, statement) if query.where else None
    candidates = _candidates(org, entity, query, deleted=deleted)
    rows = [row for row in candidates if passes is None or passes(row) is True]
    if query.order:
        rows = _ordered(org, entity, query, rows)
    if org.switches.scattered and not query.count and (bulk or not query.order):
        rows.sort(key=lambda row: hashlib.blake2b(row["Id"].encode(), digest_size=8).digest())
    end = None if query.limit is None else query.offset + query.limit
    return Result(query, entity, paths, rows[query.offset : end])


def _at(query: Query, token: Token, code: str, message: str) -> ApiError:
    return caret(query.text, token.at, len(token.text), code, message)


def _paths(org: Org, entity: ObjectType, query: Query, *, bulk: bool) -> tuple[Path, ...]:
    paths: dict[str, Path] = {}
    for token in query.fields:
        if token.text.startswith("FIELDS("):
            for path in _group_of_fields(org, entity, query, token, bulk=bulk):
                paths[path.name] = path
            continue
        path = resolve(org, entity, token, query.text)
        if path.name in paths:
            message = f"duplicate field selected: {path.name}"
            raise _at(query, token, "INVALID_FIELD", message)
        if bulk and path.info.compound:
            raise ApiError(
                "FUNCTIONALITY_NOT_ENABLED", "Selecting compound data not supported in Bulk Query"
            )
        paths[path.name] = path
    return tuple(paths.values())


def _group_of_fields(
    org: Org, entity: ObjectType, query: Query, token: Token, *, bulk: bool
) -> Iterable[Path]:
    which = token.text.removeprefix("FIELDS(").removesuffix(")")
    if which not in {"ALL", "CUSTOM", "STANDARD"}:
        raise _at(query, token, "MALFORMED_QUERY", f"unexpected token: '{which}'")
    if which != "STANDARD" and (bulk or query.limit is None or query.limit > MAX_FIELDS_LIMIT):
        message = "The SOQL FIELDS function must have a LIMIT of at most 200"
        raise _at(query, token, "MALFORMED_QUERY", message)
    for info in entity.visible_fields:
        custom = info.name.endswith("__c")
        if which == "ALL" or custom is (which == "CUSTOM"):
            yield resolve(org, entity, Token("word", info.name, token.at), query.text)


def _candidates(org: Org, entity: ObjectType, query: Query, *, deleted: bool) -> Iterable[Row]:
    """All rows the user sees, or the few that the condition names by Id."""
    named = _named_ids(query.where)
    if named is None:
        return org.table(entity.name, deleted=deleted)
    found = (org.seen(row_id) for row_id in dict.fromkeys(named) if row_id in org.rows[entity.name])
    return [row for row in found if row is not None and (deleted or not row.get("IsDeleted"))]


def _named_ids(condition: Condition | None) -> list[str] | None:
    match condition:
        case Test(field, "=" | "IN", values) if field.text.lower() == "id":
            if all(value.kind == "text" for value in values):
                return [id18(value.text[1:-1]) or "" for value in values]
        case Group(True, parts):
            for part in parts:
                named = _named_ids(part)
                if named is not None:
                    return named
    return None


def _ordered(org: Org, entity: ObjectType, query: Query, rows: list[Row]) -> list[Row]:
    """Sort by the last key first: Python's sort keeps the order of equals."""
    for order in reversed(query.order):
        key = _sort_key(org, entity, query, order)
        rows = sorted(rows, key=key, reverse=order.descending)
    return rows


def _sort_key(org: Org, entity: ObjectType, query: Query, order: Order) -> Callable[[Row], Any]:
    path = resolve(org, entity, order.field, query.text)
    info = path.info
    if not info.sortable:
        message = f"field '{path.name}' can not be sorted in a query call"
        raise _at(query, order.field, "INVALID_FIELD", message)
    read = path.read
    # Reversing the sort must not move the nulls: their flag is turned with it.
    null_flag = order.nulls_last is not order.descending
    places = {value: place for place, value in enumerate(info.values)}

    def form(value: Any) -> Any:
        if info.type == "picklist":
            return (places.get(value, len(places)), value)
        if info.type in IDS:
            return value.casefold() if org.switches.id_order == "folded" else value
        return fold(value, org.switches) if info.type in TEXTS else value

    def key(row: Row) -> Any:
        value = read(row)
        return (null_flag, 0) if value is None else (not null_flag, form(value))

    return key
