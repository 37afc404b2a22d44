"""`python -m tests.benchmarks`: all benchmarks, each in a process of its own, as one table."""

# ruff: noqa: T201 - it prints its table
from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks import deciding, lists, pulling, starting
from tests.benchmarks.harness import Figure, shown

BENCHMARKS: dict[str, Callable[[Path, int], list[Figure]]] = {
    "pull": pulling.pull,
    "match": deciding.match,
    "reconcile": deciding.reconcile,
    "lists": lists.lists,
    "outbox": lists.outbox,
    "start": starting.start,
}
"""What each measures is in its docstring; all take a folder to work in, and a number of records."""

TOP = Path(__file__).parent.parent.parent
PAGE = TOP / "docs" / "performance.md"


def main() -> None:
    """Runs what was asked for, and prints the table or writes it into the docs."""
    parser = argparse.ArgumentParser("python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    parser.add_argument("--size", type=int, action="append", help="records; may be repeated")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(TOP)}")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    unknown = [name for name in chosen.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}")
    names, sizes = chosen.names or list(BENCHMARKS), chosen.size or [10_000, 100_000]
    if chosen.work:
        (name,), (size,) = names, sizes
        print(json.dumps([f.as_json() for f in BENCHMARKS[name](chosen.work, size)]))
        return
    tables = {size: measured(names, size) for size in sizes}
    text = page(tables)
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)


def measured(names: list[str], size: int) -> list[Figure]:
    """The figures of these benchmarks at one size, each from a process of its own."""
    figures = []
    with tempfile.TemporaryDirectory(prefix="sfvtui-benchmarks-") as work:
        for name in names:
            print(f"{name}, {size:,} records …", file=sys.stderr)
            command = [sys.executable, "-m", "tests.benchmarks", name,
                       "--size", str(size), "--work", work]  # fmt: skip
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=TOP)
            figures += [Figure(**line) for line in json.loads(done.stdout)]
    return figures


def page(tables: dict[int, list[Figure]]) -> str:
    """The page of the docs: one table for all sizes, and the machine."""
    lines = [
        "# Performance",
        "",
        "Written by `python -m tests.benchmarks --write`. Each line is a ratio of two times of one",
        "run, in CPU seconds of the process: absolute times differ from machine to machine, and",
        "other work beside it moves them. A benchmark alone: `python -m tests.benchmarks pull`;",
        "a million records: `--size 1000000`.",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine()}.",
    ]
    for size, figures in tables.items():
        lines += [
            "",
            f"## {size:,} records, {size * 5 // 6:,} users, ten pairs",
            "",
            "| | what | time | against | time | ratio | goal | met |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for f in figures:
            met = {True: "yes", False: "**no**", None: ""}[f.met]
            what = "; ".join([f.what, *f.notes])
            lines.append(
                f"| {f.number} | {what} | {shown(f.seconds)} | {f.against} | {shown(f.floor)}"
                f" | {f.ratio:.2f} | {f.goal} | {met} |"
            )
    return "\n".join(lines) + "\n"


def machine() -> str:
    """The machine and the programs that measured."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return (
        f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}),"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" {platform.system()}"
    )


if __name__ == "__main__":
    main()
