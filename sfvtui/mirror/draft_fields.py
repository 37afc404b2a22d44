"""Fields that only a draft of the mapping names: read so that its effect can be counted."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sfvtui.domain.ids import key
from sfvtui.domain.values import column_reader
from sfvtui.mirror.columns import ensure_columns, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sfvtui.domain.bound import BoundMapping
    from sfvtui.domain.fields import Field
    from sfvtui.mirror.store import Store


HOLDS = dt.timedelta(hours=1)
"""How long values that were read for a draft are good enough to count with."""


def make_room(store: Store, draft: BoundMapping) -> None:
    """Makes columns for the fields of a draft. They count as unread: once the draft is saved, the
    next pull reads them with all others."""
    for name in ensure_columns(store, draft):
        store.put(f"unread:{name}", "yes")


def write(store: Store, fields: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> int:
    """Writes these fields of a page of Salesforce's rows (flat), and nothing else of a record: no
    key, no search text, no decision comes from a draft. Returns how many rows there were."""
    found = [field for field in fields if all(field.name in row for row in rows)]
    if found and rows:
        columns = [column_reader(field)([row[field.name] for row in rows]) for field in found]
        ids = [key(str(row["Id"])) for row in rows]
        put = ", ".join(f"{quoted(field.name)} = ?" for field in found)
        with store.write():
            store.db.executemany(
                f"UPDATE record SET {put} WHERE record_id = ?", zip(*columns, ids, strict=True)
            )
    return len(rows)


def note(store: Store, fields: Sequence[Field], at: str) -> None:
    """Notes when these fields were read for a draft (ISO time)."""
    for field in fields:
        store.put(f"draft-read:{field.name}", at)


def read_lately(store: Store, name: str, now: dt.datetime) -> bool:
    """Whether a field was read for a draft a short while ago."""
    at = store.get(f"draft-read:{name}")
    return at is not None and now - dt.datetime.fromisoformat(at) < HOLDS
