"""Editors that choose: true or false, one value of a picklist, a set of values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from sfvtui.domain.fields import PicklistValue
from sfvtui.domain.text import fold
from sfvtui.domain.values import members, multi, parse_typed, typed
from sfvtui.tui.widgets.cells import write
from sfvtui.tui.widgets.editor import Editor
from sfvtui.tui.widgets.prose import Prose, prose
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.content import Content
    from textual.widget import Widget

    from sfvtui.domain.fields import Field


class BooleanEditor(Editor):
    """True or false, turned by Space."""

    keys = "Space turn   Enter save   Esc back"
    BINDINGS = [
        Binding("space,left,right,up,down,j,k", "turn", show=False),
        Binding("y,t", "put('true')", show=False),
        Binding("n,f", "put('false')", show=False),
        Binding("enter", "take", show=False),
    ]

    def editor(self) -> Iterable[Widget]:
        yield Static("", id="truth")

    def ready(self) -> None:
        self._value = self._start or "false"
        self._draw()

    def text(self) -> str:
        return self._value

    def _draw(self) -> None:
        text = Prose()
        for value, words in (("true", "true"), ("false", "false")):
            here = self._value == value
            text.add("  ● " if here else "  ○ ").add(words, "title" if here else "dim")
        self.query_one("#truth", Static).update(text.content)

    def action_turn(self) -> None:
        self.action_put("false" if self._value == "true" else "true")

    def action_put(self, value: str) -> None:
        self._value = value
        self._draw()
        self.changed()


class PicklistEditor(Editor):
    """One value of a list that narrows while it is typed; inactive ones are marked."""

    keys = "type to narrow   ↑ ↓ choose   Enter save   Esc back"
    DEFAULT_CSS = "PicklistEditor OptionList { max-height: 6; }"

    @property
    def rows(self) -> int:
        return 2 + min(6, len(self.field.picklist) + 1)

    def editor(self) -> Iterable[Widget]:
        yield Input(placeholder="type to narrow", select_on_focus=False)
        yield OptionList()

    def ready(self) -> None:
        self._shown: list[str] = []
        self._fill("")
        if self._start in self._shown:
            self.query_one(OptionList).highlighted = self._shown.index(self._start)
        self.query_one(Input).focus()

    def _fill(self, narrow: str) -> None:
        words = fold(narrow).split()
        values = [v for v in _choices(self.field, self._first) if _fits(v, words)]
        options = self.query_one(OptionList)
        options.clear_options()
        self._shown = [v.value for v in values]
        options.add_options([Option(_choice(v, here=v.value == self._first)) for v in values])
        if self.field.nillable and not words:
            self._shown.append("")
            options.add_option(Option(prose("  blank", "dim").content))
        options.highlighted = 0 if self._shown else None

    def text(self) -> str:
        options = self.query_one(OptionList)
        if options.highlighted is not None and options.highlighted < len(self._shown):
            return self._shown[options.highlighted]
        return "" if self.field.restricted else self.query_one(Input).value

    def hint(self) -> str:
        if self.field.restricted:
            return "one of the list"
        return "one of the list, or another value: what matches nothing is taken as typed"

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)
        self.changed()

    def on_input_submitted(self) -> None:
        self.action_take()

    def on_option_list_option_highlighted(self) -> None:
        self.changed()

    def on_option_list_option_selected(self) -> None:
        self.action_take()

    def on_key(self, event: events.Key) -> None:
        if event.key in ("up", "down") and self.query_one(Input).has_focus:
            event.stop()
            event.prevent_default()
            options = self.query_one(OptionList)
            if event.key == "up":
                options.action_cursor_up()
            else:
                options.action_cursor_down()


class MultiEditor(Editor):
    """A set of values, each marked by Space."""

    keys = "Space mark   Enter save   Esc back"
    DEFAULT_CSS = "MultiEditor OptionList { max-height: 7; }"
    BINDINGS = [
        Binding("space", "mark", show=False, priority=True),
        Binding("enter", "take", show=False, priority=True),
        Binding("j", "cursor(1)", show=False),
        Binding("k", "cursor(-1)", show=False),
    ]

    @property
    def rows(self) -> int:
        return 1 + min(7, len(self.field.picklist) + 1)

    def editor(self) -> Iterable[Widget]:
        yield OptionList()

    def ready(self) -> None:
        self._marked = set(members(parse_typed(self.field, self._start)))
        self._values = _choices(self.field, *sorted(self._marked))
        self._fill(0)
        self.query_one(OptionList).focus()

    def _fill(self, at: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(
            [Option(_choice(v, here=v.value in self._marked)) for v in self._values]
        )
        options.highlighted = at if self._values else None

    def text(self) -> str:
        return typed(self.field, multi(self._marked))

    def hint(self) -> str:
        return f"{plural(len(self._marked), 'value')} marked"

    def action_mark(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None:
            self._marked ^= {self._values[at].value}
            self._fill(at)
            self.changed()

    def action_cursor(self, by: int) -> None:
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()


def _choices(field: Field, *also: str) -> list[PicklistValue]:
    """The values of a picklist: active ones, and what stands there now though it is not."""
    known = {v.value for v in field.picklist}
    unknown = [PicklistValue(v, v, active=False) for v in also if v and v not in known]
    return [*field.picklist, *unknown]


def _fits(value: PicklistValue, words: list[str]) -> bool:
    text = fold(f"{value.label} {value.value}")
    return all(word in text for word in words)


def _choice(value: PicklistValue, *, here: bool) -> Content:
    text = Prose().add("● " if here else "  ").add(write(value.label or value.value))
    if value.label and value.label != value.value:
        text.add(f"  {write(value.value)}", "dim")
    return text.add("" if value.active else "  inactive", "warn").content
