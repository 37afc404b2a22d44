"""A small server on loopback that answers as each test says."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass
class Request:
    """One request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {k: v[0] for k, v in parse_qs(self.body.decode()).items()}


@dataclass
class Reply:
    """One answer; `drop` closes the connection instead, `cut` after half the body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    cut: bool = False


Answer = Callable[[Request], Any]


class Server:
    """A server on loopback. `on` says how it answers; `requests` is what it saw."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.routes: list[tuple[str, str, Answer]] = []
        self.headers: dict[str, str] = {"Date": "Tue, 24 Nov 2026 10:00:00 GMT"}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def send_header(self, keyword: str, value: str) -> None:
                if keyword == "Date" and getattr(self, "own_date", False):
                    return
                super().send_header(keyword, value)

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                parts = urlsplit(self.path)
                request = Request(
                    self.command,
                    unquote(parts.path),
                    {k: v[0] for k, v in parse_qs(parts.query).items()},
                    {k.lower(): v for k, v in self.headers.items()},
                    self.rfile.read(length),
                )
                outer.requests.append(request)
                reply = outer.reply(request)
                if reply.drop:
                    self.close_connection = True
                    return
                raw = reply.body
                data = raw if isinstance(raw, bytes) else b"" if raw is None else encoded(raw)
                self.own_date = True
                self.send_response(reply.status)
                self.own_date = False
                headers = {"Content-Type": "application/json", **outer.headers, **reply.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data[: len(data) // 2] if reply.cut else data)
                self.close_connection = reply.cut

            do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def on(self, method: str, path: str, *answers: Any) -> None:
        """Answers in turn, the last one again and again. A callable is given the request."""
        waiting = list(answers)

        def answer(request: Request) -> Any:
            found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return found(request) if callable(found) else found

        self.routes.insert(0, (method, path, answer))

    def reply(self, request: Request) -> Reply:
        for method, path, answer in self.routes:
            if method == request.method and path == request.path:
                found = answer(request)
                return found if isinstance(found, Reply) else Reply(found)
        return Reply([{"errorCode": "NOT_FOUND", "message": "no such thing"}], 404)

    def seen(self, method: str, path: str) -> list[Request]:
        return [r for r in self.requests if r.method == method and r.path == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


class Sleeps(list[float]):
    """The waits that were asked for; none is waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


SECRETS = {"env:SF": "sf-s3cret!", "env:KEY": "sk_live_s3cret", "env:TOKEN": "00Dtoken!s3cret"}
ORG, USER = "00D000000000001EAA", "005000000000001AAA"


def resolve(reference: str) -> str:
    return SECRETS.get(reference, reference)
