"""What one undo shares: the act's batch, its report, and the entries that it notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.mirror import history, records
from sfvtui.mirror.history import Entry
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch_record
from sfvtui.sync.context import Context

NAMED_ENTRIES = 3


@dataclass
class UndoReport:
    """What an undo queued, what became a conflict, what cannot be undone and why.

    `notes` are sentences for the person beside it; `lines` the queued changes as `plan` shows them.
    """

    queued: list[int] = field(default_factory=list)
    conflicts: list[dict[str, str]] = field(default_factory=list)
    not_undoable: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    planned: int = 0
    """How many of them were sent once, and go back with a push."""
    undone: int = 0
    """How many things were taken back or planned to be (values on both sides count once)."""

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {
            "queued": self.queued,
            "conflicts": self.conflicts,
            "not_undoable": self.not_undoable,
        }


@dataclass
class Undoing:
    """One undo under way, in one transaction."""

    ctx: Context
    bound: BoundMapping
    mapping: int
    batch: int
    report: UndoReport = field(default_factory=UndoReport)
    numbers: list[int] = field(default_factory=list)
    """The changes that took up a value of it."""
    records: set[int] = field(default_factory=set)
    """The records to be decided again."""
    entries: frozenset[int] = frozenset()
    """The entries that are undone together."""

    @property
    def store(self) -> Store:
        """The store."""
        return self.ctx.store

    @property
    def why(self) -> str:
        """The reason that its changes carry."""
        return f"undone by {self.ctx.actor}"

    def done(self, entry: Entry) -> None:
        """Notes one undone thing; its record is decided again."""
        store = self.store
        history.append(store, entry, at=self.ctx.now(), who=self.ctx.actor, batch=self.batch)
        self.report.undone += 1
        self.touch(entry.record_id)

    def cannot(self, entries: Iterable[int], reason: str) -> None:
        """Notes entries that cannot be undone."""
        for entry in sorted(entries):
            self.report.not_undoable.append({"entry": entry, "reason": reason})

    def touch(self, record_id: str | None) -> None:
        """Has a record decided again."""
        touch_record(self.store, record_id)
        record_pk = records.pk_of(self.store, record_id)
        if record_pk is not None:
            self.records.add(record_pk)


def of_entries(entries: Sequence[int]) -> str:
    """How an `undo` entry names what it undid."""
    shown = ", ".join(str(entry) for entry in sorted(entries)[:NAMED_ENTRIES])
    more = len(entries) - NAMED_ENTRIES
    noun = "entry" if len(entries) == 1 else "entries"
    return f"{noun} {shown}" + (f" and {more} more" if more > 0 else "")


def entry_of(row: Row, why: str = "", outcome: str = "") -> Entry:
    """The `undo` entry of a thing that is no value."""
    why = f"entry {row['entry']}: {row['what']}" + (f", {why}" if why else "")
    return Entry(
        "undo", record_id=row["record_id"], user_id=row["user_id"], why=why, outcome=outcome
    )
