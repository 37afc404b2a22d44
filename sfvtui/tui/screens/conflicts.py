"""Conflicts: one at a time with every value there is, or all of a field at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfvtui.domain.values import show
from sfvtui.errors import SfvtuiError
from sfvtui.mirror.windows import Selection, conflict_keys, conflict_rows
from sfvtui.tui import actions
from sfvtui.tui.conflicts import conflict_text
from sfvtui.tui.screens.lists import ListScreen
from sfvtui.tui.source import Cell, Column, Row
from sfvtui.tui.sources import MirrorSource
from sfvtui.tui.widgets.dialogs import Confirm, Pager
from sfvtui.tui.widgets.editors import editor_for
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import KIND_SHORT, SYSTEM_WORDS, number, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sfvtui.domain.bound import BoundPair
    from sfvtui.mirror.store import Row as Found
    from sfvtui.sync.context import Context
    from sfvtui.sync.resolve import ResolveReport
    from sfvtui.tui.facts import Facts
    from sfvtui.tui.source import Source

COLUMNS = (
    Column("name", "NAME", 20, 10, 2, optional=False),
    Column("field", "FIELD", 16, 8, 1),
    Column("kind", "KIND", 12, 7),
    Column("salesforce", "SALESFORCE", 16, 8, 2, sortable=False),
    Column("vitally", "VITALLY", 16, 8, 2, sortable=False),
    Column("since", "SINCE", 16, 10, shown=False),
)
SIDE_WORDS = {
    "salesforce": "Salesforce's value",
    "vitally": "Vitally's value",
    "base": "the base",
    "edit": "the edit",
}


class ConflictsScreen(ListScreen):
    """The list of conflicts, and the one under the cursor in full."""

    place = "conflicts"
    BINDINGS = actions.bindings("conflicts")
    CSS_PATH = "conflicts.tcss"
    empty = "no conflicts: both sides agree, or the rules decide"

    def __init__(self) -> None:
        super().__init__()
        self._pending: set[int] = set()
        self._last_take: tuple[str, str] | None = None

    def make_source(self) -> Source:
        return MirrorSource(
            self.desk,
            COLUMNS,
            keys=conflict_keys,
            rows=conflict_rows,
            draw=self._draw,
            select=lambda group: Selection(states=(group,)) if group else Selection(),
        )

    def _draw(self, key: int, row: Found) -> Row:
        pair = self._pair(row["field"])

        def side(value: str | None) -> str | Cell:
            if value is None:
                return Cell("none", "dim")
            return show(pair.field, value) if pair else value

        sides = frozenset(
            name for name in ("salesforce", "vitally", "base", "edit") if row[name] is not None
        )
        return Row(
            key,
            row["record_id"],
            {
                "name": row["display_name"],
                "field": row["field"] or "(merged)",
                "kind": Cell(KIND_SHORT.get(row["kind"], row["kind"]), "warn"),
                "salesforce": side(row["salesforce"]),
                "vitally": side(row["vitally"]),
                "since": row["since"].replace("T", " ")[:16],
            },
            facts={
                "state": row["kind"],
                "record": row["record_id"],
                "field": row["field"],
                "sides": sides if row["kind"] != "deleted" else frozenset({"base"}),
                "name": row["display_name"],
            },
        )

    def _pair(self, field: str) -> BoundPair | None:
        return self.desk.bound.pair(field) if self.desk.bound and field else None

    def facts(self) -> Facts:
        row = self.row
        facts = super().facts()
        if row is None:
            return facts
        pair = self._pair(str(row.facts["field"]))
        sides = row.facts["sides"]
        return replace(
            facts,
            sides=sides if isinstance(sides, frozenset) else frozenset(),
            not_editable=_not_typed(row, pair),
            settled=bool(self._last_take),
        )

    def detail(self, row: Row) -> Prose | None:
        found = conflict_rows(self.desk.store, [row.key]).get(row.key)
        return conflict_text(self.desk, found) if found is not None else None

    # --- settling

    def do_take_salesforce(self) -> None:
        self._take("salesforce")

    def do_take_vitally(self) -> None:
        self._take("vitally")

    def do_take_base(self) -> None:
        self._take("base")

    def do_take_edit(self) -> None:
        self._take("edit")

    def _take(self, side: str) -> None:
        chosen = [row for row in self.chosen_rows() if row.facts["field"]]
        rows = [row for row in chosen if _offers(row, side)]
        if not chosen:
            self.say("a merged record is settled by unlinking: Enter opens it", "warn")
            return
        if not rows:
            self.say(f"none of these conflicts has {SIDE_WORDS[side]} to take", "warn")
            return
        if len(rows) == 1 and not self.listing.marked:
            if rows[0].key not in self._pending:
                self._settle(rows, side)
            return
        self._ask(f"Take {SIDE_WORDS[side]} for {plural(len(rows), 'conflict')}?", rows, side)

    def do_same_for_field(self) -> None:
        if self._last_take is None:
            return
        field, side = self._last_take
        store = self.desk.store
        keys = conflict_keys(store, Selection())
        found = self.listing.source.rows(keys)
        same = [found[key] for key in keys if key in found and found[key].facts["field"] == field]
        rows = [row for row in same if _offers(row, side)]
        if not rows:
            left = f" with {SIDE_WORDS[side]}" if same else ""
            self.say(f"{field} has no more conflicts{left}")
            return
        self._ask(
            f"Take {SIDE_WORDS[side]} for all {plural(len(rows), 'conflict')} of {field}?",
            rows,
            side,
        )

    def _ask(self, question: str, rows: Sequence[Row], side: str) -> None:
        text = Prose()
        for row in rows[:100]:
            text.hang(4).add(f"{row.cell('name').text}  ", "strong")
            text.line(row.cell("field").text)
            for name, words in SYSTEM_WORDS.items():
                text.hang(15).add(f"    {words:<10} ", "dim")
                text.line(row.cell(name).text or "blank")
        if len(rows) > 100:
            text.line(f"… and {number(len(rows) - 100)} more", "dim")

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                self._settle(rows, side)

        self.app.push_screen(Confirm(question, text, yes="settle them"), answer)

    def _settle(self, rows: Sequence[Row], side: str) -> None:
        from sfvtui.sync.resolve import resolve

        wanted = [(row.ident, str(row.facts["field"])) for row in rows]
        names = {row.ident: row.cell("name").text for row in rows}
        self._pending.update(row.key for row in rows)
        if not self.listing.marked and len(rows) == 1:
            self.listing.move(1)
            self._last_take = (wanted[0][1], side)
        self.listing.clear_marks()

        def run(context: Context) -> tuple[int, list[str]]:
            done, refused = 0, []
            for record, field in wanted:
                try:
                    resolve(context, record, field, take=side)
                    done += 1
                except SfvtuiError as error:
                    refused.append(f"{names[record]}, {field}: {error}")
            return done, refused

        def then(report: tuple[int, list[str]]) -> None:
            done, refused = report
            self._pending.difference_update(row.key for row in rows)
            if refused:
                self.say(f"{number(done)} settled; {refused[0]}", "warn")
                if len(refused) > 1:
                    text = Prose()
                    for line in refused:
                        text.line(line)
                    self.app.push_screen(Pager("Not settled", text))
                return
            what = wanted[0][1] if len(wanted) == 1 else plural(done, "conflict")
            self.say(f"{what}: {SIDE_WORDS[side]} is queued; u takes it back", "good")

        self.decide(run, then)

    def do_type_value(self) -> None:
        if self.row is not None:
            self._type_value(self.row)

    def _type_value(self, row: Row) -> None:
        pair = self._pair(str(row.facts["field"]))
        if pair is None:
            return
        found = conflict_rows(self.desk.store, [row.key]).get(row.key)
        if found is None:
            return
        record, name = row.ident, pair.name
        start = found["edit"] if found["edit"] is not None else found["salesforce"] or ""

        draft = self.desk.ui.get("drafts", record, name)

        def keep(text: str | None) -> None:
            self.desk.ui.keep(text, "drafts", record, name)

        def typed(text: str | None) -> None:
            self.desk.ui.keep(None, "editor", self.place, self.place)
            if text is not None:
                self._resolve_typed(record, name, text)

        self.app.push_screen(
            editor_for(pair.field)(
                pair.field,
                start,
                title=f"{pair.field.label} of {row.cell('name').text}",
                about=conflict_text(self.desk, found, keys=False),
                draft=draft if isinstance(draft, str) else None,
                keep=keep,
            ),
            typed,
        )
        self.desk.ui.keep(row.key, "editor", self.place, self.place)

    def ready(self) -> None:
        super().ready()
        key = self.desk.ui.get("editor", self.place, self.place)
        if isinstance(key, int):
            self._reopen(key)

    def _reopen(self, key: int) -> None:
        """Opens the editor again that was open when the program ended."""
        self.desk.ui.keep(None, "editor", self.place, self.place)
        found = self.listing.source.rows([key]).get(key)
        if found is not None and not _not_typed(found, self._pair(str(found.facts["field"]))):
            self._type_value(found)

    def _resolve_typed(self, record: str, field: str, text: str) -> None:
        from sfvtui.sync.resolve import resolve

        def then(report: ResolveReport) -> None:
            del report
            self.say(f"{field}: what was typed is queued; u takes it back", "good")

        self.decide(lambda context: resolve(context, record, field, value=text), then)


def _offers(row: Row, side: str) -> bool:
    """Whether a conflict has this value to take."""
    sides = row.facts["sides"]
    return isinstance(sides, frozenset) and side in sides


def _not_typed(row: Row, pair: BoundPair | None) -> str:
    """Why no value can be typed for this conflict; empty text where one can."""
    if pair is None:
        return "a merged record is settled by unlinking"
    if row.facts["state"] == "deleted":
        return "its record is gone: b drops the edit"
    return "" if pair.pair.editable else f"{pair.name} is not editable in the mapping"


SCREEN = ConflictsScreen
