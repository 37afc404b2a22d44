"""Schema watch: the describe is read anew, and pairs whose field is gone or retyped pause."""

from __future__ import annotations

import hashlib

from sfvtui.domain import filters
from sfvtui.domain.bound import BoundMapping, bind
from sfvtui.domain.fields import parse_describe
from sfvtui.domain.mapping import Mapping
from sfvtui.errors import FilterError, RemoteError, UnknownName
from sfvtui.mirror import history, links, mappings
from sfvtui.mirror.history import Entry
from sfvtui.mirror.records import forget
from sfvtui.mirror.store import Store
from sfvtui.mirror.touched import touch_linked, touch_queued
from sfvtui.sync.context import Context

TRAIT_GONE = "trait gone from Vitally"
FEWEST_WITH_TRAIT = 10
"""A trait that at least this many linked users had, and none has after a pull, pauses its pair."""


def watch(ctx: Context) -> BoundMapping:
    """Reads the describe of the mapped object (and of the parents that it names), keeps it, and
    pauses or resumes pairs by it. Returns the mapping bound to it.

    Raises UnknownName for a field that the org does not have and never had.
    """
    store, mapping = ctx.store, ctx.mapping
    own = parse_describe(_describe(ctx, mapping.object))
    if not own.queryable:
        raise UnknownName(
            f"mapping.object: {own.name} cannot be queried.", "Choose another object."
        )
    for relation in sorted(_relations(mapping)):
        lookup = own.lookup(relation)
        if lookup is not None:
            _describe(ctx, lookup.refers_to[0])
    sobject = mappings.sobject(store, mapping.object)
    assert sobject is not None
    bound = bind(mapping, sobject, once=mappings.once(store), kept=mappings.kept(store))
    with store.write():
        if store.get("object") is None:
            store.put("object", own.name)
        for pair in bound.pairs:
            now = sobject.field(pair.name)
            if not pair.missing:
                resume(ctx, pair.name, but_not=TRAIT_GONE, unread=True)
            elif now is None:
                _pause(ctx, pair.name, f"{pair.name} vanished, or this login may not read it")
            else:
                why = f"{pair.name} changed its type from {pair.field.type} to {now.type}"
                _pause(ctx, pair.name, f"{why}; take its pair out of the mapping to begin anew")
        _watch_rules(store, bound)
    return bound


def _watch_rules(store: Store, bound: BoundMapping) -> None:
    """What Salesforce now takes decides what is held: where that changed, everything that waits in
    the outbox is decided again."""
    rules = repr(
        [
            (f.name, f.updateable, f.nillable, f.length, f.precision, f.digits, f.restricted,
             [(v.value, v.active) for v in f.picklist])
            for f in (pair.field for pair in bound.pairs)
        ]
    )  # fmt: skip
    digest = hashlib.sha256(rules.encode()).hexdigest()
    if store.get("field_rules") != digest:
        store.put("field_rules", digest)
        touch_queued(store)


def _describe(ctx: Context, name: str) -> dict[str, object]:
    try:
        body = ctx.salesforce().describe(name)
    except RemoteError as error:
        if type(error).__name__ == "NotFound":
            raise UnknownName(
                f"mapping.object: the organization has no object {name!r} that this login can read.",
                "Check its API name and the login's permissions.",
            ) from error
        raise
    with ctx.store.write():
        mappings.save_describe(ctx.store, str(body["name"]), ctx.now(), body)
    return body


def _relations(mapping: Mapping) -> set[str]:
    """The lookups that the mapping follows: `Account` of `Account.Name`."""
    names = [pair.field for pair in mapping.pairs]
    names += [mapping.match.field, mapping.account.field, mapping.external_id_field]
    for text in (mapping.scope, mapping.create.filter if mapping.create.allowed else ""):
        try:
            names += filters.fields(filters.parse(text))
        except FilterError:
            continue  # said in full, with its column, when the mapping is bound
    return {name.partition(".")[0] for name in names if "." in name}


def _pause(ctx: Context, field: str, why: str) -> None:
    if mappings.pause(ctx.store, field, why, ctx.now()):
        touch_linked(ctx.store)
        _note(ctx, "pause", field, why)


def resume(ctx: Context, field: str, *, but_not: str = "", unread: bool = False) -> None:
    """Ends the pause of a pair: its first decisions after that are careful ones. `unread`: what the
    mirror holds of the field is from before the pause, and is read again for every record."""
    store = ctx.store
    if mappings.pause_reason(store, field) in (None, but_not):
        return
    if unread:
        forget(store, field)
    mappings.resume(store, field)
    touch_linked(store)
    _note(ctx, "resume", field, "it can be read again")


def watch_traits(ctx: Context, bound: BoundMapping) -> None:
    """Pauses pairs whose trait vanished from Vitally, and resumes those whose trait is back: a
    trait that ten or more linked users had, and none has after a pull."""
    store = ctx.store
    for pair in bound.pairs:
        if pair.missing or pair.pair.is_attribute:
            continue
        # Most often the first user tells; only where nobody has it, it is counted who had.
        have = links.anybody_has(store, pair.name)
        gone = not have and links.agreed(store, pair.name, FEWEST_WITH_TRAIT)
        with store.write():
            if gone:
                _pause(ctx, pair.name, TRAIT_GONE)
            elif have and mappings.pause_reason(store, pair.name) == TRAIT_GONE:
                resume(ctx, pair.name)


def _note(ctx: Context, what: str, field: str, why: str) -> None:
    store = ctx.store
    entry = Entry(what, field=field, why=why)
    history.append(store, entry, at=ctx.now(), who="rule", batch=history.new_batch(store))
