"""Small screens over a screen: a question without a default, a text to read, a list to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from rich.cells import cell_len
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sfvtui.domain.text import fold
from sfvtui.tui.widgets.cells import clip, write
from sfvtui.tui.widgets.prose import Prose, ProseView, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import App, ComposeResult
    from textual.content import Content
    from textual.screen import Screen

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A box with a title, a body and a line of keys."""

    DEFAULT_CSS = """
    Dialog {
        align: center middle; background: transparent;
        & > .dialog { width: 76; max-width: 96%; height: auto; max-height: 92%;
            border: round $primary; background: $surface; padding: 0 1; }
        & > .wide { width: 96%; max-width: 110; }
        & .dialog--title { text-style: bold; color: $primary; height: auto; margin: 0 0 1 0; }
        & .dialog--body { height: auto; max-height: 62vh; }
        & .dialog--note { height: auto; color: $dim; margin: 0 0 1 0; }
        & .dialog--keys { height: auto; margin: 1 0 0 0; color: $dim; }
        & Input { border: none; height: 1; padding: 0 1; background: $panel; }
        & Input:focus { border: none; }
        & OptionList { height: auto; max-height: 14; border: none; background: $surface;
            padding: 0; margin: 1 0 0 0; }
        & OptionList:focus { border: none; }
    }
    """


def room_of(app: App[Any]) -> int:
    """The cells that a dialog has for a line beside a scroll bar."""
    return max(22, min(76, int(app.size.width * 0.96)) - 6)


class Confirm(Dialog[bool]):
    """A yes-or-no question. Enter does nothing: it is too easily pressed once too often."""

    BINDINGS = [
        Binding("y", "answer(True)", "yes", show=False),
        Binding("n,escape,q", "answer(False)", "no", show=False),
        Binding("enter,space", "nudge", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, question: str, body: Prose | None = None, *, yes: str = "yes") -> None:
        super().__init__()
        self._question, self._body, self._yes = question, body or Prose(), yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(safe(self._question), classes="dialog--title")
            with VerticalScroll(classes="dialog--body", can_focus=False):
                yield ProseView(self._body)
            yield Static(self._keys(), classes="dialog--keys")

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell_more)

    def _tell_more(self) -> None:
        """Says that there is more to read where not all of the body fits."""
        if self.query_one(VerticalScroll).max_scroll_y:
            self.query_one(".dialog--keys", Static).update(self._keys("↑ ↓ read on"))

    def _keys(self, hint: str = "") -> Content:
        text = Prose().add(" y ", "key").add(f" {self._yes}    ").add(" n ", "key").add(" no")
        return text.add(f"    {hint}", "warn").content

    def action_answer(self, answer: bool) -> None:  # noqa: FBT001 (the framework's call)
        self.dismiss(answer)

    def action_nudge(self) -> None:
        self.query_one(".dialog--keys", Static).update(self._keys("press y or n"))

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


THROW_AWAY_KEYS = (("y", "throw it away"), ("n", "go on typing"))
"""What the footer says below that question."""


def ask_throw_away(screen: Screen[Any], text: str, then: Callable[[], object]) -> None:
    """Esc over typed work: throws it away after a yes; after a no the typing goes on."""

    def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if yes:
            then()

    question = Confirm("Throw away what was typed?", Prose().add(text), yes="throw it away")
    screen.app.push_screen(question, answer)


