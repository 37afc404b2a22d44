"""Running one command line: whatever happens ends in a sentence and an exit code."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

import click

from sfvtui.cli.output import ExitCode, Output, code_of
from sfvtui.cli.session import Session
from sfvtui.errors import Cancelled, SfvtuiError, Stopped

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Runs the command line (without the program's name); returns its exit code.

    Never raises and never prints a traceback: what nobody expected goes to the log.
    """
    session = Session(Output.of_process())
    code = _run(arguments, session)
    session.out.finish()
    session.close()
    return int(code)


def _run(arguments: Sequence[str], session: Session) -> ExitCode:
    from sfvtui.cli.root import sfvtui

    out = session.out
    if "_SFVTUI_COMPLETE" in os.environ:
        import_module("sfvtui.cli.complete")  # it makes click's own completion fit
    try:
        result = sfvtui.main(
            list(arguments), prog_name="sfvtui", standalone_mode=False, obj=session
        )
    except click.exceptions.NoArgsIsHelpError as error:
        out.error(error.format_message())
        return ExitCode.USAGE
    except click.ClickException as error:
        out.error(f"{error.format_message()} {_help_hint(error)}".strip())
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt, Cancelled) as error:
        out.error(str(error) or "Interrupted; everything not done stays queued.")
        return ExitCode.INTERRUPTED
    except SfvtuiError as error:
        out.error(_in_its_file(error, session))
        if isinstance(error, Stopped):
            out.last(f"stopped: {error.rule}")
        return code_of(error)
    except BrokenPipeError:
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - the last line of defence: logged, and said
        known = _store_error(error, session)
        out.error(str(known) if known else _unexpected(error, session))
        return code_of(known) if known else ExitCode.FAILED
    if isinstance(result, int) and not isinstance(result, bool) and result:
        return ExitCode(result)  # click's own end of --help and --version
    return session.code if session.code is not None else ExitCode.DONE


def _in_its_file(error: SfvtuiError, session: Session) -> str:
    """The error; one that names a key of the mapping names the config's file as well."""
    settings = session.__dict__.get("settings")  # where they were read at all
    if error.message.startswith("mapping.") and settings is not None:
        return f"{settings.path}: {error}"
    return str(error)


def _help_hint(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"See {context.command_path} --help." if context is not None else ""


def _store_error(error: Exception, session: Session) -> SfvtuiError | None:
    """What SQLite could not do (a full disk, a lock, a damaged file), in words."""
    from sfvtui.mirror.store import Failure, store_error

    if not isinstance(error, Failure):
        return None
    session.log.unexpected(error)
    return store_error(session.settings.store.path, error)


def _unexpected(error: Exception, session: Session) -> str:
    """Writes the traceback to the log; returns the sentence that names the log."""
    what = f"Something unexpected happened ({type(error).__name__}); what was queued stays queued."
    try:
        session.log.unexpected(error)
    except OSError as why:
        return f"{what} The log {session.log.file} could not be written: {why.strerror}."
    return f"{what} The log says more: {session.log.file}"
