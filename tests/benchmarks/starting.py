"""Goal 7: how long a command takes beside a Python that does nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.benchmarks.data import config_for, copied, decided
from tests.benchmarks.harness import Figure, side_by_side


def start(work: Path, size: int, rounds: int) -> list[Figure]:
    """`--version`, `status` and a list of fifty, each against a Python that does nothing."""
    store = copied(decided(work, size), work / "start.db")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as it is where it was installed: compiled
    os.environ["SFVTUI_CONFIG"] = str(config_for(work / "start", store))
    program = [sys.executable, "-m", "sfvtui"]
    commands = {
        "--version": "≤ 4",
        "status": "≤ 6",
        "plan": "",
        "review list --limit 50": "",
    }
    nothing, *found = side_by_side(
        rounds, [sys.executable, "-c", "pass"], *([*program, *words.split()] for words in commands)
    )
    return [
        Figure("7", f"`sfvtui {words}`", "`python -c pass`", seconds / nothing, goal, seconds,
               nothing)
        for (words, goal), seconds in zip(commands.items(), found, strict=True)
    ]  # fmt: skip
