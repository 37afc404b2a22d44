"""Preflight: what Salesforce would refuse is said before it is queued.

Source: REST API guide, error codes REQUIRED_FIELD_MISSING, STRING_TOO_LONG,
NUMBER_OUTSIDE_VALID_RANGE, INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST.
"""

from __future__ import annotations

from sfvtui.domain.fields import NUMBERS, PICKLISTS, TEXTS, Field, FieldType
from sfvtui.domain.values import form_problem, members, show


def preflight(field: Field, value: str) -> str | None:
    """Why Salesforce would refuse this canonical value for this field; None where it would not.

    Checked by the field's describe: updateable is the caller's; here required, form, length,
    digits, restricted picklists, the dates' range.
    """
    if not value:
        if field.type is FieldType.BOOLEAN:
            return "a checkbox cannot be blank."
        return None if field.nillable else "it is required and cannot be blank."
    problem = form_problem(field, value)
    if problem:
        return problem
    if field.type in NUMBERS:
        return _number_problem(field, value)
    if field.type in PICKLISTS:
        return _picklist_problem(field, value)
    if field.type in TEXTS:
        return _length_problem(field, value)
    if field.type in (FieldType.DATE, FieldType.DATETIME) and not "1700" <= value[:4] <= "4000":
        return f"{value} lies outside the years 1700 to 4000."
    return None


def _number_problem(field: Field, value: str) -> str | None:
    whole = value.lstrip("-").partition(".")[0].lstrip("0")
    most = field.digits if field.type is FieldType.INT else field.precision - field.scale
    if most > 0 and len(whole) > most:
        return f"{show(field, value)} has more than {most} digits before the point."
    return None


def _picklist_problem(field: Field, value: str) -> str | None:
    chosen = members(value) if field.type is FieldType.MULTIPICKLIST else (value,)
    if field.type is FieldType.MULTIPICKLIST and any(";" in member for member in chosen):
        return "a multi-select value cannot hold a semicolon."
    if not field.restricted:
        return _length_problem(field, ";".join(chosen))
    by_value = {v.value: v for v in field.picklist}
    for member in chosen:
        known = by_value.get(member)
        if known is None:
            return f"{member!r} is not a value of this picklist."
        if not known.active:
            return f"{member!r} is an inactive value of this picklist."
    return None


def _length_problem(field: Field, value: str) -> str | None:
    # Whether Salesforce counts UTF-16 units or code points is not documented: the larger decides.
    units = len(value) if value.isascii() else len(value.encode("utf-16-le", "surrogatepass")) // 2
    if field.length and units > field.length:
        return f"{units} characters, {field.length} are allowed."
    return None
