"""Days: the Salesforce login's time zone, as the last pull learnt it, and the present instant."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sfvtui.mirror.store import Store


def zone(store: Store) -> ZoneInfo:
    """The login's time zone (UTC before the first pull)."""
    try:
        return ZoneInfo(store.get("time_zone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def now_utc() -> dt.datetime:
    """The present instant, in UTC."""
    return dt.datetime.now(dt.UTC)
