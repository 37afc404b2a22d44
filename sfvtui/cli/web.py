"""web: the screens in a browser on this machine."""

from __future__ import annotations

import ipaddress
import shlex
import sys

import click

from sfvtui.cli.options import Command, pass_session
from sfvtui.cli.output import to_json
from sfvtui.cli.session import Session
from sfvtui.config import config_path
from sfvtui.errors import UsageError

PORT = 8790


@click.command(cls=Command)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, metavar="P",
    help="0: a free one.",
)  # fmt: skip
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS",
    help="An address of loopback; no other is served.",
)  # fmt: skip
@pass_session
def web(session: Session, port: int, host: str) -> None:
    """Serve the screens to a browser on this machine, until stopped.

    The address that it prints holds a secret, made anew at each start: who has the address has
    the screens, and whatever they can do.
    """
    address = loopback(host)
    _require_libraries()
    if session.config or config_path(session.config, session.env).exists():
        _ = session.settings  # what is wrong with it is better read here than in the browser
    from sfvtui.cli.web_server import serve

    def announce(url: str) -> None:
        session.out.text(to_json({"url": url}) if session.out.json else url)
        session.out.note(
            "Open it in a browser on this machine; ctrl+c ends it. Whoever has this address has "
            "your screens: keep it to yourself."
        )
        session.out.flush()

    serve(screens_command(session), address, port, announce)


def loopback(host: str) -> str:
    """The address that a name of loopback stands for. Raises UsageError for any other host."""
    name = "127.0.0.1" if host.lower() == "localhost" else host.strip("[]")
    try:
        if ipaddress.ip_address(name).is_loopback:
            return name
    except ValueError:
        pass  # a name, which may mean another machine tomorrow
    raise UsageError(
        f"{host} is not loopback: the screens carry your rights, and are served to this machine "
        "only.",
        "Leave --host out; from elsewhere, tunnel: ssh -L 8790:127.0.0.1:8790 HOST.",
    )


def screens_command(session: Session) -> str:
    """The shell's command line that opens the same screens as this session would."""
    words = [sys.executable, "-m", "sfvtui"]
    if session.config is not None:
        words += ["--config", str(session.config.absolute())]
    if session.read_only:
        words.append("--read-only")
    return shlex.join(words)


def _require_libraries() -> None:
    try:
        import aiohttp  # noqa: F401 - only whether it is there
        import textual_serve  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The screens in a browser need {error.name}, which is not installed.",
            "Install it with: pip install 'sfvtui[web]'",
        ) from error
