"""Deciding a piece of the mirror at once: what needs no judgement is done here, in a few statements.

A piece is a set of records (the temporary table `piece`). Links that are one to one by the rule are
made, links whose two sides are equal to the letter agree, states and flags of linked records are
set. Everything else is left to the pure functions of `domain`, row by row; both ways give the same
result, and a test holds them against each other.

`CROSS JOIN` is SQLite's way to say in which order tables are read: it has no statistics of a
temporary table, and would read the whole of another one for every piece. For the same reason what
an UPDATE takes its values from is `MATERIALIZED` before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sfvtui.mirror.columns import marks
from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.store import Row, Store

SHARES = (
    "EXISTS (SELECT 1 FROM record s WHERE s.match_key = r.match_key"
    " AND s.record_pk <> r.record_pk AND s.gone_why IS NULL"
    " AND (EXISTS (SELECT 1 FROM link k WHERE k.record_pk = s.record_pk AND k.status = 'live')"
    "  OR (s.in_scope = 1 AND NOT EXISTS"
    "   (SELECT 1 FROM ignored i WHERE i.record_id = s.record_id))))"
)
"""Whether another record shares `r`'s match value. The ignored, the gone, and the unlinked ones out
of scope do not count."""

SEVERAL_USERS = (
    "EXISTS (SELECT 1 FROM user o WHERE o.match_key = r.match_key AND o.user_pk <> u.user_pk"
    " AND o.missing_at IS NULL)"
)
"""Whether another user than `u` has `r`'s match value."""


_LIVE = (
    "FROM piece p CROSS JOIN link l ON l.record_pk = p.record_pk AND l.status = 'live'"
    " CROSS JOIN record r ON r.record_pk = l.record_pk CROSS JOIN user u ON u.user_pk = l.user_pk"
)

LINKED_FLAGS = {
    "out_of_scope": "CASE WHEN r.in_scope <> 1 THEN 'its record left the scope' END",
    "disagrees": (
        "CASE WHEN r.match_key IS NULL OR u.match_key IS NULL OR u.match_key <> r.match_key"
        f" THEN 'the match values differ' WHEN {SHARES}"
        f" THEN 'several records share the match value' WHEN {SEVERAL_USERS}"
        " THEN 'several users have the match value' END"
    ),
    "other_account": (
        "CASE WHEN NOT EXISTS (SELECT 1 FROM account a JOIN user_account ua USING (account_id)"
        " WHERE a.rule_key = r.account_key AND ua.user_pk = u.user_pk) THEN"
        " 'its account ' || (SELECT MIN(a.account_id) FROM account a"
        " WHERE a.rule_key = r.account_key) || ' is not among its user''s' END"
    ),
    "account_churned": (
        "'account ' || (SELECT MIN(a.account_id) FROM account a"
        " WHERE a.rule_key = r.account_key AND a.churned_at IS NOT NULL) || ' has churned'"
    ),
}
"""The flags of a linked record: for each, why it is raised, NULL where it is not."""


def take(store: Store, record_pks: Iterable[int]) -> None:
    """Makes these records the piece."""
    store.db.execute("CREATE TEMP TABLE IF NOT EXISTS piece(record_pk INTEGER PRIMARY KEY)")
    store.db.execute("DELETE FROM piece")
    store.db.executemany("INSERT OR IGNORE INTO piece VALUES (?)", [(pk,) for pk in record_pks])


def refresh_filters(store: Store, scope: RecordFilter, create: RecordFilter) -> None:
    """Tests scope and create filter again for the piece's records; a record whose scope changed
    touches those that share its match value. A filter on what was not read yet decides nothing:
    such a record stays where it was in scope, and neither passes nor fails the create filter."""
    chosen = "record_pk IN (SELECT record_pk FROM piece)"
    sql, values = scope.sql()
    test = f"COALESCE((({sql}) <> 0), in_scope)"
    store.db.execute(
        f"INSERT OR IGNORE INTO touched_key SELECT match_key FROM record WHERE {chosen}"
        f" AND match_key IS NOT NULL AND in_scope IS NOT {test}",
        values,
    )
    _set_where_new(store, "in_scope", test, values, chosen)
    sql, values = create.sql()
    _set_where_new(store, "passes_filter", f"(({sql}) <> 0)", values, chosen)


def _set_where_new(
    store: Store, column: str, test: str, values: Sequence[object], chosen: str
) -> None:
    store.db.execute(
        f"UPDATE record SET {column} = {test} WHERE {chosen} AND {column} IS NOT {test}",
        (*values, *values),
    )


