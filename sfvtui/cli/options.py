"""The global options, accepted before and after a command's name, and the commands' own kinds."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sfvtui.cli.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

EPILOG = "The global options (--config, --json, --quiet, …) may stand here too: see sfvtui --help."


LONGEST = 1000
"""No summary of a command has so many characters: none is cut."""


class Command(click.Command):
    """A command that takes the global options as well."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("epilog", EPILOG)
        super().__init__(*args, **kwargs)
        self.params += hidden_options()


class Group(click.Group):
    """A group whose commands, and itself, take the global options."""

    command_class = Command
    group_class = type
    shows_global_options = False

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands, each with its whole first sentence, however narrow the terminal is."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(LONGEST)) for name, one in found if one is not None]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += (
            global_options(hidden=False) if self.shows_global_options else hidden_options()
        )


@cache
def hidden_options() -> tuple[click.Parameter, ...]:
    """The global options as all commands but the first take them: the same ones, made once."""
    return tuple(global_options(hidden=True))


def global_options(*, hidden: bool) -> list[click.Parameter]:
    """The options that every command takes. `hidden`: not repeated in each command's help."""
    return [
        click.Option(
            ["--config"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="PATH",
            expose_value=False,
            callback=_config,
            hidden=hidden,
            help="The config to use; otherwise SFVTUI_CONFIG, then the XDG place.",
        ),
        _flag("--json", "One JSON object, or JSON Lines for a list.", _json, hidden=hidden),
        _flag("--quiet", "Print nothing but errors.", _quiet, hidden=hidden),
        _flag("--verbose", "Say on standard error what is being done.", _verbose, hidden=hidden),
        _flag("--no-color", "No colour; NO_COLOR does the same.", _no_color, hidden=hidden),
        _flag(
            "--read-only", "Refuse whatever decides, queues or sends.", _read_only, hidden=hidden
        ),
    ]


def session_of(context: click.Context) -> Session:
    """The session of the running program."""
    session = context.find_object(Session)
    if session is None:
        raise RuntimeError("the commands run inside sfvtui.cli.run")
    return session


pass_session = click.make_pass_decorator(Session)
"""Gives a command the session as its first argument."""


def instant(context: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """A day or an instant in ISO 8601, in UTC unless it says otherwise, as `2026-01-31T10:00:00Z`."""
    import datetime as dt

    if value is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"{value!r} is not a time; expected 2026-01-31 or 2026-01-31T10:00:00Z.", context, param
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def csv_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--csv`, for a list."""
    text = "As CSV, safe for spreadsheets."
    return click.option("--csv", "as_csv", is_flag=True, help=text)(command)


def one_format(session: Session, *, chosen: bool, name: str) -> None:
    """Raises UsageError where a format of its own is chosen beside --json."""
    if chosen and session.out.json:
        raise click.UsageError(f"Give {name} or --json.", click.get_current_context())


def completes(what: str) -> Callable[[click.Context, click.Parameter, str], list[Any]]:
    """What a shell completes a word from: `records`, `fields`, `runs` and so on."""

    def complete(context: click.Context, _param: click.Parameter, typed: str) -> list[Any]:
        from sfvtui.cli.complete import complete as candidates

        return candidates(what, session_of(context), context, typed)

    return complete


def _record(text: str) -> str:
    """A record's Id; what stands before a `/`, such as the name that a shell completed, is its."""
    _, slash, last = text.rpartition("/")
    return last if slash and last.isalnum() and len(last) in (15, 18) else text


RECORD: dict[str, Any] = {"type": _record, "shell_complete": completes("records")}
"""A parameter that names a record."""


def yes_option(text: str) -> Callable[..., Any]:
    """`--yes`: what it confirms is said in the help."""
    return click.option("--yes", is_flag=True, help=text)


def _flag(name: str, text: str, act: Callable[[Session], None], *, hidden: bool) -> click.Option:
    def callback(context: click.Context, _param: click.Parameter, value: bool) -> None:
        if value:
            act(session_of(context))

    return click.Option(
        [name], is_flag=True, expose_value=False, callback=callback, hidden=hidden, help=text
    )


def _config(context: click.Context, _param: click.Parameter, value: Path | None) -> None:
    if value is not None:
        session_of(context).config = value


def _json(session: Session) -> None:
    session.out.json = True


def _quiet(session: Session) -> None:
    session.out.quiet = True


def _verbose(session: Session) -> None:
    session.out.verbose = True


def _no_color(session: Session) -> None:
    session.out.color = False
    # The screens and their library look at the variable.
    os.environ["NO_COLOR"] = session.env["NO_COLOR"] = "1"


def _read_only(session: Session) -> None:
    session.read_only = True
