"""edit --from: the values of a file, shown as a plan, and queued once a person says yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sfvtui.cli import csv_text, people
from sfvtui.cli.output import ExitCode
from sfvtui.errors import UsageError

if TYPE_CHECKING:
    from sfvtui.cli.session import Session
    from sfvtui.sync.edit_file import FilePlan, Wish


def edit_from(session: Session, file: str, *, dry_run: bool, yes: bool) -> None:
    """Plans what the file wants, shows it, asks, and queues it as one action of the history.

    Ends with 1 where a line was refused, else with 3 where nobody could be asked.
    """
    from sfvtui.sync.edit_file import plan_file, queue_file

    out = session.out
    wishes = wishes_of(file)
    with session.work() as context:
        if not dry_run:
            context.refuse_if_read_only("editing")
        plan = plan_file(context, wishes)
        asks = not (dry_run or yes) and bool(plan.edits)
        if asks or dry_run or not plan.edits:
            _show(session, plan, "would be queued")
        if plan.edits and not dry_run:
            if asks and not out.ask(f"Queue {_values(plan)}?"):
                out.note("Nothing was queued.")
                out.last("stopped: confirmation")
                session.end(ExitCode.FAILED if plan.refused else ExitCode.WAITING)
                return
            done = queue_file(context, wishes, plan)
            if asks:
                _refusals(session, done, after=len(plan.refused))
            else:
                _show(session, done, "queued")
            out.note(
                f"{_values(done)} queued. `sfvtui push` sends them; "
                f"`sfvtui undo --batch {done.batch}` takes them back."
            )
            plan = done
    if plan.refused:
        session.end(ExitCode.FAILED)


def wishes_of(file: str) -> list[Wish]:
    """What the lines of a file want; `-` is standard input. Raises UsageError."""
    from sfvtui.sync.edit_file import Wish

    shown = "standard input" if file == "-" else file
    try:
        with click.open_file(file, "rb") as opened:
            data = opened.read()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Name a CSV file.") from None
    columns, lines = csv_text.read(data, shown)
    columns = [name for name in columns if name.lower() not in csv_text.NO_FIELDS]
    fields = {name.lower(): name for name in columns if not name.endswith(csv_text.OLD)}
    guards = {}
    for name in columns:
        if name.endswith(csv_text.OLD):
            of = name.removesuffix(csv_text.OLD).strip()
            if of.lower() not in fields:
                raise UsageError(
                    f"{shown}: there is a column `{name}`, and none `{of}`.",
                    "An old value guards the new one beside it.",
                )
            guards[fields[of.lower()]] = name
    if not fields:
        raise UsageError(
            f"{shown} has no column of a field.", "Add one with a field's API name, such as Title."
        )
    return [
        Wish(
            line.number,
            line.record,
            {name: line.cells[name] for name in fields.values()},
            {name: line.cells[guard] for name, guard in guards.items()},
        )
        for line in lines
    ]


def _show(session: Session, plan: FilePlan, what: str) -> None:
    session.out.lines(plan.lines(), people.planned_edits)
    _refusals(session, plan, after=0)
    same = people.counted(plan.unchanged, "line")
    records = people.counted(len(plan.edits), "record")
    session.out.note(
        f"{_values(plan)} of {records} {what}; {same} without a change; "
        f"{people.counted(len(plan.refused), 'line')} refused."
    )


def _refusals(session: Session, plan: FilePlan, *, after: int) -> None:
    for refusal in plan.refused[after:]:
        column = f", {refusal.column}" if refusal.column else ""
        session.out.error(f"line {refusal.line}{column}: {refusal.record}: {refusal.reason}")


def _values(plan: FilePlan) -> str:
    return people.counted(plan.values, "value")
