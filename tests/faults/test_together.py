"""Several processes on one store: one push at a time, and everybody else goes on beside it."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from sfvtui.sync.edit import edit
from sfvtui.sync.pull import pull
from sfvtui.sync.rounds import sync
from tests.faults.place import some, yes


def test_a_second_push_says_who_holds_it_and_sends_nothing(working):
    place = working
    with place.salesforce.hold(method="POST", path="composite$") as gate:
        first = place.start("push")
        gate.wait()
        before = place.vitally.count()
        for command in ("push", "sync"):
            second = place.run(command)
            assert second.code == 4, second
            assert f"process {first.pid}" in second.stderr
            assert "since" in second.stderr
        assert place.vitally.count("PUT") == 0
        assert place.vitally.count() >= before
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert json.loads(out)["landed"] == 7
    assert all(count == 1 for count in place.writes().values())


def test_a_holder_that_was_killed_lets_go_by_itself(working):
    place = working
    with place.salesforce.hold(method="POST", path="composite$", nth=2) as gate:
        assert place.kill_at(gate, "push")
    assert place.states()["sending"] == 3
    assert place.rows("SELECT value FROM meta WHERE name = 'push_holder'")
    shown = place.run("status").json["outbox"]
    assert shown["unknown"] == 3, "what was on its way is shown as unknown"
    ended = place.ok("push")
    assert ended.json["landed"] == 7
    assert all(count == 1 for count in place.writes().values())
    assert not place.rows("SELECT value FROM meta WHERE name = 'push_holder'")


@pytest.mark.whole
def test_a_holder_that_stands_still_is_still_the_holder(working):
    place = working
    with place.vitally.hold(method="PUT") as gate:
        first = place.start("push")
        gate.wait()
        os.kill(first.pid, signal.SIGSTOP)
        try:
            assert place.run("push").code == 4
        finally:
            os.kill(first.pid, signal.SIGCONT)
    assert first.wait(60) == 0
    first.communicate()


@pytest.mark.whole
def test_readers_pulls_and_edits_go_on_beside_a_push(working):
    place = working
    with place.vitally.hold(method="PUT", nth=2) as gate:
        first = place.start("push")
        gate.wait()
        outbox = place.ok("status").json["outbox"]
        assert outbox["unknown"] == 0, "a push that runs will know"
        assert len(place.ok("outbox").stdout.splitlines()) == outbox["queued"]
        place.change_salesforce("dot", Title="Moved beside")
        place.ok("pull")
        assert place.ok("edit", place.record("fay"), "Title=Typed beside").json["edits"]
    out, err = first.communicate(timeout=60)
    assert first.returncode in (0, 3), err
    place.world.clock.advance(30)
    place.ok("push")
    assert place.person("fay")["sfdc.Title"] == "Typed beside"
    assert place.row("fay")["Title"] == "Typed beside"
    assert place.person("dot")["sfdc.Title"] == "Moved beside"
    assert all(count == 1 for count in place.writes().values())


@pytest.mark.whole
def test_two_terminals_that_edit_one_field_end_in_one_edit(agreed):
    place = agreed
    record = place.record("bob")
    first = place.ok("edit", record, "Title=First").json
    second = place.ok("edit", record, "Title=Second").json
    assert first["edits"][0]["before"]["salesforce"] == "Engineer 1"
    assert second["edits"][0]["after"] == "Second"
    assert len(place.rows("SELECT 1 FROM edit")) == 1
    place.ok("push")
    assert place.row("bob")["Title"] == "Second"
    assert place.person("bob")["sfdc.Title"] == "Second"
    assert len(place.writes()) == 2


def test_an_edit_while_the_same_field_is_being_sent_waits_behind_it(agreed):
    place = agreed
    record = place.record("bob")
    place.ok("edit", record, "Title=First")
    with place.salesforce.hold(method="POST", path="composite$", nth=2) as gate:
        first = place.start("push")
        gate.wait()
        place.ok("edit", record, "Title=Second")
        place.ok("edit", record, "Title=Third")
    assert first.wait(60) in (0, 3)
    first.communicate()
    place.world.clock.advance(10)
    place.ok("push")
    assert place.row("bob")["Title"] == "Third"
    assert place.person("bob")["sfdc.Title"] == "Third"
    titles = [w.values["Title"] for w in place.world.org.writes if "Title" in w.values]
    assert titles == ["First", "Third"]
    assert place.rows("SELECT 1 FROM conflict") == []


def test_many_edits_at_once_are_all_kept(agreed):
    place = agreed
    names = ["ann", "bob", "cid", "dot", "fay", "gus"]
    failed: list[BaseException] = []

    def type_in(name: str) -> None:
        try:
            with place.context() as ctx:
                for number in range(5):
                    edit(ctx, place.record(name), {"Title": f"{name} {number}"})
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=type_in, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    with place.context() as ctx:
        assert sync(ctx, confirm=yes).push.failure is None
    for name in names:
        assert place.row(name)["Title"] == f"{name} 4"
        assert place.person(name)["sfdc.Title"] == f"{name} 4"


@pytest.mark.parametrize("by", some([signal.SIGINT, signal.SIGTERM], signal.SIGINT))
def test_an_interrupted_push_finishes_what_is_under_way_and_reports(by, working):
    place = working
    with place.salesforce.hold(method="POST", path="composite$", nth=2) as gate:
        process = place.start("push")
        gate.wait()
        process.send_signal(by)
        # It says that it stops before the answer comes.
        assert process.stderr is not None
        while "Stopping" not in (line := process.stderr.readline()):
            assert line, "it ended without a word"
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    report = json.loads(out)
    assert (report["landed"], report["left"]) == (3, 4), (report, err)
    assert set(place.states()) <= {"queued", "landed"}
    place.ok("push")
    assert all(count == 1 for count in place.writes().values())


def test_a_pull_beside_a_push_does_not_believe_what_it_read_before_the_write(working):
    place = working
    with place.salesforce.hold(method="GET", path="queryAll.*WHERE", when="after") as gate:
        reader = place.start("pull")
        gate.wait()
        with place.context() as ctx:
            from sfvtui.sync.push import push

            assert push(ctx, confirm=yes).landed == 7
    assert reader.wait(60) == 0
    reader.communicate()
    with place.context() as ctx:
        pull(ctx)
        assert sync(ctx, confirm=yes).push.sent == 0
    assert place.row("bob")["Title"] == "Head of Data"
    assert all(count == 1 for count in place.writes().values())
