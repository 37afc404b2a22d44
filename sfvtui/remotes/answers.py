"""What the services answered, in the engine's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from sfvtui.domain.table import Rows
    from sfvtui.errors import Problem

Row = dict[str, Any]


class Outcome(StrEnum):
    """What became of one write."""

    LANDED = "landed"
    """The service said that it took effect."""
    MOVED = "moved"
    """Refused, because the row changed after the stamp that was sent; nothing took effect."""
    REFUSED = "refused"
    """The service understood and refused; nothing took effect."""
    BUSY = "busy"
    """A passing fault (row lock, pacing, no connection); certainly nothing took effect."""
    UNKNOWN = "unknown"
    """Sent, and no usable answer came: it may or may not have taken effect."""
    NOT_SENT = "not_sent"
    """Never left this machine."""
    EXISTS = "exists"
    """A creation that the service refused because there is such a user."""
    GONE = "gone"
    """There is no user of this id (any more)."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    `next` is the token that resumes the list after this page, None at its end; `total` counts the
    whole list where the service says it; `server_time` is the service's clock when it answered.
    """

    rows: Rows
    next: str | None
    total: int | None
    server_time: datetime


@dataclass(frozen=True, slots=True)
class Usage:
    """Salesforce's rolling 24 hours: calls used and allowed, for the whole organization."""

    used: int
    limit: int

    @property
    def left(self) -> float:
        """The share of the calls that is left, 0 to 1."""
        return max(0.0, (self.limit - self.used) / self.limit) if self.limit > 0 else 1.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Vitally's rate limit as last seen; `reset` in seconds from then. None: not told yet."""

    remaining: int | None = None
    limit: int | None = None
    reset: float | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """Who answers and who we are there. `is_sandbox`, `time_zone`: None where it is not told.

    `org_id` and `user_id` have 18 characters; `user_id` is empty where it is not told.
    """

    org_id: str
    is_sandbox: bool | None
    user_id: str
    time_zone: str | None
    instance_url: str
    api_version: str


@dataclass(frozen=True, slots=True)
class ObjectName:
    """One object of the organization, as the global describe lists it."""

    name: str
    label: str
    queryable: bool
    custom: bool


@dataclass(frozen=True, slots=True)
class Write:
    """A guarded update of one record: JSON values by API name.

    `unmodified_since` is the row's own LastModifiedDate as last read; a row that changed after
    it is left alone (Outcome.MOVED).
    """

    record_id: str
    values: dict[str, Any]
    unmodified_since: datetime


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What became of one Write."""

    record_id: str
    outcome: Outcome
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one creation or update of a user; `user` is what Vitally answered."""

    outcome: Outcome
    user: Row | None = None
    problems: tuple[Problem, ...] = field(default=())
