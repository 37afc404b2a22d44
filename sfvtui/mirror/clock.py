"""Days: the Salesforce login's time zone, as the last pull learnt it, and the present instant."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sfvtui.mirror.store import Store


def zone(store: Store) -> ZoneInfo:
    """The login's time zone (UTC before the first pull)."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(store.get("time_zone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def day(store: Store, moment: dt.datetime) -> str:
    """The day of an instant in the login's time zone, as ISO text."""
    return moment.astimezone(zone(store)).date().isoformat()


def now_utc() -> dt.datetime:
    """The present instant, in UTC."""
    return dt.datetime.now(dt.UTC)
