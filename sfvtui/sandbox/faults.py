"""Faults that a test switches on between a client and a sandbox server.

A rule says which requests it is for and what happens to them. `FaultMiddleware` stands before an
app, and answers `/__sandbox__/...` so that another process can do the same.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sfvtui.sandbox.serving import TRANSPORT

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HTML_503 = (
    "<html><head><title>We are down for maintenance</title></head>"
    "<body><h1>We are down for maintenance.</h1></body></html>"
)
HTML_502 = "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"
EXPIRED = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'


@dataclass(frozen=True)
class Reset:
    """The connection is reset before the request has any effect."""


@dataclass(frozen=True)
class DropReply:
    """The request takes effect, then the connection closes without an answer."""


@dataclass(frozen=True)
class Answer:
    """Another answer. `after_effect`: the request takes effect all the same."""

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    after_effect: bool = False


@dataclass(frozen=True)
class Truncate:
    """The answer's body ends after `keep` bytes, though its length promises more."""

    keep: int = 20


@dataclass(frozen=True)
class Drip:
    """The answer's body comes in chunks of `size` bytes, `seconds` apart."""

    seconds: float
    size: int = 64


@dataclass(frozen=True)
class Run:
    """Something else happens just before the request takes effect (an edit by somebody else)."""

    act: Callable[[], object]


@dataclass(frozen=True)
class Hold:
    """The request waits until it is released.

    `when` is before the effect, or after it and before the answer. `reached` is set as soon as a
    request stands there; set `released` to let it go.
    """

    when: Literal["before", "after"] = "before"
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float = 20.0) -> None:
        """Wait until a request has come to stand here; TimeoutError if none does."""
        if not self.reached.wait(seconds):
            raise TimeoutError("no request came to the gate")

    def release(self) -> None:
        """Let the request go on."""
        self.released.set()


Action = Reset | DropReply | Answer | Truncate | Drip | Run | Hold


def too_many(retry_after: int | None = None, body: str = "") -> Answer:
    """429, with or without Retry-After (seconds)."""
    return Answer(429, body, {"retry-after": str(retry_after)} if retry_after is not None else {})


def html(status: int = 503) -> Answer:
    """A page for people where a program expects JSON."""
    page = HTML_502 if status == 502 else HTML_503
    return Answer(status, page, {"content-type": "text/html; charset=UTF-8"})


def expired_session() -> Answer:
    """Salesforce's answer to a dead token; nothing takes effect."""
    return Answer(401, EXPIRED, {"content-type": "application/json;charset=UTF-8"})


def redirect(location: str, status: int = 302) -> Answer:
    """An answer that sends the client to another address."""
    return Answer(status, "", {"location": location})


def wrong_json(body: str = '{"surprise": true}') -> Answer:
    """200 with JSON of another shape, after the effect took place."""
    return Answer(200, body, {"content-type": "application/json"}, after_effect=True)


@dataclass
class Rule:
    """Which requests an action is for.

    `path` is a regular expression searched in path and query, `body` a part of the body's text.
    The action is for the matching requests from the `nth` on, `times` of them (None: all).
    """

    number: int
    action: Action
    method: str | None = None
    path: str | None = None
    body: str | None = None
    nth: int = 1
    times: int | None = 1
    seen: int = 0
    fired: int = 0

    def takes(self, method: str, target: str, body: bytes) -> bool:
        """Whether the action is for this request; counts it."""
        if self.method and self.method.upper() != method:
            return False
        if self.path and not re.search(self.path, target):
            return False
        if self.body and self.body.encode() not in body:
            return False
        self.seen += 1
        if self.seen < self.nth or (self.times is not None and self.fired >= self.times):
            return False
        self.fired += 1
        return True


