"""Deciding a piece of the mirror at once: what needs no judgement is done here, in a few statements.

A piece is a set of records (the temporary table `piece`). Links that are one to one by the rule are
made here, states and flags of linked records are set (`linked`), links whose two sides are equal to
the letter agree (`pairs`). Everything else is left to the pure functions of `domain`, row by row;
both ways give the same result, and a test holds them against each other.

`CROSS JOIN` is SQLite's way to say in which order tables are read: it has no statistics of a
temporary table, and would read the whole of another one for every piece. For the same reason what
an UPDATE takes its values from is `MATERIALIZED` before.
"""

from __future__ import annotations

from collections.abc import Iterable

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


LIVE = "FROM live l CROSS JOIN record r USING (record_pk) CROSS JOIN user u USING (user_pk)"
"""The piece's live links, with both sides, once `take_links` was called."""

_UNLINKED = (
    "NOT EXISTS (SELECT 1 FROM link l WHERE l.record_pk = r.record_pk AND l.status = 'live')"
)


def take(store: Store, record_pks: Iterable[int]) -> None:
    """Makes these records the piece."""
    empty(store)
    store.db.executemany("INSERT OR IGNORE INTO piece VALUES (?)", [(pk,) for pk in record_pks])


def look_at_touched(store: Store, size: int, *, after: int) -> int | None:
    """Makes the next touched records the piece, in the order of their numbers; they stay touched.
    Returns the last one's number; None where there is none."""
    empty(store)
    store.db.execute(
        "INSERT INTO piece SELECT record_pk FROM touched WHERE record_pk > ?"
        " ORDER BY record_pk LIMIT ?",
        (after, size),
    )
    last: int | None = store.value("SELECT MAX(record_pk) FROM piece")
    return last


def take_touched(store: Store, size: int, *, after: int) -> int | None:
    """The same, and takes them off the list of what was touched."""
    look_at_touched(store, size, after=after)
    return _taken(store)


def order_by_account(store: Store) -> None:
    """Puts what was touched into the order of its accounts, for `take_in_order`."""
    store.db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS in_order(n INTEGER PRIMARY KEY, record_pk INTEGER)"
    )
    store.db.execute("DELETE FROM in_order")
    store.db.execute(
        "INSERT INTO in_order(record_pk) SELECT r.record_pk FROM touched t"
        " CROSS JOIN record r USING (record_pk) ORDER BY r.account_key, r.record_pk"
    )


def take_in_order(store: Store, size: int, *, after: int) -> bool:
    """Makes the next records of that order the piece, as far as they are still touched, and takes
    them off the list of what was touched. Returns whether the order went on."""
    empty(store)
    chosen = "FROM in_order o CROSS JOIN touched t USING (record_pk) WHERE o.n > ? AND o.n <= ?"
    store.db.execute(f"INSERT INTO piece SELECT record_pk {chosen}", (after, after + size))
    _taken(store)
    return bool(store.value("SELECT EXISTS (SELECT 1 FROM in_order WHERE n > ?)", after + size))


def take_links(store: Store) -> None:
    """Lists the live links of the piece (the temporary table `live`), after all are made."""
    store.db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS live(record_pk INTEGER PRIMARY KEY, link_id INTEGER,"
        " user_pk INTEGER, made_by TEXT, why TEXT)"
    )
    store.db.execute("DELETE FROM live")
    store.db.execute(
        "INSERT INTO live SELECT record_pk, l.link_id, l.user_pk, l.made_by, l.why FROM piece"
        " CROSS JOIN link l USING (record_pk) WHERE l.status = 'live'"
    )


def empty(store: Store) -> None:
    """Makes the piece one without records."""
    store.db.execute("CREATE TEMP TABLE IF NOT EXISTS piece(record_pk INTEGER PRIMARY KEY)")
    store.db.execute("DELETE FROM piece")


