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
from tests.faults.place import Place, a_place, some, with_work, yes

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
            before, after = _text(write.before[field]), _text(write.values[field])
            assert info is not None
            assert (write.id, field, before, after) in known, (
                f"{field} of {write.id}: {before!r} was overwritten by {after!r} unseen"
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


@pytest.mark.parametrize("skew", some(SKEWS, 600))
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


@pytest.mark.parametrize("skew", some(SKEWS, 600))
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

ACTS: dict[str, Callable[[Place], None]] = {
    "the same field in Salesforce": lambda p: p.change_salesforce("cid", Title="Theirs"),
    "another field in Salesforce": lambda p: p.change_salesforce("cid", NPS__c=77),
    "the same field in Vitally": lambda p: p.change_vitally("cid", Title="Theirs"),
    "another field in Vitally": lambda p: p.change_vitally("cid", NPS__c=78),
    "the reconciled field in Salesforce": lambda p: p.change_salesforce("bob", Title="Theirs"),
    "the reconciled field in Vitally": lambda p: p.change_vitally("ann", Title="Theirs"),
    "deleted in Salesforce": lambda p: p.world.org.delete(p.record("cid")),
    "deleted in Vitally": lambda p: p.world.workspace.delete_user(p.user("cid"), immediately=True),
}


def interfered(place: Place, act: str, side: str, number: int) -> bool:
    """Whether the push came to its `number`th request at the side, where the others acted."""
    excused: list[int] = []

    def once() -> None:
        ACTS[act](place)
        # Vitally knows no condition on a write: what happens between our request's leaving and its
        # arrival can't be seen by anybody.
        excused.append(len(place.world.workspace.writes))

    rule = place.faults(side).add(Run(once), nth=number)
    place.world.forget_writes()
    pushed(place)
    place.clear()
    accounted(place)
    accounted_in_vitally(place, excused if side == "vitally" else [])
    settle(place)
    accounted(place)
    accounted_in_vitally(place, excused if side == "vitally" else [])
    assert set(place.states()) <= {"landed", "conflict", "dropped"}
    return bool(rule.fired)


def accounted_in_vitally(place: Place, excused: list[int]) -> None:
    """Every value that we wrote stands in the history, with the value that it replaced; but for a
    write that came just after somebody else's while it was under way."""
    known = set(
        place.rows(
            "SELECT user_id, field, before, after FROM history WHERE system = 'vitally'"
            " AND what = 'update'"
        )
    )
    for place_in_log, write in enumerate(place.world.workspace.writes):
        if write.by != "api" or write.action != "update" or place_in_log in excused:
            continue
        for trait, value in write.sent.get("traits", {}).items():
            field = trait.removeprefix("sfdc.")
            if trait not in write.before and trait not in write.after:
                continue
            before, after = (_text(v) for v in (write.before.get(trait), value))
            assert (write.id, field, before, after) in known, (
                f"{trait} of {write.id}: {before!r} was overwritten by {after!r} unseen"
            )


def _text(value: object) -> str:
    return "" if value is None else str(value)


@pytest.mark.parametrize("act", ["the same field in Salesforce", "the same field in Vitally"])
@pytest.mark.parametrize(("side", "number"), [("salesforce", 8), ("vitally", 3)])
def test_others_act_in_the_middle_of_a_push(act, side, number, working):
    assert interfered(working, act, side, number)


@pytest.mark.whole
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("side", ["salesforce", "vitally"])
def test_others_act_at_any_request_of_a_push(act, side, tmp_path):
    number = 0
    while True:
        number += 1
        with a_place(tmp_path / str(number)) as place:
            with_work(place)
            if not interfered(place, act, side, number):
                break
    assert number > 8
