"""Goal 5: the screens on a pseudo-terminal, beside an app that does next to nothing."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.data import config_for, copied, decided, environment, removed
from tests.benchmarks.harness import Figure, Unit, share
from tests.benchmarks.network import LONGEST
from tests.benchmarks.served import served
from tests.benchmarks.terminal import TOP, Terminal

DOWN, PAGE_DOWN, HOME = b"\x1b[B", b"\x1b[6~", b"\x1b[H"
SIZES = ((80, 24), (200, 50))
BYTES = {80: "≤ 600", 200: "≤ 1500"}
SMALL = 1000
STEPS = 15
"""Keys of each kind a round; a thousand records are that many of the largest pages."""
TRIES = 5
"""Starts, of which the quickest counts."""
HELD, KEYS_A_SECOND = 30, 30
FIRST_LOOK_LATENCY = 0.02
WHOLE_PULL = 900.0
"""Seconds that are waited for the end of a first pull."""


def screen(work: Path, size: int, rounds: int) -> list[Figure]:
    """First paint, key to paint, bytes and memory of a list of all records; also while a pull runs."""
    store = copied(decided(work, size), work / "screen.db")
    small = work / "small"
    small.mkdir(exist_ok=True)
    few = copied(decided(small, SMALL), small / "screen.db")
    figures = _first_paint(work, store, rounds)
    for columns, lines in SIZES if rounds > 1 else SIZES[:1]:
        figures += _keys(work, store, few, rounds, columns, lines)
    if rounds == 1:  # only to see that it runs
        work, store = small, few
    figures += _while_pulling(work, store, rounds)
    return [*figures, *_first_look(work)] if size <= LONGEST else figures


# --- programs


@contextmanager
def _empty(work: Path, columns: int = 80, lines: int = 24) -> Iterator[Terminal]:
    env = {**environment(work / "home"), "PYTHONPATH": str(TOP)}
    command = [sys.executable, "-m", "tests.benchmarks.empty_app"]
    with Terminal(command, env, columns, lines) as one:
        yield one


@contextmanager
def _sfvtui(config: Path, columns: int = 80, lines: int = 24) -> Iterator[Terminal]:
    """The screens, where nobody has been yet: they open at Home."""
    home = config.parent
    shutil.rmtree(home / "state", ignore_errors=True)
    command = [sys.executable, "-m", "sfvtui", "--config", str(config)]
    with Terminal(command, environment(home), columns, lines) as one:
        yield one


def _counted(text: str) -> bool:
    """Home shows its counts."""
    return bool(re.search(r"linked +[1-9]", text))


def _listed(text: str) -> bool:
    """Records shows rows."""
    return "Records" in text and "▸" in text and "1 of " in text


def _rows(text: str) -> list[str]:
    """The lines of a list: without its head, the foot, and what stands beside it."""
    return [line.partition("│")[0] for line in text.split("\n")[3:-2]]


def _at_records(one: Terminal) -> None:
    one.until(_counted)
    one.quiet()
    one.press(b"3")
    one.until(_listed)
    one.quiet()


# --- figures


def _first_paint(work: Path, store: Path, rounds: int) -> list[Figure]:
    """From the start of the process until its first words, and until Home's counts, are there."""
    config = config_for(work / "home", store)
    empty, home = [], []
    for _ in range(min(rounds, TRIES)):
        with _empty(work) as one:
            empty.append(one.until(lambda text: "of nothing" in text) - one.started)
        with _sfvtui(config) as one:
            home.append(one.until(_counted) - one.started)
    floor, took = min(empty), min(home)
    return [
        Figure("5", "first paint: Home with its counts", "an empty Textual app", took / floor,
               "≤ 1.5", took, floor, unit=Unit.WALL, flat=True),
    ]  # fmt: skip


