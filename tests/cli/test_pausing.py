"""pause and resume: nothing goes to a paused system, whoever pushes, and everybody is told."""

from __future__ import annotations

import pytest


@pytest.fixture
def edited(ready):
    """A program, and a record with an edit that waits for both sides; all else is pushed."""
    ready("sync", "--yes", "--allow", "max_blanks", "--waiting-ok")
    record = ready.editable()
    ready.ok("edit", record, "Title=Chief of Pauses")
    return ready, record


def systems(program, record):
    lines = program.ok("plan", "--json").lines
    return {line["system"] for line in lines if line["record"] == record}


def test_nothing_is_sent_to_a_paused_system_and_pulls_go_on(edited, sandbox):
    program, record = edited
    program.ok("pause", "salesforce", "--reason", "their maintenance")
    before = len(sandbox.org.writes)
    ended = program("push", "--yes")
    assert ended.code == 3 and ended.last == "stopped: paused"
    assert "Salesforce is paused by" in ended.stderr and "their maintenance" in ended.stderr
    assert "sfvtui resume salesforce" in ended.stderr
    assert len(sandbox.org.writes) == before
    # Its Vitally half waits for Salesforce's.
    assert systems(program, record) == {"salesforce", "vitally"}
    program.ok("pull")
    program.ok("resume", "salesforce")
    ended = program("push", "--yes", "--waiting-ok", "--json")
    assert ended.json["landed"] >= 2 and "paused" not in ended.stderr
    assert systems(program, record) == set()


def test_the_other_system_gets_what_is_its(edited):
    program, record = edited
    program.ok("pause", "vitally")
    ended = program("sync", "--waiting-ok", "--json", "--quiet")
    assert ended.code == 3 and ended.last == "stopped: paused"
    assert systems(program, record) == {"vitally"}


def test_with_both_paused_no_service_is_asked(offline):
    for system in ("salesforce", "vitally"):
        offline.ok("pause", system)
    assert offline("push").code in (1, 3)  # the mirror is empty; no secret was resolved
    assert "SECRET" not in offline("push").stderr


def test_who_and_why_are_shown_to_all(offline):
    said = offline.ok("pause", "vitally", "--reason", "until noon", "--json").json
    assert set(said) == {"ok", "found"} and "until noon" in said["found"]
    status = offline.ok("status").stdout.splitlines()
    assert status[0].startswith("Vitally is paused by ") and status[0].endswith(": until noon.")
    assert "until noon" not in offline.ok("status", "--json").stdout
    offline.ok("resume", "vitally")
    assert "paused" not in offline.ok("status").stdout
    lines = offline.ok("history", "--json").lines
    told = [(ln["what"], ln["system"], ln["why"]) for ln in lines if ln["system"]]
    assert told[0] == ("pause", "vitally", "until noon") and told[1][:2] == ("resume", "vitally")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["pause", "hubspot"], 2, "'hubspot' is not one of"),
        (["resume", "vitally"], 1, "Vitally is not paused"),
        (["pause", "vitally", "--read-only"], 2, "ead-only"),
    ],
)
def test_what_cannot_be_paused(offline, arguments, code, words):
    ended = offline(*arguments)
    assert ended.code == code and words in ended.stderr


def test_a_pause_that_stands_is_not_begun_anew(offline):
    offline.ok("pause", "vitally", "--reason", "first")
    ended = offline("pause", "vitally", "--reason", "second")
    assert ended.code == 1 and "first" in ended.stderr and "sfvtui resume vitally" in ended.stderr


def test_the_undo_of_a_pause_names_the_command_that_ends_it(pulled):
    pulled.ok("pause", "vitally")
    entry = pulled.ok("history", "--json").lines[-1]["entry"]
    ended = pulled("undo", str(entry), "--json")
    assert ended.code == 1
    assert "sfvtui resume vitally" in ended.json["not_undoable"][0]["reason"]
