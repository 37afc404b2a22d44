"""review: what the match rule could not decide, and a person's decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sfvtui.cli import people
from sfvtui.cli.listing import Counting, say_empty
from sfvtui.cli.options import (
    RECORD,
    Group,
    completes,
    csv_option,
    one_format,
    pass_session,
    yes_option,
)
from sfvtui.cli.output import ExitCode
from sfvtui.cli.session import Session

if TYPE_CHECKING:
    from sfvtui.sync.acting import Done
    from sfvtui.sync.context import Context

NAMED = 10
"""How many records an answer names."""

STATES = (
    "linked", "gone", "approved", "ignored", "ambiguous", "outside_filter", "held", "unmatched",
)  # fmt: skip
FLAGS = (
    "disagrees", "out_of_scope", "other_account", "once_linked", "look_alike", "account_churned",
)  # fmt: skip


@click.group(cls=Group)
def review() -> None:
    """Look at records by state, and decide."""


@review.command("list")
@click.option("--state", type=click.Choice(STATES), help="Only this state; else all but linked.")
@click.option("--flag", type=click.Choice(FLAGS), help="Only flagged so, in all states.")
@click.option("--filter", "filter_text", metavar="FILTER", help="Filter text (docs/filters.md).")
@click.option("--search", metavar="TEXT", help="Records that hold this text.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N records.")
@csv_option
@pass_session
def list_(
    session: Session,
    state: str | None,
    flag: str | None,
    filter_text: str | None,
    search: str | None,
    limit: int | None,
    as_csv: bool,
) -> None:
    """List records with their state and why they have it."""
    one_format(session, chosen=as_csv, name="--csv")
    from sfvtui.mirror import mappings, queries

    with session.mirror() as context:
        lines = queries.review_lines(
            context.store, state=state, flag=flag, filter=filter_text, search=search, limit=limit
        )
        if as_csv:
            from sfvtui.cli.csv_text import review_rows

            listing = mappings.listing(context.store)
            session.out.csv(review_rows([f.name for f in listing.fields] if listing else [], lines))
        else:
            found = Counting(lines)
            session.out.lines(found, people.review)
            if not found.count and not session.out.quiet:
                _say_none(session, context, state, flag, filter_text, search)


def _say_none(
    session: Session,
    context: Context,
    state: str | None,
    flag: str | None,
    filter_text: str | None,
    search: str | None,
) -> None:
    """Where a list is empty: why, and where else to look."""
    from sfvtui.mirror import queries

    linked = 0
    if search and not state and not flag:
        linked = queries.review_count(
            context.store, state="linked", filter=filter_text, search=search
        )
    if linked:
        matches = f"{people.counted(linked, 'linked record')} {'match' + 'es' * (linked == 1)}"
        session.out.note(f"{matches}: add --state linked.")
    else:
        say_empty(session, context, "No record is listed.")


@review.command()
@click.argument("records", metavar="[RECORD]...", nargs=-1, **RECORD)
@click.option("--filter", "filter_text", metavar="FILTER", help="All unmatched ones it shows.")
@yes_option("Confirm the number; with a named record, wave on its look-alikes.")
@pass_session
def approve(
    session: Session,
    records: tuple[str, ...],
    filter_text: str | None,
    yes: bool,
) -> None:
    """Approve records, so that the next push creates their users."""
    from sfvtui.sync import review as verbs

    if bool(records) == bool(filter_text):
        raise click.UsageError("Name RECORDs, or give --filter.", click.get_current_context())
    with session.context() as context:
        if records:
            report = verbs.approve(context, records, wave=yes)
            _report(session, context, report, "approved")
            return
        context.refuse_if_read_only("approving")
        shown = verbs.shown_by(context, filter_text or "")
        number = people.counted(len(shown), "record")
        question = f"Approve {number} that {filter_text} shows?"
        what = f"{filter_text} shows {number} to approve"
        if not _confirmed(session, question, what, count=len(shown), yes=yes):
            session.out.report({"approved": [], "refused": []}, people.nothing)
            return
        if shown:
            report = verbs.approve(context, shown, shown=True)
            _report(session, context, report, "approved", named=False)
        else:
            session.out.report({"approved": [], "refused": []}, people.approved)


@review.command()
@click.argument("record", **RECORD)
@click.argument("user", shell_complete=completes("users"))
@pass_session
def link(session: Session, record: str, user: str) -> None:
    """Say that RECORD and USER are the same person."""
    from sfvtui.sync import review as verbs

    with session.context() as context:
        _report(session, context, verbs.link(context, record, user), "linked")


@review.command()
@click.argument("record", required=False, **RECORD)
@click.option("--flag", type=click.Choice(FLAGS), help="All links flagged so.")
@click.option("--filter", "filter_text", metavar="FILTER", help="Of those, what it shows.")
@yes_option("Confirm the number.")
@pass_session
def unlink(
    session: Session,
    record: str | None,
    flag: str | None,
    filter_text: str | None,
    yes: bool,
) -> None:
    """Take a link apart, and remember that the two are not the same person.

    By flag many at once, which remembers nothing.
    """
    from sfvtui.sync import review as verbs

    if bool(record) == bool(flag) or (filter_text and not flag):
        raise click.UsageError(
            "Name one RECORD, or give --flag and perhaps --filter.", click.get_current_context()
        )
    with session.context() as context:
        if record:
            _report(session, context, verbs.unlink(context, record), "unlinked")
            return
        context.refuse_if_read_only("unlinking")
        shown = verbs.flagged(context, flag or "", filter_text or "")
        number = people.counted(len(shown), "record")
        question, what = f"Unlink {number} flagged {flag}?", f"{number} to unlink"
        if not shown:
            session.out.report({"done": [], "refused": []}, people.done)
        elif _confirmed(session, question, what, count=len(shown), yes=yes):
            _report(session, context, verbs.unlink_these(context, shown), "unlinked")
        else:
            session.out.report({"done": [], "refused": []}, people.nothing)


@review.command()
@click.argument("records", metavar="RECORD...", nargs=-1, required=True, **RECORD)
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the history.")
@pass_session
def ignore(session: Session, records: tuple[str, ...], reason: str) -> None:
    """Leave records without a link alone from now on."""
    from sfvtui.sync import review as verbs

    with session.context() as context:
        _report(session, context, verbs.ignore(context, records, reason), "ignored")


@review.command()
@click.argument("records", metavar="RECORD...", nargs=-1, required=True, **RECORD)
@pass_session
def restore(session: Session, records: tuple[str, ...]) -> None:
    """Take ignored records back into the match rule's care."""
    from sfvtui.sync import review as verbs

    with session.context() as context:
        _report(session, context, verbs.restore(context, records), "restored")


