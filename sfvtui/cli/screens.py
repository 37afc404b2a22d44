"""`sfvtui` without a command: the screens, or the set-up where there is no config yet."""

from __future__ import annotations

import sys

import click

from sfvtui.cli.output import ExitCode
from sfvtui.cli.session import Session
from sfvtui.config import config_path


def open_screens(session: Session) -> ExitCode:
    """Opens the screens on the config; returns the code to end with.

    Raises click.UsageError where there is no terminal to draw on.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "The screens need a terminal; name a command to work without one.",
            click.get_current_context(),
        )
    path = config_path(session.config, session.env)
    settings = session.settings if path.exists() or session.config else None
    from sfvtui.tui.app import run

    return ExitCode(run(settings, path, env=session.env, log=session.log))
