"""Adopting: a store is bound to the organization and workspace of the config, or to another object."""

from __future__ import annotations

from sfvtui.errors import NotFound, StoreError, UnknownName, UsageError
from sfvtui.mirror import backup, history
from sfvtui.mirror.emptying import empty, unsent
from sfvtui.mirror.history import Entry
from sfvtui.mirror.lock import push_lock
from sfvtui.sync.context import Context


def proposal(ctx: Context, object_name: str | None = None) -> str:
    """What an adoption would do, as a question. Logs in to both services, and changes nothing.

    Raises UsageError for an object that the config does not map, StoreError where the config maps
    another object than the store holds and none is named, UnknownName for one that the
    organization does not have, ReadOnlyError.
    """
    ctx.refuse_if_read_only("adopting")
    wanted = _object(ctx, object_name)
    new = _organization(ctx)
    _ask_both(ctx, wanted)
    store = ctx.store
    held = f"{store.get('org_id') or 'no organization yet'}, {store.get('object') or 'no object'}"
    return (
        f"The store {store.path} is of {held}. Bind it to {new}, {wanted}? Its mirror, links, bases"
        f" and {unsent(store)} open changes are dropped; a backup is made, the history is kept."
    )


def adopt(ctx: Context, object_name: str | None = None) -> str:
    """Binds the store to the config's organization, workspace and object; returns what was done.

    A backup beside the store is made first. Errors as of `proposal`, and Busy where a push runs.
    """
    ctx.refuse_if_read_only("adopting")
    wanted = _object(ctx, object_name)
    new = _organization(ctx)
    _ask_both(ctx, wanted)
    store = ctx.store
    with push_lock(store, who=ctx.actor, at=ctx.now()):
        kept = backup.beside(store, "adopt")
        with store.write():
            before = " ".join(filter(None, (store.get("org_id"), store.get("object"))))
            dropped = unsent(store)
            empty(store)
            _bind(ctx)
            entry = Entry(
                "adopt", before=before or None, after=f"{store.get('org_id')} {wanted}",
                why=f"{dropped} open changes were dropped; the backup is {kept.name}",
            )  # fmt: skip
            batch = history.new_batch(store)
            history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
    return f"bound to {new}, {wanted}; the backup is {kept}. Pull next: `sfvtui pull`."


def _object(ctx: Context, named: str | None) -> str:
    """The object that the store is to hold: the config's."""
    mapped, held = ctx.mapping.object, ctx.store.get("object")
    if named is not None and named.lower() != mapped.lower():
        raise UsageError(
            f"The config maps {mapped}, not {named}.", "Set `object` in [mapping] first."
        )
    if named is None and held is not None and held.lower() != mapped.lower():
        raise StoreError(
            f"The store {ctx.store.path} holds {held}; the config maps {mapped}.",
            f"Name it to have it held from now on: `sfvtui store adopt --object {mapped}`.",
        )
    return mapped


def _organization(ctx: Context) -> str:
    org = ctx.salesforce().connect()
    kind = {True: "sandbox", False: "production", None: "kind not told"}[org.is_sandbox]
    return f"organization {org.org_id} ({kind}) at {org.instance_url}"


def _ask_both(ctx: Context, wanted: str) -> None:
    """Both services answer, and the organization has the object, before anything is dropped."""
    try:
        ctx.salesforce().describe(wanted)
    except NotFound as error:
        raise UnknownName(
            f"The organization has no object {wanted!r} that this login can read.",
            "Check its API name and the login's permissions.",
        ) from error
    next(ctx.vitally().users(sort="updatedAt"), None)


def _bind(ctx: Context) -> None:
    """The organization is the store's from now on; the workspace will be known by what is pulled."""
    store, org = ctx.store, ctx.salesforce().connect()
    store.put("org_id", org.org_id)
    if org.is_sandbox is not None:
        store.put("org_kind", "sandbox" if org.is_sandbox else "production")
