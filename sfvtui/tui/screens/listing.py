"""A screen with a list: the cursor, the panel that follows it, what a row is about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on

from sfvtui.tui.screens.base import SfvScreen
from sfvtui.tui.widgets.detail import Detail
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.widgets.windowed_list import WindowedList

if TYPE_CHECKING:
    from textual.timer import Timer

    from sfvtui.tui.facts import Facts
    from sfvtui.tui.source import Row

DETAIL_AFTER = 0.12
"""Seconds of rest before the panel follows the cursor: a held key repaints only the list, and keys
that are tapped quickly do not wait for the panel, which takes several times as long to paint."""

JOIN = " · "


class WithList(SfvScreen):
    """A list of rows, each about a record or a field, and a panel that says more of one."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._rest_timer: Timer | None = None
        self.begin_at: int | None = None

    def detail(self, row: Row) -> Prose | None:
        """What the panel says of a row; None where there is nothing to say."""
        raise NotImplementedError

    def ready(self) -> None:
        if self.begin_at is not None:
            self.listing.reload(wanted=self.begin_at)
        self.listing.focus()
        super().ready()

    @property
    def listing(self) -> WindowedList:
        """The list."""
        return self.query_one("#list", WindowedList)

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.listing.row

    @property
    def settled(self) -> bool:
        return not self.listing.looking

    def facts(self) -> Facts:
        row, windowed = self.row, self.listing
        return replace(
            super().facts(),
            row=row is not None,
            rows=windowed.count,
            marked=windowed.marked,
            state=str(row.facts.get("state", "")) if row else "",
            searched=bool(windowed.last_search),
            has_user=bool(row and row.facts.get("user")),
        )

    def catch_up(self) -> None:
        if self.is_mounted:
            self.listing.reload()

    # --- following the cursor

    @on(WindowedList.Moved)
    def _list_moved(self) -> None:
        self.update_frame()
        if self._rest_timer is not None:
            self._rest_timer.stop()
        self._rest_timer = self.set_timer(DETAIL_AFTER, self._rest)

    @on(WindowedList.Opened)
    def _list_opened(self) -> None:
        self.do_open()

    def _rest(self) -> None:
        """The cursor rests: the panel follows it, and the place is kept for the next start."""
        self._rest_timer = None
        self.rested()
        self.show_detail()

    def rested(self) -> None:
        """The cursor rests on a row: keep the place for the next start."""
        if self.main.is_place(self):
            self.desk.ui.keep(self.listing.window.key, "at", self.place)

    def show_detail(self) -> None:
        """Shows the row under the cursor in the panel."""
        row = self.row
        panel = self.query_one(Detail)
        if panel.display:
            panel.show((self.detail(row) if row else None) or Prose())

    # --- movement: the place is told at once, so that it is painted in one frame with the rows

    def do_up(self) -> None:
        self.listing.move(-1)
        self.update_title()

    def do_down(self) -> None:
        self.listing.move(1)
        self.update_title()

    def do_page_up(self) -> None:
        self.listing.turn_page(-1)
        self.update_title()

    def do_page_down(self) -> None:
        self.listing.turn_page(1)
        self.update_title()

    def do_top(self) -> None:
        self.listing.go(0)
        self.update_title()

    def do_bottom(self) -> None:
        self.listing.go(self.listing.count - 1)
        self.update_title()

    def do_left(self) -> None:
        self.listing.turn_column(-1)

    def do_right(self) -> None:
        self.listing.turn_column(1)

    def do_detail_down(self) -> None:
        self.query_one(Detail).turn(3)

    def do_detail_up(self) -> None:
        self.query_one(Detail).turn(-3)

    # --- about the row

    def record_of(self, row: Row | None) -> str:
        """The record that a row is about; empty where it is about none."""
        return str(row.facts.get("record", "")) if row else ""

    def do_copy(self) -> None:
        row, column = self.row, self.listing.column
        if row is None:
            return
        text = row.cell(column.name).text if column else ""
        if column is None or column.name in ("name", "sign") or not text:
            self.copy(row.ident, row.ident)
        else:
            self.copy(text, f"{column.title.lower()}: {text[:40]}")

    def do_copy_address(self) -> None:
        record, settings = self.record_of(self.row), self.desk.settings
        if record and settings is not None:
            address = f"{settings.salesforce.instance_url.rstrip('/')}/{record}"
            self.copy(address, address)

    def do_why(self) -> None:
        from sfvtui.tui.screens.why import show_why

        record = self.record_of(self.row)
        if record:
            show_why(self, record, str(self.row.facts.get("field", "")) if self.row else "")

    def do_record_history(self) -> None:
        from sfvtui.tui.screens.history import HistoryScreen

        record = self.record_of(self.row)
        if record:
            self.app.push_screen(HistoryScreen(record))
