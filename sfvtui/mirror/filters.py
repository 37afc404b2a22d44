"""Filters on the mirror: a tree with all that it is read by, as a test of the table `record`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from zoneinfo import ZoneInfo

    from sfvtui.domain.fields import SObject
    from sfvtui.domain.filters import Filter


class RecordFilter(NamedTuple):
    """A parsed filter (None: all records pass) with what it is read by: the object, the login's
    zone, the instant."""

    tree: Filter | None
    sobject: SObject
    zone: ZoneInfo
    now: dt.datetime

    def sql(
        self, *, table: str = "record", columns: Collection[str] | None = None
    ) -> tuple[str, Sequence[object]]:
        """The test as an expression over `table` (of `columns`, where given: others are unread),
        with its parameters."""
        from sfvtui.domain.filters.sql import to_sql  # few lists are filtered

        return to_sql(self.tree, self.sobject, self.zone, self.now, table=table, columns=columns)
