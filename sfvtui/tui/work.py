"""Work beside the keys: acts one after the other, and one job that can be stopped.

The threads never touch a widget. They post messages, and the application's handlers own the state.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.message import Message

from sfvtui.errors import Cancelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.domain.guards import Guard
    from sfvtui.sync.context import Context, Progress

T = TypeVar("T")


@dataclass(frozen=True)
class Job(Generic[T]):
    """A long verb: its words ("a pull"), what runs, and what follows its report.

    `step` is what it finishes when it is stopped; `note` what is said before it has begun.
    """

    words: str
    run: Callable[[Context, Callable[[Guard], bool]], T]
    then: Callable[[T], None]
    step: str = "step"
    note: str = ""


class JobProgress(Message):
    """How far the job is; a newer one takes the place of one that was not handled yet."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self.progress = progress

    def can_replace(self, message: Message) -> bool:
        return (
            isinstance(message, JobProgress)
            and message.progress.what == self.progress.what
            and message.progress.system == self.progress.system
        )


class JobNoted(Message):
    """A sentence of the verb for the person, such as what it will cost."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class JobEnded(Message):
    """The job is over: with a report, or with what stopped it."""

    def __init__(self, job: Job[Any], report: Any, error: Exception | None) -> None:
        super().__init__()
        self.job, self.report, self.error = job, report, error


class GuardAsked(Message):
    """A guard would stop the push; the job waits for the answer."""

    def __init__(self, guard: Guard, answer: Future[bool]) -> None:
        super().__init__()
        self.guard, self.answer = guard, answer


class Work:
    """Runs verbs beside the keys, each on a connection of its own.

    `offline` and `connected` make a context for the calling thread.
    """

    def __init__(self, offline: Callable[[], Context], connected: Callable[[], Context]) -> None:
        self._offline, self._connected = offline, connected
        self._acts = ThreadPoolExecutor(1, thread_name_prefix="acts")
        self._stop = threading.Event()
        self.job: Job[Any] | None = None
        self.started = 0.0

    async def act(self, verb: Callable[[Context], T]) -> T:
        """Runs a short verb after those asked for before; raises what it raises."""

        def run() -> T:
            with self._offline() as context:
                return verb(context)

        return await asyncio.get_running_loop().run_in_executor(self._acts, run)

    def begin(self, job: Job[T], post: Callable[[Message], object]) -> Callable[[], None]:
        """Takes the job on; returns what a thread is to run. `post` takes its messages."""
        self._stop.clear()
        self.job = job
        self.started = time.monotonic()
        return lambda: self._run(job, post)

    def _run(self, job: Job[T], post: Callable[[Message], object]) -> None:
        def tell(progress: Progress) -> None:
            post(JobProgress(progress))

        def note(text: str) -> None:
            post(JobNoted(text))

        def ask(guard: Guard) -> bool:
            answer: Future[bool] = Future()
            post(GuardAsked(guard, answer))
            while not answer.done():
                if self._stop.wait(0.1):
                    raise Cancelled("Stopped.", "Nothing was sent.")
            return answer.result()

        try:
            with self._connected() as context:
                context.progress = tell
                context.note = note
                context.cancelled = self._stop.is_set
                report = job.run(context, ask)
        except Exception as error:  # noqa: BLE001 - handed to the handler, which shows it
            post(JobEnded(job, None, error))
        else:
            post(JobEnded(job, report, None))

    def stop(self) -> bool:
        """Asks the job to stop after the step in flight; says whether one was running."""
        if self.job is None or self._stop.is_set():
            return False
        self._stop.set()
        return True

    @property
    def stopping(self) -> bool:
        """Whether the running job was asked to stop."""
        return self.job is not None and self._stop.is_set()

    def end(self) -> None:
        """The job is over."""
        self.job = None

    def close(self) -> None:
        """Asks the job to stop, and lets the acts end."""
        self._stop.set()
        self._acts.shutdown(wait=True)
