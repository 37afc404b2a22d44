"""Goals 1 and 1b: the local work of a full pull, and of the same pull again."""

from __future__ import annotations

import gc
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from sfvtui.__main__ import GARBAGE
from sfvtui.mirror.columns import marks, quoted
from tests.benchmarks.data import copied, opened, read_both, removed
from tests.benchmarks.harness import Figure, Unit, Watch, peak_mb
from tests.benchmarks.world import write_world

TABLES = ("record", "user", "user_account")
CHUNK = 2000


def pull(work: Path, size: int, _rounds: int) -> list[Figure]:
    """A pull of both sides into an empty store, again, and the same rows as ready tuples."""
    # In a process of its own: what making a world takes is not what a pull takes.
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        apart.submit(write_world, work / "bodies", size).result()
    gc.set_threshold(GARBAGE)  # as the program does
    store = removed(work / "pulled.db")
    first, again = Watch(), Watch()
    with opened(work / "bodies", store) as (ctx, bound):
        with first.running():
            sides = read_both(ctx, bound)
        held = peak_mb()
        with again.running():
            unchanged = read_both(ctx, bound)
        rewritten = sum(side.changed for side in unchanged)
        assert rewritten == 0, f"{rewritten} rows rewritten"
    copied(store, work / "filled.db")
    rows = sum(side.read for side in sides)
    peer = _ready_tuples(store, work / "peer.db")
    per_row = store.stat().st_size / rows
    return [
        Figure(
            "1", "full pull: decode, canonicalise, write with indexes",
            "executemany of ready tuples, then the same indexes",
            peer / first.cpu, "≥ 0.40", first.cpu, peer,
            [f"{rows:,} rows, {rows / first.cpu:,.0f} a CPU second"],
        ),
        Figure("1", "its peak memory", "", held, "≤ 200", held, 0, unit=Unit.MB, flat=True),
        Figure("1", "the store's bytes a row, before anything is decided", "", per_row, "",
               per_row, 0, unit=Unit.BYTES, flat=True),
        Figure(
            "1b", "the same pull again", "the first pull", again.cpu / first.cpu, "≤ 1.2",
            again.cpu, first.cpu, ["no row rewritten"],
        ),
    ]  # fmt: skip


def _ready_tuples(store: Path, target: Path) -> float:
    """The CPU seconds in which plain SQLite takes the rows of a store, as tuples."""
    watch = Watch()
    source = sqlite3.connect(store)
    db = sqlite3.connect(removed(target), isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    for table in TABLES:
        columns = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
        db.execute(f"CREATE TABLE {table}({', '.join(map(quoted, columns))})")
        rows = source.execute(f"SELECT * FROM {table}")
        insert = f"INSERT INTO {table} VALUES ({marks(columns)})"
        while page := rows.fetchmany(CHUNK):
            with watch.running():
                db.execute("BEGIN")
                db.executemany(insert, page)
                db.execute("COMMIT")
    named = source.execute(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        f" AND tbl_name IN {TABLES}"
    )
    indexes = [row[0] for row in named]
    indexes += ["CREATE UNIQUE INDEX ids ON record(record_id)",
                "CREATE UNIQUE INDEX user_ids ON user(user_id)",
                "CREATE UNIQUE INDEX owned ON user_account(user_pk, account_id)"]  # fmt: skip
    with watch.running():
        for sql in indexes:
            db.execute(sql)
    db.close()
    source.close()
    return watch.cpu
