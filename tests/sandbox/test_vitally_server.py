"""The local Vitally answers as the real one is documented and recorded to."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.serving import running
from sfvtui.sandbox.vitally import (
    AccountsOnUpdate,
    CustomField,
    DeletedTrait,
    Duplicate,
    Limiter,
    Workspace,
    vitally_app,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp, Receive, Scope, Send

USER_KEYS = [
    "id",
    "createdAt",
    "updatedAt",
    "externalId",
    "accounts",
    "organizations",
    "name",
    "email",
    "avatar",
    "traits",
    "firstKnown",
    "lastSeenTimestamp",
    "lastInboundMessageTimestamp",
    "lastOutboundMessageTimestamp",
    "npsLastScore",
    "npsLastFeedback",
    "npsLastRespondedAt",
    "unsubscribedFromConversations",
    "unsubscribedFromConversationsAt",
    "deactivatedAt",
    "segments",
    "joinDate",
]
EMBEDDED_KEYS = [
    "id",
    "createdAt",
    "updatedAt",
    "externalId",
    "name",
    "traits",
    "organizationId",
    "accountOwnerId",
    "mrr",
    "nextRenewalDate",
    "churnedAt",
    "firstSeenTimestamp",
    "lastSeenTimestamp",
    "lastInboundMessageTimestamp",
    "lastOutboundMessageTimestamp",
    "trialEndDate",
    "usersCount",
    "npsDetractorCount",
    "npsPassiveCount",
    "npsPromoterCount",
    "npsScore",
    "healthScore",
    "csmId",
    "accountExecutiveId",
    "segments",
]


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 24, 12, tzinfo=UTC))


@pytest.fixture
def workspace(clock: Clock) -> Workspace:
    workspace = Workspace(key="sk_live_key", clock=clock)
    workspace.create_account("A1", "Example Garage")
    clock.advance(1)
    return workspace


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[httpx.Client, dict[str, ASGIApp]]]:
    """One server and client for all tests of this file: each puts its own app into the place."""
    place: dict[str, ASGIApp] = {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await place["app"](scope, receive, send)

    with (
        running(app) as url,
        httpx.Client(base_url=url + "/resources", auth=("sk_live_key", "")) as client,
    ):
        yield client, place


@pytest.fixture
def client(workspace: Workspace, served: tuple[httpx.Client, dict[str, ASGIApp]]) -> httpx.Client:
    client, place = served
    place["app"] = vitally_app(workspace)
    return client


def account_id(workspace: Workspace, name: str = "A1") -> str:
    account = workspace.account(name)
    assert account is not None
    return account.id


def created(client: httpx.Client, workspace: Workspace, external_id: str, **more: Any) -> Any:
    body = {"externalId": external_id, "accountIds": [account_id(workspace)], **more}
    answer = client.post("/users", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def all_pages(client: httpx.Client, path: str, **query: Any) -> list[Any]:
    results: list[Any] = []
    while True:
        page = client.get(path, params=query).json()
        results += page["results"]
        assert page["atEnd"] is (page["next"] is None)
        if page["next"] is None:
            return results
        query["from"] = page["next"]


# ---- who may ask


def test_without_a_header_it_answers_401_as_recorded(client: httpx.Client) -> None:
    bare = httpx.get(client.base_url.join("users"))
    assert bare.status_code == 401
    assert bare.json() == {"error": "Authorization header not present."}
    assert bare.headers["ratelimit-limit"] == "1000, 1000;window=60"


@pytest.mark.parametrize("auth", [("sk_live_other", ""), ("", "sk_live_key")])
def test_another_key_is_refused(client: httpx.Client, auth: tuple[str, str]) -> None:
    answer = client.get("/users", auth=auth)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


def test_a_bearer_token_is_refused(client: httpx.Client) -> None:
    header = {"Authorization": "Bearer sk_live_key"}
    assert httpx.get(client.base_url.join("users"), headers=header).status_code == 401


# ---- shapes


def test_a_created_user_has_the_recorded_keys_in_the_recorded_order(
    client: httpx.Client, workspace: Workspace
) -> None:
    user = created(client, workspace, "4", name="Kim Example", email="kim@example.com")
    assert list(user) == USER_KEYS
    assert list(user["accounts"][0]) == EMBEDDED_KEYS
    assert user["firstKnown"] == user["joinDate"] == user["createdAt"] == user["updatedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", user["createdAt"])
    assert user["organizations"] == [] and user["traits"] == {}


def test_an_account_of_its_own_also_has_key_roles(
    client: httpx.Client, workspace: Workspace
) -> None:
    account = client.get("/accounts/A1").json()
    assert list(account) == [*EMBEDDED_KEYS, "keyRoles"]
    assert client.get(f"/accounts/{account['id']}").json() == account


def test_creating_a_user_moves_its_account_and_counts_it(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    before = client.get("/accounts/A1").json()
    user = created(client, workspace, "4")
    account = user["accounts"][0]
    assert account["updatedAt"] == user["createdAt"] > before["updatedAt"]
    assert (before["usersCount"], account["usersCount"]) == (0, 1)
    clock.advance(1)
    changed = client.put("/users/4", json={"name": "Kim"}).json()
    assert changed["accounts"][0]["updatedAt"] == account["updatedAt"]


# ---- lists


def test_lists_page_newest_first_and_end_with_next_null(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    for number in range(7):
        created(client, workspace, f"u{number}")
        clock.advance(0.001 * (number % 2))  # two users share a stamp now and then
    clock.advance(1)
    client.put("/users/u2", json={"name": "Moved"})
    by_update = all_pages(client, "/users", limit=3)
    assert by_update[0]["externalId"] == "u2"
    assert sorted(u["externalId"] for u in by_update) == [f"u{n}" for n in range(7)]
    stamps = [u["updatedAt"] for u in by_update]
    assert stamps == sorted(stamps, reverse=True)
    by_creation = all_pages(client, "/users", limit=2, sortBy="createdAt")
    made = [(u["createdAt"], u["id"]) for u in by_creation]
    assert made == sorted(made, reverse=True)
    assert len(made) == 7


def test_an_empty_list_looks_as_recorded(client: httpx.Client, workspace: Workspace) -> None:
    workspace.switches.at_end = False
    assert client.get("/users").json() == {"results": [], "next": None}


def test_the_cursor_is_base64_of_the_last_rows_sort_value_and_id(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    for number in range(3):
        created(client, workspace, f"u{number}")
        clock.advance(1)
    page = client.get("/users", params={"limit": 2}).json()
    assert page["next"].startswith("eyJzb3J0VmFsdWU")
    last = page["results"][-1]
    held = json.loads(base64.b64decode(page["next"]))
    assert held == {"sortValue": last["updatedAt"], "id": last["id"]}


def test_a_row_changed_while_paging_is_missed_by_that_pass(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    for number in range(4):
        created(client, workspace, f"u{number}")
        clock.advance(1)
    first = client.get("/users", params={"limit": 2}).json()
    client.put("/users/u0", json={"name": "Jumped to the front"})
    rest = client.get("/users", params={"limit": 2, "from": first["next"]}).json()
    assert [u["externalId"] for u in rest["results"]] == ["u1"]


def test_a_full_last_page_may_be_followed_by_an_empty_one(
    client: httpx.Client, workspace: Workspace
) -> None:
    created(client, workspace, "u1")
    workspace.switches.empty_last_page = True
    page = client.get("/users", params={"limit": 1}).json()
    assert page["next"] is not None
    end = client.get("/users", params={"limit": 1, "from": page["next"]}).json()
    assert (end["results"], end["next"]) == ([], None)


def test_more_than_a_hundred_rows_are_never_in_a_page(
    client: httpx.Client, workspace: Workspace
) -> None:
    for number in range(101):
        workspace.create_user(f"u{number}", accounts=["A1"])
    assert len(client.get("/users", params={"limit": 500}).json()["results"]) == 100
    workspace.switches.limit_clamped = False
    answer = client.get("/users", params={"limit": 500})
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["keyword"] == "maximum"


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "x"}, {"sortBy": "name"}, {"from": "AAAA"}]
)
def test_wrong_list_parameters_are_refused(client: httpx.Client, query: dict[str, str]) -> None:
    assert client.get("/users", params=query).status_code == 400


def test_unknown_parameters_are_ignored(client: httpx.Client) -> None:
    assert client.get("/users", params={"updatedAt": "2026-01-01"}).status_code == 200


def test_accounts_are_active_ones_unless_asked_otherwise(
    client: httpx.Client, workspace: Workspace
) -> None:
    workspace.create_account("A2", "Gone Ltd")
    workspace.churn("A2")

    def names(**query: str) -> set[str]:
        return {a["externalId"] for a in all_pages(client, "/accounts", **query)}

    assert names() == names(status="active") == {"A1"}
    assert names(status="churned") == {"A2"}
    assert names(status="activeOrChurned", limit="1") == {"A1", "A2"}
    assert client.get("/accounts", params={"status": "all"}).status_code == 400
    assert client.get("/accounts/A2").json()["churnedAt"] is not None


def test_an_accounts_users_are_listed_by_its_vitally_id(
    client: httpx.Client, workspace: Workspace
) -> None:
    workspace.create_account("A2", "Other")
    for number in range(3):
        workspace.create_user(f"u{number}", accounts=["A1", "A2"][: number + 1])
    path = f"/accounts/{account_id(workspace, 'A2')}/users"
    assert {u["externalId"] for u in all_pages(client, path, limit=1)} == {"u1", "u2"}
    assert client.get("/accounts/A2/users").status_code == 404


# ---- one user, and searches


def test_a_user_is_found_by_either_id_however_strange(
    client: httpx.Client, workspace: Workspace
) -> None:
    for name in ("pat+x@example.com", "a/b", "100%", "ü ?#", "searching"):
        user = workspace.create_user(name, accounts=["A1"])
        path = "/users/" + httpx.QueryParams({"": name}).__str__()[1:].replace("+", "%20")
        answer = client.get(path)
        assert answer.status_code == 200, name
        assert answer.json()["id"] == user.id
        assert client.get(f"/users/{user.id}").json()["externalId"] == name


def test_an_unknown_id_is_404_with_an_error(client: httpx.Client) -> None:
    answer = client.get("/users/nobody")
    assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})
    assert client.put("/users/nobody", json={"name": "x"}).status_code == 404
    assert client.delete("/users/nobody").status_code == 404
    assert client.patch("/users/nobody", json={}).status_code == 404


def test_a_search_takes_exactly_one_parameter(client: httpx.Client, workspace: Workspace) -> None:
    created(client, workspace, "4", email="Kim+a@Example.com")
    created(client, workspace, "5", email="kim+a@example.com")

    def found(**query: str) -> Any:
        answer = client.get("/users/search", params=query)
        body = answer.json()
        return {u["externalId"] for u in body["results"]} if answer.is_success else 400

    assert found(externalId="4") == {"4"}
    assert found(email="KIM+a@example.com") == {"4", "5"}
    assert found(emailSubdomain="example.com") == {"4", "5"}
    assert found(email="nobody@example.com") == set()
    assert found() == found(email="a@b.c", externalId="4") == found(query="kim") == 400
    workspace.switches.email_search_ignores_case = False
    assert found(email="kim+a@example.com") == {"5"}
    body = client.get("/users/search", params={"externalId": "4"}).json()
    assert list(body) == ["results"]


def test_custom_fields_are_a_bare_array_by_label(
    client: httpx.Client, workspace: Workspace
) -> None:
    workspace.custom_fields = [
        CustomField("2", "Title", "sfdc.Title", "string", 0),
        CustomField("1", "Next step", "vitally.custom.nextSteps", "textarea", 0, ("a",)),
    ]
    fields = client.get("/customFields", params={"model": "users"}).json()
    assert [f["path"] for f in fields] == ["vitally.custom.nextSteps", "sfdc.Title"]
    assert fields[0]["options"] == [{"label": "a", "value": "a"}]
    assert client.get("/customFields", params={"model": "accounts"}).json() == []
    workspace.switches.list_integration_traits = False
    assert len(client.get("/customFields").json()) == 1


# ---- creating


def test_a_numeric_external_id_is_refused_as_recorded(
    client: httpx.Client, workspace: Workspace
) -> None:
    for path in ("/accounts", "/users"):
        body = {"externalId": 9, "name": "x"} | ({"accountIds": []} if path == "/users" else {})
        answer = client.post(path, json=body)
        assert answer.status_code == 400
        assert answer.json() == {
            "error": {
                "message": "validation failed",
                "errors": [
                    {
                        "instancePath": "/externalId",
                        "schemaPath": "#/properties/externalId/type",
                        "keyword": "type",
                        "params": {"type": "string"},
                        "message": "must be string",
                    }
                ],
            }
        }


def test_what_is_missing_is_named_in_ajvs_words(client: httpx.Client, workspace: Workspace) -> None:
    answer = client.post("/users", json={"accountIds": [account_id(workspace)]})
    assert answer.json()["error"]["errors"] == [
        {
            "instancePath": "",
            "schemaPath": "#/required",
            "keyword": "required",
            "params": {"missingProperty": "externalId"},
            "message": "must have required property 'externalId'",
        }
    ]
    without_account = client.post("/users", json={"externalId": "9"}).json()
    missing = [e["params"].get("missingProperty") for e in without_account["error"]["errors"]]
    assert missing == ["accountIds", "organizationIds", None]


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {"externalId": "9", "accountIds": "x"},
        {"externalId": "9", "accountIds": [1]},
        {"externalId": "", "accountIds": []},
        {"externalId": "9", "accountIds": [], "traits": []},
        {"externalId": "9", "accountIds": [], "name": 3},
        {"externalId": "9", "accountIds": ["nobody"]},
        {"externalId": "9", "organizationIds": ["nobody"]},
    ],
)
def test_a_wrong_body_is_refused_and_changes_nothing(
    client: httpx.Client, workspace: Workspace, body: Any
) -> None:
    answer = client.post("/users", json=body)
    assert answer.status_code == 400
    assert "error" in answer.json()
    assert not workspace.users and not workspace.written()


def test_a_body_that_is_no_json_is_refused(client: httpx.Client) -> None:
    for text in ("{", '{"externalId": NaN}', "\xff"):
        assert client.post("/users", content=text.encode("latin-1")).status_code == 400


def test_account_ids_are_vitallys_own(client: httpx.Client, workspace: Workspace) -> None:
    body = {"externalId": "4", "accountIds": ["A1"]}
    assert client.post("/users", json=body).status_code == 400
    workspace.switches.unknown_account_status = 404
    assert client.post("/users", json=body).status_code == 404


def test_a_taken_external_id_is_a_conflict_or_an_upsert(
    client: httpx.Client, workspace: Workspace
) -> None:
    first = created(client, workspace, "4", name="Kim", traits={"a": 1})
    body = {"externalId": "4", "accountIds": [account_id(workspace)], "name": "Other"}
    answer = client.post("/users", json=body)
    assert answer.status_code == 409
    assert isinstance(answer.json()["error"], str)
    workspace.switches.duplicate = Duplicate.BAD_REQUEST
    assert client.post("/users", json=body).status_code == 400
    assert client.get("/users/4").json()["name"] == "Kim"
    workspace.switches.duplicate = Duplicate.UPSERT
    upserted = client.post("/users", json=body).json()
    assert (upserted["id"], upserted["name"], upserted["traits"]) == (
        first["id"],
        "Other",
        {"a": 1},
    )


def test_creating_may_answer_201(client: httpx.Client, workspace: Workspace) -> None:
    workspace.switches.create_status = 201
    body = {"externalId": "4", "accountIds": [account_id(workspace)]}
    assert client.post("/users", json=body).status_code == 201


# ---- updating


def test_an_update_is_partial_and_merges_traits(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    user = created(client, workspace, "4", name="Kim", email="k@x.com", traits={"a": 1, "b": ["x"]})
    clock.advance(1)
    changed = client.put("/users/4", json={"traits": {"a": 2, "c": None}, "name": "Kim B"}).json()
    assert changed["traits"] == {"a": 2, "b": ["x"]}
    assert (changed["name"], changed["email"]) == ("Kim B", "k@x.com")
    assert changed["updatedAt"] > user["updatedAt"]
    assert changed["createdAt"] == user["createdAt"]


def test_null_deletes_a_trait_or_leaves_it_null(client: httpx.Client, workspace: Workspace) -> None:
    created(client, workspace, "4", traits={"a": 1, "b": 2})
    assert client.put("/users/4", json={"traits": {"a": None}}).json()["traits"] == {"b": 2}
    workspace.switches.deleted_trait = DeletedTrait.NULL
    assert client.put("/users/4", json={"traits": {"b": None}}).json()["traits"] == {"b": None}


def test_an_external_id_never_changes(client: httpx.Client, workspace: Workspace) -> None:
    created(client, workspace, "4")
    assert client.put("/users/4", json={"externalId": "5"}).json()["externalId"] == "4"


def test_account_ids_replace_or_join_the_present_ones(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    second = workspace.create_account("A2", "Second").id
    created(client, workspace, "4")
    clock.advance(1)
    replaced = client.put("/users/4", json={"accountIds": [second]}).json()
    assert [a["externalId"] for a in replaced["accounts"]] == ["A2"]
    assert client.get("/accounts/A1").json()["usersCount"] == 0
    assert client.get("/accounts/A1").json()["updatedAt"] == replaced["updatedAt"]
    workspace.switches.accounts_on_update = AccountsOnUpdate.UNION
    joined = client.put("/users/4", json={"accountIds": [account_id(workspace)]}).json()
    assert [a["externalId"] for a in joined["accounts"]] == ["A2", "A1"]


def test_an_update_that_changes_nothing_moves_the_stamp_or_not(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    user = created(client, workspace, "4", name="Kim", traits={"a": 1})
    clock.advance(1)
    moved = client.put("/users/4", json={"name": "Kim", "traits": {"a": 1}}).json()
    assert moved["updatedAt"] > user["updatedAt"]
    workspace.switches.identical_update_moves = False
    clock.advance(1)
    still = client.put("/users/4", json={"name": "Kim"}).json()
    assert still["updatedAt"] == moved["updatedAt"]


def test_trait_values_may_be_checked_against_their_type(
    client: httpx.Client, workspace: Workspace
) -> None:
    workspace.custom_fields = [CustomField("1", "NPS", "sfdc.NPS__c", "number", 0)]
    created(client, workspace, "4", traits={"sfdc.NPS__c": "many"})
    workspace.switches.trait_types_checked = True
    for wrong in ("many", True, [1]):
        answer = client.put("/users/4", json={"traits": {"sfdc.NPS__c": wrong, "other": {}}})
        assert answer.status_code == 400
        assert answer.json()["error"]["errors"][0]["instancePath"] == "/traits/sfdc.NPS__c"
    assert client.put("/users/4", json={"traits": {"sfdc.NPS__c": 4.5}}).status_code == 200


def test_unknown_properties_may_be_refused(client: httpx.Client, workspace: Workspace) -> None:
    created(client, workspace, "4", nickname="K")
    workspace.switches.unknown_properties_refused = True
    answer = client.put("/users/4", json={"nickname": "K"})
    assert answer.json()["error"]["errors"][0]["params"] == {"additionalProperty": "nickname"}


def test_hostile_text_comes_back_as_it_was_sent(client: httpx.Client, workspace: Workspace) -> None:
    for text in (
        "\x1b[31m",
        "[red]x[/red]",
        "\u202eabc",
        "\U0001f469\u200d\U0001f4bb",
        "e\u0301",
        "\u200b",
        "\ud800",
        "\0",
    ):
        body = json.dumps({"name": text, "traits": {text: text}})
        answer = client.put("/users/4", content=body)
        if answer.status_code == 404:
            created(client, workspace, "4")
            answer = client.put("/users/4", content=body)
        assert json.loads(answer.content)["name"] == text


# ---- deleting


def test_a_deleted_user_stays_readable_until_its_day(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    user = created(client, workspace, "4")
    clock.advance(1)
    answer = client.delete("/users/4")
    assert (answer.status_code, answer.content) == (204, b"")
    marked = client.get("/users/4").json()
    assert marked["updatedAt"] > user["updatedAt"]
    assert {k: v for k, v in marked.items() if k != "updatedAt"} == {
        k: v for k, v in user.items() if k != "updatedAt"
    }
    clock.advance(workspace.switches.delete_grace)
    assert client.get("/users/4").status_code == 404
    assert client.get("/users").json()["results"] == []
    assert client.get("/accounts/A1").json()["usersCount"] == 0


def test_a_user_can_be_deleted_on_a_day(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    created(client, workspace, "4")
    assert client.delete("/users/4", params={"deleteOn": "soon"}).status_code == 400
    assert client.delete("/users/4", params={"deleteOn": "2026-11-25"}).status_code == 204
    assert client.get("/users/4").status_code == 200
    clock.advance(86_400)
    assert client.get("/users/4").status_code == 404
    created(client, workspace, "5")
    client.delete("/users/5", params={"deleteOn": "2021-09-01"})
    assert client.get("/users/5").status_code == 404


def test_a_user_can_be_deleted_at_once_and_come_back_under_its_id(
    client: httpx.Client, workspace: Workspace
) -> None:
    user = created(client, workspace, "4", email="k@x.com")
    workspace.delete_user("4", immediately=True)
    assert client.get(f"/users/{user['id']}").status_code == 404
    assert client.get("/users/search", params={"email": "k@x.com"}).json() == {"results": []}
    workspace.restore_user(user["id"])
    back = client.get("/users/4").json()
    assert (back["id"], back["accounts"][0]["usersCount"]) == (user["id"], 1)


def test_a_marked_user_that_was_restored_stays(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    user = created(client, workspace, "4")
    client.delete("/users/4")
    workspace.restore_user(user["id"])
    clock.advance(workspace.switches.delete_grace * 2)
    assert client.get("/users/4").status_code == 200


def test_deleting_an_account_deletes_the_users_that_it_alone_has(
    client: httpx.Client, workspace: Workspace
) -> None:
    workspace.create_account("A2", "Second")
    workspace.create_user("one", accounts=["A1"])
    workspace.create_user("both", accounts=["A1", "A2"])
    assert client.delete("/accounts/A1").status_code == 204
    assert client.get("/users/one").status_code == 404
    assert [a["externalId"] for a in client.get("/users/both").json()["accounts"]] == ["A2"]


def test_orphans_may_be_dropped(client: httpx.Client, workspace: Workspace, clock: Clock) -> None:
    workspace.create_user("orphan")
    workspace.switches.drop_orphans_after = 48 * 3600
    assert client.get("/users/orphan").status_code == 200
    clock.advance(48 * 3600)
    assert client.get("/users/orphan").status_code == 404


# ---- the limit


def test_every_answer_carries_the_limit(client: httpx.Client, workspace: Workspace) -> None:
    workspace.switches.write_cost = 5
    first = client.get("/users").headers
    assert first["ratelimit-limit"] == "1000, 1000;window=60"
    created(client, workspace, "4")
    after = client.get("/users/nobody").headers
    assert int(after["ratelimit-remaining"]) <= int(first["ratelimit-remaining"]) - 5
    assert after["ratelimit-reset"] == "1"


@pytest.mark.parametrize("limiter", list(Limiter))
def test_a_used_up_limit_is_429_without_retry_after(
    client: httpx.Client, workspace: Workspace, limiter: Limiter
) -> None:
    workspace.switches.limiter = limiter
    workspace.switches.requests_per_minute = 3
    codes = [client.get("/users").status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    refused = client.put("/users/4", json={})
    assert refused.status_code == 429
    assert "error" in refused.json()
    assert "retry-after" not in refused.headers
    assert refused.headers["ratelimit-remaining"] == "0"
    assert 1 <= int(refused.headers["ratelimit-reset"]) <= 60


# ---- lists that lag


def test_lists_and_searches_may_lag_behind_writes(
    client: httpx.Client, workspace: Workspace, clock: Clock
) -> None:
    created(client, workspace, "old", email="o@x.com", name="Before")
    workspace.switches.read_delay = 5
    clock.advance(1)
    created(client, workspace, "new", email="n@x.com")
    client.put("/users/old", json={"name": "After"})
    workspace.delete_user("old", immediately=True)

    def listed() -> dict[str, Any]:
        return {u["externalId"]: u["name"] for u in client.get("/users").json()["results"]}

    assert listed() == {"old": "Before"}
    assert client.get("/users/search", params={"externalId": "new"}).json()["results"] == []
    assert client.get("/users/new").status_code == 200
    assert client.get("/users/old").status_code == 404
    clock.advance(5)
    assert listed() == {"new": None}


def test_lists_can_be_held_and_released(client: httpx.Client, workspace: Workspace) -> None:
    created(client, workspace, "4", name="Before")
    workspace.lag.hold()
    client.put("/users/4", json={"name": "After"})
    path = f"/accounts/{account_id(workspace)}/users"
    assert client.get("/users").json()["results"][0]["name"] == "Before"
    assert client.get(path).json()["results"][0]["name"] == "Before"
    assert client.get("/users/4").json()["name"] == "After"
    workspace.lag.release()
    assert client.get("/users").json()["results"][0]["name"] == "After"


# ---- the log of writes


def test_every_write_that_took_effect_is_logged_with_what_it_changed(
    client: httpx.Client, workspace: Workspace
) -> None:
    start = len(workspace.writes)
    user = created(client, workspace, "4", name="Kim")
    client.put("/users/4", json={"name": "Kim B", "traits": {"a": 1}})
    client.put("/users/4", json={"name": 7})
    client.get("/users/4")
    workspace.update_user("4", name="Elsewhere")
    client.delete("/users/4")
    log = workspace.writes[start:]
    assert [(w.by, w.action) for w in log] == [
        ("api", "create"),
        ("api", "update"),
        ("world", "update"),
        ("api", "delete"),
    ]
    assert {w.id for w in log} == {user["id"]}
    assert (log[1].before, log[1].after) == ({"name": "Kim"}, {"name": "Kim B", "a": 1})
    assert log[1].sent == {"name": "Kim B", "traits": {"a": 1}}
    assert [w.number for w in workspace.writes] == list(range(1, len(workspace.writes) + 1))
    assert len(workspace.written(after=start)) == 3
