"""One way to Vitally: an HTTP client of ours, paced, repeated only where that is safe."""

from __future__ import annotations

import base64
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from sfvtui import __version__
from sfvtui.errors import Garbled, RemoteError, ReplyLost, Unreachable
from sfvtui.remotes import exact_json, web
from sfvtui.remotes.http_date import from_http
from sfvtui.remotes.pacing import Pacer, asked_wait
from sfvtui.remotes.retry import PATIENT, Lasting, passes, repeat
from sfvtui.remotes.vitally.faults import NAME, SYSTEM, error

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping

    from sfvtui.config import NetworkSettings, VitallySettings
    from sfvtui.remotes.answers import Limits

TIMEOUTS = (web.CONNECT_SECONDS, 60.0)
WHOLE_SECONDS = 180.0
"""Seconds in which the whole of an answer has to come."""
LONGEST_PACING = 300.0
REDIRECTS = 3
NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer that arrived whole."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Transport:
    """Requests to one workspace."""

    def __init__(
        self,
        settings: VitallySettings,
        network: NetworkSettings,
        *,
        secret: Callable[[str], str],
        log: Callable[[str], None],
        sleep: Callable[[float], None],
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        self._settings = settings
        self._network = network
        self._redact = web.Redactor()
        self._secret = self._redact.resolver(secret)
        self._log = log
        self._sleep = sleep
        self._timeouts = timeouts
        self._pacer = Pacer(settings.requests_per_minute, sleep=sleep)
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._date: datetime | None = None

    @property
    def limits(self) -> Limits:
        """The rate limit as last told."""
        return self._pacer.limits

    def answered_at(self) -> datetime:
        """The Date of the last answer; this machine's clock where it had none."""
        return self._date or datetime.now(UTC).replace(microsecond=0)

    def close(self) -> None:
        """Lets the connections go."""
        if self._client is not None:
            self._client.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        changes: bool = False,
        shape: Any = Any,
    ) -> Any:
        """The decoded answer of one call below /resources/ (None where it is empty); `shape` as
        for exact_json.decode.

        Raises the errors of faults.error, Garbled, Unreachable; where `changes`, ReplyLost for a
        write that may have taken effect.
        """
        content = None if body is None else exact_json.encode(body)

        def once() -> Any:
            response = self._paced(method, path, params, content, changes=changes)
            return self._read(response, shape, changes=changes)

        return repeat(once, passing=partial(passes, changes=changes), sleep=self._sleep)

    def _paced(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        *,
        changes: bool,
    ) -> _Answer:
        """The answer; a 429, which certainly took no effect, is waited out."""
        waited = 0.0
        for attempt in count(1):
            self._pacer.before()
            response = self._sent(method, path, params, content, changes=changes)
            self._pacer.heed(response.headers)
            wait = max(asked_wait(response.headers), PATIENT.wait(attempt, 1.0))
            if response.status != 429 or waited + wait > LONGEST_PACING:
                break
            self._sleep(wait)
            waited += wait
        return response

    def _sent(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        content: bytes | None,
        *,
        changes: bool,
    ) -> _Answer:
        client = self._ready()
        url = client.base_url.join(path)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        for _ in range(REDIRECTS):
            try:
                with client.stream(
                    method, url, params=params, content=content, headers=headers
                ) as response:
                    body = b"".join(_timely(response.iter_bytes()))
            except (httpx.HTTPError, httpx.InvalidURL) as failed:
                raise self._no_answer(failed, f"{method} {path}", changes=changes) from None
            except Exception as failed:
                # Whatever else went wrong: a write that may have left has no known outcome.
                if changes:
                    raise self._lost(web.reason(failed)) from failed
                raise
            self._note(response)
            if not response.has_redirect_location:
                return _Answer(response.status_code, response.headers, body)
            here, location = str(response.url), response.headers["Location"]
            target = web.redirect_target(here, location)
            if target is None or method != "GET":
                raise RemoteError(
                    SYSTEM,
                    f"{NAME} redirects to {web.shown_target(here, location)}, where secrets are "
                    f"not sent.",
                    "Check vitally.subdomain, vitally.region or vitally.base_url.",
                )
            url, params = httpx.URL(target), None
        raise Garbled(SYSTEM, f"{NAME} redirects without end.")

    def _read(self, answer: _Answer, shape: Any, *, changes: bool) -> Any:
        status = answer.status
        well = 200 <= status < 300
        try:
            wanted = shape if well else Any
            body = exact_json.decode(answer.content, wanted) if answer.content else None
        except ValueError:
            body = None
        if not well:
            raise error(status, body, changes=changes, redact=self._redact)
        if body is None and answer.content:
            if changes:
                raise ReplyLost(
                    SYSTEM,
                    f"{NAME} answered {status} with something that is no data: whether the write "
                    f"took effect is not known.",
                )
            raise Garbled(
                SYSTEM,
                f"{NAME} answered {status} with something that is no data.",
                "A proxy or a maintenance page may stand in between; try again later.",
            )
        return body

    def _ready(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                base = self._settings.base_url
                target = web.safe_origin(base, "vitally.base_url")
                trust = web.trust(target, self._network)
                proxy = web.proxy_for(target, self._network)
                self._client = httpx.Client(
                    base_url=f"{base.rstrip('/')}/resources/",
                    headers={
                        "Authorization": self._authorization(),
                        "Accept": "application/json",
                        "User-Agent": f"sfvtui/{__version__}",
                    },
                    timeout=httpx.Timeout(self._timeouts[1], connect=self._timeouts[0]),
                    verify=trust,
                    proxy=_proxy(proxy, trust),
                    follow_redirects=False,
                    trust_env=False,
                )
            return self._client

    def _authorization(self) -> str:
        """Basic, the key as user name and no password; Vitally also shows the header ready-made."""
        key = self._secret(self._settings.api_key).strip()
        if key.startswith("Basic "):
            self._redact.learn(key.removeprefix("Basic "))
            return key
        ready = base64.b64encode(f"{key}:".encode()).decode()
        self._redact.learn(ready)
        return f"Basic {ready}"

    def _no_answer(self, failed: Exception, what: str, *, changes: bool) -> RemoteError:
        why = web.reason(failed)
        self._log(f"{SYSTEM} {self._redact(what)}: no answer, {why}")
        host = urlsplit(self._settings.base_url).netloc
        if mend := web.lasting(failed):
            return Lasting(SYSTEM, f"{NAME} ({host}) is not connected: {why}.", mend)
        if not changes or isinstance(failed, NEVER_SENT):
            return Unreachable(
                SYSTEM, f"{NAME} ({host}) cannot be reached: {why}.", "Check the network."
            )
        return self._lost(why)

    def _lost(self, why: str) -> ReplyLost:
        return ReplyLost(
            SYSTEM, f"{NAME}'s reply was lost ({why}): whether the write took effect is not known."
        )

    def _note(self, response: httpx.Response) -> None:
        """Reads what every answer tells beside its body, errors included."""
        request = response.request
        took = response.elapsed.total_seconds() * 1000
        path = self._redact(request.url.path)
        self._log(f"{SYSTEM} {request.method} {path} {response.status_code} {took:.0f} ms")
        self._date = from_http(response.headers.get("Date")) or self._date


def _proxy(url: str | None, trust: ssl.SSLContext) -> httpx.Proxy | None:
    """The proxy at this address; one that is reached by TLS is trusted by the same rules."""
    if url is None:
        return None
    return httpx.Proxy(url, ssl_context=trust if url.startswith("https") else None)


def _timely(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces of a body, as long as it is whole in time, however slowly it trickles."""
    end = time.monotonic() + WHOLE_SECONDS
    for chunk in chunks:
        if time.monotonic() > end:
            raise httpx.ReadTimeout("the body did not come in time")
        yield chunk
