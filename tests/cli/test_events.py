"""Events: each change of state is told once, by command and webhook, and stops nothing."""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sfvtui.config import load
from sfvtui.sync import events
from sfvtui.sync.context import Context

KEYS = {"event", "state", "at", "store", "count", "new", "what", "detail", "next"}


class Told:
    """A program whose config names a command; what it was told since one last asked."""

    def __init__(self, program, folder):
        self.program = program
        self.file = folder / "told.jsonl"
        self.fail = folder / "fail"
        script = folder / "hook.py"
        script.write_text(
            "import pathlib, sys\n"
            "text = sys.stdin.read()\n"
            f"if pathlib.Path({str(self.fail)!r}).exists(): sys.exit(3)\n"
            f"with open({str(self.file)!r}, 'a') as file: file.write(text)\n"
        )
        self.configure(f"command = {json.dumps(f'{sys.executable} {script}')}")

    def configure(self, lines):
        path = self.program.config
        path.write_text(path.read_text().replace("[mapping]", f"[events]\n{lines}\n\n[mapping]", 1))

    def news(self):
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        self.file.unlink(missing_ok=True)
        found = [json.loads(line) for line in lines]
        assert all(set(event) == KEYS for event in found)
        return found

    def kinds(self):
        return [(event["event"], event["state"]) for event in self.news()]


@pytest.fixture
def told(sfv, tmp_path):
    return Told(sfv, tmp_path)


class Hook:
    """A webhook on loopback, and what it was sent."""

    def __init__(self):
        hook = self
        self.got, self.status, self.location = [], 204, ""

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((self.path, json.loads(body)))
                self.send_response(hook.status)
                if hook.location:
                    self.send_header("Location", hook.location)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


def test_conflicts_are_told_once_however_often_one_pulls(told):
    told.program.ok("pull")
    (event,) = (event for event in told.news() if event["event"] == "conflict")
    conflicts = told.program.ok("conflicts", "--json").lines
    assert event["state"] == "begun" and event["count"] == event["new"] == len(conflicts)
    names = {f"{line['record']} {line['field'] or ''}".strip() for line in conflicts}
    assert set(event["what"]) <= names and event["next"] == "sfvtui conflicts"
    assert told.program.config.parent.name in event["store"]
    told.program.ok("pull")
    told.program.ok("pull", conflicts[0]["record"])
    assert told.news() == []


def test_no_value_of_anybody_is_in_an_event(told, sandbox):
    told.program.ok("pull")
    text = json.dumps(told.news())
    held = {
        str(value)
        for line in told.program.ok("review", "list", "--json").lines
        for name, value in line["fields"].items()
        if isinstance(value, str) and len(value) > 5 and not name.endswith("Id")
    }
    assert held and [value for value in held if value in text] == []


def test_a_guard_is_told_when_it_stops_a_push_and_when_one_gets_through(told):
    told.program.ok("pull")
    told.news()
    stopped = told.program("push")
    assert stopped.code == 3 and stopped.last == "stopped: first_push"
    assert "sfvtui push --yes (or sync --yes)" in stopped.stderr
    (event,) = told.news()
    assert (event["event"], event["state"]) == ("guard", "begun")
    assert "stopped by first_push" in event["detail"] and "confirm" in event["detail"]
    assert "sfvtui push --yes" in event["next"]
    assert told.program("push").code == 3
    assert told.kinds() == []
    told.program("push", "--yes", "--allow", "max_blanks", "--waiting-ok")
    assert ("guard", "ended") in told.kinds()


def test_a_limit_is_told(told):
    text = told.program.config.read_text()
    full = text.replace("[salesforce]\n", "[salesforce]\ndaily_calls_reserve = 1.0\n", 1)
    told.program.config.write_text(full)
    assert told.program("pull").code == 3
    assert told.kinds() == [("limit", "begun")]
    told.program.config.write_text(text)
    told.program.ok("pull")
    assert ("limit", "ended") in told.kinds()


def test_a_pause_and_its_end_are_told(told):
    told.program.ok("pause", "vitally")
    (event,) = told.news()
    assert (event["event"], event["state"], event["what"]) == ("pause", "begun", ["vitally"])
    told.program.ok("resume", "vitally")
    (event,) = told.news()
    assert (event["state"], event["count"], event["new"]) == ("ended", 0, 0)