@review.command()
@click.argument("record", **RECORD)
@click.option("--add", "how", flag_value="add", help="Beside the accounts that the user has.")
@click.option("--replace", "how", flag_value="replace", help="In place of them.")
@pass_session
def account(session: Session, record: str, how: str | None) -> None:
    """Give a user its record's present account."""
    from sfvtui.sync import review as verbs

    if how is None:
        raise click.UsageError("Give --add or --replace.", click.get_current_context())
    with session.context() as context:
        _report(session, context, verbs.account(context, record, how), "queued the accounts of")


def _confirmed(session: Session, question: str, what: str, *, count: int, yes: bool) -> bool:
    """Whether the number is confirmed; where not, the command ends as stopped. `what`: what it
    comes to, for whom nobody can ask."""
    if yes or count == 0:
        return True
    asked = session.out.can_ask()
    if asked and session.out.ask(question):
        return True
    if not asked:
        session.out.note(f"{what}: nothing was done, --yes confirms it.")
    session.out.last("stopped: confirmation")
    session.end(ExitCode.WAITING)
    return False


def _report(
    session: Session, context: Context, report: Done, verb: str, *, named: bool = True
) -> None:
    """The report; for people the names of those whom it was about. A refusal is a failure where
    the record was named."""
    from sfvtui.mirror import records

    some = report.done[:NAMED]
    names = records.names(context.store, some)
    shown = [f"{names[one]} ({one})" if names.get(one, one) != one else one for one in some]
    session.out.report(report.as_json(), lambda it: people.decided(it, verb, shown, report.told))
    if report.refused and named:
        session.end(ExitCode.FAILED)
