"""Review: what the rule could not decide. Judge one, and the next is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfvtui.mirror import records
from sfvtui.tui import actions, people
from sfvtui.tui.review_view import alikes_of, review_text
from sfvtui.tui.screens.lists import ListScreen, fitting
from sfvtui.tui.source import View
from sfvtui.tui.widgets.detail import Detail
from sfvtui.tui.widgets.dialogs import Ask, Confirm, Pager
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import STATE_SIGNS, STATE_WORDS, number, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sfvtui.sync.acting import Done
    from sfvtui.sync.context import Context
    from sfvtui.tui.facts import Facts
    from sfvtui.tui.source import Row, Source

STATES = ("unmatched", "ambiguous", "held", "approved", "ignored", "outside_filter")
SHOWN = ("name", "mark", "Title", "account", "Email")
NAMES_SHOWN = 100


class ReviewScreen(ListScreen):
    """A state at a time; what is decided leaves the list, and the next row is under the cursor."""

    place = "review"
    BINDINGS = actions.bindings("review")
    CSS_PATH = "review.tcss"
    first_sort = "name"
    of_people = True
    empty = "nothing in this state; Tab shows the next"

    def __init__(self) -> None:
        super().__init__()
        self._pending: set[str] = set()
        self._judged: dict[tuple[int, ...], int | None] = {}

    def make_source(self) -> Source:
        return people.source(self.desk, SHOWN, people.selection)

    def first_view(self) -> View:
        return View(group=STATES[0], sort=self.first_sort)

    def detail(self, row: Row) -> Prose | None:
        width = self.query_one(Detail).scrollable_content_region.width
        return review_text(self.desk, str(row.facts["record"]), width)

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        right = self.place_part()
        room = self.size.width - sum(len(part.text) for part in right) - 2
        return fitting((self._tabs(), self._tabs(words=False), self._tabs(alone=True)), room), right

    def _tabs(self, *, words: bool = True, alone: bool = False) -> list[Part]:
        """The states and their counts; with their words, their signs, or the present one alone."""
        counts = self.desk.counts.get("states", {})
        parts = [Part(" Review ", "strong")]
        for state in STATES:
            here = state == self.listing.view.group
            if alone and not here:
                continue
            name = STATE_WORDS[state] if words or here else STATE_SIGNS[state]
            count = f" {number(counts[state])}" if state in counts else ""
            if len(parts) > 1:
                parts.append(Part("│", "rule"))
            parts.append(Part(f" {name}{count} ", "here" if here else "dim"))
        flag = self.listing.view.group.removeprefix("flag:")
        if flag != self.listing.view.group:
            parts.append(Part(f"│ only {flag}", "here"))
        return parts

    def facts(self) -> Facts:
        known = super().facts()
        group = self.listing.view.group
        if known.marked and group in STATES:
            return replace(known, state=group, alike=True)
        return known

    # --- states

    def do_next_state(self) -> None:
        self._turn(1)

    def do_previous_state(self) -> None:
        self._turn(-1)

    def _turn(self, step: int) -> None:
        group = self.listing.view.group
        at = STATES.index(group) if group in STATES else -step
        self.show_state(STATES[(at + step) % len(STATES)])

    def show_state(self, state: str) -> None:
        """Shows another state, the filter kept."""
        self.listing.window.marks.clear()
        self.show_view(replace(self.listing.view, group=state, search=""))

    # --- judging

    def do_approve(self) -> None:
        if self.listing.marked:
            self._approve_marked()
            return
        row = self.row
        if row is None or row.ident in self._pending:
            return
        record = records.by_id(self.desk.store, row.ident)
        alike = alikes_of(self.desk, record) if record is not None else []
        if not alike:
            self._approve([row.ident], row.cell("name").text, wave=False)
            return
        text = Prose()
        for one in alike:
            text.add(f"{one.name}  ", "strong").line(f"{one.email}  {one.because}  ({one.who})")
        text.line("\nA second user for the same person is hard to undo in Vitally.", "dim")

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                self._approve([row.ident], row.cell("name").text, wave=True)

        question = f"{row.cell('name').text} looks like somebody. Approve all the same?"
        self.app.push_screen(Confirm(question, text, yes="approve"), answer)

    def _approve(self, records: Sequence[str], name: str, *, wave: bool) -> None:
        from sfvtui.sync.review import approve

        self._judge(
            records,
            lambda context: approve(context, records, wave=wave),
            f"approved {name}",
        )

    def _approve_marked(self) -> None:
        from sfvtui.sync.review import approve

        rows = self.chosen_rows()
        records = [row.ident for row in rows]
        self._ask_number(
            "Approve",
            rows,
            lambda: self._judge(
                records,
                lambda context: approve(context, records, shown=True),
                f"approved {plural(len(records), 'record')}",
            ),
        )

    def do_ignore(self) -> None:
        from sfvtui.sync.review import ignore

        rows = self.chosen_rows()
        records = [row.ident for row in rows]
        words = rows[0].cell("name").text if len(rows) == 1 else plural(len(rows), "record")

        def decided(reason: str) -> None:
            self._judge(
                records, lambda context: ignore(context, records, reason), f"ignored {words}"
            )

        if len(rows) > 1:
            self._ask_number("Ignore", rows, lambda: decided(""))
        elif rows[0].ident not in self._pending:
            decided("")

    def do_ignore_why(self) -> None:
        from sfvtui.sync.review import ignore

        rows = self.chosen_rows()
        records = [row.ident for row in rows]
        words = rows[0].cell("name").text if len(rows) == 1 else plural(len(rows), "record")

        def answer(reason: str | None) -> None:
            if reason is not None:
                self._judge(
                    records, lambda context: ignore(context, records, reason), f"ignored {words}"
                )

        where = ("drafts", "ignore", records[0])
        ask = Ask(
            f"Ignore {words}. Why?",
            note="The reason is kept.",
            draft=self.desk.ui.get(*where),
            keep=lambda text: self.desk.ui.keep(text or None, *where),
        )
        self.app.push_screen(ask, answer)

    def do_restore(self) -> None:
        from sfvtui.sync.review import restore

        rows = self.chosen_rows()
        approved = [row for row in rows if row.facts["state"] == "approved"]
        if approved:
            self._withdraw([row.ident for row in approved])
            return
        records = [row.ident for row in rows]
        self._judge(
            records,
            lambda context: restore(context, records),
            f"restored {plural(len(records), 'record')}",
        )

    def _withdraw(self, records: Sequence[str]) -> None:
        from sfvtui.mirror.outbox import creation_of
        from sfvtui.sync.outbox import drop

        def withdraw(context: Context) -> list[int]:
            found = (creation_of(context.store, record) for record in records)
            return drop(context, [row["change_id"] for row in found if row is not None])

        def then(numbers: list[int]) -> None:
            self.say(f"withdrew {plural(len(numbers), 'approval')}", "good")

        self.decide(withdraw, then)

    def do_link(self) -> None:
        from sfvtui.tui.screens.linking import choose_user

        if self.row is not None:
            choose_user(self, self.row.ident)

    def _judge(self, records: Sequence[str], verb: Callable[[Context], Done], words: str) -> None:
        """Carries a judgement out; the cursor is on the next row at once."""
        self._pending.update(records)
        at = self.listing.window.key
        if not self.listing.marked:
            self.listing.move(1)
        self.listing.clear_marks()

        def then(report: Done) -> None:
            self._pending.difference_update(records)
            if report.done and self.decided:
                self._judged[tuple(self.decided[-1])] = at
            if not report.refused:
                self.say(report.words(words), "good")
            elif len(records) == 1:
                self.say(f"refused: {report.refused[0].reason}", "warn")
            else:
                self._show_refused(report)

        self.decide(verb, then)

    def do_undo(self) -> None:
        at = self._judged.pop(tuple(self.decided[-1]), None)
        super().do_undo()
        if at is not None:
            self.listing.want(at)

    def _show_refused(self, report: Done) -> None:
        from sfvtui.sync.review import WAVE_ON

        text = Prose()
        for one in report.refused:
            row = records.by_id(self.desk.store, one.record)
            text.line(str(row["display_name"]) if row is not None else one.record, "strong")
            text.fact(
                "",
                one.reason.replace(WAVE_ON, "Approve it alone, a on its row, to wave it on"),
                width=3,
            )
        self.say(f"{number(len(report.done))} done, {number(len(report.refused))} refused", "warn")
        self.app.push_screen(Pager(f"{plural(len(report.refused), 'record')} refused", text))

    def _ask_number(self, verb: str, rows: Sequence[Row], act: Callable[[], None]) -> None:
        """Says the number, and what was shown when it was decided, before many are judged."""
        view = self.listing.view
        text = Prose()
        if view.filter:
            text.fact("filter", view.filter)
        if view.search:
            text.fact("search", view.search)
        if text:
            text.line()
        for row in rows[:NAMES_SHOWN]:
            text.add(row.cell("name").text).line(f"  {row.cell('account').text}", "dim")
        if len(rows) > NAMES_SHOWN:
            text.line(f"… and {number(len(rows) - NAMES_SHOWN)} more", "dim")

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                act()

        question = f"{verb} {plural(len(rows), 'record')}?"
        self.app.push_screen(Confirm(question, text, yes=verb.lower()), answer)


SCREEN = ReviewScreen
