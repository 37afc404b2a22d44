"""What an error answer of Vitally means.

Source: Vitally's REST API overview (status codes); the bodies are those that the service was
recorded to send: `error` is a text, or an object with a validator's list of errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sfvtui.errors import (
    LoginRefused,
    NotFound,
    Problem,
    RemoteError,
    ReplyLost,
    RequestRefused,
    Unreachable,
)
from sfvtui.remotes.retry import Lasting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

SYSTEM = "vitally"
NAME = "Vitally"
LONGEST_MESSAGE = 1000

_TAKEN = re.compile(
    r"already|\bexists\b|\btaken\b|duplicate|must be unique|in use|conflict", re.IGNORECASE
)


class Refusal(RequestRefused):
    """A refusal, with what its status adds: whether it says that there is such a user."""

    def __init__(self, status: int, problems: tuple[Problem, ...]) -> None:
        super().__init__(SYSTEM, problems)
        self.exists = status == 409 or (
            status in (400, 422) and any(_TAKEN.search(p.message) for p in problems)
        )


class Passing(Unreachable):
    """Refused for a reason that passes by itself; nothing took effect."""


class RateLimited(Lasting):
    """A 429 that did not end although it was waited for as it asked."""


def error(status: int, body: Any, *, changes: bool, redact: Callable[[str], str]) -> RemoteError:
    """The error that an answer of this status and body is; `changes` where the call was a write."""
    found = problems(status, body, redact)
    words = "; ".join(problem.message for problem in found)
    if status == 401:
        return LoginRefused(
            SYSTEM, f"{NAME} refused the API key: {words}.", "Check vitally.api_key and its region."
        )
    if status == 429:
        return RateLimited(SYSTEM, f"{NAME}'s rate limit is used up.", "Try again in a minute.")
    if status == 404:
        return NotFound(SYSTEM, f"{NAME} has no such thing: {words}.")
    if status == 408 or status >= 500:
        if changes:
            return ReplyLost(
                SYSTEM, f"{NAME} answered {status}: whether the write took effect is not known."
            )
        return Passing(SYSTEM, f"{NAME} is not available: it answered {status}.", "Try later.")
    return Refusal(status, found)


def problems(status: int, body: Any, redact: Callable[[str], str]) -> tuple[Problem, ...]:
    """The reasons in an error body, whatever its shape."""
    said = body.get("error", body.get("message")) if isinstance(body, dict) else None
    if isinstance(said, dict):
        listed = said.get("errors")
        inner = [one for one in listed if isinstance(one, dict)] if listed else []
        if inner:
            return tuple(_validation(one, redact) for one in inner)
        said = said.get("message")
    message = str(said) if said else f"{NAME} answered {status} without saying why"
    return (Problem(f"HTTP_{status}", redact(message)[:LONGEST_MESSAGE]),)


def _validation(raw: Mapping[str, Any], redact: Callable[[str], str]) -> Problem:
    """One error of Ajv, the JSON Schema validator: its keyword, path and message."""
    params = raw.get("params")
    named = params if isinstance(params, dict) else {}
    missing = named.get("missingProperty") or named.get("additionalProperty")
    steps = [
        step.replace("~1", "/").replace("~0", "~")
        for step in str(raw.get("instancePath") or "").split("/")[1:]
    ]
    name = _name([*steps, str(missing)] if missing else steps)
    message = redact(str(raw.get("message") or "not valid"))[:LONGEST_MESSAGE]
    shown = f"{name} {message}" if name and name not in message else message
    return Problem(str(raw.get("keyword") or "validation"), shown, (name,) if name else ())


def _name(steps: Iterable[str]) -> str:
    """The trait or attribute that a path leads to: /traits/sfdc.Title, /accountIds/0."""
    names = list(steps)
    if len(names) > 1 and names[0] == "traits":
        return names[1]
    return names[0] if names else ""
