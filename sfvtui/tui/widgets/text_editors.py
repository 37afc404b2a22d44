"""Editors that are typed into: one line, a day or an instant, several lines."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from sfvtui.domain.fields import IDS, NUMBERS, FieldType
from sfvtui.tui.widgets.editor import Editor
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events
    from textual.widget import Widget

    from sfvtui.domain.fields import Field


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
    TextEditor TextArea { height: 7; border: none; padding: 0 1; background: $panel; }
    TextEditor TextArea:focus { border: none; }
    """

    @property
    def rows(self) -> int:
        return 7

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