def _keys(
    work: Path, store: Path, few: Path, rounds: int, columns: int, lines: int
) -> list[Figure]:
    """Down and PageDown in Records, on all and on a thousand, and in the empty app."""
    where, size = f"{columns}×{lines}", (columns, lines)
    floors, thousand, took = _times(), _times(), _times()
    with (
        _empty(work, *size) as empty,
        _sfvtui(config_for(work / "small" / "home", few), *size) as other,
        _sfvtui(config_for(work / "home", store), *size) as own,
    ):
        empty.until(lambda text: "of nothing" in text)
        empty.quiet()
        _at_records(other)
        _at_records(own)
        # In turn, so that other work on the machine meets all three.
        for _ in range(rounds):
            _press(empty, str.strip, floors)
            _press(other, _rows, thousand)
            _press(own, _rows, took)
        each = own.held(DOWN, HELD * min(rounds, 3), KEYS_A_SECOND)
        own_mb, empty_mb = own.memory_mb(), empty.memory_mb()
    figures = []
    for key in took:
        mine, floor, other = (share(times[key], 0.95) for times in (took, floors, thousand))
        middles = [f"{share(times[key], 0.5) * 1000:.1f}" for times in (took, floors)]
        figures += [
            Figure("5b", f"key to paint, {key}, {where}, p95", "an empty app updating a line",
                   mine / floor, "≤ 2.5", mine, floor,
                   [f"medians {' and '.join(middles)} ms"], unit=Unit.WALL, flat=True),
            Figure("5b", f"the same, {key}, {where}", f"the same with {SMALL:,} records",
                   mine / other, "≤ 1.3", mine, other, unit=Unit.WALL, flat=True),
        ]  # fmt: skip
    return [
        *figures,
        Figure("5d", f"bytes of a held Down, {where}", "", each, BYTES[columns], each, 0,
               unit=Unit.BYTES, flat=True),
        Figure("5e", f"memory more than an empty app's, {where}", "", own_mb - empty_mb, "≤ 40",
               own_mb - empty_mb, 0, [f"{own_mb:.0f} MB"], unit=Unit.MB),
    ]  # fmt: skip


def _times() -> dict[str, list[float]]:
    return {"Down": [], "PageDown": []}


def _press(one: Terminal, shows: Callable[[str], object], times: dict[str, list[float]]) -> None:
    """Adds the seconds from key to paint, of both keys in turn, from the list's top on."""
    one.press(HOME)
    one.quiet(0.2)
    for name, key in (("Down", DOWN), ("PageDown", PAGE_DOWN)):
        times[name] += [one.drawn(key, shows) for _ in range(STEPS)]


def _while_pulling(work: Path, store: Path, rounds: int) -> list[Figure]:
    """Down in Records while the program itself pulls everything again, as fast as it can."""
    idle: list[float] = []
    busy: list[float] = []
    with served(work / "bodies") as server:
        config = config_for(work / "home", store, server.salesforce, server.vitally)
        text = config.read_text(encoding="utf-8")
        config.write_text(
            text.replace("\n[mapping]\n", '\n[sync]\nfull_pull_every = "1s"\n\n[mapping]\n', 1),
            encoding="utf-8",
        )
        with _sfvtui(config) as one:
            _at_records(one)
            idle = [one.drawn(DOWN, _rows) for _ in range(STEPS * rounds)]
            _start_pull(one)
            while _pulling(one.text) and len(busy) < STEPS * rounds:
                busy.append(one.drawn(DOWN, _rows))
    calm, late = share(idle, 0.95), share(busy, 0.95)
    return [
        Figure("5c", "key to paint, Down, p95, while a pull runs flat out", "the same while none runs",
               late / calm, "≤ 10", late, calm, [f"{len(busy)} keys"], unit=Unit.WALL, flat=True),
        Figure("5c", "the same, in milliseconds", "", late * 1000, "≤ 50", late, 0,
               [f"median {share(busy, 0.5) * 1000:.1f} ms"], unit=Unit.WALL, flat=True),
    ]  # fmt: skip


def _start_pull(one: Terminal) -> None:
    """Starts a pull, and says yes where a long one is asked for."""
    one.press(b"p")
    one.until(lambda text: _pulling(text) or "y  pull" in text)
    if not _pulling(one.text):
        one.press(b"y")
        one.until(_pulling)


def _pulling(text: str) -> bool:
    """The line of what is under way runs."""
    return bool(re.search(r"\d:\d\d Esc stops", text))


def _first_look(work: Path) -> list[Figure]:
    """An empty store, the first pull over a slow line: when do its first records show?"""
    with served(work / "bodies", FIRST_LOOK_LATENCY, FIRST_LOOK_LATENCY) as server:
        store = removed(work / "first.db")
        config = config_for(work / "home", store, server.salesforce, server.vitally)
        with _sfvtui(config) as one:
            one.until(lambda text: "first" in text)
            one.quiet()
            _start_pull(one)
            began = time.perf_counter()
            one.press(b"3")
            looked = one.until(_listed, WHOLE_PULL) - began
            one.until(lambda text: not _pulling(text), WHOLE_PULL)
            ended = time.perf_counter() - began
    return [
        Figure("8", "the first records are seen after the first pull began", "the whole pull",
               looked / ended, "", looked, ended, unit=Unit.WALL, flat=True),
    ]  # fmt: skip
