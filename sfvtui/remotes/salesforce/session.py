"""The session below simple-salesforce: its timeouts, proxy, trust, and where it never goes.

simple-salesforce speaks https only, without a timeout, and would follow a .netrc and a redirect;
all of that is mended here, beneath it.
"""

from __future__ import annotations

import time
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

from sfvtui import __version__
from sfvtui.remotes import web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sfvtui.config import NetworkSettings

Timeouts = tuple[float, float]
TIMEOUTS: Timeouts = (web.CONNECT_SECONDS, 150.0)
"""Seconds to connect, and between two signs of life of an answer."""
WHOLE_SECONDS = 600.0
"""Seconds in which the whole of an answer has to come: Salesforce's own limit for a request."""
REDIRECTS = 3


class Redirected(requests.RequestException):
    """An answer that sends us elsewhere, where our secrets must not go."""

    def __init__(self, target: str) -> None:
        super().__init__("redirected")
        self.target = target


class Session(requests.Session):
    """A session that reaches allowed origins only, reads no .netrc and keeps no cookie."""

    def __init__(self, network: NetworkSettings, timeouts: Timeouts) -> None:
        super().__init__()
        self._network = network
        self._timeouts = timeouts
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = f"sfvtui/{__version__}"
        self.adapters.clear()

    def allow(self, origin: web.Origin) -> None:
        """Lets requests to this origin through, in plain http where it speaks that (loopback)."""
        address = web.secured(f"{origin}/")
        if address not in self.adapters:
            self.mount(address, _Adapter(origin, self._network, self._timeouts))

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        """The answer; a read follows redirects within its origin, all others are Redirected."""
        kwargs["allow_redirects"] = False
        address = str(url)
        for _ in range(REDIRECTS):
            response = super().request(method, address, *args, **kwargs)
            if not response.is_redirect:
                return response
            here, location = str(response.url), response.headers["Location"]
            target = web.redirect_target(here, location)
            response.close()
            if target is None or method != "GET":
                raise Redirected(web.shown_target(here, location))
            address = web.secured(target)
            kwargs.pop("params", None)
        raise requests.TooManyRedirects


class _Adapter(HTTPAdapter):
    """Sets for each request what simple-salesforce leaves open: timeouts, proxy, trust, scheme."""

    def __init__(self, origin: web.Origin, network: NetworkSettings, timeouts: Timeouts) -> None:
        self._plain = origin.scheme == "http" and origin.is_loopback
        self._proxy = web.proxy_for(origin, network)
        self._context = web.trust(origin, network)
        self._timeouts = timeouts
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._context)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        trusted = {"ssl_context": self._context, "proxy_ssl_context": self._context}
        return super().proxy_manager_for(proxy, **kwargs, **trusted)

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        """The context says whom to trust; requests' own list would be added to it."""
        conn.cert_reqs = "CERT_REQUIRED"

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        if self._plain:
            request = request.copy()
            request.url = "http" + request.url.removeprefix("https")
        kwargs["timeout"] = kwargs.get("timeout") or self._timeouts
        kwargs["verify"] = True
        kwargs["proxies"] = {"https": self._proxy} if self._proxy else {}
        response = super().send(request, *args, **kwargs)
        response.raw = _Timely(response.raw)
        return response


class _Timely:
    """A body that has to be whole in time, however slowly it trickles."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._end = time.monotonic() + WHOLE_SECONDS

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """The pieces of the body; requests.ReadTimeout once its time is over."""
        for chunk in self._raw.stream(*args, **kwargs):
            if time.monotonic() > self._end:
                raise requests.ReadTimeout
            yield chunk


def never_sent(failed: requests.RequestException) -> bool:
    """Whether a request certainly never left: it cannot be sent, or no connection was made."""
    if isinstance(failed, ValueError | requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    names = {type(cause).__name__ for cause in web.causes(failed)}
    return bool(names & {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})
