"""Partial failure: one bad change parks alone, with the server's words and the way to mend it."""

from __future__ import annotations

from typing import Any

import pytest

from sfvtui.sandbox.faults import Answer, DropReply
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sync.edit import edit
from sfvtui.sync.outbox import drop, retry
from sfvtui.sync.pull import pull
from sfvtui.sync.push import push
from sfvtui.sync.rounds import sync
from tests.faults.place import Place, yes

RULE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"


@pytest.fixture
def typed(agreed: Place) -> Place:
    """Four people's titles are typed; bob's comes with a phone."""
    with agreed.context() as ctx:
        for name in ("ann", "cid", "dot"):
            edit(ctx, agreed.record(name), {"Title": f"New {name}"})
        edit(ctx, agreed.record("bob"), {"Title": "New bob", "Phone": "+1 555 7070"})
    return agreed


def refuse(place: Place, name: str, code: str, message: str, *fields: str) -> None:
    """Salesforce refuses every save of somebody's row, blaming these fields."""
    wanted = place.record(name)

    def rule(_org: Any, old: Any, new: dict[str, Any]) -> None:
        blamed = not fields or any(new.get(f) != (old or {}).get(f) for f in fields)
        if new["Id"] == wanted and blamed:
            raise ApiError(code, message, list(fields))

    place.world.org.validate("Contact", rule)


def allow(place: Place) -> None:
    """Salesforce's rules are gone."""
    place.world.org.validations.clear()


def pushed(place: Place) -> Any:
    with place.context() as ctx:
        return push(ctx, confirm=yes)


def outbox(place: Place) -> list[tuple[Any, ...]]:
    return place.rows(
        "SELECT c.change_id, system, record_id, name, state, code, message, mend FROM change c"
        " JOIN change_field USING (change_id) WHERE state IN ('queued', 'parked', 'unknown', 'sending')"
        " ORDER BY 1, 4"
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (RULE, "Titles must\nbe <b>short</b>"),
        ("STRING_TOO_LONG", "Title: data value too large: New bob (max length=3)"),
        ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "Title: bad value for restricted picklist"),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger failed:\n\nline 12"),
    ],
)
def test_one_refused_record_of_a_batch_parks_alone(code, message, typed):
    place = typed
    refuse(place, "bob", code, message)
    report = pushed(place)
    assert report.failure is None
    assert report.parked == 1
    (problem,) = report.problems
    assert problem["record"] == place.record("bob")
    assert problem["code"] == code
    assert problem["message"] == message
    assert problem["mend"]
    for name in ("ann", "cid", "dot"):
        assert place.row(name)["Title"] == f"New {name}"
        assert place.person(name)["sfdc.Title"] == f"New {name}"
    assert place.row("bob")["Title"] == "Engineer 1"
    assert place.person("bob")["sfdc.Title"] == "Engineer 1", "its Vitally half parks with it"
    assert {row[4] for row in outbox(place)} == {"parked"}
    writes = place.writes()
    pushed(place)
    assert place.writes() == writes, "a parked change is not sent again by itself"


def test_the_field_that_is_blamed_parks_and_the_rest_is_sent_without_it(typed):
    place = typed
    refuse(place, "bob", RULE, "No such title", "Title")
    report = pushed(place)
    assert (report.parked, report.failure) == (1, None)
    assert place.row("bob")["Phone"] == "+1 555 7070"
    assert place.person("bob")["sfdc.Phone"] == "+1 555 7070"
    assert place.row("bob")["Title"] == "Engineer 1"
    assert [(r[1], r[3], r[4]) for r in outbox(place)] == [
        ("salesforce", "Title", "parked"),
        ("vitally", "sfdc.Title", "parked"),
    ]
    (parked,) = place.rows(
        "SELECT outcome FROM history WHERE field = 'Title' AND record_id = ? AND what = 'update'",
        place.record("bob"),
    )
    assert "No such title" in parked[0]


