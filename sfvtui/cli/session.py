"""What one run of the program knows: the global options, the settings, the log."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sfvtui import paths
from sfvtui.cli.output import ExitCode, Output

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from sfvtui.config import Settings
    from sfvtui.log import Log
    from sfvtui.sync.context import Context, Progress
    from sfvtui.sync.pace import PaceLine


@dataclass(eq=False, repr=False)
class Session:
    """The state that the global options fill and the commands read."""

    out: Output
    config: Path | None = None
    read_only: bool = False
    code: ExitCode | None = None
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    warned: set[str] = field(default_factory=set)
    """The config's warnings that were printed."""

    @cached_property
    def settings(self) -> Settings:
        """The config's settings; its warnings are printed once."""
        return self.settings_now()

    def settings_now(self) -> Settings:
        """The same, from the config as it is now. Raises ConfigError."""
        from sfvtui.config import load

        settings = load(self.config, self.env)
        for warning in settings.warnings:
            if warning not in self.warned:
                self.out.warn(warning)
                self.warned.add(warning)
        return settings.with_read_only() if self.read_only else settings

    @cached_property
    def log(self) -> Log:
        """The log of this run; its file is made by the first event."""
        from sfvtui.log import Log

        return Log(paths.log_file(self.env))

    def close(self) -> None:
        """Closes the log, where there was something to log."""
        if "log" in self.__dict__:
            self.log.close()

    @contextmanager
    def context(self) -> Iterator[Context]:
        """The store, and the services behind it, with this run's progress and log."""
        from sfvtui.sync.context import Context

        with Context.open(self.settings) as context:
            context.progress = self._progress
            context.log = self.event
            context.note = self.out.note
            context.store.waits = self.out.note
            yield context

    @contextmanager
    def mirror(self) -> Iterator[Context]:
        """A context to read from: states are decided anew for this config and this day."""
        from sfvtui.sync.settled import settled

        with self.context() as context:
            if not settled(context):
                from sfvtui.sync.prepare import prepare

                prepare(context)
            yield context

    @contextmanager
    def work(self) -> Iterator[Context]:
        """A context for a verb that takes its time: ctrl+c lets it stop where it is safe.

        The command then reports what was done, and ends as interrupted. A second ctrl+c stops at
        once.
        """
        import signal

        stopped = False

        def stop(_number: int, _frame: FrameType | None) -> None:
            nonlocal stopped
            if stopped:
                # Threads may wait for an answer for minutes; the store loses nothing by this.
                self.out.finish()
                os._exit(ExitCode.INTERRUPTED)
            stopped = True
            self.code = ExitCode.INTERRUPTED
            # The signal may come while a line is being written: then it is not said.
            with suppress(RuntimeError):
                self.out.note("Stopping after what is under way; once more stops at once.")

        with self.context() as context:
            context.cancelled = lambda: stopped
            before = {
                number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)
            }
            try:
                yield context
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    def end(self, code: ExitCode) -> None:
        """Ends with this code, unless the person interrupted it."""
        if self.code is None:
            self.code = code

    def _progress(self, progress: Progress) -> None:
        """How far a verb is, on a terminal: also both services' sides of a pull at once."""
        if self.out.shows_progress():
            self.out.progress(self.pace_line.said(progress))

    @cached_property
    def pace_line(self) -> PaceLine:
        """What is under way, and its pace."""
        from sfvtui.sync.pace import PaceLine

        return PaceLine()

    def event(self, text: str) -> None:
        """One line of what the services were asked: to the log, and shown with --verbose."""
        self.log.write(text)
        self.out.detail(self.log.redact(text))
