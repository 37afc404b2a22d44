"""pull and status: filling the mirror, and what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sfvtui.cli import people
from sfvtui.cli.options import RECORD, Command, one_format, pass_session
from sfvtui.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable


@click.command(cls=Command)
@click.argument("records", metavar="[RECORD]...", nargs=-1, **RECORD)
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
@click.option("--prometheus", is_flag=True, help="In Prometheus' text format, for a collector.")
@pass_session
def status(session: Session, prometheus: bool) -> None:
    """Count records by state, conflicts, and what waits in the outbox."""
    one_format(session, chosen=prometheus, name="--prometheus")
    from sfvtui.mirror import counts, pauses

    with session.mirror() as context:
        report = counts.status(context.store)
        paused = pauses.standing(context.store)
    if prometheus:
        _expose(session, report, paused)
        return
    words = [pause.words() for pause in paused.values()]
    session.out.report(report, lambda told: people.status(told, words))


def _expose(session: Session, report: dict[str, Any], paused: Iterable[str]) -> None:
    from sfvtui import __version__
    from sfvtui.cli.prometheus import exposition

    for line in exposition(report, paused_systems=paused, version=__version__):
        session.out.text(line)
