"""Draws the pictures of the documents from the running program: `python -m tests.tui.pictures`.

The demo world on the day after a first sync, into docs/images.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from sfvtui.config import load
from sfvtui.sandbox.serve import running_sandbox
from sfvtui.sync.context import Context
from sfvtui.sync.pull import pull
from sfvtui.sync.rounds import sync
from sfvtui.tui.app import SfvtuiApp
from sfvtui.tui.desk import Desk

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SIZES = {"": (120, 34), "-80x24": (80, 24)}
PORTS = {"salesforce_port": 8801, "vitally_port": 8802}
"""Fixed, so that a picture changes only where the program did."""

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


async def draw(folder: Path, only: list[str]) -> None:
    """Draws each picture (or those named), at its sizes."""
    with running_sandbox(directory=folder, **PORTS) as sandbox:
        settings = load(sandbox.config_path, {"HOME": str(folder)})
        with Context.open(settings) as context:
            context.actor = "kim"
            sync(context, confirm=lambda _: True)
            sandbox.world.second_day()
            pull(context)
        for name, keys in PICTURES.items():
            for suffix, size in SIZES.items():
                if (not only or name in only) and (not suffix or name in SMALL):
                    await _picture(settings, sandbox.config_path, keys, size, f"{name}{suffix}")


async def _picture(
    settings: object, config: Path, keys: tuple[str, ...], size: tuple[int, int], name: str
) -> None:
    with tempfile.TemporaryDirectory() as state:
        env = {**os.environ, "XDG_STATE_HOME": state}
        desk = Desk(settings, config, env=env)
        app = SfvtuiApp(desk)
        try:
            async with app.run_test(size=size) as pilot:
                for key in ("1", *keys):
                    await pilot.press(key)
                    await app.workers.wait_for_complete()
                    await pilot.pause(0.3)
                picture = app.export_screenshot(title="sfvtui", simplify=True)
        finally:
            desk.close()
    (IMAGES / f"{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(draw(Path(place), sys.argv[1:]))
