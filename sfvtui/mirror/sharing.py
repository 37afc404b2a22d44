"""Sharing: how many records have each match value, and which users."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sfvtui.mirror.columns import marks
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Row, Store


@dataclass
class Sharing:
    """For a set of match values: how many records share each, and which users have it."""

    records: dict[str, int] = field(default_factory=dict)
    users: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))


def sharing(store: Store, keys: Collection[str]) -> Sharing:
    """Who shares these match values. Ignored, gone and unlinked out-of-scope records do not
    count; users that are no longer found do not either."""
    found = Sharing()
    for some in in_chunks(sorted(keys)):
        _add(store, some, found)
    return found


def _add(store: Store, keys: Sequence[str], found: Sharing) -> None:
    for row in store.rows(
        "SELECT r.match_key, COUNT(*) FROM record r"
        " LEFT JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " LEFT JOIN ignored i ON i.record_id = r.record_id"
        f" WHERE r.match_key IN ({marks(keys)}) AND r.gone_why IS NULL"
        " AND (l.link_id IS NOT NULL OR (r.in_scope = 1 AND i.record_id IS NULL))"
        " GROUP BY r.match_key",
        *keys,
    ):
        found.records[row[0]] = row[1]
    for row in store.rows(
        "SELECT u.match_key, u.user_pk, u.user_id, r.record_id AS linked_to FROM user u"
        " LEFT JOIN link l ON l.user_pk = u.user_pk AND l.status = 'live'"
        " LEFT JOIN record r ON r.record_pk = l.record_pk"
        f" WHERE u.match_key IN ({marks(keys)}) AND u.missing_at IS NULL ORDER BY u.user_id",
        *keys,
    ):
        found.users[row["match_key"]].append(row)
