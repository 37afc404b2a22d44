"""Choosing the columns of a list: shown or hidden, their order, their widths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from sfvtui.tui.widgets.dialogs import Dialog
from sfvtui.tui.widgets.prose import Prose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.content import Content

    from sfvtui.tui.source import Column
    from sfvtui.tui.widgets.columns import Choice


class ColumnDialog(Dialog["Choice | None"]):
    """The columns in their order; what is changed here shows when it is closed."""

    BINDINGS = [
        Binding("space", "show", show=False),
        Binding("K,shift+up", "shift(-1)", show=False),
        Binding("J,shift+down", "shift(1)", show=False),
        Binding("j", "cursor(1)", show=False),
        Binding("k", "cursor(-1)", show=False),
        Binding("plus,right", "resize(2)", show=False),
        Binding("minus,left", "resize(-2)", show=False),
        Binding("r", "reset", show=False),
        Binding("escape,q,c", "close", show=False),
    ]

    def __init__(self, columns: Sequence[Column], choice: Choice) -> None:
        super().__init__()
        self._columns, self._choice = columns, choice

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("Columns", classes="dialog--title", markup=False)
            yield OptionList()
            keys = "Space show/hide   J K move   + - width   r as at first   Esc done"
            yield Static(keys, classes="dialog--keys", markup=False)

    def on_mount(self) -> None:
        self._fill(0)
        self.query_one(OptionList).focus()

    def _fill(self, at: int) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._line(c)) for c in self._ordered()])
        options.highlighted = at

    def _ordered(self) -> list[Column]:
        return self._choice.ordered(self._columns)

    def _line(self, column: Column) -> Content:
        shown = column.name not in self._choice.hidden or not column.optional
        width = self._choice.widths.get(column.name, column.width)
        text = Prose().add("● " if shown else "  ").add(f"{column.named:<32}")
        return text.add(f"{width:>4} cells" if shown else " hidden", "dim").content

    def _at(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def on_option_list_option_selected(self) -> None:
        self.action_show()

    def action_show(self) -> None:
        column = self._ordered()[self._at()]
        if column.optional:
            self._choice = self._choice.toggle(column.name)
            self._fill(self._at())

    def action_shift(self, by: int) -> None:
        at = self._at()
        self._choice = self._choice.move(self._columns, self._ordered()[at].name, by)
        self._fill(max(0, min(len(self._columns) - 1, at + by)))

    def action_resize(self, by: int) -> None:
        at = self._at()
        self._choice = self._choice.resize(self._ordered()[at], by)
        self._fill(at)

    def action_cursor(self, by: int) -> None:
        options = self.query_one(OptionList)
        if by > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_reset(self) -> None:
        self._choice = type(self._choice).from_json(None, self._columns)
        self._fill(0)

    def action_close(self) -> None:
        self.dismiss(self._choice)
