"""Writes to the local Salesforce: rows, guards, upserts, Collections, Composite, refusals."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from sfvtui.sandbox.salesforce import ApiError, DuplicateRule
from sfvtui.sandbox.salesforce.clock import moment
from tests.sandbox.salesforce_api import LONG_AGO, Api, problem

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce import Clock, Org

UNKNOWN = "003ak0000000zzzAAA"


@pytest.fixture
def account(org: Org) -> str:
    return org.create("Account", {"Name": "Acme"})


@pytest.fixture
def row(org: Org, clock: Clock, account: str) -> str:
    made = org.create("Contact", {"LastName": "Doe", "Title": "VP", "AccountId": account})
    clock.advance(100)
    org.writes.clear()
    return made


def path(row_id: str) -> str:
    return f"sobjects/Contact/{row_id}"


def stamp_of(org: Org, row_id: str, name: str = "LastModifiedDate") -> str:
    return format_datetime(moment(org.value(row_id, name)), usegmt=True)


# Single rows


def test_a_create_answers_201_with_id_and_place(api: Api, org: Org) -> None:
    answer = api.post("sobjects/contact", {"LastName": "New", "NPS__c": 5})
    made = answer.json()["id"]
    assert answer.status_code == 201
    assert answer.json() == {"id": made, "success": True, "errors": []}
    assert answer.headers["location"] == f"/services/data/v66.0/sobjects/Contact/{made}"
    assert org.value(made, "LastModifiedById") == org.user_id
    assert problem(api.post("sobjects/Contact", {"Id": made, "LastName": "x"})) == (
        400,
        "INVALID_FIELD",
    )


def test_an_update_answers_204_and_leaves_other_fields(api: Api, org: Org, row: str) -> None:
    answer = api.patch(path(row[:15]), {"title": "CEO", "LeadSource": None})
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.values(row, "Title", "LastName", "LeadSource") == ["CEO", "Doe", None]


def test_every_write_that_takes_effect_is_accounted_for(api: Api, org: Org, row: str) -> None:
    api.patch(path(row), {"Title": "CEO"})
    api.patch(path(row), {"Title": "x" * 200})
    org.update(row, {"Title": "CTO"})
    first, second = org.writes
    assert (first.kind, first.object, first.id, first.via) == ("update", "Contact", row, "row")
    assert (first.values, first.before) == ({"Title": "CEO"}, {"Title": "VP"})
    assert (first.by, second.by, second.via) == (org.user_id, org.colleague_id, "direct")


def test_an_update_with_equal_values_moves_the_stamps(
    api: Api, org: Org, clock: Clock, row: str
) -> None:
    before = org.get(row)
    api.patch(path(row), {"Title": "VP"})
    after = org.get(row)
    for name in ("LastModifiedDate", "SystemModstamp", "LastModifiedById"):
        assert after[name] != before[name]
    assert after["CreatedDate"] == before["CreatedDate"]


def test_a_delete_goes_to_the_bin_and_is_refused_the_second_time(
    api: Api, org: Org, row: str
) -> None:
    assert api.call("DELETE", path(row), headers={"If-Unmodified-Since": LONG_AGO}).status_code == (
        204
    )
    for method in ("DELETE", "GET", "PATCH"):
        answer = api.call(method, path(row), {} if method == "PATCH" else None)
        assert problem(answer) == (404, "ENTITY_IS_DELETED")
    assert api.get("queryAll", params={"q": "SELECT Id FROM Contact"}).json()["totalSize"] == 1


def test_rows_that_are_not_there(api: Api, org: Org) -> None:
    assert problem(api.get(path(UNKNOWN))) == (404, "NOT_FOUND")
    assert problem(api.patch(path(UNKNOWN), {})) == (404, "INVALID_CROSS_REFERENCE_KEY")
    org.switches.unknown_row_status = 400
    assert problem(api.patch(path(UNKNOWN), {})) == (400, "INVALID_CROSS_REFERENCE_KEY")
    assert problem(api.get(path("001" + UNKNOWN[3:]))) == (400, "MALFORMED_ID")
    answer = api.get(path("23foo"))
    assert answer.json()[0]["message"] == (
        "Provided external ID field does not exist or is not accessible: 23foo"
    )


# Guards


def test_an_equal_date_passes_and_an_older_one_is_412(api: Api, org: Org, row: str) -> None:
    guard = {"If-Unmodified-Since": stamp_of(org, row)}
    assert api.patch(path(row), {"Title": "a"}, headers=guard).status_code == 204
    assert api.patch(path(row), {"Title": "b"}, headers=guard).status_code == 412
    assert org.value(row, "Title") == "a"
    assert len(org.writes) == 1


def test_a_second_change_within_the_second_passes(api: Api, org: Org, row: str) -> None:
    org.update(row, {"Title": "mine"})
    guard = {"If-Unmodified-Since": stamp_of(org, row)}
    org.update(row, {"Title": "unseen"})
    assert api.patch(path(row), {"Title": "b"}, headers=guard).status_code == 204


@pytest.mark.parametrize("value", ["nonsense", "", "2026-03-10T15:30:20Z"])
def test_a_bad_guard_is_400(api: Api, org: Org, row: str, value: str) -> None:
    answer = api.patch(path(row), {"Title": "a"}, headers={"If-Unmodified-Since": value})
    assert answer.status_code == 400
    assert org.writes == []


def test_a_system_change_counts_for_the_guard_only_by_the_switch(
    api: Api, org: Org, row: str
) -> None:
    guard = {"If-Unmodified-Since": stamp_of(org, row)}
    org.touch(row)
    org.switches.guard_compares = "SystemModstamp"
    assert api.patch(path(row), {"Title": "a"}, headers=guard).status_code == 412
    org.switches.guard_compares = "LastModifiedDate"
    assert api.patch(path(row), {"Title": "a"}, headers=guard).status_code == 204


def test_a_guard_may_be_ignored_and_a_412_may_be_empty(api: Api, org: Org, row: str) -> None:
    guard = {"If-Unmodified-Since": LONG_AGO}
    org.switches.precondition_body = "empty"
    answer = api.patch(path(row), {"Title": "a"}, headers=guard)
    assert (answer.status_code, answer.content) == (412, b"")
    org.switches.guard_honoured = False
    assert api.patch(path(row), {"Title": "a"}, headers=guard).status_code == 204


def test_if_match_counts_for_accounts_only(api: Api, org: Org, row: str, account: str) -> None:
    place = f"sobjects/Account/{account}"
    tag = api.get(place).headers["etag"]
    assert api.get(place, headers={"If-None-Match": tag}).status_code == 304
    assert api.patch(place, {"Name": "a"}, headers={"If-Match": '"x"'}).status_code == 412
    assert api.patch(place, {"Name": "a"}, headers={"If-Match": tag}).status_code == 204
    assert api.patch(path(row), {"Title": "a"}, headers={"If-Match": '"x"'}).status_code == 204


def test_an_unchanged_row_is_304(api: Api, org: Org, row: str) -> None:
    since = {"If-Modified-Since": stamp_of(org, row)}
    assert api.get(path(row), headers=since).status_code == 304
    assert api.get(path(row), headers={"If-Modified-Since": LONG_AGO}).status_code == 200


# Upserts


def test_an_upsert_creates_updates_or_finds_several(api: Api, org: Org) -> None:
    place = "sobjects/Contact/Product_User_Id__c/a%2Fb%20c"
    answer = api.patch(place, {"LastName": "x"})
    made = answer.json()["id"]
    assert answer.status_code == 201
    assert answer.json() == {"id": made, "success": True, "errors": [], "created": True}
    assert org.value(made, "Product_User_Id__c") == "a/b c"
    answer = api.patch(place, {"LastName": "y"})
    assert (answer.status_code, answer.json()["created"]) == (200, False)
    assert api.patch(place, {"LastName": "y"}, version="v45.0").status_code == 204
    org.create("Contact", {"LastName": "z", "Product_User_Id__c": "A/B C"})
    answer = api.patch(place, {"LastName": "lost"})
    assert answer.status_code == 300
    assert answer.json()[0] == f"/services/data/v66.0/sobjects/Contact/{made}"
    assert org.find("Contact", LastName="lost") == []


def test_an_upsert_is_refused(api: Api, org: Org) -> None:
    body = {"LastName": "x"}
    place = "sobjects/Contact/Product_User_Id__c/"
    answer = api.patch(place + "a?updateOnly=true", body)
    assert problem(answer) == (404, "NOT_FOUND")
    assert problem(api.patch(place + "a.inc", body)) == (404, "NOT_FOUND")
    assert problem(api.patch("sobjects/Contact/Title/a", body)) == (404, "NOT_FOUND")
    answer = api.patch(place + "a", {**body, "product_user_id__C": "a"})
    assert problem(answer) == (400, "INVALID_FIELD")
    assert org.rows["Contact"] == {}


def test_a_row_can_be_read_by_its_key(api: Api, org: Org) -> None:
    row = org.create("Contact", {"LastName": "x", "Email": "A@b.co"})
    assert api.get("sobjects/Contact/Email/a@B.co").json()["Id"] == row


# Collections


def record(row_id: str | None = None, **values: Any) -> dict[str, Any]:
    made = {"attributes": {"type": "Contact"}, **values}
    return made if row_id is None else {**made, "id": row_id}


def test_a_collection_answers_in_request_order_and_failures_have_no_id(
    api: Api, org: Org, row: str
) -> None:
    other = org.create("Contact", {"LastName": "b"})
    records = [
        record(row, Title="a"),
        record(Title="x"),
        record(other, Foo="x"),
        record(UNKNOWN, Title="x"),
        record(other, Title="b"),
    ]
    answer = api.patch("composite/sobjects", {"allOrNone": False, "records": records})
    assert answer.status_code == 200
    good, missing, column, unknown, last = answer.json()
    assert good == {"id": row, "success": True, "errors": []}
    assert missing == {
        "success": False,
        "errors": [
            {
                "statusCode": "MISSING_ARGUMENT",
                "message": "Id not specified in an update call",
                "fields": [],
            }
        ],
    }
    assert column["errors"][0]["message"] == "No such column 'Foo' on sobject of type Contact"
    assert unknown["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert last["id"] == other


def test_all_or_none_rolls_the_others_back(api: Api, org: Org, row: str) -> None:
    records = [record(Title="x"), record(LastName="y")]
    answer = api.post("composite/sobjects", {"allOrNone": True, "records": records})
    first, second = answer.json()
    assert first["errors"][0] == {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [LastName]",
        "fields": ["LastName"],
    }
    assert second["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert list(org.rows["Contact"]) == [row]
    assert org.writes == []


def test_collections_have_limits(api: Api, row: str) -> None:
    answer = api.patch("composite/sobjects", {"records": []})
    assert answer.json()[0]["message"] == "At least 1 record is required"
    many = [record(row, Title="x")] * 201
    assert problem(api.patch("composite/sobjects", {"records": many}))[0] == 400
    mixed = [record(row), {"attributes": {"type": "Account"}}] * 6
    assert problem(api.patch("composite/sobjects", {"records": mixed}))[0] == 400
    body = {"ids": [row] * 2001, "fields": ["Id"]}
    assert problem(api.post("composite/sobjects/Contact", body))[0] == 400


def test_a_collection_read_keeps_the_order_and_shows_null(
    api: Api, org: Org, row: str, account: str
) -> None:
    deleted, unshared = (org.create("Contact", {"LastName": "x"}) for _ in range(2))
    org.delete(deleted)
    org.unshare(unshared)
    ids = [UNKNOWN, row[:15], "nonsense", deleted, account, unshared, row]
    body = api.post("composite/sobjects/Contact", {"ids": ids, "fields": ["id", "Title"]}).json()
    assert [entry and entry["Id"] for entry in body] == [None, row, None, None, None, None, row]
    assert body[1]["Title"] == "VP"
    answer = api.post("composite/sobjects/Contact", {"ids": ids, "fields": ["Id", "Foo"]})
    assert problem(answer) == (400, "INVALID_FIELD")


# Composite


def part(reference: str, method: str, url: str, **more: Any) -> dict[str, Any]:
    return {
        "referenceId": reference,
        "method": method,
        "url": f"/services/data/v66.0/{url}",
        **more,
    }


def composite(api: Api, *parts: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    body = {"collateSubrequests": False, **options, "compositeRequest": list(parts)}
    answer = api.post("composite", body)
    assert answer.status_code == 200, answer.text
    responses: list[dict[str, Any]] = answer.json()["compositeResponse"]
    return responses


def test_each_subrequest_is_guarded_by_its_own_date(api: Api, org: Org, row: str) -> None:
    other = org.create("Contact", {"LastName": "b"})
    good = {"If-Unmodified-Since": stamp_of(org, row)}
    answers = composite(
        api,
        part("a", "PATCH", path(row), httpHeaders=good, body={"Title": "a"}),
        part(
            "b",
            "PATCH",
            path(other),
            httpHeaders={"If-Unmodified-Since": LONG_AGO},
            body={"Title": "b"},
        ),
        part("c", "GET", path(row) + "?fields=Title"),
        part("d", "PATCH", path(UNKNOWN), body={}),
    )
    assert [a["httpStatusCode"] for a in answers] == [204, 412, 200, 404]
    assert [a["referenceId"] for a in answers] == ["a", "b", "c", "d"]
    assert answers[0]["body"] is None
    assert answers[2]["body"]["Title"] == "a"
    assert [write.via for write in org.writes if write.by == org.user_id] == ["composite"]


def test_conditions_inside_composite_may_be_ignored(api: Api, org: Org, row: str) -> None:
    org.switches.composite_honours_conditions = False
    guard = {"If-Unmodified-Since": LONG_AGO}
    answers = composite(api, part("a", "PATCH", path(row), httpHeaders=guard, body={"Title": "a"}))
    assert answers[0]["httpStatusCode"] == 204


def test_composite_has_limits(api: Api, row: str) -> None:
    get = [part(f"r{n}", "GET", path(row)) for n in range(26)]
    heavy = [part(f"r{n}", "GET", "query?q=SELECT+Id+FROM+Contact") for n in range(6)]
    twice = [part("a", "GET", path(row)), part("a", "GET", path(row))]
    odd = [part("a-b", "GET", path(row))]
    for parts in (get, heavy, twice, odd, []):
        assert api.post("composite", {"compositeRequest": parts}).status_code == 400
    for name in ("Accept", "Authorization", "content-type"):
        parts = [part("a", "GET", path(row), httpHeaders={name: "x"})]
        assert api.post("composite", {"compositeRequest": parts}).status_code == 400


def test_all_or_none_halts_the_other_subrequests(api: Api, org: Org, row: str) -> None:
    answers = composite(
        api,
        part("a", "PATCH", path(row), body={"Title": "a"}),
        part("b", "PATCH", path(row), body={"Title": "x" * 200}),
        allOrNone=True,
    )
    assert answers[0]["httpStatusCode"] == 400
    assert answers[0]["body"][0] == {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same "
        "transaction failed.",
    }
    assert answers[1]["body"][0]["errorCode"] == "STRING_TOO_LONG"
    assert org.writes == []


def test_collated_answers_lose_the_order(api: Api, row: str, account: str) -> None:
    parts = [
        part("a", "GET", path(row)),
        part("b", "GET", f"sobjects/Account/{account}"),
        part("c", "GET", path(row)),
    ]
    answers = composite(api, *parts, collateSubrequests=True)
    assert [a["referenceId"] for a in answers] == ["b", "a", "c"]


def test_a_subrequest_may_use_an_earlier_answer(api: Api, org: Org, account: str) -> None:
    answers = composite(
        api,
        part("made", "POST", "sobjects/Contact", body={"LastName": "x", "AccountId": account}),
        part("read", "GET", "sobjects/Contact/@{made.id}"),
        part("bad", "GET", "sobjects/Contact/@{read.nothing}"),
    )
    assert answers[1]["body"]["AccountId"] == account
    assert answers[2]["httpStatusCode"] == 400


def test_an_unknown_object_inside_composite_is_as_recorded(api: Api) -> None:
    answers = composite(api, part("CCI__RefId__0__", "GET", "sobjects/Foo"))
    assert answers == [
        {
            "body": [
                {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
            ],
            "httpHeaders": {},
            "httpStatusCode": 404,
            "referenceId": "CCI__RefId__0__",
        }
    ]


# Refusals, in their order


@pytest.mark.parametrize(
    ("values", "code", "message"),
    [
        ({"Foo": 1, "Name": "x"}, "INVALID_FIELD", "No such column 'Foo' on sobject of type"),
        (
            {"MasterRecordId": None, "Greeting__c": "x", "Title": 3},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "Unable to create/update fields: MasterRecordId, Greeting__c. Please check the",
        ),
        (
            {"LastName": None, "Tags__c": ["a"]},
            "JSON_PARSER_ERROR",
            "Cannot deserialize instance of multipicklist from START_ARRAY value [line:1, column:",
        ),
        ({"NPS__c": "abc"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of double from"),
        ({"NPS__c": ""}, "JSON_PARSER_ERROR", "Cannot deserialize instance of double from"),
        ({"NPS__c": True}, "JSON_PARSER_ERROR", "Cannot deserialize instance of double from"),
        ({"Title": 3}, "JSON_PARSER_ERROR", "Cannot deserialize instance of string from"),
        ({"Opted_In__c": None}, "JSON_PARSER_ERROR", "Cannot deserialize instance of boolean"),
        ({"Last_QBR__c": "2026-02-30"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of date"),
        ({"Last_Seen__c": "2026-02-01"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of da"),
        (
            {"LastName": " ", "Title": "x" * 200},
            "REQUIRED_FIELD_MISSING",
            "Required fields are missing: [LastName]",
        ),
        (
            {"Title": "x" * 129},
            "STRING_TOO_LONG",
            "Title: data value too large: " + "x" * 129 + " (max length=128)",
        ),
        ({"Email": "nonsense"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nonsense"),
        (
            {"Role__c": "Gatekeeper"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Role__c: bad value for restricted picklist field: Gatekeeper",
        ),
        (
            {"Interests__c": "API;Golf"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Interests__c: bad value for restricted picklist field: Golf",
        ),
        ({"NPS__c": 1000}, "NUMBER_OUTSIDE_VALID_RANGE", "NPS__c: value outside of valid range"),
        ({"AccountId": UNKNOWN}, "MALFORMED_ID", "Account ID: id value of incorrect type: 003"),
        (
            {"AccountId": "001ak0000000zzzAAA"},
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
        ),
    ],
)
def test_a_value_is_refused(
    api: Api, org: Org, row: str, values: dict[str, Any], code: str, message: str
) -> None:
    answer = api.patch(path(row), values)
    assert problem(answer) == (400, code)
    assert answer.json()[0]["message"].startswith(message)
    assert org.writes == []


def test_broken_json_is_refused(api: Api, row: str) -> None:
    assert problem(api.patch(path(row), b"{")) == (400, "JSON_PARSER_ERROR")
    assert problem(api.patch(path(row), b"[]")) == (400, "JSON_PARSER_ERROR")
    assert problem(api.patch(path(row), b'{"NPS__c": NaN}')) == (400, "JSON_PARSER_ERROR")


def test_hidden_and_read_only_fields_are_refused(api: Api, org: Org, row: str) -> None:
    org.hide_field("Contact", "Title")
    org.make_read_only("Contact", "NPS__c")
    assert problem(api.patch(path(row), {"Title": "x"})) == (400, "INVALID_FIELD")
    answer = api.patch(path(row), {"NPS__c": 1})
    assert problem(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert answer.json()[0]["fields"] == ["NPS__c"]
    org.show_field("Contact", "Title")
    org.make_editable("Contact", "NPS__c")
    assert api.patch(path(row), {"Title": "x", "NPS__c": 1}).status_code == 204


def test_unique_values_name_the_other_row(api: Api, org: Org, row: str) -> None:
    other = org.create("Contact", {"LastName": "b", "Employee_No__c": "e1", "Badge_Code__c": "x"})
    answer = api.patch(path(row), {"Employee_No__c": "E1"})
    assert problem(answer) == (400, "DUPLICATE_VALUE")
    assert answer.json()[0]["message"] == (
        "duplicate value found: Employee_No__c duplicates value on record with id: " + other[:15]
    )
    assert api.patch(path(row), {"Badge_Code__c": "X"}).status_code == 204


def test_alert_rules_for_duplicates_can_be_passed_and_blocking_ones_not(
    api: Api, org: Org, row: str
) -> None:
    org.duplicate_rules.append(DuplicateRule("Contact", ("LastName",)))
    org.create("Contact", {"LastName": "Twin"})
    allow = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false"}
    answer = api.patch(path(row), {"LastName": "twin"})
    assert problem(answer) == (400, "DUPLICATES_DETECTED")
    assert answer.json()[0]["message"] == "Use one of these records?"
    assert api.patch(path(row), {"LastName": "twin"}, headers=allow).status_code == 204
    org.duplicate_rules[0] = DuplicateRule("Contact", ("LastName",), blocking=True)
    answer = api.patch(path(row), {"LastName": "Twin"}, headers=allow)
    assert problem(answer) == (400, "DUPLICATES_DETECTED")


def test_validation_and_triggers_have_the_last_word(api: Api, org: Org, row: str) -> None:
    def trigger(_org: Org, _old: Any, new: dict[str, Any]) -> None:
        new["Department"] = (new.get("Title") or "").upper() or None

    def rule(_org: Org, _old: Any, new: dict[str, Any]) -> None:
        if new.get("Title") == "bad":
            raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", "<b>No</b>\n\x1b[31m", [])

    org.on_save("Contact", trigger)
    org.validate("Contact", rule)
    assert api.patch(path(row), {"Title": "good"}).status_code == 204
    assert org.value(row, "Department") == "GOOD"
    assert org.writes[0].changed == {"Title": "good", "Department": "GOOD"}
    answer = api.patch(path(row), {"Title": "bad"})
    assert answer.json() == [
        {
            "message": "<b>No</b>\n\x1b[31m",
            "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "fields": [],
        }
    ]
    assert org.value(row, "Department") == "GOOD"


def test_a_locked_row_names_its_account_as_often_as_it_is_locked(
    api: Api, org: Org, row: str, account: str
) -> None:
    org.lock_row(row, times=1)
    answer = api.patch(path(row), {"Title": "a"})
    assert problem(answer) == (400, "UNABLE_TO_LOCK_ROW")
    assert answer.json()[0]["message"].endswith(f"this record or 1 records: {account}")
    assert api.patch(path(row), {"Title": "a"}).status_code == 204
    org.lock_for_approval(row)
    assert problem(api.patch(path(row), {"Title": "a"})) == (400, "ENTITY_IS_LOCKED")
    org.unlock_row(row)
    assert api.patch(path(row), {"Title": "a"}).status_code == 204


# Values on save


@pytest.mark.parametrize(
    ("name", "sent", "shown"),
    [
        ("Title", " \t a b \n", "a b"),
        ("Title", "\u3000a\u00a0", "\u3000a\u00a0"),
        ("Title", "", None),
        ("Title", " \r\n", None),
        ("Title", "&lt;\x1b[31m\u202e\u200b\U0001f600", "&lt;\x1b[31m\u202e\u200b\U0001f600"),
        ("Signature__c", " <p>a<br/></p> ", " <p>a<br></p> "),
        ("Notes__c", "a\nb\r\nc", "a\nb\r\nc"),
        ("Tags__c", "Admin;Champion;Admin", "Champion;Admin"),
        ("Tags__c", "Zebra;Beta", "Beta;Zebra"),
        ("Region__c", "Atlantis", "Atlantis"),
        ("Score__c", 1.23456, 1.23456),
        ("Score__c", "1.5", 1.5),
        ("Score__c", 3, 3.0),
        ("Logins__c", 3, 3),
        ("Opted_In__c", "true", True),
        ("Last_QBR__c", "2026-02-28", "2026-02-28"),
        ("Last_Seen__c", "2026-02-01T10:00:00.987+02:00", "2026-02-01T08:00:00.000+0000"),
        ("Last_Seen__c", "2026-02-01T10:00:00Z", "2026-02-01T10:00:00.000+0000"),
        ("Last_Seen__c", "2026-02-01T10:00:00+0000", "2026-02-01T10:00:00.000+0000"),
        ("Standup__c", "10:00:00Z", "10:00:00.000Z"),
        ("Passport__c", "secret", "********"),
    ],
)
def test_a_value_is_stored_as(api: Api, row: str, name: str, sent: Any, shown: Any) -> None:
    answer = api.patch(path(row), {name: sent})
    assert answer.status_code == 204, answer.text
    assert api.values(row, name) == [shown]


def test_what_is_not_settled_about_values_is_a_switch(api: Api, org: Org, row: str) -> None:
    switches = org.switches
    switches.line_ends = "crlf"
    switches.multipicklist_order = "sent"
    switches.round_to_scale = True
    switches.null_boolean_refused = False
    switches.control_characters = "dropped"
    api.patch(
        path(row),
        {
            "Notes__c": "a\nb",
            "Tags__c": "Admin;Champion",
            "Score__c": 1.235,
            "Opted_In__c": None,
            "Title": "a\x1bb",
        },
    )
    shown = api.values(row, "Notes__c", "Tags__c", "Score__c", "Opted_In__c", "Title")
    assert shown == ["a\r\nb", "Admin;Champion", 1.24, False, "ab"]
    faces = "\U0001f600" * 100
    assert api.patch(path(row), {"Title": faces}).status_code == 204
    switches.length_counts = "utf-16"
    assert problem(api.patch(path(row), {"Title": faces})) == (400, "STRING_TOO_LONG")


def test_references_are_taken_in_15_characters_and_names_follow_their_parts(
    api: Api, row: str, account: str
) -> None:
    api.patch(path(row), {"AccountId": account[:15], "FirstName": "Jo"})
    assert api.values(row, "AccountId", "Name") == [account, "Jo Doe"]


def test_compound_addresses_are_shown_as_objects(api: Api, row: str) -> None:
    api.patch(path(row), {"MailingCity": "Bern", "MailingLatitude": 46.95})
    (address,) = api.values(row, "MailingAddress")
    assert address["city"] == "Bern"
    assert address["latitude"] == 46.95
    assert problem(api.patch(path(row), {"MailingAddress": {"city": "x"}})) == (
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
    )
