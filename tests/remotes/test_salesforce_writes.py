"""Guarded updates: each write's outcome is said exactly, and nothing is sent twice unseen."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sfvtui.config import Auth
from sfvtui.domain.ids import id18
from sfvtui.errors import LoginRefused, Stopped
from sfvtui.remotes.salesforce import Outcome, Salesforce, Write
from tests.remotes.scripted import Reply

BASE = "/services/data/v62.0"
COMPOSITE = f"{BASE}/composite"
STAMP = datetime(2026, 11, 24, 9, 30, 15, tzinfo=UTC)
IDS = [id18(f"003{n:012d}") or "" for n in range(60)]


def write(n: int, **values: Any) -> Write:
    return Write(IDS[n], values or {"Title": "VP"}, STAMP)


def part(number: int, status: int, *errors: dict[str, Any]) -> dict[str, Any]:
    return {
        "body": list(errors) or None,
        "httpHeaders": {},
        "httpStatusCode": status,
        "referenceId": f"write{number}",
    }


def refusal(code: str, message: str = "no", **more: Any) -> dict[str, Any]:
    return {"errorCode": code, "message": message, **more}


def one(client: Salesforce, *, guard: str, **values: Any) -> Any:
    client.guard = "single" if guard == "single" else "composite"
    [result] = client.update("Contact", [write(0, **values)])
    return result


def test_each_write_of_a_composite_call_carries_its_own_guard(org, salesforce):
    org.on("POST", COMPOSITE, {"compositeResponse": [part(1, 204), part(0, 412)]})
    exact = Decimal("12345678901234567.10")
    results = salesforce().update("Contact", [write(0), write(1, Score__c=exact, Title="\u2028")])
    assert [r.outcome for r in results] == [Outcome.MOVED, Outcome.LANDED]
    sent = org.seen("POST", COMPOSITE)[0]
    assert (sent.json["allOrNone"], sent.json["collateSubrequests"]) == (False, False)
    assert b"12345678901234567.10" in sent.body
    for number, request in enumerate(sent.json["compositeRequest"]):
        assert request["method"] == "PATCH"
        assert request["url"] == f"{BASE}/sobjects/Contact/{IDS[number]}"
        assert request["httpHeaders"] == {
            "If-Unmodified-Since": "Tue, 24 Nov 2026 09:30:15 GMT",
            "Sforce-Auto-Assign": "FALSE",
        }


def test_25_writes_go_in_one_call(org, salesforce):
    def answer(request: Any) -> Any:
        count = len(request.json["compositeRequest"])
        return {"compositeResponse": [part(n, 204) for n in range(count)]}

    org.on("POST", COMPOSITE, answer)
    results = salesforce().update("Contact", [write(n) for n in range(60)])
    assert [r.record_id for r in results] == IDS
    assert {r.outcome for r in results} == {Outcome.LANDED}
    sizes = [len(r.json["compositeRequest"]) for r in org.seen("POST", COMPOSITE)]
    assert sizes == [25, 25, 10]


CASES = [
    (204, [], Outcome.LANDED),
    (412, [], Outcome.MOVED),
    (400, [refusal("STRING_TOO_LONG", "Title: too large", fields=["Title"])], Outcome.REFUSED),
    (403, [refusal("INSUFFICIENT_ACCESS_OR_READONLY")], Outcome.REFUSED),
    (404, [refusal("ENTITY_IS_DELETED", "entity is deleted")], Outcome.REFUSED),
    (400, [refusal("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")], Outcome.BUSY),
    (500, [refusal("UNKNOWN_EXCEPTION", "An unexpected error")], Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("status", "errors", "outcome"), CASES)
@pytest.mark.parametrize("guard", ["composite", "single"])
def test_an_answer_becomes_its_outcome(org, salesforce, guard, status, errors, outcome):
    org.on("POST", COMPOSITE, {"compositeResponse": [part(0, status, *errors)]})
    org.on("PATCH", f"{BASE}/sobjects/Contact/{IDS[0]}", Reply(errors or None, status))
    result = one(salesforce(), guard=guard)
    assert result.outcome is outcome
    if outcome is Outcome.REFUSED:
        assert [p.code for p in result.problems] == [e["errorCode"] for e in errors]
        assert result.problems[0].message == errors[0]["message"]


@pytest.mark.parametrize(
    "fault",
    [
        Reply(None, drop=True),
        Reply(b"<html>gone</html>", 503),
        Reply(b"<html>gateway</html>", 502),
        Reply([refusal("UNKNOWN_EXCEPTION")], 500),
        Reply(b"<html>welcome</html>", 200),
        Reply({"compositeResponse": [part(0, 204)]}, cut=True),
    ],
)
@pytest.mark.parametrize("guard", ["composite", "single"])
def test_a_lost_reply_is_unknown_and_the_write_is_not_sent_again(org, salesforce, guard, fault):
    path = f"{BASE}/sobjects/Contact/{IDS[0]}"
    org.on("POST", COMPOSITE, fault)
    org.on("PATCH", path, fault)
    result = one(salesforce(), guard=guard)
    assert result.outcome is Outcome.UNKNOWN
    assert len(org.seen("POST", COMPOSITE) + org.seen("PATCH", path)) == 1


def test_a_part_that_the_answer_lacks_is_unknown(org, salesforce):
    org.on("POST", COMPOSITE, {"compositeResponse": [part(0, 204)]})
    results = salesforce().update("Contact", [write(0), write(1)])
    assert [r.outcome for r in results] == [Outcome.LANDED, Outcome.UNKNOWN]


def test_no_connection_means_not_sent(org, salesforce, sleeps):
    client = salesforce(auth=Auth.ACCESS_TOKEN, access_token="env:TOKEN")
    org.close()
    results = client.update("Contact", [write(n) for n in range(30)])
    assert {r.outcome for r in results} == {Outcome.NOT_SENT}
    assert len(results) == 30
    assert sleeps


def test_too_many_requests_at_once_is_busy_after_some_patience(org, salesforce, sleeps):
    told = [refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded.")]
    org.on("POST", COMPOSITE, Reply(told, 403))
    assert one(salesforce(), guard="composite").outcome is Outcome.BUSY
    assert len(sleeps) == 4


def test_the_daily_limit_stops_before_the_first_write_and_keeps_what_landed_after_it(
    org, salesforce
):
    limit = Reply([refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")], 403)
    org.on("POST", COMPOSITE, limit)
    with pytest.raises(Stopped):
        salesforce().update("Contact", [write(0)])
    landed = {"compositeResponse": [part(n, 204) for n in range(25)]}
    org.on("POST", COMPOSITE, landed, limit)
    results = salesforce().update("Contact", [write(n) for n in range(30)])
    assert [r.outcome for r in results] == [Outcome.LANDED] * 25 + [Outcome.NOT_SENT] * 5


def test_a_refused_session_stops_before_the_first_write(org, salesforce):
    org.on("POST", COMPOSITE, Reply([refusal("INVALID_SESSION_ID")], 401))
    with pytest.raises(LoginRefused):
        salesforce().update("Contact", [write(0)])


def test_a_session_that_dies_in_mid_push_loses_no_guard(org, salesforce):
    dead = Reply([refusal("INVALID_SESSION_ID")], 401)
    org.on("POST", COMPOSITE, dead, {"compositeResponse": [part(0, 204)]})
    assert one(salesforce(), guard="composite").outcome is Outcome.LANDED
    first, second = org.seen("POST", COMPOSITE)
    assert first.body == second.body


@pytest.mark.parametrize(
    ("code", "message", "fields"),
    [
        ("INVALID_FIELD", "No such column 'Titel' on sobject of type Contact", ("Titel",)),
        (
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: A__c, B__c. Please check the security settings",
            ("A__c", "B__c"),
        ),
        ("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", ("LastName",)),
    ],
)
def test_fields_that_only_the_message_names_are_found(org, salesforce, code, message, fields):
    org.on("POST", COMPOSITE, {"compositeResponse": [part(0, 400, refusal(code, message))]})
    result = one(salesforce(), guard="composite")
    assert result.problems[0].fields == fields


def test_a_secret_that_a_server_echoes_is_not_shown(org, salesforce):
    told = refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", "seen 00Dsession!s3cret here")
    org.on("POST", COMPOSITE, {"compositeResponse": [part(0, 400, told)]})
    result = one(salesforce(), guard="composite")
    assert result.problems[0].message == "seen [secret] here"


@pytest.mark.parametrize("kind", ["composite", "single"])
@pytest.mark.parametrize(("status", "proven"), [(412, True), (204, False), (400, False)])
def test_only_a_412_proves_the_guard(org, salesforce, kind, status, proven):
    body = None if status != 400 else [refusal("INVALID_FIELD")]
    path = f"{BASE}/sobjects/Contact/{IDS[0]}"
    org.on("POST", COMPOSITE, {"compositeResponse": [part(0, status, *(body or []))]})
    org.on("PATCH", path, Reply(body, status))
    client = salesforce()
    assert client.prove_guard("Contact", IDS[0], {"Title": "VP"}, kind) is proven
    if kind == "single":
        sent = org.seen("PATCH", path)[0]
        assert sent.headers["if-unmodified-since"] == "Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize("guard", ["composite", "single"])
def test_whatever_breaks_while_a_write_is_out_leaves_it_unknown(
    org, salesforce, monkeypatch, guard
):
    from sfvtui.remotes.salesforce import session

    client = salesforce()
    org.on("GET", f"{BASE}/sobjects", {"sobjects": []})
    client.objects()

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("a bug below")

    monkeypatch.setattr(session.Session, "request", broken)
    assert one(client, guard=guard).outcome is Outcome.UNKNOWN


def test_a_token_that_no_header_can_hold_never_leaves(org, salesforce):
    client = salesforce(auth=Auth.ACCESS_TOKEN, access_token="s3cret\r\nX-Evil: 1")
    result = one(client, guard="single")
    assert result.outcome is Outcome.NOT_SENT
    assert "s3cret" not in str(result.problems)
    assert not org.requests
