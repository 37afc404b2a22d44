"""Concurrent people: whatever others do between our read and our write, nothing is overwritten unseen.

Others edit at each request of a push, by a gate there: the same field, another one, several times,
within one second of the server, and with a `Date` header that is ten minutes off. The measure is
the log of each write with what it replaced: the history must have known that value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sfvtui.sandbox.faults import Run
from sfvtui.sync.edit import edit
from sfvtui.sync.pull import pull
from sfvtui.sync.push import push
from sfvtui.sync.rounds import sync
from tests.faults.place import Place, yes

SKEWS = [0, 600, -600]


def accounted(place: Place) -> None:
    """Every write of a value at Salesforce stands in the history, with the value that it replaced."""
    known = set(
        place.rows(
            "SELECT record_id, field, before, after FROM history WHERE system = 'salesforce'"
            " AND what = 'update'"
        )
    )
    org = place.world.org
    contact = org.objects["Contact"]
    for write in org.writes:
        if write.by != org.user_id:
            continue
        for field in write.values:
            info = contact.field(field)
            before = "" if write.before[field] is None else str(write.before[field])
            after = "" if write.values[field] is None else str(write.values[field])
            assert info is not None
            assert (write.id, field, before, after) in known, (
                f"{field} of {write.id}: {before!r} was overwritten by {after!r} unseen: {known}"
            )


def queued_to_salesforce(place: Place, *, edited: bool) -> None:
    """One change of bob's title waits for Salesforce: decided by a reconcile, or typed."""
    if edited:
        with place.context() as ctx:
            edit(ctx, place.record("bob"), {"Title": "Wanted"})
    else:
        place.change_vitally("bob", Title="Wanted")
        with place.context() as ctx:
            pull(ctx)


def pushed(place: Place) -> Any:
    with place.context() as ctx:
        return push(ctx, confirm=yes)


def settle(place: Place) -> None:
    """Rounds until one sends nothing."""
    for _ in range(5):
        place.world.clock.advance(5)
        with place.context() as ctx:
            if not sync(ctx, confirm=yes).push.sent:
                return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("edited", [False, True], ids=["reconciled", "edited"])
@pytest.mark.parametrize("same_second", [False, True], ids=["later", "same second"])
def test_an_edit_of_the_same_field_just_before_our_write_is_not_overwritten(
    skew, edited, same_second, agreed
):
    place = agreed
    place.world.org.date_skew = skew
    queued_to_salesforce(place, edited=edited)
    if same_second:
        place.world.clock.stop()
        # A colleague has just saved the row: its stamp is the server's present second.
        place.change_salesforce("bob", Phone="+1 555 0000")

    def again() -> None:
        place.change_salesforce("bob", Title="Theirs")

    place.salesforce.add(Run(again), method="POST", path="composite$", body='"Wanted"')
    report = pushed(place)
    accounted(place)
    assert place.row("bob")["Title"] == "Theirs"
    assert report.failure is None
    settle(place)
    accounted(place)
    assert place.row("bob")["Title"] == "Theirs"
    assert len(place.mirror()["conflicts"]) == 1


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("same_second", [False, True], ids=["later", "same second"])
def test_an_edit_of_another_field_just_before_our_write_costs_one_more_try(
    skew, same_second, agreed
):
    place = agreed
    place.world.org.date_skew = skew
    queued_to_salesforce(place, edited=False)
    if same_second:
        place.world.clock.stop()
        place.change_salesforce("bob", NPS__c=99)
    place.salesforce.add(
        Run(lambda: place.change_salesforce("bob", Phone="+1 555 1234")),
        method="POST", path="composite$", body='"Wanted"',
    )  # fmt: skip
    report = pushed(place)
    assert report.failure is None
    assert report.landed
    assert place.row("bob")["Title"] == "Wanted"
    settle(place)
    accounted(place)
    assert place.row("bob")["Phone"] == "+1 555 1234"
    assert place.person("bob")["sfdc.Phone"] == "+1 555 1234"
    assert place.person("bob")["sfdc.Title"] == "Wanted"


def test_a_row_that_moves_at_each_try_stays_queued_and_is_a_failure(agreed):
    place = agreed
    queued_to_salesforce(place, edited=False)
    numbers = iter(range(100))
    place.salesforce.add(
        Run(lambda: place.change_salesforce("bob", Phone=f"+1 {next(numbers)}")),
        method="POST", path="composite$", body='"Wanted"', times=None,
    )  # fmt: skip
    report = pushed(place)
    assert place.row("bob")["Title"] == "Engineer 1"
    assert place.states()["queued"] == 1, "the title still waits"
    assert [p["code"] for p in report.problems] == ["MOVED_AGAIN"]
    refused = place.salesforce.count("POST", "composite$")
    assert refused == 1 + 3, "the proof, and three tries"
    place.clear()
    settle(place)
    accounted(place)
    assert place.row("bob")["Title"] == "Wanted"


