"""Forgetting a person: their values leave the store's tables and its file; ids and times stay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sfvtui.mirror import links, search
from sfvtui.mirror.columns import marks
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import spread, touch, touch_users

FORGOTTEN = "[forgotten]"
"""What stands in a sentence about somebody else in the place of a forgotten value."""

SHORTEST = 4
"""Shorter values (`Al`, `7`) are not looked for in sentences: they are part of too many words."""

SENTENCES = (
    ("history", ("why", "outcome", "before", "after")),
    ("flag", ("why",)),
    ("record", ("state_why",)),
    ("change", ("message", "mend", "held")),
    ("change_field", ("why",)),
    ("link", ("why",)),
    ("conflict", ("why",)),
    ("edit", ("why",)),
    ("ignored", ("reason",)),
    ("held_back", ("reason",)),
    ("run", ("summary_json",)),
)
"""Where a sentence may name another person, such as whom a record looks like."""


@dataclass(frozen=True)
class Person:
    """Whom to forget: the records and users that are the same person, by key and by id."""

    record_pks: tuple[int, ...]
    user_pks: tuple[int, ...]
    record_ids: tuple[str, ...]
    user_ids: tuple[str, ...]

    def words(self) -> str:
        """The person by ids."""
        named = [f"record {one}" for one in self.record_ids] + [f"user {u}" for u in self.user_ids]
        return " and ".join(named)


def person(store: Store, *, record_pk: int | None = None, user_pk: int | None = None) -> Person:
    """A record with the users that it is or was linked to, or a user with its records; those that
    are linked to somebody else now are that one's."""
    records, users = {record_pk} - {None}, {user_pk} - {None}
    for row in store.rows(
        "SELECT * FROM link WHERE record_pk IS ? OR user_pk IS ?", record_pk, user_pk
    ):
        live_user = store.value(
            "SELECT record_pk FROM link WHERE user_pk = ? AND status = 'live'", row["user_pk"]
        )
        live_record = store.value(
            "SELECT user_pk FROM link WHERE record_pk = ? AND status = 'live'", row["record_pk"]
        )
        if record_pk is not None and live_user in (None, record_pk):
            users.add(row["user_pk"])
        if user_pk is not None and live_record in (None, user_pk):
            records.add(row["record_pk"])
    record_pks, user_pks = sorted(filter(None, records)), sorted(filter(None, users))
    return Person(
        tuple(record_pks),
        tuple(user_pks),
        tuple(_ids(store, "record", "record", record_pks)),
        tuple(_ids(store, "user", "user", user_pks)),
    )


def _ids(store: Store, table: str, name: str, pks: Sequence[int]) -> list[str]:
    rows = store.rows(
        f'SELECT {name}_id FROM "{table}" WHERE {name}_pk IN ({marks(pks)}) ORDER BY {name}_pk',
        *pks,
    )
    return [row[0] for row in rows]


def alike(store: Store, who: Person) -> list[str]:
    """The ids of users with a match value or e-mail of the person whom no link says to be them."""
    rows = store.rows(
        "SELECT DISTINCT u.user_id FROM record r JOIN user u"
        " ON u.match_key = r.match_key OR u.email_key = r.email_key"
        f" WHERE r.record_pk IN ({marks(who.record_pks)}) ORDER BY u.user_id",
        *who.record_pks,
    )
    return [row[0] for row in rows if row[0] not in who.user_ids]


def erase(store: Store, who: Person, *, names: Sequence[str]) -> None:
    """Takes a person's values out of every table, in the caller's transaction.

    Mirror rows, links, bases, edits, stays and conflicts go; of changes and the history ids, times
    and actors stay. `names` are the columns of `record` that tell people who somebody is.
    """
    said = _identifying(store, who, names)
    _touch_the_like(store, who)
    for link_id in _links(store, who):
        links.delete(store, link_id)
    _erase_changes(store, who)
    _erase_runs(store, who)
    _erase_history(store, who)
    ids = marks(who.record_ids)
    for table in ("conflict", "approval", "held_back"):
        store.db.execute(f"DELETE FROM {table} WHERE record_id IN ({ids})", who.record_ids)
    store.db.execute(f"UPDATE ignored SET reason = '' WHERE record_id IN ({ids})", who.record_ids)
    for table, pks in (("record", who.record_pks), ("user", who.user_pks)):
        store.db.execute(f'DELETE FROM "{table}" WHERE {table}_pk IN ({marks(pks)})', pks)
    _leave_nothing_touched(store, who)
    _sweep(store, said)
    # It holds pieces of what it indexed; the next refresh makes it anew.
    search.forget(store)


