"""Events: whoever the config names is told, once, of each change of state that people should know.

What stands is compared with what was told; the store keeps that, so a restart tells nothing twice.
Telling never stops a verb: what goes wrong with it is said, and tried again with the next round.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sfvtui.domain.changes import System
from sfvtui.errors import SfvtuiError, Stopped
from sfvtui.mirror import told
from sfvtui.mirror.store import Failure, store_error
from sfvtui.mirror.told import News
from sfvtui.sync.context import Context, iso

if TYPE_CHECKING:
    from sfvtui.sync.landing import PushReport
    from sfvtui.sync.pull import PullReport

P = ParamSpec("P")
R = TypeVar("R")

LIMITS = ("api_reserve", "daily_limit")
SECONDS = 10
"""How long a channel may take for one event."""

LOST = dt.timedelta(seconds=60)
"""A telling that began so long ago and did not end was cut off with its process."""

AGAIN = "It is tried again with the next pull or push."

NAMED = 10
"""How many of its conditions an event names."""

_LIMIT, _GUARD = "stopped:limit", "stopped:guard"

NEXT = {
    "conflict": "sfvtui conflicts",
    "parked": "sfvtui outbox --parked",
    "limit": "sfvtui doctor",
    "guard": "sfvtui plan",
    "pause": "sfvtui status",
    "stale": "sfvtui pull",
}
"""The kinds of events, and the command that shows more."""

GUARDS = {
    "first_push": (
        "a push was stopped by first_push: the mapping is new or changed, a person confirms it once",
        "sfvtui plan, then sfvtui push --yes (or sync --yes)",
    ),
    "max_changes": (
        "a push was stopped by max_changes: it would change more records than the limit",
        "sfvtui plan, then sfvtui push --yes (or sync --yes)",
    ),
    "max_blanks": (
        "a push was stopped by max_blanks: it would blank more values than the limit",
        "sfvtui plan, then sfvtui push --allow max_blanks",
    ),
    "max_vanished": (
        "a push was stopped by max_vanished: more links disappeared than the limit",
        "sfvtui status, then sfvtui push --allow max_vanished",
    ),
}
"""What stopped, for each guard, and the commands that show it and confirm it."""

_WORDS = {
    "conflict": ("conflict", "conflicts"),
    "parked": ("parked change", "parked changes"),
    "limit": ("limit", "limits"),
    "guard": ("guard", "guards"),
    "pause": ("pause", "pauses"),
    "stale": ("stale side", "stale sides"),
}


def after_pull(
    pull: Callable[Concatenate[Context, P], PullReport],
) -> Callable[Concatenate[Context, P], PullReport]:
    """Tells what a pull changed, also one that fails."""

    @functools.wraps(pull)
    def telling(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> PullReport:
        with _told_at_the_end(ctx):
            report = pull(ctx, *args, **kwargs)
            if not report.interrupted:
                _note(ctx, _LIMIT, None)
        return report

    return telling


def after_push(
    push: Callable[Concatenate[Context, P], PushReport],
) -> Callable[Concatenate[Context, P], PushReport]:
    """Tells what a push changed, and what stopped it."""

    @functools.wraps(push)
    def telling(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> PushReport:
        with _told_at_the_end(ctx):
            report = push(ctx, *args, **kwargs)
            if not report.interrupted and report.failure is None:
                _note(ctx, _GUARD, report.guard["rule"] if report.guard else None)
                _note(ctx, _LIMIT, report.stopped if report.stopped in LIMITS else None)
        return report

    return telling


def after(act: Callable[Concatenate[Context, P], R]) -> Callable[Concatenate[Context, P], R]:
    """Tells what an act of a person changed."""

    @functools.wraps(act)
    def telling(ctx: Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with _told_at_the_end(ctx):
            return act(ctx, *args, **kwargs)

    return telling


@contextmanager
def _told_at_the_end(ctx: Context) -> Iterator[None]:
    try:
        yield
    except Stopped as stop:
        if stop.rule in LIMITS:
            _note(ctx, _LIMIT, stop.rule)
        raise
    finally:
        # Who stops a verb waits for nothing more; the next round tells.
        if not ctx.cancelled():
            tell(ctx)


def _note(ctx: Context, name: str, rule: str | None) -> None:
    if ctx.store.get(name) != rule:
        with ctx.store.write():
            ctx.store.put(name, rule)


def tell(ctx: Context) -> None:
    """Tells each channel of the config what it was not told yet. Never raises for what goes wrong
    on the way: that is said, and kept for the next round."""
    channels = _channels(ctx)
    if not channels:
        return
    try:
        standing = _standing(ctx)
        for name, send in channels.items():
            _tell(ctx, name, send, standing)
    except Failure as error:
        _say(ctx, str(store_error(ctx.store.path, error)))


def _channels(ctx: Context) -> dict[str, Callable[[bytes], None]]:
    settings = ctx.settings.events
    found: dict[str, Callable[[bytes], None]] = {}
    if settings.command:
        found["command"] = lambda body: _run(ctx, settings.command, body)
    if settings.webhook:
        found["webhook"] = lambda body: _post(ctx, body)
    return found


def _standing(ctx: Context) -> dict[str, list[str]]:
    stopped = {"limit": _LIMIT, "guard": _GUARD}
    rules = {event: ctx.store.get(name) for event, name in stopped.items()}
    return {
        **told.conditions(ctx.store),
        **{event: [rule] if rule else [] for event, rule in rules.items()},
        "stale": [system.value for system in System if _stale(ctx, system)],
    }


def _stale(ctx: Context, system: System) -> bool:
    """Whether a side's last pull is older than twice `full_pull_every`."""
    last = ctx.store.get(f"pulled:{system.value}")
    longest = dt.timedelta(seconds=2 * ctx.settings.sync.full_pull_every)
    return last is not None and ctx.clock() - dt.datetime.fromisoformat(last) > longest


