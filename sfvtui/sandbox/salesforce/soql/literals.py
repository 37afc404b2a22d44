"""Relative date literals of SOQL: each is a range of days in a time zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sfvtui.sandbox.salesforce.clock import stamp

_NUMBERED = re.compile(r"(LAST|NEXT)_N_(DAYS|WEEKS|MONTHS|QUARTERS|YEARS):(\d+)|N_DAYS_AGO:(\d+)")


@dataclass(frozen=True)
class Range:
    """Days from `first` to the day before `end`, with midnights in `zone`."""

    first: date
    end: date
    zone: tzinfo

    def stamps(self) -> tuple[str, str]:
        """The bounds as stamps of a datetime field."""
        return self._midnight(self.first), self._midnight(self.end)

    def days(self) -> tuple[str, str]:
        """The bounds as values of a date field."""
        return self.first.isoformat(), self.end.isoformat()

    def _midnight(self, day: date) -> str:
        return stamp(datetime.combine(day, time(), self.zone).astimezone(UTC))


def date_literal(word: str, now: datetime, zone: tzinfo) -> Range | None:
    """The range of a literal such as TODAY or LAST_N_DAYS:7; None if the word is none.

    LAST_N_DAYS:n includes today, LAST_N_WEEKS:n and longer units do not include the present one.
    Source: SOQL guide, Date Formats and Date Literals.
    """
    today = now.astimezone(zone).date()
    word = word.upper()
    numbered = _NUMBERED.fullmatch(word)
    if numbered:
        way, unit, count, ago = numbered.groups()
        if ago:
            day = today - timedelta(days=int(ago))
            return Range(day, day + timedelta(days=1), zone)
        return Range(*_many(way, unit, int(count), today), zone)
    if word in _DAYS:
        day = today + timedelta(days=_DAYS[word])
        return Range(day, day + timedelta(days=1), zone)
    way, _, unit = word.partition("_")
    step = {"LAST": -1, "THIS": 0, "NEXT": 1}.get(way)
    if step is None or unit not in _STARTS:
        return None
    start = _STARTS[unit]
    return Range(start(today, step), start(today, step + 1), zone)


def _many(way: str, unit: str, count: int, today: date) -> tuple[date, date]:
    if unit == "DAYS":
        day = timedelta(days=1)
        if way == "LAST":
            return today - count * day, today + day
        return today + day, today + (count + 1) * day
    start = _STARTS[unit.removesuffix("S")]
    if way == "LAST":
        return start(today, -count), start(today, 0)
    return start(today, 1), start(today, count + 1)


def _week(today: date, step: int) -> date:
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    return sunday + timedelta(weeks=step)


def _month(today: date, step: int) -> date:
    months = today.year * 12 + today.month - 1 + step
    return date(months // 12, months % 12 + 1, 1)


def _quarter(today: date, step: int) -> date:
    return _month(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), 3 * step)


def _year(today: date, step: int) -> date:
    return date(today.year + step, 1, 1)


_DAYS = {"YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
_STARTS: dict[str, Callable[[date, int], date]] = {
    "WEEK": _week,
    "MONTH": _month,
    "QUARTER": _quarter,
    "YEAR": _year,
}
