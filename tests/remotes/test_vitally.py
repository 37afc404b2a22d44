"""Vitally: lists newest first, exact outcomes of writes, errors of both shapes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sfvtui.errors import (
    ConfigError,
    CursorLost,
    Garbled,
    LoginRefused,
    SfvtuiError,
    Unreachable,
)
from sfvtui.remotes.vitally import Outcome
from tests.remotes.scripted import SECRETS, Reply

USERS = "/resources/users"
KIM = {"id": "32e17794-0000-4428-82c4-000000000001", "externalId": "4", "traits": {}}
AJV = {
    "error": {
        "message": "validation failed",
        "errors": [
            {
                "instancePath": "/externalId",
                "schemaPath": "#/properties/externalId/type",
                "keyword": "type",
                "params": {"type": "string"},
                "message": "must be string",
            },
            {
                "instancePath": "",
                "keyword": "required",
                "params": {"missingProperty": "accountIds"},
                "message": "must have required property 'accountIds'",
            },
            {"instancePath": "/traits/sfdc.Title", "keyword": "type", "message": "must be string"},
        ],
    }
}


def test_the_key_is_the_user_name_and_there_is_no_password(server, vitally):
    server.on("GET", USERS, {"results": [], "next": None})
    list(vitally().users(sort="createdAt"))
    sent = server.requests[0].headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")) == f"{SECRETS['env:KEY']}:".encode()


def test_users_come_in_pages_that_resume(server, vitally):
    server.on(
        "GET",
        USERS,
        {"results": [KIM], "next": "c2Vj", "atEnd": False},
        {"results": [], "next": None, "atEnd": True},
    )
    one, two = vitally().users(sort="updatedAt")
    assert (one.rows, one.next, two.next) == ([KIM], "c2Vj", None)
    first, second = server.seen("GET", USERS)
    assert first.query == {"limit": "100", "sortBy": "updatedAt"}
    assert second.query["from"] == "c2Vj"
    list(vitally().users(sort="updatedAt", resume=one.next))
    assert server.requests[-1].query["from"] == "c2Vj"


def test_accounts_of_churned_customers_are_read_too(server, vitally):
    server.on("GET", "/resources/accounts", {"results": [], "next": None})
    list(vitally().accounts(sort="createdAt"))
    assert server.requests[0].query["status"] == "activeOrChurned"


def test_a_cursor_that_is_refused_is_lost(server, vitally):
    server.on("GET", USERS, Reply({"error": "invalid cursor"}, 400))
    with pytest.raises(CursorLost):
        list(vitally().users(sort="createdAt", resume="b2xk"))


def test_a_page_that_leads_to_itself_ends_the_read(server, vitally):
    server.on("GET", USERS, {"results": [], "next": "c2Vj"})
    with pytest.raises(Garbled):
        list(vitally().users(sort="createdAt"))


def test_a_user_is_found_by_either_id_and_none_where_there_is_none(server, vitally):
    server.on("GET", f"{USERS}/kim+x/y@acme.example", KIM)
    server.on("GET", f"{USERS}/no", Reply({"error": "Not found"}, 404))
    client = vitally()
    assert client.user("kim+x/y@acme.example") == KIM
    assert client.user("no") is None
    seen = len(server.requests)
    assert client.user("") is None
    assert len(server.requests) == seen


def test_an_external_id_of_dots_never_climbs_the_path(server, vitally):
    server.on("GET", f"{USERS}/search", {"results": []})
    assert vitally().user("..") is None
    assert server.requests[0].query == {"externalId": ".."}


def test_search_takes_one_of_external_id_and_email(server, vitally):
    server.on("GET", f"{USERS}/search", {"results": [KIM]})
    client = vitally()
    assert client.search(email="kim+a@acme.example") == [KIM]
    assert server.requests[0].query == {"email": "kim+a@acme.example"}
    assert client.search(external_id="4") == [KIM]
    with pytest.raises(ValueError, match="not both"):
        client.search(external_id="4", email="x")


def test_custom_fields_are_a_bare_list(server, vitally):
    server.on("GET", "/resources/customFields", [{"label": "Next steps", "type": "textarea"}])
    assert vitally().custom_fields()[0]["label"] == "Next steps"
    assert server.requests[0].query == {"model": "users"}


@pytest.mark.parametrize("status", [200, 201])
def test_a_created_user_landed_with_what_vitally_answered(server, vitally, status: int):
    server.on("POST", USERS, Reply(KIM, status))
    result = vitally().create({"externalId": "4", "accountIds": ["a"]})
    assert (result.outcome, result.user) == (Outcome.LANDED, KIM)
    assert server.requests[0].json == {"externalId": "4", "accountIds": ["a"]}


@pytest.mark.parametrize(
    ("status", "body"),
    [(409, {"error": "conflict"}), (400, {"error": "A user with this externalId already exists"})],
)
def test_a_creation_that_there_is_already_exists(server, vitally, status, body):
    server.on("POST", USERS, Reply(body, status))
    assert vitally().create({"externalId": "4"}).outcome is Outcome.EXISTS


def test_a_refusal_names_its_fields_whatever_the_shape_of_the_error(server, vitally):
    server.on("POST", USERS, Reply(AJV, 400), Reply({"error": "bad request"}, 400))
    client = vitally()
    first, second = client.create({"externalId": 4}), client.create({})
    assert first.outcome is second.outcome is Outcome.REFUSED
    assert [(p.code, p.message, p.fields) for p in first.problems] == [
        ("type", "externalId must be string", ("externalId",)),
        ("required", "must have required property 'accountIds'", ("accountIds",)),
        ("type", "sfdc.Title must be string", ("sfdc.Title",)),
    ]
    assert second.problems[0].message == "bad request"


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(
    "fault",
    [
        Reply(None, drop=True),
        Reply(b"<html>503</html>", 503),
        Reply({"error": "oops"}, 500),
        Reply(b"<html>hello</html>"),
        Reply(KIM, cut=True),
        Reply({"no": "id"}),
    ],
)
def test_a_lost_reply_is_unknown_and_nothing_is_sent_again(server, vitally, method, fault):
    server.on(method, USERS if method == "POST" else f"{USERS}/{KIM['id']}", fault)
    client = vitally()
    result = client.create({}) if method == "POST" else client.update(KIM["id"], {})
    assert result.outcome is Outcome.UNKNOWN
    assert len(server.requests) == 1


def test_an_update_of_a_user_that_is_gone_says_so(server, vitally):
    server.on("PUT", f"{USERS}/{KIM['id']}", Reply({"error": "Not found"}, 404))
    assert vitally().update(KIM["id"], {"traits": {}}).outcome is Outcome.GONE


def test_an_update_that_answers_nothing_landed(server, vitally):
    server.on("PUT", f"{USERS}/{KIM['id']}", Reply(None, 204))
    assert vitally().update(KIM["id"], {}).outcome is Outcome.LANDED


def test_no_connection_means_busy(server, vitally):
    server.close()
    result = vitally().create({"externalId": "4"})
    assert result.outcome is Outcome.BUSY
    assert "refused the connection" in result.problems[0].message


def test_a_429_is_waited_out_and_the_write_sent_again(server, vitally, sleeps):
    full = {"RateLimit-Limit": "1000, 1000;window=60", "RateLimit-Remaining": "0"}
    limited = Reply({"error": "slow down"}, 429, {**full, "RateLimit-Reset": "17"})
    server.on("POST", USERS, limited, KIM)
    client = vitally()
    assert client.create({"externalId": "4"}).outcome is Outcome.LANDED
    assert sum(sleeps) >= 17
    assert client.limits.limit == 1000


def test_a_429_that_does_not_end_is_busy(server, vitally, sleeps):
    server.on("POST", USERS, Reply({"error": "slow down"}, 429, {"RateLimit-Reset": "60"}))
    assert vitally().create({"externalId": "4"}).outcome is Outcome.BUSY
    assert sum(sleeps) < 3600


def test_reading_slows_down_before_the_limit_is_reached(server, vitally, sleeps):
    def told(remaining: int) -> Reply:
        headers = {"RateLimit-Limit": "1000, 1000;window=60", "RateLimit-Reset": "30"}
        page = {"results": [], "next": f"p{remaining}" if remaining else None}
        return Reply(page, 200, {**headers, "RateLimit-Remaining": str(remaining)})

    server.on("GET", USERS, told(900), told(150), told(10), told(0))
    list(vitally().users(sort="createdAt"))
    assert len(sleeps) == 2
    assert sleeps[0] == pytest.approx(0.06)
    assert sleeps[1] == pytest.approx(30, abs=1)


@pytest.mark.parametrize("body", [{"error": "Unauthorized"}, b"<html>", None])
def test_a_wrong_key_is_a_refused_login_without_the_key(server, vitally, body: Any):
    server.on("GET", USERS, Reply(body, 401))
    with pytest.raises(LoginRefused, match="API key") as caught:
        list(vitally().users(sort="createdAt"))
    assert SECRETS["env:KEY"] not in str(caught.value)


def test_a_key_that_the_server_echoes_is_not_shown(server, vitally, lines):
    ready = base64.b64encode(f"{SECRETS['env:KEY']}:".encode()).decode()
    server.on("POST", USERS, Reply({"error": f"no {SECRETS['env:KEY']} and {ready}"}, 400))
    result = vitally().create({})
    assert result.problems[0].message == "no [secret] and [secret]"
    assert not any(SECRETS["env:KEY"] in line for line in lines)


def test_the_key_never_follows_a_redirect_to_another_origin(server, elsewhere, vitally):
    server.on("GET", USERS, Reply(None, 302, {"Location": f"{elsewhere.url}{USERS}"}))
    with pytest.raises(SfvtuiError, match="redirects to"):
        list(vitally().users(sort="createdAt"))
    assert not elsewhere.requests


def test_a_passing_fault_of_a_read_passes(server, vitally, sleeps):
    good = {"results": [KIM], "next": None}
    server.on(
        "GET",
        USERS,
        Reply(b"<html>", 503),
        Reply(None, drop=True),
        Reply(good, cut=True),
        Reply(b"<html>"),
        good,
    )
    [page] = vitally().users(sort="createdAt")
    assert page.rows == [KIM]
    assert len(sleeps) == 4


def test_patience_ends(server, vitally):
    server.on("GET", USERS, Reply(b"<html>", 503))
    with pytest.raises(Unreachable):
        list(vitally().users(sort="createdAt"))


def test_http_elsewhere_than_on_loopback_is_refused(vitally):
    with pytest.raises(ConfigError, match=r"vitally\.base_url"):
        list(vitally(base_url="http://acme.rest.vitally.io").users(sort="createdAt"))


def test_netrc_and_proxy_never_touch_loopback(server, vitally, monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.on("GET", USERS, {"results": [], "next": None})
    assert len(list(vitally().users(sort="createdAt"))) == 1


def test_an_unknown_account_is_no_existing_user(server, vitally):
    server.on("POST", USERS, Reply({"error": "Account does not exist: 7"}, 400))
    assert vitally().create({"externalId": "4"}).outcome is Outcome.REFUSED


def test_a_body_that_only_trickles_ends_in_time(server, vitally, monkeypatch):
    from sfvtui.remotes.vitally import transport

    monkeypatch.setattr(transport, "WHOLE_SECONDS", -1.0)
    server.on("GET", USERS, {"results": [], "next": None})
    with pytest.raises(Unreachable, match="in time"):
        list(vitally().users(sort="createdAt"))


def test_a_key_that_no_header_can_hold_never_leaves(server, vitally):
    result = vitally(api_key="Basic s3cret\r\nX-Evil: 1").create({"externalId": "4"})
    assert result.outcome is Outcome.BUSY
    assert "s3cret" not in str(result.problems)
    assert not server.requests
