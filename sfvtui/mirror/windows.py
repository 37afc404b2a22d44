"""Windows on long lists: the order of their keys, and the rows of the few that are on screen.

An order is an array of integers (8 bytes a row), read once in a thread; rows are read by key. A
list keeps its place by key, so the keys are the rows' own: `record_pk`, `change_id`, `entry`, and
for a conflict its record and pair in one number.
"""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from sfvtui.domain.states import State
from sfvtui.domain.text import fold
from sfvtui.mirror import counts, first_load
from sfvtui.mirror.columns import marks, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sfvtui.mirror.filters import RecordFilter
    from sfvtui.mirror.store import Row, Store

OPEN = "('queued', 'sending', 'unknown', 'parked')"
PAIRS = 1 << 20
"""More than any object has fields: a conflict's key is record_pk * PAIRS + its pair's rowid."""

STOP_EVERY = 4096
NEVER_STOPPED = lambda: False  # noqa: E731 (a default)


class Selection(NamedTuple):
    """What of a list is shown, and in what order. Empty means: everything, in the list's order.

    `sort` names a column of the list, or a mirrored field by its API name. A search is for every
    word of it, as a `phrase` for the whole text (of records only).
    """

    states: tuple[str, ...] = ()
    flag: str = ""
    system: str = ""
    record: str = ""
    run: int | None = None
    search: str = ""
    phrase: bool = False
    sort: str = ""
    reverse: bool = False
    filter: RecordFilter | None = None


class _Query:
    """The pieces of one SELECT, with their parameters in the order of the text."""

    def __init__(self, select: str, tables: str, parameters: Sequence[object] = ()) -> None:
        self.select, self.tables = select, tables
        self.tests: list[str] = []
        self.parameters = list(parameters)
        self.order = ""

    def where(self, test: str, *parameters: object) -> None:
        self.tests.append(test)
        self.parameters.extend(parameters)

    def sql(self, limit: int | None) -> str:
        where = f" WHERE {' AND '.join(self.tests)}" if self.tests else ""
        order = f" ORDER BY {self.order}" if self.order else ""
        end = f" LIMIT {limit:d}" if limit is not None else ""
        return f"SELECT {self.select} FROM {self.tables}{where}{order}{end}"


def record_keys(
    store: Store,
    chosen: Selection,
    *,
    limit: int | None = None,
    stopped: Callable[[], bool] = NEVER_STOPPED,
) -> array[int]:
    """The `record_pk`s of the records that are in a list, in order. Sorts: name, state, account,
    user, changed, or a mirrored field.

    With a `limit` the first ones; of a search any that were found at once, in order.
    """
    # One snapshot: what an index reached, and the rows that it has, belong together.
    with store.read():
        return _record_keys(store, chosen, limit, stopped)


def _record_keys(
    store: Store, chosen: Selection, limit: int | None, stopped: Callable[[], bool]
) -> array[int]:
    folded = fold(chosen.search)
    words = [folded] if chosen.phrase and folded else folded.split()
    near = None
    if words:
        from sfvtui.mirror import search  # most lists are not searched

        near = search.found(store, search.RECORDS, words)
    order = _record_order(store, chosen, first=limit is not None)
    if limit is not None and not words and len(chosen.states) > 1:
        # The first of each state by its index: together they hold the first of all.
        heads = (chosen._replace(states=(state,)) for state in chosen.states)
        keys = [key for head in heads for key in _record_keys(store, head, limit, stopped)]
        return _records_in_order(store, keys, order, limit)
    query = _Query("r.record_pk", "record r")
    if near is not None:
        table, parameters = near
        query = _Query("f.pk", f"{table} f CROSS JOIN record r ON r.record_pk = f.pk", parameters)
    _about_records(store, query, chosen)
    _in_states(query, chosen.states, every=not chosen.flag and first_load.undecided(store))
    if chosen.flag:
        query.where("r.record_pk IN (SELECT record_pk FROM flag WHERE flag = ?)", chosen.flag)
    for word in words:
        query.where("instr(r.folded_text, ?)", word)
    if limit is not None and words:
        return _records_in_order(store, _keys(store, query, limit, stopped), order, limit)
    query.order = order
    return _keys(store, query, limit, stopped)


def _in_states(query: _Query, states: Sequence[str], *, every: bool) -> None:
    """Records in these states; without states, in any (`every`: or in none)."""
    if len(states) == 1:
        query.where("r.record_state = ?", *states)
        if State.LINKED not in states:
            query.where(f"r.record_state <> '{State.LINKED}'")  # the words of its index
    elif states:
        query.where(f"r.record_state IN ({marks(states)})", *states)
    elif not every:
        query.where("r.record_state IS NOT NULL")


def _records_in_order(store: Store, keys: Sequence[int], order: str, limit: int) -> array[int]:
    query = _Query("r.record_pk", "record r")
    query.where(f"r.record_pk IN ({marks(keys)})", *keys)
    query.order = order
    return _keys(store, query, limit, NEVER_STOPPED)


