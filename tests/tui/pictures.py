"""Draws the pictures of the documents from the running program: `python -m tests.tui.pictures`.

The demo world on the day after a first sync, by a clock that stands still, into docs/images.
`test_pictures.py` compares the screens of the same day with pictures of its own.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys
import tempfile
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sfvtui.config import load
from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.serve import running_sandbox
from sfvtui.sandbox.world import demo
from sfvtui.sync.context import Context
from sfvtui.sync.pull import pull
from sfvtui.sync.rounds import sync
from sfvtui.tui.app import SfvtuiApp
from sfvtui.tui.desk import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZES = {"": (120, 34), "-80x24": (80, 24)}
FIRST_DAY = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
PERSON = "kim"

PICTURES: dict[str, tuple[str, ...]] = {
    "home": ("1",),
    "review": ("2", "j"),
    "ambiguous": ("2", "tab"),
    "records": ("3",),
    "record": ("3", "G", "enter"),
    "conflicts": ("4", "j"),
    "outbox": ("5",),
    "history": ("6",),
    "mapping": ("7",),
    "help": ("2", "question_mark"),
}
"""Each picture, and the keys that lead to it."""

SMALL = frozenset({"review", "conflicts", "outbox"})
"""The pictures that are drawn at 80×24 too."""


@contextmanager
def second_day(folder: Path) -> Iterator[tuple[Path, Clock]]:
    """The demo world's second day: the config, with a pulled store beside it, and its clock.

    Nothing in it comes from the machine or from the present: neither ports, nor names, nor times.
    """
    clock = Clock(FIRST_DAY)
    with running_sandbox(directory=folder, world=demo(clock=clock)) as sandbox:
        settings = load(sandbox.config_path, {"HOME": str(folder)})
        with Context.open(settings) as context:
            context.actor, context.clock = PERSON, clock
            sync(context, confirm=lambda _: True)
            clock.advance(dt.timedelta(hours=21).total_seconds())
            sandbox.world.second_day()
            clock.advance(dt.timedelta(minutes=48).total_seconds())
            pull(context)
            clock.advance(dt.timedelta(minutes=3).total_seconds())
        text = sandbox.config_path.read_text(encoding="utf-8")
        for url, name in (
            (sandbox.salesforce_url, "https://acme.my.salesforce.com"),
            (sandbox.vitally_url, "https://acme.rest.vitally.io"),
        ):
            text = text.replace(url, name)
        sandbox.config_path.write_text(text, encoding="utf-8")
        yield sandbox.config_path, clock


@asynccontextmanager
async def screens(
    config: Path, clock: Clock, state: Path, size: tuple[int, int]
) -> AsyncIterator[tuple[SfvtuiApp, object]]:
    """The screens over this config's store, in a terminal of this size; they begin on Home."""
    env = {"HOME": str(config.parent), "XDG_STATE_HOME": str(state)}
    desk = Desk(load(config, env), config, env=env, clock=clock)
    app = SfvtuiApp(desk)
    try:
        async with app.run_test(size=size) as pilot:
            yield app, pilot
    finally:
        desk.close()


async def draw(folder: Path, only: list[str]) -> None:
    """Draws each picture (or those named), at its sizes, and records the session."""
    with second_day(folder) as (config, clock):
        for name, keys in PICTURES.items():
            for suffix, size in SIZES.items():
                if (not only or name in only) and (not suffix or name in SMALL):
                    picture = await _picture(config, clock, keys, size)
                    (IMAGES / f"{name}{suffix}.svg").write_text(picture, encoding="utf-8")
        if not only or "session" in only:
            from tests.tui.recording import record

            session = await record(config, clock)
            (IMAGES / "session.svg").write_text(session, encoding="utf-8")


async def _picture(config: Path, clock: Clock, keys: tuple[str, ...], size: tuple[int, int]) -> str:
    with tempfile.TemporaryDirectory() as state:
        async with screens(config, clock, Path(state), size) as (app, pilot):
            for key in ("1", *keys):
                await pilot.press(key)
                await app.workers.wait_for_complete()
                await pilot.pause(0.3)
            return app.export_screenshot(title="sfvtui", simplify=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(draw(Path(place), sys.argv[1:]))
