"""Pausing a system, for everybody who uses the store, and resuming it."""

from __future__ import annotations

from sfvtui.domain.changes import System
from sfvtui.errors import Refused
from sfvtui.mirror import history, pauses
from sfvtui.mirror.history import Entry
from sfvtui.mirror.pauses import Pause
from sfvtui.sync.context import Context
from sfvtui.sync.events import after


@after
def pause(ctx: Context, system: System, reason: str) -> Pause:
    """Nothing is sent to the system from now on, until it is resumed. Raises Refused where it is
    paused already, and ReadOnlyError."""
    ctx.refuse_if_read_only("pausing")
    with ctx.store.write():
        standing = pauses.standing(ctx.store).get(system)
        if standing is not None:
            raise Refused(
                f"{standing.words()}; that pause stands.",
                f"End it with `sfvtui resume {system.value}`.",
            )
        made = Pause(system, ctx.actor, ctx.now(), reason)
        pauses.begin(ctx.store, made)
        _note(ctx, "pause", system, reason)
    return made


@after
def resume(ctx: Context, system: System) -> Pause:
    """Ends a system's pause; returns the pause that ended. Raises Refused where it is not paused,
    and ReadOnlyError."""
    ctx.refuse_if_read_only("resuming")
    with ctx.store.write():
        standing = pauses.standing(ctx.store).get(system)
        if standing is None:
            raise Refused(
                f"{system.value.capitalize()} is not paused.", "`sfvtui status` says what is."
            )
        pauses.end(ctx.store, system)
        _note(ctx, "resume", system, f"paused by {standing.who} since {standing.at}")
    return standing


def _note(ctx: Context, what: str, system: System, why: str) -> None:
    batch = history.new_batch(ctx.store)
    entry = Entry(what, system=system.value, why=why)
    history.append(ctx.store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
