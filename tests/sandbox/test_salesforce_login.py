"""Logging in, sessions, versions and limits of the local Salesforce."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.sandbox.salesforce_api import Api, problem

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce import Clock, Org

JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_client_credentials_give_a_token_without_expiry(api: Api, org: Org) -> None:
    body = api.login().json()
    assert set(body) == {
        "access_token",
        "signature",
        "scope",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
    }
    assert body["instance_url"] == str(api.client.base_url).rstrip("/")
    assert body["issued_at"] == "1773156620000"
    assert body["id"].endswith(f"/id/{org.org_id}/{org.user_id}")


def test_client_credentials_may_come_as_basic(api: Api) -> None:
    answer = api.client.post(
        "/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=("sandbox-client", "sandbox-secret"),
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_id": "x"}, "invalid_client_id"),
        ({"client_secret": "x"}, "invalid_client"),
        ({"grant_type": "x"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "password", "username": "x", "password": "y"}, "invalid_grant"),
    ],
)
def test_a_refused_login_is_a_400_with_an_object(
    api: Api, form: dict[str, str], error: str
) -> None:
    answer = api.login(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.json()["error_description"]


def test_client_credentials_need_a_run_as_user_and_the_right_host(api: Api, org: Org) -> None:
    org.credentials.run_as = False
    assert api.login().json()["error_description"] == "no client credentials user enabled"
    org.credentials.run_as = True
    org.switches.login_hosts.add("127.0.0.1")
    assert api.login().json()["error"] == "invalid_grant"


def test_the_password_flow_is_off_until_it_is_switched_on(api: Api, org: Org) -> None:
    form = {
        "grant_type": "password",
        "username": "integration@example.com",
        "password": "sandbox-passwordTOKEN",
    }
    assert api.login(**form).status_code == 400
    org.switches.password_flow = True
    assert api.login(**form).status_code == 200
    assert api.login(**{**form, "password": "sandbox-password"}).status_code == 400


def test_a_signed_assertion_gives_a_token(api: Api, org: Org, clock: Clock) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    org.credentials.public_key = (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    good: dict[str, Any] = {
        "iss": "sandbox-client",
        "sub": "integration@example.com",
        "aud": "https://test.salesforce.com",
        "exp": int(clock().timestamp()) + 120,
    }

    def ask(**changes: Any) -> tuple[int, str]:
        assertion = jwt.encode({**good, **changes}, key, algorithm="RS256")
        answer = api.login(grant_type=JWT, assertion=assertion)
        return answer.status_code, answer.json().get("error_description", "")

    assert ask() == (200, "")
    assert ask(aud="https://login.salesforce.com") == (400, "audience is invalid")
    assert ask(iss="x") == (400, "client identifier invalid")
    assert ask(sub="x") == (400, "user hasn't approved this consumer")
    assert ask(exp=int(clock().timestamp()) - 1)[0] == 400
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(good, other, algorithm="RS256")
    assert api.login(grant_type=JWT, assertion=forged).status_code == 400


def test_userinfo_says_which_org_user_and_time_zone(api: Api, org: Org) -> None:
    org.time_zone = "Europe/Berlin"
    body = api.get("/services/oauth2/userinfo").json()
    assert body["organization_id"] == org.org_id
    assert body["user_id"] == org.user_id
    assert body["zoneinfo"] == "Europe/Berlin"
    rows = api.query(f"SELECT Name, TimeZoneSidKey FROM User WHERE Id = '{org.user_id}'")
    assert rows["records"][0]["TimeZoneSidKey"] == "Europe/Berlin"
    rows = api.query("SELECT Id, IsSandbox FROM Organization")
    assert rows["records"][0]["Id"] == org.org_id
    assert rows["records"][0]["IsSandbox"] is True


def test_a_dead_token_is_a_401_and_nothing_is_applied(api: Api, org: Org) -> None:
    row = org.create("Contact", {"LastName": "Doe"})
    org.sessions.expire()
    answer = api.patch(f"sobjects/Contact/{row}", {"LastName": "Roe"})
    assert answer.status_code == 401
    assert answer.json() == [
        {"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}
    ]
    assert answer.headers["sforce-limit-info"] == "api-usage=0/100000"
    assert org.value(row, "LastName") == "Doe"


def test_a_session_dies_of_inactivity_or_after_so_many_calls(
    api: Api, org: Org, clock: Clock
) -> None:
    clock.advance(7000)
    assert api.get("limits").status_code == 200
    clock.advance(7000)
    assert api.get("limits").status_code == 200
    clock.advance(timedelta(hours=2, seconds=1).total_seconds())
    assert api.get("limits").status_code == 401
    org.sessions.expire_after(2)
    api.token = api.login().json()["access_token"]
    assert [api.get("limits").status_code for _ in range(3)] == [200, 200, 401]


def test_versions_are_open_and_not_counted(api: Api, org: Org) -> None:
    org.sessions.expire()
    answer = api.get("/services/data")
    assert answer.json()[-1] == {
        "label": "Summer '26",
        "url": "/services/data/v67.0",
        "version": "67.0",
    }
    assert "sforce-limit-info" not in answer.headers
    assert org.usage.used == 0


def test_retired_versions_are_gone_and_future_ones_unknown(api: Api) -> None:
    assert api.get("limits", version="v30.0").status_code == 410
    assert api.get("limits", version="v68.0").status_code == 404
    assert api.get("limits", version="v31.0").status_code == 200


def test_calls_are_counted_and_refused_when_used_up(api: Api, org: Org) -> None:
    org.usage.max = 2
    answer = api.get("limits")
    assert answer.headers["sforce-limit-info"] == "api-usage=1/2"
    assert answer.json()["DailyApiRequests"] == {"Max": 2, "Remaining": 1}
    assert api.get("sobjects/Contact/x").status_code == 404
    answer = api.get("limits")
    assert problem(answer) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert answer.headers["sforce-limit-info"] == "api-usage=2/2"
    org.usage.app = "per-app-api-usage=17/250(appName=sample)"
    assert api.get("limits").headers["sforce-limit-info"].endswith("; " + org.usage.app)


def test_the_date_header_may_run_apart_from_the_stamps(api: Api, org: Org) -> None:
    org.date_skew = -90
    assert api.get("limits").headers["date"] == "Tue, 10 Mar 2026 15:28:50 GMT"


def test_too_long_addresses_and_headers_are_refused_in_html(api: Api) -> None:
    answer = api.get("query", params={"q": "x" * 17_000})
    assert (answer.status_code, answer.text[:6]) == (414, "<html>")
    answer = api.get("limits", headers={"x-long": "x" * 17_000})
    assert (answer.status_code, answer.text[:6]) == (431, "<html>")


def test_unknown_resources_are_not_found(api: Api) -> None:
    assert problem(api.get("nonsense")) == (404, "NOT_FOUND")
    assert problem(api.get("sobjects/Foo/describe")) == (404, "NOT_FOUND")
