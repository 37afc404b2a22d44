"""Stays: differences that a person or a rule accepted, kept until either side moves."""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.domain.merge import Sides
from sfvtui.mirror.columns import marks
from sfvtui.mirror.store import Store


def put(store: Store, link_id: int, field: str, sides: Sides, why: str) -> None:
    """Keeps a difference, with both values, until either moves."""
    store.db.execute(
        "INSERT OR REPLACE INTO stay VALUES (?, ?, ?, ?, ?)",
        (link_id, field, sides.salesforce or "", sides.vitally or "", why),
    )


def of_links(store: Store, link_ids: Sequence[int]) -> dict[tuple[int, str], tuple[str, str]]:
    """The stays of links: (link, API name) → (Salesforce's value, Vitally's)."""
    rows = store.rows(
        "SELECT link_id, field, salesforce, vitally FROM stay"
        f" WHERE link_id IN ({marks(link_ids)})",
        *link_ids,
    )
    return {(row["link_id"], row["field"]): (row["salesforce"], row["vitally"]) for row in rows}


def reasons(store: Store, link_id: int) -> dict[str, str]:
    """Why a link's differences stay: API name → reason."""
    rows = store.rows("SELECT field, why FROM stay WHERE link_id = ?", link_id)
    return {row["field"]: row["why"] for row in rows}


def drop(store: Store, link_id: int, field: str) -> bool:
    """Ends a stay; returns whether there was one."""
    gone = store.db.execute("DELETE FROM stay WHERE link_id = ? AND field = ?", (link_id, field))
    return bool(gone.rowcount)


def drop_of_field(store: Store, field: str) -> None:
    """Ends the stays of a pair in all links."""
    store.db.execute("DELETE FROM stay WHERE field = ?", (field,))
