"""Records: everybody in the mirror, to browse, search, filter and open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.tui import actions, people
from sfvtui.tui.record_view import record_summary
from sfvtui.tui.screens.lists import ListScreen
from sfvtui.tui.source import View
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.words import STATE_WORDS

if TYPE_CHECKING:
    from sfvtui.tui.source import Row, Source
    from sfvtui.tui.widgets.prose import Prose

SHOWN = ("sign", "name", "Title", "account", "Email", "open")


class RecordsScreen(ListScreen):
    """A window over everybody."""

    place = "records"
    BINDINGS = actions.bindings("records")
    CSS_PATH = "records.tcss"
    first_sort = "name"
    of_people = True
    empty = "no records; p pulls them"

    def make_source(self) -> Source:
        return people.source(self.desk, SHOWN, people.selection)

    def nothing(self, view: View) -> str:
        return "nobody here any more; Esc shows everybody" if view.group else self.empty

    def detail(self, row: Row) -> Prose | None:
        return record_summary(self.desk, str(row.facts["record"]))

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        left, right = super().title_parts()
        group = self.listing.view.group
        if group:
            left.append(Part(f"  only {STATE_WORDS.get(group, group)}", "info"))
        return left, right

    def do_unlink(self) -> None:
        from sfvtui.tui.screens.linking import ask_unlink

        record = self.record_of(self.row)
        if record:
            ask_unlink(self, record)

    def go_back(self) -> None:
        view = self.listing.view
        if view.group and not (view.search or view.filter or self.listing.marked):
            self.show_view(View(sort=view.sort, reverse=view.reverse))
        else:
            super().go_back()


SCREEN = RecordsScreen
