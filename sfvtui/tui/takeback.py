"""Taking back what was just decided on a screen: the actions that its last act wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sfvtui.mirror.history import actions_since, last_entry
from sfvtui.tui.changes import plain_json
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import SYSTEM_WORDS, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sfvtui.sync.context import Context
    from sfvtui.sync.undoing import UndoReport

T = TypeVar("T")


def noted(context: Context, verb: Callable[[Context], T]) -> tuple[T, list[int]]:
    """Runs a verb; returns its report and the actions (batches) that it wrote to the history."""
    last = last_entry(context.store)
    report = verb(context)
    return report, actions_since(context.store, last, context.actor)


def take_back(context: Context, batches: Sequence[int]) -> list[UndoReport]:
    """Takes these actions back, in the order given."""
    from sfvtui.sync.undo import undo

    return [undo(context, batch=batch) for batch in batches]


def sentence(reports: Sequence[UndoReport]) -> tuple[str, str]:
    """What was taken back, and the tone in which to say it."""
    left = [one for report in reports for one in report.not_undoable]
    conflicts = [one for report in reports for one in report.conflicts]
    undone = sum(report.undone for report in reports)
    if left and not undone:
        return f"not taken back: {left[0]['reason']}", "warn"
    words = "taken back" if undone == 1 else f"taken back: {undone}"
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
