"""undo: taking back what the history says was done."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, completes, pass_session
from sfvtui.cli.output import ExitCode
from sfvtui.cli.session import Session


@click.command(cls=Command)
@click.argument(
    "entries", metavar="[ENTRY]...", nargs=-1, type=int, shell_complete=completes("entries")
)
@click.option(
    "--run",
    type=int,
    shell_complete=completes("runs"),
    metavar="N",
    help="All that this push wrote.",
)
@click.option(
    "--batch",
    type=int,
    shell_complete=completes("batches"),
    metavar="N",
    help="The entries of this action.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be queued.")
@pass_session
def undo(
    session: Session,
    entries: tuple[int, ...],
    run: int | None,
    batch: int | None,
    dry_run: bool,
) -> None:
    """Take back entries of the history, a whole push, or one action.

    Former values are planned and leave with the next push; links, ignores and approvals are taken
    back at once. A value that changed since becomes a conflict.
    """
    from sfvtui.sync.undo import undo as undo_verb

    if [bool(entries), run is not None, batch is not None].count(True) != 1:
        raise click.UsageError("Name ENTRYs, or --run, or --batch.", click.get_current_context())
    with session.context() as context:
        report = undo_verb(context, entries=entries, run=run, batch=batch, dry_run=dry_run)
    shown = {**report.as_json(), "lines": report.lines, "undone": report.undone, "dry": dry_run}
    session.out.report(report.as_json(), lambda _: people.undone(shown))
    for note in report.notes:
        session.out.note(note)
    if report.not_undoable and (entries or not report.undone):
        session.end(ExitCode.FAILED)
