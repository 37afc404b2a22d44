"""The outbox: what a push would send, what is held and why, what a service refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfvtui.mirror import pending
from sfvtui.mirror.held_back import is_ours
from sfvtui.mirror.windows import Selection, change_fields, change_keys, change_rows
from sfvtui.tui import actions
from sfvtui.tui.changes import STATE_TONES, arrow, change_prose, target
from sfvtui.tui.record_view import load
from sfvtui.tui.screens.editing import left_open, open_editor
from sfvtui.tui.screens.lists import ListScreen, fitting
from sfvtui.tui.source import Cell, Column, Row, View
from sfvtui.tui.sources import MirrorSource
from sfvtui.tui.widgets.dialogs import Ask, Choose, Confirm
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import CHANGE_SIGNS, SYSTEM_WORDS, ago, number, plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.mirror.store import Row as Found
    from sfvtui.sync.context import Context
    from sfvtui.tui.facts import Facts
    from sfvtui.tui.source import Source

COLUMNS = (
    Column("sign", "", 1, 1, optional=False, sortable=False, words="the state's sign"),
    Column("system", "TO", 10, 10),
    Column("name", "NAME", 18, 8, 1, optional=False),
    Column("fields", "CHANGES", 30, 12, 4, sortable=False),
    Column("state", "STATE", 8, 6, shown=False),
    Column("why", "WHY", 18, 8, 1, sortable=False),
    Column("change", "NUMBER", 7, 5, right=True, shown=False),
)
GROUPS = ("", "salesforce", "vitally", "held", "parked")
GROUP_WORDS = {
    "": "all",
    "salesforce": "to Salesforce",
    "vitally": "to Vitally",
    "held": "held",
    "parked": "parked",
}


EMPTY = {
    "": "nothing to push: both sides agree with what was decided",
    "salesforce": "nothing goes to Salesforce",
    "vitally": "nothing goes to Vitally",
    "held": "nothing is held",
    "parked": "nothing is parked: no service refused anything",
}


class OutboxScreen(ListScreen):
    """The plan, and what waits for a person."""

    place = "outbox"
    BINDINGS = actions.bindings("outbox")
    CSS_PATH = "outbox.tcss"
    empty = EMPTY[""]

    def make_source(self) -> Source:
        return MirrorSource(
            self.desk, COLUMNS, keys=change_keys, rows=change_rows, draw=_draw, select=_select
        )

    def first_view(self) -> View:
        return View(sort="system")

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        right = self.place_part()
        room = self.size.width - sum(len(part.text) for part in right) - 2
        return fitting((self._tabs(), self._tabs(alone=True)), room), right

    def _tabs(self, *, alone: bool = False) -> list[Part]:
        """The groups and their counts, or the present one alone."""
        outbox = self.desk.counts.get("outbox", {})
        parts = [Part(" Outbox ", "strong")]
        for group in GROUPS:
            here = group == self.listing.view.group
            if alone and not here:
                continue
            count = f" {number(outbox[group])}" if group in outbox else ""
            if len(parts) > 1:
                parts.append(Part("│", "rule"))
            parts.append(Part(f" {GROUP_WORDS[group]}{count} ", "here" if here else "dim"))
        return parts

    def detail(self, row: Row) -> Prose | None:
        found = change_rows(self.desk.store, [row.key]).get(row.key)
        if found is None:
            return None
        text = change_prose(found)
        if found["state"] == "parked":
            text.hang(4).add("    refused: ", "bad").line(
                f"{found['code'] or ''} {found['message'] or ''}"
            )
            if found["mend"]:
                text.hang(4).line(f"    {found['mend']}")
        if found["state"] == "unknown":
            text.hang(4).line(
                "    The reply was lost: the next push reads the outcome back first.", "warn"
            )
        for why in dict.fromkeys(item["why"] for item in change_fields(found)):
            text.hang(4).line(f"    {why}", "dim")
        when = ago(found["made_at"], self.desk.clock())
        tries = f", tried {plural(found['attempts'], 'time')}" if found["attempts"] else ""
        return text.hang(4).line(f"    change {found['change_id']}, queued {when}{tries}", "dim")

    # --- groups

    def nothing(self, view: View) -> str:
        return EMPTY.get(view.group, self.empty)

    def do_next_state(self) -> None:
        self._turn(1)

    def do_previous_state(self) -> None:
        self._turn(-1)

    def _turn(self, step: int) -> None:
        group = self.listing.view.group
        at = GROUPS.index(group) if group in GROUPS else -step
        self.listing.window.marks.clear()
        self.show_view(replace(self.listing.view, group=GROUPS[(at + step) % len(GROUPS)]))

    # --- acting

    def do_retry(self) -> None:
        from sfvtui.sync.outbox import retry

        self._each("Try again", "queued again", retry, only=("parked",))

    def do_mend(self) -> None:
        row = self.row
        view = load(self.desk, self.record_of(row)) if row else None
        if row is None or view is None:
            return
        names = row.facts["fields"]
        mapped = [p for p in view.pairs if isinstance(names, frozenset) and p.pair.name in names]
        refused = {p.pair.name: p.not_editable(linked=view.user is not None) for p in mapped}
        pairs = {p.pair.name: p for p in mapped if not refused[p.pair.name]}
        if not pairs:
            self.say(f"can't edit: {'; '.join(refused.values())}", "warn")
            return
        found = change_rows(self.desk.store, [row.key]).get(row.key)
        note = f"{found['message']}. {found['mend'] or ''}" if found and found["message"] else ""

        def chosen(name: str | None) -> None:
            if name is not None:
                open_editor(self, view, pairs[name], note)

        if len(pairs) == 1:
            chosen(next(iter(pairs)))
            return
        entries = [(name, name, pair.pair.field.label) for name, pair in pairs.items()]
        self.app.push_screen(Choose(f"Edit which field of {view.name}?", entries), chosen)

    def _why_no_edit(self, row: Row | None) -> str:
        """Why no field of the change under the cursor takes an edit; empty text where one may."""
        names = row.facts["fields"] if row else None
        if row is None or not isinstance(names, frozenset):
            return "there is no row"
        if not row.facts["user"]:
            return "a new user carries the record's values, change them in Salesforce"
        pairs = [self.desk.bound.pair(name) for name in names if name] if self.desk.bound else []
        known = [pair for pair in pairs if pair is not None]
        if any(pair.pair.editable for pair in known):
            return ""
        if known:
            return f"{known[0].name} is not editable in the mapping"
        return "it changes no field of the mapping"

    def ready(self) -> None:
        super().ready()
        left = left_open(self)
        view = load(self.desk, left[0]) if left else None
        for pair in view.pairs if view else ():
            if left and pair.pair.name == left[1] and view is not None:
                open_editor(self, view, pair)

    def do_drop(self) -> None:
        from sfvtui.sync.outbox import drop

        self._each("Drop", "dropped", drop, only=("queued", "held", "parked"))

    def do_hold(self) -> None:
        numbers = self._numbers("queued", "held")
        if not numbers:
            return

        def reasoned(reason: str | None) -> None:
            if reason is None:
                return
            self.listing.clear_marks()
            from sfvtui.sync.holding import hold

            self.decide(
                lambda context: hold(context, numbers, reason=reason),
                lambda report: self.say(
                    f"{plural(len(report), 'change')}{halves} held back: r releases, "
                    "u takes it back",
                    "good",
                ),
            )

        halves = self._halves_along(numbers)
        question = f"Hold {plural(len(numbers), 'change')}{halves} back? A reason, if there is one:"
        note = "Not sent until released, whatever is decided of the same fields until then."
        self.app.push_screen(Ask(question, note=note), reasoned)

    def _halves_along(self, numbers: list[int]) -> str:
        """Which other halves of edits are held back with these changes, in words."""
        from sfvtui.sync.holding import parts

        store = self.desk.store
        rows = [row for number in numbers if (row := pending.find(store, number)) is not None]
        named = {(row["record_id"], row["system"]) for row in rows}
        along = {(part.record_id, part.system) for row in rows for part in parts(store, row)}
        count = len(along - named)
        if not count:
            return ""
        if len(numbers) == 1:
            (other,) = along - named
            return f" and its other half, to {SYSTEM_WORDS[other[1]]},"
        return f" and {plural(count, 'other half', 'other halves')} of edits"

    def do_release(self) -> None:
        from sfvtui.sync.holding import release

        rows = [row for row in self.chosen_rows() if row.facts["held_back"]]
        if not rows:
            self.say("none of the marked changes is held back by a person", "warn")
            return
        numbers = [row.key for row in rows]
        self.listing.clear_marks()
        self.decide(
            lambda context: release(context, numbers),
            lambda report: self.say(f"{plural(len(report), 'change')} released", "good"),
        )

    def facts(self) -> Facts:
        row = self.row
        return replace(
            super().facts(),
            held_back=bool(row and row.facts["held_back"]),
            not_editable=self._why_no_edit(row),
        )

    def _numbers(self, *states: str) -> list[int]:
        """The chosen changes that are in one of the states; says so where none is."""
        numbers = [row.key for row in self.chosen_rows() if row.facts["state"] in states]
        if not numbers:
            self.say(f"none of the marked changes is {' or '.join(states)}", "warn")
        return numbers

    def _each(
        self,
        verb: str,
        done: str,
        act: Callable[[Context, list[int]], list[int]],
        *,
        only: tuple[str, ...],
    ) -> None:
        rows = [row for row in self.chosen_rows() if row.facts["state"] in only]
        numbers = [row.key for row in rows]
        if not numbers:
            self.say(f"none of the marked changes is {' or '.join(only)}", "warn")
            return

        def run() -> None:
            self.listing.clear_marks()
            self.decide(lambda context: act(context, numbers), then)

        def then(report: list[int]) -> None:
            self.say(f"{plural(len(report), 'change')} {done}", "good")

        if verb != "Drop" and len(numbers) == 1:
            run()
            return
        text = Prose()
        for row in rows[:100]:
            text.hang(4).add(f"{row.cell('name').text}  ", "strong")
            text.line(row.cell("fields").text)
        if len(rows) > 100:
            text.line(f"… and {number(len(rows) - 100)} more", "dim")
        if verb == "Drop":
            text.line("\nBoth sides stay as they are, until either moves.", "dim")

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                run()

        question = f"{verb} {plural(len(numbers), 'change')}?"
        self.app.push_screen(Confirm(question, text, yes=verb.lower()), answer)


def _select(group: str) -> Selection:
    if group in ("salesforce", "vitally"):
        return Selection(system=group)
    return Selection(states=(group,)) if group else Selection()


def _draw(key: int, row: Found) -> Row:
    fields, state = change_fields(row), row["shown_state"]
    more = f"  +{len(fields) - 1} more" if len(fields) > 1 else ""
    shown = arrow(fields[0]) + more if fields else ""
    if row["action"] == "create":
        named = {item["name"]: item["after"] for item in fields}
        shown = f"new user, {named.get('email') or named.get('externalId') or ''}"
    why = row["held"] or row["message"] or (fields[0]["why"] if fields else "")
    tone = STATE_TONES.get(state, "")
    return Row(
        key,
        row["record_id"],
        {
            "sign": Cell(CHANGE_SIGNS.get(state, " "), tone),
            "system": SYSTEM_WORDS.get(row["system"], row["system"]),
            "name": target(row),
            "fields": shown,
            "state": Cell(state, tone),
            "why": Cell(why, "warn" if row["held"] else "bad" if row["message"] else "dim"),
            "change": str(key),
        },
        facts={
            "state": state,
            "held_back": is_ours(row["held"]),
            "record": row["record_id"],
            "user": row["user_id"] or "",
            "field": fields[0]["field"] if len(fields) == 1 else "",
            "fields": frozenset(item["field"] for item in fields),
        },
    )


SCREEN = OutboxScreen
