"""The frame of every act of a person: prepared store, one transaction, decided again at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.errors import Refused
from sfvtui.mirror import history
from sfvtui.sync import consequences
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
    told: list[str] = field(default_factory=list)
    """What the rule made of it: sentences for the person."""

    def words(self, did: str) -> str:
        """What a screen says of it: what was done, what the rule made of it, the way back."""
        return " · ".join([did, *self.told]).removesuffix(".") + "; u takes it back"

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {self.word: self.done, "refused": [r.as_json() for r in self.refused]}


@contextlib.contextmanager
def act(ctx: Context, told: list[str] | None = None) -> Iterator[BoundMapping]:
    """One act in one transaction; what it touched is decided again when it ends.

    Links that the rule makes because of it stand in the history as part of it, and `told` takes a
    sentence of each. Raises Refused before the first pull: there is nothing to act on.
    """
    bound = prepare(ctx)
    if bound is None:
        raise Refused("The mirror is empty.", "Pull first: `sfvtui pull`.")
    ctx.ruled = []
    try:
        with ctx.one_mapping(), ctx.store.write():
            last = history.last_entry(ctx.store)
            yield bound
            mine = history.after(ctx.store, last, what=consequences.CAUSES)
        decide_touched(ctx, bound, may_link=ctx.store.get("may_link") == "yes")
        sentences = consequences.note(ctx, mine, ctx.ruled)
    finally:
        ctx.ruled = None
    if told is not None:
        told += sentences
