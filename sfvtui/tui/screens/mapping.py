"""Mapping: the four questions, a page each; the effect is counted beside the answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.containers import Container

from sfvtui.config import load, mapping_warnings
from sfvtui.config.save import save_mapping
from sfvtui.errors import SfvtuiError
from sfvtui.tui import actions
from sfvtui.tui.answers import Answer, answers, change
from sfvtui.tui.mapping_words import QUESTIONS, changes, consequences, effect_text
from sfvtui.tui.on_disk import WATCH_SECONDS, go_by_config
from sfvtui.tui.redraft import redraft
from sfvtui.tui.screens.drafting import Drafting
from sfvtui.tui.screens.overtaken import Overtaken
from sfvtui.tui.source import Cell, Column, ListSource, Row
from sfvtui.tui.widgets.detail import Detail
from sfvtui.tui.widgets.dialogs import Confirm
from sfvtui.tui.widgets.line import Line, Part
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.widgets.windowed_list import WindowedList

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from sfvtui.config import Settings
    from sfvtui.domain.mapping import Mapping
    from sfvtui.tui.facts import Facts

ANSWER_COLUMNS = (
    Column("question", "", 26, 12, 1, sortable=False, optional=False),
    Column("answer", "ANSWER", 30, 12, 3, sortable=False, optional=False),
)
PAIR_COLUMNS = (
    Column("field", "SALESFORCE FIELD", 20, 10, 2, sortable=False, optional=False),
    Column("trait", "TRAIT", 20, 10, 2, sortable=False),
    Column("editable", "EDIT", 4, 4, sortable=False),
    Column("conflict", "CONFLICT", 10, 8, sortable=False),
    Column("blanks", "BLANKS →V →S", 13, 10, sortable=False),
    Column("values", "VALUES", 6, 4, right=True, sortable=False),
)


class MappingScreen(Drafting):
    """A draft of the mapping; nothing is saved before it was shown in words."""

    place = "mapping"
    BINDINGS = actions.bindings("mapping")
    CSS_PATH = "mapping.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._answers: list[Answer] = []
        self._source = ListSource(ANSWER_COLUMNS)
        self._pairs = ListSource(PAIR_COLUMNS)

    # --- the frame

    def body(self) -> Iterable[Widget]:
        yield Line(id="question")
        yield Container(
            WindowedList(self._source, id="list"),
            WindowedList(self._pairs, empty="no fields yet; a adds one", id="pairs"),
            Detail(),
            id="body",
        )

    def ready(self) -> None:
        self.restore_draft()
        at = self.desk.ui.get("question")
        self.question = at if isinstance(at, int) and 1 <= at <= len(QUESTIONS) else 1
        self.fill()
        super().ready()
        self.set_interval(WATCH_SECONDS, self.watch_config)
        self.count(saved=True)
        self.count()

    @property
    def listing(self) -> WindowedList:
        """The list of the present question."""
        return self.query_one("#pairs" if self.question == 4 else "#list", WindowedList)

    def fill(self) -> None:
        """Shows the answers of the present question."""
        draft = self.draft
        self._answers = answers(draft, self.question) if draft else []
        self._source.fill(
            Row(at, one.name, {"question": Cell(one.words, "dim"), "answer": one.shown})
            for at, one in enumerate(self._answers)
        )
        self._pairs.fill(
            Row(
                at,
                pair.field,
                {
                    "field": pair.field,
                    "trait": pair.trait,
                    "editable": Cell("yes" if pair.editable else "no", "info" * pair.editable),
                    "conflict": str(pair.on_conflict),
                    "blanks": f"{pair.to_vitally} {pair.to_salesforce}",
                    "values": str(len(pair.values) or ""),
                },
            )
            for at, pair in enumerate(draft.pairs if draft else ())
        )
        self.query_one("#list").display = self.question != 4
        self.query_one("#pairs").display = self.question == 4
        self.listing.reload()
        self.listing.focus()
        self.query_one("#question", Line).show(
            [Part(f" {self.question}  ", "key"), Part(QUESTIONS[self.question - 1], "strong")]
        )
        self.update_frame()
        self.show_detail()

    def facts(self) -> Facts:
        return replace(
            super().facts(),
            dirty=self.dirty,
            unread=len(self._effect.unread) if self._effect else 0,
            question=self.question,
            not_editable="" if self.draft else "there is no mapping yet",
        )

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        parts = [Part(" Mapping ", "strong")]
        words = ("object", "match", "create", "fields")
        for number, word in enumerate(words, 1):
            if number > 1:
                parts.append(Part("│", "rule"))
            parts.append(Part(f" {number} {word} ", "here" if number == self.question else "dim"))
        right = [Part("not saved  ", "warn")] if self.dirty else []
        return parts, [*right, *self.place_part()]

    def rested(self) -> None:
        self.desk.ui.keep(self.question, "question")

    # --- questions

    def do_next_question(self) -> None:
        self._turn(1)

    def do_previous_question(self) -> None:
        self._turn(-1)

    def _turn(self, step: int) -> None:
        self.question = (self.question - 1 + step) % len(QUESTIONS) + 1
        self.fill()

    # --- answers

    def do_open(self) -> None:
        at = self.listing.window.key
        if at is None or self.draft is None:
            return
        if self.question == 4:
            from sfvtui.tui.screens.pair import edit_pair

            edit_pair(self, at)
        else:
            change(self, self._answers[at])

    def do_change_answer(self) -> None:
        self.do_open()

    def do_toggle(self) -> None:
        at = self.listing.window.key
        if at is None or self.draft is None:
            return
        if self.question != 4:
            change(self, self._answers[at])
            return
        pair = self.draft.pairs[at]
        field = self.sobject.field(pair.field) if self.sobject else None
        if field is not None and not field.updateable and not pair.editable:
            self.say(f"can't make {pair.field} editable: Salesforce lets nobody write it", "warn")
            return
        self.take_pair(at, pair._replace(editable=not pair.editable))

    def take_pair(self, at: int, pair: object) -> None:
        """Takes another pair in the place of one (None removes it)."""
        from sfvtui.domain.mapping import Pair

        if self.draft is not None:
            pairs = list(self.draft.pairs)
            pairs[at : at + 1] = [pair] if isinstance(pair, Pair) else []
            self.take(self.draft._replace(pairs=tuple(pairs)))

    def do_add_pair(self) -> None:
        from sfvtui.tui.screens.pair import add_pair

        add_pair(self)

    def do_remove_pair(self) -> None:
        at = self.listing.window.key
        if at is not None:
            self.take_pair(at, None)

    # --- saving

    def do_discard(self) -> None:
        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes and self.saved is not None:
                self.take(self.saved)
                self.say("back to what is saved", "good")

        text = Prose()
        for line in changes(self.saved, self.draft) if self.draft else ():
            text.line(f"· {line}")
        self.app.push_screen(Confirm("Throw the draft away?", text, yes="throw it away"), answer)

    def do_save(self) -> None:
        go_by_config(self, self._save_or_begin_again)

    def _save_or_begin_again(self) -> None:
        """A draft that began from what the config has now can be saved; another one first asks."""
        draft, began, now = self.draft, self.began, self.saved
        if draft is None or not self.dirty:
            return
        if began == now:
            self._ask_save(draft)
            return

        def answer(what: str | None) -> None:
            if what == "over":
                self._ask_save(draft)
            elif what == "again":
                self.began = now
                same = began is not None and now is not None and began.object == now.object
                self.take(redraft(began, draft, now) if same and began and now else now or draft)
                self.say(
                    "the draft begins from the config now; Ctrl+S says what it changes", "good"
                )

        self.app.push_screen(Overtaken(began, draft, now), answer)

    def _ask_save(self, draft: Mapping) -> None:
        """Says what saving changes, and asks."""
        saved = self.saved
        if self._problem:
            self.say(f"can't save: {self._problem}", "warn")
            return
        text = Prose()
        for line in changes(self.saved, draft):
            text.hang(2).line(f"· {line}")
        for line in (*consequences(self.saved, draft), *mapping_warnings(draft)):
            text.hang(2).line(f"! {line}", "warn")
        if self._effect is not None:
            text.line().put(effect_text(self._effect, self._present, 3))
            text.put(effect_text(self._effect, self._present, 4))

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                self._save(draft, saved)

        self.app.push_screen(Confirm("Save this mapping?", text, yes="save"), answer)

    def _save(self, draft: Mapping, shown: Mapping | None) -> None:
        """Saves the draft in the place of the mapping that it was shown beside, of no other."""
        try:
            if load(self.desk.config_path, self.desk.env).mapping != shown:
                go_by_config(self)
                self.say("not saved: the config was written meanwhile; Ctrl+S says how", "warn")
                return
            save_mapping(self.desk.config_path, draft)
            settings = load(self.desk.config_path, self.desk.env)
        except SfvtuiError as error:
            self.tell_error(error)
            return
        self.saved_anew(settings)
        self.main.prepare(lambda: self.say("saved; P shows what it changes", "good"))

    def saved_anew(self, settings: Settings) -> None:
        """The config has another mapping: it is what all screens go by from now on."""
        if self.desk.read_only:
            settings = settings.with_read_only()
        self.desk.use(settings)
        self.draft = self.began = self.saved
        self.keep_draft()
        self._effect, self._present = None, None
        self.main.renew_screens()
        self.fill()
        self.count(saved=True)
        self.count()

    def do_versions(self) -> None:
        from sfvtui.tui.screens.versions import choose_version

        choose_version(self)

    def do_why(self) -> None:
        """There is nothing to explain here that the panel does not say."""

    def go_back(self) -> None:
        self.status.clear()


SCREEN = MappingScreen
