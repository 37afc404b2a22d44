"""What the screens look like, compared with pictures that a person has looked at.

Where a change of a look is meant, `pytest tests/tui/test_pictures.py --snapshot-update` draws the
pictures anew; look at the difference before it is committed. With another Textual set DRAWN_BY to
it first.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import textual

pytest.importorskip("pytest_textual_snapshot")

from sfvtui.config import load
from sfvtui.tui.app import SfvtuiApp
from sfvtui.tui.desk import Desk
from sfvtui.tui.themes import DARK, THEMES
from tests.tui.pictures import PERSON, second_day
from tests.tui.waiting import idle

DRAWN_BY = "8.2.8"
"""The Textual of the pictures: another one may draw a box or a shade in another way."""

pytestmark = pytest.mark.skipif(
    textual.__version__ != DRAWN_BY, reason=f"the pictures were drawn by Textual {DRAWN_BY}"
)

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
SCREENS = {
    "home": ("1",),
    "review": ("2", "j"),
    "ambiguous": ("2", "tab", "j"),
    "records": ("3", "j"),
    "record": ("3", "G", "enter", "j"),
    "conflicts": ("4", "j"),
    "conflict-typed": ("4", "j", "e"),
    "outbox": ("5", "j"),
    "push": ("P",),
    "history": ("6", "j"),
    "run": ("6", "slash", *"landed", "enter", "o"),
    "mapping-match": ("7", "tab"),
    "mapping-fields": ("7", "shift+tab", "j"),
}
"""Each screen, and the keys that lead to it."""

SET_UP = Path("/home/kim/.config/sfvtui/config.toml")


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The demo world's second day, by a clock that stands still."""
    with second_day(tmp_path_factory.mktemp("day")) as (config, clock):
        yield config, clock


@pytest.fixture
def draw(day, tmp_path, monkeypatch, snap_compare):
    """Goes where the keys lead, and compares what is there with the picture."""
    config, clock = day
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("LOGNAME", PERSON)
    env = {"HOME": str(config.parent), "XDG_STATE_HOME": str(tmp_path)}

    def compare(keys, size, *, theme=DARK.name, setup=False):
        settings = None if setup else load(config, env)
        desk = Desk(settings, SET_UP if setup else config, env=env, clock=clock)
        app = SfvtuiApp(desk)
        app.desk.ui.theme = theme

        async def go(pilot):
            await idle(app, pilot)
            for key in keys:
                await pilot.press(key)
                await idle(app, pilot)
                while getattr(app.current(), "_rest_timer", None) is not None:
                    await pilot.pause(0.01)
                await idle(app, pilot)
            for line in app.screen.query("Input, TextArea"):
                line.cursor_blink = False
            await idle(app, pilot)

        try:
            return snap_compare(app, terminal_size=size, run_before=go)
        finally:
            desk.close()

    return compare


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
def test_each_screen_looks_as_it_did(draw, keys, size):
    assert draw(keys, size)


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_the_set_up_looks_as_it_did(draw, size):
    assert draw((), size, setup=True)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES if theme is not DARK])
def test_a_screen_looks_as_it_did_in_every_theme(draw, theme):
    assert draw(("2", "j", "space"), SIZES["120x40"], theme=theme)


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
def test_a_choice_looks_as_it_did_in_every_theme(draw, theme):
    assert draw(("2", "tab", "l", "down"), SIZES["80x24"], theme=theme)
