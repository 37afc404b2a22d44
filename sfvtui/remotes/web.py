"""The rules of the road for both services: where secrets may go, by which proxy, trusting whom."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, quote_plus, urljoin, urlsplit

from sfvtui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sfvtui.config import NetworkSettings

DEFAULT_PORTS = {"http": 80, "https": 443}
SHORT_SECRET = 6
CONNECT_SECONDS = 10.0


class Origin(NamedTuple):
    """Where a request goes: secrets never leave the origin that they were meant for."""

    scheme: str
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine."""
        return is_loopback(self.host)

    @property
    def netloc(self) -> str:
        """Host and port as they stand in an address, the scheme's own port left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


def is_loopback(host: str) -> bool:
    """Whether this host is this machine."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def origin(url: str) -> Origin:
    """Scheme, host and port of an address. Raises ValueError for what has none of them."""
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("not an http(s) address")
    return Origin(scheme, parts.hostname.lower(), parts.port or DEFAULT_PORTS[scheme])


def safe_origin(url: str, key: str) -> Origin:
    """The origin of a configured address that secrets may be sent to.

    https anywhere, http on loopback only. Raises ConfigError, which names `key`.
    """
    try:
        found = origin(url)
    except ValueError:
        raise ConfigError(
            f"{key} is not an address.", "Write it like https://acme.my.salesforce.com."
        ) from None
    if urlsplit(url).username or urlsplit(url).password:
        raise ConfigError(
            f"{key} holds a login.", "Leave it out of the address; secrets have keys of their own."
        )
    if found.scheme == "http" and not found.is_loopback:
        raise ConfigError(
            f"{key} is {found}: http would send secrets in the clear.",
            "Use https; http is for loopback only.",
        )
    return found


def redirect_target(url: str, location: str) -> str | None:
    """Where a redirect leads, if that is the same origin; None where it leads elsewhere."""
    target = urljoin(url, location)
    try:
        return target if origin(target) == origin(url) else None
    except ValueError:
        return None


def shown_target(url: str, location: str) -> str:
    """The origin that a redirect leads to, for a message."""
    try:
        return str(origin(urljoin(url, location)))
    except ValueError:
        return "an address that is none"


def proxy_for(
    target: Origin, network: NetworkSettings, env: Mapping[str, str] | None = None
) -> str | None:
    """The proxy's address for this origin, None for a direct connection.

    Loopback never goes through one. The config's proxy comes before HTTPS_PROXY; NO_PROXY (hosts,
    domains, networks, with or without a port; `*` for all) holds for both. Raises ConfigError for
    a proxy that is not spoken to in http(s).
    """
    env = os.environ if env is None else env
    if target.is_loopback:
        return None
    proxy = network.proxy or _setting(env, "HTTPS_PROXY")
    if not proxy or _excepted(target, _setting(env, "NO_PROXY")):
        return None
    address = proxy if "://" in proxy else f"http://{proxy}"
    try:
        origin(address)
    except ValueError:
        raise ConfigError(
            "The proxy (network.proxy, or HTTPS_PROXY) is no http(s) address.",
            "Write it like http://proxy.acme.example:8080.",
        ) from None
    return address


def _setting(env: Mapping[str, str], name: str) -> str:
    """Small letters first, as curl and its kin do."""
    return (env.get(name.lower()) or env.get(name) or "").strip()


def _excepted(target: Origin, exceptions: str) -> bool:
    for word in re.split(r"[\s,]+", exceptions.lower()):
        name, _, port = word.rpartition(":") if re.search(r"[^:]:\d+$", word) else (word, "", "")
        if port and int(port) != target.port:
            continue
        if name == "*" or (name and _covers(name, target.host)):
            return True
    return False