def _record_order(store: Store, chosen: Selection, *, first: bool) -> str:
    """What a list of records is sorted by. A name is never blank: its index gives the `first` ones;
    the whole is sorted faster than read row by row in the index's order."""
    known = {
        "state": "r.record_state",
        "why": "r.state_why",
        "account": "(SELECT MIN(a.name) FROM account a WHERE a.rule_key = r.account_key)",
        "user": "(SELECT u.display_name FROM link l JOIN user u USING (user_pk)"
        " WHERE l.record_pk = r.record_pk AND l.status = 'live')",
        "changed": "r.modified_at",
    }
    column = known.get(chosen.sort)
    if column is None and chosen.sort not in ("", "name"):
        fields = {name.lower(): name for name in store.columns("record")}
        if chosen.sort.lower() in fields:
            column = f"r.{quoted(fields[chosen.sort.lower()])} COLLATE NOCASE"
    if column is not None:
        return _ordered(column, chosen, "r.record_pk")
    turn = "DESC" if chosen.reverse else "ASC"
    name = "r.display_name" if first else "+r.display_name"
    return f"{name} COLLATE NOCASE {turn}, r.record_pk {turn}"


def record_total(store: Store, chosen: Selection) -> int:
    """How many records are in these states, or have this flag, as it is kept."""
    if not (chosen.flag or chosen.states) and first_load.undecided(store):
        return counts.sizes(store)[0]
    kind, names = ("flag", (chosen.flag,)) if chosen.flag else ("state", chosen.states)
    test = f" AND name IN ({marks(names)})" if names else ""
    return int(store.value(f"SELECT SUM(n) FROM tally WHERE kind = ?{test}", kind, *names))


def record_rows(store: Store, keys: Sequence[int]) -> dict[int, Row]:
    """Records by key, with `user_id`, `user_name`, `user_email`, `account_name`, `flags` (words
    in one text), and how many `edits` and `conflicts` are open."""
    return _rows(
        store,
        "SELECT r.*, u.user_id, u.display_name AS user_name, u.email_text AS user_email,"
        " (SELECT MIN(a.name) FROM account a WHERE a.rule_key = r.account_key) AS account_name,"
        " (SELECT group_concat(f.flag, ' ') FROM flag f WHERE f.record_pk = r.record_pk) AS flags,"
        " (SELECT COUNT(*) FROM edit e WHERE e.link_id = l.link_id) AS edits,"
        " (SELECT COUNT(*) FROM conflict c WHERE c.record_id = r.record_id) AS conflicts"
        " FROM record r LEFT JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " LEFT JOIN user u ON u.user_pk = l.user_pk WHERE r.record_pk IN ({marks})",
        "record_pk",
        keys,
    )


def conflict_keys(
    store: Store,
    chosen: Selection,
    *,
    limit: int | None = None,
    stopped: Callable[[], bool] = NEVER_STOPPED,
) -> array[int]:
    """The keys of the conflicts. Sorts: name, field, kind, since."""
    query = _Query(
        f"r.record_pk * {PAIRS} + COALESCE(p.rowid, 0)",
        "conflict c JOIN record r USING (record_id) LEFT JOIN pair p ON p.field = c.field",
    )
    _about_records(store, query, chosen)
    if chosen.states:
        query.where(f"c.kind IN ({marks(chosen.states)})", *chosen.states)
    for word in fold(chosen.search).split():
        query.where("(instr(r.folded_text, ?) OR instr(fold(c.field), ?))", word, word)
    known = {
        "name": "r.display_name COLLATE NOCASE",
        "field": "c.field COLLATE NOCASE",
        "kind": "c.kind",
        "since": "c.since",
    }
    query.order = _ordered(known.get(chosen.sort, known["name"]), chosen, "r.record_pk, c.field")
    return _keys(store, query, limit, stopped)


