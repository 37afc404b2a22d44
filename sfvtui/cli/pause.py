"""pause and resume: nothing is sent to a system while it is paused, by anybody of this store."""

from __future__ import annotations

from typing import Any

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.session import Session

SYSTEM = click.argument("system", type=click.Choice(["salesforce", "vitally"]))


@click.command(cls=Command)
@SYSTEM
@click.option(
    "--reason", default="", metavar="TEXT", help="Why; shown to all, kept in the history."
)
@pass_session
def pause(session: Session, system: str, reason: str) -> None:
    """Send nothing to a system until it is resumed; pulls go on."""
    from sfvtui.domain.changes import System
    from sfvtui.sync.pausing import pause as verb

    with session.context() as context:
        made = verb(context, System(system), reason)
    session.out.report(_report(f"{made.words()}. Nothing is sent to it."), people.told)


@click.command(cls=Command)
@SYSTEM
@pass_session
def resume(session: Session, system: str) -> None:
    """Let changes go to a paused system again."""
    from sfvtui.domain.changes import System
    from sfvtui.sync.pausing import resume as verb

    with session.context() as context:
        ended = verb(context, System(system))
    words = (
        f"{ended.system.value.capitalize()} is resumed; {ended.who} had paused it at {ended.at}."
    )
    session.out.report(_report(f"{words} The next push sends what waits."), people.told)


def _report(found: str) -> dict[str, Any]:
    return {"ok": True, "found": found}
