"""Searching texts: an index of their trigrams that may say too much, and never too little.

Records and users have a folded text (`folded_text`) that holds what is searched. The index names the
rows whose text may hold a word of three characters or more; the text itself then decides (`instr`).
So a row's old trigrams may stay in the index, and nobody who writes a text has to know them: a
trigger notes the row in `unsearched_…`, where it is read beside the index until `refresh` adds what
it holds now. Rows after the last that was added are read as well. An interrupted refresh, one that
never was, and an SQLite without FTS5 only make a search slower.

While both sides are read, most time goes by in waiting for the network: `keep_up` adds new rows then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from sfvtui.mirror.store import Store

CHUNK = 2000
"""Rows added in one transaction, some 50 ms: who reads a side beside it hardly waits for its turn to
write. Larger ones would save 2 %."""

PAUSE = 0.25
"""Seconds between two looks at what has come: others write meanwhile."""

HALF_READ = "instr(folded_text, char(0))"
"""FTS5 reads a text up to its first NUL: such a row stays in `unsearched_…`."""

GRAM = 3
MOST_GRAMS = 32
"""Grams of one word that the index is asked for: more of them leave hardly fewer rows."""


@dataclass(frozen=True)
class Side:
    """A table whose `folded_text` is searched, and its key."""

    table: str
    key: str

    @property
    def index(self) -> str:
        """The table that holds the index."""
        return f"search_{self.table}"

    @property
    def unsearched(self) -> str:
        """The table of the rows whose text has changed since it was indexed."""
        return f"unsearched_{self.table}"

    @property
    def reached(self) -> str:
        """In `meta`: the last key that was added."""
        return f"searched_to:{self.table}"

    @property
    def again(self) -> str:
        """In `meta`: how many rows were added once more since the index was begun."""
        return f"searched_again:{self.table}"


RECORDS = Side("record", "record_pk")
USERS = Side("user", "user_pk")
SIDES = (RECORDS, USERS)


def found(store: Store, side: Side, words: Sequence[str]) -> tuple[str, list[object]] | None:
    """A table of the keys (`pk`) of rows that may hold all these folded words, with its parameters.

    None where the index cannot help: words of one or two characters, or no index.
    """
    grams = list(dict.fromkeys(gram for word in words for gram in _grams(word)))
    reached = _reached(store, side)
    if not grams or not reached or not _possible(store):
        return None
    sql = (
        f"(SELECT rowid AS pk FROM {side.index} WHERE {side.index} MATCH ?"
        f" AND rowid NOT IN (SELECT pk FROM {side.unsearched})"
        f" UNION ALL SELECT pk FROM {side.unsearched} WHERE pk <= ?"
        f' UNION ALL SELECT {side.key} FROM "{side.table}" WHERE {side.key} > ?)'
    )
    return sql, [" AND ".join(map(_quoted, grams)), reached, reached]


def _grams(word: str) -> list[str]:
    """The trigrams of a word that the index knows, the first ones of a long word."""
    found = (word[at : at + GRAM] for at in range(min(len(word) - GRAM + 1, MOST_GRAMS)))
    return [gram for gram in found if "\0" not in gram]


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'


def _possible(store: Store) -> bool:
    """Whether this Python's SQLite has FTS5."""
    return bool(store.value("SELECT 1 FROM pragma_module_list WHERE name = 'fts5' LIMIT 1"))


def refresh(store: Store, stopped: Callable[[], bool] = lambda: False) -> None:
    """Adds to the index what changed since the last time, piece by piece; `stopped` ends it early."""
    if not _possible(store):
        return
    for side in SIDES:
        with store.write():
            _begin(store, side)
        for add in (_add_new, _add_changed):
            while not stopped():
                with store.write():
                    if not add(store, side):
                        break


