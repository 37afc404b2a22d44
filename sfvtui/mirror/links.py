"""Links: made, moved, ended and brought back; and one read with all that a decision needs."""

from __future__ import annotations

from dataclasses import dataclass

from sfvtui.domain.merge import Sides
from sfvtui.mirror import records, users
from sfvtui.mirror.columns import quoted
from sfvtui.mirror.outbox import Target
from sfvtui.mirror.store import Row, Store


@dataclass(frozen=True)
class LinkRow:
    """A live link with both sides' rows and its bases, as read from the mirror."""

    link_id: int
    target: Target
    record: Row
    user: Row
    base: Row | None

    def sides(self, name: str) -> Sides:
        """The three values of a pair, and the rows' stamps."""
        return Sides(
            salesforce=self.record[name],
            vitally=self.user[name],
            base=self.base[name] if self.base is not None else None,
            modified=self.record["modified_at"],
            updated=self.user["updated_at"],
        )


def load(store: Store, record_pk: int) -> LinkRow | None:
    """The record's live link with all that a decision needs; None without one."""
    link = live_of_record(store, record_pk)
    if link is None:
        return None
    record, user = records.by_pk(store, record_pk), users.by_pk(store, link["user_pk"])
    base = store.row("SELECT * FROM base WHERE link_id = ?", link["link_id"])
    assert record is not None
    assert user is not None
    target = Target(record["record_id"], user["user_id"])
    return LinkRow(link["link_id"], target, record, user, base)


def load_of(store: Store, record_id: str) -> LinkRow | None:
    """The same, by the record's Id."""
    record_pk = records.pk_of(store, record_id)
    return None if record_pk is None else load(store, record_pk)


# --- one link


def make(
    store: Store, record_pk: int, user_pk: int, *, made_by: str, at: str, lasting: bool,
    why: str = "",
) -> int:  # fmt: skip
    """Makes a live link; returns its number. The store refuses a second live link of either side."""
    cursor = store.db.execute(
        "INSERT INTO link(record_pk, user_pk, made_by, made_at, why, lasting)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (record_pk, user_pk, made_by, at, why, int(lasting)),
    )
    link_id = int(cursor.lastrowid or 0)
    store.db.execute("INSERT INTO base(link_id) VALUES (?)", (link_id,))
    return link_id


def make_by_id(store: Store, record_pk: int, user_id: str, *, made_by: str, at: str) -> int:
    """Makes a provisional link of a record and the user of this Vitally id; returns its number."""
    user_pk = users.pk_of(store, user_id)
    assert user_pk is not None
    return make(store, record_pk, user_pk, made_by=made_by, at=at, lasting=False)


def find(store: Store, link_id: int) -> Row | None:
    """The link of this number, live or not."""
    return store.row("SELECT * FROM link WHERE link_id = ?", link_id)


def live_of_record(store: Store, record_pk: int) -> Row | None:
    """The record's live link."""
    return store.row("SELECT * FROM link WHERE record_pk = ? AND status = 'live'", record_pk)


def live_of_user(store: Store, user_pk: int) -> Row | None:
    """The user's live link."""
    return store.row("SELECT * FROM link WHERE user_pk = ? AND status = 'live'", user_pk)


def lasts(store: Store, link_id: int) -> None:
    """Makes a provisional link lasting: something was sent for it, or a person acted on it."""
    store.db.execute("UPDATE link SET lasting = 1 WHERE link_id = ?", (link_id,))


def end(store: Store, link_id: int, status: str) -> None:
    """Ends a live link: `gone` (its record is) or `user_deleted`. It holds neither side then."""
    store.db.execute("UPDATE link SET status = ? WHERE link_id = ?", (status, link_id))


def delete(store: Store, link_id: int) -> None:
    """Removes a link with its bases, stays, edits and conflicts."""
    store.db.execute("UPDATE edit SET waits_for = NULL WHERE link_id = ?", (link_id,))
    store.db.execute("DELETE FROM edit WHERE link_id = ?", (link_id,))
    store.db.execute("DELETE FROM conflict WHERE link_id = ?", (link_id,))
    store.db.execute("DELETE FROM link WHERE link_id = ?", (link_id,))


def revive(store: Store, link_id: int) -> bool:
    """Brings an ended link back where both sides are free; returns whether it did."""
    row = store.row("SELECT * FROM link WHERE link_id = ?", link_id)
    if row is None or live_of_record(store, row["record_pk"]) is not None:
        return False
    if live_of_user(store, row["user_pk"]) is not None:
        return False
    record, user = records.by_pk(store, row["record_pk"]), users.by_pk(store, row["user_pk"])
    if record is None or user is None:
        return False
    if record["gone_why"] is not None or user["missing_at"] is not None:
        return False
    store.db.execute("UPDATE link SET status = 'live' WHERE link_id = ?", (link_id,))
    return True


