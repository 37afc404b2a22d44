"""`python -m tests.benchmarks`: all benchmarks, each in a process of its own, as one table."""

# ruff: noqa: T201 - it prints its table
from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from tests.benchmarks import deciding, lists, network, pulling, pushing, screen, starting
from tests.benchmarks.harness import Figure, Unit, shown

BENCHMARKS: dict[str, Callable[[Path, int, int], list[Figure]]] = {
    "pull": pulling.pull,
    "network": network.network,
    "match": deciding.match,
    "reconcile": deciding.reconcile,
    "lists": lists.lists,
    "outbox": lists.outbox,
    "push": pushing.push,
    "start": starting.start,
    "screen": screen.screen,
}
"""What each measures is in its docstring. All take a folder to work in, a number of records, and how
often to repeat what varies from one time to the next."""

TOP = Path(__file__).parent.parent.parent
PAGE = TOP / "docs" / "performance.md"
KEPT = TOP / ".benchmarks"
"""Where the figures are kept from run to run, a file a benchmark and size; not in the repository."""

SIZES = [10_000, 100_000]
ROUNDS = 7
LOOSE = 1.25
"""How much more than N log N, or than nothing, is still taken for chance."""

INTRODUCTION = """\
# Performance

Written by `python -m tests.benchmarks --write` (more sizes: `--size 1000000`; one benchmark:
`python -m tests.benchmarks pull`). Two numbers of one line were measured in the same run on the same
machine, and only their ratio is a goal: absolute times differ from machine to machine, and other
work beside it moves them. Times are of the processor (CPU, all threads) where a program computes,
and of the clock where it waits for a line, a disk or a terminal. Lower is better but where the goal
says ≥.

The world is made for it: as many records as users, nine of ten linked, 26 fields of a record, users
with their accounts embedded, ten pairs, names as varied as people's, one of a hundred links
different. The services are local programs that send pages made beforehand.
"""


def main() -> None:
    """Runs what was asked for, and prints the tables or writes them into the docs."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--size", type=int, action="append", help="records; may be repeated")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"repetitions ({ROUNDS})")
    parser.add_argument(
        "--write", action="store_true",
        help=f"write {PAGE.relative_to(TOP)}, with what earlier runs kept",
    )  # fmt: skip
    parser.add_argument("--remark", default="", help="what the page should say of the measuring")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}")
    names, sizes = chosen.names or list(BENCHMARKS), chosen.size or SIZES
    if chosen.work:
        (name,), (size,) = names, sizes
        figures = BENCHMARKS[name](chosen.work, size, chosen.rounds)
        print(json.dumps([f.as_json() for f in figures]))
        return
    for size in sizes:
        measure(names, size, chosen.rounds)
    if chosen.write:
        PAGE.write_text(page(kept(), chosen.remark), encoding="utf-8")
    else:
        print(page({size: tables for size, tables in kept(names).items() if size in sizes}))


Tables = dict[int, dict[str, list[Figure]]]
"""By size, the figures of each benchmark."""


def measure(names: list[str], size: int, rounds: int) -> None:
    """Runs these benchmarks at one size, each in a process of its own, and keeps their figures."""
    KEPT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sfvtui-benchmarks-") as work:
        for name in names:
            print(f"{name}, {size:,} records …", file=sys.stderr)
            command = [sys.executable, "-m", "tests.benchmarks", name, "--rounds", str(rounds),
                       "--size", str(size), "--work", work]  # fmt: skip
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=TOP)
            (KEPT / f"{size}-{name}.json").write_bytes(done.stdout)


def kept(names: Iterable[str] = BENCHMARKS) -> Tables:
    """The figures that the last runs kept, of these benchmarks, in their order."""
    tables: Tables = {}
    sizes = {int(file.name.partition("-")[0]) for file in KEPT.glob("*.json")}
    for size in sorted(sizes):
        for name in names:
            file = KEPT / f"{size}-{name}.json"
            if file.exists():
                lines = json.loads(file.read_text())
                figures = [Figure(**{**line, "unit": Unit(line["unit"])}) for line in lines]
                tables.setdefault(size, {})[name] = figures
    return tables


def page(tables: Tables, remark: str = "") -> str:
    """The page of the docs: a table for each size, what grows how, and the machine."""
    lines = [INTRODUCTION, f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}.", ""]
    lines += [remark, ""] if remark else []
    lines += [*_missed(tables), ""]
    for size, benchmarks in tables.items():
        lines += [
            f"## {size:,} records and users",
            "",
            "| | what | measured | against | measured | ratio | goal | met |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *(_line(figure) for figures in benchmarks.values() for figure in figures),
            "",
        ]
    lines += growth(tables)
    return "\n".join(lines).rstrip("\n") + "\n"


def _missed(tables: Tables) -> list[str]:
    """How many goals are met at each size, and the numbers of those that are not."""
    lines = []
    for size, benchmarks in tables.items():
        missed = [f for figures in benchmarks.values() for f in figures if f.met is False]
        judged = sum(f.met is not None for figures in benchmarks.values() for f in figures)
        names = ", ".join(dict.fromkeys(f.number for f in missed))
        more = f"; missed: {names}" if missed else ""
        lines.append(f"- {size:,}: {judged - len(missed)} of {judged} goals are met{more}.")
    return lines


def _line(one: Figure) -> str:
    met = {True: "yes", False: "**no**", None: ""}[one.met]
    unit = f" {one.unit}" if one.unit in {Unit.CPU, Unit.WALL} else ""
    floor = f"{shown(one.floor, one.unit)}{unit}" if one.against else ""
    cells = [
        one.number, "; ".join([one.what, *one.notes]), f"{shown(one.seconds, one.unit)}{unit}",
        one.against, floor, f"{one.ratio:.3g}" if one.against else "", one.goal, met,
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


# --- growth


def growth(tables: Tables) -> list[str]:
    """The table of what grows how with the number of records, where several sizes were measured."""
    if len(tables) < 2:
        return []
    sizes = list(tables)
    lines = [
        "## Growth",
        "",
        "What each figure takes by the number of records, and how it grew at the last step: N^1 is",
        "as fast as they. Nothing may grow faster than N log N, and what should be flat must be.",
        "",
        f"| | what | {' | '.join(f'{size:,}' for size in sizes)} | grows | as it should |",
        f"| --- | --- |{' --- |' * (len(sizes) + 2)}",
    ]
    for name in tables[sizes[0]]:
        columns = [tables[size].get(name, []) for size in sizes]
        for place, one in enumerate(columns[0]):
            found = [column[place] if place < len(column) else None for column in columns]
            lines.append(_growth_line(one, sizes, found))
    return lines


def _growth_line(one: Figure, sizes: list[int], found: list[Figure | None]) -> str:
    values = [f.seconds if f is not None else None for f in found]
    cells = ["" if v is None else shown(v, one.unit) for v in values]
    known = [(n, v) for n, v in zip(sizes, values, strict=True) if v]
    grows, fits = "", ""
    for (n, v), (m, w) in pairwise(known):
        allowed = 1.0 if one.flat else m * math.log(m) / (n * math.log(n))
        grows = "flat" if one.flat and w / v < LOOSE else f"N^{math.log(w / v, m / n):.2f}"
        fits = "yes" if w / v <= allowed * LOOSE else "**no**"
    return "| " + " | ".join([one.number, one.what, *cells, grows, fits]) + " |"


def machine() -> str:
    """The machine and the programs that measured."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}),"
        f" {platform.system()}, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}, textual {version('textual')}"
    )


if __name__ == "__main__":
    main()
