"""Creations: searched before and after, never twice, and the approval goes where the product says."""

from __future__ import annotations

from typing import Any

import pytest

from sfvtui.sandbox.faults import Answer, DropReply, Reset, Run
from sfvtui.sandbox.vitally.switches import Duplicate
from sfvtui.sync.push import push
from sfvtui.sync.review import approve
from tests.faults.place import Place, some, yes

CREATED_ELSEWHERE: dict[str, Any] = {"name": "Somebody Else", "email": "else@acme.example"}


@pytest.fixture
def approved(agreed: Place) -> Place:
    """Eve is approved: her user is to be made."""
    with agreed.context() as ctx:
        assert approve(ctx, [agreed.record("eve")]).done
    return agreed


def pushed(place: Place) -> Any:
    with place.context() as ctx:
        return push(ctx, confirm=yes)


def creations(place: Place) -> int:
    """How often a user was made by the API."""
    return sum(w.action == "create" for w in place.world.workspace.written())


def state_of(place: Place, name: str) -> str:
    (found,) = place.rows(
        "SELECT record_state FROM record WHERE record_id = ?", place.record(name)
    )[0]
    return str(found)


@pytest.mark.parametrize("duplicate", some(Duplicate, Duplicate.CONFLICT))
@pytest.mark.parametrize("delay", some([0.0, 2.0, 10_000.0], 10_000.0))
@pytest.mark.parametrize(
    "fault",
    [DropReply(), Reset(), Answer(500, "{}"), Answer(500, "{}", after_effect=True)],
    ids=["reply lost", "reset", "500", "500 after the effect"],
)
def test_a_creation_whose_reply_is_lost_is_made_once(duplicate, delay, fault, approved):
    place = approved
    place.world.workspace.switches.duplicate = duplicate
    place.world.workspace.switches.read_delay = delay
    place.vitally.add(fault, method="POST", path="users$")
    for _ in range(3):
        pushed(place)
    assert creations(place) == 1
    assert len(place.world.workspace.written()) == 1
    assert state_of(place, "eve") == "linked"
    assert set(place.states()) == {"landed"}
    made = list(place.rows("SELECT outcome FROM history WHERE what = 'create'"))
    assert made == [("landed",)]


@pytest.mark.parametrize("duplicate", [Duplicate.CONFLICT, Duplicate.BAD_REQUEST])
def test_an_external_id_that_somebody_took_at_the_last_moment_is_linked_by_the_rule(
    duplicate, approved
):
    place = approved
    place.world.workspace.switches.duplicate = duplicate
    theirs = Run(lambda: place.world.workspace.create_user("u-eve", **CREATED_ELSEWHERE))
    place.vitally.add(theirs, method="POST", path="users$")
    report = pushed(place)
    assert report.failure is None
    assert creations(place) == 0
    assert state_of(place, "eve") == "linked"
    assert place.person("eve")["email"] == "eve@acme.example", "Salesforce's value went there"
    assert not place.rows("SELECT 1 FROM approval")
    assert place.rows("SELECT 1 FROM history WHERE what = 'withdraw'")
    assert not place.rows("SELECT 1 FROM history WHERE what = 'create'")


def test_a_user_that_somebody_made_while_our_reply_was_lost_is_not_taken_for_ours(approved):
    place = approved
    place.vitally.add(Reset(), method="POST", path="users$")
    # Nobody looks for it before somebody else has made it.
    place.vitally.add(Reset(), method="GET", path="users/u-eve", times=50)
    pushed(place)
    assert place.states()["unknown"] == 1
    place.clear()
    place.world.workspace.create_user("u-eve", **CREATED_ELSEWHERE)
    report = pushed(place)
    assert report.failure is None
    assert creations(place) == 0
    assert state_of(place, "eve") == "linked", "by the rule"
    assert not place.rows("SELECT 1 FROM history WHERE what = 'create'")
    assert place.rows("SELECT 1 FROM history WHERE what = 'withdraw'")


def test_an_external_id_that_is_taken_before_the_push_is_never_written_to(approved):
    place = approved
    place.world.workspace.create_user("u-eve", **CREATED_ELSEWHERE)
    place.vitally.exchanges.clear()
    report = pushed(place)
    assert report.parked == 0
    assert place.vitally.count("POST") == 0
    assert state_of(place, "eve") == "linked"


def test_where_the_rule_may_not_link_a_taken_external_id_parks_with_the_users_name(approved):
    place = approved
    user = place.world.workspace.create_user("u-eve", **CREATED_ELSEWHERE)
    with place.context() as ctx, ctx.store.write():
        # A person said that the two are not the same.
        ctx.store.db.execute(
            "INSERT INTO apart VALUES (?, ?, 'robin', '2026-01-01T00:00:00Z')",
            (place.record("eve"), user.id),
        )
    place.vitally.exchanges.clear()
    report = pushed(place)
    assert place.vitally.count("POST") == 0
    assert state_of(place, "eve") != "linked"
    assert report.parked + report.held == 1


def test_a_look_alike_that_came_meanwhile_holds_the_creation(approved):
    place = approved
    place.world.workspace.create_user("other", name="Eve E.", email="eve@acme.example")
    place.vitally.exchanges.clear()
    report = pushed(place)
    assert (report.landed, report.held) == (0, 1)
    assert place.vitally.count("POST") == 0
    (held,) = place.rows("SELECT held FROM change WHERE action = 'create'")[0]
    assert "Eve E." in held
    assert place.rows("SELECT 1 FROM approval"), "it stays approved"


def test_what_no_longer_passes_the_filter_is_held_and_stays_approved(approved):
    place = approved
    place.change_salesforce("eve", Title="Gardener")
    report = pushed(place)
    assert (report.landed, report.held) == (0, 1)
    assert creations(place) == 0
    assert place.rows("SELECT 1 FROM approval")


def test_a_creation_carries_what_salesforce_holds_when_it_is_sent(approved):
    place = approved
    place.change_salesforce("eve", Title="VP Everything", Phone="+1 555 9876")
    assert pushed(place).landed == 1
    assert place.person("eve")["sfdc.Title"] == "VP Everything"
    assert place.person("eve")["sfdc.Phone"] == "+1 555 9876"


def test_a_record_that_is_gone_is_not_made_a_user(approved):
    place = approved
    place.world.org.delete(place.record("eve"))
    report = pushed(place)
    assert (report.landed, report.failure) == (0, None)
    assert creations(place) == 0
    assert not place.rows("SELECT 1 FROM approval")
    assert place.rows("SELECT 1 FROM history WHERE what = 'withdraw'")


def test_a_refused_creation_parks_and_lands_when_it_is_retried(approved):
    from sfvtui.sync.outbox import retry

    place = approved
    place.vitally.add(
        Answer(400, '{"error":{"message":"validation failed","errors":[{"instancePath":"/email",'
                    '"keyword":"format","message":"must match format email"}]}}'),
        method="POST", path="users$",
    )  # fmt: skip
    report = pushed(place)
    assert report.parked == 1
    assert "must match format" in report.problems[0]["message"]
    pushed(place)
    assert creations(place) == 0, "a parked one is not sent again by itself"
    with place.context() as ctx:
        retry(ctx, [report.problems[0]["change"]])
    assert pushed(place).landed == 1
    assert creations(place) == 1
