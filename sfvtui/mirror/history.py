"""The history: append-only; one entry for each field and system, one batch for each action."""

from __future__ import annotations

from dataclasses import dataclass

from sfvtui.mirror.store import Store


@dataclass(frozen=True)
class Entry:
    """What an entry says. Values are canonical; `before` is what the side held just before."""

    what: str
    record_id: str | None = None
    user_id: str | None = None
    system: str | None = None
    field: str | None = None
    before: str | None = None
    after: str | None = None
    why: str = ""
    outcome: str = ""


def new_batch(store: Store) -> int:
    """The number of a new action."""
    return int(store.value("SELECT COALESCE(MAX(batch), 0) + 1 FROM history"))


def append(
    store: Store, entry: Entry, *, at: str, who: str, batch: int, run: int | None = None
) -> int:
    """Appends one entry; returns its number."""
    cursor = store.db.execute(
        "INSERT INTO history(batch, run, at, who, what, record_id, user_id, system, field, before,"
        " after, why, outcome) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (batch, run, at, who, entry.what, entry.record_id, entry.user_id, entry.system,
         entry.field, entry.before, entry.after, entry.why, entry.outcome),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)
