"""Getting a token: the four ways to log in, and whether its answer can be trusted.

Source: Salesforce help, OAuth 2.0 client credentials, JWT bearer and username-password flows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from sfvtui.config import Auth
from sfvtui.domain.ids import id18
from sfvtui.errors import ConfigError, Garbled, LoginRefused, SecretError
from sfvtui.remotes import web

if TYPE_CHECKING:
    from sfvtui.config import SalesforceSettings

SYSTEM = "salesforce"
JWT_SECONDS = 180
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
MENDS = {
    "invalid_client_id": "Check salesforce.client_id.",
    "invalid_client": "Check salesforce.client_id and salesforce.client_secret.",
    "unsupported_grant_type": "Check salesforce.auth, and that the app allows this way to log in.",
    "invalid_grant": "Check the login, and that the app allows it: a run-as user for "
    "client-credentials, a pre-approved user for jwt, the flow switched on for password.",
}

Post = Callable[[str, dict[str, str]], tuple[int, Any]]
Resolve = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Token:
    """A session: its token, the only origin to use it at, and whose it is ('' if not told)."""

    access_token: str
    instance: web.Origin
    org_id: str
    user_id: str

    def __repr__(self) -> str:
        return f"Token({self.instance})"


def log_in(
    settings: SalesforceSettings, secret: Resolve, post: Post, redact: web.Redactor
) -> Token:
    """A new session. `post` sends a form and gives status and decoded body (None: no JSON).

    Raises LoginRefused with Salesforce's own words, ConfigError and SecretError for what is
    missing, Garbled for an answer that cannot be trusted.
    """
    host = web.safe_origin(_needed(settings, "instance_url"), "salesforce.instance_url")
    if settings.auth is Auth.ACCESS_TOKEN:
        return Token(secret(_needed(settings, "access_token")).strip(), host, "", "")
    address = f"{host}/services/oauth2/token"
    status, body = post(address, _form(settings, secret, redact, _likely_audience(host)))
    if settings.auth is Auth.JWT and _wrong_audience(status, body):
        other = next(one for one in AUDIENCES if one != _likely_audience(host))
        status, body = post(address, _form(settings, secret, redact, other))
    if not isinstance(body, dict):
        raise Garbled(
            SYSTEM,
            f"{host} answered {status} and no token.",
            "Check salesforce.instance_url: it is the address of the organization's My Domain.",
        )
    if status != 200:
        raise _refusal(status, body, redact)
    token = body.get("access_token")
    if not (isinstance(token, str) and token):
        raise Garbled(SYSTEM, f"{host} answered a login without a token.")
    redact.learn(token)
    org_id, user_id = _identity(body.get("id"))
    return Token(token, _trusted(host, body.get("instance_url")), org_id, user_id)


def _form(
    settings: SalesforceSettings, secret: Resolve, redact: web.Redactor, audience: str
) -> dict[str, str]:
    client_id = _needed(settings, "client_id")
    match settings.auth:
        case Auth.CLIENT_CREDENTIALS:
            return {
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": secret(_needed(settings, "client_secret")),
            }
        case Auth.PASSWORD:
            token = settings.security_token
            joined = secret(_needed(settings, "password")) + (secret(token) if token else "")
            redact.learn(joined)
            form = {
                "grant_type": "password",
                "client_id": client_id,
                "username": _needed(settings, "username"),
                "password": joined,
            }
            if settings.client_secret:
                form["client_secret"] = secret(settings.client_secret)
            return form
        case Auth.JWT:
            key = secret(_needed(settings, "private_key"))
            assertion = _assertion(client_id, _needed(settings, "username"), audience, key)
            redact.learn(assertion)
            return {"grant_type": JWT_GRANT, "assertion": assertion}
        case _:
            raise ConfigError(
                f"salesforce.auth is {settings.auth!r}.",
                "Use client-credentials, jwt, password or access-token.",
            )


def _assertion(client_id: str, username: str, audience: str, key: str) -> str:
    """The signed claim. Its audience is Salesforce's login host even at a My Domain."""
    import jwt

    claims = {
        "iss": client_id,
        "sub": username,
        "aud": audience,
        "exp": int(time.time()) + JWT_SECONDS,
    }
    pem = key if "\n" in key.strip() else key.replace("\\n", "\n")
    try:
        return jwt.encode(claims, pem, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise SecretError(
            "salesforce.private_key is no RSA private key in PEM form.",
            "Name the file that begins with -----BEGIN PRIVATE KEY-----.",
        ) from None


def _likely_audience(host: web.Origin) -> str:
    """Sandboxes have a login host of their own; an own domain's name does not tell for sure."""
    sandbox = host.host == "test.salesforce.com" or ".sandbox." in f".{host.host}"
    return AUDIENCES[sandbox]


def _wrong_audience(status: int, body: Any) -> bool:
    return (
        status == 400
        and isinstance(body, dict)
        and "audience" in str(body.get("error_description", "")).lower()
    )


def _trusted(host: web.Origin, address: object) -> web.Origin:
    """The origin that a login answered with: https, or loopback where the login was."""
    if address is None:
        return host
    try:
        found = web.origin(str(address))
    except ValueError:
        raise Garbled(SYSTEM, f"{host} answered a login with an address that is none.") from None
    if found.scheme != "https" and not (found.is_loopback and host.is_loopback):
        raise LoginRefused(
            SYSTEM,
            f"{host} answered the login with the address {found}, which is not safe.",
            "Nothing was sent there. Check salesforce.instance_url.",
        )
    return found


def _identity(url: object) -> tuple[str, str]:
    """Organization and user from the `id` of a login: https://…/id/00D…/005…."""
    parts = urlsplit(url).path.strip("/").split("/") if isinstance(url, str) else []
    if len(parts) < 2:
        return "", ""
    return id18(parts[-2]) or "", id18(parts[-1]) or ""


def _refusal(status: int, body: dict[str, Any], redact: web.Redactor) -> LoginRefused:
    code = redact(str(body.get("error") or f"HTTP {status}"))
    said = redact(str(body.get("error_description") or ""))
    return LoginRefused(
        SYSTEM,
        f"Salesforce refused the login: {code}{f' ({said})' if said else ''}.",
        MENDS.get(code, ""),
    )


def _needed(settings: SalesforceSettings, name: str) -> str:
    value = getattr(settings, name)
    if not value:
        raise ConfigError(
            f"salesforce.{name} is missing: auth = {settings.auth!r} needs it.",
            "Write it into the config.",
        )
    return str(value)
