"""push and sync: letting changes leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, pass_session, yes_option
from sfvtui.cli.output import ExitCode, code_of
from sfvtui.cli.session import Session
from sfvtui.domain.guards import Guard, Rule
from sfvtui.errors import SfvtuiError, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.sync.context import Context
    from sfvtui.sync.landing import PushReport
    from sfvtui.sync.rounds import SyncReport

CONFIRMED_BY_YES = frozenset({Rule.FIRST_PUSH, Rule.MAX_CHANGES})


def _confirming(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that confirm guards."""
    for option in (
        click.option(
            "--waiting-ok", is_flag=True, help="End with 0 where things only wait for a person."
        ),
        click.option(
            "--allow",
            multiple=True,
            metavar="RULE",
            type=click.Choice([rule.value for rule in Rule]),
            help="Confirm this guard: " + ", ".join(rule.value for rule in Rule) + ". Repeatable.",
        ),
        yes_option("Confirm first_push and max_changes."),
    ):
        command = option(command)
    return command


@click.command(cls=Command)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Send at most N changes.")
@_confirming
@pass_session
def push(
    session: Session,
    limit: int | None,
    yes: bool,
    allow: tuple[str, ...],
    waiting_ok: bool,
) -> None:
    """Send the outbox to both systems.

    A guard stops it before its first write, and asks at a terminal.
    """
    from sfvtui.sync.push import push as push_verb

    with session.work() as context:
        report = push_verb(context, limit=limit, confirm=confirmer(session, yes=yes, allow=allow))
        session.out.report(report.as_json(), people.pushed)
        end_push(session, context, report, waiting_ok=waiting_ok)


@click.command(cls=Command)
@click.option(
    "--watch",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="Round after round, so far apart, until ctrl+c; --yes and --allow hold for the first.",
)
@_confirming
@pass_session
def sync(
    session: Session,
    watch: int | None,
    yes: bool,
    allow: tuple[str, ...],
    waiting_ok: bool,
) -> None:
    """Pull, reconcile and push."""
    from sfvtui.sync.rounds import sync as sync_verb

    with session.work() as context:
        if watch is not None:
            _watch(session, context, watch, confirmer(session, yes=yes, allow=allow))
            return
        report = sync_verb(context, confirm=confirmer(session, yes=yes, allow=allow))
        session.out.report(report.as_json(), people.synced)
        end_push(session, context, report.push, waiting_ok=waiting_ok)


def _watch(
    session: Session, context: Context, seconds: int, first: Callable[[Guard], bool]
) -> None:
    """Rounds until the person stops them: a line each, and what went wrong beside it."""
    from sfvtui.sync.rounds import watch

    def tell(done: SyncReport | SfvtuiError) -> None:
        if isinstance(done, SfvtuiError):
            session.out.error(str(done))
        else:
            session.out.report(done.as_json(), people.synced)
            if done.push.failure is not None:
                session.out.error(str(done.push.failure))
            if stopped := stopped_by(done.push):
                _say_how(session, done.push)
                session.out.note(f"stopped: {stopped}")
        session.out.flush()

    later = confirmer(session, yes=False, allow=())
    anew = session.settings_now
    watch(context, seconds, tell=tell, first=first, later=later, settings=anew)
    session.end(ExitCode.INTERRUPTED)


def stopped_by(report: PushReport) -> str | None:
    """The rule that stopped a push, if one did."""
    return report.stopped or (report.guard["rule"] if report.guard else None)


def confirmer(session: Session, *, yes: bool, allow: tuple[str, ...]) -> Callable[[Guard], bool]:
    """Answers the guards: by the options, else by the person at the terminal, else no."""

    def confirm(guard: Guard) -> bool:
        if guard.rule.value in allow or (yes and guard.rule in CONFIRMED_BY_YES):
            return True
        if not session.out.can_ask():
            return False
        for line in people.guard_lines(guard.as_json()):
            session.out.note(line)
        return bool(session.out.ask(f"Push all the same ({guard.rule.value})?"))

    return confirm


def end_push(session: Session, context: Context, report: PushReport, *, waiting_ok: bool) -> None:
    """The exit code of a push, and the last line of standard error that explains a 3."""
    failure = report.failure
    if failure is not None:
        session.out.error(str(failure))
    if report.interrupted:
        session.end(ExitCode.INTERRUPTED)
    elif failure is not None and not isinstance(failure, Stopped):
        session.end(code_of(failure))
    elif report.parked or report.unknown or report.problems:
        session.end(ExitCode.FAILED)
    elif stopped := stopped_by(report):
        _say_how(session, report)
        session.out.last(f"stopped: {stopped}")
        session.end(ExitCode.WAITING)
    elif not waiting_ok:
        _end_waiting(session, context)


def _say_how(session: Session, report: PushReport) -> None:
    """What a guard stopped, and the command that confirms it."""
    from sfvtui.sync.events import GUARDS

    if report.guard:
        what, how = GUARDS[report.guard["rule"]]
        session.out.note(f"{what[0].upper()}{what[1:]}. Nothing was sent. Next: {how}.")


def _end_waiting(session: Session, context: Context) -> None:
    """Ends as waiting where conflicts, held or parked changes need a person."""
    from sfvtui.mirror.counts import status

    counts = status(context.store)
    conflicts, held = counts["conflicts"], counts["outbox"]["held"]
    parked = counts["outbox"]["parked"]
    if conflicts or held or parked:
        session.out.last(f"waiting: {conflicts} conflicts, {held} held, {parked} parked")
        session.end(ExitCode.WAITING)
