"""Indexes that are put off while a first whole read fills the mirror, and made at its end.

Made at once, from sorted values, an index costs a fraction of what it costs row by row. While it is
missing everything works, only slower; what is to be made is kept in the store, so that a read that
was killed loses none.
"""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.store import Store


def put_off(store: Store, tables: Sequence[str]) -> None:
    """Drops the indexes of these tables for now; those that hold ids to be unique stay."""
    with store.write():
        found = store.rows(
            "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index'"
            f" AND sql IS NOT NULL AND tbl_name IN ({marks(tables)})",
            *tables,
        )
        for row in found:
            store.db.execute("INSERT INTO index_to_make VALUES (?, ?, ?)", tuple(row))
            store.db.execute(f"DROP INDEX {quoted(row['name'])}")


def make(store: Store, tables: Sequence[str] = ()) -> None:
    """Makes the indexes of these tables (default: of all) that were put off, each in a transaction
    of its own."""
    where = f" WHERE of_table IN ({marks(tables)})" if tables else ""
    for row in store.rows(f"SELECT name, sql FROM index_to_make{where}", *tables):
        with store.write():
            taken = store.db.execute("DELETE FROM index_to_make WHERE name = ?", (row["name"],))
            if taken.rowcount:  # else another process has made it
                store.db.execute(row["sql"])
