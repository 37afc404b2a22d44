"""How full and how unique the match values of both sides are, as mirrored."""

from __future__ import annotations

from dataclasses import dataclass

from sfvtui.mirror.store import Store


@dataclass(frozen=True)
class Fill:
    """Of `rows` on one side, `filled` have a match value; `shared` of these share theirs."""

    rows: int
    filled: int
    shared: int


_COUNT = (
    "SELECT COALESCE(SUM(n), 0), COALESCE(SUM(IIF(match_key IS NULL, 0, n)), 0),"
    " COALESCE(SUM(IIF(match_key IS NOT NULL AND n > 1, n, 0)), 0)"
    " FROM (SELECT match_key, COUNT(*) AS n FROM {table} WHERE {where} GROUP BY match_key)"
)


def of_records(store: Store) -> Fill:
    """The records that may match: those that exist and are in scope."""
    return _fill(store, "record", "gone_why IS NULL AND in_scope = 1")


def of_users(store: Store) -> Fill:
    """The users that exist."""
    return _fill(store, "user", "missing_at IS NULL")


def _fill(store: Store, table: str, where: str) -> Fill:
    row = store.row(_COUNT.format(table=table, where=where))
    assert row is not None
    return Fill(*row)
