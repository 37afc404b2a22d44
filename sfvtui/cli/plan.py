"""plan: what would leave."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.listing import list_or_say
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.session import Session


@click.command(cls=Command)
@pass_session
def plan(session: Session) -> None:
    """List the changes that a push would send."""
    from sfvtui.mirror import queries

    with session.mirror() as context:
        lines = queries.plan_lines(context.store)
        list_or_say(session, context, lines, people.changes, "Nothing waits to be sent.")
