"""What commands print: safe for terminals, exact for programs, quiet where a pipe closed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from decimal import Decimal

import pytest

from sfvtui.cli.output import ExitCode, Output, code_of, show, to_json
from sfvtui.cli.tables import Table, aligned, cells
from sfvtui.errors import (
    Busy,
    Cancelled,
    ConfigError,
    FilterError,
    LoginRefused,
    ReadOnlyError,
    Refused,
    Stopped,
    UnknownName,
    WrongStore,
)

HOSTILE = "\x1b[2J\x07red\x9b31m \u202eevil\u200b[bold]x"


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def output(**options) -> Output:
    return Output(io.StringIO(), io.StringIO(), io.StringIO(), **options)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Busy("x"), 4),
        (ConfigError("x"), 2),
        (FilterError("x", 1), 2),
        (ReadOnlyError("x"), 2),
        (UnknownName("x"), 2),
        (WrongStore("x"), 2),
        (Refused("x"), 1),
        (LoginRefused("salesforce", "x"), 1),
        (Stopped("api_reserve", "x"), 3),
        (Cancelled("x"), 130),
    ],
)
def test_every_kind_of_error_has_its_code(error, code):
    assert code_of(error) == code


class TestSafety:
    def test_nothing_that_a_terminal_obeys_is_shown_to_people(self):
        assert show(HOSTILE).isprintable() and "\x1b" not in show(HOSTILE)
        out = output()
        out.error(HOSTILE)
        out.note(HOSTILE)
        assert out.stderr.getvalue().replace("\n", "").isprintable()

    def test_json_escapes_it_and_keeps_it(self):
        text = to_json({"name": HOSTILE})
        assert text.isascii() and text.isprintable()
        assert json.loads(text) == {"name": HOSTILE}

    def test_numbers_stay_numbers(self):
        assert to_json([Decimal(3), Decimal("12.50"), None, True]) == "[3,12.5,null,true]"


class TestQuietAndJson:
    def test_quiet_prints_nothing_but_errors(self):
        out = output(quiet=True)
        out.report({"a": 1}, lambda _: ["people"])
        out.lines([{"a": 1}], lambda _: ["people"])
        out.note("note")
        out.warn("warning")
        out.error("wrong")
        assert out.stdout.getvalue() == ""
        assert out.stderr.getvalue() == "sfvtui: wrong\n"

    def test_json_is_printed_also_with_quiet(self):
        out = output(quiet=True, json=True)
        out.report({"a": 1}, lambda _: ["people"])
        assert out.stdout.getvalue() == '{"a":1}\n'

    def test_the_last_line_comes_last_also_with_quiet(self):
        out = output(quiet=True)
        out.last("stopped: max_blanks")
        out.error("wrong")
        out.finish()
        assert out.stderr.getvalue().splitlines() == ["sfvtui: wrong", "stopped: max_blanks"]

    def test_a_warning_is_given_once(self):
        out = output()
        out.warn("twice")
        out.warn("twice")
        assert out.stderr.getvalue() == "warning: twice\n"

    def test_progress_is_for_terminals(self):
        out = output()
        out.progress("reading")
        assert out.stderr.getvalue() == ""
        out = Output(io.StringIO(), Tty(), io.StringIO())
        out.progress("reading")
        out.note("done")
        assert out.stderr.getvalue() == "\r\x1b[Kreading\r\x1b[Kdone\n"


class TestAsking:
    def ask(self, typed: str) -> tuple[bool | None, str]:
        out = Output(io.StringIO(), Tty(), Tty(typed))
        return out.ask("Push?"), out.stderr.getvalue()

    def test_enter_alone_is_no_answer(self):
        answer, shown = self.ask("\n\nyes\n")
        assert answer is True and shown.count("Push?") == 3

    @pytest.mark.parametrize(
        ("typed", "answer"), [("y\n", True), ("No\n", False), ("", False), ("maybe\nn\n", False)]
    )
    def test_answers(self, typed, answer):
        assert self.ask(typed)[0] is answer

    def test_without_a_terminal_nobody_can_be_asked(self):
        assert output().ask("Push?") is None


class TestTables:
    def test_columns_are_aligned_by_cells(self):
        rows = [("漢字", "x"), ("abc", "y"), ("e\u0301a", "z")]
        lines = list(aligned(("A", "B"), rows))
        assert [cells(line[:-1]) for line in lines] == [6, 6, 6, 6]

    def test_what_is_too_wide_is_cut_and_marked(self):
        lines = list(aligned(("A", "B"), [("x" * 50, "y"), ("漢" * 50, "y")], widest=10))
        assert lines[1] == "xxxxxxxxx…  y"
        assert cells(lines[2]) <= 13 and "…" in lines[2]

    def test_a_list_without_rows_is_empty(self):
        assert list(aligned(("A",), [])) == []

    def test_a_long_list_starts_to_print_at_once(self):
        def endless():
            while True:
                yield ("row",)

        lines = aligned(("A",), endless())
        assert [next(lines) for _ in range(1000)][-1] == "row"


class TestLists:
    def shown(self, stdout: io.StringIO, **options) -> list[str]:
        out = Output(stdout, io.StringIO(), io.StringIO(), **options)
        out.lines(
            [{"a": "x" * 60}], lambda lines: Table(("A", "B"), ((ln["a"], "") for ln in lines))
        )
        return stdout.getvalue().splitlines()

    def test_columns_are_cut_on_a_terminal_only(self):
        assert self.shown(io.StringIO())[1] == "x" * 60
        assert self.shown(Tty())[1].endswith("…")

    def test_the_header_is_bold_where_there_is_colour(self):
        assert self.shown(Tty(), color=True)[0].startswith("\x1b[1mA")
        assert self.shown(Tty())[0].startswith("A")


def test_a_closed_pipe_is_quiet_and_stops_the_list():
    code = (
        "import sys\n"
        "from sfvtui.cli.output import Output\n"
        "out = Output.of_process()\n"
        "out.json = True\n"
        "def lines():\n"
        "    for number in range(10_000_000):\n"
        "        yield {'number': number, 'text': 'x' * 100}\n"
        "out.lines(lines(), lambda _: [])\n"
        "out.finish()\n"
        "sys.exit(0)\n"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert program.stdout is not None and program.stderr is not None
    program.stdout.readline()
    program.stdout.close()
    with program.stderr:
        assert program.stderr.read() == b""
    assert program.wait() == ExitCode.DONE


def test_a_terminal_of_another_encoding_gets_escapes():
    code = "from sfvtui.cli.output import Output\nout = Output.of_process()\nout.text('漢 é')\n"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    )
    assert done.stdout == "\\u6f22 é\n".encode("latin-1")
