"""What an error answer of Salesforce means: typed errors for reads, outcomes for writes.

Source: REST API guide, Status Codes and Error Responses; SOAP API guide, Core Data Types (codes).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sfvtui.errors import (
    CursorLost,
    LoginRefused,
    NotFound,
    Problem,
    RemoteError,
    ReplyLost,
    RequestRefused,
    SfvtuiError,
    Stopped,
    Unreachable,
)
from sfvtui.remotes.answers import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

SYSTEM = "salesforce"
NAME = "Salesforce"
LONGEST_MESSAGE = 1000

BUSY_CODES = frozenset(
    {"UNABLE_TO_LOCK_ROW", "REQUEST_LIMIT_EXCEEDED", "QUERY_TIMEOUT", "PROCESSING_HALTED"}
)
"""Refusals that pass by themselves: the same write may be sent again later."""

NAMED_IN_MESSAGE = {
    "INVALID_FIELD": re.compile(r"No such column '([\w.]+)'"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": re.compile(r"fields: ([\w., ]+?)\. Please"),
    "REQUIRED_FIELD_MISSING": re.compile(r"\[([\w., ]+)\]"),
}
"""Codes that often leave `fields` empty and name API names in the message."""


class SessionDied(LoginRefused):
    """A 401: the session is over, nothing took effect. A new login may mend it."""


class Moved(RemoteError):
    """A 412: the row changed after the stamp that was sent, nothing took effect."""


class Passing(Unreachable):
    """Refused for a reason that passes by itself; nothing took effect."""


class Refusal(RequestRefused):
    """A refusal with its status, which says more than the code where another job is in the way."""

    def __init__(self, status: int, found: tuple[Problem, ...]) -> None:
        super().__init__(SYSTEM, found)
        self.status = status


def problems(content: Any, redact: Callable[[str], str], status: int = 0) -> tuple[Problem, ...]:
    """The reasons in an error body: a list of objects, one object, or a page of text."""
    found = content if isinstance(content, list) else [content]
    read = tuple(_problem(one, redact) for one in found if isinstance(one, dict))
    if read:
        return read
    return (Problem(f"HTTP_{status}", f"{NAME} answered {status} without saying why"),)


def _problem(raw: dict[str, Any], redact: Callable[[str], str]) -> Problem:
    code = raw.get("errorCode") or raw.get("statusCode") or raw.get("error") or "UNKNOWN"
    message = raw.get("message") or raw.get("error_description") or ""
    names = raw.get("fields")
    fields = tuple(str(name) for name in names) if isinstance(names, list) else ()
    if not fields and str(code) in NAMED_IN_MESSAGE:
        named = NAMED_IN_MESSAGE[str(code)].search(str(message))
        fields = tuple(re.findall(r"[\w.]+", named[1])) if named else ()
    return Problem(redact(str(code)), redact(str(message))[:LONGEST_MESSAGE], fields)


def error(status: int, content: Any, *, changes: bool, redact: Callable[[str], str]) -> SfvtuiError:
    """The error that an answer of this status and body is; `changes` where the call was a write.

    An answer of 500 and more to a write says nothing about what took effect: ReplyLost.
    """
    found = problems(content, redact, status)
    codes = {problem.code for problem in found}
    if status == 401:
        return SessionDied(SYSTEM, f"{NAME} says that the session is over.")
    if status == 412:
        return Moved(SYSTEM, f"{NAME} says that the record changed meanwhile.")
    if "REQUEST_LIMIT_EXCEEDED" in codes:
        return _limit(found)
    if "INVALID_QUERY_LOCATOR" in codes:
        return CursorLost(SYSTEM, f"{NAME} no longer knows this page of the list.")
    if status in (408, 420) or status >= 500:
        return _outage(status, found, changes=changes)
    if status == 429 or (not changes and codes & BUSY_CODES):
        return Passing(SYSTEM, f"{NAME} is busy: {_words(found)}.", "Try again later.")
    if status == 410:
        return RemoteError(
            SYSTEM,
            f"{NAME} no longer serves this API version.",
            "Raise salesforce.api_version, or leave it out.",
        )
    if status == 404 and not changes:
        return NotFound(SYSTEM, f"{NAME} has no such thing, or hides it: {_words(found)}.")
    return Refusal(status, found)


def outcome(status: int, found: tuple[Problem, ...]) -> Outcome:
    """What became of one write inside a composite answer, by its own status and reasons."""
    if 200 <= status < 300:
        return Outcome.LANDED
    if status == 412:
        return Outcome.MOVED
    if status in (408, 420) or status >= 500 or status < 200:
        return Outcome.UNKNOWN
    if status in (401, 429) or any(problem.code in BUSY_CODES for problem in found):
        return Outcome.BUSY
    return Outcome.REFUSED


def outcome_of(failed: SfvtuiError) -> tuple[Outcome, tuple[Problem, ...]] | None:
    """What became of a write whose call raised; None where that concerns more than this write."""
    told = (Problem("NO_ANSWER", failed.message),)
    match failed:
        case Moved():
            return Outcome.MOVED, ()
        case RequestRefused():
            busy = any(problem.code in BUSY_CODES for problem in failed.problems)
            return (Outcome.BUSY if busy else Outcome.REFUSED), failed.problems
        case ReplyLost():
            return Outcome.UNKNOWN, told
        case Passing():
            return Outcome.BUSY, (Problem("BUSY", failed.message),)
        case Unreachable():
            return Outcome.NOT_SENT, told
        case _:
            return None


def _limit(found: tuple[Problem, ...]) -> SfvtuiError:
    if any("totalrequests" in problem.message.lower() for problem in found):
        return Stopped(
            "daily_limit",
            f"{NAME} takes no more calls: the organization's calls of the last 24 hours are used "
            f"up.",
            "Wait until calls fall out of the 24 hours, or ask for more.",
        )
    return Passing(SYSTEM, f"{NAME} is busy: {_words(found)}.", "Try again later.")


def _outage(status: int, found: tuple[Problem, ...], *, changes: bool) -> RemoteError:
    said = f" ({_words(found)})" if not found[0].code.startswith("HTTP_") else ""
    if changes:
        return ReplyLost(
            SYSTEM, f"{NAME} answered {status}{said}: whether the write took effect is not known."
        )
    return Passing(
        SYSTEM, f"{NAME} is not available: it answered {status}{said}.", "Try again later."
    )


def _words(found: tuple[Problem, ...]) -> str:
    return "; ".join(problem.message.rstrip(".") or problem.code for problem in found)
