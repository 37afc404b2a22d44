"""`sfvtui` without a command, in a real terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest

SECONDS = 60


class Terminal:
    """A terminal of 80×24 with a program in it."""

    def __init__(self, child: pexpect.spawn) -> None:
        self.child = child
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self.screen)

    def until(self, words: str) -> str:
        """What the screen shows as soon as the words stand on it."""
        end = time.monotonic() + SECONDS
        while words not in (shown := "\n".join(self.screen.display)):
            assert time.monotonic() < end, f"{words!r} never came:\n{shown}"
            try:
                self._stream.feed(self.child.read_nonblocking(65536, timeout=0.2))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                pytest.fail(f"it ended before {words!r} came:\n{shown}")
        return shown

    def ended(self) -> int | None:
        """The exit code, once the program has ended by itself."""
        self.child.expect(pexpect.EOF, timeout=SECONDS)
        self.child.close()
        return self.child.exitstatus


@contextmanager
def terminal(program, *arguments: str) -> Iterator[Terminal]:
    command, *rest = program.command(*arguments)
    child = pexpect.spawn(
        command,
        rest,
        env=program.env(TERM="xterm-256color"),
        encoding="utf-8",
        dimensions=(24, 80),
        cwd=str(Path.cwd()),
    )
    try:
        yield Terminal(child)
    finally:
        child.close(force=True)


def test_the_demo_opens_home_with_something_to_do(bare):
    with terminal(bare, "demo") as screen:
        shown = screen.until("ready to approve")
        assert "conflicts to settle" in shown
        screen.child.send("q")
        assert screen.ended() == 0


def test_the_screens_open_on_a_config_offline(pulled):
    with terminal(pulled) as screen:
        screen.until("ready to approve")
        screen.child.send("q")
        assert screen.ended() == 0


def test_without_a_config_the_set_up_opens(bare):
    with terminal(bare) as screen:
        screen.until("Salesforce")
    assert not (bare.home / ".config" / "sfvtui" / "config.toml").exists()


def test_a_broken_config_is_said_in_a_sentence(offline):
    offline.config.write_text("[sync]\nmax_chnges = 3\n")
    with terminal(offline) as screen:
        screen.child.expect("Did you mean sync.max_changes")
        assert screen.ended() == 2
