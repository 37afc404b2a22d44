"""Own store: a store belongs to one organization and one workspace, and says so before a pull or push."""

from __future__ import annotations

import json

from sfvtui.errors import WrongStore
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
    users = store.rows(
        "SELECT user_id FROM user WHERE missing_at IS NULL ORDER BY user_pk LIMIT ?", PROBES
    )
    accounts = store.rows("SELECT account_id FROM account ORDER BY account_id LIMIT ?", PROBES)
    if not users and not accounts:
        return
    if any(vitally.account(row[0]) is not None for row in accounts):
        return
    if any(vitally.user(row[0]) is not None for row in users):
        return
    known = ", ".join(row[0] for row in (*accounts, *users)[:3])
    raise WrongStore(
        f"The store {store.path} knows {known} and others; this Vitally workspace has none of them.",
        "Name another store in [store] path, or bind this one with `sfvtui store adopt`.",
    )


def note_calls(ctx: Context) -> None:
    """Keeps Salesforce's count of calls, as its last answer told it, for `status` and the screens."""
    usage = ctx.salesforce().usage
    if usage is not None:
        ctx.store.put("calls", json.dumps({"used": usage.used, "limit": usage.limit}))