@pytest.mark.parametrize("which", ["salesforce", "vitally"])
def test_a_retried_change_lands_on_both_sides_once_its_cause_is_mended(which, typed):
    place = typed
    refuse(place, "bob", RULE, "No")
    number = pushed(place).problems[0]["change"]
    allow(place)
    with place.context() as ctx:
        chosen = [number]
        if which == "vitally":
            chosen += [r[0] for r in outbox(place) if r[1] == "vitally"][:1]
        retry(ctx, list(dict.fromkeys(chosen)))
    report = pushed(place)
    assert (report.parked, report.problems) == (0, [])
    assert place.row("bob")["Title"] == "New bob"
    assert place.person("bob")["sfdc.Title"] == "New bob"
    assert place.person("bob")["sfdc.Phone"] == "+1 555 7070"
    assert outbox(place) == []
    with place.context() as ctx:
        assert sync(ctx, confirm=yes).push.sent == 0


def test_an_edit_folds_into_a_parked_change_and_both_sides_get_it(typed):
    place = typed
    refuse(place, "bob", RULE, "Too new", "Title")
    pushed(place)
    allow(place)
    with place.context() as ctx:
        edit(ctx, place.record("bob"), {"Title": "Better"})
    assert {row[4] for row in outbox(place)} == {"queued"}
    report = pushed(place)
    assert (report.parked, report.problems) == (0, [])
    assert place.row("bob")["Title"] == "Better"
    assert place.person("bob")["sfdc.Title"] == "Better"
    assert outbox(place) == []


def test_a_dropped_edit_goes_whole(typed):
    place = typed
    refuse(place, "bob", RULE, "No")
    number = pushed(place).problems[0]["change"]
    with place.context() as ctx:
        drop(ctx, [number])
    assert outbox(place) == []
    assert place.rows("SELECT 1 FROM edit") == []
    with place.context() as ctx:
        report = sync(ctx, confirm=yes).push
    assert report.sent == 0
    assert place.row("bob")["Title"] == "Engineer 1"


def test_a_reconciled_change_that_was_dropped_stays_dropped(agreed):
    place = agreed
    place.change_vitally("bob", Title="Refused")
    with place.context() as ctx:
        pull(ctx)
    refuse(place, "bob", RULE, "No")
    number = pushed(place).problems[0]["change"]
    with place.context() as ctx:
        sync(ctx, confirm=yes)
    assert [row[0] for row in outbox(place)] == [number], "not decided again while nothing moved"
    with place.context() as ctx:
        drop(ctx, [number])
        assert sync(ctx, confirm=yes).push.sent == 0
    assert outbox(place) == []
    allow(place)
    place.change_vitally("bob", Title="Another")
    with place.context() as ctx:
        assert sync(ctx, confirm=yes).push.landed == 1
    assert place.row("bob")["Title"] == "Another"


def test_a_parked_reconciled_value_is_decided_again_when_a_side_moves(agreed):
    place = agreed
    place.change_vitally("bob", Title="Refused")
    with place.context() as ctx:
        pull(ctx)
    refuse(place, "bob", RULE, "No")
    pushed(place)
    allow(place)
    place.change_vitally("bob", Title="Welcome")
    with place.context() as ctx:
        report = sync(ctx, confirm=yes).push
    assert (report.landed, report.parked) == (1, 0)
    assert place.row("bob")["Title"] == "Welcome"
    assert outbox(place) == []


def test_a_row_lock_passes_and_an_approval_lock_parks(typed):
    place = typed
    place.world.org.lock_row(place.record("bob"), times=2)
    place.world.org.lock_for_approval(place.record("cid"))
    report = pushed(place)
    assert place.row("bob")["Title"] == "New bob"
    assert [(p["record"], p["code"]) for p in report.problems] == [
        (place.record("cid"), "ENTITY_IS_LOCKED")
    ]


def test_a_row_that_stays_locked_stays_queued_and_is_a_failure(typed):
    place = typed
    place.world.org.lock_row(place.record("bob"))
    report = pushed(place)
    assert report.left == 2, "both halves wait"
    assert [p["record"] for p in report.problems] == [place.record("bob")]
    assert "Salesforce" in report.problems[0]["message"]
    for name in ("ann", "cid", "dot"):
        assert place.row(name)["Title"] == f"New {name}"
    place.world.org.unlock_row(place.record("bob"))
    assert pushed(place).problems == []
    assert place.person("bob")["sfdc.Title"] == "New bob"