def test_a_command_that_fails_stops_nothing_and_is_tried_three_times(told):
    told.fail.touch()
    ended = told.program("pause", "vitally", "--json")
    assert ended.code == 0 and ended.json["ok"] is True
    assert "ended with code 3" in ended.stderr and "tried again" in ended.stderr
    assert "ended with code 3" in told.program.ok("pull").stderr
    told.fail.unlink()
    told.program.ok("pull")
    assert ("pause", "begun") in told.kinds()


def test_it_is_not_tried_for_ever(told):
    told.fail.touch()
    told.program.ok("pause", "vitally")
    for _ in range(2):
        told.program("push")
    told.fail.unlink()
    told.program("push")
    assert ("pause", "begun") not in told.kinds()


def test_a_program_that_there_is_not(sfv):
    path = sfv.config
    path.write_text(
        path.read_text().replace("[mapping]", '[events]\ncommand = "nowhere-at-all"\n[mapping]', 1)
    )
    ended = sfv.ok("pause", "vitally")
    assert "nowhere-at-all" in ended.stderr and "cannot be run" in ended.stderr


def test_a_webhook_is_posted_to_and_its_address_never_shown(sfv, hook, tmp_path):
    secret = tmp_path / "hook"
    secret.write_text(f"{hook.url}/services/T0PSECRET\n")
    path = sfv.config
    path.write_text(
        path.read_text().replace("[mapping]", f'[events]\nwebhook = "file:{secret}"\n[mapping]', 1)
    )
    hook.status = 500
    ended = sfv.ok("pause", "vitally", "--verbose")
    assert "answered 500" in ended.stderr and "T0PSECRET" not in ended.stderr
    hook.status, hook.location = 302, f"{hook.url}/elsewhere"
    assert "answered 302" in sfv.ok("pull").stderr
    hook.status, hook.location = 200, ""
    sfv.ok("pull")
    got = [(where, event["event"]) for where, event in hook.got if event["event"] == "pause"]
    assert got == [("/services/T0PSECRET", "pause")] * 3
    sfv.ok("pull")
    assert len([1 for _, event in hook.got if event["event"] == "pause"]) == 3
    log = next(sfv.home.rglob("sfvtui.log")).read_text()
    assert "T0PSECRET" not in log and "webhook POST" in log


@pytest.mark.parametrize(
    "address",
    ["https://a.example/\x7fT0PSECRET", "https://a.example/\0", f"https://{'a' * 70}.example/T0P"],
)
def test_a_webhook_that_is_no_address_ends_no_verb(sfv, tmp_path, address):
    secret = tmp_path / "hook"
    secret.write_text(address)
    path = sfv.config
    path.write_text(
        path.read_text().replace("[mapping]", f'[events]\nwebhook = "file:{secret}"\n[mapping]', 1)
    )
    ended = sfv.ok("pause", "vitally", "--json")
    assert ended.json["ok"] is True
    assert "is not an address" in ended.stderr and "tried again" in ended.stderr
    assert "T0P" not in ended.stderr


@pytest.mark.parametrize(
    "line", ['command = "/bin/echo \\u0000"', 'webhook = "cmd:/bin/echo \\u0000"']
)
def test_what_the_system_cannot_take_ends_no_verb(sfv, line):
    path = sfv.config
    path.write_text(path.read_text().replace("[mapping]", f"[events]\n{line}\n[mapping]", 1))
    ended = sfv.ok("pause", "vitally", "--json")
    assert ended.json["ok"] is True
    assert "warning: " in ended.stderr and "tried again" in ended.stderr


def test_an_old_pull_is_told_though_pulls_fail(told):
    told.program.ok("pull")
    told.news()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=49)
    with Context.open(load(told.program.config, {})) as context:
        context.clock = lambda: later
        events.tell(context)
    (event,) = told.news()
    assert (event["event"], event["what"]) == ("stale", ["salesforce", "vitally"])


def test_a_command_that_does_not_end_is_killed(offline, monkeypatch):
    monkeypatch.setattr(events, "SECONDS", 0.3)
    path = offline.config
    path.write_text(
        path.read_text().replace("[mapping]", '[events]\ncommand = "sleep 1000"\n[mapping]')
    )
    said = []
    from sfvtui.domain.changes import System
    from sfvtui.sync.pausing import pause

    with Context.open(load(path, {})) as context:
        context.note = said.append
        pause(context, System.VITALLY, "")
    assert len(said) == 1 and "did not end within" in said[0]
