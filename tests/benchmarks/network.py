"""Goal 8: a whole `sfvtui pull` in a process of its own, over HTTP, beside a download of its pages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.benchmarks import download
from tests.benchmarks.data import config_for, environment, removed
from tests.benchmarks.harness import Figure, Ran, Unit, ran
from tests.benchmarks.served import Served, served
from tests.benchmarks.world import MOVED, write_world

QUOTA = 0.06
"""Seconds a page: Vitally lets a thousand requests through in a minute."""

LATENCY, VITALLY_LATENCY = 0.5, 0.1
"""Seconds before a page of Salesforce and of Vitally, where a line is imitated: a good one."""

SMALL = 1000
LONGEST = 100_000
"""The most records for which a line is imitated: ten times as many would take half an hour."""


def network(work: Path, size: int, rounds: int) -> list[Figure]:
    """The first pull, the same again, one of a thousand changes on each side; then with latency."""
    # In a process of its own: what making a world takes is not what a pull takes.
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        apart.submit(write_world, work / "bodies", size).result()
    salesforce, vitally = download.paths(work / "bodies")
    pages, users = len(salesforce) + len(vitally), len(vitally)
    store = removed(work / "network.db")
    with served(work / "bodies") as server, _place(work, store, server) as pull:
        raw = min(_raw(work, server)[2] for _ in range(min(3, rounds)))
        server.calls()
        first, report = pull()
        calls = sum(server.calls())
        assert report["salesforce"]["read"] == report["vitally"]["read"] == size
        bytes_each = store.stat().st_size / size
        again, report = pull("--full")
        assert report["salesforce"]["changed"] == report["vitally"]["changed"] == 0
        server.move()
        server.calls()
        some, report = pull()
        few = sum(server.calls())
        moved = report["salesforce"]["changed"] + report["vitally"]["changed"]
    quota = users * QUOTA
    return [
        Figure("8", "`sfvtui pull`, the first, matched and reconciled; no latency",
               "a download of its pages", first.wall / raw, "", first.wall, raw, unit=Unit.WALL),
        Figure("8", "its local work", "Vitally's quota, 60 ms a page", first.cpu / quota, "≤ 0.10",
               first.cpu, quota),
        Figure("8", "its peak memory", "", first.peak_mb, "≤ 200", first.peak_mb, 0, unit=Unit.MB,
               flat=True),
        Figure("8", "its calls", "pages", calls / pages, "", calls, pages, unit=Unit.CALLS),
        Figure("8", "the store's bytes a record, with its user, link and bases", "", bytes_each,
               "", bytes_each, 0, unit=Unit.BYTES, flat=True),
        Figure("8", "`sfvtui pull --full`, nothing changed", "the first", again.cpu / first.cpu,
               "≤ 1.2", again.cpu, first.cpu),
        Figure("8", "its peak memory", "", again.peak_mb, "≤ 200", again.peak_mb, 0, unit=Unit.MB,
               flat=True),
        Figure("8", f"`sfvtui pull` after {MOVED:,} changes of each side", "the first",
               some.cpu / first.cpu, "", some.cpu, first.cpu, [f"{moved:,} rows changed"],
               flat=True),
        Figure("8", "its calls", "pages of what moved", few / (2 + MOVED / 100), "", few,
               2 + MOVED / 100, unit=Unit.CALLS, flat=True),
        *_with_latency(work, size, rounds),
    ]  # fmt: skip


def _with_latency(work: Path, size: int, rounds: int) -> list[Figure]:
    """The first pull over a line that takes its time, where that is not too long."""
    if size > LONGEST:
        return []
    slow, slower = LATENCY, VITALLY_LATENCY
    if rounds == 1:  # only to see that it runs
        slow = slower = 0.001
        work = work / "small"
        write_world(work / "bodies", SMALL)
    store = removed(work / "network.db")
    with served(work / "bodies", slow, slower) as server, _place(work, store, server) as pull:
        raw = max(_raw(work, server)[:2])
        first, _ = pull()
    return [
        Figure(
            "8",
            f"the first pull where a page of Salesforce takes {slow:g} s, of Vitally {slower:g} s",
            "a download of the slower side's pages", first.wall / raw, "≤ 1.1", first.wall, raw,
            unit=Unit.WALL,
        ),
    ]  # fmt: skip


@contextmanager
def _place(work: Path, store: Path, server: Served) -> Iterator[Any]:
    """A config for a store and a server; gives what pulls there: `pull(*options)`."""
    home = work / "network"
    config = config_for(home, store, server.salesforce, server.vitally)

    def pull(*options: str) -> tuple[Ran, dict[str, Any]]:
        command = [sys.executable, "-m", "sfvtui", "--config", str(config), "--json", "pull"]
        done = ran([*command, *options], environment(home))
        return done, json.loads(done.output)

    yield pull


def _raw(work: Path, server: Served) -> list[float]:
    """Seconds in which the pages of Salesforce, of Vitally, and of both at once are downloaded."""
    command = [sys.executable, "-m", "tests.benchmarks.download", str(work / "bodies")]
    return list(json.loads(ran([*command, server.salesforce, server.vitally]).output))
