"""What all screens share: the frame, the dispatch of actions, going, asking, telling."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal
from textual.screen import Screen

from sfvtui.errors import Cancelled, SfvtuiError
from sfvtui.tui import actions
from sfvtui.tui.facts import Facts
from sfvtui.tui.on_disk import go_by_config
from sfvtui.tui.widgets.chrome import FooterLine, HeadLine, PlaceLine, StatusLine
from sfvtui.tui.widgets.line import Line, Part
from sfvtui.tui.widgets.prose import prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from sfvtui.sync.context import Context
    from sfvtui.sync.undoing import UndoReport
    from sfvtui.tui.app import SfvtuiApp
    from sfvtui.tui.desk import Desk

    T = TypeVar("T")


SAID_SECONDS = 4.0
"""How long a sentence stands in the place of a running job's line."""


LEAST = (80, 24)
"""Columns and lines that the screens are made for; below them what does not fit is cut."""


class SfvScreen(Screen[None]):
    """A screen of one place: its keys come from the registry, `do_NAME` carries an action out."""

    place: ClassVar[str] = ""
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.decided: list[list[int]] = []
        self._said_at = -SAID_SECONDS
        self._small = False
        self._refused = False

    # --- the frame

    def compose(self) -> ComposeResult:
        yield HeadLine(id="head")
        with Horizontal(id="top"):
            yield Line(id="title")
            yield PlaceLine(id="place")
        yield from self.body()
        yield StatusLine(id="status")
        yield FooterLine(id="footer")

    def body(self) -> Iterable[Widget]:
        """The widgets between title and status."""
        return ()

    @property
    def main(self) -> SfvtuiApp:
        """The application."""
        app: SfvtuiApp = self.app  # type: ignore[assignment]
        return app

    @property
    def desk(self) -> Desk:
        """What all screens share."""
        return self.main.desk

    @property
    def status(self) -> StatusLine:
        """The line that tells."""
        return self.query_one("#status", StatusLine)

    def facts(self) -> Facts:
        """What the screen is at this moment."""
        job = self.desk.work.job
        return Facts(
            read_only=self.desk.read_only,
            job=job.words if job else "",
            configured=self.desk.configured,
            undoable=bool(self.decided),
        )

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        """The title line: left and right."""
        return [Part(f" {actions.PLACE_WORDS[self.place]}", "strong")], self.place_part()

    def place_part(self) -> list[Part]:
        """Which of the seven screens this is."""
        if self.place not in actions.PLACES:
            return []
        return [Part(f" {actions.PLACES.index(self.place) + 1}/{len(actions.PLACES)} ", "dim")]

    def update_frame(self) -> None:
        """Shows head, title and footer as they are now; what did not change is not repainted."""
        if not self.is_mounted:
            return
        self.query_one("#head", HeadLine).tell(self.desk.health)
        self.update_title()
        typing = self.typing_keys()
        if typing:
            self.query_one("#footer", FooterLine).typing(typing)
        else:
            self.query_one("#footer", FooterLine).tell(self.place, self.facts())

    def update_title(self) -> None:
        """Shows title and place as they are now."""
        title, where = self.title_parts()
        self.query_one("#place", PlaceLine).tell(where)
        self.query_one("#title", Line).show(title)

    def typing_keys(self) -> tuple[tuple[str, str], ...]:
        """Keys and words of a line that is being typed into; none where letters are keys."""
        return ()

    def on_mount(self) -> None:
        self.ready()

    def ready(self) -> None:
        """Called once, when all widgets are there."""
        self.update_frame()
        self.main.reopen(self)

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self.update_frame)
        now = event.size
        small = now.width < LEAST[0] or now.height < LEAST[1]
        if small:
            width, height = LEAST
            self.say(
                f"{now.width}×{now.height} is too small: from {width}×{height} on all is shown",
                "warn",
            )
        elif self._small and not small:
            self.status.clear()
        self._small = small

    def on_screen_resume(self) -> None:
        self.update_frame()
        self.catch_up()

    def watch_config(self) -> None:
        """Asks whether the config was written, where this screen is in sight."""
        if self.is_current:
            go_by_config(self, watching=True)

    def mapping_changed(self) -> None:
        """Called where the config has another mapping than this screen was made with."""

    @property
    def settled(self) -> bool:
        """Whether what the last key asked for is on the screen."""
        return True

    def counted(self) -> None:
        """Called when the counts are new."""

    def catch_up(self) -> None:
        """Called where the mirror may have changed: read again what is shown."""

    # --- acting

    def action_do(self, name: str) -> None:
        """Carries an action out, or says why it can't act now."""
        action = actions.find(name, self.place)
        if action is None:
            return
        why = action.why_not(self.facts())
        if why:
            self.say(f"can't {action.verb}: {why}", "warn")
            self._refused = True
            return
        if self._refused:
            # Why the last key could not act is no news any more.
            self._refused = False
            self.status.clear()
        if name.startswith("go_"):
            # A place that was shown with another mapping is made anew by it.
            another = go_by_config(self, watching=True)
            self.main.go(name.removeprefix("go_"))
            if another:
                self.main.renew_screens()
            return
        try:
            getattr(self, f"do_{name}")()
        except SfvtuiError as error:
            self.tell_error(error)
        except Exception as error:  # noqa: BLE001 - shown, logged, and the work goes on
            self.main.failed(error)

    def say(self, text: str, tone: str = "info") -> None:
        """A sentence on the status line, until the next; beside a job for some seconds."""
        self.status.say(text, tone)
        self._said_at = time.monotonic()

    def show_job(self) -> None:
        """Draws how far the running job is."""
        if time.monotonic() - self._said_at >= SAID_SECONDS:
            self.status.progress(*self.main.job_parts())

    def job_over(self, error: Exception | None) -> None:
        """The job has ended: nothing is said of it any more."""
        del error
        if self.is_mounted:
            self.status.clear()

    def tell_error(self, error: SfvtuiError) -> None:
        """What went wrong, and what to do, on the status line; long texts in a box."""
        text = str(error)
        self.say(text, "warn" if isinstance(error, Cancelled) else "bad")
        if len(text) > self.size.width - 6:
            from sfvtui.tui.widgets.dialogs import Pager

            self.app.push_screen(Pager("That did not work", prose(text)))

    def decide(self, verb: Callable[[Context], T], then: Callable[[T], None]) -> None:
        """Runs a verb that decides, beside the keys; `u` takes back what it did."""

        def run(context: Context) -> tuple[T, list[int]]:
            from sfvtui.tui.takeback import noted

            return noted(context, verb)

        def done(answer: tuple[T, list[int]]) -> None:
            report, batches = answer
            if batches:
                self.decided.append(batches)
            then(report)

        go_by_config(self, lambda: self.main.act(self, run, done))

    def do_undo(self) -> None:
        from sfvtui.tui.takeback import take_back

        batches = self.decided.pop()

        def then(answer: tuple[Sequence[UndoReport], str]) -> None:
            self.taken_back(*answer)

        self.main.act(self, lambda context: take_back(context, batches), then)

    def taken_back(self, reports: Sequence[UndoReport], what: str = "") -> None:
        """Says what was taken back, and what could not be."""
        from sfvtui.tui.takeback import sentence

        self.say(*sentence(reports, what))

    # --- what every screen can do

    def do_pull(self) -> None:
        from sfvtui.tui.screens.jobs import ask_pull

        go_by_config(self, lambda: ask_pull(self))

    def do_push(self) -> None:
        from sfvtui.tui.screens.jobs import show_plan

        go_by_config(self, lambda: show_plan(self))

    def do_verify(self) -> None:
        from sfvtui.tui.screens.verifying import ask_verify

        ask_verify(self)

    def do_pause_system(self) -> None:
        from sfvtui.tui.screens.pausing import ask_pause

        ask_pause(self)

    def do_resume_system(self) -> None:
        from sfvtui.tui.screens.pausing import ask_resume

        ask_resume(self)

    def do_theme(self) -> None:
        self.main.next_theme()

    def do_palette(self) -> None:
        self.app.action_command_palette()

    def do_help(self) -> None:
        from sfvtui.tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.place, self.facts(), self.desk.files))

    def do_quit(self) -> None:
        self.main.leave()

    def do_back(self) -> None:
        if not self.main.stop_job():
            self.go_back()

    def go_back(self) -> None:
        """Closes what is open on this screen, or the screen where it lies on another."""
        if len(self.app.screen_stack) > 1:
            self.dismiss()
        else:
            self.status.clear()

    def copy(self, text: str, what: str) -> None:
        """Copies a text through the terminal (OSC 52, so that it works over SSH)."""
        if text:
            self.app.copy_to_clipboard(text)
            self.say(f"copied {what}", "good")
        else:
            self.say("there is nothing to copy", "warn")

    # --- movement: a screen without a list scrolls

    def do_up(self) -> None: ...
    def do_down(self) -> None: ...
    def do_page_up(self) -> None: ...
    def do_page_down(self) -> None: ...
    def do_top(self) -> None: ...
    def do_bottom(self) -> None: ...
    def do_left(self) -> None: ...
    def do_right(self) -> None: ...
    def do_open(self) -> None: ...
