"""Doctor: what works and what does not, from the config to both services, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from urllib.parse import urlsplit

from sfvtui.domain.bound import bind
from sfvtui.domain.fields import SObject, parse_describe
from sfvtui.errors import NotFound, SfvtuiError
from sfvtui.secrets import resolve_secret
from sfvtui.sync import findings, identity
from sfvtui.sync.context import Context
from sfvtui.sync.findings import Check
from sfvtui.sync.setup import salesforce_words, vitally_words

__all__ = ["Check", "doctor"]

NOT_CHECKED = "not checked"
"""How the finding of a check begins that could not be made."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def doctor(ctx: Context) -> list[Check]:
    """Looks at config, store, secrets, both services and the mapping. Decides and sends nothing.

    The services and the mapping are named also where an earlier check that failed leaves them
    unchecked; what hangs on both services is left out then.
    """
    own = [findings.versions(), _config(ctx), _store(ctx)]
    secrets = list(_secrets(ctx))
    salesforce = _after(own, secrets, "salesforce", lambda: _salesforce(ctx))
    vitally = _after(own, secrets, "vitally", lambda: _vitally(ctx))
    if salesforce.ok:
        mapping = _try("mapping", lambda: _mapping(ctx))
    else:
        mapping = _not_checked("mapping", "salesforce")
    checks = [*own, *secrets, salesforce, vitally, mapping]
    if not all(check.ok for check in own):
        return checks
    if salesforce.ok and vitally.ok:
        checks += _both(ctx)
    if mapping.ok or not salesforce.ok:
        checks += findings.match(ctx)
    return [*checks, *findings.guarded_writes(ctx), *findings.paused(ctx)]


def _after(
    own: list[Check], secrets: list[Check], system: str, check: Callable[[], Check]
) -> Check:
    """A service's check, where nothing that failed before stands in its way: neither on this
    machine, nor a secret of that service's."""
    ours = [*own, *(one for one in secrets if one.name.startswith(f"secret {system}."))]
    failed = next((one for one in ours if not one.ok), None)
    return _try(system, check) if failed is None else _not_checked(system, failed.name)


def _not_checked(name: str, failed: str) -> Check:
    found = f"{NOT_CHECKED}: it needs {failed}"
    return Check(name, ok=False, found=found, mend=f"Mend {failed}, then ask again.")


def _try(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except SfvtuiError as error:
        return Check(name, ok=False, found=error.message, mend=error.mend)


def _config(ctx: Context) -> Check:
    settings = ctx.settings
    if settings.mapping is None:
        return Check(
            "config",
            ok=False,
            found=f"{settings.path} has no [mapping].",
            mend="Answer the four questions on the screen Mapping.",
        )
    found = "; ".join((str(settings.path), *settings.warnings))
    return Check("config", ok=True, found=found)


def _store(ctx: Context) -> Check:
    damage = ctx.store.damage()
    if damage is not None:
        return Check(
            "store",
            ok=False,
            found=f"{ctx.store.path} is damaged: {damage}",
            mend="Bring back a backup, or name a new store in [store] path and pull.",
        )
    return findings.access(ctx)


def _secrets(ctx: Context) -> Iterator[Check]:
    """Each secret that the config names, resolved; its value is not looked at."""
    salesforce = ctx.settings.salesforce
    named = {
        "salesforce.client_secret": salesforce.client_secret,
        "salesforce.password": salesforce.password,
        "salesforce.security_token": salesforce.security_token,
        "salesforce.private_key": salesforce.private_key,
        "salesforce.access_token": salesforce.access_token,
        "vitally.api_key": ctx.settings.vitally.api_key,
        "events.webhook": ctx.settings.events.webhook,
    }
    for key, reference in named.items():
        if reference:
            yield _try(f"secret {key}", partial(_secret, key, reference))


def _secret(key: str, reference: str) -> Check:
    resolve_secret(reference)
    return Check(f"secret {key}", ok=True, found="resolved")


def _salesforce(ctx: Context) -> Check:
    client = ctx.salesforce()
    org = client.connect()
    found = salesforce_words(org, client.usage)
    usage = client.usage
    if usage is not None:
        reserve = ctx.settings.salesforce.daily_calls_reserve
        if usage.left < reserve:
            return Check(
                "salesforce",
                ok=False,
                found=found,
                mend=f"Less than the reserve of {reserve:.0%} is left: wait, or lower "
                "salesforce.daily_calls_reserve.",
            )
    return Check("salesforce", ok=True, found=found)


def _vitally(ctx: Context) -> Check:
    client = ctx.vitally()
    next(client.accounts(sort="updatedAt"), None)
    return Check(
        "vitally", ok=True, found=vitally_words(ctx.settings.vitally.base_url, client.limits)
    )


def _both(ctx: Context) -> Iterator[Check]:
    """What can be told once both services answer."""
    try:
        page = next(ctx.vitally().users(sort="updatedAt"), None)
    except SfvtuiError as error:
        yield Check("users", ok=False, found=error.message, mend=error.mend)
        return
    # A sandbox on this machine has a clock of its own, which its world may have moved on.
    if urlsplit(ctx.settings.salesforce.instance_url).hostname not in LOOPBACK:
        theirs = page.server_time if page is not None else None
        yield findings.clock(ctx, ctx.salesforce().server_time(), theirs)
    yield findings.second_syncer(ctx, page.rows if page is not None else [])
    if ctx.store.get("org_id") is not None:
        yield _try("own store", lambda: _own_store(ctx))


def _mapping(ctx: Context) -> Check:
    """The mapping against the org's own describe of today."""
    mapping = ctx.mapping
    try:
        own = parse_describe(ctx.salesforce().describe(mapping.object))
    except NotFound as error:
        return Check(
            "mapping",
            ok=False,
            found=f"The organization has no object {mapping.object} that this login can read.",
            mend=error.mend or "Check its API name and the login's permissions.",
        )
    bound = bind(mapping, parse_describe(ctx.salesforce().describe(own.name), _parents(ctx, own)))
    fixed = [pair.name for pair in bound.pairs if pair.pair.editable and not pair.field.updateable]
    if fixed:
        return Check(
            "mapping",
            ok=False,
            found=f"Salesforce does not let this login update {', '.join(fixed)}.",
            mend="Make these pairs not editable, or give the login the permission.",
        )
    editable = sum(pair.pair.editable for pair in bound.pairs)
    found = f"{own.name}, {len(bound.pairs)} pairs, all readable, {editable} editable"
    return Check("mapping", ok=True, found=found)


def _parents(ctx: Context, own: SObject) -> list[SObject]:
    mapping = ctx.mapping
    names = [pair.field for pair in mapping.pairs] + [mapping.match.field, mapping.account.field]
    found = []
    for relation in sorted({name.partition(".")[0] for name in names if "." in name}):
        lookup = own.lookup(relation)
        if lookup is not None:
            with suppress(NotFound):  # binding says which field cannot be found
                found.append(parse_describe(ctx.salesforce().describe(lookup.refers_to[0])))
    return found


def _own_store(ctx: Context) -> Check:
    identity.check_salesforce(ctx)
    identity.check_vitally(ctx)
    return Check("own store", ok=True, found="of this organization and workspace")
