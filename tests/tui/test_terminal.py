"""The screens in a real pseudo-terminal: what is drawn, what is sent, how it ends."""

from __future__ import annotations

import re
import signal
import sys
import time

import pytest

pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

PATIENCE = 30
STEP_BYTES = 600
TICK_BYTES = 200
COLOUR = re.compile(rb"\x1b\[[0-9;]*(?:3[0-7]|4[0-7]|38;[25]|48;[25]|9[0-7])[0-9;]*m")


class Terminal:
    """The program on 24 lines of 80 cells."""

    def __init__(self, stage, **env):
        self.env = {
            "PATH": "/usr/bin:/bin", "TERM": "xterm-256color", "COLORTERM": "truecolor",
            "LANG": "C.UTF-8", **stage.env, **env,
        }  # fmt: skip
        self.stage = stage
        self.sent = b""
        self.screen = pyte.Screen(80, 24)
        self.stream = pyte.ByteStream(self.screen)
        arguments = ["-m", "sfvtui", "--config", str(stage.config)]
        self.child = pexpect.spawn(
            sys.executable, arguments, env=self.env, dimensions=(24, 80), timeout=PATIENCE
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.close(force=True)

    def read(self, seconds=0.05):
        """Reads what there is, for so long; returns how many bytes came."""
        before, end = len(self.sent), time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                data = self.child.read_nonblocking(65536, timeout=0.02)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
            self.sent += data
            self.stream.feed(data)
        return len(self.sent) - before

    @property
    def text(self):
        return "\n".join(self.screen.display)

    def until(self, *words):
        """Reads until all these words are on the screen."""
        end = time.monotonic() + PATIENCE
        while not all(word in self.text for word in words):
            assert time.monotonic() < end, f"{words} did not come:\n{self.text}"
            self.read()

    def quiet(self):
        """Reads until nothing more comes."""
        while self.read(0.3):
            pass

    def press(self, keys, *words):
        self.child.send(keys)
        self.until(*words)


@pytest.fixture
def terminal(stage):
    opened = []

    def start(**env):
        opened.append(Terminal(stage, **env))
        return opened[-1]

    yield start
    for one in opened:
        one.child.close(force=True)


def test_a_morning_of_review_in_a_real_terminal(terminal, stage):
    one = terminal()
    one.until("TO DO", "ready to approve", "Ctrl+P commands")
    one.press("2", "unmatched 16", "would be created in Vitally as")
    one.press("ja", "approved", "u takes it back", "unmatched 15")
    one.press("3", "1 of 299")
    one.press("/ada lov", "ada lov", "1 of 1 shown of 299")
    one.press("\r\r", "FIELD", "SALESFORCE")
    one.press("\x1b", "Records")
    one.press("5", "1 of 37")
    one.press("P", "Push 37 changes?", "y", "push")
    one.press("n", "Outbox")
    one.child.send("q")
    one.child.expect(pexpect.EOF)
    one.child.close()
    assert one.child.exitstatus == 0
    assert stage.value("SELECT COUNT(*) FROM approval") == 1
    assert b"\x1b[?1049l" in one.sent or b"\x1b[?1049l" in one.child.before


def test_keys_that_arrive_together_go_where_each_led(terminal, stage):
    one = terminal()
    one.until("TO DO")
    one.press("3/ada lov\r\r", "FIELD", "Ada Lovelace")
    one.press("\x1bjj", "Records")
    one.press("4jj>", "Vitally's value is queued")
    one.press("2jiii", "ignored", "unmatched 13")
    assert stage.value("SELECT COUNT(*) FROM ignored") == 3
    assert stage.value("SELECT COUNT(*) FROM edit") == 1


def test_a_step_in_a_list_sends_few_bytes(terminal):
    one = terminal()
    one.until("TO DO")
    one.press("3", "1 of 299")
    one.quiet()
    steps = []
    for _ in range(40):
        one.child.send("j")
        steps.append(one.read(0.15))
    one.quiet()
    one.until("41 of 299")
    assert sum(steps) / len(steps) <= STEP_BYTES, steps


def test_the_clock_of_a_running_job_sends_few_bytes(terminal, world):
    one = terminal()
    one.until("TO DO")
    with world.vitally_faults.hold(method="GET") as gate:
        one.child.send("p")
        gate.wait()
        one.until("Esc stops")
        one.read(1.5)
        seconds = [one.read(1.0) for _ in range(4)]
        assert any(seconds), "the clock ticks"
        assert max(seconds) <= 2 * TICK_BYTES, seconds
        one.press("\x1b", "stopping after the page in flight")


def test_no_color_sends_no_colour(terminal):
    one = terminal(NO_COLOR="1")
    one.until("TO DO")
    one.press("4j", "Conflicts", "2 of 10")
    one.quiet()
    assert not COLOUR.search(one.sent)
    assert b"\x1b[7" in one.sent or b";7" in one.sent


def test_a_terminal_that_closes_loses_nothing(terminal, stage):
    one = terminal()
    one.until("TO DO")
    one.press("2", "unmatched 16")
    one.press("ji", "ignored", "unmatched 15")
    one.quiet()
    one.child.kill(signal.SIGHUP)
    one.child.expect(pexpect.EOF)
    assert stage.value("SELECT COUNT(*) FROM ignored") == 1
    again = terminal()
    again.until("Review", "unmatched 15")


def test_a_half_typed_value_is_there_to_the_letter_after_a_lost_connection(terminal, stage):
    record = stage.value(
        "SELECT r.record_id FROM record r JOIN link l USING (record_pk) WHERE l.status = 'live'"
        " AND r.in_scope = 1 AND Title <> '' ORDER BY r.record_id LIMIT 1"
    )
    one = terminal()
    one.until("TO DO")
    one.press("3", "1 of 299")
    one.press(f"/{record}\r\r", "FIELD", "SALESFORCE")
    one.press("g", "▸  Title")
    one.press("eÅb \u2713c", "Title of", "Åb ✓c")
    one.quiet()
    one.child.kill(signal.SIGHUP)
    one.child.expect(pexpect.EOF)
    again = terminal()
    again.until("Title of", "Åb ✓c")
    again.press("\r", "is queued")
    assert stage.value("SELECT value FROM edit WHERE record_id = ?", record).endswith("Åb ✓c")


def test_hostile_text_is_shown_and_not_obeyed(terminal):
    one = terminal()
    one.until("TO DO")
    one.press("3", "1 of 299")
    one.press("/hostile", "hostile")
    one.quiet()
    assert "Eve\\x1b[3" in one.text
    assert "[red]" in one.text
    assert "\u202e".encode() not in one.sent


def test_escape_and_a_key_that_arrive_together_are_two_keys(terminal):
    one = terminal()
    one.until("TO DO")
    one.press("3/ada", "/  ada")
    one.press("\x1b2", "Review", "unmatched 16")
    one.press("3", " of 299")
    one.press("/ada", "/  ada")
    one.press("\x1b/lov", "/  lov")
    one.press("\x1bG", "299 of 299")


def test_a_filter_that_is_being_typed_outlives_its_terminal(terminal, stage):
    one = terminal()
    one.until("TO DO")
    one.press("3fTitle contains ", "f  Title contains")
    one.quiet()
    one.child.kill(signal.SIGHUP)
    one.child.expect(pexpect.EOF)
    again = terminal()
    again.until("Records", "f  Title contains")
    again.press('"VP"\r', 'Title contains "VP"', "shown of 299")