@dataclass(frozen=True)
class Exchange:
    """A request that came in, and the status that left (0: none, the connection was cut)."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    status: int


class Faults:
    """The rules of one server, and the requests that it saw (`exchanges`, the last 20,000)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._count = 0
        self.exchanges: deque[Exchange] = deque(maxlen=20_000)

    @property
    def rules(self) -> list[Rule]:
        """The rules, in the order in which they were added."""
        with self._lock:
            return list(self._rules)

    def add(
        self,
        action: Action,
        *,
        method: str | None = None,
        path: str | None = None,
        body: str | None = None,
        nth: int = 1,
        times: int | None = 1,
    ) -> Rule:
        """Add a rule; the first rule that is for a request acts."""
        with self._lock:
            self._count += 1
            rule = Rule(self._count, action, method, path, body, nth, times)
            self._rules.append(rule)
            return rule

    @contextmanager
    def hold(
        self,
        *,
        method: str | None = None,
        path: str | None = None,
        body: str | None = None,
        nth: int = 1,
        when: Literal["before", "after"] = "before",
    ) -> Iterator[Hold]:
        """Hold the next matching request while the block runs (`gate.wait()` awaits it)."""
        gate = Hold(when)
        rule = self.add(gate, method=method, path=path, body=body, nth=nth)
        try:
            yield gate
        finally:
            gate.release()
            self.remove(rule)

    def remove(self, rule: Rule) -> None:
        """Take one rule away."""
        with self._lock:
            self._rules = [kept for kept in self._rules if kept is not rule]

    def clear(self) -> None:
        """Take all rules away, and release what they hold."""
        with self._lock:
            gone, self._rules = self._rules, []
        for rule in gone:
            if isinstance(rule.action, Hold):
                rule.action.release()

    def find(self, method: str, target: str, body: bytes) -> Rule | None:
        """The rule that acts on a request."""
        with self._lock:
            for rule in self._rules:
                if rule.takes(method, target, body):
                    return rule
        return None

    def count(self, method: str | None = None, path: str = "") -> int:
        """How many requests came of this method whose path and query match."""
        return sum(
            1
            for seen in list(self.exchanges)
            if (method is None or seen.method == method) and re.search(path, seen.target)
        )


@dataclass
class _Reply:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class FaultMiddleware:
    """Stands before an ASGI app, and does what the rules of `faults` say.

    `control` is called with the JSON object of `POST /__sandbox__/state` and gives the JSON to
    answer with; a ValueError or KeyError of it becomes 400.
    """

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        control: Callable[[Mapping[str, Any]], Any] | None = None,
    ) -> None:
        self._app = app
        self._faults = faults
        self._control = control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or a fault in its place."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        path = scope["path"]
        if path.startswith("/__sandbox__/"):
            await _send(send, self._answer_control(scope["method"], path, body))
            return
        query = scope["query_string"].decode("latin-1")
        target = f"{path}?{query}" if query else path
        rule = self._faults.find(scope["method"], target, body)
        status = await self._act(rule.action if rule else None, scope, receive, send, body)
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        self._faults.exchanges.append(Exchange(scope["method"], target, headers, body, status))

    async def _act(
        self, action: Action | None, scope: Scope, receive: Receive, send: Send, body: bytes
    ) -> int:
        match action:
            case Reset():
                await _cut(scope, receive, reset=True)
                return 0
            case Answer(after_effect=False):
                return await _send(send, _reply(action))
            case Hold(when="before"):
                await _stand(action)
            case Run():
                action.act()
        reply = await self._effect(scope, body)
        match action:
            case DropReply():
                await _cut(scope, receive, reset=False)
                return 0
            case Answer():
                reply = _reply(action)
            case Hold(when="after"):
                await _stand(action)
            case Truncate():
                await _start(send, reply)
                await send(_part(reply.body[: action.keep], more=True))
                await _cut(scope, receive, reset=False)
                return reply.status
            case Drip():
                await _start(send, reply)
                for start in range(0, len(reply.body), action.size):
                    await asyncio.sleep(action.seconds)
                    await send(_part(reply.body[start : start + action.size], more=True))
                await send(_part(b"", more=False))
                return reply.status
        return await _send(send, reply)

    async def _effect(self, scope: Scope, body: bytes) -> _Reply:
        """Let the app do its work, and keep its answer."""
        reply = _Reply(500, [], b"")
        given = iter(({"type": "http.request", "body": body, "more_body": False},))

        async def receive() -> Message:
            return next(given, {"type": "http.disconnect"})

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply.status = message["status"]
                reply.headers = list(message.get("headers", ()))
            else:
                reply.body += message.get("body", b"")

        await self._app(scope, receive, send)
        return reply

    def _answer_control(self, method: str, path: str, body: bytes) -> _Reply:
        try:
            asked = json.loads(body) if body else {}
            return _json(200, self._do(method, path.removeprefix("/__sandbox__/"), asked))
        except (ValueError, KeyError, TypeError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})

    def _do(self, method: str, what: str, asked: Any) -> Any:
        if what == "faults" and method == "DELETE":
            self._faults.clear()
        elif what == "faults" and method == "POST":
            return _described([self._add(asked)])[0]
        elif what == "release" and method == "POST":
            for rule in self._faults.rules:
                if rule.number == asked["rule"] and isinstance(rule.action, Hold):
                    rule.action.release()
        elif what == "requests":
            return [
                {"method": seen.method, "target": seen.target, "status": seen.status}
                for seen in list(self._faults.exchanges)
            ]
        elif what == "state" and method == "POST" and self._control:
            return self._control(asked)
        elif what != "faults":
            raise KeyError(what)
        return _described(self._faults.rules)

    def _add(self, asked: Mapping[str, Any]) -> Rule:
        options = {k: asked[k] for k in ("method", "path", "body", "nth", "times") if k in asked}
        return self._faults.add(action_from(asked), **options)


