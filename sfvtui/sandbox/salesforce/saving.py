"""Saving a row: the checks of the API in their order, triggers, stamps, and the log of writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.clock import stamp
from sfvtui.sandbox.salesforce.describes import NUMBERS, TEXTS, FieldInfo, ObjectType
from sfvtui.sandbox.salesforce.errors import ApiError, is_deleted, no_such_column
from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.salesforce.text import fold
from sfvtui.sandbox.salesforce.values import WrongType, stored

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row

_EMAIL = re.compile(r"[^\s@<>(),;:\\\"\[\]]+@[^\s@<>(),;:\\\"\[\]]+\.[^\s@<>(),;:\\\"\[\].]{1,}")


@dataclass(frozen=True)
class Caller:
    """Who saves, and how.

    `checked`: through the API, with its checks; `text` is the request's body, for the place that a
    parser error names; `allow_duplicates` is the duplicate rule header's allowSave.
    """

    by: str
    via: str = "direct"
    checked: bool = False
    allow_duplicates: bool = False
    text: str = ""
    stamps: Mapping[str, str] = field(default_factory=dict)
    new_id: str | None = None


Given = list[tuple[FieldInfo, Any]]
"""What a caller sends, field by field."""


def save(
    org: Org, found: ObjectType, row_id: str | None, values: Mapping[str, Any], caller: Caller
) -> str:
    """Create (no `row_id`) or update a row; returns its id, raises ApiError when refused.

    The order of the checks is: names, permissions, types, required, lengths and picklists,
    unique and duplicates, triggers and validation, locks. Nothing is stored unless all pass.
    """
    old = org.rows[found.name][row_id] if row_id else None
    named = _named(found, values, caller)
    if caller.checked:
        _permitted(found, named, creating=old is None)
    given = _typed(org, named, caller)
    if caller.checked:
        _required(found, given, creating=old is None)
        for info, value in given:
            if value is not None:
                _fits(org, info, value)
    new = _merged(org, found, old, given, caller)
    if caller.checked:
        _unique(org, found, given, new)
        _duplicates(org, found, new, caller)
    for trigger in org.triggers.get(found.name, ()):
        trigger(org, old, new)
    if caller.checked:
        for rule in org.validations.get(found.name, ()):
            rule(org, old, new)
        if old is not None:
            org.check_locks(new["Id"])
    _compose_name(found, new)
    org.rows[found.name][new["Id"]] = new
    asked = {info.name: value for info, value in given}
    org.log("update" if old else "create", old, new, asked, caller.by, caller.via)
    return str(new["Id"])


def _named(found: ObjectType, values: Mapping[str, Any], caller: Caller) -> Given:
    named: Given = []
    for name, raw in values.items():
        if name.lower() == "attributes":
            continue
        info = found.visible(name) if caller.checked else found.field(name)
        if info is None:
            if not caller.checked:
                raise KeyError(f"{found.name} has no field {name}")
            raise no_such_column(name, found.name)
        named.append((info, raw))
    return named


def _permitted(found: ObjectType, named: Given, *, creating: bool) -> None:
    may = found.may_create if creating else found.may_update
    refused = [info.name for info, _ in named if not may(info)]
    if refused:
        raise ApiError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(refused)}. Please check the security "
            "settings of this field and verify that it is read/write for your profile or "
            "permission set.",
            refused,
        )


def _typed(org: Org, named: Given, caller: Caller) -> Given:
    given: Given = []
    for info, raw in named:
        try:
            given.append((info, stored(info, raw, org.switches)))
        except WrongType as wrong:
            if not caller.checked:
                raise
            place = _place(caller.text, info.name)
            raise ApiError("JSON_PARSER_ERROR", f"{wrong.text} {place}") from None
    return given


def _place(text: str, name: str) -> str:
    """Where a parser stumbles: just after the field's name in the body."""
    found = re.search(rf'"{re.escape(name)}"\s*:\s*', text, re.IGNORECASE)
    before = text[: found.end()] if found else ""
    line = before.count("\n") + 1
    return f"[line:{line}, column:{len(before) - before.rfind(chr(10))}]"


def _required(found: ObjectType, given: Given, *, creating: bool) -> None:
    values = {info.name: value for info, value in given}
    missing = [
        info.name
        for info in found.fields
        if (creating and info.required and values.get(info.name) is None)
        or (info.name in values and not info.nillable and values[info.name] is None)
    ]
    if missing:
        raise ApiError(
            "REQUIRED_FIELD_MISSING",
            f"Required fields are missing: [{', '.join(missing)}]",
            missing,
        )


