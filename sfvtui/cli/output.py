"""Everything that a command prints, and the code it ends with."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TextIO

from sfvtui.cli.tables import WIDEST, Table, aligned
from sfvtui.display import visible
from sfvtui.errors import Busy, Cancelled, SfvtuiError, Stopped, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PROGRESS_SECONDS = 0.1
_YES, _NO = ("y", "yes"), ("n", "no")


class ExitCode(IntEnum):
    """How a command ended (docs/commands.md has the table)."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    WAITING = 3
    BUSY = 4
    INTERRUPTED = 130


def code_of(error: SfvtuiError) -> ExitCode:
    """The exit code of an error that ended a command."""
    for kind, code in (
        (Busy, ExitCode.BUSY),
        (UsageError, ExitCode.USAGE),
        (Stopped, ExitCode.WAITING),
        (Cancelled, ExitCode.INTERRUPTED),
    ):
        if isinstance(error, kind):
            return code
    return ExitCode.FAILED


@dataclass(eq=False, repr=False)
class Output:
    """The two streams of one command, and what the person asked of them.

    Standard output carries reports and lists, standard error everything else. A pipe that the
    reader closed is no error: what would be written to it is dropped.
    """

    stdout: TextIO
    stderr: TextIO
    stdin: TextIO
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    color: bool = False
    closed: bool = False
    _last_line: str = ""
    _progress_at: float = 0.0
    _progress_shown: bool = False
    _warned: set[str] = field(default_factory=set)

    @classmethod
    def of_process(cls) -> Output:
        """The output of this process. Colour only on a terminal, and not with NO_COLOR."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # A terminal that cannot show a character gets its escape, not an error.
                stream.reconfigure(errors="backslashreplace")
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        return cls(sys.stdout, sys.stderr, sys.stdin, color=color)

    # What was asked for: standard output.

    def report(
        self, report: dict[str, Any], people: Callable[[dict[str, Any]], Iterable[str]]
    ) -> None:
        """One report: an object with --json, else the sentences that `people` makes of it."""
        if self.json:
            self._data(to_json(report))
        elif not self.quiet:
            for line in people(report):
                self._data(line)

    def lines(
        self,
        lines: Iterable[dict[str, Any]],
        people: Callable[[Iterable[dict[str, Any]]], Table | Iterable[str]],
    ) -> None:
        """A list: one object a line with --json, else the table or lines `people` makes of it."""
        if self.json:
            texts: Iterable[str] = map(to_json, lines)
        elif self.quiet:
            return
        else:
            shown = people(lines)
            texts = self._table(shown) if isinstance(shown, Table) else shown
        for text in texts:
            if self.closed:
                return
            self._data(text)

    def csv(self, rows: Iterable[str]) -> None:
        """A list as the rows of a CSV file, exactly as they are; a terminal gets escapes shown."""
        for row in rows:
            if self.closed:
                return
            self._data(visible(row, newline="\n") if self.stdout.isatty() else row)

    def _table(self, table: Table) -> Iterator[str]:
        """Columns are cut for a terminal only; its header is bold where there is colour."""
        rows = aligned(table.header, table.rows, widest=WIDEST if self.stdout.isatty() else None)
        for number, row in enumerate(rows):
            yield f"\x1b[1m{row}\x1b[0m" if number == 0 and self.color else row

    def text(self, text: str) -> None:
        """A line of plain text that is itself what was asked for."""
        self._data(text)

    def _data(self, text: str) -> None:
        self.clear_progress()
        self._write(self.stdout, text + "\n")

    # Everything else: standard error.

    def note(self, text: str) -> None:
        """A message for people; not with --quiet."""
        if not self.quiet:
            self._message(text)

    def warn(self, text: str) -> None:
        """A warning, once however often it is given; not with --quiet."""
        if text not in self._warned:
            self._warned.add(text)
            self.note(f"warning: {text}")

    def detail(self, text: str) -> None:
        """A message that only --verbose shows."""
        if self.verbose:
            self.note(text)

    def error(self, text: str) -> None:
        """What went wrong; always shown."""
        self._message(f"sfvtui: {text}")

    def last(self, text: str) -> None:
        """The last line of standard error, whatever is printed after this: scripts read it."""
        self._last_line = text

    def shows_progress(self) -> bool:
        """Whether there is a terminal that shows what is being done."""
        return not self.quiet and self.stderr.isatty()

    def progress(self, text: str) -> None:
        """What is being done now, on one line of a terminal that the next one overwrites."""
        now = time.monotonic()
        if not self.shows_progress() or now - self._progress_at < PROGRESS_SECONDS:
            return
        self._progress_at, self._progress_shown = now, True
        self._write(self.stderr, f"\r\x1b[K{visible(text)[: self.width() - 1]}")

    def clear_progress(self) -> None:
        """Takes the line of progress away."""
        if self._progress_shown:
            self._progress_shown = False
            self._write(self.stderr, "\r\x1b[K")

    def flush(self) -> None:
        """Sends what was printed on its way."""
        for stream in (self.stdout, self.stderr):
            self._flush(stream)

    def finish(self) -> None:
        """Flushes both streams; the last line goes out now."""
        self.clear_progress()
        if self._last_line:
            self._write(self.stderr, self._last_line + "\n")
        self.flush()

    def _message(self, text: str) -> None:
        self.clear_progress()
        self._write(self.stderr, visible(text, newline="\n") + "\n")

    # Asking.

    def can_ask(self) -> bool:
        """Whether there is a person at a terminal."""
        return self.stdin.isatty() and self.stderr.isatty()

    def ask(self, question: str) -> bool | None:
        """A person's yes or no; None where nobody can be asked. Enter alone is no answer."""
        if not self.can_ask():
            return None
        self._flush(self.stdout)
        self.clear_progress()
        while True:
            self._write(self.stderr, self._wrapped(f"{question} [yes/no]", newline="\n"))
            self._flush(self.stderr)
            answer = self.stdin.readline()
            if not answer:
                self._write(self.stderr, "\n")
                return False
            if answer.strip().lower() in _YES:
                return True
            if answer.strip().lower() in _NO:
                return False

    def prompt(self, question: str, default: str = "", *, unseen: bool = False) -> str:
        """A line that a person types, trimmed; Enter alone is the default. `unseen`: not echoed.

        Raises Cancelled where the input ends.
        """
        self._flush(self.stdout)
        self.clear_progress()
        shown = self._wrapped(f"{question}{f' [{default}]' if default else ''}:")
        if unseen:
            import getpass

            try:
                return getpass.getpass(shown, self.stderr).strip() or default
            except EOFError:
                raise Cancelled("Nothing was saved.") from None
        self._write(self.stderr, shown)
        answer = self.stdin.readline()
        if not answer:
            self._write(self.stderr, "\n")
            raise Cancelled("Nothing was saved.")
        return answer.strip() or default

    def _wrapped(self, question: str, newline: str = "\\n") -> str:
        """A question for this terminal, with a blank behind it: lines end between words."""
        import textwrap

        wrap = textwrap.TextWrapper(
            self.width() - 1, break_long_words=False, break_on_hyphens=False,
            replace_whitespace=False, drop_whitespace=True,
        )  # fmt: skip
        lines = visible(question, newline=newline).split("\n")
        return "\n".join("\n".join(wrap.wrap(line)) for line in lines) + " "

    def width(self) -> int:
        """The terminal's columns; 80 where there is none."""
        try:
            return os.get_terminal_size(self.stderr.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _write(self, stream: TextIO, text: str) -> None:
        if stream is self.stdout and self.closed:
            return
        try:
            stream.write(text)
            if stream is self.stderr:
                stream.flush()
        except BrokenPipeError:
            self._close(stream)

    def _flush(self, stream: TextIO) -> None:
        try:
            stream.flush()
        except BrokenPipeError:
            self._close(stream)

    def _close(self, stream: TextIO) -> None:
        """Nobody reads any more: what is still buffered goes nowhere, at exit as well."""
        if stream is self.stdout:
            self.closed = True
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 - a descriptor
            os.dup2(nowhere.fileno(), stream.fileno())


def to_json(value: object) -> str:
    """One line of JSON, in ASCII: no character of a service's text reaches a terminal raw."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: object) -> object:
    from decimal import Decimal  # few lists hold numbers

    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def listed(values: Iterable[object]) -> Iterator[str]:
    """Values as texts that a terminal can show."""
    return (show(value) for value in values)


def show(value: object) -> str:
    """A JSON value as people read it; a blank is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "; ".join(listed(value))
    return visible(str(value))
