"""Before any command shows or does anything: the store's mapping is the config's, and today is today."""

from __future__ import annotations

from sfvtui.config import mapping_toml
from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import Origin
from sfvtui.domain.fields import Field
from sfvtui.domain.filters import depends_on_today
from sfvtui.errors import StoreError
from sfvtui.mirror import (
    accounts,
    bases,
    clock,
    conflicts,
    draft_fields,
    held_back,
    history,
    indexes,
    links,
    mappings,
    outbox,
    pending,
    records,
    stays,
    touched,
)
from sfvtui.mirror.columns import ensure_columns
from sfvtui.mirror.history import Entry
from sfvtui.mirror.records import Records
from sfvtui.mirror.store import Store
from sfvtui.mirror.users import Users
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_touched

UNFINISHED = "unfinished: "
"""Before the TOML of a mapping that the store is being made to fit."""


def prepare(ctx: Context) -> BoundMapping | None:
    """Compares the config's mapping with the store's, and the day with the last one; decides again
    what either changed. Offline.

    Returns the mapping bound to the last describe, None before the first pull. Raises ConfigError
    without a mapping, StoreError for a store that holds another object, UnknownName and
    FilterError for a mapping that the org's describe does not bear out.
    """
    store = ctx.store
    one_object(ctx)
    toml = mapping_toml(ctx.mapping)
    old = mappings.latest(store)
    bound = mappings.bound(store, ctx.mapping)
    fitting = bound is not None and fits(store, toml, bound)
    if bound is not None and not fitting:
        adapt(ctx, bound)
    else:
        version = old[0] if old is not None and old[1] == toml else keep_version(ctx)
        ctx.fitted = None if bound is None else (version, _bound_to(toml, bound))
    if bound is not None:
        day = clock.day(store, ctx.clock())
        daily = any(depends_on_today(tree) for tree in (bound.scope, bound.create))
        if store.get("day") != day:
            if daily:
                touched.touch_all(store)
            store.put("day", day)
        if fitting:
            listing = bound.listing().as_json()
            mappings.settle(store, mappings.Settled(toml, daily, listing))
        if touched.anything(store):
            indexes.make(store)  # deciding many records without them would take for ever
            decide_touched(ctx, bound, may_link=store.get("may_link") == "yes")
    return bound


def one_object(ctx: Context) -> None:
    """Refuses a config whose object is not the store's: one store holds one object."""
    held = ctx.store.get("object")
    wanted = ctx.mapping.object
    if held is not None and held.lower() != wanted.lower():
        raise StoreError(
            f"The store {ctx.store.path} holds {held}; the config maps {wanted}.",
            f"Run `sfvtui store adopt --object {wanted}`, or name another store in [store] path.",
        )


def keep_version(ctx: Context) -> int:
    """Keeps the config's mapping as a new version, if it is new; returns the version's number."""
    store, toml = ctx.store, mapping_toml(ctx.mapping)
    with store.write():
        old = mappings.latest(store)
        if old is not None and old[1] == toml:
            return old[0]
        version = mappings.add_version(store, ctx.now(), ctx.actor, toml)
        entry = Entry("mapping", before=old[1] if old else None, after=toml)
        history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=history.new_batch(store))
        return version