def keep_up(store: Store, ended: Event) -> None:
    """Adds new rows as they come, until `ended` is set: a chunk when there is a whole one. What is
    left then, and what has changed, is for `refresh`."""
    if not _possible(store):
        return
    for side in SIDES:
        with store.write():
            _begin(store, side)
    while not ended.wait(PAUSE):
        for side in SIDES:
            if _last(store, side) - _reached(store, side) >= CHUNK:
                with store.write():
                    _add_new(store, side)


def forget(store: Store) -> None:
    """Drops the index, in the caller's transaction."""
    for side in SIDES:
        if _possible(store):
            store.db.execute(f"DROP TABLE IF EXISTS {side.index}")
        store.db.execute(f"DELETE FROM {side.unsearched}")
        store.put(side.reached, None)
        store.put(side.again, None)


def _reached(store: Store, side: Side) -> int:
    return int(store.get(side.reached) or 0)


def _last(store: Store, side: Side) -> int:
    return int(store.value(f'SELECT MAX({side.key}) FROM "{side.table}"') or 0)


def _begin(store: Store, side: Side) -> None:
    """Makes the index, or begins it anew where most of it is old."""
    store.db.execute(
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {side.index} USING fts5(folded_text, content='',"
        " columnsize=0, detail='none', tokenize='trigram case_sensitive 1')"
    )
    # Fewer merges while it grows: a quarter less to make, hardly more to ask.
    store.db.execute(f"INSERT INTO {side.index}({side.index}, rank) VALUES ('automerge', 16)")
    reached, again = _reached(store, side), int(store.get(side.again) or 0)
    last = _last(store, side)
    if last < reached:  # a key that was freed may be given to another row
        reached = last
        store.put(side.reached, str(last))
    again += store.value(f"SELECT COUNT(*) FROM {side.unsearched} WHERE pk <= ?", reached)
    if again * 2 > reached:
        store.db.execute(f"INSERT INTO {side.index}({side.index}) VALUES ('delete-all')")
        store.put(side.reached, "0")
        store.put(side.again, "0")


def _add_new(store: Store, side: Side) -> bool:
    """Adds the next rows that were never added; returns whether there were any."""
    reached = _reached(store, side)
    last = store.value(
        f'SELECT MAX({side.key}) FROM (SELECT {side.key} FROM "{side.table}" WHERE {side.key} > ?'
        f" ORDER BY {side.key} LIMIT {CHUNK})",
        reached,
    )
    if last is None:
        return False
    _add(store, side, f"{side.key} > ? AND {side.key} <= ?", reached, last)
    store.db.execute(f"DELETE FROM {side.unsearched} WHERE pk > ? AND pk <= ?", (reached, last))
    store.db.execute(
        f'INSERT INTO {side.unsearched} SELECT {side.key} FROM "{side.table}"'
        f" WHERE {side.key} > ? AND {side.key} <= ? AND {HALF_READ}",
        (reached, last),
    )
    store.put(side.reached, str(last))
    return True


def _add_changed(store: Store, side: Side) -> bool:
    """Adds the next rows whose text has changed; returns whether there were any."""
    changed = (
        f'SELECT pk FROM {side.unsearched} LEFT JOIN "{side.table}" ON {side.key} = pk'
        f" WHERE {side.key} IS NULL OR NOT {HALF_READ}"
    )
    last = store.value(f"SELECT MAX(pk) FROM ({changed} ORDER BY pk LIMIT {CHUNK})")
    if last is None:
        return False
    chosen = f"({changed}) AND {{key}} <= ?"
    _add(store, side, f"{side.key} IN {chosen.format(key=side.key)}", last)
    gone = store.db.execute(
        f"DELETE FROM {side.unsearched} WHERE pk IN {chosen.format(key='pk')}", (last,)
    )
    store.put(side.again, str(int(store.get(side.again) or 0) + gone.rowcount))
    return True


def _add(store: Store, side: Side, chosen: str, *parameters: int) -> None:
    store.db.execute(
        f"INSERT INTO {side.index}(rowid, folded_text) SELECT {side.key}, folded_text"
        f' FROM "{side.table}" WHERE {chosen} ORDER BY {side.key}',
        parameters,
    )
