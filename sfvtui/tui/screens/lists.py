"""What the screens with a list share: search, filter, marks, sort, columns, the panel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Container, Vertical

from sfvtui.tui.screens.listing import JOIN, WithList
from sfvtui.tui.source import View
from sfvtui.tui.widgets.bars import Bar, FilterBar, SearchBar
from sfvtui.tui.widgets.columns import Choice
from sfvtui.tui.widgets.detail import Detail
from sfvtui.tui.widgets.dialogs import THROW_AWAY_KEYS, ask_throw_away
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.windowed_list import WindowedList
from sfvtui.tui.words import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.widget import Widget

    from sfvtui.domain.filters.complete import Suggestion
    from sfvtui.tui.source import Row, Source


class ListScreen(WithList):
    """A list, its bars, its panel. What is chosen is kept between starts."""

    first_sort = ""
    of_people = False
    """Whether each row is a record with its fields as columns."""
    empty = "nothing here"

    def __init__(self) -> None:
        super().__init__()
        self._before_search = View()
        self._is_ready = False
        self._then: Callable[[ListScreen], None] | None = None

    # --- what a screen gives

    def make_source(self) -> Source:
        """The source of the list."""
        raise NotImplementedError

    def first_view(self) -> View:
        """The view at the first start."""
        return View(sort=self.first_sort)

    # --- the frame

    def body(self) -> Iterable[Widget]:
        source = self.make_source()
        kept = self.desk.ui.get("columns", self.place)
        yield Container(
            Vertical(
                SearchBar(id="search"),
                FilterBar(self.check_filter, self.complete_filter, id="filter"),
                WindowedList(
                    source,
                    view=self._kept_view(),
                    choice=Choice.from_json(kept, source.columns),
                    empty=self.empty,
                    id="list",
                ),
                id="left",
            ),
            Detail(),
            id="body",
        )

    def _kept_view(self) -> View:
        """The view as it was left, where this is the place's own screen."""
        kept = self.desk.ui.get("view", self.place) if self.main.is_place(self) else None
        return View.from_json(kept) or self.first_view()

    def ready(self) -> None:
        view, draft = self.listing.view, None
        if self.main.is_place(self):
            kept = self.desk.ui.get("at", self.place)
            self.begin_at = kept if isinstance(kept, int) else None
            draft = self.desk.ui.get("drafts", "filter", self.place)
        self.query_one("#search", SearchBar).settle(view.search)
        self.query_one("#filter", FilterBar).settle(view.filter)
        super().ready()
        self._is_ready = True
        if self._then is not None:
            self._then(self)
        elif isinstance(draft, str):
            self.query_one("#filter", FilterBar).open(draft)

    def when_ready(self, then: Callable[[ListScreen], None]) -> None:
        """Calls `then` at once, or when all widgets are there."""
        if self._is_ready:
            then(self)
        else:
            self._then = then

    def catch_up(self) -> None:
        """Reads again; another mapping has other columns."""
        if self._is_ready:
            source, listing = self.make_source(), self.listing
            if source.columns != listing.source.columns:
                kept = listing.choice.as_json(listing.source.columns)
                listing.read_from(source, Choice.from_json(kept, source.columns))
        super().catch_up()

    def place_part(self) -> list[Part]:
        windowed = self.listing
        parts: list[Part] = []
        if windowed.marked:
            parts.append(Part(f"{number(windowed.marked)} marked", "warn"))
            parts.append(Part(JOIN, "dim"))
        at = number(windowed.window.cursor + 1) if windowed.count else "0"
        of = number(windowed.count) if windowed.whole else "…"
        parts.append(Part(f"{at} of {of}"))
        if windowed.total is not None and windowed.total != windowed.count:
            parts.append(Part(f" shown of {number(windowed.total)}", "dim"))
        return [*parts, Part("  "), *super().place_part()]

    @on(WindowedList.Changed)
    def _list_changed(self) -> None:
        windowed = self.listing
        empty = self.empty_words(windowed.view)
        if empty != windowed.empty:
            windowed.empty = empty
            windowed.refresh()
        columns = windowed.source.columns
        self.desk.ui.keep(windowed.choice.as_json(columns), "columns", self.place)
        self._keep_view(windowed.view)
        self.update_frame()

    def empty_words(self, view: View) -> str:
        """Why the list is empty: what hides its rows, before what there is not."""
        hiding = [words for words in ("search", "filter") if getattr(view, words)]
        if not hiding or not self.listing.total:
            return self.nothing(view)
        verb, it = ("hide", "them") if len(hiding) > 1 else ("hides", "it")
        rows = number(self.listing.total)
        return f"{' and '.join(hiding)} {verb} all {rows}; Esc clears {it}"

    def nothing(self, view: View) -> str:
        """What an empty list says where neither search nor filter hides rows."""
        del view
        return self.empty

    def _keep_view(self, view: View) -> None:
        """Keeps what is shown for the next start."""
        if self.main.is_place(self):
            self.desk.ui.keep(view.as_json(), "view", self.place)

    def _keep_draft(self, text: str | None) -> None:
        """Keeps a filter while it is typed; None: it is typed no longer."""
        if self.main.is_place(self):
            self.desk.ui.keep(text, "drafts", "filter", self.place)

    # --- search and filter

    def typing_keys(self) -> tuple[tuple[str, str], ...]:
        for bar in self.query(Bar):
            if bar.input.has_focus:
                # A question over the typing takes the keys.
                return bar.keys if self.app.screen is self else THROW_AWAY_KEYS
        return ()

    def on_descendant_focus(self) -> None:
        self.update_frame()

    def do_search(self) -> None:
        self._before_search = self.listing.view
        self.query_one("#search", SearchBar).open(self.listing.view.search)

    def do_filter(self) -> None:
        self.query_one("#filter", FilterBar).open(self.listing.view.filter)

    @on(Bar.Typed)
    def _bar_typed(self, event: Bar.Typed) -> None:
        view = self.listing.view
        if isinstance(event.bar, SearchBar):
            if event.text != view.search:
                self.listing.look(replace(view, search=event.text))
                self._keep_view(self.listing.view)
        elif event.done:
            self._keep_draft(None)
            self.listing.look(replace(view, filter=event.text.strip()))
        else:
            self._keep_draft(event.text)
        if event.done:
            event.bar.settle(event.text)
            self.listing.focus()
            self.update_frame()

    @on(Bar.Closed)
    def _bar_closed(self, event: Bar.Closed) -> None:
        view = self.listing.view
        if isinstance(event.bar, SearchBar):
            before = self._before_search.search
            if view.search != before:
                self.listing.look(replace(view, search=before), wanted=self.listing.window.key)
            self._leave_bar(event.bar, before)
        elif event.bar.input.value.strip() == view.filter:
            self._leave_filter()
        else:
            ask_throw_away(self, event.bar.input.value, self._leave_filter)
            self.update_frame()

    def _leave_filter(self) -> None:
        self._keep_draft(None)
        self._leave_bar(self.query_one("#filter", FilterBar), self.listing.view.filter)

    def _leave_bar(self, bar: Bar, text: str) -> None:
        bar.settle(text)
        self.listing.focus()
        self.update_frame()

    @on(SearchBar.Moved)
    def _search_moved(self, event: SearchBar.Moved) -> None:
        self.listing.move(event.by)

    def check_filter(self, text: str) -> object:
        """Parses a filter text over mirrored fields. Raises FilterError."""
        return self.desk.parse_filter(text)

    def complete_filter(self, text: str, cursor: int) -> Sequence[Suggestion]:
        """What may stand at the cursor of a filter text."""
        return self.desk.complete_filter(text, cursor)

    def show_group(self, group: str) -> None:
        """Shows a state, a flag or another group alone, without search and filter."""
        self.listing.window.marks.clear()
        self.show_view(replace(self.listing.view, group=group, search="", filter=""))

    def show_view(self, view: View) -> None:
        """Shows another view, its search and filter in sight."""
        self.query_one("#search", SearchBar).settle(view.search)
        self.query_one("#filter", FilterBar).settle(view.filter)
        self.listing.look(view)

    def go_back(self) -> None:
        """Esc: first the marks, then the search, then the filter, then the screen below."""
        view = self.listing.view
        if self.listing.clear_marks():
            return
        if view.search:
            self.query_one("#search", SearchBar).settle("")
            self.listing.look(replace(view, search=""), wanted=self.listing.window.key)
        elif view.filter:
            self.query_one("#filter", FilterBar).settle("")
            self.listing.look(replace(view, filter=""), wanted=self.listing.window.key)
        else:
            super().go_back()

    def do_next_hit(self) -> None:
        self.listing.go_to_hit(1)

    def do_previous_hit(self) -> None:
        self.listing.go_to_hit(-1)

    # --- marks, order, columns

    def do_mark(self) -> None:
        self.listing.toggle_mark()

    def do_mark_all(self) -> None:
        self.listing.toggle_all()

    def do_mark_range(self) -> None:
        self.listing.toggle_range()

    def do_sort(self) -> None:
        column = self.listing.column
        if column is not None and not column.sortable:
            self.say(f"can't sort by {column.title.lower()}", "warn")
        self.listing.sort()

    def do_reverse(self) -> None:
        self.listing.reverse()

    def do_widen(self) -> None:
        self.listing.resize_column(2)

    def do_narrow(self) -> None:
        self.listing.resize_column(-2)

    def do_columns(self) -> None:
        from sfvtui.tui.widgets.column_dialog import ColumnDialog

        def chosen(choice: Choice | None) -> None:
            if choice is not None:
                self.listing.choose(choice)

        self.app.push_screen(ColumnDialog(self.listing.source.columns, self.listing.choice), chosen)

    def do_save_list(self) -> None:
        from sfvtui.tui.screens.saving import ask_save

        ask_save(self)

    # --- about the record

    def chosen_rows(self) -> list[Row]:
        """The marked rows, or the one under the cursor."""
        keys = self.listing.window.chosen()
        found: list[Row] = []
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            rows = self.listing.source.rows(part)
            found.extend(rows[key] for key in part if key in rows)
        return found

    def do_open(self) -> None:
        record = self.record_of(self.row)
        if record:
            self.main.open_record(record, self.walk)

    def walk(self, step: int) -> str:
        """Moves the cursor and names the record that it then stands on."""
        self.listing.move(step)
        return self.record_of(self.row)


def fitting(titles: Sequence[list[Part]], room: int) -> list[Part]:
    """The first of these titles that fits into so many cells, or else the last."""
    fits = (title for title in titles if sum(len(part.text) for part in title) <= room)
    return next(fits, titles[-1])
