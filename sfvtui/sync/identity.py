"""Own store: a store belongs to one organization and one workspace, and says so before a pull or push."""

from __future__ import annotations

import json

from sfvtui.errors import WrongStore
from sfvtui.mirror import accounts, users
from sfvtui.sync.context import Context

PROBES = 5
"""How many known users and accounts are asked for before Vitally counts as another workspace."""


def check_salesforce(ctx: Context) -> None:
    """Compares the organization of the login with the store's; a new store takes it on.

    Raises WrongStore for another organization, or a sandbox where production was (and back).
    """
    store, org = ctx.store, ctx.salesforce().connect()
    kind = "sandbox" if org.is_sandbox else "production"
    known = store.get("org_id")
    if known is None:
        with store.write():
            store.put("org_id", org.org_id)
            if org.is_sandbox is not None:
                store.put("org_kind", kind)
    elif known != org.org_id or (
        org.is_sandbox is not None and store.get("org_kind") not in (None, kind)
    ):
        raise WrongStore(
            f"The store {store.path} is of organization {known}"
            f" ({store.get('org_kind') or 'kind not known'}); this login is of {org.org_id} ({kind}).",
            "Name another store in [store] path, or bind this one with `sfvtui store adopt`.",
        )
    with store.write():
        if org.time_zone:
            store.put("time_zone", org.time_zone)
        store.put("api_version", org.api_version)


def check_vitally(ctx: Context) -> None:
    """Asks for a few users and accounts that the store knows: where none of them exists, this is
    another workspace. Raises WrongStore then."""
    store, vitally = ctx.store, ctx.vitally()
    some_users, some_accounts = users.some(store, PROBES), accounts.known(store, PROBES)
    if not some_users and not some_accounts:
        return
    if any(vitally.account(account_id) is not None for account_id in some_accounts):
        return
    if any(vitally.user(user_id) is not None for user_id in some_users):
        return
    known = ", ".join((*some_accounts, *some_users)[:3])
    raise WrongStore(
        f"The store {store.path} knows {known} and others; this Vitally workspace has none of them.",
        "Name another store in [store] path, or bind this one with `sfvtui store adopt`.",
    )


def note_calls(ctx: Context) -> None:
    """Keeps Salesforce's count of calls, as its last answer told it, for `status` and the screens."""
    usage = ctx.salesforce().usage
    if usage is not None:
        ctx.store.put("calls", json.dumps({"used": usage.used, "limit": usage.limit}))
