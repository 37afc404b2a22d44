"""What a person chooses from: users to link a record to; traits and values to map."""

from __future__ import annotations

from sfvtui.domain.text import fold
from sfvtui.mirror import search
from sfvtui.mirror.columns import quoted
from sfvtui.mirror.store import Row, Store

# --- users


def search_users(store: Store, text: str, limit: int, *, free_only: bool = False) -> list[Row]:
    """Users whose folded text holds every word, with their accounts' names (`accounts`) and the
    record they are linked to (`linked_to`)."""
    # One snapshot: what an index reached, and the rows that it has, belong together.
    with store.read():
        return _search_users(store, fold(text).split(), limit, free_only=free_only)


def _search_users(store: Store, words: list[str], limit: int, *, free_only: bool) -> list[Row]:
    near = search.found(store, search.USERS, words)
    table, parameters = near or ("", [])
    users = f"{table} f CROSS JOIN user u ON u.user_pk = f.pk" if near else "user u"
    tests = "".join(" AND instr(u.folded_text, ?)" for _ in words)
    free = " AND r.record_id IS NULL" if free_only else ""
    return store.rows(
        "SELECT u.user_id, u.external_id, u.display_name, u.email_text, r.record_id AS linked_to,"
        " (SELECT group_concat(a.name, ', ') FROM user_account ua JOIN account a"
        " USING (account_id) WHERE ua.user_pk = u.user_pk) AS accounts"
        f" FROM {users} LEFT JOIN link l ON l.user_pk = u.user_pk AND l.status = 'live'"
        " LEFT JOIN record r ON r.record_pk = l.record_pk"
        f" WHERE u.missing_at IS NULL{tests}{free} ORDER BY u.display_name COLLATE NOCASE LIMIT ?",
        *parameters,
        *words,
        limit,
    )


def candidates(store: Store, record_pk: int) -> tuple[list[Row], list[Row]]:
    """Who shares a record's match value: users (with `accounts` and `linked_to`), and other
    records."""
    users = store.rows(
        "SELECT u.*, o.record_id AS linked_to, o.display_name AS linked_name,"
        " (SELECT group_concat(a.name, ', ') FROM user_account ua JOIN account a"
        " USING (account_id) WHERE ua.user_pk = u.user_pk) AS accounts"
        " FROM record r JOIN user u ON u.match_key = r.match_key"
        " LEFT JOIN link l ON l.user_pk = u.user_pk AND l.status = 'live'"
        " LEFT JOIN record o ON o.record_pk = l.record_pk"
        " WHERE r.record_pk = ? AND u.missing_at IS NULL ORDER BY u.display_name",
        record_pk,
    )
    records = store.rows(
        "SELECT o.record_id, o.display_name, o.record_state, o.state_why FROM record r"
        " JOIN record o ON o.match_key = r.match_key AND o.record_pk <> r.record_pk"
        " WHERE r.record_pk = ? AND o.record_state IS NOT NULL ORDER BY o.display_name",
        record_pk,
    )
    return users, records


# --- traits and values


def field_examples(store: Store, name: str, limit: int) -> list[str]:
    """A few of the values that a mirrored field holds; none where it is not mirrored."""
    if name.lower() not in {column.lower() for column in store.columns("record")}:
        return []
    column = quoted(name)
    rows = store.rows(
        f"SELECT DISTINCT {column} FROM (SELECT {column} FROM record WHERE {column} <> ''"
        " LIMIT 200) LIMIT ?",
        limit,
    )
    return [row[0] for row in rows]


def user_traits(store: Store) -> list[tuple[str, int, str]]:
    """The traits that users have, how many have each, and an example; the commonest first."""
    return _traits(store, "user")


def account_traits(store: Store) -> list[tuple[str, int, str]]:
    """The traits that accounts have, how many have each, and an example; the commonest first."""
    return _traits(store, "account")


def _traits(store: Store, table: str) -> list[tuple[str, int, str]]:
    rows = store.rows(
        f'SELECT t.key, COUNT(*), MIN(t.value) FROM "{table}", json_each(traits_json) t'
        " GROUP BY t.key ORDER BY 2 DESC, 1"
    )
    return [(row[0], row[1], str(row[2])) for row in rows]
