"""`sfvtui` without a command: the screens, or the set-up where there is no config yet."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading

import click

from sfvtui.cli.output import ExitCode
from sfvtui.cli.session import Session
from sfvtui.config import config_path


def open_screens(session: Session) -> ExitCode:
    """Opens the screens on the config; returns the code to end with.

    Raises click.UsageError where there is no terminal to draw on.
    """
    in_browser = "TEXTUAL_DRIVER" in session.env  # set by `web` for the program of a tab
    if not in_browser and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "The screens need a terminal; name a command to work without one.",
            click.get_current_context(),
        )
    path = config_path(session.config, session.env)
    settings = session.settings if path.exists() or session.config else None
    from sfvtui.tui.app import run

    if in_browser:
        threading.Thread(target=_end_with_the_server, daemon=True).start()
    return ExitCode(run(settings, path, env=session.env, log=session.log))


def _end_with_the_server() -> None:
    """Ends the screens when nobody can type any more: the other end of standard input is gone.

    A server that was killed tells its tabs nothing else.
    """
    hung_up = select.poll()
    hung_up.register(sys.stdin, 0)
    hung_up.poll()
    os.kill(os.getpid(), signal.SIGTERM)
