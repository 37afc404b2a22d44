"""/services/oauth2: tokens by client credentials, JWT and password; userinfo."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sfvtui.sandbox.salesforce.api.calls import Reply

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES = {
    False: "https://login.salesforce.com",
    True: "https://test.salesforce.com",
}


class LoginRefused(Exception):
    """400 with an object, unlike the data API's list."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


def token(org: Org, body: bytes, headers: Mapping[str, str], base: str) -> Reply:
    """`POST /services/oauth2/token`, form-encoded; `base` is the URL at which it was asked.

    Source: Salesforce Help, OAuth Authorization Flows. There is no expires_in.
    """
    asked = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    asked.update(_basic(headers.get("authorization", "")))
    try:
        _granted(org, asked, host=base.partition("://")[2].rpartition(":")[0])
    except LoginRefused as refusal:
        problem = {"error": refusal.error, "error_description": refusal.description}
        return Reply(400, problem)
    return Reply(
        body={
            "access_token": org.sessions.open(),
            "signature": base64.b64encode(b"sandbox signature").decode(),
            "scope": "api",
            "instance_url": org.instance_url or base,
            "id": f"{_audience(org)}/id/{org.org_id}/{org.user_id}",
            "token_type": "Bearer",
            "issued_at": str(int(org.now().timestamp() * 1000)),
        }
    )


def _basic(header: str) -> dict[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        name, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return {}
    return {"client_id": name, "client_secret": secret}


def _audience(org: Org) -> str:
    return AUDIENCES[org.is_sandbox]


def _granted(org: Org, asked: Mapping[str, str], host: str) -> None:
    match asked.get("grant_type"):
        case "client_credentials":
            _client(org, asked)
            if host in org.switches.login_hosts:
                raise LoginRefused("invalid_grant", "request not supported on this domain")
            if not org.credentials.run_as:
                raise LoginRefused("invalid_grant", "no client credentials user enabled")
        case "password":
            _client(org, asked)
            _password(org, asked)
        case grant if grant == JWT_GRANT:
            _assertion(org, asked.get("assertion", ""))
        case "refresh_token":
            raise LoginRefused("invalid_grant", "expired access/refresh token")
        case _:
            raise LoginRefused("unsupported_grant_type", "grant type not supported")


def _client(org: Org, asked: Mapping[str, str]) -> None:
    if asked.get("client_id") != org.credentials.client_id:
        raise LoginRefused("invalid_client_id", "client identifier invalid")
    if asked.get("client_secret") != org.credentials.client_secret:
        raise LoginRefused("invalid_client", "invalid client credentials")


def _password(org: Org, asked: Mapping[str, str]) -> None:
    known = org.credentials
    given = (asked.get("username"), asked.get("password"))
    if not org.switches.password_flow or given != (
        known.username,
        known.password + known.security_token,
    ):
        raise LoginRefused("invalid_grant", "authentication failure")


def _assertion(org: Org, assertion: str) -> None:
    """RS256; issuer is the client, subject the user, audience the login host of its kind."""
    import jwt

    known = org.credentials
    try:
        claims: Mapping[str, Any] = jwt.decode(
            assertion,
            known.public_key or "",
            algorithms=["RS256"],
            audience=_audience(org),
            options={"require": ["iss", "sub", "exp", "aud"], "verify_exp": False},
        )
    except jwt.InvalidAudienceError:
        raise LoginRefused("invalid_grant", "audience is invalid") from None
    except (jwt.InvalidTokenError, ValueError, TypeError):
        raise LoginRefused("invalid_grant", "invalid assertion") from None
    if claims["iss"] != known.client_id:
        raise LoginRefused("invalid_client_id", "client identifier invalid")
    now = org.now().timestamp()
    if not now < claims["exp"] <= now + 600:
        raise LoginRefused("invalid_grant", "expired authorization code")
    if claims["sub"] != known.username or not known.approved:
        raise LoginRefused("invalid_grant", "user hasn't approved this consumer")


def userinfo(org: Org, headers: Mapping[str, str]) -> Reply:
    """`GET /services/oauth2/userinfo`: whose token this is, and the user's time zone."""
    if not org.sessions.use(bearer(headers)):
        status = org.switches.userinfo_dead_token_status
        return Reply(status, "Bad_OAuth_Token", content_type="text/html;charset=UTF-8")
    user = org.rows["User"][org.user_id]
    return Reply(
        body={
            "sub": f"{_audience(org)}/id/{org.org_id}/{org.user_id}",
            "user_id": org.user_id,
            "organization_id": org.org_id,
            "preferred_username": user["Username"],
            "name": user["Name"],
            "email": user["Email"],
            "zoneinfo": org.time_zone,
            "locale": "en_US",
            "active": True,
            "user_type": "STANDARD",
        }
    )


def bearer(headers: Mapping[str, str]) -> str:
    """The token of an Authorization header; "" without one."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return given.strip() if scheme.lower() in {"bearer", "oauth"} else ""
