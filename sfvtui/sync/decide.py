"""Deciding again what was touched: moves, links, states and pairs, in pieces of one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.filters import Filter
from sfvtui.domain.filters.sql import to_sql
from sfvtui.mirror import mappings, pieces
from sfvtui.mirror import waiting as waiting_links
from sfvtui.mirror.clock import zone
from sfvtui.mirror.rows import in_chunks
from sfvtui.mirror.store import Store
from sfvtui.sync import edits
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.match import restate
from sfvtui.sync.moves import settle_moves
from sfvtui.sync.reconcile import Reconciled, reconcile

PIECE = 5000
"""Records decided in one transaction: short enough for readers and writers beside it."""


def decide_touched(ctx: Context, bound: BoundMapping, *, may_link: bool) -> Reconciled:
    """Decides all records that were touched since the last time.

    `may_link`: whether the rule may make links now (never after a pull that failed on one side).
    Returns what the reconcile of their links decided.
    """
    store = ctx.store
    version = (mappings.latest(store) or (0, ""))[0]
    total = Reconciled()
    _spread(store)
    waiting = [row[0] for row in store.rows("SELECT record_pk FROM touched ORDER BY record_pk")]
    done = 0
    while waiting:
        for piece in in_chunks(waiting, PIECE):
            with store.write():
                store.db.executemany(
                    "DELETE FROM touched WHERE record_pk = ?", [(pk,) for pk in piece]
                )
                decided = decide_records(ctx, bound, piece, may_link=may_link, mapping=version)
                if not may_link:
                    waiting_links.note(store, piece)
            total.to_salesforce += decided.to_salesforce
            total.to_vitally += decided.to_vitally
            total.agreed += decided.agreed
            total.conflicts += decided.conflicts
            done += len(piece)
            ctx.progress(Progress("deciding", done, len(waiting)))
        _spread(store)
        waiting = [row[0] for row in store.rows("SELECT record_pk FROM touched ORDER BY record_pk")]
    return total


def decide_records(
    ctx: Context, bound: BoundMapping, record_pks: Sequence[int], *, may_link: bool, mapping: int
) -> Reconciled:
    """Decides these records, in the caller's transaction."""
    pieces.take(ctx.store, record_pks)
    refresh_filters(ctx, bound)
    settle_moves(ctx)
    restate(ctx, bound, may_link=may_link, mapping=mapping)
    decided = reconcile(ctx, bound, mapping=mapping)
    for row in ctx.store.rows(
        "SELECT DISTINCT e.link_id FROM edit e JOIN link l USING (link_id) JOIN piece USING (record_pk)"
    ):
        edits.refresh_holds(ctx, bound, row[0])
    edits.hold_accounts(ctx.store)
    return decided


def _spread(store: Store) -> None:
    """Touched match values become touched records: a value that one row left or took is decided
    again for everybody who has it."""
    with store.write():
        store.db.execute(
            "INSERT OR IGNORE INTO touched SELECT record_pk FROM record"
            " WHERE match_key IN (SELECT match_key FROM touched_key)"
        )
        store.db.execute("DELETE FROM touched_key")


def refresh_filters(ctx: Context, bound: BoundMapping) -> None:
    """Tests scope and create filter again for the piece's records; a record whose scope changed
    touches those that share its match value. A filter on what was not read yet decides nothing:
    such a record stays where it was in scope, and neither passes nor fails the create filter."""
    store = ctx.store
    chosen = "record_pk IN (SELECT record_pk FROM piece)"
    for column, tree in (("in_scope", bound.scope), ("passes_filter", bound.create)):
        sql, values = filter_sql(ctx, bound, tree)
        test = f"(({sql}) <> 0)"
        if column == "in_scope":
            test = f"COALESCE({test}, in_scope)"
        if column == "in_scope":
            store.db.execute(
                f"INSERT OR IGNORE INTO touched_key SELECT match_key FROM record WHERE {chosen}"
                f" AND match_key IS NOT NULL AND {column} IS NOT {test}",
                values,
            )
        store.db.execute(
            f"UPDATE record SET {column} = {test} WHERE {chosen} AND {column} IS NOT {test}",
            (*values, *values),
        )


def filter_sql(
    ctx: Context, bound: BoundMapping, tree: Filter | None
) -> tuple[str, tuple[object, ...]]:
    """A filter as an SQL expression over `record`, with its parameters. No filter passes all."""
    if tree is None:
        return "1", ()
    sql, values = to_sql(tree, bound.sobject, zone(ctx.store), ctx.clock())
    return sql, tuple(values)


def today(ctx: Context) -> str:
    """The present day in the login's time zone, as ISO text."""
    return ctx.clock().astimezone(zone(ctx.store)).date().isoformat()
