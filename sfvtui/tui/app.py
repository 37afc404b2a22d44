"""The application: it goes from screen to screen, and hands work to threads."""

from __future__ import annotations

import asyncio
import os
import signal
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from textual.filter import NoColor
from textual.message import Message

from sfvtui.errors import SfvtuiError
from sfvtui.tui.actions import PLACE_WORDS, PLACES
from sfvtui.tui.desk import Desk
from sfvtui.tui.jobs import RunsJobs
from sfvtui.tui.palette import ActionProvider, RecordProvider
from sfvtui.tui.screens.base import SfvScreen
from sfvtui.tui.themes import DARK, NO_COLOUR, THEMES
from sfvtui.tui.widgets.prose import prose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from textual.screen import Screen

    from sfvtui.config import Settings
    from sfvtui.log import Log
    from sfvtui.sync.context import Context
    from sfvtui.tui.screens.lists import ListScreen

T = TypeVar("T")

WATCH_SECONDS = 2.0
"""How often the store is asked whether another process wrote to it."""


class CountsRead(Message):
    """The thread's answer: what `status` prints."""

    def __init__(self, counts: dict[str, Any]) -> None:
        super().__init__()
        self.counts = counts


class SfvtuiApp(RunsJobs):
    """Seven screens, each with a stack of its own, over one `Desk`."""

    TITLE = "sfvtui"
    COMMANDS = {ActionProvider, RecordProvider}
    COMMAND_PALETTE_BINDING = "f24"  # the registry holds the palette's own keys

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        place = self._first_place()
        super().__init__(["app.tcss", f"screens/{place}.tcss"])
        self._modes.update({place: partial(_screen, place) for place in (*PLACES, "setup")})
        for theme in THEMES:
            self.register_theme(theme)
        # The framework's own first screen would be styled and painted before ours.
        self._current_mode = place
        self._screen_stacks = {place: []}
        self.shows_failures = not self.is_headless

    # --- start and end

    def on_load(self) -> None:
        self.theme = self._first_theme()
        if self.desk.settings is not None:
            # Counts are kept, not counted: reading them takes less than painting without them.
            self.desk.take_counts(self.desk.read_counts())

    def on_mount(self) -> None:
        self.set_interval(WATCH_SECONDS, self._look_for_changes)
        self.call_after_refresh(self.prepare)

    def _first_place(self) -> str:
        if self.desk.settings is None:
            return "setup"
        place = self.desk.ui.text("place")
        return place if place in PLACES else "home"

    def prepare(self, then: Callable[[], None] = lambda: None) -> None:
        """Makes the store fit the config's mapping and today, beside the keys."""
        if not self.desk.configured:
            return

        def prepare(context: Context) -> None:
            from sfvtui.sync.prepare import prepare

            prepare(context)

        def done(_: object) -> None:
            self.desk.bind()
            then()

        self.act(self.current(), prepare, done)

    def leave(self) -> None:
        """Ends the program, after a question where a job is running."""
        job = self.desk.work.job
        if job is None:
            self.exit(0)
            return
        from sfvtui.tui.widgets.dialogs import Confirm

        question = Confirm(
            f"{job.words.capitalize()} is running. Stop it and leave?",
            prose("It stops after the step in flight; everything not done stays queued."),
            yes="stop and leave",
        )
        self.push_screen(question, self._leave_if)

    def failed(self, error: Exception) -> None:
        """Shows what nobody expected of an action, on one screen; the work goes on."""
        if not self.shows_failures:
            raise error
        from sfvtui.tui.screens.failure import FailureScreen

        if self.desk.log is not None:
            self.desk.log.unexpected(error)
        place = PLACE_WORDS.get(self.current_mode, self.current_mode)
        self.push_screen(FailureScreen(error, place, self._log_file), self._after_failure)

    @property
    def _log_file(self) -> Path | None:
        return self.desk.log.file if self.desk.log is not None else None

    def _handle_exception(self, error: Exception) -> None:
        """What a screen cannot go on after: the program ends with a sentence and the log's place."""
        if not self.shows_failures:
            super()._handle_exception(error)
            return
        if self.desk.log is not None:
            self.desk.log.unexpected(error)
        where = f" The log says more: {self._log_file}" if self._log_file else ""
        what = f"Something unexpected happened ({type(error).__name__})."
        self.exit(1, return_code=1, message=f"{what} What was queued stays queued.{where}")

    def _after_failure(self, leave: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if leave:
            self.exit(1, return_code=1)

    def _leave_if(self, answer: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if answer:
            self.desk.work.stop()
            self.exit(0)

    # --- what changed

    def _look_for_changes(self) -> None:
        if self.desk.changed():
            self.mirror_changed()

    def mirror_changed(self) -> None:
        """The mirror is not what the screens show: those in sight read again."""
        self.count()
        for screen in self.screen_stack:
            if isinstance(screen, SfvScreen):
                screen.catch_up()
                screen.update_frame()

    def count(self) -> None:
        """Counts what the head line, Home and the tabs say, beside the keys."""
        if self.desk.settings is None:
            return

        def read() -> None:
            self.post_message(CountsRead(self.desk.read_counts()))

        self.run_worker(read, group="counts", exclusive=True, thread=True)

    def on_counts_read(self, message: CountsRead) -> None:
        self.desk.take_counts(message.counts)
        for screen in self.screen_stack:
            if isinstance(screen, SfvScreen):
                screen.counted()
                screen.update_frame()

    def must_wait(self, screen: Screen[object]) -> bool:
        if not screen.is_mounted:
            return True
        return isinstance(screen, SfvScreen) and not screen.settled

    # --- going

    def go(self, place: str) -> None:
        """Shows one of the seven screens as it was left."""
        self.desk.ui.keep(place, "place")
        if place != self.current_mode:
            self.switch_mode(place)

    def renew_screens(self) -> None:
        """The mapping is another one: the other places' screens are made anew when next shown."""
        for place in PLACES:
            if place != self.current_mode and self._screen_stacks.get(place):
                self.remove_mode(place)
                self.add_mode(place, partial(_screen, place))

    def go_to_group(self, place: str, group: str) -> None:
        """Shows a list at what was counted: a state, a flag, a group of changes."""
        self.at_list(place, lambda screen: screen.show_group(group))

    def at_list(self, place: str, then: Callable[[ListScreen], None]) -> None:
        """Shows a place's list, without what lies over it; `then` is called when it is there."""
        from sfvtui.tui.screens.lists import ListScreen

        self.go(place)
        self.desk.ui.keep(None, "record", place)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if isinstance(self.screen, ListScreen):
            self.screen.when_ready(then)

    def open_record(
        self, record_id: str, walk: Callable[[int], str] | None = None, at: int | None = None
    ) -> None:
        """Opens one record over the present screen, the cursor on field `at`.

        `walk` steps through the list below it. The record is open again at the next start.
        """
        from sfvtui.tui.screens.record import RecordScreen

        place, screen = self.current_mode, RecordScreen(record_id, walk)
        screen.begin_at = at

        def closed(_: None) -> None:
            self.desk.ui.keep(None, "record", place)

        self.push_screen(screen, closed)
        self.keep_record(record_id, at)

    def keep_record(self, record_id: str, at: int | None) -> None:
        """Keeps which record is open here, and the field under the cursor."""
        self.desk.ui.keep([record_id, at], "record", self.current_mode)

    def reopen(self, screen: SfvScreen) -> None:
        """Opens the record again that was open over a place's screen when the program ended."""
        if screen.place not in PLACES or not self.is_place(screen):
            return
        kept = self.desk.ui.get("record", screen.place)
        if not (isinstance(kept, list) and len(kept) == 2 and isinstance(kept[0], str)):
            return
        from sfvtui.mirror.records import by_id

        if by_id(self.desk.store, kept[0]) is None:
            self.desk.ui.keep(None, "record", screen.place)
        else:
            at = kept[1] if isinstance(kept[1], int) else None
            self.open_record(kept[0], getattr(screen, "walk", None), at)

    def is_place(self, screen: Screen[Any]) -> bool:
        """Whether this is one of the seven screens, not one that lies over it."""
        return any(stack and stack[0] is screen for stack in self._screen_stacks.values())

    async def find_records(self, text: str, limit: int) -> list[tuple[str, str, str]]:
        """Records for the palette: Id, name, and what tells them apart."""
        from sfvtui.mirror.windows import Selection, record_keys, record_rows

        def find() -> list[tuple[str, str, str]]:
            with self.desk.reading() as store:
                keys = record_keys(store, Selection(search=text), limit=limit)
                rows = record_rows(store, keys)
            found = (rows[key] for key in keys if key in rows)
            return [
                (r["record_id"], r["display_name"], f"{r['record_id']}  {r['account_name'] or ''}")
                for r in found
            ]

        return await asyncio.to_thread(find) if self.desk.configured else []

    # --- themes

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def _first_theme(self) -> str:
        if self.no_color:
            return NO_COLOUR.name
        kept = self.desk.ui.theme
        return kept if kept in {theme.name for theme in THEMES} else THEMES[0].name

    def next_theme(self) -> None:
        """The next theme; it is kept for the next start."""
        names = [theme.name for theme in THEMES]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self.desk.ui.theme = self.theme

    def watch_theme(self, name: str) -> None:
        """Takes every colour out of what is sent where the theme has none."""
        self._filters = [f for f in self._filters if not isinstance(f, NoColor)]
        self.no_color = name == NO_COLOUR.name
        if self.no_color:
            self._filters.append(NoColor())

    # --- acts

    def act(
        self, screen: SfvScreen, verb: Callable[[Context], T], then: Callable[[T], None]
    ) -> None:
        """Runs a short verb beside the keys, then hands its report to `then`."""

        def read_again() -> None:
            self.desk.changed()
            self.mirror_changed()

        self._beside(screen, verb, then, read_again)

    def look_up(
        self, screen: SfvScreen, verb: Callable[[Context], T], then: Callable[[T], None]
    ) -> None:
        """Like `act`, for a verb that only reads: nothing on the screens has to be read again."""
        self._beside(screen, verb, then, lambda: None)

    def _beside(
        self,
        screen: SfvScreen,
        verb: Callable[[Context], T],
        then: Callable[[T], None],
        after: Callable[[], None],
    ) -> None:
        """Runs a verb after those asked for before. What goes wrong is told on `screen`."""

        async def run() -> None:
            try:
                then(await self.desk.work.act(verb))
            except SfvtuiError as error:
                screen.tell_error(error)
            except Exception as error:  # noqa: BLE001 - shown, logged, and the work goes on
                self.failed(error)
            after()

        self.run_worker(run(), group="acts")


def _screen(place: str) -> Screen[None]:
    """The screen of a place; its module is imported when it is first shown."""
    screen: Screen[None] = import_module(f"sfvtui.tui.screens.{place}").SCREEN()
    return screen


def run(
    settings: Settings | None,
    config_path: Path,
    *,
    env: Mapping[str, str] | None = None,
    log: Log | None = None,
) -> int:
    """Opens the screens (the set-up where `settings` is None); returns the exit code."""
    # Screens end with their terminal, also where whatever started them ignores its hanging up.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    desk = Desk(settings, config_path, env=os.environ if env is None else env, log=log)
    try:
        return SfvtuiApp(desk).run() or 0
    finally:
        desk.close()
