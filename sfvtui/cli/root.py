"""The program's command tree. A command's module is imported when the command is used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click

from sfvtui import VERSION_LINE, __version__
from sfvtui.cli.options import Group, pass_session

if TYPE_CHECKING:
    from sfvtui.cli.session import Session

MODULES = {
    "init": "init",
    "pull": "pull",
    "status": "pull",
    "review": "review",
    "edit": "edit",
    "conflicts": "edit",
    "resolve": "edit",
    "plan": "plan",
    "push": "push",
    "sync": "push",
    "outbox": "outbox",
    "history": "history",
    "undo": "undo",
    "why": "why",
    "verify": "verify",
    "pause": "pause",
    "resume": "pause",
    "doctor": "doctor",
    "store": "store",
    "web": "web",
    "demo": "demo",
    "sandbox": "sandbox",
}
"""Command: the module of sfvtui.cli that holds a function of its name."""


class Root(Group):
    """The group `sfvtui`."""

    shows_global_options = True

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands, in the order of the work."""
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of this name, from its module."""
        if cmd_name not in MODULES:
            return None
        module = import_module(f"sfvtui.cli.{MODULES[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Without a command the screens open. Exit codes: 0 done, 1 something failed, 2 usage "
    "or config, 3 a guard stopped it or something waits for a person, 4 another push runs.",
)
@click.version_option(__version__, message=VERSION_LINE)
@pass_session
@click.pass_context
def sfvtui(context: click.Context, session: Session) -> None:
    """Keep Salesforce and Vitally in step."""
    if context.invoked_subcommand is None:
        from sfvtui.cli.screens import open_screens

        session.end(open_screens(session))
