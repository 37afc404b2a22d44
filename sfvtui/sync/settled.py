"""Whether the store is ready to be shown as it is: the look that spares a command the mapping."""

from __future__ import annotations

from sfvtui.mirror import clock, mappings, touched
from sfvtui.sync.context import Context


def settled(ctx: Context) -> bool:
    """Whether `prepare` would find nothing to do: the config's mapping is the one that the store was
    last found to fit, no describe and no pair has changed since, the day is the same where a
    filter asks for it, and nothing was touched."""
    store = ctx.store
    found = mappings.settled(store)
    if found is None or found.toml != ctx.settings.mapping_text or touched.anything(store):
        return False
    return not found.daily or store.get("day") == clock.day(store, ctx.clock())
