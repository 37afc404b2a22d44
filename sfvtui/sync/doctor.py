"""Doctor: what works and what does not, from the config to both services, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sfvtui.domain.bound import bind
from sfvtui.domain.fields import SObject, parse_describe
from sfvtui.errors import NotFound, SfvtuiError
from sfvtui.mirror import mappings
from sfvtui.secrets import resolve_secret
from sfvtui.sync import identity
from sfvtui.sync.context import Context

SHOWN_TRAITS = 3


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `mend` says what to do where it is not well."""

    name: str
    ok: bool
    found: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        """The check as commands print it."""
        return {"name": self.name, "ok": self.ok, "found": self.found, "mend": self.mend}


def doctor(ctx: Context) -> list[Check]:
    """Looks at config, store, secrets, both services and the mapping. Decides and sends nothing.

    A check that cannot be made because an earlier one failed is left out.
    """
    checks = [_config(ctx), _store(ctx), *_secrets(ctx)]
    if not all(check.ok for check in checks):
        return checks
    salesforce = _try("salesforce", lambda: _salesforce(ctx))
    vitally = _try("vitally", lambda: _vitally(ctx))
    checks += [salesforce, vitally]
    if salesforce.ok and ctx.settings.mapping is not None:
        checks.append(_try("mapping", lambda: _mapping(ctx)))
    if ctx.store.get("org_id") is not None and salesforce.ok and vitally.ok:
        checks.append(_try("own store", lambda: _own_store(ctx)))
    return [*checks, *_paused(ctx)]


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
    damage = ctx.store.value("PRAGMA quick_check")
    if damage != "ok":
        return Check(
            "store",
            ok=False,
            found=f"{ctx.store.path} is damaged: {damage}",
            mend="Bring back a backup, or name a new store in [store] path and pull.",
        )
    return Check("store", ok=True, found=str(ctx.store.path))


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
    kind = {True: "sandbox", False: "production", None: "kind not told"}[org.is_sandbox]
    found = f"{org.instance_url}, organization {org.org_id} ({kind}), API {org.api_version}"
    usage = client.usage
    if usage is not None:
        found += f", {usage.used} of {usage.limit} calls used today"
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
    page = next(client.users(sort="updatedAt"), None)
    rows = page.rows if page is not None else []
    found = f"{ctx.settings.vitally.base_url} answers"
    if client.limits.remaining is not None:
        found += f", {client.limits.remaining} of {client.limits.limit} requests left this minute"
    return Check("vitally", ok=True, found=f"{found}. {_second_syncer(ctx, rows)}")


def _second_syncer(ctx: Context, users: list[dict[str, Any]]) -> str:
    """Whether users hold traits of Salesforce that no pair of the mapping writes."""
    mapping = ctx.settings.mapping
    ours = {pair.trait for pair in mapping.pairs} if mapping else set()
    others = sorted(
        {
            key
            for user in users
            for key, value in (user.get("traits") or {}).items()
            if key.startswith("sfdc.") and key not in ours and value is not None
        }
    )
    if not others:
        return "No sign of a second syncer"
    return (
        f"Users hold traits that no pair writes ({', '.join(others[:SHOWN_TRAITS])}"
        f"{', …' if len(others) > SHOWN_TRAITS else ''}): Vitally's own Salesforce sync may run "
        "as well; let each field be written by one of the two"
    )


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
    return Check("mapping", ok=True, found=f"{own.name}, {len(bound.pairs)} pairs")


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


def _paused(ctx: Context) -> Iterator[Check]:
    for name, reason in mappings.paused(ctx.store).items():
        yield Check(
            f"pair {name}",
            ok=False,
            found=f"paused: {reason}",
            mend="Bring the field back, or take the pair out of the mapping.",
        )
