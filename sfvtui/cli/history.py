"""history: what was decided and sent, by whom."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.options import (
    RECORD,
    Command,
    completes,
    csv_option,
    instant,
    one_format,
    pass_session,
)
from sfvtui.cli.session import Session


@click.command(cls=Command)
@click.option("--record", metavar="RECORD", help="Only of this record.", **RECORD)
@click.option(
    "--since", callback=instant, metavar="TIME", help="2026-01-31 or 2026-01-31T10:00:00Z."
)
@click.option(
    "--run", type=int, shell_complete=completes("runs"), metavar="N", help="Only of this push."
)
@click.option(
    "--batch",
    type=int,
    shell_complete=completes("batches"),
    metavar="N",
    help="Only of this action.",
)
@csv_option
@pass_session
def history(
    session: Session,
    record: str | None,
    since: str | None,
    run: int | None,
    batch: int | None,
    as_csv: bool,
) -> None:
    """List what was decided and sent, by whom, with the values before and after."""
    one_format(session, chosen=as_csv, name="--csv")
    from sfvtui.mirror import queries

    with session.mirror() as context:
        lines = queries.history_lines(
            context.store, record=record, since=since, run=run, batch=batch
        )
        if as_csv:
            from sfvtui.cli.csv_text import HISTORY
            from sfvtui.csv_cells import rows

            session.out.csv(rows(HISTORY, (line.values() for line in lines)))
        else:
            session.out.lines(lines, people.history)