def _tell(
    ctx: Context, channel: str, send: Callable[[bytes], None], standing: dict[str, list[str]]
) -> None:
    lost_before = iso(ctx.clock() - LOST)
    for news in told.take(ctx.store, channel, standing, at=ctx.now(), lost_before=lost_before):
        event = event_of(news, at=ctx.now(), store=str(ctx.store.path))
        try:
            send(json.dumps(event).encode() + b"\n")
        except SfvtuiError as error:
            told.done(ctx.store, channel, news, well=False)
            _say(ctx, f"{error} {AGAIN}")
        except (OSError, ValueError) as error:
            # A secret's command or file that the system cannot take, a process that is gone: the
            # verb has done its work. The error's own words may hold the secret.
            told.done(ctx.store, channel, news, well=False)
            _say(ctx, f"events.{channel} failed ({type(error).__name__}). {AGAIN}")
        else:
            told.done(ctx.store, channel, news, well=True)
            ctx.log(f"event {news.event} {event['state']} told by {channel}")


def event_of(news: News, *, at: str, store: str) -> dict[str, Any]:
    """The event as the channels get it: counts, Ids and names, and no value of anybody."""
    one, many = _WORDS[news.event]
    new = len(news.about)
    if new:
        detail = f"{new} new {one if new == 1 else many}, {news.count} in all"
    else:
        detail = f"no {one} is left"
    following = NEXT[news.event]
    if news.event == "guard" and new:
        detail, following = GUARDS.get(news.about[-1], (detail, following))
    return {
        "event": news.event,
        "state": "begun" if new else "ended",
        "at": at,
        "store": store,
        "count": news.count,
        "new": new,
        "what": list(news.about[:NAMED]),
        "detail": detail,
        "next": following,
    }


def _say(ctx: Context, text: str) -> None:
    ctx.log(f"event: {text}")
    ctx.note(f"warning: {text}")


def _post(ctx: Context, body: bytes) -> None:
    from sfvtui.remotes.webhook import post
    from sfvtui.secrets import resolve_secret

    post(
        ctx.settings.events.webhook, body, ctx.settings.network,
        secret=resolve_secret, log=ctx.log, seconds=SECONDS,
    )  # fmt: skip


def _run(ctx: Context, command: str, body: bytes) -> None:
    """Runs the command without a shell, the event on its standard input. Raises SfvtuiError where
    it does not end in time, or not with 0."""
    import os
    import shlex
    import signal
    import subprocess

    words = shlex.split(command)
    shown, mend = f"The events command {words[0]} …", "Run it by hand to see why."
    try:
        # A session of its own: ctrl+c is for sfvtui, and all that it started ends with it.
        running = subprocess.Popen(  # noqa: S603 - the person's own command, from their config
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise SfvtuiError(f"{shown} cannot be run: {error.strerror}.", mend) from None
    except ValueError as error:
        raise SfvtuiError(
            f"{shown} cannot be run: {error}.", "Write events.command without such characters."
        ) from None
    try:
        running.communicate(body, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        raise SfvtuiError(f"{shown} did not end within {SECONDS} seconds.", mend) from None
    ctx.log(f"event command {words[0]} ended with {running.returncode}")
    if running.returncode != 0:
        raise SfvtuiError(f"{shown} ended with code {running.returncode}.", mend)
