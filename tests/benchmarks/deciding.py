"""Goals 2, 2b, 3 and 3b: links, states and pairs of everything, and of what a pull touched."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sfvtui.domain.bound import BoundMapping
from sfvtui.mirror import pieces, touched
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Store
from sfvtui.sync.context import Context
from sfvtui.sync.decide import PIECE, decide_touched
from sfvtui.sync.reconcile import reconcile as reconcile_piece
from tests.benchmarks.data import copied, decided, filled, opened
from tests.benchmarks.harness import Figure, best, peak_mb, timed

CHANGED = 1000
STATES = (
    "SELECT record_id, record_state, state_why, (SELECT u.user_id FROM link l JOIN user u"
    " USING (user_pk) WHERE l.record_pk = r.record_pk AND l.status = 'live'),"
    " (SELECT group_concat(flag || why) FROM flag f WHERE f.record_pk = r.record_pk)"
    " FROM record r ORDER BY record_id"
)


def match(work: Path, size: int, _rounds: int) -> list[Figure]:
    """Links, states and flags of all records; then of what 1,000 changes touched."""
    store = copied(filled(work, size), work / "match.db")
    with opened(work / "bodies", store) as (ctx, bound):
        ctx.store.put("may_link", "yes")
        touched.touch_all(ctx.store)
        whole = timed(lambda: _match_waiting(ctx, bound))
        linked = ctx.store.value("SELECT COUNT(*) FROM link")
        _change(ctx.store)
        some = timed(lambda: _match_waiting(ctx, bound))
        held = peak_mb()
        after = ctx.store.rows(STATES)
        touched.touch_all(ctx.store)
        _match_waiting(ctx, bound)
        assert list(map(tuple, after)) == list(map(tuple, ctx.store.rows(STATES)))
    floor = _scan_and_insert(store)
    return [
        Figure(
            "2", f"match: links, states and flags of {size:,} records",
            "scan both sides, INSERT … SELECT as many links", whole / floor, "≤ 1.5", whole, floor,
            [f"{linked:,} links", f"peak memory {held} MB"],
        ),
        Figure(
            "2b", f"the same after {CHANGED:,} changes", "all of it", some / whole, "≤ 0.2",
            some, whole, ["equal to a full match"], flat=True,
        ),
    ]  # fmt: skip


def _match_waiting(ctx: Context, bound: BoundMapping) -> None:
    """Decides all that is touched, of a mapping without pairs: links, states and flags."""
    decide_touched(ctx, replace(bound, pairs=()), may_link=True)


def _change(store: Store) -> None:
    """Every so many-th record gets another match value, half of them one that somebody has."""
    chosen = store.rows(
        "SELECT record_pk, match_key FROM record WHERE match_key IS NOT NULL"
        f" AND record_pk % (1 + (SELECT COUNT(*) FROM record) / {CHANGED}) = 0"
    )
    keys = [row["match_key"] for row in chosen]
    new = [f"{key}-moved" if n % 2 else keys[n - 1] for n, key in enumerate(keys)]
    with store.write():
        store.db.executemany(
            "UPDATE record SET match_key = ? WHERE record_pk = ?",
            [(key, row["record_pk"]) for key, row in zip(new, chosen, strict=True)],
        )
        touched.touch_keys(store, {*keys, *new})
        touched.touch(store, [row["record_pk"] for row in chosen])


def _scan_and_insert(store: Path) -> float:
    db = sqlite3.connect(store, isolation_level=None)
    db.execute(
        "CREATE TABLE floor(link_id INTEGER PRIMARY KEY, record_pk INTEGER UNIQUE,"
        " user_pk INTEGER UNIQUE, why TEXT)"
    )
    try:
        return timed(lambda: _floor(db))
    finally:
        db.close()


def _floor(db: sqlite3.Connection) -> None:
    db.execute("SELECT SUM(length(match_key)) FROM record").fetchone()
    db.execute("SELECT SUM(length(match_key)) FROM user").fetchone()
    db.execute(
        "INSERT INTO floor(record_pk, user_pk, why) SELECT record_pk, record_pk, match_key FROM record"
    )


# --- pairs


def reconcile(work: Path, size: int, _rounds: int) -> list[Figure]:
    """The pairs of all links, 1 % changed; of calm links only; and of what a pull touched."""
    store = copied(decided(work, size), work / "reconcile.db")
    with opened(work / "bodies", store) as (ctx, bound):
        live = [r[0] for r in ctx.store.rows("SELECT record_pk FROM link WHERE status = 'live'")]
        names = [pair.name for pair in bound.pairs]
        join = _join(names)
        floor = best(2, lambda: ctx.store.value(join))
        again = _reconciled(ctx, bound, live)
        changed = live[: max(1, len(live) // 100)]
        marks = ",".join(map(str, changed))
        ctx.store.db.execute(f"UPDATE record SET Phone = Phone || '9' WHERE record_pk IN ({marks})")
        whole = _reconciled(ctx, bound, live)
        some = _reconciled(ctx, bound, changed)
        bases = ctx.store.value("SELECT SUM(pgsize) FROM dbstat WHERE name = 'base'") or 0
        records = ctx.store.value("SELECT SUM(pgsize) FROM dbstat WHERE name = 'record'") or 1
    links = f"{len(live):,} links × {len(names)}"
    return [
        Figure("3", f"reconcile {links}, 1 % changed", "join scan of the three tables",
               whole / floor, "≤ 2.0", whole, floor),
        Figure("3", f"reconcile {links}, nothing new (1 % queued already)", "the same scan",
               again / floor, "", again, floor),
        Figure("3b", f"only {len(changed):,} links that a pull touched", "the same scan",
               some / floor, "≤ 0.25", some, floor,
               [f"bases take {bases / records:.2f} of the records' bytes"]),
    ]  # fmt: skip


def _join(names: Sequence[str]) -> str:
    """Reads a row of each of the three tables for each link, up to the last pair's column."""
    last = f'"{names[-1]}"'
    return (
        f"SELECT COUNT(r.{last}), COUNT(u.{last}), COUNT(b.{last})"
        " FROM link l JOIN record r USING (record_pk)"
        " JOIN user u ON u.user_pk = l.user_pk JOIN base b USING (link_id)"
    )


def _reconciled(ctx: Context, bound: BoundMapping, record_pks: Sequence[int]) -> float:
    def all_of_them() -> None:
        for piece in in_chunks(record_pks, PIECE):
            with ctx.store.write():
                pieces.take(ctx.store, piece)
                pieces.take_links(ctx.store)
                reconcile_piece(ctx, bound, mapping=1)

    return timed(all_of_them)
