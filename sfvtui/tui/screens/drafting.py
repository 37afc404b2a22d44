"""A draft of the mapping: kept while it is changed, and its effect counted beside the keys."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from textual.message import Message

from sfvtui.config import mapping_toml, parse_mapping
from sfvtui.errors import Cancelled, ConfigError, SfvtuiError
from sfvtui.mirror import mappings
from sfvtui.tui.mapping_words import effect_text
from sfvtui.tui.screens.listing import WithList
from sfvtui.tui.widgets.detail import Detail
from sfvtui.tui.widgets.dialogs import Confirm
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import plural
from sfvtui.tui.work import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.domain.fields import SObject
    from sfvtui.domain.guards import Guard
    from sfvtui.domain.mapping import Mapping
    from sfvtui.sync.context import Context
    from sfvtui.sync.effect import Effect
    from sfvtui.tui.source import Row

COUNT_AFTER = 0.25
"""Seconds of rest after a change before its effect is counted."""


class Counted(Message):
    """The thread's answer: what a draft would do, or why that cannot be counted."""

    def __init__(self, number: int, effect: Effect | None, problem: str, *, saved: bool) -> None:
        super().__init__()
        self.number, self.effect, self.problem, self.saved = number, effect, problem, saved


class Drafting(WithList):
    """The draft, what is saved, and what either would do with what is mirrored."""

    def __init__(self) -> None:
        super().__init__()
        self.question = 1
        self.draft: Mapping | None = None
        self.began: Mapping | None = None
        self._effect: Effect | None = None
        self._present: Effect | None = None
        self._problem = ""
        self._number = 0
        self._stop = threading.Event()
        self._stop_saved = threading.Event()

    def fill(self) -> None:
        """Shows the draft."""
        raise NotImplementedError

    # --- the draft

    @property
    def saved(self) -> Mapping | None:
        """The mapping of the config."""
        return self.desk.settings.mapping if self.desk.settings else None

    @property
    def sobject(self) -> SObject | None:
        """The object as it was last described."""
        if self.draft is None:
            return None
        return mappings.sobject(self.desk.store, self.draft.object)

    @property
    def dirty(self) -> bool:
        """Whether the draft is not what is saved."""
        return self.draft is not None and self.draft != self.saved

    def take(self, draft: Mapping) -> None:
        """Takes another draft, keeps it, shows it, and counts it."""
        self.draft = draft
        if not self.dirty:
            self.began = self.saved
        self.keep_draft()
        self._problem = ""
        self.fill()
        self.set_timer(COUNT_AFTER, self.count)

    def keep_draft(self) -> None:
        """Keeps the draft, and what it began from, for the next start."""
        kept, began = self.draft if self.dirty else None, self.began if self.dirty else None
        self.desk.ui.keep(mapping_toml(kept) if kept else None, "draft")
        self.desk.ui.keep(mapping_toml(began) if began else None, "draft_began")

    def restore_draft(self) -> None:
        """The draft that was kept at the last end; without one, what is saved."""
        self.draft = self.began = self.saved
        kept, began = self.desk.ui.text("draft"), self.desk.ui.text("draft_began")
        if not kept:
            return
        try:
            self.draft = parse_mapping(kept)
            self.began = parse_mapping(began) if began else self.saved
        except ConfigError:
            self.draft = self.began = self.saved
            self.keep_draft()

    def mapping_changed(self) -> None:
        if self.draft is None or self.draft == self.began:
            self.draft = self.began = self.saved
            self.keep_draft()
        self._effect, self._present, self._problem = None, None, ""
        self.fill()
        self.catch_up()

    # --- its effect, counted in a thread

    def catch_up(self) -> None:
        """The mirror changed: the effect is another one."""
        self.count(saved=True)
        self.count()

    def count(self, *, saved: bool = False) -> None:
        """Counts the effect of the draft (or of what is saved) anew, beside the keys."""
        mapping = self.saved if saved else self.draft
        if mapping is None or self.desk.settings is None or self.sobject is None:
            return
        stop = threading.Event()
        if saved:
            self._stop_saved.set()
            self._stop_saved = stop
        else:
            self._stop.set()
            self._stop = stop
            self._number += 1
        number = self._number

        def run() -> None:
            from sfvtui.sync.effect import effect

            def so_far(found: Effect) -> None:
                self.post_message(Counted(number, found, "", saved=saved))

            try:
                with self.desk.context() as context:
                    context.cancelled = stop.is_set
                    found, problem = effect(context, mapping, so_far), ""
            except Cancelled:
                return
            except SfvtuiError as error:
                found, problem = None, str(error)
            self.post_message(Counted(number, found, problem, saved=saved))

        self.run_worker(run, group="saved" if saved else "draft", exclusive=True, thread=True)

    def on_counted(self, message: Counted) -> None:
        if message.saved:
            self._present = message.effect
        elif message.number == self._number:
            self._effect, self._problem = message.effect, message.problem
        self.show_detail()

    def on_unmount(self) -> None:
        self._stop.set()
        self._stop_saved.set()

    # --- its effect, shown

    def show_detail(self) -> None:
        self.query_one(Detail).show(self._effect_text())

    def detail(self, row: Row) -> Prose | None:
        del row
        return self._effect_text()

    def _effect_text(self) -> Prose:
        if self.desk.trouble and not self.dirty:
            return Prose().line(self.desk.trouble, "bad")
        if self._problem:
            return Prose().line(self._problem, "bad")
        if self.sobject is None:
            return Prose().line("The effect is counted from the mirror: p pulls first.", "dim")
        text = Prose().add("Effect", "title")
        text.line("  of the draft" if self.dirty else "  as it is saved", "dim")
        return text.put(effect_text(self._effect, self._present, self.question))

    # --- what the mirror has not read of it

    def do_read_fields(self) -> None:
        from sfvtui.sync.reading import cost_of_reading

        draft, names = self.draft, self._effect.unread if self._effect else ()
        if draft is None:
            return

        def run(context: Context, _: Callable[[Guard], bool]) -> int:
            from sfvtui.sync.reading import read_for_draft

            return read_for_draft(context, draft, names)

        def then(read: int) -> None:
            self.say(f"read {', '.join(names)} of {plural(read, 'record')}", "good")

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                self.main.start(Job("reading fields of the draft", run, then, step="page"))

        text = Prose().line(f"It costs {cost_of_reading(self.desk.store).words()}.")
        text.line("Only these fields, for every record. Nothing is decided or sent by it.", "dim")
        question = f"Read {', '.join(names)} now?"
        self.app.push_screen(Confirm(question, text, yes="read"), answer)
