"""doctor: what works, what does not, and how to mend it."""

from __future__ import annotations

import click

from sfvtui.cli import people
from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.output import ExitCode, code_of
from sfvtui.cli.session import Session
from sfvtui.errors import StoreError, UsageError


@click.command(cls=Command)
@pass_session
def doctor(session: Session) -> None:
    """Check config, store, secrets, both connections and the mapping."""
    from sfvtui.sync.doctor import Check
    from sfvtui.sync.doctor import doctor as examine

    try:
        with session.context() as context:
            checks = examine(context)
        code = ExitCode.DONE if all(check.ok for check in checks) else ExitCode.FAILED
    except UsageError as error:
        name = "store" if isinstance(error, StoreError) else "config"
        checks = [Check(name, ok=False, found=error.message, mend=error.mend)]
        code = code_of(error)
    session.out.report({"checks": [check.as_json() for check in checks]}, people.checks)
    session.end(code)
