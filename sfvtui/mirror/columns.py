"""The columns that a mapping needs, and how their names are written into a statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sfvtui.domain.bound import BoundMapping
    from sfvtui.mirror.store import Store


def ensure_columns(store: Store, bound: BoundMapping) -> set[str]:
    """Adds the columns that the mapping needs; returns the names of new columns of `record`.

    A new column is NULL in every row: not read.
    """
    with store.write():
        new = _add(store, "record", (f.name for f in bound.fields))
        _add(store, "user", (p.name for p in bound.pairs))
        _add(store, "base", (p.name for p in bound.pairs))
    return new


def _add(store: Store, table: str, names: Iterable[str]) -> set[str]:
    have = {name.lower() for name in store.columns(table)}
    new = set()
    for name in names:
        if name.lower() not in have:
            store.db.execute(f'ALTER TABLE "{table}" ADD COLUMN {quoted(name)} TEXT')
            have.add(name.lower())
            new.add(name)
    return new


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def marks(items: Collection[object]) -> str:
    """As many `?` as there are items, for `IN (…)`."""
    return ",".join("?" * len(items))