@pytest.mark.parametrize("compares", ["LastModifiedDate", "SystemModstamp"])
def test_a_system_change_without_an_edit_does_not_keep_a_row_from_being_written(compares, agreed):
    place = agreed
    place.world.org.switches.guard_compares = compares
    queued_to_salesforce(place, edited=False)
    place.world.org.touch(place.record("bob"))
    place.world.clock.advance(60)
    report = pushed(place)
    assert (report.landed, report.left, report.problems) == (1, 0, [])
    assert place.row("bob")["Title"] == "Wanted"


def test_the_condition_is_proved_inside_a_composite_call_and_else_writes_go_alone(agreed):
    place = agreed
    place.world.org.switches.composite_honours_conditions = False
    queued_to_salesforce(place, edited=False)
    place.salesforce.add(
        Run(lambda: place.change_salesforce("bob", Phone="+1 555 1234")), method="PATCH", nth=2
    )
    report = pushed(place)
    assert report.landed == 1 + 1, "the title, and the phone in the reconcile at the end"
    accounted_but_for_the_proof(place)
    assert {w.via for w in place.world.org.writes if w.by == place.world.org.user_id} <= {
        "row", "composite",
    }  # fmt: skip


def accounted_but_for_the_proof(place: Place) -> None:
    ours = [w for w in place.world.org.writes if w.by == place.world.org.user_id and w.changed]
    place.world.org.writes[:] = ours
    accounted(place)


def test_where_no_condition_is_obeyed_nothing_is_sent(agreed):
    place = agreed
    place.world.org.switches.guard_honoured = False
    queued_to_salesforce(place, edited=False)
    report = pushed(place)
    assert report.sent == 0
    assert report.left == 1
    assert "If-Unmodified-Since" in str(report.failure)
    assert all(not w.changed for w in place.world.org.writes if w.by == place.world.org.user_id)


# --- others at every request


def _requests(place: Place) -> list[tuple[str, str, str]]:
    return [
        (side, seen.method, seen.target)
        for side in ("salesforce", "vitally")
        for seen in place.faults(side).exchanges
    ]


ACTS: dict[str, Callable[[Place], None]] = {
    "the same field in Salesforce": lambda p: p.change_salesforce("cid", Title="Theirs"),
    "another field in Salesforce": lambda p: p.change_salesforce("cid", NPS__c=77),
    "the same field in Vitally": lambda p: p.change_vitally("cid", Title="Theirs"),
    "another field in Vitally": lambda p: p.change_vitally("cid", NPS__c=78),
    "deleted in Salesforce": lambda p: p.world.org.delete(p.record("cid")),
    "deleted in Vitally": lambda p: p.world.workspace.delete_user(p.user("cid"), immediately=True),
}


def _interfered(place: Place, act: str, side: str, number: int) -> bool:
    """Whether the push came to its `number`th request at the side, where the others acted."""
    done: list[bool] = []

    def once() -> None:
        done.append(True)
        ACTS[act](place)

    place.faults(side).add(Run(once), nth=number)
    before = (place.row("cid")["Title"], place.person("cid").get("sfdc.Title"))
    place.world.forget_writes()
    pushed(place)
    _check(place, act, side, number, before)
    place.clear()
    settle(place)
    _check(place, act, side, number, before)
    return bool(done)


def _check(place: Place, act: str, side: str, number: int, before: tuple[Any, Any]) -> None:
    accounted(place)
    theirs = [
        w
        for w in place.world.workspace.writes
        if w.after.get("sfdc.Title") == "Theirs" and w.by == "world"
    ]
    for write in theirs:
        later = [
            w for w in place.world.workspace.written()
            if w.number > write.number and w.id == write.id and "sfdc.Title" in w.after
        ]  # fmt: skip
        for overwritten in later:
            seen = place.rows(
                "SELECT before FROM history WHERE system = 'vitally' AND field = 'Title'"
                " AND before = 'Theirs'"
            )
            assert seen or _is_the_write_itself(place, side, number), (
                f"{act} at {side} {number}: {overwritten.sent} overwrote it unseen"
            )


def _is_the_write_itself(place: Place, side: str, number: int) -> bool:
    """Vitally has no condition on a write: what happens between our request's leaving and its
    arrival cannot be seen."""
    return side == "vitally" and list(place.vitally.exchanges)[-1].method in ("PUT", "GET")


@pytest.mark.parametrize("act", ["the same field in Salesforce", "the same field in Vitally"])
@pytest.mark.parametrize(("side", "number"), [("salesforce", 8), ("vitally", 3)])
def test_others_act_in_the_middle_of_a_push(act, side, number, working):
    assert _interfered(working, act, side, number)
