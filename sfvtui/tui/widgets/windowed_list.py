"""A list of any length: it reads the order of its keys in a thread, and moves and marks in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message
from textual.worker import get_current_worker

from sfvtui.errors import SfvtuiError
from sfvtui.tui.widgets.drawn_list import GUTTER, HEADER, DrawnList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from sfvtui.tui.source import Source, View
    from sfvtui.tui.widgets.columns import Choice

FIRST_ROWS = 200


class WindowedList(DrawnList, can_focus=True):
    """A window on a `Source`: a move of the cursor repaints two lines.

    Data that changes under it moves nothing: the place is kept by key, not by row number.
    """

    class Moved(Message):
        """The cursor stands on another row, or the row changed."""

        def __init__(self, windowed: WindowedList) -> None:
            super().__init__()
            self.windowed = windowed

        @property
        def control(self) -> WindowedList:
            return self.windowed

        def can_replace(self, message: Message) -> bool:
            return type(message) is type(self) and message.control is self.windowed

    class Changed(Moved):
        """The list shows other rows, order, marks or columns."""

    class Opened(Moved):
        """A row was opened with the mouse."""

    class Read(Message):
        """The thread's answer: an order of keys, whole or only its beginning."""

        def __init__(
            self, reading: int, keys: Sequence[int], total: int | None, *, whole: bool
        ) -> None:
            super().__init__()
            self.reading, self.keys, self.total, self.whole = reading, keys, total, whole

    class HitsRead(Message):
        """The thread's answer: the keys that the last search finds in the whole list."""

        def __init__(self, reading: int, keys: Sequence[int], step: int) -> None:
            super().__init__()
            self.reading, self.keys, self.step = reading, keys, step

    class ReadFailed(Message):
        """The thread could not read."""

        def __init__(self, reading: int, error: SfvtuiError) -> None:
            super().__init__()
            self.reading, self.error = reading, error

    def __init__(
        self,
        source: Source,
        *,
        view: View | None = None,
        choice: Choice | None = None,
        empty: str = "nothing here",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 (the framework's name)
    ) -> None:
        super().__init__(source, view=view, choice=choice, empty=empty, name=name, id=id)
        self.total: int | None = None
        self._reading = 0
        self._other_view = True
        self._wanted: int | None = None

    @property
    def looking(self) -> bool:
        """Whether another view was asked for and has not arrived yet."""
        return self._other_view

    # --- reading

    def on_mount(self) -> None:
        self.reload()

    def read_from(self, source: Source, choice: Choice) -> None:
        """Reads from another source, which has other columns."""
        self.window.source, self.choice = source, choice
        self.window.forget_rows()
        self.reload()

    def look(self, view: View, *, wanted: int | None = None) -> None:
        """Shows another view; the cursor stays on its row where it can, or goes to `wanted`."""
        if view.search:
            self.last_search = view.search
        self.view, self._other_view, self._wanted = view, True, wanted
        self.window.anchor = None
        self.reload()

    def reload(self, *, wanted: int | None = None) -> None:
        """Reads the order again in a thread; what is on screen stays until it has arrived."""
        self._reading += 1
        if wanted is not None:
            self._wanted = wanted
        reading, view, fresh = self._reading, self.view, not self.whole
        self.run_worker(
            lambda: self._read(reading, view, fresh=fresh),
            group=f"order-{id(self)}",
            exclusive=True,
            thread=True,
        )

    def want(self, key: int) -> None:
        """Goes to this key when the order is read next."""
        self._wanted = key

    def _read(self, reading: int, view: View, *, fresh: bool) -> None:
        worker = get_current_worker()
        try:
            if fresh:
                first = self.source.first(view, FIRST_ROWS)
                self.post_message(self.Read(reading, first, None, whole=False))
            order = self.source.order(view, lambda: worker.is_cancelled)
            total = self.source.total(view)
        except SfvtuiError as error:
            self.post_message(self.ReadFailed(reading, error))
            return
        if not worker.is_cancelled:
            self.post_message(self.Read(reading, order, total, whole=True))

    def on_windowed_list_read(self, message: Read) -> None:
        message.stop()
        if message.reading != self._reading:
            return
        self.error, self.whole = "", message.whole
        self.window.fill(message.keys, wanted=self._wanted, other_view=self._other_view)
        if message.whole:
            self.total, self._other_view, self._wanted = message.total, False, None
            self.window.marks.keep_only(message.keys)
        self._tell_change()

    def on_windowed_list_read_failed(self, message: ReadFailed) -> None:
        message.stop()
        if message.reading == self._reading:
            self.error, self.whole, self._other_view = str(message.error), True, False
            self.window.fill((), wanted=None, other_view=True)
            self._tell_change()

    def _tell_change(self) -> None:
        self.refresh()
        self.post_message(self.Changed(self))

    # --- moving

    def move(self, by: int) -> None:
        """Moves the cursor by so many rows."""
        self.go(self.window.cursor + by)

    def go(self, position: int) -> None:
        """Puts the cursor on this position, as near as there is one."""
        before = self.window.cursor
        jumped = self.window.go(position)
        if self.window.cursor == before:
            return
        if jumped or self.window.anchor is not None:
            self._refresh_rows()
        else:
            self._refresh_row(before)
            self._refresh_row(self.window.cursor)
        self.post_message(self.Moved(self))

    def turn_page(self, pages: int) -> None:
        """Moves window and cursor by whole pages."""
        self.window.turn_page(pages)
        self._refresh_rows()
        self.post_message(self.Moved(self))

    def turn_column(self, by: int) -> None:
        """Chooses the next column to the left or right."""
        shown = [c.name for c in self.choice.visible(self.source.columns)]
        at = shown.index(self.column_name) if self.column_name in shown else 0
        if shown:
            self.column_name = shown[max(0, min(len(shown) - 1, at + by))]
            self.refresh()

    def on_resize(self) -> None:
        self.window.page = max(1, self.size.height - HEADER)
        self.window.show(self.window.top)
        self.refresh()

    def on_focus(self) -> None:
        self._refresh_row(self.window.cursor)

    def on_blur(self) -> None:
        self._refresh_row(self.window.cursor)

    # --- marks, hits, order, columns

    def toggle_mark(self) -> None:
        """Marks the row or takes the mark away, and moves on."""
        if self.window.key is None:
            return
        self.window.marks.toggle(self.window.key)
        self._refresh_row(self.window.cursor)
        self.move(1)
        self.post_message(self.Changed(self))

    def toggle_all(self) -> None:
        """Marks everything that is shown; where everything is, takes all marks away."""
        self.window.toggle_all()
        self._tell_change()

    def toggle_range(self) -> None:
        """Begins a range at the cursor, or marks from where it began up to the cursor."""
        self.window.toggle_range()
        self._tell_change()

    def clear_marks(self) -> bool:
        """Takes all marks and a begun range away; says whether there were any."""
        had = bool(self.marked) or self.window.anchor is not None
        self.window.marks.clear()
        self.window.anchor = None
        if had:
            self._tell_change()
        return had

    def go_to_hit(self, step: int) -> None:
        """Goes to the next or previous row that the last search finds."""
        if self.view.search or not self.last_search:
            self.move(step)
            return
        reading, view = self._reading, self.view.searching(self.last_search)

        def find() -> None:
            worker = get_current_worker()
            keys = self.source.order(view, lambda: worker.is_cancelled)
            if not worker.is_cancelled:
                self.post_message(self.HitsRead(reading, keys, step))

        self.run_worker(find, group=f"hits-{id(self)}", exclusive=True, thread=True)

    def on_windowed_list_hits_read(self, message: HitsRead) -> None:
        message.stop()
        order, position = self.window.order, self.window.cursor + message.step
        found = frozenset(message.keys) if message.reading == self._reading else frozenset()
        while found and 0 <= position < len(order):
            if order[position] in found:
                self.go(position)
                return
            position += message.step

    def sort(self) -> None:
        """Sorts by the chosen column; where it does already, turns the order round."""
        column = self.column
        if column is not None and column.sortable:
            turned = self.view.sort == column.name and not self.view.reverse
            self.look(replace(self.view, sort=column.name, reverse=turned), wanted=self.window.key)

    def reverse(self) -> None:
        """Turns the order round."""
        self.look(replace(self.view, reverse=not self.view.reverse), wanted=self.window.key)

    def resize_column(self, by: int) -> None:
        """Makes the chosen column wider or narrower."""
        if self.column is not None:
            self.choose(self.choice.resize(self.column, by))

    def choose(self, choice: Choice) -> None:
        """Shows other columns."""
        self.choice = choice
        self._tell_change()

    # --- the mouse

    def on_click(self, event: events.Click) -> None:
        if event.y < HEADER:
            for placed in self._placed:
                if placed.x <= event.x - GUTTER < placed.x + placed.width:
                    self.column_name = placed.column.name
                    self.sort()
            return
        position = self.window.top + event.y - HEADER
        if position < self.count:
            self.go(position)
            if event.chain == 2:
                self.post_message(self.Opened(self))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-3)
