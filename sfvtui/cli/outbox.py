"""outbox: the durable queue of changes."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.listing import list_or_say
from sfvtui.cli.options import Group, completes, pass_session
from sfvtui.cli.session import Session


@click.group(cls=Group, invoke_without_command=True)
@click.option("--parked", is_flag=True, help="Only those that a service refused.")
@pass_session
@click.pass_context
def outbox(context: click.Context, session: Session, parked: bool) -> None:
    """List the queue with each change's state, or act on changes in it."""
    if context.invoked_subcommand is not None:
        return
    from sfvtui.mirror import queries

    with session.mirror() as work:
        empty = "No change is parked." if parked else "Nothing waits to be sent."
        lines = queries.outbox_lines(work.store, parked=parked)
        list_or_say(session, work, lines, people.changes, empty)


@outbox.command()
@click.argument(
    "numbers", metavar="N...", nargs=-1, required=True, type=int, shell_complete=completes("parked")
)
@pass_session
def retry(session: Session, numbers: tuple[int, ...]) -> None:
    """Queue parked changes again."""
    from sfvtui.mirror.queries import outbox_lines
    from sfvtui.sync import outbox as verbs

    with session.context() as context:
        verbs.retry(context, numbers)
        session.out.lines(outbox_lines(context.store, numbers=numbers), people.changes)


@outbox.command()
@click.argument(
    "numbers",
    metavar="N...",
    nargs=-1,
    required=True,
    type=int,
    shell_complete=completes("changes"),
)
@pass_session
def drop(session: Session, numbers: tuple[int, ...]) -> None:
    """Take changes out of the queue; a reconciled one leaves its difference as it is."""
    from sfvtui.mirror.queries import outbox_lines
    from sfvtui.sync import outbox as verbs

    with session.mirror() as context:
        dropped = [
            {**line, "state": "dropped"} for line in outbox_lines(context.store, numbers=numbers)
        ]
        verbs.drop(context, numbers)
        session.out.lines(dropped, people.changes)


@outbox.command()
@click.argument(
    "numbers", metavar="N...", nargs=-1, required=True, type=int, shell_complete=completes("queued")
)
@click.option("--reason", default="", metavar="TEXT", help="Why; the plan shows it.")
@pass_session
def hold(session: Session, numbers: tuple[int, ...], reason: str) -> None:
    """Hold queued changes back: they are not sent until they are released."""
    from sfvtui.mirror.queries import outbox_lines
    from sfvtui.sync import holding

    with session.context() as context:
        holding.hold(context, numbers, reason=reason)
        session.out.lines(outbox_lines(context.store, numbers=numbers), people.changes)


@outbox.command()
@click.argument(
    "numbers", metavar="N...", nargs=-1, required=True, type=int, shell_complete=completes("queued")
)
@pass_session
def release(session: Session, numbers: tuple[int, ...]) -> None:
    """Let changes go that were held back by a person."""
    from sfvtui.mirror.queries import outbox_lines
    from sfvtui.sync import holding

    with session.context() as context:
        holding.release(context, numbers)
        session.out.lines(outbox_lines(context.store, numbers=numbers), people.changes)
