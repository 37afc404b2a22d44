"""Instants as HTTP writes them: `Tue, 24 Nov 2026 10:00:00 GMT`, in whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


def to_http(moment: datetime) -> str:
    """The text of an instant; fractions of a second are dropped."""
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)


def from_http(text: str | None) -> datetime | None:
    """The instant of a header, in UTC; None for what is none."""
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