def conflict_rows(store: Store, keys: Sequence[int]) -> dict[int, Row]:
    """Conflicts by key, with the record's `display_name`, `modified_at`, `modified_by` (a name
    where it is known), and the user's `user_id` and `updated_at`."""
    found = store.rows(
        f"SELECT r.record_pk * {PAIRS} + COALESCE(p.rowid, 0) AS key, c.*, r.display_name,"
        " r.modified_at, COALESCE(m.name, r.modified_by) AS modified_by, u.user_id, u.updated_at"
        " FROM record r LEFT JOIN modifier m ON m.modifier_id = r.modified_by"
        " JOIN conflict c USING (record_id) LEFT JOIN pair p ON p.field = c.field"
        " LEFT JOIN link l ON l.link_id = c.link_id LEFT JOIN user u ON u.user_pk = l.user_pk"
        f" WHERE r.record_pk IN ({marks(keys)})",
        *(key // PAIRS for key in keys),
    )
    wanted = frozenset(keys)
    return {row["key"]: row for row in found if row["key"] in wanted}


def change_keys(
    store: Store,
    chosen: Selection,
    *,
    limit: int | None = None,
    stopped: Callable[[], bool] = NEVER_STOPPED,
) -> array[int]:
    """The `change_id`s of the open changes. States are a change's, or `held` for one that waits.

    Sorts: change, system, name, state.
    """
    query = _Query("c.change_id", "change c LEFT JOIN record r USING (record_id)")
    query.where(f"c.state IN {OPEN}")
    if chosen.system:
        query.where("c.system = ?", chosen.system)
    _about_records(store, query, chosen)
    if chosen.states:
        query.where(f"{_CHANGE_STATE} IN ({marks(chosen.states)})", *chosen.states)
    for word in fold(chosen.search).split():
        query.where(
            "(instr(r.folded_text, ?) OR EXISTS (SELECT 1 FROM change_field f WHERE"
            " f.change_id = c.change_id AND instr(fold(f.name || ' ' || COALESCE(f.after, '')"
            " || ' ' || COALESCE(f.before, '')), ?)))",
            word,
            word,
        )
    known = {
        "change": "c.change_id",
        "system": "c.system",
        "name": "r.display_name COLLATE NOCASE",
        "state": _CHANGE_STATE,
    }
    query.order = _ordered(known.get(chosen.sort, "c.system"), chosen, "c.action DESC, c.change_id")
    return _keys(store, query, limit, stopped)


_CHANGE_STATE = "CASE WHEN c.state = 'queued' AND c.held IS NOT NULL THEN 'held' ELSE c.state END"


def change_rows(store: Store, keys: Sequence[int]) -> dict[int, Row]:
    """Changes by key, with `display_name`, `shown_state` (held apart) and `fields_json`, a list
    of {name, field, before, after, why, first, origin}."""
    return _rows(
        store,
        f"SELECT c.*, r.display_name, {_CHANGE_STATE} AS shown_state,"
        " (SELECT json_group_array(json_object('name', f.name, 'field', f.field, 'before',"
        " f.before, 'after', f.after, 'why', f.why, 'first', f.first, 'origin', f.origin))"
        " FROM change_field f WHERE f.change_id = c.change_id) AS fields_json"
        " FROM change c LEFT JOIN record r USING (record_id) WHERE c.change_id IN ({marks})",
        "change_id",
        keys,
    )


def change_fields(row: Row | Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of a change as `change_rows` gave it."""
    found: list[dict[str, Any]] = json.loads(row["fields_json"])
    return found


def history_keys(
    store: Store,
    chosen: Selection,
    *,
    limit: int | None = None,
    stopped: Callable[[], bool] = NEVER_STOPPED,
) -> array[int]:
    """The numbers of the history's entries, newest first. States are an entry's `what`."""
    query = _Query("h.entry", "history h LEFT JOIN record r ON r.record_id = h.record_id")
    _about_records(store, query, chosen)
    if chosen.run is not None:
        query.where("h.run = ?", chosen.run)
    if chosen.states:
        query.where(f"h.what IN ({marks(chosen.states)})", *chosen.states)
    for word in fold(chosen.search).split():
        query.where(
            "(instr(fold(COALESCE(r.display_name, '') || ' ' || h.what || ' ' || h.who || ' ' ||"
            " COALESCE(h.field, '') || ' ' || COALESCE(h.after, '') || ' ' ||"
            " COALESCE(h.record_id, '') || ' ' || h.why || ' ' || h.outcome), ?))",
            word,
        )
    known = {
        "at": "h.entry",
        "who": "h.who COLLATE NOCASE",
        "what": "h.what",
        "name": "r.display_name COLLATE NOCASE",
        "field": "h.field COLLATE NOCASE",
    }
    if chosen.sort in known:
        query.order = _ordered(known[chosen.sort], chosen, "h.entry DESC")
    else:
        query.order = "h.entry ASC" if chosen.reverse else "h.entry DESC"
    return _keys(store, query, limit, stopped)


def history_rows(store: Store, keys: Sequence[int]) -> dict[int, Row]:
    """Entries by number, with the record's `display_name`."""
    return _rows(
        store,
        "SELECT h.*, r.display_name, r.record_pk FROM history h"
        " LEFT JOIN record r ON r.record_id = h.record_id WHERE h.entry IN ({marks})",
        "entry",
        keys,
    )


def _about_records(store: Store, query: _Query, chosen: Selection) -> None:
    """The tests on the record that every list shares: one record, and the filter."""
    if chosen.record:
        query.where("r.record_id = ?", chosen.record)
    if chosen.filter is not None:
        columns = frozenset(store.columns("record"))
        sql, values = chosen.filter.sql(table="r", columns=columns)
        query.where(f"({sql})", *values)


def _ordered(column: str, chosen: Selection, then: str) -> str:
    """By the column, blanks last either way."""
    turn = "DESC" if chosen.reverse else "ASC"
    return f"COALESCE({column}, '') = '', {column} {turn}, {then}"


def _keys(
    store: Store, query: _Query, limit: int | None, stopped: Callable[[], bool]
) -> array[int]:
    found = array("q")
    cursor = store.db.execute(query.sql(limit), query.parameters)
    while rows := cursor.fetchmany(STOP_EVERY):
        found.extend(row[0] for row in rows)
        if stopped():
            break
    return found


def _rows(store: Store, sql: str, key: str, keys: Sequence[int]) -> dict[int, Row]:
    if not keys:
        return {}
    return {row[key]: row for row in store.rows(sql.replace("{marks}", marks(keys)), *keys)}
