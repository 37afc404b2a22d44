"""Taking back what was just decided on a screen: the actions that its last act wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sfvtui.mirror import records
from sfvtui.mirror.history import actions_since, last_entry, of_batch
from sfvtui.tui.changes import plain_json
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import SYSTEM_WORDS, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sfvtui.mirror.store import Row
    from sfvtui.sync.context import Context
    from sfvtui.sync.undoing import UndoReport

T = TypeVar("T")


def noted(context: Context, verb: Callable[[Context], T]) -> tuple[T, list[int]]:
    """Runs a verb; returns its report and the actions (batches) that it wrote to the history."""
    last = last_entry(context.store)
    report = verb(context)
    return report, actions_since(context.store, last, context.actor)


def take_back(context: Context, batches: Sequence[int]) -> tuple[list[UndoReport], str]:
    """Takes these actions back, in the order given; returns the reports, and what the actions were
    in words."""
    from sfvtui.sync.undo import undo

    acts = [row for batch in batches for row in of_batch(context.store, batch)]
    words = _acts_words(context, acts)
    return [undo(context, batch=batch) for batch in batches], words


def _acts_words(context: Context, acts: Sequence[Row]) -> str:
    """The acts as History calls them, of whom: `edit Title of Ada Nguyen`, `ignore 12 records`."""
    if not acts:
        return ""
    first, ids = acts[-1], {row["record_id"] for row in acts if row["record_id"]}
    fields = {row["field"] for row in acts if row["field"]}
    if len(ids) != 1:
        return f"{first['what']} {plural(len(ids), 'record')}" if ids else str(first["what"])
    (record_id,) = ids
    known = records.by_id(context.store, record_id)
    name = known["display_name"] if known is not None else record_id
    (field,) = fields if len(fields) == 1 else ("",)
    return f"{first['what']} {field} of {name}" if field else f"{first['what']} {name}"


def sentence(reports: Sequence[UndoReport], what: str = "") -> tuple[str, str]:
    """What was taken back (`what` says what it was), and the tone in which to say it."""
    left = [one for report in reports for one in report.not_undoable]
    conflicts = [one for report in reports for one in report.conflicts]
    undone = sum(report.undone for report in reports)
    if left and not undone:
        return f"not taken back: {left[0]['reason']}", "warn"
    planned = sum(report.planned for report in reports)
    words = "queued to take back" if planned else "taken back"
    if what:
        words += f": {what}"
    elif undone != 1:
        words += f": {undone}"
    if planned:
        words += "; P sends it"
    if conflicts:
        words += f", {plural(len(conflicts), 'conflict')}: it changed since"
    if left:
        words += f", {len(left)} not: {left[0]['reason']}"
    return words, "warn" if left or conflicts else "good"


def plan_text(report: UndoReport) -> Prose:
    """What an undo would do, as its dry run says."""
    text = Prose().line(f"{plural(report.undone, 'thing')} would be taken back.", "strong")
    for line in report.lines:
        text.line(f"  {line['record']}  to {SYSTEM_WORDS[line['system']]}", "dim")
        for item in line["fields"]:
            text.hang(25).add(f"    {item['name']:<20} ", "dim")
            text.add(plain_json(item["before"]), "gone")
            text.add(" → ", "dim").line(plain_json(item["after"]), "new")
    for one in report.conflicts:
        text.line(f"! {one['record']} {one['field']} changed since: a conflict", "warn")
    for left in report.not_undoable:
        text.line(f"! entry {left['entry']} stays: {left['reason']}", "warn")
    for note in report.notes:
        text.line(f"· {note}", "dim")
    return text
