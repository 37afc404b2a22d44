"""verify: whether the mirror is what the services have."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.output import ExitCode
from sfvtui.cli.session import Session


@click.command(cls=Command)
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only N records and N users, picked at random.",
)
@click.option("--repair", is_flag=True, help="Mend the mirror; the services are never written.")
@pass_session
def verify(session: Session, sample: int | None, repair: bool) -> None:
    """Compare the mirror with both systems, without trusting any time stamp.

    It finds what pulls can miss: hard deletions, formulas, late stamps.
    """
    from sfvtui.sync.verify import verify as verify_verb

    with session.work() as context:
        report = verify_verb(context, sample=sample, repair=repair)
    session.out.report(report.as_json(), people.verified)
    if report.drift and not repair:
        session.out.last("stopped: drift")
        session.end(ExitCode.WAITING)
    elif report.repaired < len(report.drift):
        session.end(ExitCode.FAILED)
