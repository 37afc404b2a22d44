"""Serving a sandbox app over real HTTP on loopback, from a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

TRANSPORT = "sfvtui.transport"
"""The key of a request's scope under which the connection's transport lies, for faults."""


class _Protocol(H11Protocol):
    """Uvicorn's protocol, which lets an app cut its connection without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Small answers must not wait for the reader's acknowledgement (some 40 ms each).
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inner: ASGIApp = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = app

    def shutdown(self) -> None:
        # A request that a fault holds would keep the server from stopping.
        super().shutdown()
        self.transport.abort()


class _Uvicorn(uvicorn.Server):
    """Uvicorn's server, which says when it answers, and ends at once.

    Uvicorn itself looks ten times a second whether it should end, and then waits for the answers
    under way; a suite that starts hundreds of servers would wait for minutes.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._over: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        self._over = over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        if not await self.on_tick(0):
            await over.wait()

    def end(self) -> None:
        """Ends the server, from another thread."""
        self.should_exit = True
        if self._loop is not None and self._over is not None:
            self._loop.call_soon_threadsafe(self._over.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.ready.set()


class Server:
    """One app on one port of loopback; `start` returns once it answers.

    Port 0 takes a free one. `OSError` where the port is taken.
    """

    def __init__(self, app: Any, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.create_server((host, port))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
        )
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(target=self._run, name=self.url, daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> str:
        """Serve until `stop`; returns the URL, such as `http://127.0.0.1:40123`."""
        self._thread.start()
        self._server.ready.wait()
        return self.url

    def stop(self) -> None:
        """Stop at once, whatever is still being answered."""
        self._server.end()
        self._thread.join()
        self._socket.close()


@contextmanager
def running(app: Any, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an ASGI app while the block runs; gives its URL (no slash at the end)."""
    server = Server(app, host=host, port=port)
    url = server.start()
    try:
        yield url
    finally:
        server.stop()
