"""Reading Salesforce: flat rows, exact numbers, pages that resume, faults that pass."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from sfvtui.errors import (
    CursorLost,
    Garbled,
    NotFound,
    RequestRefused,
    Stopped,
    Unreachable,
)
from tests.remotes.scripted import Reply

BASE = "/services/data/v62.0"
QUERY = f"{BASE}/query"
NEXT = f"{QUERY}/01g000000000001-2000"
SOQL = "SELECT Id, Title, Score__c, Account.Name FROM Contact"
ID1, ID2 = "003000000000001AAA", "003000000000002AAA"


def record(record_id: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Contact", "url": "/x"}, "Id": record_id, **fields}


def test_rows_are_flat_and_their_numbers_exact(org, salesforce):
    body = (
        b'{"totalSize":2,"done":true,"records":[{"attributes":{"type":"Contact"},"Id":"a",'
        b'"Title":"\xe2\x80\xa8VP","Score__c":1.10,"Account":{"attributes":{},"Name":"Acme"}},'
        b'{"attributes":{"type":"Contact"},"Id":"b","Title":null,"Score__c":1.39E8,"Account":null}]}'
    )
    org.on("GET", QUERY, Reply(body))
    [page] = salesforce().query(SOQL)
    assert page.rows == [
        {"Id": "a", "Title": "\u2028VP", "Score__c": Decimal("1.10"), "Account.Name": "Acme"},
        {"Id": "b", "Title": None, "Score__c": Decimal("1.39E8"), "Account.Name": None},
    ]
    assert str(page.rows[0]["Score__c"]) == "1.10"
    assert (page.total, page.next) == (2, None)
    assert page.server_time == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_a_field_that_did_not_arrive_is_absent_and_not_null(org, salesforce):
    rows = [record(ID1, Account={"attributes": {}})]
    org.on("GET", QUERY, {"totalSize": 1, "done": True, "records": rows})
    [page] = salesforce().query(SOQL)
    assert page.rows == [{"Id": ID1}]


def test_pages_follow_each_other_and_resume(org, salesforce):
    first = {"totalSize": 2, "done": False, "nextRecordsUrl": NEXT, "records": [record(ID1)]}
    last = {"totalSize": 2, "done": True, "records": [record(ID2)]}
    org.on("GET", QUERY, first)
    org.on("GET", NEXT, last)
    one, two = salesforce().query("SELECT Id FROM Contact")
    assert (one.next, two.next) == (NEXT, None)
    assert org.seen("GET", QUERY)[0].headers["sforce-query-options"] == "batchSize=2000"
    [resumed] = salesforce().query("SELECT Id FROM Contact", resume=one.next)
    assert resumed.rows == two.rows


def test_deleted_rows_are_asked_for_by_query_all(org, salesforce):
    org.on("GET", f"{BASE}/queryAll", {"totalSize": 0, "done": True, "records": []})
    assert len(list(salesforce().query("SELECT Id FROM Contact", all_rows=True))) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_a_dead_locator_is_a_lost_cursor(org, salesforce, status: int):
    told = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
    org.on("GET", NEXT, Reply(told, status))
    with pytest.raises(CursorLost):
        next(salesforce().query("SELECT Id FROM Contact", resume=NEXT))


@pytest.mark.parametrize("token", ["@evil.example/services/data/v62.0/query/01g", "//evil", "x"])
def test_a_remembered_page_never_leads_elsewhere(org, salesforce, token: str):
    with pytest.raises(CursorLost):
        next(salesforce().query("SELECT Id FROM Contact", resume=token))
    assert not org.requests


def test_a_long_query_travels_in_a_composite_call(org, salesforce):
    def answer(request: Any) -> Any:
        [part] = request.json["compositeRequest"]
        assert part["method"] == "GET"
        assert part["httpHeaders"] == {"Sforce-Query-Options": "batchSize=2000"}
        body = {"totalSize": 1, "done": True, "records": [record(ID1)]}
        reply = {"body": body, "httpStatusCode": 200, "referenceId": part["referenceId"]}
        return {"compositeResponse": [reply]}

    org.on("POST", f"{BASE}/composite", answer)
    names = ",".join(f"'{n:018d}'" for n in range(200))
    [page] = salesforce().query(f"SELECT Id FROM Contact WHERE Name IN ({names})")
    assert page.rows == [{"Id": ID1}]
    assert not org.seen("GET", QUERY)


def test_a_refusal_inside_the_composite_call_is_the_querys(org, salesforce):
    told = [{"errorCode": "INVALID_FIELD", "message": "No such column 'X__c' on entity 'Contact'"}]
    part = {"body": told, "httpStatusCode": 400, "referenceId": "query"}
    org.on("POST", f"{BASE}/composite", {"compositeResponse": [part]})
    with pytest.raises(RequestRefused) as caught:
        list(salesforce().query("SELECT Id FROM Contact WHERE X__c = '" + "x" * 3000 + "'"))
    assert caught.value.problems[0].fields == ("X__c",)


def test_a_count_is_the_total_size(org, salesforce):
    org.on("GET", QUERY, {"totalSize": 7, "done": True, "records": []})
    assert salesforce().count("SELECT COUNT() FROM Contact") == 7
    assert salesforce().count("FROM Contact") == 7
    assert org.seen("GET", QUERY)[1].query["q"] == "SELECT COUNT() FROM Contact"


@pytest.mark.parametrize(
    "fault",
    [
        Reply(b"<html>maintenance</html>", 503, {"Content-Type": "text/html"}),
        Reply(b"<html>hello</html>", 200, {"Content-Type": "text/html"}),
        Reply([{"errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error"}], 500),
        Reply(b"", 420),
        Reply({"records": []}, drop=True),
        Reply({"totalSize": 0, "done": True, "records": []}, cut=True),
        Reply(
            [
                {
                    "errorCode": "REQUEST_LIMIT_EXCEEDED",
                    "message": "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                }
            ],
            403,
        ),
    ],
)
def test_a_passing_fault_of_a_read_passes(org, salesforce, sleeps, fault: Reply):
    org.on("GET", QUERY, fault, {"totalSize": 0, "done": True, "records": []})
    assert len(list(salesforce().query("SELECT Id FROM Contact"))) == 1
    assert len(sleeps) == 1


def test_patience_ends(org, salesforce, sleeps):
    org.on("GET", QUERY, Reply(b"<html>", 503))
    with pytest.raises(Unreachable, match="503"):
        list(salesforce().query("SELECT Id FROM Contact"))
    assert len(org.seen("GET", QUERY)) == 5
    assert sum(sleeps) <= 60


def test_pages_of_html_are_garbled_in_the_end(org, salesforce):
    org.on("GET", QUERY, Reply(b"<html>"))
    with pytest.raises(Garbled):
        list(salesforce().query("SELECT Id FROM Contact"))


def test_a_page_that_leads_to_itself_ends_the_read(org, salesforce):
    loop = {"totalSize": 1, "done": False, "nextRecordsUrl": NEXT, "records": []}
    org.on("GET", QUERY, loop)
    org.on("GET", NEXT, loop)
    with pytest.raises(Garbled):
        list(salesforce().query("SELECT Id FROM Contact"))


def test_the_daily_limit_stops(org, salesforce, sleeps):
    told = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    org.on("GET", QUERY, Reply(told, 403))
    with pytest.raises(Stopped) as caught:
        list(salesforce().query("SELECT Id FROM Contact"))
    assert caught.value.rule == "daily_limit"
    assert not sleeps


def test_the_reserve_of_daily_calls_is_kept_from_the_numbers_of_any_answer(org, salesforce):
    org.headers["Sforce-Limit-Info"] = "api-usage=850/1000; per-app-api-usage=1/2(appName=x)"
    told = [{"errorCode": "INVALID_FIELD", "message": "No such column"}]
    org.on("GET", QUERY, Reply(told, 400))
    client = salesforce(daily_calls_reserve=0.2)
    with pytest.raises(Stopped, match=r"850 of the organization's 1000") as caught:
        list(client.query("SELECT Id FROM Contact"))
    assert caught.value.rule == "api_reserve"
    assert client.usage is not None
    assert (client.usage.used, client.usage.limit) == (850, 1000)
    assert not org.seen("GET", QUERY)


def test_objects_and_describe(org, salesforce):
    listed = {"name": "Contact", "label": "Contact", "queryable": True, "custom": False}
    org.on("GET", f"{BASE}/sobjects", {"sobjects": [listed]})
    org.on("GET", f"{BASE}/sobjects/Contact/describe", {"name": "Contact", "fields": []})
    client = salesforce()
    assert [one.name for one in client.objects()] == ["Contact"]
    assert client.describe("Contact") == {"name": "Contact", "fields": []}
    with pytest.raises(NotFound):
        client.describe("Nothing__c")
    with pytest.raises(NotFound):
        client.describe("../query")


def test_reading_by_id_keeps_order_and_says_none_for_the_unseen(org, salesforce):
    path = f"{BASE}/composite/sobjects/Contact"
    org.on("POST", path, [record(ID1, Title="VP"), None])
    found = salesforce().read("Contact", [ID1[:15], ID2, "no id"], ["Id", "Title"])
    assert found == {ID1: {"Id": ID1, "Title": "VP"}, ID2: None, "no id": None}
    assert org.seen("POST", path)[0].json == {"ids": [ID1, ID2], "fields": ["Id", "Title"]}


def test_reading_by_id_takes_2000_at_once(org, salesforce):
    path = f"{BASE}/composite/sobjects/Contact"
    org.on("POST", path, lambda request: [None] * len(request.json["ids"]))
    from sfvtui.domain.ids import id18

    ids = [id18(f"003{n:012d}") for n in range(2001)]
    assert len(salesforce().read("Contact", ids, ["Title"])) == 2001
    assert [len(r.json["ids"]) for r in org.seen("POST", path)] == [2000, 1]


def test_reading_a_parents_field_by_id_goes_by_query(org, salesforce):
    row = record(ID1, Account={"attributes": {}, "Name": "Acme"})
    org.on("GET", QUERY, {"totalSize": 1, "done": True, "records": [row]})
    found = salesforce().read("Contact", [ID1, ID2], ["Account.Name"])
    assert found == {ID1: {"Id": ID1, "Account.Name": "Acme"}, ID2: None}


def test_the_server_clock_is_its_date_header(org, salesforce):
    org.on("GET", QUERY, {"totalSize": 0, "done": True, "records": []})
    client = salesforce()
    assert client.server_time() is None
    list(client.query("SELECT Id FROM Contact"))
    now = client.server_time()
    assert now is not None
    assert datetime(2026, 11, 24, 10, tzinfo=UTC) <= now < datetime(2026, 11, 24, 10, 1, tzinfo=UTC)


# --- Bulk API 2.0 ---------------------------------------------------------------------------------

JOBS = f"{BASE}/jobs/query"
JOB = f"{JOBS}/750000000000001"
RESULTS = f"{JOB}/results"


def bulk_org(org: Any, *results: Reply) -> None:
    org.on("POST", JOBS, {"id": "750000000000001", "state": "UploadComplete"})
    done = {"state": "JobComplete", "numberRecordsProcessed": 3}
    org.on("GET", JOB, {"state": "InProgress"}, done)
    org.on("GET", RESULTS, *results)


def test_a_bulk_query_waits_and_pages_through_the_locators(org, salesforce, sleeps):
    csv = '"Id","Title","Account.Name"\n"a","x\u2028""y""\r\nz",""\n"b","\x0b\x85","Acme"\n'
    bulk_org(
        org,
        Reply(csv.encode(), headers={"Sforce-Locator": "MTAw", "Sforce-NumberOfRecords": "2"}),
        Reply(b'"Id","Title","Account.Name"\n"c","",""\n', headers={"Sforce-Locator": "null"}),
    )
    one, two = salesforce().bulk_query("SELECT Id, Title, Account.Name FROM Contact")
    assert list(one.rows) == [
        {"Id": "a", "Title": 'x\u2028"y"\r\nz', "Account.Name": ""},
        {"Id": "b", "Title": "\x0b\x85", "Account.Name": "Acme"},
    ]
    assert one.next == "750000000000001:MTAw"
    assert (one.total, two.next) == (3, None)
    assert list(two.rows) == [{"Id": "c", "Title": "", "Account.Name": ""}]
    assert org.seen("GET", RESULTS)[1].query["locator"] == "MTAw"
    assert len(sleeps) == 1


def test_a_bulk_query_resumes_at_its_locator_without_a_new_job(org, salesforce):
    bulk_org(org, Reply(b'"Id"\n"c"\n', headers={"Sforce-Locator": "null"}))
    [page] = salesforce().bulk_query("SELECT Id FROM Contact", resume="750000000000001:MTAw")
    assert list(page.rows) == [{"Id": "c"}]
    assert not org.seen("POST", JOBS)


def test_a_cut_bulk_page_is_read_again(org, salesforce):
    good = Reply(b'"Id"\n"a"\n"b"\n', headers={"Sforce-Locator": "null"})
    cut = Reply(good.body, headers=good.headers, cut=True)
    short = Reply(b'"Id"\n"a"\n', headers={**good.headers, "Sforce-NumberOfRecords": "2"})
    bulk_org(org, cut, short, good)
    [page] = salesforce().bulk_query("SELECT Id FROM Contact")
    assert list(page.rows) == [{"Id": "a"}, {"Id": "b"}]


@pytest.mark.parametrize("status", [404, 409])
def test_a_bulk_job_that_is_gone_is_a_lost_cursor(org, salesforce, status: int):
    org.on("GET", JOB, Reply([{"errorCode": "ANY", "message": "gone"}], status))
    with pytest.raises(CursorLost):
        next(salesforce().bulk_query("SELECT Id FROM Contact", resume="750000000000001:MTAw"))


def test_a_failed_bulk_job_says_why(org, salesforce):
    bulk_org(org)
    org.on("GET", JOB, {"state": "Failed", "errorMessage": "INVALIDENTITY: not supported"})
    with pytest.raises(RequestRefused, match="not supported"):
        list(salesforce().bulk_query("SELECT Id FROM Contact"))


def test_a_body_that_only_trickles_ends_in_time(org, salesforce, monkeypatch):
    from sfvtui.remotes.salesforce import session

    client = salesforce()
    org.on("GET", QUERY, {"totalSize": 0, "done": True, "records": []})
    list(client.query("SELECT Id FROM Contact"))
    monkeypatch.setattr(session, "WHOLE_SECONDS", -1.0)
    with pytest.raises(Unreachable, match="in time"):
        list(client.query("SELECT Id FROM Contact"))
