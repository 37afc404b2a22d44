"""The search line and the filter line: one-line inputs that stay in sight while they act."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sfvtui.errors import FilterError
from sfvtui.tui.widgets.prose import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from sfvtui.domain.filters.complete import Suggestion


class Bar(Vertical):
    """A label and an input in one line; hidden while it is empty and not in use."""

    DEFAULT_CSS = """
    Bar {
        height: auto; display: none;
        & > Horizontal { height: 1; }
        & .bar--label { width: 4; color: $primary; text-style: bold; padding: 0 0 0 1; }
        & Input { height: 1; border: none; padding: 0; background: $surface; width: 1fr; }
        & Input:focus { border: none; background: $panel; }
        & .bar--note { height: auto; color: $warning; padding: 0 0 0 4; display: none; }
        & OptionList { height: auto; max-height: 8; border: none; margin: 0 0 0 4; padding: 0;
            display: none; background: $panel; }
    }
    """
    label = ""
    keys: tuple[tuple[str, str], ...] = ()
    """What the footer says while it is typed into."""

    class Typed(Message):
        """The text changed; `done` when Enter was pressed."""

        def __init__(self, bar: Bar, text: str, *, done: bool) -> None:
            super().__init__()
            self.bar, self.text, self.done = bar, text, done

        @property
        def control(self) -> Bar:
            return self.bar

    class Closed(Message):
        """Esc: the line is to be as it was."""

        def __init__(self, bar: Bar) -> None:
            super().__init__()
            self.bar = bar

        @property
        def control(self) -> Bar:
            return self.bar

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(self.label, classes="bar--label", markup=False)
            yield Input(select_on_focus=False)
        yield Static("", classes="bar--note", markup=False)
        yield OptionList()

    @property
    def input(self) -> Input:
        """The line that is typed into."""
        return self.query_one(Input)

    def open(self, text: str) -> None:
        """Shows the line with this text and takes the keys."""
        self.display = True
        with self.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = len(text)
        self.input.focus()

    def settle(self, text: str) -> None:
        """Leaves the line in sight where it has a text, hides it where not."""
        with self.prevent(Input.Changed):
            self.input.value = text
        self.note("")
        self.query_one(OptionList).display = False
        self.display = bool(text)

    def note(self, text: str) -> None:
        """A sentence under the line; none hides it."""
        note = self.query_one(".bar--note", Static)
        note.update(safe(text))
        note.display = bool(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.typed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.done(event.value)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.Closed(self))
        elif self.pressed(event.key):
            event.stop()
            event.prevent_default()

    def typed(self, text: str) -> None:
        """The text changed."""
        self.post_message(self.Typed(self, text, done=False))

    def done(self, text: str) -> None:
        """Enter was pressed."""
        self.post_message(self.Typed(self, text, done=True))

    def pressed(self, key: str) -> bool:
        """Another key was pressed; says whether it was meant for this bar."""
        del key
        return False


class SearchBar(Bar):
    """`/`: the list narrows while it is typed; arrows move in the list meanwhile."""

    label = "/"
    keys = (("Enter", "keep it"), ("↑ ↓", "move"), ("Esc", "as before"))

    class Moved(Message):
        """An arrow was pressed: the list is meant."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def pressed(self, key: str) -> bool:
        if key in ("up", "down"):
            self.post_message(self.Moved(-1 if key == "up" else 1))
            return True
        return False


class FilterBar(Bar):
    """`f`: filter text, checked and completed while it is typed."""

    label = "f"
    keys = (("Tab", "complete"), ("↑ ↓", "choose"), ("Enter", "filter"), ("Esc", "as before"))

    def __init__(
        self,
        check: Callable[[str], object],
        complete: Callable[[str, int], Sequence[Suggestion]],
        *,
        id: str | None = None,  # noqa: A002 (the framework's name)
    ) -> None:
        super().__init__(id=id)
        self._check, self._complete = check, complete
        self._offers: Sequence[Suggestion] = ()

    def open(self, text: str) -> None:
        super().open(text)
        self._offer()

    def typed(self, text: str) -> None:
        super().typed(text)
        self._offer()

    def done(self, text: str) -> None:
        try:
            self._check(text)
        except FilterError as error:
            self.note(str(error))
            return
        super().done(text)

    def pressed(self, key: str) -> bool:
        options = self.query_one(OptionList)
        if key == "tab":
            if options.display and options.highlighted is not None:
                self._take(options.highlighted)
            return True
        if key in ("up", "down") and options.display:
            if key == "up":
                options.action_cursor_up()
            else:
                options.action_cursor_down()
            return True
        return False

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._take(event.option_index)
        self.input.focus()

    def _take(self, index: int) -> None:
        offer, text = self._offers[index], self.input.value
        after = text[offer.end :]
        taken = offer.text if after.startswith(" ") or offer.text == "(" else f"{offer.text} "
        self.input.value = text[: offer.start] + taken + after
        self.input.cursor_position = offer.start + len(taken)
        self._offer()

    def _offer(self) -> None:
        text = self.input.value
        self._offers = self._complete(text, self.input.cursor_position)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(safe(_line(offer))) for offer in self._offers])
        options.display = bool(self._offers)
        options.highlighted = 0 if self._offers else None
        self.note("" if self._offers or not text else self._problem(text))

    def _problem(self, text: str) -> str:
        try:
            self._check(text)
        except FilterError as error:
            return str(error)
        return ""


def _line(offer: Suggestion) -> str:
    return f"{offer.text:<28} {offer.hint}" if offer.hint else offer.text
