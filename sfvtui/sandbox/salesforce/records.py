"""Rows, and what the org remembers about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sfvtui.sandbox.salesforce.clock import stamp

Row = Mapping[str, Any]
"""A stored row by canonical field name (see values.py); replaced whole by every save."""

STAMPS = frozenset(
    {"CreatedDate", "CreatedById", "LastModifiedDate", "LastModifiedById", "SystemModstamp"}
)
BIN_LASTS = timedelta(days=15)
EMPTIED_SHOWS = timedelta(days=1)


@dataclass(frozen=True)
class Write:
    """One write that took effect.

    `values` are the fields that the caller named, as stored; `before` the same fields before;
    `changed` every field that differs after it, what triggers did included (stamps left out);
    `via` is `direct` for the methods of Org, else the call: `row`, `upsert`, `collections`,
    `composite`.
    """

    number: int
    at: datetime
    kind: str
    object: str
    id: str
    values: Mapping[str, Any]
    before: Mapping[str, Any]
    changed: Mapping[str, Any]
    by: str
    via: str


@dataclass
class Usage:
    """The daily API calls of the org: `used` of `max`; all refused when `used` reaches `max`.

    `app` is added to Sforce-Limit-Info, such as `per-app-api-usage=17/250(appName=sample)`.
    """

    max: int = 100_000
    used: int = 0
    app: str = ""

    @property
    def header(self) -> str:
        """The value of Sforce-Limit-Info."""
        usage = f"api-usage={self.used}/{self.max}"
        return f"{usage}; {self.app}" if self.app else usage


@dataclass(frozen=True)
class DuplicateRule:
    """Rows of `object` that agree (folded, not blank) on all `fields` are duplicates.

    An alert rule (`blocking` off) passes with `Sforce-Duplicate-Rule-Header: allowSave=true`.
    """

    object: str
    fields: tuple[str, ...]
    blocking: bool = False


@dataclass
class Binned:
    """When a row went to the bin, was purged from it, and with which parent it went."""

    at: datetime
    emptied_at: datetime | None = None
    cascaded_from: str | None = None

    def shows(self, now: datetime) -> bool:
        """Whether queryAll still shows the row."""
        if self.emptied_at:
            return now - self.emptied_at < EMPTIED_SHOWS
        return now - self.at < BIN_LASTS + EMPTIED_SHOWS

    def restorable(self, now: datetime) -> bool:
        """Whether the row can be undeleted."""
        return self.emptied_at is None and now - self.at <= BIN_LASTS


@dataclass(frozen=True)
class Savepoint:
    """What `Org.restore` puts back."""

    rows: Mapping[str, Mapping[str, Row]]
    bin: Mapping[str, Binned]
    writes: int


def stamps_from(given: Mapping[str, Any]) -> dict[str, str]:
    """Stamps given as moments or as the API's text; TypeError for other names."""
    unknown = set(given) - STAMPS
    if unknown:
        raise TypeError(f"not a stamp: {', '.join(sorted(unknown))}")
    return {
        name: stamp(value.astimezone(UTC)) if isinstance(value, datetime) else value
        for name, value in given.items()
    }
