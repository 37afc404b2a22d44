"""What is computed when a row is read: formula fields and compound addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from sfvtui.sandbox.salesforce.values import number_text

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.describes import FieldInfo
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row


def _greeting(_org: Org, row: Row) -> str | None:
    first = row.get("FirstName")
    return f"Dear {first}" if first else "Dear"


def _industry(org: Org, row: Row) -> Any:
    account = org.rows["Account"].get(row.get("AccountId") or "")
    return account.get("Industry") if account else None


def _days_since_qbr(org: Org, row: Row) -> Decimal | None:
    day = row.get("Last_QBR__c")
    if day is None:
        return None
    today = org.now().astimezone(org.zone).date()
    return Decimal((today - date.fromisoformat(day)).days)


STANDARD: dict[tuple[str, str], Callable[[Org, Row], Any]] = {
    ("Contact", "Greeting__c"): _greeting,
    ("Contact", "Account_Industry__c"): _industry,
    ("Contact", "Days_Since_QBR__c"): _days_since_qbr,
}
"""The formulas of the catalog's calculated fields: they move no stamp."""


def reader(org: Org, object_name: str, info: FieldInfo) -> Callable[[Row], Any]:
    """A function from a row to its stored value of the field, computed where it must be."""
    formula = org.formulas.get((object_name, info.name))
    if formula is not None:
        computed = formula
        return lambda row: computed(org, row)
    if info.compound:
        prefix = info.name.removesuffix("Address")
        return lambda row: _address(prefix, row)
    name = info.name
    return lambda row: row.get(name)


def _address(prefix: str, row: Row) -> dict[str, Any] | None:
    parts = {
        "city": "City",
        "country": "Country",
        "geocodeAccuracy": "GeocodeAccuracy",
        "latitude": "Latitude",
        "longitude": "Longitude",
        "postalCode": "PostalCode",
        "state": "State",
        "street": "Street",
    }
    address: dict[str, Any] = {key: row.get(prefix + part) for key, part in parts.items()}
    for key in ("latitude", "longitude"):
        degrees = address[key]
        if degrees is not None:
            address[key] = msgspec.Raw(number_text(degrees, in_e=False).encode())
    return address if any(value is not None for value in address.values()) else None