def move(store: Store, link_id: int, *, record_pk: int, record_id: str, why: str) -> None:
    """Gives a link, with what was typed and asked for it, to another record."""
    store.db.execute(
        "UPDATE link SET record_pk = ?, why = ? WHERE link_id = ?", (record_pk, why, link_id)
    )
    store.db.execute("UPDATE edit SET record_id = ? WHERE link_id = ?", (record_id, link_id))
    store.db.execute("UPDATE conflict SET record_id = ? WHERE link_id = ?", (record_id, link_id))


def live_id(store: Store, record_id: str) -> int | None:
    """The number of the live link of the record of this Id."""
    found = store.value(
        "SELECT l.link_id FROM link l JOIN record r USING (record_pk)"
        " WHERE r.record_id = ? AND l.status = 'live'",
        record_id,
    )
    return None if found is None else int(found)


def record_of(store: Store, link_id: int) -> Row | None:
    """The record of a link, live or not."""
    return store.row(
        "SELECT r.* FROM link l JOIN record r USING (record_pk) WHERE l.link_id = ?", link_id
    )


def target_of(store: Store, link_id: int) -> Target | None:
    """Whom changes of a link are written to, live or not."""
    row = store.row(
        "SELECT r.record_id, u.user_id FROM link l JOIN record r USING (record_pk)"
        " JOIN user u USING (user_pk) WHERE l.link_id = ?",
        link_id,
    )
    return None if row is None else Target(row["record_id"], row["user_id"])


def last_of(store: Store, record_id: str) -> Row | None:
    """The live link of a record, or else the newest of those that its own going ended."""
    return store.row(
        "SELECT l.link_id, l.status, r.record_pk, u.user_pk, u.user_id FROM link l"
        " JOIN record r USING (record_pk) JOIN user u USING (user_pk)"
        " WHERE r.record_id = ? AND l.status <> 'user_deleted' ORDER BY l.status = 'live' DESC,"
        " l.link_id DESC LIMIT 1",
        record_id,
    )


# --- many links


def user_ids(store: Store, record_id: str) -> list[str]:
    """The Vitally id of the user that a record is linked to, if it is."""
    rows = store.rows(
        "SELECT u.user_id FROM link l JOIN record r USING (record_pk)"
        " JOIN user u USING (user_pk) WHERE r.record_id = ? AND l.status = 'live'",
        record_id,
    )
    return [row[0] for row in rows]


_WHO = (
    "SELECT l.link_id, r.record_pk, r.record_id, r.match_key, r.display_name AS record_name,"
    " u.user_id, u.display_name AS user_name"
    " FROM link l JOIN record r USING (record_pk) JOIN user u USING (user_pk)"
    " WHERE l.status = 'live'"
)


def who(store: Store, link_id: int) -> Row | None:
    """Ids and names of the two whom a live link joins, and the record's match value."""
    return store.row(f"{_WHO} AND l.link_id = ?", link_id)


def with_key(store: Store, match_key: str) -> list[Row]:
    """The same of the live links whose record has this match value."""
    return store.rows(f"{_WHO} AND r.match_key = ? ORDER BY r.record_id", match_key)


def count_live(store: Store) -> int:
    """How many live links there are."""
    return int(store.value("SELECT COUNT(*) FROM link WHERE status = 'live'"))


def provisional(store: Store) -> list[int]:
    """The live links that the rule made and for which nothing was sent or settled yet."""
    rows = store.rows(
        "SELECT link_id FROM link WHERE status = 'live' AND lasting = 0 AND made_by = 'rule'"
    )
    return [row[0] for row in rows]


def of_merged(store: Store, user_pk: int) -> list[Row]:
    """The links of a user with records that were merged away, and of which a person is asked."""
    return store.rows(
        "SELECT l.link_id, l.record_pk FROM link l JOIN conflict c USING (link_id)"
        " WHERE l.user_pk = ? AND l.status = 'gone' AND c.kind = 'merged'",
        user_pk,
    )


_WITH_BASE = (
    "SELECT 1 FROM link l JOIN user u USING (user_pk) JOIN base b ON b.link_id = l.link_id"
    " WHERE l.status = 'live'"
)


def anybody_has(store: Store, field: str) -> bool:
    """Whether the user of any live link has a value for the pair now."""
    return store.row(f"{_WITH_BASE} AND u.{quoted(field)} <> '' LIMIT 1") is not None


def agreed(store: Store, field: str, fewest: int) -> bool:
    """Whether the two sides agreed on a value for the pair in that many live links, or more."""
    some = f"{_WITH_BASE} AND b.{quoted(field)} <> '' LIMIT {fewest:d}"
    return bool(store.value(f"SELECT COUNT(*) = {fewest:d} FROM ({some})"))