def _identifying(store: Store, who: Person, names: Sequence[str]) -> list[str]:
    """The values that may stand in a sentence about somebody else, the longest first."""
    found: set[str] = set()
    for row in _rows(store, "record", who.record_pks):
        found.update(str(row[name] or "") for name in ("display_name", *names))
        found.update((row["match_key"] or "", row["email_key"] or "", row["external_id"] or ""))
    for row in _rows(store, "user", who.user_pks):
        found.update((row["display_name"], row["email_text"], row["email_key"] or ""))
        found.update((row["external_id"] or "", row["match_key"] or ""))
    kept = {*who.record_ids, *who.user_ids}
    return sorted((v for v in found - kept if len(v) >= SHORTEST), key=len, reverse=True)


def _rows(store: Store, table: str, pks: Sequence[int]) -> list[Row]:
    return store.rows(f'SELECT * FROM "{table}" WHERE {table}_pk IN ({marks(pks)})', *pks)


def _links(store: Store, who: Person) -> list[int]:
    rows = store.rows(
        f"SELECT link_id FROM link WHERE record_pk IN ({marks(who.record_pks)})"
        f" OR user_pk IN ({marks(who.user_pks)})",
        *who.record_pks,
        *who.user_pks,
    )
    return [row[0] for row in rows]


def _touch_the_like(store: Store, who: Person) -> None:
    """Whoever shares a match value, an e-mail or an account with the person is decided again."""
    touch_users(store, who.user_pks)
    alike = "SELECT {0} FROM record WHERE record_pk IN ({1}) AND {0} IS NOT NULL"
    for key in ("match_key", "email_key", "account_key"):
        inner = alike.format(key, marks(who.record_pks))
        rows = store.rows(f"SELECT record_pk FROM record WHERE {key} IN ({inner})", *who.record_pks)
        touch(store, [row[0] for row in rows])


def _leave_nothing_touched(store: Store, who: Person) -> None:
    """Makes touched records of the touched values, now that the person's rows are gone; those that
    a pull beside this one has touched go along, and none of the person's own stays."""
    spread(store)
    gone = marks(who.record_pks)
    store.db.execute(f"DELETE FROM touched WHERE record_pk IN ({gone})", who.record_pks)


def _erase_changes(store: Store, who: Person) -> None:
    """Also those of other records, from when the user was theirs: what the user held is in them."""
    mine = f"record_id IN ({marks(who.record_ids)}) OR user_id IN ({marks(who.user_ids)})"
    ids = (*who.record_ids, *who.user_ids)
    store.db.execute(
        "UPDATE change_field SET before = NULL, after = NULL, seen_salesforce = NULL,"
        " seen_vitally = NULL, why = '', edit_id = NULL, open = 0"
        f" WHERE change_id IN (SELECT change_id FROM change WHERE {mine})",
        ids,
    )
    store.db.execute(
        f"UPDATE change SET state = 'dropped' WHERE state IN ('queued', 'parked') AND ({mine})", ids
    )
    store.db.execute(
        f"UPDATE change SET external_id = NULL, held = NULL, message = NULL, mend = NULL WHERE {mine}",
        ids,
    )


def _erase_runs(store: Store, who: Person) -> None:
    """What a run's summary says of the person's records: the messages of problems, the examples."""
    for record_id in who.record_ids:
        rows = store.rows(
            "SELECT run, summary_json FROM run WHERE instr(summary_json, ?) > 0", record_id
        )
        for row in rows:
            summary = json.loads(row["summary_json"])
            for problem in summary.get("problems", ()):
                if problem.get("record") == record_id:
                    problem["message"] = problem["mend"] = ""
            guard = summary.get("guard") or {}
            if "examples" in guard:
                guard["examples"] = [e for e in guard["examples"] if record_id not in str(e)]
            store.db.execute(
                "UPDATE run SET summary_json = ? WHERE run = ?", (json.dumps(summary), row["run"])
            )


def _erase_history(store: Store, who: Person) -> None:
    """An entry keeps what was done, when and by whom; of its outcome the first word."""
    of = f"record_id IN ({marks(who.record_ids)}) OR user_id IN ({marks(who.user_ids)})"
    store.db.execute(
        "UPDATE history SET before = NULL, after = NULL, why = '', outcome ="
        " rtrim(substr(outcome, 1, instr(outcome || ' ', ' ') - 1), ':') WHERE " + of,
        (*who.record_ids, *who.user_ids),
    )


def _sweep(store: Store, said: Iterable[str]) -> None:
    """Takes a person's values out of the sentences about others."""
    for value in said:
        # The summaries of runs are JSON, in which a value may be written with escapes.
        for text in dict.fromkeys((value, json.dumps(value)[1:-1])):
            for table, columns in SENTENCES:
                for column in columns:
                    store.db.execute(
                        f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
                        f" WHERE instr({column}, ?) > 0",
                        (text, FORGOTTEN, text),
                    )


# --- the file


def forget_pages(store: Store) -> bool:
    """Writes the store's file anew, without what its free pages and its log still hold.

    Returns whether it is all gone: False where another process, which reads an older state, keeps
    the log.
    """
    store.db.execute("VACUUM")
    busy = store.value("PRAGMA wal_checkpoint(TRUNCATE)")
    return not busy
