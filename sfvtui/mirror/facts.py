"""Facts: all that the states of the piece's unlinked records hang on, read for many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Row, Store


def of_piece(store: Store, needed: Sequence[str], create: RecordFilter | None = None) -> list[Row]:
    """The piece's records that have no live link, are gone, or are approved, in the order of their
    accounts.

    Each with `link_id` of the live link, `ignored_why`, `waved_json` (NULL: not approved),
    `has_gone_link`, `once_linked`, and `unread`: the first of the `needed` fields that the mirror
    has not read. `passes_filter` is what `create` says, or else what was found before.
    """
    test, values = ("r.passes_filter", ()) if create is None else create.sql(table="r")
    unread = "".join(f" WHEN r.{quoted(name)} IS NULL THEN '{name}'" for name in needed)
    return store.rows(
        "SELECT r.record_pk, r.record_id, r.match_key, r.account_key, r.external_id,"
        f" r.display_name, r.email_key, r.name_key, r.in_scope, (({test}) <> 0) AS passes_filter,"
        " r.gone_why,"
        " r.record_state, r.state_why, l.link_id, i.reason AS ignored_why, a.waved_json,"
        " EXISTS (SELECT 1 FROM link g WHERE g.record_pk = r.record_pk AND g.status = 'gone')"
        " AS has_gone_link,"
        " EXISTS (SELECT 1 FROM link g WHERE g.record_pk = r.record_pk"
        f" AND g.status = 'user_deleted') AS once_linked, CASE{unread} END AS unread"
        " FROM piece p CROSS JOIN record r USING (record_pk)"
        " LEFT JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " LEFT JOIN ignored i ON i.record_id = r.record_id"
        " LEFT JOIN approval a ON a.record_id = r.record_id"
        " WHERE l.link_id IS NULL OR r.gone_why IS NOT NULL OR a.record_id IS NOT NULL"
        " ORDER BY r.account_key, r.record_pk",
        *values,
    )


def taken(store: Store, external_ids: Collection[str]) -> dict[str, str]:
    """Which of these externalIds a user has already, and which one."""
    rows = _of_keys(
        store,
        "SELECT external_id, user_id FROM user WHERE missing_at IS NULL AND external_id IN ({})"
        " ORDER BY user_pk DESC",
        external_ids,
    )
    return {row["external_id"]: row["user_id"] for row in rows}


def apart(store: Store, record_ids: Collection[str]) -> set[tuple[str, str]]:
    """The records of these, and the users, that a person said are not the same."""
    rows = _of_keys(
        store, "SELECT record_id, user_id FROM apart WHERE record_id IN ({})", record_ids
    )
    return {(row[0], row[1]) for row in rows}


def accounts(store: Store, rule_keys: Collection[str]) -> dict[str, list[Row]]:
    """The accounts that the account rule finds for these values, by the value: `account_id` and
    `churned`."""
    return _grouped(
        _of_keys(
            store,
            "SELECT rule_key, account_id, churned_at IS NOT NULL AS churned FROM account"
            " WHERE rule_key IN ({}) ORDER BY account_id",
            rule_keys,
        ),
        "rule_key",
    )


# --- people who may look alike


PERSON = "u.user_pk, u.user_id, u.display_name, u.email_text"


def users_of_emails(store: Store, emails: Collection[str]) -> dict[str, list[Row]]:
    """The users of these e-mails, by the e-mail: number, id, name and e-mail."""
    rows = _of_keys(
        store,
        f"SELECT {PERSON}, u.email_key FROM user u WHERE u.missing_at IS NULL"
        " AND u.email_key IN ({}) ORDER BY u.user_pk",
        emails,
    )
    return _grouped(rows, "email_key")


def users_of_numbers(store: Store, user_pks: Collection[int]) -> dict[int, Row]:
    """The users of these numbers: number, id, name and e-mail."""
    rows = _of_keys(store, f"SELECT {PERSON} FROM user u WHERE u.user_pk IN ({{}})", user_pks)
    return {row["user_pk"]: row for row in rows}


NAMES = 20_000
"""Names of an account's users that are held in memory at once."""


def names_of_accounts(store: Store, account_ids: Collection[str]) -> Iterable[Sequence[Row]]:
    """The users of these accounts that have a name, in pieces: number and `name_key`."""
    cursor = store.db.execute(
        "SELECT DISTINCT u.user_pk, u.name_key FROM user_account ua"
        " CROSS JOIN user u USING (user_pk)"
        f" WHERE ua.account_id IN ({marks(account_ids)}) AND u.missing_at IS NULL"
        " AND u.name_key IS NOT NULL",
        list(account_ids),
    )
    while some := cursor.fetchmany(NAMES):
        yield some


def approved(store: Store, emails: Collection[str], account_keys: Collection[str]) -> list[Row]:
    """The approved records of these e-mails and account values: number, Id, name, e-mail, account,
    and beside whom each was waved on (`waved_json`)."""
    if not store.value("SELECT EXISTS (SELECT 1 FROM approval)"):
        return []
    found: dict[int, Row] = {}
    for column, keys in (("email_key", emails), ("account_key", account_keys)):
        rows = _of_keys(
            store,
            "SELECT r.record_pk, r.record_id, r.display_name, r.email_key, r.name_key,"
            " r.account_key, a.waved_json FROM record r CROSS JOIN approval a USING (record_id)"
            f" WHERE r.{column} IN ({{}})",
            keys,
        )
        found.update((row["record_pk"], row) for row in rows)
    return [found[pk] for pk in sorted(found)]


def _of_keys(store: Store, sql: str, keys: Collection[object]) -> Iterable[Row]:
    """The rows of a query with `IN ({})`, for as many keys as there are."""
    for some in in_chunks(sorted(keys)):
        yield from store.rows(sql.format(marks(some)), *some)


def _grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found