# --- links that move


def links_to_end(store: Store) -> list[Row]:
    """The piece's records that are linked though they are gone, or their user is: each record with
    `link_id`, `user_pk`, `user_id`, `missing_at`."""
    return store.rows(
        "SELECT r.*, l.link_id, l.user_pk, u.user_id, u.missing_at FROM record r"
        " JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " JOIN user u USING (user_pk)"
        " WHERE r.record_pk IN (SELECT record_pk FROM piece)"
        " AND (r.gone_why IS NOT NULL OR u.missing_at IS NOT NULL)"
    )


def links_to_bring_back(store: Store) -> list[Row]:
    """The ended links of the piece's records of which both sides are there, the newest first; with
    `record_id` and `user_id`."""
    return store.rows(
        "SELECT l.*, r.record_id, u.user_id FROM link l JOIN record r USING (record_pk)"
        " JOIN user u USING (user_pk) WHERE l.record_pk IN (SELECT record_pk FROM piece)"
        " AND l.status <> 'live' AND r.gone_why IS NULL AND u.missing_at IS NULL"
        " ORDER BY l.link_id DESC"
    )


# --- links and states


def link_by_rule(store: Store, *, made_by: str, at: str) -> int:
    """Links the piece's records that fit exactly one user, who fits exactly one record: both free,
    in scope, neither ignored nor unlinked by a person, nor approved. Returns how many."""
    made = store.db.execute(
        "INSERT INTO link(record_pk, user_pk, made_by, made_at, lasting)"
        " SELECT r.record_pk, u.user_pk, ?, ?, 0 FROM piece p CROSS JOIN record r USING (record_pk)"
        " CROSS JOIN user u ON u.match_key = r.match_key AND u.missing_at IS NULL"
        " WHERE r.gone_why IS NULL AND r.in_scope = 1"
        " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.record_pk = r.record_pk"
        "  AND l.status = 'live')"
        " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.user_pk = u.user_pk AND l.status = 'live')"
        f" AND NOT {SEVERAL_USERS} AND NOT {SHARES}"
        " AND NOT EXISTS (SELECT 1 FROM ignored i WHERE i.record_id = r.record_id)"
        " AND NOT EXISTS (SELECT 1 FROM approval a WHERE a.record_id = r.record_id)"
        " AND NOT EXISTS (SELECT 1 FROM apart a WHERE a.record_id = r.record_id"
        "  AND a.user_id = u.user_id)",
        (made_by, at),
    )
    store.db.execute(
        "INSERT OR IGNORE INTO base(link_id) SELECT l.link_id FROM piece p"
        " CROSS JOIN link l USING (record_pk) WHERE l.status = 'live'"
    )
    return made.rowcount


def state_linked(store: Store, *, rule: str) -> None:
    """Sets state, reason and flags of the piece's linked records."""
    store.db.execute(
        "WITH new AS MATERIALIZED (SELECT r.record_pk, CASE WHEN l.made_by = ?"
        "  THEN 'linked by the match rule to user ' || COALESCE(u.external_id, u.user_id)"
        "  ELSE 'linked to user ' || COALESCE(u.external_id, u.user_id) || ' by ' || l.made_by"
        "   || CASE WHEN l.why = '' THEN '' ELSE ': ' || l.why END END AS why"
        f" {_LIVE} WHERE r.gone_why IS NULL) UPDATE record SET record_state = 'linked',"
        " state_why = new.why FROM new WHERE record.record_pk = new.record_pk"
        " AND (record.record_state, record.state_why) IS NOT ('linked', new.why)",
        (rule,),
    )
    store.db.execute(
        f"DELETE FROM flag WHERE record_pk IN (SELECT r.record_pk {_LIVE} WHERE r.gone_why IS NULL)"
    )
    for flag, why in LINKED_FLAGS.items():
        store.db.execute(
            "INSERT INTO flag(record_pk, flag, why) SELECT record_pk, ?, why FROM"
            f" (SELECT r.record_pk, {why} AS why {_LIVE} WHERE r.gone_why IS NULL)"
            " WHERE why IS NOT NULL",
            (flag,),
        )


def not_linked(store: Store) -> list[int]:
    """The piece's records that have no live link, or are gone: the ones that need judgement."""
    return [
        row[0]
        for row in store.rows(
            "SELECT r.record_pk FROM piece p CROSS JOIN record r USING (record_pk)"
            " LEFT JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
            " WHERE l.link_id IS NULL OR r.gone_why IS NOT NULL"
            " OR EXISTS (SELECT 1 FROM approval a WHERE a.record_id = r.record_id)"
            " ORDER BY r.record_pk"
        )
    ]


