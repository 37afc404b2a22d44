"""Links that vanished: they count for the guard of the next push, and for no later one."""

from __future__ import annotations

from sfvtui.mirror.store import Row, Store

SIDE = "vanished"
"""Their side in `seen`."""


def count(store: Store, link_id: int) -> None:
    """Counts a link as vanished, until a push confirms it or the link is back."""
    store.db.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (SIDE, str(link_id)))


def links(store: Store) -> list[Row]:
    """The links that vanished and that no push has confirmed since: record, name, why it is gone,
    user, status."""
    return store.rows(
        "SELECT r.record_id, r.display_name, r.gone_why, u.user_id, l.status FROM seen s"
        " JOIN link l ON l.link_id = CAST(s.id AS INTEGER) JOIN record r USING (record_pk)"
        " JOIN user u USING (user_pk) WHERE s.side = ? AND l.status <> 'live'"
        " ORDER BY l.link_id",
        SIDE,
    )


def confirm(store: Store) -> None:
    """Forgets them, in the caller's transaction: a push has gone on."""
    store.db.execute("DELETE FROM seen WHERE side = ?", (SIDE,))
