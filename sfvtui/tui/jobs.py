"""The job in the application: started, shown while it goes on, stopped, and what follows it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sfvtui.errors import SfvtuiError
from sfvtui.sync.pace import Meter, clock_words
from sfvtui.tui.pace import variants
from sfvtui.tui.screens.base import SfvScreen
from sfvtui.tui.typeahead import OneKeyAtATime
from sfvtui.tui.widgets.line import Part

if TYPE_CHECKING:
    from pathlib import PurePath

    from textual.timer import Timer

    from sfvtui.tui.desk import Desk
    from sfvtui.tui.work import GuardAsked, Job, JobEnded, JobNoted, JobProgress

TICK_SECONDS = 1.0
"""How often the line of a running job is drawn again: its clock ticks, and few bytes are sent."""


class RunsJobs(OneKeyAtATime):
    """An application that runs one long verb at a time, in a thread of its own."""

    desk: Desk

    def __init__(self, css_path: list[str | PurePath]) -> None:
        super().__init__(css_path)
        self.meter = Meter()
        self.job_note = ""
        self._ticking: Timer | None = None

    def start(self, job: Job[Any]) -> None:
        """Starts a long verb."""
        run = self.desk.work.begin(job, self.post_message)
        self.meter, self.job_note = Meter(), job.note
        self.show_job()
        self._ticking = self.set_interval(TICK_SECONDS, self.show_job)
        self.run_worker(run, group="job", thread=True)
        self.update_frames()

    def stop_job(self) -> bool:
        """Asks the running job to stop; says whether there was one to stop."""
        stopped = self.desk.work.stop()
        if stopped:
            self.show_job()
        return stopped

    def on_job_progress(self, message: JobProgress) -> None:
        self.meter.note(message.progress, time.monotonic())
        health = self.desk.health
        if not health.salesforce.state == health.vitally.state == "connected":
            # A verb goes on only after both services have answered.
            self.desk.heard(None)
            self.update_frames()

    def on_job_noted(self, message: JobNoted) -> None:
        self.job_note = message.text
        self.show_job()

    def show_job(self) -> None:
        """Draws how far the running job is, on the screen in sight."""
        if self.desk.work.job is not None:
            self.current().show_job()

    def job_parts(self) -> tuple[list[list[Part]], list[Part]]:
        """How far the job is, in words, the fullest first; and its clock, and how it is stopped."""
        work = self.desk.work
        now = time.monotonic()
        right = [Part(f" {clock_words(now - work.started)} ", "dim")]
        if work.stopping:
            what = f"stopping after the {work.job.step if work.job else 'step'} in flight"
            return [[Part(what, "warn")]], [*right, Part("─")]
        right += [Part("Esc", "key", "back"), Part(" stops ─", "dim")]
        if self.meter.paces:
            return list(variants(self.meter, now)), right
        return [[Part(self.job_note or (work.job.words if work.job else ""), "info")]], right

    def on_job_ended(self, message: JobEnded) -> None:
        if self._ticking is not None:
            self._ticking.stop()
        self.desk.work.end()
        self.desk.changed()
        error = message.error
        if error is None or isinstance(error, SfvtuiError):
            self.desk.heard(error)
        for screen in self.all_screens():
            screen.job_over(error)
        if error is None:
            message.job.then(message.report)
        elif isinstance(error, SfvtuiError):
            self.current().tell_error(error)
        else:
            self.failed(error)
        self.desk.bind()
        self.mirror_changed()

    def on_guard_asked(self, message: GuardAsked) -> None:
        from sfvtui.tui.screens.jobs import guard_question

        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            message.answer.set_result(bool(yes))

        self.push_screen(guard_question(message.guard), answer)

    # --- what the application gives

    def current(self) -> SfvScreen:
        """The screen in sight, under the dialogs."""
        found = [s for s in self.screen_stack if isinstance(s, SfvScreen)]
        return found[-1]

    def all_screens(self) -> list[SfvScreen]:
        """Every screen that was opened, in sight or not."""
        stacks = self._screen_stacks.values()
        return [s for stack in stacks for s in stack if isinstance(s, SfvScreen)]

    def update_frames(self) -> None:
        """Draws head, title and footer of the screens in sight again."""
        for screen in self.screen_stack:
            if isinstance(screen, SfvScreen):
                screen.update_frame()

    def failed(self, error: Exception) -> None:
        """Shows what nobody expected."""
        raise NotImplementedError

    def mirror_changed(self) -> None:
        """Has the screens read again."""
        raise NotImplementedError