def facts(store: Store, record_pks: Sequence[int]) -> list[Row]:
    """Records with all that their states hang on: `link_id` and `linked_user` of the live link,
    `ignored_why`, `approved_id` and `waved_json`, `has_gone_link`, `once_linked`."""
    return store.rows(
        "SELECT r.*, l.link_id, l.user_pk AS linked_user, i.reason AS ignored_why,"
        " a.record_id AS approved_id, a.waved_json,"
        " EXISTS (SELECT 1 FROM link g WHERE g.record_pk = r.record_pk AND g.status = 'gone')"
        " AS has_gone_link,"
        " EXISTS (SELECT 1 FROM link g WHERE g.record_pk = r.record_pk"
        " AND g.status = 'user_deleted') AS once_linked"
        " FROM record r LEFT JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " LEFT JOIN ignored i ON i.record_id = r.record_id"
        " LEFT JOIN approval a ON a.record_id = r.record_id"
        f" WHERE r.record_pk IN ({marks(record_pks)})",
        *record_pks,
    )


# --- pairs


_CALM = (
    "r.in_scope = 1 AND r.gone_why IS NULL AND u.missing_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM conflict c WHERE c.link_id = l.link_id)"
    " AND NOT EXISTS (SELECT 1 FROM stay s WHERE s.link_id = l.link_id)"
    " AND NOT EXISTS (SELECT 1 FROM change_field f WHERE f.open = 1"
    "  AND f.target IN ('salesforce:' || r.record_id, 'vitally:' || u.user_id))"
)
"""Links of which nothing is queued, asked, or kept: equal sides simply agree."""


def agree_where_equal(store: Store, names: Sequence[str]) -> int:
    """Moves the bases of the piece's calm links to the value, for each of these pairs whose sides
    are equal to the letter. Returns how many bases moved."""
    if not names:
        return 0
    columns = ['"' + name.replace('"', '""') + '"' for name in names]
    moves = [f"(r.{c} = u.{c} AND b.{c} IS NOT r.{c})" for c in columns]
    source = f"{_LIVE} CROSS JOIN base b ON b.link_id = l.link_id WHERE {_CALM}"
    moved = store.value(f"SELECT SUM({' + '.join(moves)}) {source}") or 0
    if moved:
        kept = ", ".join(
            f"CASE WHEN r.{c} = u.{c} THEN r.{c} ELSE b.{c} END AS c{i}"
            for i, c in enumerate(columns)
        )
        sets = ", ".join(f"{c} = new.c{i}" for i, c in enumerate(columns))
        store.db.execute(
            f"WITH new AS MATERIALIZED (SELECT l.link_id, {kept} {source}"
            f" AND ({' OR '.join(moves)}))"
            f" UPDATE base SET {sets} FROM new WHERE base.link_id = new.link_id"
        )
    return int(moved)


def to_decide(store: Store, names: Sequence[str]) -> list[int]:
    """The piece's records whose link needs judgement: something of it is queued, asked or kept, or
    the two sides of a pair are not equal to the letter."""
    columns = ['"' + name.replace('"', '""') + '"' for name in names]
    differs = " OR ".join(f"r.{c} IS NOT u.{c}" for c in columns) or "0"
    return [
        row[0]
        for row in store.rows(
            f"SELECT l.record_pk {_LIVE} WHERE NOT ({_CALM}) OR {differs} ORDER BY l.link_id"
        )
    ]


# --- what people queued


def links_with_edits(store: Store) -> list[int]:
    """The links of the piece's records for which somebody typed something."""
    rows = store.rows(
        "SELECT DISTINCT e.link_id FROM edit e JOIN link l USING (link_id)"
        " JOIN piece USING (record_pk)"
    )
    return [row[0] for row in rows]


def queued_accounts(store: Store) -> list[Row]:
    """The queued changes of accounts of the piece's records: change, name, reason to hold, and
    `in_scope` and Id of the record."""
    return store.rows(
        "SELECT f.change_id, f.name, c.held, r.in_scope, r.record_id FROM piece CROSS JOIN record r"
        " USING (record_pk) JOIN change c ON c.record_id = r.record_id AND c.state = 'queued'"
        " JOIN change_field f USING (change_id) WHERE f.origin = 'account' AND f.open = 1"
    )
