"""History: what was decided and sent, by whom, with the values before and after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfvtui.mirror import records
from sfvtui.mirror.windows import Selection, history_keys, history_rows
from sfvtui.tui import actions
from sfvtui.tui.history_view import draw_entry, entry_text
from sfvtui.tui.screens.lists import ListScreen
from sfvtui.tui.source import Column, Row, View
from sfvtui.tui.sources import MirrorSource
from sfvtui.tui.takeback import plan_text
from sfvtui.tui.widgets.dialogs import Confirm, Pager
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from sfvtui.sync.undoing import UndoReport
    from sfvtui.tui.facts import Facts
    from sfvtui.tui.source import Source

COLUMNS = (
    Column("at", "AT (UTC)", 11, 11),
    Column("what", "WHAT", 8, 6, optional=False),
    Column("system", "TO", 10, 6, sortable=False),
    Column("name", "NAME", 18, 12, 1, optional=False),
    Column("field", "FIELD", 14, 6, 1),
    Column("change", "BEFORE → AFTER", 26, 10, 3, sortable=False),
    Column("who", "WHO", 10, 5, 1),
    Column("run", "RUN", 4, 4, right=True, sortable=False, shown=False),
    Column("outcome", "OUTCOME", 16, 6, 1, sortable=False, shown=False),
    Column("entry", "ENTRY", 7, 5, right=True, sortable=False, shown=False),
)


class HistoryScreen(ListScreen):
    """The whole history, or that of one record or one run."""

    place = "history"
    BINDINGS = actions.bindings("history")
    CSS_PATH = "history.tcss"
    empty = "nothing was decided or sent yet"

    def __init__(self, record_id: str = "") -> None:
        super().__init__()
        self._record_id = record_id

    def make_source(self) -> Source:
        return MirrorSource(
            self.desk,
            COLUMNS,
            keys=history_keys,
            rows=history_rows,
            draw=draw_entry,
            select=_select,
        )

    def first_view(self) -> View:
        return View(group=f"record:{self._record_id}" if self._record_id else "")

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        left, right = super().title_parts()
        kind, _, name = self.listing.view.group.partition(":")
        if kind == "record":
            row = records.by_id(self.desk.store, name)
            known = row["display_name"] if row is not None else name
            left.append(Part(f"  only {known}", "info"))
        elif kind == "run":
            left.append(Part(f"  only run {name}", "info"))
        return left, right

    def detail(self, row: Row) -> Prose | None:
        found = history_rows(self.desk.store, [row.key]).get(row.key)
        return entry_text(found) if found is not None else None

    def do_only_record(self) -> None:
        self._only(f"record:{self.record_of(self.row)}")

    def do_only_run(self) -> None:
        if self.row is not None:
            self._only(f"run:{self.row.facts['run']}")

    def do_open_run(self) -> None:
        from sfvtui.tui.screens.run import RunScreen

        run = self.row.facts["run"] if self.row else None
        if isinstance(run, int):
            self.app.push_screen(RunScreen(run))

    def facts(self) -> Facts:
        row = self.row
        return replace(
            super().facts(),
            in_run=bool(row and row.facts["run"] is not None),
            of_record=bool(self.record_of(row)),
        )

    def _only(self, group: str) -> None:
        view = self.listing.view
        now = "" if view.group == group else group
        wanted = self.listing.window.key
        self.listing.look(replace(view, group=now), wanted=wanted)

    def go_back(self) -> None:
        view = self.listing.view
        if view.group and not self._record_id and not (view.search or view.filter):
            self.listing.look(replace(view, group=""), wanted=self.listing.window.key)
        else:
            super().go_back()

    def do_undo_entry(self) -> None:
        from sfvtui.sync.undo import undo

        entries = [row.key for row in self.chosen_rows()]

        def planned(report: UndoReport) -> None:
            if not report.undone and not report.conflicts:
                self.taken_back([report])
                return
            question = f"Take back {plural(len(entries), 'entry', 'entries')}?"
            self.app.push_screen(Confirm(question, plan_text(report), yes="take back"), answer)

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                self.listing.clear_marks()
                self.decide(lambda context: undo(context, entries=entries), self._undone)

        self.main.act(self, lambda context: undo(context, entries=entries, dry_run=True), planned)

    def _undone(self, report: UndoReport) -> None:
        self.taken_back([report])

    def do_open(self) -> None:
        row = self.row
        if row is not None and row.facts["state"] == "mapping":
            found = history_rows(self.desk.store, [row.key]).get(row.key)
            if found is not None:
                text = Prose().line("before", "title").line(found["before"] or "none")
                text.line("\nafter", "title").line(found["after"] or "none")
                self.app.push_screen(Pager("The mapping was changed", text))
            return
        super().do_open()


def _select(group: str) -> Selection:
    kind, _, name = group.partition(":")
    if kind == "record":
        return Selection(record=name)
    if kind == "run":
        return Selection(run=int(name))
    return Selection()


SCREEN = HistoryScreen
