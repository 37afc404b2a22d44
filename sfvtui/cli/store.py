"""store: the file that holds the mirror: checked, backed up, bound to another organization."""

from __future__ import annotations

from pathlib import Path

import click

from sfvtui.cli import people
from sfvtui.cli.options import RECORD, Group, completes, instant, pass_session, yes_option
from sfvtui.cli.output import ExitCode
from sfvtui.cli.session import Session
from sfvtui.errors import StoreError


@click.group(cls=Group)
def store() -> None:
    """Check, back up, rebind or clear the store."""


@store.command()
@pass_session
def check(session: Session) -> None:
    """Look for damage and for what must never be."""
    from sfvtui.mirror import backup
    from sfvtui.mirror.store import is_damage

    try:
        with session.context() as context:
            problems = backup.check(context.store)
            found = "; ".join(problems) or f"{context.store.path}, {backup.contents(context.store)}"
    except StoreError as error:
        if not is_damage(error):
            raise
        problems, found = [error.message], str(error)
    session.out.report({"ok": not problems, "found": found}, people.told)
    if problems:
        session.end(ExitCode.FAILED)


@store.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def backup(session: Session, path: Path) -> None:
    """Copy the store into a new file at PATH, while others may use it.

    A store that is brought back from it reads its whole outbox back before it sends anything.
    """
    from sfvtui.mirror.backup import backup as back_up

    with session.context() as context:
        made = back_up(context.store, path)
    size = made.stat().st_size
    session.out.report({"ok": True, "found": f"{made}, {size} bytes"}, people.told)


@store.command()
@click.option("--object", "object_name", metavar="O", help="Hold this object from now on.")
@yes_option("Do not ask.")
@pass_session
def adopt(session: Session, object_name: str | None, yes: bool) -> None:
    """Bind the store to the organization and workspace of the config, or to another object.

    A backup is made and the history is kept; mirror, links, bases and outbox are dropped.
    """
    from sfvtui.sync.adopt import adopt as adopt_verb
    from sfvtui.sync.adopt import proposal

    with session.context() as context:
        if _confirmed(session, proposal(context, object_name), yes=yes):
            found = adopt_verb(context, object_name)
            session.out.report({"ok": True, "found": found}, people.told)


@store.command()
@click.argument(
    "name", metavar="RECORD|USER", type=RECORD["type"], shell_complete=completes("people")
)
@yes_option("Do not ask.")
@pass_session
def forget(session: Session, name: str, yes: bool) -> None:
    """Erase a person's values from the store, for a privacy request.

    RECORD, and the user that it is linked to, or USER, and its record: their values leave the
    mirror, the bases, edits, conflicts, changes and the history; ids, times and actors stay.
    """
    from sfvtui.sync import forgetting

    with session.context() as context:
        context.refuse_if_read_only("forgetting")
        who = forgetting.whom(context, name)
        question = f"Forget {who.words()}? That cannot be undone, and drops what waits for them."
        if _confirmed(session, question, yes=yes):
            found = forgetting.forget(context, name)
            session.out.report({"ok": True, "found": found}, people.told)


@store.command()
@click.option(
    "--before", callback=instant, required=True, metavar="TIME",
    help="2026-01-31 or 2026-01-31T10:00:00Z, at least a day ago.",
)  # fmt: skip
@yes_option("Do not ask.")
@pass_session
def prune(session: Session, before: str, yes: bool) -> None:
    """Remove history, ended changes and runs of long ago.

    What belongs to a record with something open, a change, an edit or a conflict, stays.
    """
    from sfvtui.sync import forgetting

    with session.context() as context:
        context.refuse_if_read_only("pruning")
        question = f"Remove {forgetting.past(context, before).words()} before {before}?"
        if _confirmed(session, question, yes=yes):
            found = forgetting.prune(context, before)
            session.out.report({"ok": True, "found": found}, people.told)


def _confirmed(session: Session, question: str, *, yes: bool) -> bool:
    """Whether a person, or `--yes`, confirms it; where not, the command ends as stopped."""
    if yes or session.out.ask(question):
        return True
    session.out.note(question)
    session.out.last("stopped: confirmation")
    report = {"ok": False, "found": "nothing was changed"}
    session.out.report(report, lambda _: ("Nothing was changed: --yes confirms it.",))
    session.end(ExitCode.WAITING)
    return False
