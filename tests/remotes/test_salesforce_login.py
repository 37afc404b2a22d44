"""Logging in to Salesforce: four ways, and never with secrets where they do not belong."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sfvtui.config import Auth
from sfvtui.errors import ConfigError, LoginRefused, SecretError, SfvtuiError
from tests.remotes.scripted import ORG, SECRETS, USER, Reply

TOKEN = "/services/oauth2/token"
QUERY = "/services/data/v62.0/query"
DEAD = Reply(
    [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], status=401
)
ONE_PAGE = {"totalSize": 0, "done": True, "records": []}


def test_client_credentials_are_sent_as_a_form(org, salesforce):
    org.on("GET", QUERY, ONE_PAGE)
    list(salesforce().query("SELECT Id FROM Contact"))
    assert org.seen("POST", TOKEN)[0].form == {
        "grant_type": "client_credentials",
        "client_id": "3MVG9",
        "client_secret": SECRETS["env:SF"],
    }
    assert org.seen("GET", QUERY)[0].headers["authorization"] == "Bearer 00Dsession!s3cret"


def test_a_password_is_joined_with_the_security_token(org, salesforce):
    org.on("GET", QUERY, ONE_PAGE)
    client = salesforce(
        auth=Auth.PASSWORD, username="me@acme.example", password="pa55word", security_token="t0ken"
    )
    list(client.query("SELECT Id FROM Contact"))
    form = org.seen("POST", TOKEN)[0].form
    assert (form["grant_type"], form["username"]) == ("password", "me@acme.example")
    assert form["password"] == "pa55wordt0ken"


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_a_jwt_is_signed_for_salesforces_login_host(org, salesforce, key):
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    org.on("GET", QUERY, ONE_PAGE)
    client = salesforce(auth=Auth.JWT, username="me@acme.example", private_key=pem)
    list(client.query("SELECT Id FROM Contact"))
    form = org.seen("POST", TOKEN)[0].form
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(
        form["assertion"],
        key.public_key(),
        algorithms=["RS256"],
        audience="https://login.salesforce.com",
    )
    assert (claims["iss"], claims["sub"]) == ("3MVG9", "me@acme.example")


def test_a_key_that_is_none_is_named_and_not_shown(salesforce):
    client = salesforce(auth=Auth.JWT, username="me", private_key="n0-such-key")
    with pytest.raises(SecretError, match=r"salesforce\.private_key") as caught:
        client.connect()
    assert "n0-such-key" not in str(caught.value)


def test_an_access_token_is_used_as_it_is(org, salesforce):
    org.on("GET", QUERY, ONE_PAGE)
    list(salesforce(auth=Auth.ACCESS_TOKEN, access_token="env:TOKEN").query("SELECT Id FROM User"))
    assert not org.seen("POST", TOKEN)
    assert org.seen("GET", QUERY)[0].headers["authorization"] == f"Bearer {SECRETS['env:TOKEN']}"


def test_a_refused_login_says_salesforces_words_and_hides_an_echoed_secret(org, salesforce):
    told = {"error": "invalid_client", "error_description": f"bad {SECRETS['env:SF']} given"}
    org.on("POST", TOKEN, Reply(told, 400))
    with pytest.raises(LoginRefused, match="invalid_client") as caught:
        salesforce().connect()
    assert SECRETS["env:SF"] not in str(caught.value)
    assert "[secret]" in str(caught.value)
    assert "client_secret" in caught.value.mend


def test_a_dead_session_is_renewed_once_and_the_write_repeated_with_all_its_headers(
    org, salesforce
):
    from datetime import UTC, datetime

    from sfvtui.remotes.salesforce import Outcome, Write

    path = "/services/data/v62.0/sobjects/Contact/003000000000001AAA"
    org.on("PATCH", path, DEAD, Reply(None, 204))
    client = salesforce()
    client.guard = "single"
    stamp = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    [result] = client.update("Contact", [Write("003000000000001AAA", {"Title": "VP"}, stamp)])
    assert result.outcome is Outcome.LANDED
    first, second = org.seen("PATCH", path)
    assert first.headers["if-unmodified-since"] == "Tue, 24 Nov 2026 09:00:00 GMT"
    assert second.headers["if-unmodified-since"] == first.headers["if-unmodified-since"]
    assert second.headers["sforce-auto-assign"] == "FALSE"
    assert len(org.seen("POST", TOKEN)) == 2


def test_a_session_that_dies_at_once_again_is_a_refused_login(org, salesforce):
    org.on("GET", QUERY, DEAD)
    with pytest.raises(LoginRefused):
        list(salesforce().query("SELECT Id FROM Contact"))
    assert len(org.seen("GET", QUERY)) == 2


@pytest.mark.parametrize("body", [b"<html>401</html>", {"error": "nope"}, None])
def test_a_401_of_any_shape_ends_the_session(org, salesforce, body: Any):
    org.on("GET", QUERY, Reply(body, 401), ONE_PAGE)
    assert len(list(salesforce().query("SELECT Id FROM Contact"))) == 1


def test_a_dead_access_token_stops_clearly(org, salesforce):
    org.on("GET", QUERY, DEAD)
    client = salesforce(auth=Auth.ACCESS_TOKEN, access_token="env:TOKEN")
    with pytest.raises(LoginRefused, match="no longer takes the access token") as caught:
        list(client.query("SELECT Id FROM Contact"))
    assert SECRETS["env:TOKEN"] not in repr(caught.value)
    assert len(org.seen("GET", QUERY)) == 1


@pytest.mark.parametrize(
    "url", ["http://acme.my.salesforce.com", "ftp://acme.example", "acme", "https://u:p@acme.com"]
)
def test_an_unsafe_address_is_refused_before_anything_is_sent(salesforce, url: str):
    with pytest.raises(ConfigError, match=r"salesforce\.instance_url"):
        salesforce(instance_url=url).connect()


def test_a_login_that_answers_with_an_unsafe_address_is_refused(org, salesforce):
    told = {"access_token": "00Dsession!s3cret", "instance_url": "http://evil.example"}
    org.on("POST", TOKEN, told)
    with pytest.raises(LoginRefused, match="not safe"):
        salesforce().connect()
    assert len(org.requests) == 1


def test_credentials_never_follow_a_redirect_to_another_origin(org, elsewhere, salesforce):
    org.on("POST", TOKEN, Reply(None, 307, {"Location": f"{elsewhere.url}{TOKEN}"}))
    with pytest.raises(SfvtuiError, match="redirects to") as caught:
        salesforce().connect()
    assert elsewhere.url in str(caught.value)
    assert not elsewhere.requests


def test_a_read_never_follows_a_redirect_to_another_origin(org, elsewhere, salesforce):
    org.on("GET", QUERY, Reply(None, 302, {"Location": f"{elsewhere.url}{QUERY}"}))
    with pytest.raises(SfvtuiError, match="redirects to"):
        list(salesforce().query("SELECT Id FROM Contact"))
    assert not elsewhere.requests


def test_a_read_follows_a_redirect_within_its_origin(org, salesforce):
    org.on("GET", QUERY, Reply(None, 302, {"Location": "/moved?q=x"}))
    org.on("GET", "/moved", ONE_PAGE)
    assert len(list(salesforce().query("SELECT Id FROM Contact"))) == 1


def test_netrc_and_proxy_never_touch_loopback(org, salesforce, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login x password y\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    org.on("GET", QUERY, ONE_PAGE)
    list(salesforce().query("SELECT Id FROM Contact"))
    assert org.seen("GET", QUERY)[0].headers["authorization"].startswith("Bearer ")


def test_the_newest_api_version_that_both_know_is_used(org, salesforce):
    org.on("GET", "/services/data", [{"version": "59.0"}, {"version": "66.0"}, {"version": "99.0"}])
    org.on("GET", "/services/data/v66.0/query", ONE_PAGE)
    list(salesforce(api_version=None).query("SELECT Id FROM Contact"))
    assert org.seen("GET", "/services/data/v66.0/query")
    assert "authorization" not in org.seen("GET", "/services/data")[0].headers


def test_the_organization_is_known_from_the_login_userinfo_and_a_query(org, salesforce):
    org.on("GET", "/services/oauth2/userinfo", {"user_id": USER, "zoneinfo": "Europe/Berlin"})
    org.on("GET", QUERY, {**ONE_PAGE, "records": [{"Id": ORG, "IsSandbox": True}]})
    client = salesforce()
    found = client.connect()
    assert (found.org_id, found.user_id, found.is_sandbox) == (ORG, USER, True)
    assert (found.time_zone, found.api_version) == ("Europe/Berlin", "62.0")
    assert found.instance_url == org.url
    seen = len(org.requests)
    assert client.connect() is found
    assert len(org.requests) == seen


def test_an_organization_that_tells_little_is_still_connected(org, salesforce):
    refused = Reply([{"errorCode": "INVALID_TYPE", "message": "not supported"}], 400)
    org.on("GET", QUERY, refused)
    org.on("GET", "/services/oauth2/userinfo", Reply(b"Bad_OAuth_Token", 403))
    found = salesforce().connect()
    assert (found.org_id, found.is_sandbox, found.time_zone) == (ORG, None, None)


def test_the_time_zone_falls_back_to_the_users_row(org, salesforce):
    def answer(request: Any) -> Any:
        if "TimeZoneSidKey" in request.query["q"]:
            return {**ONE_PAGE, "records": [{"TimeZoneSidKey": "Asia/Tokyo"}]}
        return ONE_PAGE

    org.on("GET", QUERY, answer)
    assert salesforce().connect().time_zone == "Asia/Tokyo"


def test_nothing_of_http_is_imported_before_the_first_call():
    code = (
        "import sys, sfvtui.remotes.salesforce, sfvtui.remotes.vitally;"
        "print([m for m in ('requests','httpx','simple_salesforce','msgspec') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_secret_is_in_the_log(org, salesforce, lines: list[str]):
    org.on("GET", QUERY, DEAD, ONE_PAGE)
    list(salesforce().query("SELECT Id FROM Contact WHERE Name = 'x'"))
    text = "\n".join(lines)
    assert "GET /services/data/v62.0/query 200" in text
    assert "WHERE" not in text
    assert not any(secret in text for secret in (*SECRETS.values(), "00Dsession!s3cret"))


def test_a_server_that_is_down_is_unreachable_after_some_patience(salesforce, server, sleeps):
    from sfvtui.errors import Unreachable

    server.close()
    with pytest.raises(Unreachable, match="refused the connection"):
        salesforce().connect()
    assert 0 < sum(sleeps) <= 60
