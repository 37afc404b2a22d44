"""Deciding again what was touched: moves, links, states and pairs, in pieces of one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.filters import Filter
from sfvtui.domain.values import same
from sfvtui.mirror import conflicts, held_back, links, mappings, pieces, touched, waiting
from sfvtui.mirror.clock import zone
from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.store import Row
from sfvtui.sync import edits
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.match import make_links, restate
from sfvtui.sync.moves import settle_moves
from sfvtui.sync.reconcile import Reconciled, reconcile

PIECE = 5000
"""Records decided in one transaction: short enough for readers and writers beside it."""

TOLD_FROM = 500
"""Deciding fewer records takes no time worth telling of, beside what is told already."""


def decide_touched(ctx: Context, bound: BoundMapping, *, may_link: bool) -> Reconciled:
    """Decides all records that were touched since the last time.

    `may_link`: whether the rule may make links now (never after a pull that failed on one side).
    Returns what the reconcile of their links decided. Raises MappingChanged where the store was made
    to fit another mapping meanwhile.
    """
    deciding = _Deciding(ctx, bound, may_link=may_link)
    with ctx.one_mapping():
        while deciding.begin_round():
            if deciding.total > PIECE:
                with ctx.store.roomy():
                    deciding.in_order_of_numbers()
            deciding.in_order_of_accounts()
    return deciding.report


class _Deciding:
    """Deciding what is touched, piece by piece, until nothing is.

    Records lie in the store in the order of their numbers, and are decided in it; but those that
    may become users are put off, and decided in the order of their accounts, where each account's
    people are read once to look for look-alikes.
    """

    def __init__(self, ctx: Context, bound: BoundMapping, *, may_link: bool) -> None:
        self.ctx = ctx
        self.store = ctx.store
        self.bound = bound
        self.may_link = may_link
        self.version = (mappings.latest(ctx.store) or (0, ""))[0]
        self.report = Reconciled()
        self.done = self.total = 0

    def begin_round(self) -> bool:
        """Takes up what has been touched by now; returns whether there is anything."""
        self._spread()
        if self.total > PIECE:
            self._refresh_scopes()
        return self.total > 0

    def _spread(self) -> None:
        with self.store.write():
            touched.spread(self.store)
        self.done, self.total = 0, touched.count(self.store)

    def _refresh_scopes(self) -> None:
        """Tests the scope of all pieces before the first is decided: whether a record shares its
        match value hangs on the scope of others."""
        last: int | None = 0
        while last is not None:
            with self.store.write():
                last = pieces.look_at_touched(self.store, PIECE, after=last)
                if last is not None:
                    refresh_scope(self.ctx, self.bound)
        self._spread()

    def in_order_of_numbers(self) -> None:
        """Decides all that cannot become a user."""
        last: int | None = 0
        while last is not None:
            with self.store.write():
                last = pieces.take_touched(self.store, PIECE, after=last)
                if last is not None:
                    self._decide(put_off=self.bound.mapping.create.allowed)

    def in_order_of_accounts(self) -> None:
        """Decides all that is left."""
        pieces.order_by_account(self.store)
        done, more = 0, True
        while more:
            with self.store.write():
                more = pieces.take_in_order(self.store, PIECE, after=done)
                self._decide(put_off=False)
            done += PIECE

    def _decide(self, *, put_off: bool) -> None:
        decided = _decide_piece(
            self.ctx, self.bound, may_link=self.may_link, mapping=self.version, put_off=put_off
        )
        if not self.may_link:
            waiting.note(self.store)
        self.report.add(decided)
        self.done += pieces.size(self.store)
        if self.total > TOLD_FROM:
            self.ctx.progress(Progress("deciding", self.done, self.total))


def decide_records(
    ctx: Context, bound: BoundMapping, record_pks: Sequence[int], *, may_link: bool, mapping: int
) -> Reconciled:
    """Decides these records, in the caller's transaction."""
    pieces.take(ctx.store, record_pks)
    return _decide_piece(ctx, bound, may_link=may_link, mapping=mapping, put_off=False)


def _decide_piece(
    ctx: Context, bound: BoundMapping, *, may_link: bool, mapping: int, put_off: bool
) -> Reconciled:
    """Decides the piece's records, in the caller's transaction; with `put_off` those that may
    become users stay touched, and leave the piece."""
    store = ctx.store
    refresh_scope(ctx, bound)
    settle_moves(ctx)
    make_links(ctx, bound, may_link=may_link)
    pieces.refresh_creation(store, filter_of(ctx, bound, bound.create))
    if put_off:
        pieces.put_off(store)
    restate(ctx, bound, may_link=may_link, mapping=mapping)
    decided = reconcile(ctx, bound, mapping=mapping)
    for link_id in pieces.links_with_edits(store):
        edits.refresh_holds(ctx, bound, link_id)
    edits.hold_accounts(store)
    _end_holds(ctx, bound)
    return decided


def _end_holds(ctx: Context, bound: BoundMapping) -> None:
    """Ends what people hold back of the piece's records where nothing is left to be sent."""
    paused = mappings.paused(ctx.store)
    for row in held_back.idle(ctx.store):
        if _settled(ctx, bound, paused, row):
            held_back.release(ctx.store, row["record_id"], row["system"], row["name"])


def _settled(ctx: Context, bound: BoundMapping, paused: Mapping[str, str], row: Row) -> bool:
    """Whether nothing differs any more of what is held back. Without a link, out of scope, in a
    conflict, paused, out of the mapping or not read, nothing is decided yet: it stays held."""
    link = links.load_of(ctx.store, row["record_id"])
    if link is None:
        return False
    if row["name"] == held_back.CREATION:
        return True  # the record has a user
    if link.record["in_scope"] != 1:
        return False
    if not row["field"]:
        return True  # accounts are only changed by a person
    pair = bound.pair(row["field"])
    if pair is None or pair.missing or pair.name in paused:
        return False
    if conflicts.find(ctx.store, row["record_id"], pair.name) is not None:
        return False
    sides = link.sides(pair.name)
    if sides.salesforce is None or sides.vitally is None:
        return False
    return same(pair.field, sides.salesforce, sides.vitally)


def refresh_scope(ctx: Context, bound: BoundMapping) -> None:
    """Tests the scope again for the piece's records, in the caller's transaction."""
    pieces.refresh_scope(ctx.store, filter_of(ctx, bound, bound.scope))


def filter_of(ctx: Context, bound: BoundMapping, tree: Filter | None) -> RecordFilter:
    """A filter, as it is read on the mirror now. No filter passes all."""
    return RecordFilter(tree, bound.sobject, zone(ctx.store), ctx.clock())
