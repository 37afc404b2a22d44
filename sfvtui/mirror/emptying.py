"""Emptying a store: all that was mirrored, decided and queued goes; the history stays."""

from __future__ import annotations

from sfvtui.mirror import search
from sfvtui.mirror.store import Store

DROPPED = (
    "change_field", "change", "edit", "conflict", "stay", "base", "flag", "approval", "ignored",
    "apart", "link", "user_account", "user", "account", "record", "pair", "describe", "pass",
    "seen", "shown", "touched", "touched_key", "touched_account", "held_back", "modifier",
)  # fmt: skip
"""In an order in which no row loses what it names. History, runs and mapping versions stay."""

KEPT = ("guard:%", "push_holder", "restored_at")
"""What of `meta` is true of any organization, or named by its own."""


def empty(store: Store) -> None:
    """Drops everything but the history, the runs and the mapping's versions, in the caller's
    transaction. The first push of the newest mapping asks again."""
    store.db.execute("UPDATE edit SET waits_for = NULL")
    for table in DROPPED:
        store.db.execute(f'DELETE FROM "{table}"')
    search.forget(store)
    keep = " AND ".join("name NOT LIKE ?" for _ in KEPT)
    store.db.execute(f"DELETE FROM meta WHERE {keep}", KEPT)
    store.db.execute(
        "UPDATE mapping SET confirmed_at = NULL, confirmed_by = NULL"
        " WHERE version = (SELECT MAX(version) FROM mapping)"
    )


def unsent(store: Store) -> int:
    """How many open changes an emptying would drop."""
    count = store.value(
        "SELECT COUNT(*) FROM change WHERE state IN ('queued', 'sending', 'unknown', 'parked')"
    )
    return int(count)
