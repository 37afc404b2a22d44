"""The server behind `web`: textual-serve, under a secret path that only its starter is told."""

from __future__ import annotations

import asyncio
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from textual_serve.server import Server

from sfvtui.errors import UsageError

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

HERE = Path(__file__).parent
"""Holds app_index.html: the page that comes with the library asks another host for a font."""
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SECONDS_TO_CLOSE = 1.0


def serve(command: str, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serves the screens that `command` opens until a signal; each tab runs it once.

    `announce` gets the whole address, secret included, once it can be opened. Raises UsageError
    where the port is taken.
    """
    with _listening(host, port) as listening:
        asyncio.run(_serve(command, listening, announce))


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            f"{host} port {port} cannot be used: {reason}.", "Choose another: --port 0 finds one."
        ) from error


async def _serve(command: str, listening: socket.socket, announce: Callable[[str], None]) -> None:
    host, port = listening.getsockname()[:2]
    here = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    secret = secrets.token_urlsafe(32)
    app = web.Application(middlewares=[_guard(here)])
    app.on_response_prepare.append(_headers(here))
    app.add_subapp(f"/{secret}", await _Screens(command, f"http://{here}").app())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SECONDS_TO_CLOSE)
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        stopped = asyncio.Event()
        for number in STOPPING:
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        announce(f"http://{here}/{secret}/")
        # What a tab's program says at its end is no report of this command.
        with redirect_stdout(sys.stderr):
            await stopped.wait()
    finally:
        await runner.cleanup()


def _guard(here: str) -> Middleware:
    """Refuses what a page of another site asks for, also where its name leads to this machine."""
    origin = f"http://{here}"

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host != here or request.headers.get("Origin", origin) != origin:
            raise web.HTTPForbidden(text="Asked for from elsewhere.\n")
        return await handler(request)

    return guard


def _headers(here: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Adds to every answer: nothing from elsewhere, no frame around it, the address kept."""
    headers = {
        "Content-Security-Policy": "default-src 'self' 'unsafe-inline' data: blob:; "
        f"connect-src 'self' ws://{here}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }

    async def add(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)

    return add


class _Screens(Server):
    """textual-serve's server without its logo, its log and its own loop."""

    def __init__(self, command: str, origin: str) -> None:
        super().__init__(command, title="sfvtui", public_url=origin, templates_path=HERE)

    async def app(self) -> web.Application:
        """The page, its files, and the socket that carries keys and screens."""
        return await self._make_app()

    async def on_startup(self, app: web.Application) -> None:
        """Prints nothing: the command has said where it is."""