def _fits(org: Org, info: FieldInfo, value: Any) -> None:
    if info.type in TEXTS:
        _length(org, info, value)
    if info.type == "email" and not _EMAIL.fullmatch(value):
        message = f"{info.name}: invalid email address: {value}"
        raise ApiError("INVALID_EMAIL_ADDRESS", message, [info.name])
    if info.restricted:
        chosen = value.split(";") if info.type == "multipicklist" else [value]
        for each in chosen:
            if not info.values.get(each):
                raise ApiError(
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    f"{info.name}: bad value for restricted picklist field: {each}",
                    [info.name],
                )
    if info.type in NUMBERS or info.type == "int":
        _range(info, Decimal(value))
    if info.type == "reference":
        _refers(org, info, value)


def _length(org: Org, info: FieldInfo, value: str) -> None:
    utf16 = org.switches.length_counts == "utf-16"
    length = len(value.encode("utf-16-le")) // 2 if utf16 else len(value)
    if length > info.length:
        raise ApiError(
            "STRING_TOO_LONG",
            f"{info.name}: data value too large: {value} (max length={info.length})",
            [info.name],
        )


def _range(info: FieldInfo, number: Decimal) -> None:
    digits = info.digits if info.type == "int" else info.precision - info.scale
    if digits and number and number.adjusted() + 1 > digits:
        raise ApiError(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{info.name}: value outside of valid range on numeric field: {number}",
            [info.name],
        )


def _refers(org: Org, info: FieldInfo, value: str) -> None:
    target = org.object_of(value) if id18(value) else None
    known = [name for name in info.refers_to if name in org.objects]
    if target is None or (known and target.name not in info.refers_to):
        label = info.name.removesuffix("Id")
        message = f"{label} ID: id value of incorrect type: {value}"
        raise ApiError("MALFORMED_ID", message, [info.name])
    row = org.seen(value)
    if row is None:
        raise ApiError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [])
    if row.get("IsDeleted"):
        raise is_deleted()


def _merged(
    org: Org, found: ObjectType, old: Row | None, given: Given, caller: Caller
) -> dict[str, Any]:
    now = stamp(org.now())
    new: dict[str, Any] = dict(old) if old else _newborn(org, found, caller, now)
    new.update((info.name, value) for info, value in given)
    stamps = {"LastModifiedDate": now, "LastModifiedById": caller.by, "SystemModstamp": now}
    if old is None and "CreatedDate" in caller.stamps:
        born = caller.stamps["CreatedDate"]
        stamps.update(LastModifiedDate=born, SystemModstamp=born)
    stamps.update(caller.stamps)
    new.update((name, value) for name, value in stamps.items() if found.has(name))
    return new


def _newborn(org: Org, found: ObjectType, caller: Caller, now: str) -> dict[str, Any]:
    row: dict[str, Any] = {"Id": caller.new_id or org.next_id(found)}
    standard = {
        "IsDeleted": False,
        "CreatedDate": now,
        "CreatedById": caller.by,
        "OwnerId": caller.by,
    }
    row.update((name, value) for name, value in standard.items() if found.has(name))
    for info in found.fields:
        if info.type == "boolean" and not info.calculated:
            row.setdefault(info.name, False)
    return row


def _unique(org: Org, found: ObjectType, given: Given, new: Row) -> None:
    for info, value in given:
        if not info.unique or value is None:
            continue
        other = matching(org, found, info, value)
        others = [row for row in other if row["Id"] != new["Id"]]
        if others:
            raise ApiError(
                "DUPLICATE_VALUE",
                f"duplicate value found: {info.name} duplicates value on record with id: "
                f"{others[0]['Id'][:15]}",
                [],
            )


def matching(org: Org, found: ObjectType, info: FieldInfo, value: Any) -> Sequence[Row]:
    """The undeleted rows whose field equals the value, as an upsert key compares."""
    exact = info.case_sensitive or not isinstance(value, str)
    wanted = value if exact else fold(value, org.switches)
    rows = org.rows[found.name].values()
    return [
        row
        for row in rows
        if not row.get("IsDeleted")
        and (held := row.get(info.name)) is not None
        and (held if exact else fold(held, org.switches)) == wanted
    ]


def _duplicates(org: Org, found: ObjectType, new: Row, caller: Caller) -> None:
    for rule in org.duplicate_rules:
        if rule.object != found.name or (caller.allow_duplicates and not rule.blocking):
            continue
        key = [new.get(name) for name in rule.fields]
        wanted = [fold(value, org.switches) for value in key if isinstance(value, str)]
        if len(wanted) < len(key):
            continue
        for row in org.rows[found.name].values():
            if row["Id"] == new["Id"] or row.get("IsDeleted"):
                continue
            held = [row.get(name) for name in rule.fields]
            if [fold(v, org.switches) for v in held if isinstance(v, str)] == wanted:
                raise ApiError("DUPLICATES_DETECTED", "Use one of these records?", [])


def _compose_name(found: ObjectType, new: dict[str, Any]) -> None:
    """A person's Name is first and last name; it moves with them."""
    if found.has("LastName") and found.has("FirstName"):
        parts = (new.get("FirstName"), new.get("LastName"))
        new["Name"] = " ".join(part for part in parts if part) or None
