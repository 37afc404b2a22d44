"""A whole round: pull, reconcile, push; and round after round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfvtui.errors import Cancelled, ConfigError, SfvtuiError, UsageError
from sfvtui.mirror.store import Failure, store_error
from sfvtui.sync.context import Context
from sfvtui.sync.landing import PushReport
from sfvtui.sync.pull import PullReport, pull
from sfvtui.sync.push import Confirm, nobody, push

if TYPE_CHECKING:
    from sfvtui.config import Settings

LOOK_EVERY = 0.2
"""Seconds between two looks at whether the person stopped it."""


@dataclass
class SyncReport:
    """What a round did."""

    pull: PullReport
    push: PushReport

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {
            "pull": self.pull.as_json(),
            "reconcile": self.pull.reconciled.as_json(),
            "push": self.push.as_json(),
        }


def sync(ctx: Context, *, confirm: Confirm = nobody) -> SyncReport:
    """One round. `confirm` is asked for the guards of the push; errors as of `pull` and `push`."""
    ctx.refuse_if_read_only("syncing")
    pulled = pull(ctx)
    if pulled.interrupted:
        return SyncReport(pulled, PushReport(interrupted=True))
    return SyncReport(pulled, push(ctx, confirm=confirm))


def watch(
    ctx: Context,
    seconds: float,
    *,
    tell: Callable[[SyncReport | SfvtuiError], None],
    first: Confirm = nobody,
    later: Confirm = nobody,
    settings: Callable[[], Settings] | None = None,
) -> None:
    """Rounds, with `seconds` from the end of one to the start of the next, until the person stops
    them. `tell` gets the report of each, or the error that ended it: the next one is tried all the
    same, with both services logged in to anew. `first` and `later` confirm guards. `settings` reads the
    config, which may have been written since: each round after the first goes by what it says then.

    Raises what makes the first round impossible (UsageError: config, read-only, own store).
    """
    confirm, tried = first, False
    while not ctx.cancelled():
        try:
            if tried and settings is not None:
                _go_by(ctx, settings())
            tell(sync(ctx, confirm=confirm))
        except Cancelled:
            return
        except (SfvtuiError, Failure) as error:
            known = store_error(ctx.store.path, error) if isinstance(error, Failure) else error
            if isinstance(known, UsageError) and not tried:
                raise known from None
            tell(known)
            ctx.disconnect()
        confirm, tried = later, True
        _pause(ctx, seconds)


def _go_by(ctx: Context, settings: Settings) -> None:
    before = ctx.settings
    if settings.store != before.store:
        raise ConfigError(
            f"The config names another store now ({settings.store.path}).", "Start the rounds anew."
        )
    ctx.settings = settings
    services = (settings.salesforce, settings.vitally, settings.network)
    if services != (before.salesforce, before.vitally, before.network):
        ctx.disconnect()


def _pause(ctx: Context, seconds: float) -> None:
    left = seconds
    while left > 0 and not ctx.cancelled():
        ctx.sleep(min(LOOK_EVERY, left))
        left -= LOOK_EVERY
