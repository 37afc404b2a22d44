"""Goals 4 and 6: windows on long lists, search and counts; and what a durable queue costs."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from sfvtui.domain.changes import Origin, System
from sfvtui.mirror import counts as tallies
from sfvtui.mirror import outbox as queue
from sfvtui.mirror import queries, search, windows
from sfvtui.mirror.outbox import FieldChange, Plan, Target
from sfvtui.mirror.store import Store, open_store
from sfvtui.mirror.windows import Selection
from tests.benchmarks.data import copied, decided
from tests.benchmarks.harness import Figure, Unit, best, clocked, share, timed

ROWS = 50
TIMES = 20
WORD = "aquis"
"""Part of some surnames: of one person in a hundred and fifty."""


def lists(work: Path, size: int, _rounds: int) -> list[Figure]:
    """Fifty rows anywhere of any order, the whole of a new order, a search, and the counts."""
    path = copied(decided(work, size), work / "lists.db")
    floor_db = sqlite3.connect(path)
    _narrow(floor_db)
    pks = [row[0] for row in floor_db.execute("SELECT record_pk FROM record ORDER BY record_pk")]
    some = pks[len(pks) // 2 : len(pks) // 2 + ROWS]
    marks = ",".join("?" * len(some))
    by_key = f"SELECT * FROM record WHERE record_pk IN ({marks})"
    scan = "SELECT COUNT(*) FROM narrow WHERE instr(folded_text, 'zzyzx')"
    rows_floor = best(TIMES, lambda: floor_db.execute(by_key, some).fetchall())
    scan_floor = best(3, lambda: floor_db.execute(scan).fetchone())
    count_floor = best(
        3,
        lambda: floor_db.execute(
            "SELECT record_state, COUNT(*) FROM record NOT INDEXED GROUP BY record_state"
        ).fetchall(),
    )
    with open_store(path) as store:
        by_name = windows.record_keys(store, Selection())
        places = {
            place: [timed(lambda keys=keys: windows.record_rows(store, keys)) for _ in range(TIMES)]
            for place, keys in (
                ("first", by_name[:ROWS]),
                ("middle", by_name[len(by_name) // 2 :][:ROWS]),
                ("end", by_name[-ROWS:]),
            )
        }
        first = best(TIMES, lambda: windows.record_keys(store, Selection(), limit=ROWS))
        order = best(3, lambda: windows.record_keys(store, Selection(sort="Title")))
        with store.write():
            search.forget(store)
        before = _size_mb(store)
        indexed = timed(lambda: search.refresh(store))
        grown = _size_mb(store) - before
        wanted = Selection(search=WORD)
        hits = len(windows.record_keys(store, wanted))
        begun = best(5, lambda: windows.record_keys(store, wanted, limit=ROWS))
        found = best(3, lambda: windows.record_keys(store, wanted))
        counts = best(5, lambda: tallies.status(store))
        review = best(3, lambda: list(queries.review_lines(store, limit=ROWS)))
    floor_db.close()
    slowest = max(min(times) for times in places.values())
    where = ", ".join(f"{place} {share(times, 0.95) * 1000:.2f}" for place, times in places.items())
    return [
        Figure("4", "50 rows of a list by its order, the slowest of first, middle, end",
               "50 rows by primary key", slowest / rows_floor, "≤ 10", slowest, rows_floor,
               [f"p95 in ms: {where}"], flat=True),
        Figure("4", "the first 50 keys of the list", "50 rows by primary key", first / rows_floor,
               "", first, rows_floor, flat=True),
        Figure("4b", "a new sort, whole order", "`instr` scan of a narrow table",
               order / scan_floor, "≤ 12", order, scan_floor),
        Figure("4c", "search of five letters, first 50", "the same scan", begun / scan_floor,
               "≤ 0.05", begun, scan_floor, flat=True),
        Figure("4c", "the same, all hits", "the same scan", found / scan_floor, "≤ 0.4", found,
               scan_floor, [f"{hits:,} hits"]),
        Figure("4c", "the search's index of both sides, made anew", "the same scan",
               indexed / scan_floor, "", indexed, scan_floor,
               [f"{grown * 1e6 / size:,.0f} bytes a record"]),
        Figure("4d", "counts by state, flags, outbox", "GROUP BY without an index",
               counts / count_floor, "≤ 0.25", counts, count_floor, flat=True),
        Figure("", "`review list --limit 50`", "GROUP BY without an index", review / count_floor,
               "", review, count_floor, flat=True),
    ]  # fmt: skip


def _size_mb(store: Store) -> float:
    pages, free = store.value("PRAGMA page_count"), store.value("PRAGMA freelist_count")
    return float((pages - free) * store.value("PRAGMA page_size") / 1e6)


def _narrow(db: sqlite3.Connection) -> None:
    """A table of nothing but the text that is searched."""
    db.execute("CREATE TEMP TABLE narrow AS SELECT record_pk, folded_text FROM record")


def outbox(work: Path, size: int, _rounds: int) -> list[Figure]:
    """One change queued durably; and a thousand in one commit."""
    path = copied(decided(work, size), work / "outbox.db")
    number = iter(range(10**9))

    def enqueue(count: int) -> None:
        item = FieldChange(
            System.SALESFORCE, "Title", "Title", "a", "b", Origin.RECONCILE, "measured"
        )
        with store.write():
            plans = (
                Plan(Target(f"record {next(number)}", "user"), (), [item]) for _ in range(count)
            )
            queue.put_reconciled(store, plans, mapping=1, at="2026-01-01T00:00:00Z")

    with (work / "appended").open("ab", buffering=0) as file:

        def append() -> None:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())

        with open_store(path) as store:
            one, thousand, floor = [], [], []
            for _ in range(TIMES):
                floor.append(clocked(append))
                one.append(clocked(lambda: enqueue(1)))
                thousand.append(clocked(lambda: enqueue(1000)))
    single, many, least = (share(times, 0.5) for times in (one, thousand, floor))
    return [
        Figure("6", "one change queued, committed for good; median", "append 4 KB and fdatasync",
               single / least, "≤ 2.5", single, least, unit=Unit.WALL, flat=True),
        Figure("6", "1,000 changes in one commit; median", "the same", many / least, "≤ 20", many,
               least, unit=Unit.WALL, flat=True),
    ]  # fmt: skip