def _covers(name: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(name.strip("[]"), strict=False)
    except ValueError:
        domain = name.removeprefix("*").lstrip(".")
        return bool(domain) and (host == domain or host.endswith("." + domain))


def trust(
    target: Origin, network: NetworkSettings, env: Mapping[str, str] | None = None
) -> ssl.SSLContext:
    """Whom TLS trusts: the system's authorities (or SSL_CERT_FILE's), and the config's besides.

    Nobody where the target speaks no TLS: reading the authorities takes its time. Raises
    ConfigError where the config's file cannot be used.
    """
    if target.scheme != "https":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    env = os.environ if env is None else env
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath or env.get("SSL_CERT_FILE") or env.get("SSL_CERT_DIR")):
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    ca_file = network.ca_file
    if ca_file:
        try:
            context.load_verify_locations(cafile=str(Path(ca_file).expanduser()))
        except OSError as error:
            raise ConfigError(
                f"network.ca_file {ca_file} cannot be used: {error.strerror or error}.",
                "Name a readable file of certificates in PEM form.",
            ) from None
    return context


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it came from, nearest first, each once."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = [current.__cause__, current.__context__, getattr(current, "reason", None)]
        waiting += [e for e in (*inner, *current.args) if isinstance(e, BaseException)]


def lasting(error: BaseException) -> str:
    """What to do about a connection that fails in the same way each time; empty for any other."""
    chain = list(causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in chain):
        return "Name your company's certificate authority in network.ca_file."
    if any(_wants_login(cause) for cause in chain):
        return "Write it into the proxy's address: http://USER:PASSWORD@HOST:PORT."
    return ""


def _wants_login(cause: BaseException) -> bool:
    """Whether a proxy refused the tunnel for want of a login: both libraries only say so."""
    return "407" in str(cause) and any(
        word in f"{type(cause).__name__} {cause}".lower() for word in ("proxy", "tunnel")
    )


def reason(error: BaseException) -> str:
    """Why a connection failed, in words that hold no address, query or secret."""
    chain = list(causes(error))
    for cause in chain:
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted ({cause.verify_message})"
            case socket.gaierror():
                return "its name is not known here"
            case ConnectionRefusedError():
                return "it refused the connection"
    if any(_wants_login(cause) for cause in chain):
        return "the proxy wants another login"
    if any("timeout" in type(cause).__name__.lower() for cause in chain):
        return "it did not answer in time"
    return "the connection broke"


class Redactor:
    """Takes the secrets it was told of out of any text, in each form in which they are sent."""

    def __init__(self) -> None:
        self._patterns: list[re.Pattern[str]] = []
        self._known: set[str] = set()

    def learn(self, *secrets: str) -> None:
        """Remembers secrets; an empty one is none."""
        for secret in secrets:
            for form in _forms(secret):
                if form and form not in self._known:
                    self._known.add(form)
                    self._patterns.append(_pattern(form))
        self._patterns.sort(key=lambda pattern: -len(pattern.pattern))

    def __call__(self, text: str) -> str:
        """The text with `[secret]` in place of each secret."""
        for pattern in self._patterns:
            text = pattern.sub("[secret]", text)
        return text

    def resolver(self, secret: Callable[[str], str]) -> Callable[[str], str]:
        """`secret`, remembering all that it returns."""

        def resolve(reference: str) -> str:
            found = secret(reference)
            self.learn(found)
            return found

        return resolve


def _forms(secret: str) -> Iterable[str]:
    lines = [line for line in secret.splitlines() if len(line) > SHORT_SECRET]
    return dict.fromkeys([secret, quote(secret, safe=""), quote_plus(secret), *lines])


def _pattern(form: str) -> re.Pattern[str]:
    """A short secret counts only as a whole word: it may be part of an innocent one."""
    escaped = re.escape(form)
    return re.compile(rf"(?<!\w){escaped}(?!\w)" if len(form) < SHORT_SECRET else escaped)


def secured(url: str) -> str:
    """The address with https: how a loopback address is written where only https is spoken."""
    return "https" + url.removeprefix("http") if url.startswith("http://") else url
