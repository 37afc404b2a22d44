"""Queries of the local Salesforce: SOQL, paging, describes."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.salesforce_api import LONG_AGO, Api, problem

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce import Clock, Org


@pytest.fixture
def people(org: Org) -> dict[str, str]:
    """Four contacts, by first name: one of them holds almost nothing."""
    acme = org.create("Account", {"Name": "Acme", "Industry": "Energy"})
    full = {
        "AccountId": acme,
        "Title": "VP Sales",
        "NPS__c": 9,
        "Spend__c": "1250.50",
        "Tags__c": "Champion;Beta",
        "Last_QBR__c": "2026-03-10",
        "Last_Seen__c": "2026-03-10T04:30:00Z",
        "Opted_In__c": True,
        "Email": "Ada@Example.com",
        "Description": "long",
        "Badge_Code__c": "Ab",
    }
    return {
        "Ada": org.create("Contact", {**full, "FirstName": "Ada", "LastName": "Lovelace"}),
        "Ben": org.create(
            "Contact",
            {
                "FirstName": "Ben",
                "LastName": "Müller",
                "Title": "vp ops",
                "NPS__c": 3,
                "Tags__c": "Admin",
                "Last_QBR__c": "2026-03-03",
                "Last_Seen__c": "2026-03-03T12:00:00Z",
                "LeadSource": "Web",
            },
        ),
        "Cy": org.create("Contact", {"FirstName": "Cy", "LastName": "O'Neill 50%_"}),
        "Di": org.create("Contact", {"LastName": "Di", "Tags__c": "Champion;Beta;Admin"}),
    }


def names(api: Api, people: dict[str, str], where: str) -> str:
    found = api.ids(where)
    return " ".join(name for name, row_id in people.items() if row_id in found)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Title = 'vp SALES'", "Ada"),
        ("Title != 'vp sales'", "Ben Cy Di"),
        ("Title <> 'vp sales' AND Title != null", "Ben"),
        ("Title LIKE 'vp%'", "Ada Ben"),
        ("(NOT Title LIKE 'vp%')", "Cy Di"),
        ("NOT (Title LIKE 'vp%' OR LastName = 'Di')", "Cy"),
        ("LastName LIKE '%50\\%\\_'", "Cy"),
        ("LastName LIKE '_ovelac_'", "Ada"),
        ("LastName = 'o\\'neill 50%_'", "Cy"),
        ("LastName IN ('müller', 'DI')", "Ben Di"),
        ("Title NOT IN ('VP Sales')", "Ben Cy Di"),
        ("LastName > 'm' and LastName < 'n'", "Ben"),
        ("Title = null", "Cy Di"),
        ("Title = ''", "Cy Di"),
        ("Email = 'ada@example.COM'", "Ada"),
        ("Badge_Code__c = 'ab'", ""),
        ("Badge_Code__c = 'Ab'", "Ada"),
        ("NPS__c >= 9", "Ada"),
        ("NPS__c != 9", "Ben Cy Di"),
        ("NPS__c < 9", "Ben"),
        ("Spend__c = 1250.5", "Ada"),
        ("Opted_In__c = true", "Ada"),
        ("Opted_In__c = null", "Ben Cy Di"),
        ("Opted_In__c != null", "Ada"),
        ("Tags__c INCLUDES ('champion;BETA')", "Ada Di"),
        ("Tags__c INCLUDES ('Admin', 'Champion')", "Ada Ben Di"),
        ("Tags__c EXCLUDES ('Admin')", "Ada Cy"),
        ("Tags__c = 'Beta;Champion'", "Ada"),
        ("Tags__c != 'Beta;Champion'", "Ben Cy Di"),
        ("Last_QBR__c = 2026-03-10", "Ada"),
        ("Last_Seen__c > 2026-03-03T12:00:00+00:00", "Ada"),
        ("Last_Seen__c <= 2026-03-03T12:00:00Z", "Ben"),
        ("Last_QBR__c = TODAY", "Ada"),
        ("Last_QBR__c = LAST_N_DAYS:7", "Ada Ben"),
        ("Last_QBR__c = LAST_N_DAYS:6", "Ada"),
        ("Last_QBR__c = LAST_WEEK", "Ben"),
        ("Last_QBR__c < THIS_WEEK", "Ben"),
        ("Last_QBR__c = THIS_MONTH", "Ada Ben"),
        ("Account.Name = 'ACME'", "Ada"),
        ("Account.Name = null", "Ben Cy Di"),
        ("Account.Owner.LastName = 'Colleague'", "Ada"),
        ("Account.Industry = 'Energy' OR LastName = 'Di'", "Ada Di"),
        ("Greeting__c = 'dear ada'", "Ada"),
        ("Contact.LastName = 'Di'", "Di"),
        ("LeadSource = 'web'", "Ben"),
    ],
)
def test_a_condition_selects(api: Api, people: dict[str, str], where: str, expected: str) -> None:
    assert names(api, people, where) == expected


def test_ids_are_taken_in_15_and_18_characters(api: Api, people: dict[str, str]) -> None:
    both = f"'{people['Ada'][:15]}', '{people['Ben']}'"
    assert names(api, people, f"Id IN ({both})") == "Ada Ben"
    assert names(api, people, f"Id = '{people['Cy'][:15]}'") == "Cy"
    assert api.code("Id = 'nonsense'") == "INVALID_QUERY_FILTER_OPERATOR"


def test_the_users_time_zone_bounds_relative_days_unless_it_is_utc(
    api: Api, org: Org, people: dict[str, str]
) -> None:
    # 04:30 UTC is 00:30 in New York, and the day before in Los Angeles.
    assert names(api, people, "Last_Seen__c = TODAY") == "Ada"
    org.time_zone = "America/Los_Angeles"
    assert names(api, people, "Last_Seen__c = TODAY") == ""
    assert names(api, people, "Last_Seen__c = YESTERDAY") == "Ada"
    org.switches.date_literals_zone = "UTC"
    assert names(api, people, "Last_Seen__c = TODAY") == "Ada"


def test_with_three_valued_logic_negative_tests_lose_nulls(
    api: Api, org: Org, people: dict[str, str]
) -> None:
    org.switches.null_logic = "three-valued"
    assert names(api, people, "Title != 'VP Sales'") == "Ben"
    assert names(api, people, "Title NOT IN ('VP Sales')") == "Ben"
    assert names(api, people, "(NOT Title LIKE 'vp s%')") == "Ben"
    assert names(api, people, "Tags__c EXCLUDES ('Admin')") == "Ada"
    assert names(api, people, "Title = null OR Title != 'VP Sales'") == "Ben Cy Di"
    assert names(api, people, "Account.Name = 'x' OR LastName = 'Di'") == "Di"


def test_how_far_case_is_ignored_is_a_switch(api: Api, org: Org, people: dict[str, str]) -> None:
    assert names(api, people, "LastName = 'MÜLLER'") == "Ben"
    org.switches.folding = "ascii"
    assert names(api, people, "LastName = 'MÜLLER'") == ""
    org.switches.folding = "casefold"
    assert names(api, people, "LastName = 'Muller'") == ""
    org.switches.accents_matter = False
    assert names(api, people, "LastName = 'Muller'") == "Ben"


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("Title = 'a' AND Title = 'b' OR Title = 'c'", "MALFORMED_QUERY"),
        ("NOT Title = 'a' AND Title = 'b'", "MALFORMED_QUERY"),
        ("Title = 'a' AND NOT Title = 'b'", "MALFORMED_QUERY"),
        ("Title = Name", "MALFORMED_QUERY"),
        ("Title = 'a", "MALFORMED_QUERY"),
        ("Title = 'a\\d'", "MALFORMED_QUERY"),
        ('Title = "a"', "MALFORMED_QUERY"),
        ("Title IN ()", "MALFORMED_QUERY"),
        ("Title = '" + "x" * 4001 + "'", "MALFORMED_QUERY"),
        ("Foo = 'a'", "INVALID_FIELD"),
        ("Foo.Name = 'a'", "INVALID_FIELD"),
        ("NPS__c = '3'", "INVALID_FIELD"),
        ("Title = 3", "INVALID_FIELD"),
        ("Opted_In__c = 'true'", "INVALID_FIELD"),
        ("Last_QBR__c = '2026-03-10'", "INVALID_FIELD"),
        ("Last_QBR__c = 2026-03-10T00:00:00Z", "INVALID_FIELD"),
        ("Last_Seen__c = 2026-03-10", "INVALID_FIELD"),
        ("Description = 'a'", "INVALID_FIELD"),
        ("Signature__c = 'a'", "INVALID_FIELD"),
        ("Passport__c = 'a'", "INVALID_FIELD"),
        ("MailingAddress = 'a'", "INVALID_FIELD"),
        ("Id LIKE '003%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("NPS__c LIKE '3%'", "INVALID_QUERY_FILTER_OPERATOR"),
        ("Title INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR"),
    ],
)
def test_a_condition_is_refused(api: Api, where: str, code: str) -> None:
    assert api.code(where) == code


def test_errors_show_the_place_as_recorded(api: Api) -> None:
    body = api.query("SELECT Id,Name,BillingCity,IsDeleted FROM Accout")
    assert body == [
        {
            "message": "\nName,BillingCity,IsDeleted FROM Accout\n"
            "                                ^\n"
            "ERROR at Row:1:Column:43\n"
            "sObject type 'Accout' is not supported. If you are attempting to use a custom "
            "object, be sure to append the '__c' after the entity name. Please reference your "
            "WSDL or the describe call for the appropriate names.",
            "errorCode": "INVALID_TYPE",
        }
    ]
    message = api.query("SELECT Id, Foo FROM Contact")[0]["message"]
    assert "ERROR at Row:1:Column:12\nNo such column 'Foo' on entity 'Contact'. If" in message


def test_statements_have_a_greatest_length(api: Api) -> None:
    statement = "SELECT Id FROM Contact WHERE Id IN (" + "'x'," * 25_000 + "'x')"
    url = "/services/data/v66.0/query?q=" + statement.replace(" ", "+")
    body = {
        "compositeRequest": [{"method": "GET", "url": url, "referenceId": "a"}],
    }
    answer = api.post("composite", body).json()["compositeResponse"][0]
    assert answer["httpStatusCode"] == 400


def test_rows_come_as_asked_with_parents_nested(api: Api, people: dict[str, str]) -> None:
    soql = (
        "SELECT id, account.name, ACCOUNT.Industry, nps__c, Spend__c, Title, Opted_In__c, "
        "Last_Seen__c, MailingAddress FROM contact WHERE LastName IN ('Lovelace', 'Di') "
        "ORDER BY LastName DESC"
    )
    body = api.query(soql)
    ada, di = body["records"]
    url = "/services/data/v66.0/sobjects/Contact/" + people["Ada"]
    assert ada["attributes"] == {"type": "Contact", "url": url}
    assert list(ada)[1:] == [
        "Id",
        "Account",
        "NPS__c",
        "Spend__c",
        "Title",
        "Opted_In__c",
        "Last_Seen__c",
        "MailingAddress",
    ]
    assert ada["Account"]["Name"] == "Acme"
    assert ada["Account"]["Industry"] == "Energy"
    assert ada["Account"]["attributes"]["type"] == "Account"
    assert ada["Last_Seen__c"] == "2026-03-10T04:30:00.000+0000"
    assert di["Account"] is None
    assert di["Title"] is None
    assert (body["totalSize"], body["done"], "nextRecordsUrl" in body) == (2, True, False)


def test_numbers_have_a_decimal_part_and_large_ones_an_exponent(api: Api, org: Org) -> None:
    row = org.create(
        "Contact",
        {"LastName": "x", "NPS__c": 3, "Ledger_No__c": 123456789012345678, "Logins__c": 3},
    )
    path = f"sobjects/Contact/{row}?fields=NPS__c,Ledger_No__c,Logins__c"
    assert '"NPS__c":3.0,"Ledger_No__c":1.23456789012345678E17,"Logins__c":3}' in api.get(path).text
    org.switches.large_numbers_in_e = False
    assert '"Ledger_No__c":123456789012345678.0' in api.get(path).text


def test_count_gives_a_number_and_no_rows(api: Api, people: dict[str, str]) -> None:
    body = api.query("SELECT COUNT() FROM Contact WHERE NPS__c != null")
    assert body == {"totalSize": 2, "done": True, "records": []}


def test_order_puts_nulls_first_ascending_and_picklists_by_definition(api: Api, org: Org) -> None:
    for name, region in (("a", "Americas"), ("b", None), ("c", "EMEA"), ("d", "APAC")):
        org.create("Contact", {"LastName": name, "Region__c": region})

    def ordered(by: str) -> str:
        body = api.query(f"SELECT LastName FROM Contact ORDER BY {by}")
        return "".join(row["LastName"] for row in body["records"])

    assert ordered("Region__c") == "bcda"
    assert ordered("Region__c DESC") == "adcb"
    assert ordered("Region__c ASC NULLS LAST") == "cdab"
    assert ordered("LastName DESC") == "dcba"
    assert ordered("LastName LIMIT 2 OFFSET 1") == "bc"


def test_a_field_twice_and_fields_without_limit_are_refused(
    api: Api, people: dict[str, str]
) -> None:
    body = api.query("SELECT Id, id FROM Contact")
    assert body[0]["message"].endswith("duplicate field selected: Id")
    assert api.query("SELECT FIELDS(ALL) FROM Contact")[0]["errorCode"] == "MALFORMED_QUERY"
    body = api.query("SELECT FIELDS(CUSTOM) FROM Contact LIMIT 200")
    assert "NPS__c" in body["records"][0]
    assert "LastName" not in body["records"][0]


def test_unordered_rows_come_in_no_order(api: Api, org: Org) -> None:
    made = [org.create("Contact", {"LastName": str(n)}) for n in range(30)]
    found = [row["Id"] for row in api.query("SELECT Id FROM Contact")["records"]]
    assert found != made
    assert sorted(found) == sorted(made)


@pytest.fixture
def many(org: Org) -> list[str]:
    return [org.create("Contact", {"LastName": f"N{n:03}"}) for n in range(450)]


def pages(api: Api, body: dict[str, Any]) -> list[list[str]]:
    found = [[row["LastName"] for row in body["records"]]]
    while not body["done"]:
        body = api.get(body["nextRecordsUrl"]).json()
        found.append([row["LastName"] for row in body["records"]])
    return found


def test_pages_follow_opaque_locators_and_can_be_read_again(api: Api, many: list[str]) -> None:
    small = {"Sforce-Query-Options": "batchSize=200"}
    soql = "SELECT LastName FROM Contact ORDER BY LastName"
    body = api.query(soql, headers=small)
    found = pages(api, body)
    assert [len(page) for page in found] == [200, 200, 50]
    assert list(chain.from_iterable(found)) == [f"N{n:03}" for n in range(450)]
    assert body["totalSize"] == 450
    assert pages(api, body) == found
    # A size below 200 is raised to it.
    body = api.query(soql, headers={"Sforce-Query-Options": "batchSize=10"})
    assert len(body["records"]) == 200


def test_pages_may_be_smaller_than_asked(api: Api, org: Org, many: list[str]) -> None:
    org.page_size = lambda _name, asked: asked - 1900
    soql = "SELECT LastName FROM Contact ORDER BY LastName"
    assert [len(page) for page in pages(api, api.query(soql))] == [100, 100, 100, 100, 50]
    org.page_size = None
    soql = "SELECT LastName, Description FROM Contact"
    assert [len(page) for page in pages(api, api.query(soql))] == [200, 200, 50]


@pytest.mark.parametrize("status", [400, 404])
def test_locators_die(api: Api, org: Org, clock: Clock, many: list[str], status: int) -> None:
    org.switches.dead_cursor_status = status  # type: ignore[assignment]
    org.page_size = 200
    soql = "SELECT LastName FROM Contact"
    url = api.query(soql)["nextRecordsUrl"]
    org.cursors.kill()
    assert problem(api.get(url)) == (status, "INVALID_QUERY_LOCATOR")
    url = api.query(soql)["nextRecordsUrl"]
    clock.advance(48 * 3600 + 1)
    api.token = api.login().json()["access_token"]
    assert problem(api.get(url)) == (status, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize(("values", "seen"), [("live", "changed"), ("snapshot", "N449")])
def test_later_pages_show_rows_as_they_are_or_were(
    api: Api, org: Org, many: list[str], values: str, seen: str
) -> None:
    org.switches.cursor_values = values  # type: ignore[assignment]
    org.page_size = 200
    body = api.query("SELECT LastName FROM Contact ORDER BY LastName")
    org.update(many[-1], {"LastName": "changed"})
    assert pages(api, body)[-1][-1] == seen


def test_a_describe_has_the_recorded_shape(api: Api) -> None:
    body = api.get("sobjects/Contact/describe").json()
    assert len(body) == 45
    shapes = {frozenset(field) for field in body["fields"]}
    assert len(shapes) == 1
    kinds = {field["type"] for field in body["fields"]}
    assert kinds >= {
        "string",
        "textarea",
        "phone",
        "url",
        "email",
        "picklist",
        "combobox",
        "multipicklist",
        "boolean",
        "int",
        "double",
        "currency",
        "percent",
        "date",
        "datetime",
        "time",
        "id",
        "reference",
        "encryptedstring",
        "address",
    }
    listed = api.get("sobjects").json()
    assert [entry["name"] for entry in listed["sobjects"]] == [
        "Account",
        "Contact",
        "Custom__c",
        "Member__c",
        "Organization",
        "User",
    ]


def test_a_describe_shows_what_the_user_may_do(api: Api, org: Org) -> None:
    org.hide_field("Contact", "Title")
    org.make_read_only("Contact", "NPS__c")
    body = api.get("sobjects/contact/describe").json()
    fields = {field["name"]: field for field in body["fields"]}
    assert "Title" not in fields
    assert fields["NPS__c"]["updateable"] is False
    assert api.code("Title = 'x'") == "INVALID_FIELD"
    assert problem(api.get("query", params={"q": "SELECT Title FROM Contact"})) == (
        400,
        "INVALID_FIELD",
    )


def test_an_unchanged_describe_is_304(api: Api, org: Org, clock: Clock) -> None:
    first = api.get("sobjects/Contact/describe")
    since = {"If-Modified-Since": first.headers["last-modified"]}
    answer = api.get("sobjects/Contact/describe", headers=since)
    assert (answer.status_code, answer.content) == (304, b"")
    assert api.get("sobjects", headers=since).status_code == 304
    clock.advance(5)
    org.hide_field("Contact", "Title")
    assert api.get("sobjects/Contact/describe", headers=since).status_code == 200
    assert api.get("sobjects", headers={"If-Modified-Since": LONG_AGO}).status_code == 200


def test_a_field_can_change_its_type(api: Api, org: Org) -> None:
    row = org.create("Contact", {"LastName": "x", "Nickname__c": "12.5"})
    other = org.create("Contact", {"LastName": "y", "Nickname__c": "z"})
    org.change_field("Contact", "Nickname__c", type="double", precision=18, scale=2)
    assert api.values(row, "Nickname__c") == [12.5]
    assert api.values(other, "Nickname__c") == [None]
    org.remove_field("Contact", "Nickname__c")
    assert api.code("Nickname__c = 1") == "INVALID_FIELD"
