"""The frame of every editor: what stands there now, what is typed, what is wrong with it, its draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from sfvtui.domain.preflight import preflight
from sfvtui.domain.values import parse_typed, typed
from sfvtui.errors import Refused
from sfvtui.tui.widgets.dialogs import Dialog, ask_throw_away
from sfvtui.tui.widgets.prose import Prose, ProseView, prose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ComposeResult
    from textual.widget import Widget

    from sfvtui.domain.fields import Field


FRAME = 8
"""Lines of the box around what stands there and what is typed: borders, title, message, keys."""
BORDERS_WIDE = 6
LEAST_ABOUT = 4


class Editor(Dialog["str | None"]):
    """A value being typed. Ends with its text as `edit` takes it, or None where nothing is wanted.

    `about` says what stands there now; `keep` is told of each change, so that nothing typed is lost.
    """

    BINDINGS = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "take", show=False),
        Binding("ctrl+up", "above(-2)", show=False, priority=True),
        Binding("ctrl+down", "above(2)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    Editor .editor--about { height: auto; margin: 0 0 1 0; }
    Editor .editor--message { height: auto; }
    """
    keys = "Enter save   Esc back"

    def __init__(
        self,
        field: Field,
        value: str,
        *,
        title: str,
        about: Prose,
        draft: str | None = None,
        keep: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self.field = field
        self._title, self._about, self._keep = title, about, keep
        self._first = typed(field, value)
        self._draft = draft
        self._start = self._first if draft is None else draft

    # --- what an editor gives

    def editor(self) -> Iterable[Widget]:
        """The widgets to type into."""
        raise NotImplementedError

    @property
    def rows(self) -> int:
        """How many lines its widgets take."""
        return 1

    def text(self) -> str:
        """What is typed now, in the syntax of `edit`."""
        raise NotImplementedError

    def hint(self) -> str:
        """What the value may be, where nothing is wrong with it."""
        return ""

    # --- the frame

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide"):
            yield Static(prose(self._title).content, classes="dialog--title")
            with VerticalScroll(classes="editor--about", can_focus=False):
                yield ProseView(self._about)
            yield from self.editor()
            yield Static("", classes="editor--message")
            yield Static(self.keys, classes="dialog--keys", markup=False)

    def on_mount(self) -> None:
        self._make_room()
        self.ready()
        self.tell()
        if self._draft is not None and self._draft != self._first:
            self._message("this is what was typed here last time and not saved", "info")

    def on_resize(self) -> None:
        self._make_room()

    def _make_room(self) -> None:
        """What stands there now gets the lines that the rest leaves; more of it scrolls."""
        high, wide = self.app.size.height * 92 // 100, min(self.app.size.width * 96 // 100, 110)
        lines = len(self._about.wrapped(wide - BORDERS_WIDE))
        room = max(LEAST_ABOUT, high - FRAME - self.rows)
        self.query_one(".editor--about").styles.max_height = room
        if lines > room:
            keys = f"{self.keys}   Ctrl+↑ ↓ what stands there"
            self.query_one(".dialog--keys", Static).update(keys)

    def action_above(self, lines: int) -> None:
        """Scrolls what stands there now."""
        self.query_one(".editor--about").scroll_relative(y=lines, animate=False)

    def ready(self) -> None:
        """Called once, when the widgets are there."""

    def tell(self) -> None:
        """Says what is wrong, or what the value may be."""
        problem = self.problem()
        if problem:
            self._message(problem, "bad")
        else:
            self._message(self.hint(), "dim")

    def _message(self, text: str, tone: str) -> None:
        self.query_one(".editor--message", Static).update(prose(text, tone).content)

    def problem(self) -> str:
        """Why what is typed would be refused; empty text where it would not."""
        try:
            value = parse_typed(self.field, self.text())
        except Refused as error:
            return error.message.removeprefix(f"{self.field.name}: ")
        return preflight(self.field, value) or ""

    def changed(self) -> None:
        """Keeps what is typed, and says what is to be said of it."""
        text = self.text()
        self._keep(None if text == self._first else text)
        self.tell()

    def action_take(self) -> None:
        """Ends with what is typed, where it is right."""
        if self.problem():
            self.tell()
            return
        self._keep(None)
        text = self.text()
        self.dismiss(None if text == self._first else text)

    def action_leave(self) -> None:
        """Goes back, after a question where something was typed."""
        if self.text() == self._first:
            self._throw_away()
        else:
            ask_throw_away(self, self.text(), self._throw_away)

    def _throw_away(self) -> None:
        self._keep(None)
        self.dismiss(None)
