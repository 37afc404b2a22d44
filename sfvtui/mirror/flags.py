"""Flags: what stands beside a record's state, and why."""

from __future__ import annotations

from collections.abc import Mapping

from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.store import Store


def of_record(store: Store, record_pk: int) -> dict[str, str]:
    """A record's flags: flag → why it is raised."""
    rows = store.rows("SELECT flag, why FROM flag WHERE record_pk = ? ORDER BY flag", record_pk)
    return {row["flag"]: row["why"] for row in rows}


def of_piece(store: Store) -> dict[int, dict[str, str]]:
    """The flags of the piece's records: number → flag → why. Records without any are left out."""
    found: dict[int, dict[str, str]] = {}
    for pk, flag, why in store.rows(
        "SELECT record_pk, flag, why FROM piece CROSS JOIN flag USING (record_pk)"
    ):
        found.setdefault(pk, {})[flag] = why
    return found


def set_of_piece(store: Store, raised: Mapping[int, Mapping[str, str]]) -> None:
    """Makes these the flags of the piece's records, in the caller's transaction; what is raised
    already stays as it is."""
    present = of_piece(store)
    store.db.executemany(
        "DELETE FROM flag WHERE record_pk = ? AND flag = ?",
        [
            (pk, flag)
            for pk, flags in present.items()
            for flag, why in flags.items()
            if raised.get(pk, {}).get(flag) != why
        ],
    )
    store.db.executemany(
        "INSERT INTO flag VALUES (?, ?, ?)",
        [
            (pk, flag, why)
            for pk, flags in raised.items()
            for flag, why in flags.items()
            if present.get(pk, {}).get(flag) != why
        ],
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
