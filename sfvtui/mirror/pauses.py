"""Paused systems: nobody sends anything to them, whoever they are, until one resumes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sfvtui.domain.changes import System
    from sfvtui.mirror.store import Store


class Pause(NamedTuple):
    """Who paused a system, when (ISO 8601 UTC), and why."""

    system: System
    who: str
    at: str
    reason: str

    def words(self) -> str:
        """The pause in a sentence."""
        why = f": {self.reason}" if self.reason else ""
        return f"{self.system.value.capitalize()} is paused by {self.who} since {self.at}{why}"


def standing(store: Store) -> dict[System, Pause]:
    """The systems that are paused now."""
    rows = store.rows("SELECT * FROM paused_system ORDER BY system")
    if not rows:
        return {}
    from sfvtui.domain.changes import System

    return {
        System(row["system"]): Pause(System(row["system"]), row["who"], row["at"], row["reason"])
        for row in rows
    }


def begin(store: Store, pause: Pause) -> None:
    """Pauses a system."""
    store.db.execute(
        "INSERT INTO paused_system(system, who, at, reason) VALUES (?, ?, ?, ?)",
        (pause.system.value, pause.who, pause.at, pause.reason),
    )


def end(store: Store, system: System) -> None:
    """Ends a system's pause."""
    store.db.execute("DELETE FROM paused_system WHERE system = ?", (system.value,))
