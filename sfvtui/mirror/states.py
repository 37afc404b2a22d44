"""States: what was decided of a piece's records, written where it is news, and counted."""

from __future__ import annotations

from collections.abc import Iterable

from sfvtui.mirror.store import Store


def begin(store: Store) -> None:
    """Empties the list of new states, in the caller's transaction."""
    store.db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS new_state("
        "record_pk INTEGER PRIMARY KEY, record_state TEXT, state_why TEXT)"
    )
    store.db.execute("DELETE FROM new_state")


def note(store: Store, states: Iterable[tuple[int, str | None, str]]) -> None:
    """Lists new states: number, state (None: the record leaves every list) and reason."""
    store.db.executemany("INSERT INTO new_state VALUES (?, ?, ?)", states)


def set_noted(store: Store) -> None:
    """Gives records the states that were listed, and keeps `tally` right, in the caller's
    transaction."""
    moves = store.rows(
        "SELECT r.record_state, n.record_state, COUNT(*) FROM new_state n"
        " CROSS JOIN record r USING (record_pk) WHERE r.record_state IS NOT n.record_state"
        " GROUP BY 1, 2"
    )
    store.db.executemany(
        "UPDATE tally SET n = n + ? WHERE kind = 'state' AND name = ?",
        [(more, state) for old, new, n in moves for state, more in ((old, -n), (new, n))],
    )
    store.db.execute(
        "UPDATE record SET (record_state, state_why) = (SELECT n.record_state, n.state_why"
        " FROM new_state n WHERE n.record_pk = record.record_pk)"
        " WHERE record_pk IN (SELECT record_pk FROM new_state)"
    )
