"""A side's first load: the first whole read of it, into a mirror that has nothing of it.

Nothing can be linked yet, so that nothing is touched row by row and indexes are put off; when both
sides have been read, everything that was read is decided. All of it is kept in the store: a load
that was killed goes on as one.
"""

from __future__ import annotations

from sfvtui.mirror import indexes
from sfvtui.mirror.store import Store
from sfvtui.mirror.touched import touch_all

TABLES = {"salesforce": ("record",), "vitally": ("user", "user_account")}
"""What each side fills."""

_UNDECIDED = "first_load"
"""In `meta`: what a first load has read was not decided yet."""


def under_way(store: Store, side: str) -> bool:
    """Whether a side was never read to its end so far."""
    return store.get(f"complete:{side}") is None


def begin(store: Store, side: str) -> None:
    """Begins a side's first load, or goes on with it."""
    with store.write():
        store.put(_UNDECIDED, "yes")
        indexes.put_off(store, TABLES[side])


def end(store: Store, side: str) -> None:
    """Makes what was put off for a side that was read to its end."""
    indexes.make(store, TABLES[side])


def undecided(store: Store) -> bool:
    """Whether the mirror holds records of a first load, of which nothing is decided yet: lists show
    them without a state."""
    return store.get(_UNDECIDED) is not None


def touch_what_it_read(store: Store) -> None:
    """Marks all that first loads have read so far to be decided, however far they came."""
    if undecided(store):
        indexes.make(store)
        with store.write():
            touch_all(store)


def over(store: Store) -> None:
    """Both sides were read, and what they hold is touched; in the caller's transaction."""
    store.put(_UNDECIDED, None)
