"""What people decide between a push's look at a change and its request is obeyed, or the push is."""

from __future__ import annotations

import fcntl
import os
import time

import pytest

from sfvtui.mirror import counts
from sfvtui.sync.landing import Push
from tests.sync.lab import TITLE, mapping

EMAIL = 'field = "Email"\ntrait = "email"\n'


@pytest.fixture
def beside(monkeypatch):
    """`beside(act, nth=1)`: another process does `act` when the requests of the nth write of the
    next push are composed, and none of its changes is on its way yet."""

    def put(act, nth=1):
        begin, turns = Push.begin, []

        def late(push, *arguments):
            turns.append(1)
            if len(turns) == nth:
                act()
            return begin(push, *arguments)

        monkeypatch.setattr(Push, "begin", late)

    return put


@pytest.fixture(params=["salesforce", "vitally", "creation"])
def waiting(request, labs):
    """A lab where one change waits, by system or as a creation: its record, its user, its number."""
    lab = labs(mapping(TITLE, EMAIL, create="allowed = true\n"))
    if request.param == "creation":
        lab.pair("p0")
        lab.settled()
        record, user = lab.contact("p1", Title="New", FirstName="Zoe", LastName="Quick"), None
        lab.pull()
        lab.ok("review", "approve", record)
    else:
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        if request.param == "salesforce":
            lab.change(user, **{"sfdc.Title": "New"})
        else:
            lab.change(record, Title="New")
        lab.pull()
    (line,) = lab.plan()
    return lab, record, user, str(line["change"])


def test_what_is_held_back_in_that_moment_is_not_sent(waiting, beside):
    lab, _, _, number = waiting
    beside(lambda: lab.ok("outbox", "hold", number, "--reason", "stop"))
    ended = []
    assert lab.writes_of(lambda: ended.append(lab.run("push", "--yes"))) == []
    (ended,) = ended
    assert (ended.code, ended.last) == (3, "waiting: 0 conflicts, 1 held, 0 parked")
    assert (ended.report["sent"], ended.report["held"]) == (0, 1)
    lab.ok("outbox", "release", number)
    assert lab.push()["landed"] == 1


def test_what_is_dropped_in_that_moment_is_not_sent(waiting, beside):
    lab, _, _, number = waiting
    beside(lambda: lab.ok("outbox", "drop", number))
    assert lab.writes_of(lambda: lab.ok("push", "--yes")) == []
    assert lab.plan() == []


def test_of_several_changes_only_the_dropped_one_is_left_out(lab, beside):
    pairs = [lab.pair(f"p{n}", {"Title": "Old"}) for n in range(3)]
    lab.settled()
    for _, user in pairs:
        lab.change(user, **{"sfdc.Title": "New"})
    lab.pull()
    (number,) = [str(line["change"]) for line in lab.plan() if line["record"] == pairs[1][0]]
    beside(lambda: lab.ok("outbox", "drop", number))
    assert lab.push()["landed"] == 2
    assert [lab.of_record(record) for record, _ in pairs] == ["New", "Old", "New"]


@pytest.mark.parametrize("waiting", ["salesforce", "vitally"], indirect=True)
def test_what_is_typed_in_that_moment_is_sent_and_not_what_it_replaced(waiting, beside):
    lab, record, user, _ = waiting
    beside(lambda: lab.ok("edit", record, "Title=Typed"))
    writes = lab.writes_of(lab.push)
    writes += lab.writes_of(lab.sync)
    assert len(writes) == 2  # one for each side, and neither with the value of before
    assert (lab.of_record(record), lab.of_user(user)) == ("Typed", "Typed")
    assert lab.conflicts() == [] and lab.plan() == []


def test_an_edit_is_rewritten_in_that_moment_under_its_number(lab, beside):
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.ok("edit", record, "Title=First")
    beside(lambda: lab.ok("edit", record, "Title=Second"))
    writes = lab.writes_of(lab.push)
    assert len(writes) == 2
    assert (lab.of_record(record), lab.of_user(user)) == ("Second", "Second")


@pytest.mark.parametrize("waiting", ["creation"], indirect=True)
def test_a_creation_that_is_composed_anew_in_that_moment_is_made_as_it_is_then(waiting, beside):
    lab, record, _, _ = waiting

    def moved():
        lab.change(record, Title="Newer")
        lab.pull()

    beside(moved)
    assert lab.push()["landed"] == 1
    (made,) = [w for w in lab.workspace.written() if w.action == "create"]
    assert made.sent["traits"] == {"sfdc.Title": "Newer"}


@pytest.mark.parametrize("system", ["salesforce", "vitally"])
def test_a_pause_that_begins_beside_a_push_is_obeyed_at_the_next_request(system, lab, beside):
    pairs = [lab.pair(f"p{n}", {"Title": "Old"}) for n in range(30)]
    lab.settled()
    for record, user in pairs:
        if system == "vitally":
            lab.change(record, Title="New")
        else:
            lab.change(user, **{"sfdc.Title": "New"})
    lab.pull()
    lab.tick(30)
    beside(lambda: lab.ok("pause", system, "--reason", "stop now"), nth=2)
    ended = lab.run("push", "--yes")
    assert (ended.code, ended.last) == (3, "stopped: paused")
    assert "stop now" in ended.err
    first = 25 if system == "salesforce" else 1  # one request's
    assert (ended.report["landed"], ended.report["left"]) == (first, 30 - first)
    assert ended.report["problems"] == []
    assert lab.status()["outbox"]["queued"] == 30 - first
    lab.ok("resume", system)
    assert lab.push()["landed"] == 30 - first


def test_the_other_system_still_gets_its_changes(lab, beside):
    one, other = lab.pair("p1", {"Title": "Old"}), lab.pair("p2", {"Title": "Old"})
    lab.settled()
    lab.change(one[1], **{"sfdc.Title": "New"})
    lab.change(other[0], Title="New")
    lab.pull()
    lab.tick(30)
    beside(lambda: lab.ok("pause", "salesforce"))
    ended = lab.run("push", "--yes")
    assert (ended.code, ended.last) == (3, "stopped: paused")
    assert (lab.of_record(one[0]), lab.of_user(other[1])) == ("Old", "New")


# --- whoever only asks whether a push runs


def test_a_question_whether_a_push_runs_does_not_end_a_push_that_begins(lab, monkeypatch):
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.change(record, Title="New")
    lab.pull()
    with lab.context() as context:
        probe = os.open(f"{context.store.path}.push", os.O_RDONLY)
    fcntl.flock(probe, fcntl.LOCK_SH)
    asked = []

    def over(_):
        if not asked:
            os.close(probe)
        asked.append(1)

    monkeypatch.setattr(time, "sleep", over)
    ended = lab.run("push", "--yes")
    assert (ended.code, lab.of_user(user)) == (0, "New"), ended.err
    assert asked


def test_the_counts_ask_only_where_something_is_on_its_way(lab, monkeypatch):
    lab.pair("p1", {"Title": "Old"})
    lab.settled()

    def asked(_):
        raise AssertionError("nothing is on its way")

    monkeypatch.setattr(counts, "push_runs", asked)
    assert lab.status()["outbox"]["queued"] == 0