def adapt(ctx: Context, bound: BoundMapping) -> None:
    """Makes the store fit a mapping, or a describe, that is not the one it was bound to: columns,
    void bases, provisional links made anew; everything is decided again."""
    store = ctx.store
    with store.write():
        version = keep_version(ctx)
        fresh = ensure_columns(store, bound)
        for name in fresh:
            store.put(f"unread:{name}", "yes")
        for name in _returned(store, bound) - fresh:
            if draft_fields.read_lately(store, name, ctx.clock()):
                store.put(f"unread:{name}", "yes")
            else:
                records.forget(store, name)
        rescaled = _rescaled(store, bound)
        for name in void_pairs(store, bound):
            _void(store, name)
            if (pair := bound.pair(name)) is not None:
                held_back.follow(store, name, pair.pair.trait)
        for field in rescaled:
            bases.rescale(store, field)
        for name in _left(store, bound):
            _leave(store, name)
        if store.get("match") not in (None, bound.match_signature):
            for link_id in links.provisional(store):
                _delete_provisional(store, link_id)
            store.put("may_link", None)
        store.put("match", bound.match_signature)
        store.put(mappings.SETTLED, None)
        outbox.under_mapping(store, version)
        # From here on the store fits no mapping, until all of it was computed again for this one.
        toml = mapping_toml(ctx.mapping)
        unfinished = _bound_to(f"{UNFINISHED}{toml}", bound)
        store.put("bound", unfinished)
    ctx.fitted = version, unfinished
    with ctx.one_mapping():
        Users(store, bound).rebuild()
        accounts.rebuild(store, bound)
        Records(store, bound).rebuild()
        with store.write():
            touched.touch_all(store)
            store.put("bound", _bound_to(toml, bound))
    ctx.fitted = version, _bound_to(toml, bound)


def fits(store: Store, toml: str, bound: BoundMapping) -> bool:
    """Whether the store's columns are those of this mapping (and its TOML)."""
    return store.get("bound") == _bound_to(toml, bound)


def _bound_to(toml: str, bound: BoundMapping) -> str:
    """What the store's columns were computed for: the mapping, and the types of its fields."""
    types = ",".join(f"{f.name}:{f.type}:{f.scale}" for f in bound.fields)
    missing = ",".join(p.name for p in bound.pairs if p.missing)
    return f"{types}|{missing}|{toml}"


def _returned(store: Store, bound: BoundMapping) -> set[str]:
    """The fields that the mapping has and the one before had not: what the mirror still holds of
    them from earlier is not kept up to date."""
    before = store.get("bound")
    if before is None:
        return set()
    known = {part.split(":")[0] for part in before.split("|")[0].split(",")}
    return {field.name for field in bound.fields} - known


def _rescaled(store: Store, bound: BoundMapping) -> list[Field]:
    """The number fields of pairs whose scale the org has changed: still the same pairs."""
    once = mappings.once(store)
    return [
        pair.field
        for pair in bound.pairs
        if not pair.missing
        and (known := once.get(pair.name.lower())) is not None
        and known.type is pair.field.type
        and known.scale != pair.field.scale
    ]


def void_pairs(store: Store, bound: BoundMapping) -> list[str]:
    """Keeps the mapping's pairs in the store; returns those whose bases are void.

    A pair that is paused because the org changed its field's type keeps its base: the type may
    come back. It starts anew when a person takes it out of the mapping and puts it in again.
    """
    once, paused = mappings.once(store), mappings.paused(store)
    void = []
    for pair in bound.pairs:
        known = once.get(pair.name.lower())
        retyped = known is not None and known.type is not pair.field.type
        if pair.missing or (retyped and pair.name in paused):
            continue
        if mappings.keep_pair(store, pair):
            void.append(pair.name)
    return void


def _void(store: Store, name: str) -> None:
    """A new or changed pair: no base, no stay, no conflict that nobody typed into."""
    bases.void(store, name)
    stays.drop_of_field(store, name)
    conflicts.drop_of_field(store, name)
    mappings.begin_anew(store, name)


def _left(store: Store, bound: BoundMapping) -> list[str]:
    """The pairs that the mapping no longer has."""
    now = {p.name for p in bound.pairs}
    return [name for name in mappings.active(store) if name not in now]


def _leave(store: Store, name: str) -> None:
    """A pair that left the mapping: what was reconciled for it goes, what was typed is held."""
    mappings.leave(store, name)
    conflicts.drop_of_field(store, name)
    for row in pending.queued_of_field(store, name):
        if row["origin"] == Origin.RECONCILE:
            outbox.remove_field(store, row["change_id"], row["name"])


def _delete_provisional(store: Store, link_id: int) -> None:
    target = links.target_of(store, link_id)
    if target is not None:
        for item in outbox.queued_reconciled(store, target):
            outbox.remove_field(store, item["change_id"], item["name"])
    links.delete(store, link_id)
