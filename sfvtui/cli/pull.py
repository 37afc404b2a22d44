"""pull and status: filling the mirror, and what it holds."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.session import Session


@click.command(cls=Command)
@click.argument("records", metavar="[RECORD]...", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything again, not only what moved.")
@pass_session
def pull(session: Session, records: tuple[str, ...], full: bool) -> None:
    """Read both systems into the mirror.

    With RECORDs only those, and their users. What moved since the last pull is read; everything,
    where the last full pull is too old.
    """
    from sfvtui.sync.pull import pull as pull_verb

    with session.work() as context:
        report = pull_verb(context, full=full, records=records)
    session.out.report(report.as_json(), people.pull)


@click.command(cls=Command)
@pass_session
def status(session: Session) -> None:
    """Count records by state, conflicts, and what waits in the outbox."""
    from sfvtui.mirror import queries

    with session.mirror() as context:
        report = queries.status(context.store)
    session.out.report(report, people.status)
