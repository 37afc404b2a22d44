"""why: how a record's state and values came about."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.options import RECORD, Command, completes, pass_session
from sfvtui.cli.session import Session


@click.command(cls=Command)
@click.argument("record", **RECORD)
@click.argument("field", required=False, shell_complete=completes("fields"))
@pass_session
def why(session: Session, record: str, field: str | None) -> None:
    """Explain a record, or one FIELD of it, end to end.

    The rule and the values that linked it, base, both sides, edit, who wrote last, the pushes that
    touched it, and what happens next.
    """
    from sfvtui.sync.why import why as why_verb

    with session.context() as context:
        report = why_verb(context, record, field)
    session.out.report(report.as_json(), people.explained)