def action_from(asked: Mapping[str, Any]) -> Action:
    """The action of a rule that came as JSON: `{"action": "drop_reply", ...}`."""
    kind = asked["action"]
    match kind:
        case "reset":
            return Reset()
        case "drop_reply":
            return DropReply()
        case "answer":
            return Answer(
                asked["status"],
                asked.get("text", ""),
                asked.get("headers", {}),
                after_effect=asked.get("after_effect", False),
            )
        case "too_many":
            return too_many(asked.get("retry_after"))
        case "error":
            return Answer(asked.get("status", 500), asked.get("text", "[]"))
        case "html":
            return html(asked.get("status", 503))
        case "expired_session":
            return expired_session()
        case "wrong_json":
            return wrong_json()
        case "redirect":
            return redirect(asked["location"])
        case "truncate":
            return Truncate(asked.get("keep", 20))
        case "drip":
            return Drip(asked["seconds"], asked.get("size", 64))
        case "hold":
            return Hold(asked.get("when", "before"))
        case _:
            raise ValueError(f"unknown action {kind!r}")


def _described(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    return [
        {
            "rule": rule.number,
            "action": type(rule.action).__name__,
            "seen": rule.seen,
            "fired": rule.fired,
            "reached": isinstance(rule.action, Hold) and rule.action.reached.is_set(),
        }
        for rule in rules
    ]


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


async def _stand(gate: Hold) -> None:
    gate.reached.set()
    # The gate is a thing of threads: whoever releases it is in no event loop.
    while not gate.released.is_set():  # noqa: ASYNC110
        await asyncio.sleep(0.002)


async def _cut(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """Close the connection and see it closed, so that the server sends nothing more."""
    transport: asyncio.Transport = scope[TRANSPORT]
    if reset:
        raw = transport.get_extra_info("socket")
        # Closing with a linger of no time sends RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


def _reply(answer: Answer) -> _Reply:
    headers = [(k.lower().encode(), v.encode()) for k, v in answer.headers.items()]
    if not any(name == b"content-type" for name, _ in headers):
        headers.append((b"content-type", b"application/json"))
    body = answer.body.encode()
    return _Reply(answer.status, [*headers, (b"content-length", str(len(body)).encode())], body)


def _json(status: int, body: Any) -> _Reply:
    return _reply(Answer(status, json.dumps(body, default=str)))


def _part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _start(send: Send, reply: _Reply) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})


async def _send(send: Send, reply: _Reply) -> int:
    await _start(send, reply)
    await send(_part(reply.body, more=False))
    return reply.status
