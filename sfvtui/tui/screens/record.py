"""One record: its pairs with both sides, the edit that waits, and an editor for each type."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.containers import Container

from sfvtui.domain.values import show
from sfvtui.tui import actions
from sfvtui.tui.record_view import load, state_words
from sfvtui.tui.screens.editing import left_open, open_editor, queue
from sfvtui.tui.screens.listing import WithList
from sfvtui.tui.screens.why import pair_text, show_why
from sfvtui.tui.source import Cell, Column, ListSource, Row
from sfvtui.tui.widgets.detail import Detail
from sfvtui.tui.widgets.dialogs import Choose
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.widgets.windowed_list import WindowedList
from sfvtui.tui.words import FLAG_WORDS, STATE_TONES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.widget import Widget

    from sfvtui.sync.acting import Done
    from sfvtui.tui.facts import Facts
    from sfvtui.tui.record_view import PairView, RecordView

COLUMNS = (
    Column("field", "FIELD", 20, 8, 1, optional=False),
    Column("salesforce", "SALESFORCE", 20, 8, 2),
    Column("vitally", "VITALLY", 20, 8, 2),
    Column("edit", "EDIT", 14, 6, 1),
)


class RecordScreen(WithList):
    """One record over the screen that it was opened from."""

    place = "record"
    BINDINGS = actions.bindings("record")
    CSS_PATH = "record.tcss"

    def __init__(self, record_id: str, walk: Callable[[int], str] | None = None) -> None:
        super().__init__()
        self._record_id = record_id
        self._walk = walk
        self._view: RecordView | None = None
        self._source = ListSource(COLUMNS)

    # --- the frame

    def body(self) -> Iterable[Widget]:
        self.load()
        yield Container(
            WindowedList(self._source, empty="no pairs are mapped; 7 maps them", id="list"),
            Detail(),
            id="body",
        )

    def load(self) -> None:
        """Reads the record again."""
        self._view = load(self.desk, self._record_id, steps=True)
        pairs = self._view.pairs if self._view else ()
        linked = self._linked
        self._source.fill(_row(key, pair, linked=linked) for key, pair in enumerate(pairs))

    def catch_up(self) -> None:
        self.load()
        super().catch_up()

    @property
    def _linked(self) -> bool:
        return self._view is not None and self._view.user is not None

    @property
    def pair(self) -> PairView | None:
        """The pair under the cursor."""
        key = self.listing.window.key
        return self._view.pairs[key] if self._view and key is not None else None

    def facts(self) -> Facts:
        pair = self.pair
        return replace(
            super().facts(),
            state=self._view.state if self._view else "",
            not_editable=pair.not_editable(linked=self._linked) if pair else "there is no pair",
            has_edit=bool(pair and pair.edit is not None),
            has_user=self._linked,
            walks=self._walk is not None,
        )

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        view = self._view
        if view is None:
            return [Part(f" {self._record_id} is not in the mirror", "warn")], []
        word, why = state_words(view)
        left = [
            Part(f" {view.name}", "strong"),
            Part(f"  {word}", STATE_TONES.get(view.state, "dim")),
            Part(why),
        ]
        left += [Part(f"  ! {FLAG_WORDS.get(flag, flag)}", "warn") for flag, _ in view.flags]
        ids = f"  {view.record_id}" + (f" ⇄ {view.user_words} " if view.user else " ")
        return left, [Part(ids, "dim")]

    def rested(self) -> None:
        self.main.keep_record(self._record_id, self.listing.window.key)

    def detail(self, row: Row) -> Prose | None:
        pair = self.pair
        del row
        return pair_text(pair, linked=self._linked) if pair else None

    def record_of(self, row: Row | None) -> str:
        del row
        return self._record_id

    # --- acting

    def do_open(self) -> None:
        pair = self.pair
        why = pair.not_editable(linked=self._linked) if pair else "there is no pair"
        if self.desk.read_only or why:
            self.do_why()
        else:
            self.do_edit()

    def do_edit(self) -> None:
        if self.pair is not None and self._view is not None:
            open_editor(self, self._view, self.pair)

    def ready(self) -> None:
        super().ready()
        left = left_open(self)
        for key, pair in enumerate(self._view.pairs if self._view else ()):
            if left != (self._record_id, pair.pair.name) or self._view is None:
                continue
            if not pair.not_editable(linked=self._linked):
                self.listing.reload(wanted=key)
                open_editor(self, self._view, pair)

    def do_blank(self) -> None:
        pair = self.pair
        if pair is None:
            return
        problem = "" if pair.pair.field.nillable else "it is required"
        if problem:
            self.say(f"can't blank {pair.pair.name}: {problem}", "warn")
            return
        queue(self, self._record_id, {pair.pair.name: ""})

    def do_unlink(self) -> None:
        from sfvtui.tui.screens.linking import ask_unlink

        ask_unlink(self, self._record_id)

    def do_link(self) -> None:
        from sfvtui.tui.screens.linking import choose_user

        choose_user(self, self._record_id)

    def do_account(self) -> None:
        from sfvtui.sync.review import account

        def chosen(how: str | None) -> None:
            if how is not None:
                self.decide(lambda context: account(context, self._record_id, how), self._done)

        entries = (
            ("add", "add the record's account", "the user keeps the others"),
            ("replace", "the record's account alone", "in place of the others"),
        )
        self.app.push_screen(Choose("The user's accounts in Vitally", entries), chosen)

    def _done(self, report: Done) -> None:
        if report.refused:
            self.say(f"refused: {report.refused[0].reason}", "warn")
        else:
            self.say(report.words("done"), "good")

    def do_why(self) -> None:
        pair = self.pair
        show_why(self, self._record_id, pair.pair.name if pair else "")

    def do_refetch(self) -> None:
        from sfvtui.tui.screens.jobs import pull_job

        self.main.start(pull_job(self, self._record_id))

    def do_next_record(self) -> None:
        self._go(1)

    def do_previous_record(self) -> None:
        self._go(-1)

    def _go(self, step: int) -> None:
        found = self._walk(step) if self._walk else ""
        if found and found != self._record_id:
            self._record_id = found
            self.catch_up()
            self.update_frame()
        else:
            self.say("that is the end of the list")

    def do_copy(self) -> None:
        column, row = self.listing.column, self.row
        if row is None or column is None or column.name == "field":
            self.copy(self._record_id, self._record_id)
        else:
            self.copy(row.cell(column.name).text, f"{row.ident}, {column.title.lower()}")


def _row(key: int, pair: PairView, *, linked: bool) -> Row:
    editable = pair.not_editable(linked=linked) == ""
    edit: str | Cell = "" if editable else Cell("fixed" if linked else "", "dim")
    if pair.edit is not None:
        edit = Cell(f"* {show(pair.pair.field, pair.edit) or 'blank'}", "info")
    elif pair.conflict:
        edit = Cell("≠ conflict", "bad")
    elif pair.paused:
        edit = Cell("paused", "warn")
    elif pair.stay:
        edit = Cell("= stay", "dim")
    tone = "warn" if pair.differs and not pair.stay else ""
    return Row(
        key,
        pair.pair.name,
        {
            "field": Cell(pair.pair.name),
            "salesforce": _side(pair, pair.salesforce, tone),
            "vitally": _side(pair, pair.vitally, tone) if linked else "",
            "edit": edit,
        },
        facts={"field": pair.pair.name},
    )


def _side(pair: PairView, known: str | None, tone: str) -> Cell:
    if known is None:
        return Cell("not read", "dim")
    return Cell(show(pair.pair.field, known), tone)
