"""What was touched: the records and match values that have to be decided again.

What marks or takes off runs in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sfvtui.mirror.columns import marks
from sfvtui.mirror.store import Store

UNLINKED = "('unmatched', 'held', 'approved', 'ambiguous', 'ignored')"
"""The states in which it matters who looks like the record: the flag stands beside all of them."""


def touch(store: Store, record_pks: Iterable[int]) -> None:
    """Marks records to be decided again."""
    store.db.executemany("INSERT OR IGNORE INTO touched VALUES (?)", [(pk,) for pk in record_pks])


def touch_keys(store: Store, match_keys: Iterable[str | None]) -> None:
    """Marks all records that have these match values to be decided again."""
    store.db.executemany(
        "INSERT OR IGNORE INTO touched_key VALUES (?)",
        [(value,) for value in match_keys if value is not None],
    )


def touch_users(store: Store, user_pks: Sequence[int]) -> None:
    """Marks the records that these users have to do with: linked ones, those of their match value,
    externalId or e-mail, and (with `spread`) those without a link in their accounts."""
    if not user_pks:
        return
    store.db.execute("CREATE TEMP TABLE IF NOT EXISTS moved(user_pk INTEGER PRIMARY KEY)")
    store.db.execute("DELETE FROM moved")
    store.db.executemany("INSERT OR IGNORE INTO moved VALUES (?)", [(pk,) for pk in user_pks])
    store.db.execute(
        "INSERT OR IGNORE INTO touched_key SELECT match_key FROM moved JOIN user USING (user_pk)"
        " WHERE match_key IS NOT NULL"
    )
    # An account may have any number of users: it is kept once, however many of them moved.
    store.db.execute(
        "INSERT OR IGNORE INTO touched_account SELECT a.rule_key FROM moved CROSS JOIN user_account"
        " USING (user_pk) CROSS JOIN account a USING (account_id) WHERE a.rule_key IS NOT NULL"
    )
    of_email = f"ON r.email_key = u.email_key AND r.record_state IN {UNLINKED}"
    # CROSS JOIN: read in this order, from the few that moved on.
    for found in (
        "link l ON l.user_pk = m.user_pk CROSS JOIN record r ON r.record_pk = l.record_pk",
        "user u ON u.user_pk = m.user_pk CROSS JOIN record r ON r.external_id = u.external_id",
        f"user u ON u.user_pk = m.user_pk CROSS JOIN record r {of_email}",
    ):
        store.db.execute(
            f"INSERT OR IGNORE INTO touched SELECT r.record_pk FROM moved m CROSS JOIN {found}"
        )


def touch_user(store: Store, user_pk: int) -> None:
    """Marks the records that a user has to do with."""
    touch_users(store, [user_pk])


def touch_all(store: Store) -> None:
    """Marks every record to be decided again."""
    store.db.execute("INSERT OR IGNORE INTO touched SELECT record_pk FROM record")


def touch_decided(store: Store) -> None:
    """Marks every record that has a state already to be decided again."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM record WHERE record_state IS NOT NULL"
    )


def touch_record(store: Store, record_id: str | None) -> None:
    """Marks one record, named by its Id, to be decided again."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM record WHERE record_id = ?",
        (record_id,),
    )


def touch_linked(store: Store) -> None:
    """Marks every linked record to be decided again."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM link WHERE status = 'live'"
    )


def touch_queued(store: Store) -> None:
    """Marks every record of which a change is queued to be decided again."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM record WHERE record_id IN"
        " (SELECT record_id FROM change WHERE state = 'queued')"
    )


def touch_alike(store: Store, email_key: str | None, account_key: str | None) -> None:
    """Marks the records without a link of this e-mail or account, which may look like one another."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM record"
        f" WHERE (email_key = ? OR account_key = ?) AND record_state IN {UNLINKED}",
        (email_key, account_key),
    )


def touch_accounts(store: Store, rule_keys: Collection[str]) -> None:
    """Marks the records of the accounts that have these values of the account rule."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM record"
        f" WHERE account_key IN ({marks(rule_keys)})",
        list(rule_keys),
    )


def spread(store: Store) -> None:
    """Touched match values and accounts become touched records: a value that one row left or took
    is decided again for everybody who has it, an account for all who may look like its users."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM record"
        " WHERE match_key IN (SELECT match_key FROM touched_key)"
    )
    store.db.execute("DELETE FROM touched_key")
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM touched_account CROSS JOIN record"
        f" USING (account_key) WHERE record_state IN {UNLINKED}"
    )
    store.db.execute("DELETE FROM touched_account")


def anything(store: Store) -> bool:
    """Whether any record was touched, or a match value or an account that records may have."""
    return any(
        store.value(f"SELECT EXISTS (SELECT 1 FROM {table})")
        for table in ("touched", "touched_key", "touched_account")
    )


def count(store: Store) -> int:
    """How many records were touched."""
    return int(store.value("SELECT COUNT(*) FROM touched"))
