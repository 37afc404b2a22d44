"""Vitally's own Salesforce sync, as far as its documentation tells: the second syncer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.vitally.models import milliseconds
from sfvtui.sandbox.vitally.workspace import SYNCER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.vitally.models import User
    from sfvtui.sandbox.vitally.workspace import Workspace


@dataclass(frozen=True)
class Syncer:
    """Writes `sfdc.*` traits of the org's contacts over whatever Vitally holds.

    `match_field` equals the user's externalId. `creates` makes users for contacts that have none
    (a deleted one comes back), in the account whose `sfdc.Id` is the contact's. How dates arrive is
    not documented: `epoch` writes datetimes as epoch milliseconds, as another integration does.
    """

    fields: tuple[str, ...] = ("Id", "Title", "Phone")
    match_field: str = "Product_User_Id__c"
    creates: bool = False
    epoch: bool = False

    def run(self, org: Org, workspace: Workspace) -> int:
        """One resync of everything; returns how many users it wrote."""
        done: set[str] = set()
        written = 0
        with org.lock, workspace.lock:
            for row in list(org.table("Contact")):
                key = row.get(self.match_field)
                user = workspace.user(key) if key else None
                if user is None and key and self.creates:
                    user = self._create(org, workspace, row["Id"], key)
                if user is None or user.id in done:
                    continue
                done.add(user.id)
                traits = sfdc_traits(org, row["Id"], self.fields, epoch=self.epoch)
                if {**user.traits, **traits} != user.traits:
                    workspace.change(user.id, {"traits": traits}, by=SYNCER)
                    written += 1
        return written

    def _create(self, org: Org, workspace: Workspace, contact_id: str, key: str) -> User | None:
        gone = workspace.buried(key)
        if gone is not None:
            return workspace.restore_user(gone.id)
        wanted = org.value(contact_id, "AccountId")
        accounts = [
            account.id
            for account in workspace.accounts.values()
            if id18(str(account.traits.get("sfdc.Id"))) == wanted
        ]
        if not accounts:
            return None
        body = {
            "externalId": key,
            "accountIds": accounts,
            "name": org.value(contact_id, "Name"),
            "email": org.value(contact_id, "Email"),
        }
        return workspace.create(body, by=SYNCER)


def sfdc_traits(
    org: Org, row_id: str, fields: Iterable[str], *, epoch: bool = False
) -> dict[str, Any]:
    """The traits `sfdc.<field>` of a row as the integration writes them; blanks are null."""
    return {f"sfdc.{name}": vitally_value(org, row_id, name, epoch=epoch) for name in fields}


def vitally_value(org: Org, row_id: str, name: str, *, epoch: bool = False) -> Any:
    """One value of a row (also through a lookup, `Account.Name`) as JSON for Vitally."""
    first, dot, inner = name.partition(".")
    found = org.object_of(row_id)
    if found is None:
        raise KeyError(row_id)
    if dot:
        lookup = found.lookup(first)
        parent = org.value(row_id, lookup.name) if lookup else None
        return vitally_value(org, parent, inner, epoch=epoch) if parent else None
    info, value = found.field(name), org.value(row_id, name)
    if info is None:
        raise KeyError(name)
    if value is None:
        return None
    if info.type == "multipicklist":
        return str(value).split(";")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if info.type == "datetime":
        # Salesforce writes 2026-01-31T10:00:00.000+0000.
        instant = str(value).replace("+0000", "Z")
        return _epoch(instant) if epoch else instant
    return value


def _epoch(instant: str) -> int:
    return milliseconds(datetime.fromisoformat(instant))
