"""Records that the rule may link only later: they were decided while a list was not whole.

A decision takes a record off the list of what was touched. Where it had to be made without the
rule's links (a pull is under way, was killed, or failed on one side), the record is kept here until
a pull ends well, and is decided once more then.
"""

from __future__ import annotations

from sfvtui.mirror.store import Store

SIDE = "unlinked"
"""Their side in `seen`."""


def note(store: Store) -> None:
    """Keeps those of the piece's records that have no link and whose match value some user has, in
    the caller's transaction."""
    store.db.execute(
        "INSERT OR IGNORE INTO seen SELECT ?, r.record_pk FROM piece p"
        " CROSS JOIN record r USING (record_pk) WHERE r.match_key IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM link l WHERE l.record_pk = r.record_pk AND status = 'live')"
        " AND EXISTS (SELECT 1 FROM user u WHERE u.match_key = r.match_key)",
        (SIDE,),
    )


def anything(store: Store) -> bool:
    """Whether any record is kept here."""
    return bool(store.value("SELECT EXISTS (SELECT 1 FROM seen WHERE side = ?)", SIDE))


def touch(store: Store) -> None:
    """Marks all that were kept to be decided again, in the caller's transaction."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT CAST(id AS INTEGER) FROM seen WHERE side = ?"
        " AND EXISTS (SELECT 1 FROM record WHERE record_pk = CAST(id AS INTEGER))",
        (SIDE,),
    )
    store.db.execute("DELETE FROM seen WHERE side = ?", (SIDE,))
