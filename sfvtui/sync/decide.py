"""Deciding again what was touched: moves, links, states and pairs, in pieces of one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.filters import Filter
from sfvtui.mirror import held_back, mappings, pieces, touched
from sfvtui.mirror import waiting as waiting_links
from sfvtui.mirror.clock import zone
from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Store
from sfvtui.sync import edits
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.match import restate
from sfvtui.sync.moves import settle_moves
from sfvtui.sync.reconcile import Reconciled, reconcile

PIECE = 5000
"""Records decided in one transaction: short enough for readers and writers beside it."""

TOLD_FROM = 500
"""Deciding fewer records takes no time worth telling of, beside what is told already."""


def decide_touched(ctx: Context, bound: BoundMapping, *, may_link: bool) -> Reconciled:
    """Decides all records that were touched since the last time.

    `may_link`: whether the rule may make links now (never after a pull that failed on one side).
    Returns what the reconcile of their links decided.
    """
    store = ctx.store
    version = (mappings.latest(store) or (0, ""))[0]
    total = Reconciled()
    waiting = _waiting(store)
    done = 0
    while waiting:
        for piece in in_chunks(waiting, PIECE):
            with store.write():
                touched.taken_up(store, piece)
                decided = decide_records(ctx, bound, piece, may_link=may_link, mapping=version)
                if not may_link:
                    waiting_links.note(store, piece)
            total.to_salesforce += decided.to_salesforce
            total.to_vitally += decided.to_vitally
            total.agreed += decided.agreed
            total.conflicts += decided.conflicts
            done += len(piece)
            if len(waiting) > TOLD_FROM:
                ctx.progress(Progress("deciding", done, len(waiting)))
        waiting = _waiting(store)
    return total


def decide_records(
    ctx: Context, bound: BoundMapping, record_pks: Sequence[int], *, may_link: bool, mapping: int
) -> Reconciled:
    """Decides these records, in the caller's transaction."""
    store = ctx.store
    pieces.take(store, record_pks)
    refresh_filters(ctx, bound)
    settle_moves(ctx)
    restate(ctx, bound, may_link=may_link, mapping=mapping)
    decided = reconcile(ctx, bound, mapping=mapping)
    for link_id in pieces.links_with_edits(store):
        edits.refresh_holds(ctx, bound, link_id)
    edits.hold_accounts(store)
    held_back.forget_idle(store)
    return decided


def _waiting(store: Store) -> list[int]:
    """The records to decide, those that share a touched match value among them."""
    with store.write():
        touched.spread(store)
    return touched.waiting(store)


def refresh_filters(ctx: Context, bound: BoundMapping) -> None:
    """Tests scope and create filter again for the piece's records, in the caller's transaction."""
    scope, create = filter_of(ctx, bound, bound.scope), filter_of(ctx, bound, bound.create)
    pieces.refresh_filters(ctx.store, scope, create)


def filter_of(ctx: Context, bound: BoundMapping, tree: Filter | None) -> RecordFilter:
    """A filter, as it is read on the mirror now. No filter passes all."""
    return RecordFilter(tree, bound.sobject, zone(ctx.store), ctx.clock())
