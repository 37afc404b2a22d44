"""One run: a push while it goes on, with what lands; and the same afterwards, as often as wanted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.containers import Container

from sfvtui.errors import SfvtuiError
from sfvtui.mirror import records, runs
from sfvtui.mirror.windows import Selection, history_keys, history_rows
from sfvtui.sync.pace import bar, clock_words, figures, left_words, rate_words
from sfvtui.tui import actions
from sfvtui.tui.history_view import (
    draw_entry,
    entry_text,
    run_took,
    run_words,
    stopped_words,
    written_words,
)
from sfvtui.tui.screens.listing import WithList
from sfvtui.tui.source import Column, View
from sfvtui.tui.sources import MirrorSource
from sfvtui.tui.widgets.detail import Detail
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.prose import Prose, ProseView
from sfvtui.tui.widgets.windowed_list import WindowedList
from sfvtui.tui.words import number, plural

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from textual.widget import Widget

    from sfvtui.sync.landing import PushReport
    from sfvtui.tui.source import Row

COLUMNS = (
    Column("name", "NAME", 18, 10, 1, optional=False, sortable=False),
    Column("system", "TO", 10, 10, sortable=False),
    Column("field", "FIELD", 12, 6, 1, sortable=False),
    Column("change", "BEFORE → AFTER", 20, 10, 2, sortable=False),
    Column("outcome", "OUTCOME", 12, 6, 2, sortable=False),
)
BAR = 24
PROBLEMS_SHOWN = 3


class RunScreen(WithList):
    """A run by its number; without one, the push that begins now, after the run `after`."""

    place = "run"
    BINDINGS = actions.bindings("run")
    CSS_PATH = "run.tcss"

    def __init__(self, run: int | None = None, *, after: int = 0) -> None:
        super().__init__()
        self._run = run
        self._live = run is None
        self._after = after
        self._end: PushReport | None = None
        self._error = ""

    # --- the frame

    def body(self) -> Iterable[Widget]:
        source = MirrorSource(
            self.desk, COLUMNS, keys=history_keys, rows=history_rows, draw=draw_entry,
            select=lambda group: Selection(run=int(group or 0)),
        )  # fmt: skip
        view = View(group=str(self._run or ""))
        yield ProseView(classes="run")
        yield Container(
            WindowedList(source, view=view, empty="nothing was written yet", id="list"),
            Detail(),
            id="body",
        )

    def ready(self) -> None:
        super().ready()
        self._tell()

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        left = [Part(f" Run {self._run}" if self._run else " Push", "strong")]
        row = runs.find(self.desk.store, self._run) if self._run else None
        if self._going:
            left.append(Part("  is running", "info"))
        elif row is not None:
            left.append(Part(f"  {run_took(row)}", "dim"))
        count = self.listing.count
        at = f"{number(self.listing.window.cursor + 1)} of {number(count)}" if count else ""
        return left, [Part(f"{at} ")]

    def rested(self) -> None:
        """The place is not kept: a run is opened anew."""

    @property
    def _going(self) -> bool:
        """Whether this screen's push is running."""
        return self._live and self._end is None and not self._error

    def detail(self, row: Row) -> Prose | None:
        found = history_rows(self.desk.store, [row.key]).get(row.key)
        if found is None:
            return None
        text = entry_text(found)
        for problem in self._summary().get("problems", ()):
            if problem["record"] == found["record_id"] and problem["message"] in found["outcome"]:
                text.line(problem["mend"], "warn")
        return text

    # --- while it runs

    def show_job(self) -> None:
        if not self._going:
            super().show_job()
            return
        if not self.is_mounted:
            return
        self._find()
        self._tell()
        self.update_frame()
        self._read_again()
        _, right = self.main.job_parts()
        self.status.progress([[Part("")]], right)

    def _find(self) -> None:
        """The push begins its run with its first write."""
        if self._run is None:
            newest = runs.newest(self.desk.store)
            if newest > self._after:
                self._run = newest
                self.listing.look(View(group=str(newest)))

    def _newest(self) -> int | None:
        if self._run is None:
            return None
        found = history_keys(self.desk.store, Selection(run=self._run), limit=1)
        return found[0] if found else None

    def job_over(self, error: Exception | None) -> None:
        super().job_over(error)
        if self._going and error is not None:
            self._error = str(error) if isinstance(error, SfvtuiError) else type(error).__name__
            self._over()

    def ended(self, report: PushReport) -> bool:
        """Takes the report of the push; says whether it is this screen's."""
        if not self._going:
            return False
        self._end, self._run = report, report.run
        self._over()
        return True

    def _over(self) -> None:
        if self.is_mounted:
            self.listing.look(View(group=str(self._run or "")))
            self._tell()
            self.update_frame()

    def _read_again(self) -> None:
        """The newest entry stays in sight, unless the cursor was moved away from it."""
        self.listing.reload(wanted=None if self.listing.window.cursor else self._newest())

    def catch_up(self) -> None:
        if self.is_mounted:
            self._read_again()
            self._tell()

    # --- what is told above the list

    def _summary(self) -> dict[str, Any]:
        if self._end is not None:
            return self._end.as_summary()
        row = runs.find(self.desk.store, self._run) if self._run else None
        return (runs.summary_of(row) if row is not None else None) or {}

    def _tell(self) -> None:
        text = self._progress() if self._going else self._outcome()
        self.query_one(ProseView).update(text)

    def _progress(self) -> Prose:
        text, meter, work = Prose(), self.main.meter, self.desk.work
        now = time.monotonic()
        pace = next(iter(meter.paces.values()), None)
        if pace is None:
            text.line(self.main.job_note or "looking at what both services hold now", "info")
        else:
            progress, left = pace.progress, meter.left(now)
            text.add(f"{bar(progress, BAR)}  ", "info")
            text.add(figures(progress), "strong").add(f"  {progress.what}", "dim")
            text.line(
                f"  {rate_words(pace.rate(now))}  {left_words(left) if left is not None else ''}"
            )
        tally = runs.tally(self.desk.store, self._run or 0)
        text.add(f"landed {written_words(tally)}", "good" if tally.values or tally.users else "dim")
        text.line(f"   parked {number(tally.parked)}" if tally.parked else "", "bad")
        gone = clock_words(now - work.started)
        if work.stopping:
            text.line(
                f"{gone}  stopping after the change in flight; the others stay queued", "warn"
            )
        else:
            text.line(
                f"{gone}  Esc stops after the change in flight, b lets it go on beside", "dim"
            )
        return text

    def _outcome(self) -> Prose:
        if self._error:
            return Prose().line(self._error, "bad").line("What was not sent stays queued.", "dim")
        summary, text = self._summary(), Prose()
        if not summary:
            return text.line("This run was not ended: it is running, or its program died.", "warn")
        sentence, tone = run_words(self._run, summary, runs.tally(self.desk.store, self._run or 0))
        text.line(sentence, tone)
        if why := stopped_words(summary):
            text.line(why, "warn")
        problems = summary["problems"]
        for one in problems[:PROBLEMS_SHOWN]:
            row = records.by_id(self.desk.store, one["record"])
            text.hang(2).add(row["display_name"] if row is not None else one["record"], "strong")
            text.add(f": {one['message']}  ", "bad").line(one["mend"] or "", "dim")
        if len(problems) > PROBLEMS_SHOWN:
            text.line(f"… and {plural(len(problems) - PROBLEMS_SHOWN, 'more problem')}", "dim")
        if summary["parked"]:
            text.line("Parked changes wait in the Outbox (5): t tries again, e edits.", "dim")
        if summary["conflicts"]:
            text.line("4 settles the conflicts.", "dim")
        return text

    # --- acting

    def action_do(self, name: str) -> None:
        # A run that is over does not stay in the way of the screen that it lies on.
        if name.startswith("go_") and not self._going:
            self.dismiss()
        super().action_do(name)

    def do_background(self) -> None:
        self.dismiss()

    def do_open(self) -> None:
        record = self.record_of(self.row)
        if record:
            self.main.open_record(record)


SCREEN = RunScreen
