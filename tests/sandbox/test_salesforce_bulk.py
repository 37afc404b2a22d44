"""Bulk API 2.0 query jobs of the local Salesforce."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.salesforce_api import Api, problem

if TYPE_CHECKING:
    import httpx

    from sfvtui.sandbox.salesforce import Org

SOQL = "SELECT Id, LastName, Account.Name FROM Contact"


def start(api: Api, soql: str = SOQL, **more: str) -> str:
    answer = api.post("jobs/query", {"operation": "query", "query": soql, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def finished(api: Api, job: str) -> dict[str, Any]:
    body: dict[str, Any] = {"state": ""}
    while body["state"] not in {"JobComplete", "Failed", "Aborted"}:
        body = api.get(f"jobs/query/{job}").json()
    return body


def page(api: Api, job: str, **params: str) -> tuple[list[list[str]], httpx.Response]:
    answer = api.get(f"jobs/query/{job}/results", params=params)
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text, newline=""))), answer


def test_a_job_goes_through_its_states(api: Api, org: Org) -> None:
    org.create("Contact", {"LastName": "x"})
    created = api.post("jobs/query", {"operation": "query", "query": SOQL}).json()
    assert created["state"] == "UploadComplete"
    assert created["id"].startswith("750")
    assert created["apiVersion"] == 66.0
    job = created["id"]
    assert problem(api.get(f"jobs/query/{job}/results"))[0] == 400
    states = [api.get(f"jobs/query/{job}").json()["state"] for _ in range(3)]
    assert states == ["InProgress", "JobComplete", "JobComplete"]
    assert finished(api, job)["numberRecordsProcessed"] == 1


def test_values_are_written_as_csv_quotes_them(api: Api, org: Org) -> None:
    account = org.create("Account", {"Name": 'A "quoted", name'})
    org.create(
        "Contact",
        {
            "LastName": "a\u2028b\x85c",
            "Notes__c": 'line one\nline "two"',
            "AccountId": account,
            "NPS__c": 100,
            "Ledger_No__c": 139_000_000,
            "Opted_In__c": True,
            "Last_QBR__c": "2026-01-31",
            "Last_Seen__c": "2024-04-16T19:00:00Z",
        },
    )
    soql = (
        "SELECT LastName, Notes__c, Account.Name, NPS__c, Ledger_No__c, Opted_In__c, Last_QBR__c, "
        "Last_Seen__c, Title FROM Contact"
    )
    job = start(api, soql)
    finished(api, job)
    rows, answer = page(api, job)
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.startswith('"LastName","Notes__c","Account.Name"')
    assert answer.text.endswith('"2024-04-16T19:00:00.000Z",""\n')
    assert rows[1] == [
        "a\u2028b\x85c",
        'line one\nline "two"',
        'A "quoted", name',
        "100.0",
        "139000000.0",
        "true",
        "2026-01-31",
        "2024-04-16T19:00:00.000Z",
        "",
    ]
    org.switches.bulk_large_numbers_in_e = True
    assert page(api, job)[0][1][4] == "1.39E8"


def test_pages_follow_locators_end_with_null_and_can_be_read_again(api: Api, org: Org) -> None:
    made = [org.create("Contact", {"LastName": str(n)}) for n in range(5)]
    job = start(api)
    finished(api, job)
    first, answer = page(api, job, maxRecords="2")
    assert answer.headers["sforce-numberofrecords"] == "2"
    locator = answer.headers["sforce-locator"]
    second, answer = page(api, job, maxRecords="2", locator=locator)
    last, answer = page(api, job, maxRecords="2", locator=answer.headers["sforce-locator"])
    assert answer.headers["sforce-locator"] == "null"
    found = [row[0] for row in first[1:] + second[1:] + last[1:]]
    assert sorted(found) == sorted(made)
    assert found != made
    assert page(api, job, maxRecords="2", locator=locator)[0] == second
    assert api.get(f"jobs/query/{job}/results", params={"locator": "MTIz"}).status_code == 400


def test_pages_may_hold_fewer_rows_than_asked(api: Api, org: Org) -> None:
    for n in range(5):
        org.create("Contact", {"LastName": str(n)})
    org.page_size = 3
    job = start(api)
    finished(api, job)
    assert len(page(api, job, maxRecords="5")[0]) == 1 + 3


def test_a_result_is_as_it_was_when_the_job_ended(api: Api, org: Org) -> None:
    row = org.create("Contact", {"LastName": "before"})
    job = start(api)
    finished(api, job)
    org.update(row, {"LastName": "after"})
    assert page(api, job)[0][1][1] == "before"


def test_deleted_rows_come_with_query_all(api: Api, org: Org) -> None:
    org.delete(org.create("Contact", {"LastName": "x"}))
    job = start(api, operation="queryAll")
    assert finished(api, job)["numberRecordsProcessed"] == 1
    assert finished(api, start(api))["numberRecordsProcessed"] == 0


def test_another_version_is_a_conflict(api: Api) -> None:
    job = start(api)
    finished(api, job)
    assert api.get(f"jobs/query/{job}/results", version="v65.0").status_code == 409


def test_jobs_are_aborted_and_deleted(api: Api) -> None:
    job = start(api)
    place = f"jobs/query/{job}"
    assert api.call("DELETE", place).status_code == 400
    assert api.patch(place, {"state": "Aborted"}).json()["state"] == "Aborted"
    assert finished(api, job)["state"] == "Aborted"
    assert api.call("DELETE", place).status_code == 204
    assert problem(api.get(place)) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    "soql",
    [
        "SELECT Foo FROM Contact",
        "SELECT MailingAddress FROM Contact",
        "SELECT COUNT() FROM Contact",
        "SELECT Id FROM Contact LIMIT 5 OFFSET 5",
        "SELECT Id FROM Contact GROUP BY Id",
        "SELECT FIELDS(ALL) FROM Contact LIMIT 5",
        "SELECT Id FROM Custom__c",
    ],
)
def test_a_bad_query_is_refused_at_once_or_fails_later(api: Api, org: Org, soql: str) -> None:
    body = {"operation": "query", "query": soql}
    assert api.post("jobs/query", body).status_code == 400
    org.switches.bulk_bad_query_fails = "later"
    ended = finished(api, start(api, soql))
    assert ended["state"] == "Failed"
    assert ended["errorMessage"]


def test_order_and_limit_are_refused_by_a_switch(api: Api, org: Org) -> None:
    ordered = "SELECT Id FROM Contact ORDER BY Id LIMIT 5"
    start(api, ordered)
    org.switches.bulk_refuses_order_and_limit = True
    body = {"operation": "query", "query": ordered}
    assert api.post("jobs/query", body).status_code == 400


def test_every_call_counts(api: Api, org: Org) -> None:
    used = org.usage.used
    job = start(api)
    finished(api, job)
    page(api, job)
    assert org.usage.used - used == 4
