"""Whatever a page says to type is typed, on a sandbox of the page's own; the rest says why not."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sfvtui.config import load
from sfvtui.sandbox.serve import Sandbox, running_sandbox
from sfvtui.sync.context import Context
from sfvtui.sync.pull import pull
from sfvtui.sync.rounds import sync
from tests.docs_text import PAGES, TOP, blocks, name

LINES = {
    page: [line for text in blocks(page, "sh") for line in text.splitlines() if line.strip()]
    for page in PAGES
}
NOT_HERE = (
    # What the lines begin with, and why they are not typed here.
    (r"python3 -m venv \.venv ", "run by .ci/run, or its like"),
    (r"pip|pipx|uv|python3 -m venv|mkdir|\(cd|man|~/", "run by .ci/fresh: installs"),
    (r"\.venv/|\.ci/|SFVTUI_WRITE_DOCS", "the developers' own: they start these tests"),
    (r"sudo|install -d -g|ssh", "another account, group or host"),
    (r"systemctl|journalctl|loginctl", "a session of systemd; the units are checked"),
    (r'"\$\{EDITOR', "opens an editor"),
    (r"sfvtui demo$|sfvtui( --read-only)?$|sfvtui web$", "the screens: tests/tui, tests/web"),
    (r"sfvtui init$|sfvtui --config \S+ init", "asks at a terminal: tests/cli/test_init.py"),
    (r"sfvtui store adopt", "asks, and wants another organization: tests/sync/test_adopt.py"),
    (r"export (HTTPS|NO)_PROXY", "tests/remotes/test_tls_and_proxies.py"),
)
ENDS = {
    # Exit codes of a line that may be other than 0, and what for.
    r"sfvtui (push|sync)": {0, 3},  # conflicts wait
    r"sfvtui verify": {0, 3},  # drift of the second day
    r"sfvtui review approve 0": {0, 1},  # a look-alike is refused
    r"sfvtui review approve --filter": {0, 3},  # nobody can be asked for the yes
    r"sfvtui undo --run": {0, 1},  # what the lines before have taken back is in the outbox
    r"sfvtui edit --from": {0, 3},  # the same, where the file changes anything
    r"sfvtui store (forget|prune)": {3},  # the same
}


def reason(line: str) -> str:
    """Why a line is not typed here; empty for one that is."""
    return next((why for start, why in NOT_HERE if re.match(start, line)), "")


class Person:
    """Types lines in a home whose config leads to a sandbox, on the day after a first sync."""

    def __init__(self, home: Path, box: Sandbox) -> None:
        self.home, self.box = home, box
        program = home / "bin" / "sfvtui"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sfvtui "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.env = {
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "HOME": str(home),
            "PYTHONPATH": str(TOP),
        }
        self.used: set[str] = set()

    def type(self, line: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", line], env=self.env, cwd=self.home, text=True, timeout=120,
            stdin=subprocess.DEVNULL, capture_output=True, check=False,
        )  # fmt: skip

    def lines(self, words: str) -> list[dict[str, object]]:
        return [
            json.loads(line) for line in self.type(f"sfvtui --json {words}").stdout.splitlines()
        ]

    def real(self, line: str) -> str:
        """The line with somebody of this sandbox in place of the page's examples."""
        line = line.replace("/var/backups/sfvtui", str(self.home / "backups"))
        for example in dict.fromkeys(re.findall(r"0035g00000\w+", line)):
            line = line.replace(example, self.record(line))
        if "review link" in line:
            line = line.replace("4711", self.user_free())
        entries = [entry for entry in self.lines("history") if entry["what"] == "update"]
        for word, key, example in (
            ("undo ", "entry", "4711"), ("undo --batch ", "batch", "812"),
            ("undo --run ", "run", "37"),
        ):  # fmt: skip
            if f"{word}{example}" in line:
                line = line.replace(example, str(entries[-1][key]))
        if re.search("outbox (retry|drop)", line):
            numbers = iter(self.parked())
            line = re.sub(r"\b1[23]\b", lambda _: next(numbers), line)
        return line

    def parked(self) -> list[str]:
        """The numbers of changes that Salesforce has refused; it would take them now."""
        record = self.record("edit")
        self.type(f"sfvtui edit {record} Title=Parked")
        self.box.org.lock_for_approval(record)
        self.type("sfvtui push")
        self.box.org.unlock_row(record)
        return [str(change["change"]) for change in self.lines("outbox --parked")]

    def record(self, line: str) -> str:
        """A record with which the command can be shown; each is given once."""
        if "review restore" in line:
            return str(self.lines("review list --state ignored")[0]["record"])
        if "review account" in line:
            return str(self.lines("review list --flag other_account")[0]["record"])
        if "resolve" in line:
            return str(next(c["record"] for c in self.lines("conflicts") if c["field"] == "Title"))
        if "history" in line:
            return str(self.lines("history")[-1]["record"])
        state = "unmatched" if re.search("approve|ignore|link ", line) else "linked"
        state = "linked" if "unlink" in line else state
        conflicts = {c["record"] for c in self.lines("conflicts")}
        for one in self.lines(f"review list --state {state}"):
            record = str(one["record"])
            if record not in self.used | conflicts and (not one["flags"] or "--yes" in line):
                self.used.add(record)
                return record
        raise AssertionError(f"nobody is {state}")

    def user_free(self) -> str:
        """A user whom no record has: a candidate of an ambiguous one."""
        ambiguous = self.lines("review list --state ambiguous")
        return str(next(one["candidates"][0]["user"] for one in ambiguous if one["candidates"]))


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    place = tmp_path / ".config" / "sfvtui"
    with running_sandbox(directory=place) as box:
        text = box.config_path.read_text("utf-8")
        text = re.sub(r'path = ".*"', 'path = "~/.local/share/sfvtui/store.db"', text, count=1)
        box.config_path.write_text(text, "utf-8")
        members = place / "members.toml"
        members.write_text(text.replace("store.db", "members.db"), "utf-8")
        members.chmod(0o600)
        with Context.open(load(box.config_path, {"HOME": str(tmp_path)})) as context:
            sync(context, confirm=lambda _: True)
            box.world.second_day()
            pull(context)
        yield Person(tmp_path, box)


@pytest.mark.parametrize(
    "page", [page for page, lines in LINES.items() if any(not reason(ln) for ln in lines)], ids=name
)
def test_what_a_page_says_to_type_works(page, person):
    (person.home / "backups").mkdir()
    for line in LINES[page]:
        if reason(line):
            continue
        real = person.real(line)
        done = person.type(real)
        wanted = next((codes for start, codes in ENDS.items() if re.match(start, line)), {0})
        assert done.returncode in wanted, f"{line}\n{real}\n{done.stdout}{done.stderr}"
        assert "unexpected" not in done.stderr and "Traceback" not in done.stderr, done.stderr
        if line.startswith("sfvtui store backup"):
            (backup,) = (person.home / "backups").iterdir()
            backup.rename(backup.with_name("2026-01-31.db"))


def test_each_reason_not_to_type_a_line_is_needed():
    lines = [line for of_page in LINES.values() for line in of_page]
    assert [start for start, _ in NOT_HERE if not any(re.match(start, ln) for ln in lines)] == []
    assert [start for start in ENDS if not any(re.match(start, ln) for ln in lines)] == []