def test_what_was_answered_well_but_not_taken_parks(typed):
    place = typed
    wanted = place.record("bob")

    def put_back(_org: Any, old: Any, new: dict[str, Any]) -> None:
        if new["Id"] == wanted and old:
            new["Title"] = old["Title"]

    place.world.org.on_save("Contact", put_back)
    report = pushed(place)
    assert [p["code"] for p in report.problems] == ["NOT_TAKEN"]
    assert place.row("bob")["Phone"] == "+1 555 7070"
    assert place.person("bob")["sfdc.Phone"] == "+1 555 7070"
    assert place.person("bob")["sfdc.Title"] == "Engineer 1"
    writes = place.writes()
    with place.context() as ctx:
        sync(ctx, confirm=yes)
    assert place.writes() == writes


def test_what_a_trigger_stores_instead_goes_to_vitally(typed):
    place = typed

    def shout(_org: Any, _old: Any, new: dict[str, Any]) -> None:
        new["Title"] = str(new["Title"]).upper()

    place.world.org.on_save("Contact", shout)
    report = pushed(place)
    assert (report.parked, report.conflicts) == (0, 0)
    assert place.row("bob")["Title"] == "NEW BOB"
    assert place.person("bob")["sfdc.Title"] == "NEW BOB"
    (entry,) = place.rows(
        "SELECT after, outcome FROM history WHERE system = 'salesforce' AND field = 'Title'"
        " AND record_id = ?",
        place.record("bob"),
    )
    assert entry == ("New bob", "stored as NEW BOB")
    with place.context() as ctx:
        assert sync(ctx, confirm=yes).push.sent == 0


@pytest.mark.parametrize(
    "fault", [DropReply(), Answer(500, "[]", after_effect=True)], ids=["lost", "500"]
)
def test_what_a_trigger_stored_while_our_reply_was_lost_counts_as_ours(fault, typed):
    place = typed

    def shout(_org: Any, _old: Any, new: dict[str, Any]) -> None:
        new["Title"] = str(new["Title"]).upper()

    place.world.org.on_save("Contact", shout)
    place.salesforce.add(fault, method="POST", path="composite$", nth=2)
    assert pushed(place).unknown == 4
    report = pushed(place)
    assert (report.unknown, report.parked, report.conflicts) == (0, 0, 0)
    assert place.person("bob")["sfdc.Title"] == "NEW BOB"
    assert all(count == 1 for count in place.writes().values())


def test_what_somebody_else_wrote_while_our_reply_was_lost_is_a_conflict(typed):
    place = typed
    place.salesforce.add(DropReply(), method="POST", path="composite$", nth=2)
    pushed(place)
    place.change_salesforce("bob", Title="Theirs")
    report = pushed(place)
    assert place.row("bob")["Title"] == "Theirs"
    assert place.row("bob")["Phone"] == "+1 555 7070", "what was in place has landed"
    assert place.person("bob")["sfdc.Phone"] == "+1 555 7070"
    assert report.conflicts == 1
    assert place.rows("SELECT field, edit FROM conflict") == [("Title", "New bob")]
    noted = place.rows(
        "SELECT before, after, outcome FROM history WHERE system = 'salesforce' AND field = 'Title'"
        " AND record_id = ?",
        place.record("bob"),
    )
    assert noted == [("Engineer 1", "New bob", "unknown: Theirs was there when it was read back")]


def test_a_refused_update_of_vitally_parks_with_its_words(agreed):
    place = agreed
    place.change_salesforce("ann", Title="Chief", Phone="+1 555 1111")
    place.change_salesforce("bob", Title="Chief too")
    with place.context() as ctx:
        pull(ctx)
    place.vitally.add(
        Answer(400, '{"error":{"message":"validation failed","errors":[{"instancePath":'
                    '"/traits/sfdc.Title","keyword":"type","message":"must be number"}]}}'),
        method="PUT", path=place.user("ann"), body="sfdc.Title",
    )  # fmt: skip
    report = pushed(place)
    assert report.parked == 1
    assert "must be number" in report.problems[0]["message"]
    assert place.person("ann")["sfdc.Phone"] == "+1 555 1111", "the field not blamed went"
    assert place.person("ann")["sfdc.Title"] == "Engineer 0"
    assert place.person("bob")["sfdc.Title"] == "Chief too"
