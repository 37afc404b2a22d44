"""Flags: what stands beside a record's state, and why."""

from __future__ import annotations

from collections.abc import Mapping

from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.store import Store


def of_record(store: Store, record_pk: int) -> dict[str, str]:
    """A record's flags: flag → why it is raised."""
    rows = store.rows("SELECT flag, why FROM flag WHERE record_pk = ? ORDER BY flag", record_pk)
    return {row["flag"]: row["why"] for row in rows}


def put(store: Store, record_pk: int, flags: Mapping[str, str]) -> None:
    """Replaces a record's flags, in the caller's transaction."""
    store.db.execute("DELETE FROM flag WHERE record_pk = ?", (record_pk,))
    store.db.executemany(
        "INSERT INTO flag VALUES (?, ?, ?)", [(record_pk, flag, why) for flag, why in flags.items()]
    )


def linked_records(store: Store, flag: str, chosen: RecordFilter) -> list[str]:
    """The Ids of the linked records with this flag that a filter shows."""
    test, values = chosen.sql()
    rows = store.rows(
        "SELECT record_id FROM record JOIN flag USING (record_pk)"
        f" WHERE flag = ? AND record_state = 'linked' AND ({test}) ORDER BY record_pk",
        flag,
        *values,
    )
    return [row[0] for row in rows]
