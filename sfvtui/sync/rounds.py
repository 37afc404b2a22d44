"""A whole round: pull, reconcile, push."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sfvtui.sync.context import Context
from sfvtui.sync.landing import PushReport
from sfvtui.sync.pull import PullReport, pull
from sfvtui.sync.push import Confirm, nobody, push


@dataclass
class SyncReport:
    """What a round did."""

    pull: PullReport
    push: PushReport

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {
            "pull": self.pull.as_json(),
            "reconcile": self.pull.reconciled.as_json(),
            "push": self.push.as_json(),
        }


def sync(ctx: Context, *, confirm: Confirm = nobody) -> SyncReport:
    """One round. `confirm` is asked for the guards of the push; errors as of `pull` and `push`."""
    ctx.refuse_if_read_only("syncing")
    pulled = pull(ctx)
    if pulled.interrupted:
        return SyncReport(pulled, PushReport(interrupted=True))
    return SyncReport(pulled, push(ctx, confirm=confirm))
