"""The frame of every act of a person: prepared store, one transaction, decided again at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.errors import Refused
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.prepare import prepare


@dataclass(frozen=True)
class Refusal:
    """One record of an act that was refused, and why."""

    record: str
    reason: str

    def as_json(self) -> dict[str, str]:
        """The refusal as commands print it."""
        return {"record": self.record, "reason": self.reason}


@dataclass
class Done:
    """What an act did (record Ids), and what it refused. `word` is the report's key for the first."""

    done: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    word: str = "done"

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {self.word: self.done, "refused": [r.as_json() for r in self.refused]}


@contextlib.contextmanager
def act(ctx: Context) -> Iterator[BoundMapping]:
    """One act in one transaction; what it touched is decided again when it ends.

    Raises Refused before the first pull: there is nothing to act on.
    """
    bound = prepare(ctx)
    if bound is None:
        raise Refused("The mirror is empty.", "Pull first: `sfvtui pull`.")
    with ctx.store.write():
        yield bound
    decide_touched(ctx, bound, may_link=ctx.store.get("may_link") == "yes")
