"""A pulled world for the screens: the sandbox runs, and each test has a copy of the store."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import asynccontextmanager, contextmanager

import pytest

pytest.importorskip("starlette")

from typing import TYPE_CHECKING

from sfvtui.config import load
from sfvtui.mirror.store import open_store
from sfvtui.sandbox.serve import running_sandbox
from sfvtui.sync.context import Context
from sfvtui.sync.pull import pull
from sfvtui.tui.app import SfvtuiApp
from sfvtui.tui.desk import Desk
from tests.tui.waiting import idle

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 20
"""Seconds after which a condition that tests wait for counts as never true."""


@contextmanager
def connected(settings):
    """A context whose connections to the services are let go at the end."""
    with Context.open(settings) as context:
        try:
            yield context
        finally:
            context.salesforce().close()
            context.vitally().close()


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The sandbox, pulled twice, so that every state and kind of conflict is there."""
    folder = tmp_path_factory.mktemp("world")
    with running_sandbox(directory=folder) as sandbox:
        settings = load(sandbox.config_path, {"HOME": str(folder)})
        with connected(settings) as context:
            pull(context)
            sandbox.world.second_day()
            pull(context)
            context.store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield sandbox


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """The framework's pilot waits until the process uses no time; these tests wait for answers."""

    async def turn(*_):
        for _ in range(4):
            await asyncio.sleep(0)

    monkeypatch.setattr("textual.app.wait_for_idle", turn)
    monkeypatch.setattr("textual.pilot.wait_for_idle", turn)


class Stage:
    """A copy of the world's store, and the screens over it."""

    def __init__(self, folder: Path, world: Path) -> None:
        self.folder = folder
        for file in world.iterdir():
            if file.is_file() and not file.name.endswith(("-wal", "-shm")):
                shutil.copy(file, folder / file.name)
        self.config = folder / "config.toml"
        text = self.config.read_text(encoding="utf-8").replace(str(world), str(folder))
        self.config.write_text(text, encoding="utf-8")
        self.config.chmod(0o600)
        self.env = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
        self.settings = load(self.config, self.env)
        self.app = None
        self.pilot = None

    @asynccontextmanager
    async def open(self, *, size=(80, 24), read_only=False, settings=...):
        """Opens the screens; leaves them at the end of the block."""
        chosen = self.settings if settings is ... else settings
        if read_only:
            chosen = chosen.with_read_only()
        desk = Desk(chosen, self.config, env=self.env)
        self.app = SfvtuiApp(desk)
        try:
            async with self.app.run_test(size=size) as self.pilot:
                await self.idle()
                yield self
        finally:
            desk.close()

    async def idle(self):
        """Waits until all threads have answered and all answers were handled."""
        await idle(self.app, self.pilot)

    async def press(self, *keys):
        """Presses keys, each after the one before was carried out."""
        for key in keys:
            await self.pilot.press(key)
            await self.idle()

    async def type(self, text):
        """Types a text."""
        names = {" ": "space", '"': "quotation_mark", "=": "equals_sign"}
        await self.pilot.press(*[names.get(char, char) for char in text])
        await self.idle()

    async def until(self, condition):
        """Waits until a condition is true."""
        waited = 0.0
        while not condition():
            assert waited < PATIENCE, "what was waited for did not happen"
            await self.pilot.pause(0.02)
            waited += 0.02

    @property
    def screen(self):
        return self.app.screen

    @property
    def listing(self):
        return self.screen.listing

    @property
    def status(self):
        return self.app.current().status.text

    @property
    def panel(self):
        return self.screen.query_one("#detail")._shown.plain

    def shown(self, column="name"):
        """A column of all rows of the list."""
        window = self.listing.window
        return [window.row_at(at).cell(column).text for at in range(len(window.order))]

    def value(self, sql, *parameters):
        """One value of the store, read on another connection."""
        with open_store(self.folder / "store.db") as store:
            return store.value(sql, *parameters)

    def values(self, sql, *parameters):
        """The first column of a query."""
        with open_store(self.folder / "store.db") as store:
            return [row[0] for row in store.rows(sql, *parameters)]


@pytest.fixture
def stage(world, tmp_path):
    return Stage(tmp_path, world.config_path.parent)


@pytest.fixture
def live(tmp_path):
    """A stage over a sandbox of its own, which a test may write to; pulled once."""
    with running_sandbox(directory=tmp_path / "sandbox") as sandbox:
        place = tmp_path / "stage"
        place.mkdir()
        made = Stage(place, sandbox.config_path.parent)
        made.sandbox = sandbox
        with connected(made.settings) as context:
            pull(context)
        yield made


@pytest.fixture
def play():
    """Runs a test's coroutine."""
    assert "PYTEST_CURRENT_TEST" in os.environ
    return asyncio.run
