"""Bases: the value of each pair that both sides of a link last agreed on."""

from __future__ import annotations

from collections.abc import Mapping

from sfvtui.domain.fields import Field
from sfvtui.domain.values import canonical
from sfvtui.mirror import records
from sfvtui.mirror.columns import quoted
from sfvtui.mirror.store import Store


def set_base(store: Store, link_id: int, values: Mapping[str, str | None]) -> None:
    """Sets bases of a link: API name → canonical value; None voids."""
    if not values:
        return
    store.db.execute("INSERT OR IGNORE INTO base(link_id) VALUES (?)", (link_id,))
    for name, value in values.items():
        _set(store, link_id, name, value)


def _set(store: Store, link_id: int, field: str, value: str | None) -> None:
    store.db.execute(f"UPDATE base SET {quoted(field)} = ? WHERE link_id = ?", (value, link_id))


def value(store: Store, link_id: int, field: str) -> str | None:
    """The base of a pair of a link; None where it has none."""
    found: str | None = store.value(f"SELECT {quoted(field)} FROM base WHERE link_id = ?", link_id)
    return found


def void(store: Store, field: str) -> None:
    """Voids the bases of a pair in all links."""
    store.db.execute(f"UPDATE base SET {quoted(field)} = NULL")


def rescale(store: Store, field: Field) -> None:
    """Writes the bases and stays of a number field anew, after its scale changed, and makes its
    values in the records unread: they were rounded to the old one."""
    records.forget(store, field.name)
    column = quoted(field.name)
    for row in store.rows(f"SELECT link_id, {column} FROM base WHERE {column} <> ''"):
        _set(store, row[0], field.name, canonical(field, row[1]))
    for row in store.rows("SELECT * FROM stay WHERE field = ?", field.name):
        store.db.execute(
            "UPDATE stay SET salesforce = ?, vitally = ? WHERE link_id = ? AND field = ?",
            (
                canonical(field, row["salesforce"]), canonical(field, row["vitally"]),
                row["link_id"], field.name,
            ),
        )  # fmt: skip
