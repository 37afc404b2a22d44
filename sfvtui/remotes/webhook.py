"""Posting one event to the team's webhook, whose address is itself a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from sfvtui import __version__
from sfvtui.errors import ConfigError, RemoteError
from sfvtui.remotes import web

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.config import NetworkSettings

SYSTEM = "webhook"


def post(
    reference: str,
    body: bytes,
    network: NetworkSettings,
    *,
    secret: Callable[[str], str],
    log: Callable[[str], None],
    seconds: float,
) -> None:
    """Posts a JSON body to the address that the reference names, once; follows no redirect.

    Raises RemoteError (no 2xx in `seconds`), ConfigError and SecretError, none of which shows more
    of the address than its host.
    """
    address = secret(reference).strip()
    target = web.safe_origin(address, "events.webhook")
    trust = web.trust(target, network)
    proxy = web.proxy_for(target, network)
    try:
        with httpx.Client(
            verify=trust,
            proxy=None
            if proxy is None
            else httpx.Proxy(proxy, ssl_context=trust if proxy.startswith("https") else None),
            timeout=seconds / 2,  # to connect, and then to answer
            follow_redirects=False,
            trust_env=False,
        ) as client:
            headers = {"Content-Type": "application/json", "User-Agent": f"sfvtui/{__version__}"}
            # The answer's body is of no interest, however long it is.
            with client.stream("POST", address, content=body, headers=headers) as answer:
                status = answer.status_code
    except (httpx.InvalidURL, ValueError):
        # A control character, a label that no name may have: the words would show the address.
        raise ConfigError(
            "The webhook was not told: what events.webhook names is not an address.",
            "Write it like https://hooks.example.com/services/…, without blanks or other lines.",
        ) from None
    except httpx.HTTPError as error:
        why = web.reason(error)
        log(f"{SYSTEM} POST {target}: no answer, {why}")
        raise RemoteError(
            SYSTEM, f"The webhook ({target}) was not told: {why}.", "Check events.webhook."
        ) from None
    log(f"{SYSTEM} POST {target} {status}")
    if not 200 <= status < 300:
        raise RemoteError(
            SYSTEM, f"The webhook ({target}) answered {status}.", "Check events.webhook."
        )
