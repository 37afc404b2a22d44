"""edit, conflicts and resolve: values that a person decides."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.listing import list_or_say
from sfvtui.cli.options import RECORD, Command, completes, pass_session, yes_option
from sfvtui.cli.session import Session


@click.command(cls=Command)
@click.argument("record", required=False, **RECORD)
@click.argument(
    "values", metavar="[FIELD=VALUE]...", nargs=-1, shell_complete=completes("assignments")
)
@click.option(
    "--from",
    "file",
    type=click.Path(dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Many records: CSV with a column `record`, a column a field, perhaps `FIELD (old)`.",
)
@click.option("--dry-run", is_flag=True, help="Only say what would be queued.")
@yes_option("With --from: do not ask.")
@pass_session
def edit(
    session: Session,
    record: str | None,
    values: tuple[str, ...],
    file: str | None,
    dry_run: bool,
    yes: bool,
) -> None:
    """Queue new values for fields of a linked record, on both sides.

    FIELD= blanks the field. Values are in Salesforce's terms: a;b, true, 12.5, 2026-01-31,
    2026-01-31T10:00:00Z. With --from those of many records, shown as a plan first.
    """
    if file is not None:
        from sfvtui.cli.edit_file import edit_from

        if record is not None:
            raise click.UsageError("Name a RECORD, or give --from.", click.get_current_context())
        edit_from(session, file, dry_run=dry_run, yes=yes)
        return
    if record is None or not values:
        raise click.UsageError(
            "Name a RECORD and FIELD=VALUE, or give --from FILE.", click.get_current_context()
        )
    from sfvtui.sync.edit import edit as edit_verb

    with session.context() as context:
        report = edit_verb(context, record, _assignments(values), dry_run=dry_run)
    for name in report.dropped:
        session.out.note(f"{name}: both sides have this value already; nothing to queue.")
    session.out.report(report.as_json(), people.edited)


@click.command(cls=Command)
@pass_session
def conflicts(session: Session) -> None:
    """List the fields that a person must decide."""
    from sfvtui.mirror import queries

    with session.mirror() as context:
        lines = queries.conflict_lines(context.store)
        list_or_say(session, context, lines, people.conflicts, "No field waits for a decision.")


@click.command(cls=Command)
@click.argument("record", **RECORD)
@click.argument("field", shell_complete=completes("conflicts"))
@click.option(
    "--take",
    type=click.Choice(["salesforce", "vitally", "base", "edit"]),
    help="Which of the values shown.",
)
@click.option("--value", metavar="VALUE", help="Another value, in Salesforce's terms.")
@pass_session
def resolve(session: Session, record: str, field: str, take: str | None, value: str | None) -> None:
    """Settle a conflict."""
    from sfvtui.sync.resolve import resolve as resolve_verb

    if (take is None) == (value is None):
        raise click.UsageError("Give --take or --value.", click.get_current_context())
    with session.context() as context:
        report = resolve_verb(context, record, field, take=take, value=value)
    session.out.report(report.as_json(), people.resolved)


def _assignments(values: tuple[str, ...]) -> dict[str, str]:
    """FIELD=VALUE texts by field, each field once."""
    fields: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} is not FIELD=VALUE.", click.get_current_context())
        if name in fields:
            raise click.UsageError(f"{name} is given twice.", click.get_current_context())
        fields[name] = value
    return fields
