"""history: what was decided and sent, by whom."""

from __future__ import annotations

import datetime as dt

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.session import Session


class Instant(click.ParamType):
    """A day or an instant in ISO 8601, in UTC unless it says otherwise; becomes ISO UTC text."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """The instant as `2026-01-31T10:00:00Z`."""
        text = str(value)
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{text!r} is not a time; expected 2026-01-31 or 2026-01-31T10:00:00Z.", param, ctx
            )
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@click.command(cls=Command)
@click.option("--record", metavar="RECORD", help="Only of this record.")
@click.option("--since", type=Instant(), metavar="TIME", help="2026-01-31 or 2026-01-31T10:00:00Z.")
@click.option("--run", type=int, metavar="N", help="Only of this push.")
@click.option("--batch", type=int, metavar="N", help="Only of this action.")
@pass_session
def history(
    session: Session, record: str | None, since: str | None, run: int | None, batch: int | None
) -> None:
    """List what was decided and sent, by whom, with the values before and after."""
    from sfvtui.mirror import queries

    with session.context() as context:
        lines = queries.history_lines(
            context.store, record=record, since=since, run=run, batch=batch
        )
        session.out.lines(lines, people.history)
