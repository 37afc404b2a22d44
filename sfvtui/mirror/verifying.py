"""What a verification asks of the mirror: what it has, what was not seen, and what to mistrust."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sfvtui.mirror.columns import marks
from sfvtui.mirror.store import Row, Store

RECORDS, USERS = "records", "users"


def begin(store: Store) -> None:
    """Forgets what an earlier verification saw. What is seen is kept apart from the mirror, and
    goes with the connection."""
    store.db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS verified("
        " side TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY(side, id)) WITHOUT ROWID"
    )
    store.db.execute("DELETE FROM verified")


def saw(store: Store, side: str, ids: Iterable[str]) -> None:
    """Notes ids that a service listed."""
    with store.write():
        store.db.executemany(
            "INSERT OR IGNORE INTO verified VALUES (?, ?)", [(side, one) for one in ids]
        )


def records_not_seen(store: Store) -> list[str]:
    """The records that the mirror counts as there, and that were not listed."""
    return _ids(
        store,
        "SELECT record_id FROM record WHERE gone_why IS NULL"
        " AND record_id NOT IN (SELECT id FROM verified WHERE side = ?) ORDER BY record_pk",
        RECORDS,
    )


def users_not_seen(store: Store) -> list[str]:
    """The users that the mirror counts as there, and that were not listed."""
    return _ids(
        store,
        "SELECT user_id FROM user WHERE missing_at IS NULL"
        " AND user_id NOT IN (SELECT id FROM verified WHERE side = ?) ORDER BY user_pk",
        USERS,
    )


def some_records(store: Store, count: int) -> list[str]:
    """That many records, picked at random."""
    sql = "SELECT record_id FROM record WHERE gone_why IS NULL ORDER BY random() LIMIT ?"
    return _ids(store, sql, count)


def some_users(store: Store, count: int) -> list[str]:
    """That many users, picked at random."""
    sql = "SELECT user_id FROM user WHERE missing_at IS NULL ORDER BY random() LIMIT ?"
    return _ids(store, sql, count)


def count(store: Store) -> tuple[int, int]:
    """How many records and users the mirror counts as there."""
    return (
        store.value("SELECT COUNT(*) FROM record WHERE gone_why IS NULL"),
        store.value("SELECT COUNT(*) FROM user WHERE missing_at IS NULL"),
    )


def records(store: Store, ids: Sequence[str]) -> dict[str, Row]:
    """The mirror's rows of these records, by Id."""
    rows = store.rows(f"SELECT * FROM record WHERE record_id IN ({marks(ids)})", *ids)
    return {row["record_id"]: row for row in rows}


def users(store: Store, ids: Sequence[str]) -> dict[str, Row]:
    """The mirror's rows of these users, by Vitally id."""
    rows = store.rows(f"SELECT * FROM user WHERE user_id IN ({marks(ids)})", *ids)
    return {row["user_id"]: row for row in rows}


def in_scope(store: Store, ids: Sequence[str]) -> set[str]:
    """Which of these records pass the scope, as it was last tested."""
    sql = f"SELECT record_id FROM record WHERE in_scope = 1 AND record_id IN ({marks(ids)})"
    return set(_ids(store, sql, *ids))


def mistrust_records(store: Store, ids: Sequence[str]) -> None:
    """Forgets the stamps of these records, in the caller's transaction: what is written next is
    believed, however old it says it is."""
    store.db.execute(
        f"UPDATE record SET stamp_at = '' WHERE record_id IN ({marks(ids)})", list(ids)
    )


def mistrust_users(store: Store, ids: Sequence[str]) -> None:
    """Forgets the stamps of these users, in the caller's transaction, as of records."""
    store.db.execute(f"UPDATE user SET updated_at = '' WHERE user_id IN ({marks(ids)})", list(ids))


def _ids(store: Store, sql: str, *parameters: object) -> list[str]:
    return [row[0] for row in store.rows(sql, *parameters)]
