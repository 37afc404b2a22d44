"""Editors by field type: what a value may be is said while it is typed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static, TextArea
from textual.widgets.option_list import Option

from sfvtui.domain.fields import IDS, NUMBERS, FieldType
from sfvtui.domain.preflight import preflight
from sfvtui.domain.text import fold
from sfvtui.domain.values import members, multi, parse_typed, typed
from sfvtui.errors import Refused
from sfvtui.tui.widgets.cells import write
from sfvtui.tui.widgets.dialogs import Confirm, Dialog
from sfvtui.tui.widgets.prose import Prose, prose
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual import events
    from textual.app import ComposeResult
    from textual.content import Content
    from textual.widget import Widget

    from sfvtui.domain.fields import Field, PicklistValue


class Editor(Dialog["str | None"]):
    """A value being typed. Ends with its text as `edit` takes it, or None where nothing is wanted.

    `about` says what stands there now; `keep` is told of each change, so that nothing typed is lost.
    """

    BINDINGS = [
        Binding("escape", "leave", show=False),
        Binding("ctrl+s", "take", show=False),
    ]
    DEFAULT_CSS = "Editor .editor--about { height: auto; max-height: 40vh; }"
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

    def text(self) -> str:
        """What is typed now, in the syntax of `edit`."""
        raise NotImplementedError

    def hint(self) -> str:
        """What the value may be, where nothing is wrong with it."""
        return ""

    # --- the frame

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(prose(self._title).content, classes="dialog--title")
            yield Static(self._about.content, classes="editor--about")
            yield from self.editor()
            yield Static("", classes="editor--message")
            yield Static(self.keys, classes="dialog--keys", markup=False)

    def on_mount(self) -> None:
        self.ready()
        self.tell()
        if self._draft is not None and self._draft != self._first:
            self._message("this is what was typed here last time and not saved", "info")

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
            self._keep(None)
            self.dismiss(None)
            return

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                self._keep(None)
                self.dismiss(None)

        self.app.push_screen(Confirm("Throw away what was typed?", yes="throw it away"), answer)


class LineEditor(Editor):
    """One line: texts, numbers, dates, times, Ids."""

    def editor(self) -> Iterable[Widget]:
        yield Input(self._start, select_on_focus=False)

    def ready(self) -> None:
        line = self.query_one(Input)
        line.focus()
        line.cursor_position = len(self._start)

    def text(self) -> str:
        return self.query_one(Input).value

    def on_input_changed(self) -> None:
        self.changed()

    def on_input_submitted(self) -> None:
        self.action_take()

    def hint(self) -> str:
        field, text = self.field, self.text()
        if field.type in NUMBERS:
            places = 0 if field.type is FieldType.INT else field.scale
            return f"a number, {plural(places, 'decimal')}" if places else "a whole number"
        if field.type in IDS:
            return "a Salesforce Id of 15 or 18 characters"
        if field.type is FieldType.TIME:
            return "a time such as 10:00:00Z"
        return _left(field, text)


class DateEditor(LineEditor):
    """A day, or an instant in UTC; the arrows move it by a day."""

    keys = "Enter save   ↑ ↓ a day   Esc back"

    def hint(self) -> str:
        example = "2026-01-31" if self.field.type is FieldType.DATE else "2026-01-31T10:00:00Z"
        day = _day(self.text())
        return f"{day:%A}, {day.day} {day:%B %Y}" if day else f"such as {example}, or blank"

    def on_key(self, event: events.Key) -> None:
        if event.key in ("up", "down"):
            event.stop()
            event.prevent_default()
            self._turn(1 if event.key == "up" else -1)

    def _turn(self, days: int) -> None:
        text = self.text()
        day = _day(text)
        if day is None:
            day, rest = dt.datetime.now(dt.UTC).date(), ""
            if self.field.type is FieldType.DATETIME:
                rest = "T00:00:00Z"
        else:
            day, rest = day + dt.timedelta(days=days), text.strip()[10:]
        self.query_one(Input).value = day.isoformat() + rest


class TextEditor(Editor):
    """Several lines, their length counted down."""

    keys = "Ctrl+S save   Esc back"
    DEFAULT_CSS = """
    TextEditor TextArea { height: 9; max-height: 25vh; border: none; padding: 0 1; background: $panel; }
    TextEditor TextArea:focus { border: none; }
    """

    def editor(self) -> Iterable[Widget]:
        area = TextArea(self._start, soft_wrap=True, tab_behavior="focus")
        area.cursor_blink = False
        yield area

    def ready(self) -> None:
        area = self.query_one(TextArea)
        area.focus()
        area.move_cursor(area.document.end)

    def text(self) -> str:
        return self.query_one(TextArea).text

    def on_text_area_changed(self) -> None:
        self.changed()

    def hint(self) -> str:
        return _left(self.field, self.text())


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
    BINDINGS = [
        Binding("space", "mark", show=False, priority=True),
        Binding("enter", "take", show=False, priority=True),
        Binding("j", "cursor(1)", show=False),
        Binding("k", "cursor(-1)", show=False),
    ]

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


def editor_for(field: Field) -> type[Editor]:
    """The editor that suits a field's type."""
    if field.type is FieldType.BOOLEAN:
        return BooleanEditor
    if field.type is FieldType.MULTIPICKLIST:
        return MultiEditor
    if field.type in (FieldType.PICKLIST, FieldType.COMBOBOX) and field.picklist:
        return PicklistEditor
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return DateEditor
    if field.type is FieldType.TEXTAREA:
        return TextEditor
    return LineEditor


def _left(field: Field, text: str) -> str:
    if not field.length:
        return ""
    left = field.length - len(text.encode("utf-16-le", "surrogatepass")) // 2
    return f"{plural(max(left, 0), 'character')} left of {field.length}"


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _choices(field: Field, *also: str) -> list[PicklistValue]:
    """The values of a picklist: active ones, and what stands there now though it is not."""
    from sfvtui.domain.fields import PicklistValue

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