class Pager(Dialog[None]):
    """A text to read, in lines that can be scrolled."""

    BINDINGS = [
        Binding("escape,q,enter,w,question_mark,f1", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(12)", show=False),
        Binding("pageup", "scroll(-12)", show=False),
        Binding("g,home", "scroll(-100000)", show=False),
        Binding("G,end", "scroll(100000)", show=False),
    ]

    def __init__(self, title: str, body: Prose) -> None:
        super().__init__()
        self._title, self._body = title, body

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog wide"):
            yield Static(safe(self._title), classes="dialog--title")
            with VerticalScroll(classes="dialog--body", can_focus=False):
                yield ProseView(self._body)
            yield Static("↑ ↓ scroll   Esc close", classes="dialog--keys", markup=False)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


class Ask(Dialog[str | None]):
    """One line of text, for example a reason; None where the person went back.

    `keep` takes what is typed at each key, and None once it is done with; `draft` is what it took
    last before the program ended.
    """

    BINDINGS = [Binding("escape", "back", show=False)]

    def __init__(
        self,
        question: str,
        text: str = "",
        *,
        note: str = "",
        draft: str | None = None,
        keep: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._question, self._text, self._note = question, text, note
        self._draft, self._keep = draft, keep

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(safe(self._question), classes="dialog--title")
            draft = self._text if self._draft is None else self._draft
            yield Input(draft, select_on_focus=False)
            keys = "Enter go on   Esc back"
            yield Static(
                safe(f"{self._note}\n{keys}" if self._note else keys), classes="dialog--keys"
            )

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._keep(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._end(event.value)

    def action_back(self) -> None:
        typed = self.query_one(Input).value
        if typed.strip() in ("", self._text.strip()):
            self._end(None)
        else:
            ask_throw_away(self, typed, lambda: self._end(None))

    def _end(self, answer: str | None) -> None:
        self._keep(None)
        self.dismiss(answer)


class Choose(Dialog[str | None]):
    """One of many, narrowed while it is typed. An entry is (name, words, note)."""

    BINDINGS = [Binding("escape", "back", show=False)]
    most = 200
    nothing = "nothing fits what was typed"
    """What an empty list says."""

    def __init__(
        self,
        question: str,
        entries: Sequence[tuple[str, str, str]] | Callable[[str], Sequence[tuple[str, str, str]]],
        *,
        current: str = "",
        free: bool = False,
        note: str = "",
    ) -> None:
        super().__init__()
        self._question, self._entries = question, entries
        self._current, self._free, self._note = current, free, note
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(safe(self._question), classes="dialog--title")
            if self._note:
                yield Static(safe(self._note), classes="dialog--note")
            yield Input(placeholder="type to narrow", select_on_focus=False)
            yield OptionList()
            free = "   Ctrl+O take what was typed" if self._free else ""
            yield Static(f"↑ ↓ Enter choose{free}   Esc back", classes="dialog--keys", markup=False)

    def on_mount(self) -> None:
        self._fill("")
        if self._current in self._shown:
            self.query_one(OptionList).highlighted = self._shown.index(self._current)
        self.query_one(Input).focus()

    def _fill(self, typed: str) -> None:
        words = fold(typed).split()
        if callable(self._entries):
            found = list(self._entries(typed))
        else:
            found = [e for e in self._entries if all(w in fold(" ".join(e)) for w in words)]
            found.sort(key=lambda entry: _distance(entry, " ".join(words)))
        options = self.query_one(OptionList)
        options.clear_options()
        self._shown = [name for name, _, _ in found[: self.most]]
        options.add_options([Option(self.draw(e)) for e in found[: self.most]])
        if len(found) > self.most:
            rest = safe(f"  … {len(found) - self.most} more, type to narrow", "dim")
            options.add_option(Option(rest, disabled=True))
        if not found:
            options.add_option(Option(safe(f"  {self.nothing}", "dim"), disabled=True))
        options.highlighted = 0 if self._shown else None

    def draw(self, entry: tuple[str, str, str]) -> Content:
        """An entry as it is listed."""
        name, words, note = entry
        room = room_of(self.app) - 2
        shown = write(words)[:room]
        text = Prose().add("● " if name == self._current else "  ").add(shown)
        rest = room - cell_len(shown)
        return text.add(clip(f"  {write(note)}", rest) if note and rest > 6 else "", "dim").content

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self) -> None:
        options = self.query_one(OptionList)
        if options.highlighted is not None and options.highlighted < len(self._shown):
            self.dismiss(self._shown[options.highlighted])
        elif self._free and self.query_one(Input).value:
            self.dismiss(self.query_one(Input).value)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index])

    def on_key(self, event: events.Key) -> None:
        options = self.query_one(OptionList)
        moves: dict[str, Callable[[], None]] = {
            "up": options.action_cursor_up,
            "down": options.action_cursor_down,
            "pageup": options.action_page_up,
            "pagedown": options.action_page_down,
        }
        if event.key in moves and self.query_one(Input).has_focus:
            event.stop()
            event.prevent_default()
            act = moves[event.key]
            act()
        elif event.key == "ctrl+o" and self._free:
            event.stop()
            self.dismiss(self.query_one(Input).value)

    def action_back(self) -> None:
        self.dismiss(None)


def _distance(entry: tuple[str, str, str], typed: str) -> int:
    """How far an entry is from what was typed: its name, the beginning of its name or words, or
    somewhere in it."""
    name, words = fold(entry[0]), fold(entry[1])
    if not typed or name == typed:
        return 0
    return 1 if name.startswith(typed) or words.startswith(typed) else 2
