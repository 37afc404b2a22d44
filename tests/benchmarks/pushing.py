"""What a push of a thousand changes to each side costs: calls, local work, and the services' own pace."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sfvtui.sandbox.serve import Sandbox, running_sandbox
from sfvtui.sandbox.world import plain
from tests.benchmarks.data import environment
from tests.benchmarks.harness import Figure, Ran, Unit, ran
from tests.benchmarks.network import QUOTA

CHANGES = 1000
FEW = 100
LIFTED = 10**6
"""Requests a minute: what is measured is the program, not the waiting."""


def push(work: Path, _size: int, rounds: int) -> list[Figure]:
    """`sfvtui push` after as many users and as many other records were changed by their owners."""
    count = CHANGES if rounds > 1 else FEW
    with _place(work / "push", count) as (sandbox, sfvtui):
        _sync(sfvtui)
        records, users = list(sandbox.org.rows["Contact"]), list(sandbox.workspace.users)
        for number in range(count):
            sandbox.org.update(records[number], {"Title": f"Moved {number}"})
            changed = {"sfdc.Phone": f"+44 {number:07d}"}
            sandbox.workspace.update_user(users[count + number], traits=changed)
        sfvtui("pull")
        sides = sandbox.salesforce_faults, sandbox.vitally_faults
        before = [len(side.exchanges) for side in sides]
        done = sfvtui("push", "--yes", "--allow", "max_changes")
        salesforce, vitally = (
            len(side.exchanges) - seen for side, seen in zip(sides, before, strict=True)
        )
        landed = json.loads(done.output)["landed"]
        assert landed == 2 * count, f"{landed} landed"
    pace = vitally * QUOTA
    changes = f"{count:,} changes to each side"
    return [
        Figure("", f"`sfvtui push`, {changes}: calls of Salesforce a change",
               "25 guarded writes a call", salesforce / (count / 25), "", salesforce / count,
               1 / 25, [f"{salesforce:,} calls"], unit=Unit.CALLS, flat=True),
        Figure("", "calls of Vitally a change", "one read and one write", vitally / (2 * count),
               "", vitally / count, 2, [f"{vitally:,} calls"], unit=Unit.CALLS, flat=True),
        Figure("", "its local work", "Vitally's quota, 60 ms a call", done.cpu / pace, "",
               done.cpu, pace, [f"{done.cpu / landed * 1000:.2f} ms a change"], flat=True),
        Figure("", "all of it, without pacing", "the same", done.wall / pace, "", done.wall, pace,
               unit=Unit.WALL, flat=True),
    ]  # fmt: skip


@contextlib.contextmanager
def _place(work: Path, count: int) -> Iterator[tuple[Sandbox, Any]]:
    """A sandbox, and what runs the program on it: `sfvtui(*words)`."""
    world = plain(3 * count, users=2 * count, differing=0)
    with running_sandbox(directory=work, world=world) as sandbox:
        sandbox.workspace.switches.requests_per_minute = LIFTED
        text = sandbox.config_path.read_text(encoding="utf-8")
        sandbox.config_path.write_text(
            text.replace("[vitally]\n", f"[vitally]\nrequests_per_minute = {LIFTED}\n"),
            encoding="utf-8",
        )

        def sfvtui(*words: str) -> Ran:
            command = [sys.executable, "-m", "sfvtui", "--config", str(sandbox.config_path)]
            return ran([*command, "--json", *words], environment(work))

        yield sandbox, sfvtui


def _sync(sfvtui: Any) -> None:
    """The first pull, and the confirmation of the first push."""
    sfvtui("pull")
    sfvtui("push", "--yes")
