"""The one family of errors: each says what happened, to what, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class SfvtuiError(Exception):
    """Something a person must know of: a sentence, and the way to mend it.

    `message` says what happened and to which record or field; `mend` says what the person can do
    (may be empty where the message says it all).
    """

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


class UsageError(SfvtuiError):
    """What was asked for cannot be understood or does not exist (exit 2)."""


class ConfigError(UsageError):
    """A config that cannot be used: names the file, the key, what was found and expected."""


class SecretError(UsageError):
    """A secret reference that cannot be resolved. Never holds the secret."""


class UnknownName(UsageError):
    """A record, user or field that the mirror or the org does not know."""


class FilterError(UsageError):
    """A filter text that does not parse: `column` counts from 1."""

    def __init__(self, message: str, column: int, mend: str = "") -> None:
        super().__init__(message, mend)
        self.column = column


class ReadOnlyError(UsageError):
    """An act that decides, queues or sends, in read-only mode."""


class StoreError(UsageError):
    """The store cannot be used: newer version, other organization, damaged, locked."""


class StoreLocked(SfvtuiError):
    """Another process kept the store from being written for longer than one waits (exit 1)."""


class WrongStore(StoreError):
    """The store belongs to another organization or workspace."""


class Refused(SfvtuiError):
    """An act on one named thing that was refused; nothing was changed (exit 1)."""


class MappingChanged(SfvtuiError):
    """The store was made to fit another mapping while a verb went by the one it began with; nothing
    more was written (exit 1)."""

    def __init__(self) -> None:
        super().__init__("The mapping changed meanwhile: begin again.")


class Busy(SfvtuiError):
    """Another process holds this store's push (exit 4)."""


class Cancelled(SfvtuiError):
    """The person stopped it; everything not done stays as it was (exit 130)."""


class Stopped(SfvtuiError):
    """A guard, a reserve or a limit stopped it: no failure (exit 3). `rule` is its word."""

    def __init__(self, rule: str, message: str, mend: str = "") -> None:
        super().__init__(message, mend)
        self.rule = rule


class RemoteError(SfvtuiError):
    """A service could not do what was asked (exit 1). `system` is salesforce or vitally."""

    def __init__(self, system: str, message: str, mend: str = "") -> None:
        super().__init__(message, mend)
        self.system = system


class Unreachable(RemoteError):
    """No answer, and certainly nothing took effect (not connected, or a read)."""


class ReplyLost(RemoteError):
    """A write was sent and no usable answer came: it may or may not have taken effect."""


class LoginRefused(RemoteError):
    """The credentials were refused, or a session died and could not be renewed."""


class NotFound(RemoteError):
    """The service does not know this id, or does not show it to this login."""


class CursorLost(RemoteError):
    """A paging cursor or locator is no longer valid: the read must begin anew."""


class Garbled(RemoteError):
    """An answer that is not what the service's documentation says (HTML, cut JSON, other shape)."""


class Problem(NamedTuple):
    """One reason a service gave for refusing a write.

    `code` is the service's own error code; `message` its own words; `fields` the API names or
    traits it blamed (often empty).
    """

    code: str
    message: str
    fields: tuple[str, ...] = ()


class RequestRefused(RemoteError):
    """The service understood and refused; nothing took effect."""

    def __init__(self, system: str, problems: Sequence[Problem], mend: str = "") -> None:
        text = "; ".join(f"{p.code}: {p.message}" for p in problems) or "refused without a reason"
        super().__init__(system, f"{system.capitalize()} refused: {text}", mend)
        self.problems = tuple(problems)
