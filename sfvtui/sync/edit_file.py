"""Edits of many records at once, as a file has them: planned, shown, and queued as one action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sfvtui.domain.bound import BoundMapping, BoundPair
from sfvtui.domain.fields import Field
from sfvtui.domain.values import parse_typed, same, to_json
from sfvtui.domain.values import typed as as_typed
from sfvtui.errors import Refused, SfvtuiError
from sfvtui.mirror import edits as typed
from sfvtui.mirror import history, records
from sfvtui.mirror.links import LinkRow
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.edit import check, known_pair, linked_in_scope, queue
from sfvtui.sync.pull_salesforce import known_record, record_id_of

PROGRESS_EVERY = 100
MOST = 10_000
"""Lines of a file that go at once: queueing them is one action, and others wait for the store
meanwhile, some ten seconds at most."""


@dataclass(frozen=True)
class Wish:
    """What one line of a file wants for a record: texts by column. `old` are the values that the
    line was written for, of the columns that have some."""

    line: int
    record: str
    values: Mapping[str, str]
    old: Mapping[str, str]


@dataclass(frozen=True)
class Planned:
    """One value that would be queued, in its canonical form."""

    pair: BoundPair
    link: LinkRow
    value: str

    def as_json(self) -> dict[str, Any]:
        """The edit as commands print it."""
        sides = self.link.sides(self.pair.name)
        return {
            "field": self.pair.name,
            "before": {
                "salesforce": to_json(self.pair.field, sides.salesforce or ""),
                "vitally": self.pair.shown_in_vitally(sides.vitally or ""),
            },
            "after": to_json(self.pair.field, self.value),
        }


@dataclass(frozen=True)
class LineRefused:
    """A line that was refused whole, and its column where one cell was the reason."""

    line: int
    column: str | None
    record: str
    reason: str

    def as_json(self) -> dict[str, Any]:
        """The refusal as commands print it."""
        told = {"line": self.line, "column": self.column, "reason": self.reason}
        return {"record": self.record, "refused": told}


@dataclass
class FilePlan:
    """What a file would queue, by record in the file's order, and what was refused. `unchanged`
    counts the lines that want nothing new."""

    edits: dict[str, list[Planned]] = field(default_factory=dict)
    refused: list[LineRefused] = field(default_factory=list)
    unchanged: int = 0
    batch: int | None = None
    """The action of the history that queued it."""

    @property
    def values(self) -> int:
        """How many values would be queued."""
        return sum(map(len, self.edits.values()))

    def lines(self) -> Iterator[dict[str, Any]]:
        """The plan as commands print it: the records, then the refusals."""
        for record, planned in self.edits.items():
            yield {"record": record, "edits": [one.as_json() for one in planned]}
        for refusal in self.refused:
            yield refusal.as_json()


class _CellRefused(Refused):
    """What a cell holds cannot be: its line is refused whole."""

    def __init__(self, column: str | None, reason: str) -> None:
        super().__init__(reason)
        self.column = column


def plan_file(ctx: Context, wishes: Sequence[Wish]) -> FilePlan:
    """What the lines of a file would queue; nothing is queued.

    A cell that holds Salesforce's present value, or what an open edit wants already, wants nothing.
    A record is refused whole, and named with its line and column, where one of its cells cannot
    be, where an old value is not Salesforce's present one, where it is not linked and in scope, or
    stands in several lines. Raises UnknownName, before all else, for a column that is no field, and
    Refused for a file that is too long.
    """
    if len(wishes) > MOST:
        raise Refused(
            f"The file has {len(wishes):,} lines; {MOST:,} go at once. Nothing was queued.",
            "Split it: each part is an action that one undo takes back.",
        )
    with act(ctx) as bound:
        return _plan(ctx, bound, wishes)


def queue_file(ctx: Context, wishes: Sequence[Wish], shown: FilePlan) -> FilePlan:
    """Queues what was shown, as one action of the history; a record whose values moved since then
    is refused. Raises ReadOnlyError."""
    ctx.refuse_if_read_only("editing")
    with act(ctx) as bound:
        mine = {_id_of(wish): wish for wish in wishes if _id_of(wish) in shown.edits}
        now = _plan(ctx, bound, list(mine.values()))
        batch = history.new_batch(ctx.store)
        refused = [*shown.refused, *now.refused]
        queued = FilePlan(refused=refused, unchanged=shown.unchanged, batch=batch)
        gone = {refusal.record for refusal in now.refused}
        for done, (record, was) in enumerate(shown.edits.items()):
            _tell(ctx, "queueing edits", done, len(shown.edits))
            planned = now.edits.get(record, [])
            if [one.as_json() for one in planned] == [one.as_json() for one in was]:
                for one in planned:
                    queue(ctx, one.link, one.pair, one.value, batch)
                queued.edits[record] = planned
            elif record not in gone:
                why = "a value moved after this was shown: look again"
                queued.refused.append(LineRefused(mine[record].line, None, record, why))
    return queued


def _plan(ctx: Context, bound: BoundMapping, wishes: Sequence[Wish]) -> FilePlan:
    columns = {name: _field(bound, name) for wish in wishes[:1] for name in wish.values}
    plan = FilePlan()
    lines: dict[str, list[int]] = {}
    for wish in wishes:
        lines.setdefault(_id_of(wish), []).append(wish.line)
    for done, wish in enumerate(wishes):
        _tell(ctx, "reading the file", done, len(wishes))
        record = _id_of(wish)
        others = ", ".join(str(line) for line in lines[record] if line != wish.line)
        try:
            if others:
                raise _CellRefused(None, f"the record stands in line {others} too")
            planned = _line(ctx, bound, columns, wish)
        except _CellRefused as refusal:
            plan.refused.append(LineRefused(wish.line, refusal.column, record, refusal.message))
            continue
        if planned:
            plan.edits[record] = planned
        else:
            plan.unchanged += 1
    return plan


def _line(
    ctx: Context, bound: BoundMapping, columns: Mapping[str, Field], wish: Wish
) -> list[Planned]:
    """The values that a line would queue. Raises _CellRefused."""
    try:
        row = records.by_id(ctx.store, known_record(ctx, wish.record))
    except SfvtuiError as error:
        raise _CellRefused("record", str(error)) from None
    assert row is not None
    found: list[Planned] = []
    for column, text in wish.values.items():
        known = columns[column]
        present = row[known.name] or ""
        if _holds(known, text, present):
            continue
        old = wish.old.get(column)
        if old is not None and not _holds(known, old, present):
            has, expected = as_typed(known, present) or "(blank)", old or "(blank)"
            raise _CellRefused(column, f"Salesforce has {has}, and the file expected {expected}")
        try:
            link = linked_in_scope(ctx, row["record_id"])
        except SfvtuiError as error:
            raise _CellRefused(None, str(error)) from None
        try:
            pair = known_pair(bound, known.name)
            value = check(ctx, link, pair, text)
        except SfvtuiError as error:
            # The line and its column are named beside it.
            reason = str(error).removeprefix(f"{known.name}: ").replace(" Nothing was queued.", "")
            raise _CellRefused(column, reason) from None
        open_edit = typed.latest_of(ctx.store, link.link_id, pair.name)
        if open_edit is None or not same(pair.field, open_edit["value"], value):
            found.append(Planned(pair, link, value))
    return found


def _holds(known: Field, text: str, present: str) -> bool:
    """Whether a cell's text is a canonical value."""
    if text == as_typed(known, present):
        return True
    try:
        return same(known, parse_typed(known, text), present)
    except Refused:
        return False


def _field(bound: BoundMapping, column: str) -> Field:
    """The mirrored field that a column is of. Raises UnknownName."""
    mirrored = {known.name.lower(): known for known in bound.listed}
    return mirrored.get(column.lower()) or known_pair(bound, column).field


def _id_of(wish: Wish) -> str:
    """The record's Id in its long form; what is no Id as it stands there."""
    try:
        return record_id_of(wish.record)
    except SfvtuiError:
        return wish.record


def _tell(ctx: Context, what: str, done: int, total: int) -> None:
    if done % PROGRESS_EVERY == 0:
        ctx.stop_if_cancelled()
        ctx.progress(Progress(what, done, total))