def _taken(store: Store) -> int | None:
    store.db.execute("DELETE FROM touched WHERE record_pk IN (SELECT record_pk FROM piece)")
    last: int | None = store.value("SELECT MAX(record_pk) FROM piece")
    return last


def size(store: Store) -> int:
    """How many records the piece has."""
    return int(store.value("SELECT COUNT(*) FROM piece"))


def put_off(store: Store) -> None:
    """Takes the records that may become users off the piece, and keeps them touched."""
    may = (
        "SELECT r.record_pk FROM piece p CROSS JOIN record r USING (record_pk)"
        f" WHERE r.passes_filter IS NOT 0 AND r.in_scope = 1 AND r.gone_why IS NULL AND {_UNLINKED}"
    )
    store.db.execute(f"INSERT OR IGNORE INTO touched {may}")
    store.db.execute(f"DELETE FROM piece WHERE record_pk IN ({may})")


def refresh_scope(store: Store, scope: RecordFilter) -> None:
    """Tests the scope again for the piece's records; a record whose scope changed touches those
    that share its match value. A scope on what was not read yet decides nothing: such a record
    stays where it was."""
    chosen = "record_pk IN (SELECT record_pk FROM piece)"
    sql, values = scope.sql()
    test = f"COALESCE((({sql}) <> 0), in_scope)"
    store.db.execute(
        f"INSERT OR IGNORE INTO touched_key SELECT match_key FROM record WHERE {chosen}"
        f" AND match_key IS NOT NULL AND in_scope IS NOT {test}",
        values,
    )
    store.db.execute(
        f"UPDATE record SET in_scope = {test} WHERE {chosen} AND in_scope IS NOT {test}",
        (*values, *values),
    )


# --- links that move


def links_to_end(store: Store) -> list[Row]:
    """The piece's records that are linked though they are gone, or their user is: each record with
    `link_id`, `user_pk`, `user_id`, `missing_at`."""
    return store.rows(
        "SELECT r.*, l.link_id, l.user_pk, u.user_id, u.missing_at FROM piece"
        " CROSS JOIN link l USING (record_pk) CROSS JOIN record r USING (record_pk)"
        " CROSS JOIN user u USING (user_pk)"
        " WHERE l.status = 'live' AND (r.gone_why IS NOT NULL OR u.missing_at IS NOT NULL)"
    )


def links_to_bring_back(store: Store) -> list[Row]:
    """The ended links of the piece's records of which both sides are there, the newest first; with
    `record_id`, `match_key` and `user_id`."""
    return store.rows(
        "SELECT l.*, r.record_id, r.match_key, u.user_id FROM piece CROSS JOIN link l USING (record_pk)"
        " JOIN record r USING (record_pk) JOIN user u USING (user_pk)"
        " WHERE l.status <> 'live' AND r.gone_why IS NULL AND u.missing_at IS NULL"
        " ORDER BY l.link_id DESC"
    )


# --- links and states


def link_by_rule(store: Store, *, made_by: str, at: str) -> list[int]:
    """Links the piece's records that fit exactly one user, who fits exactly one record: both free,
    in scope, neither ignored nor unlinked by a person, nor approved. Returns the links' numbers."""
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
        # By way of `o`: nothing else of the user is read than what the index holds.
        " AND NOT EXISTS (SELECT 1 FROM apart a CROSS JOIN user o USING (user_id)"
        "  WHERE a.record_id = r.record_id AND o.user_pk = u.user_pk) RETURNING link_id",
        (made_by, at),
    )
    return [row[0] for row in made.fetchall()]


def refresh_creation(store: Store, create: RecordFilter) -> None:
    """Tests the create filter again for those of the piece's records that have no link. One on what
    was not read yet neither passes nor fails."""
    sql, values = create.sql()
    test = f"(({sql}) <> 0)"
    store.db.execute(
        f"UPDATE record SET passes_filter = {test} WHERE record_pk IN (SELECT r.record_pk"
        f" FROM piece r WHERE {_UNLINKED}) AND passes_filter IS NOT {test}",
        (*values, *values),
    )


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
