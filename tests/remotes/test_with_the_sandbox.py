"""Both clients against the sandbox's servers, which behave as the services are known to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sfvtui.config import Auth, Settings, load
from sfvtui.errors import CursorLost, LoginRefused, RequestRefused, Stopped
from sfvtui.remotes.salesforce import Outcome, Salesforce, Write
from sfvtui.remotes.vitally import Vitally
from sfvtui.sandbox import faults
from sfvtui.sandbox.serve import Sandbox, running_sandbox
from sfvtui.sandbox.vitally import Duplicate
from sfvtui.secrets import resolve_secret

FIELDS = ("Id", "LastName", "Title", "LastModifiedDate", "SystemModstamp", "Account.Name")
SELECT = f"SELECT {', '.join(FIELDS)} FROM Contact"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(records=300) as running:
        yield running


@pytest.fixture
def settings(sandbox: Sandbox) -> Settings:
    return load(sandbox.config_path, {})


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def salesforce(sandbox, settings, waits) -> Iterator[Salesforce]:
    client = Salesforce(
        settings.salesforce, settings.network, secret=resolve_secret, sleep=waits.append
    )
    yield client
    client.close()


@pytest.fixture
def vitally(sandbox, settings, waits) -> Iterator[Vitally]:
    client = Vitally(settings.vitally, settings.network, secret=resolve_secret, sleep=waits.append)
    yield client
    client.close()


def stamp(row: Any) -> datetime:
    return datetime.fromisoformat(row["LastModifiedDate"])


def some(sandbox: Sandbox, count: int) -> list[str]:
    return [row["Id"] for row in sandbox.org.table("Contact")][:count]


def sent(seen: faults.Faults, method: str, path: str = "") -> int:
    """How many such requests came; a request whose answer was lost is noted a moment later."""
    end = time.monotonic() + 10
    while not seen.count(method, path) and time.monotonic() < end:
        time.sleep(0.005)
    return seen.count(method, path)


# --- Salesforce -----------------------------------------------------------------------------------


def test_the_organization_is_known(sandbox, salesforce):
    found = salesforce.connect()
    assert found.org_id == sandbox.org.org_id
    assert found.user_id == sandbox.org.user_id
    assert found.is_sandbox is sandbox.org.is_sandbox
    assert found.time_zone == sandbox.org.zone.key
    assert found.instance_url == sandbox.salesforce_url
    assert salesforce.usage is not None


@pytest.mark.parametrize("is_sandbox", [True, False])
def test_jwt_logs_in_to_production_and_sandbox_alike(sandbox, settings, is_sandbox):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public, private = serialization.PublicFormat, serialization.PrivateFormat
    pem = serialization.Encoding.PEM
    sandbox.org.is_sandbox = is_sandbox
    known = sandbox.org.credentials
    known.public_key = key.public_key().public_bytes(pem, public.SubjectPublicKeyInfo).decode()
    login = settings.salesforce._replace(
        auth=Auth.JWT,
        username=known.username,
        private_key=key.private_bytes(pem, private.PKCS8, serialization.NoEncryption()).decode(),
    )
    client = Salesforce(login, settings.network, secret=resolve_secret)
    assert client.connect().org_id == sandbox.org.org_id
    client.close()


def test_a_wrong_secret_is_a_refused_login(settings):
    wrong = settings.salesforce._replace(client_secret="wr0ng-s3cret")
    client = Salesforce(wrong, settings.network, secret=resolve_secret)
    with pytest.raises(LoginRefused) as caught:
        client.connect()
    assert "wr0ng-s3cret" not in str(caught.value)
    client.close()


def test_objects_and_describes_are_read(salesforce):
    assert "Contact" in {one.name for one in salesforce.objects() if one.queryable}
    assert salesforce.describe("Contact")["name"] == "Contact"


def test_a_query_and_a_bulk_query_read_the_same_rows(sandbox, salesforce):
    by_query = {row["Id"]: row for page in salesforce.query(SELECT) for row in page.rows}
    by_bulk = {row["Id"]: row for page in salesforce.bulk_query(SELECT) for row in page.rows}
    assert set(by_query) == set(by_bulk)
    assert len(by_query) == salesforce.count("SELECT COUNT() FROM Contact")
    for row_id, row in by_query.items():
        assert set(row) == set(FIELDS)
        for name in ("LastName", "Title", "Account.Name"):
            assert (row[name] or "") == by_bulk[row_id][name]


def test_pages_resume_and_die_with_their_cursor(sandbox, salesforce):
    sandbox.org.switches.small_pages_for_long_text = True
    soql = "SELECT Id, Description FROM Contact"
    pages = list(salesforce.query(soql))
    assert len(pages) > 1
    rest = list(salesforce.query(soql, resume=pages[0].next))
    assert [r["Id"] for p in rest for r in p.rows] == [r["Id"] for p in pages[1:] for r in p.rows]
    sandbox.org.cursors.kill()
    with pytest.raises(CursorLost):
        list(salesforce.query(soql, resume=pages[0].next))


def test_a_long_filter_is_asked_all_the_same(sandbox, salesforce):
    ids = some(sandbox, 200)
    listed = ",".join(f"'{one}'" for one in ids)
    rows = [r for p in salesforce.query(f"{SELECT} WHERE Id IN ({listed})") for r in p.rows]
    assert {row["Id"] for row in rows} == set(ids)


def test_reading_by_id_says_none_for_the_deleted(sandbox, salesforce):
    gone, kept = some(sandbox, 2)
    sandbox.org.delete(gone)
    for fields in (("LastName",), ("LastName", "Account.Name")):
        found = salesforce.read("Contact", [gone, kept], fields)
        assert found[gone] is None
        assert found[kept] is not None
        assert found[kept]["LastName"] == sandbox.org.value(kept, "LastName")


def test_a_hidden_field_is_refused_by_name(sandbox, salesforce):
    sandbox.org.hide_field("Contact", "Title")
    with pytest.raises(RequestRefused) as caught:
        list(salesforce.query("SELECT Id, Title FROM Contact"))
    assert caught.value.problems[0].fields == ("Title",)


@pytest.mark.parametrize("guard", ["composite", "single"])
def test_guarded_writes_land_or_say_that_the_row_moved(sandbox, salesforce, guard):
    salesforce.guard = guard
    ids = some(sandbox, 3)
    rows = salesforce.read("Contact", ids, ["Title", "LastModifiedDate"])
    sandbox.world.clock.advance(5)
    sandbox.org.update(ids[1], {"Title": "somebody else's"})
    sandbox.org.lock_row(ids[2])
    writes = [Write(one, {"Title": "VP"}, stamp(rows[one])) for one in ids]
    results = salesforce.update("Contact", writes)
    assert [r.outcome for r in results] == [Outcome.LANDED, Outcome.MOVED, Outcome.BUSY]
    assert sandbox.org.value(ids[0], "Title") == "VP"
    assert sandbox.org.value(ids[1], "Title") == "somebody else's"


@pytest.mark.parametrize("kind", ["composite", "single"])
def test_the_guard_is_proven_where_it_is_honoured(sandbox, salesforce, kind):
    [one] = some(sandbox, 1)
    values = {"Title": sandbox.org.value(one, "Title")}
    assert salesforce.prove_guard("Contact", one, values, kind)
    sandbox.org.switches.guard_honoured = False
    assert not salesforce.prove_guard("Contact", one, values, kind)


def test_a_composite_call_that_ignores_conditions_proves_nothing(sandbox, salesforce):
    sandbox.org.switches.composite_honours_conditions = False
    [one] = some(sandbox, 1)
    values = {"Title": sandbox.org.value(one, "Title")}
    assert not salesforce.prove_guard("Contact", one, values, "composite")
    assert salesforce.prove_guard("Contact", one, values, "single")


def test_a_refusal_names_the_field(sandbox, salesforce):
    [one] = some(sandbox, 1)
    row = salesforce.read("Contact", [one], ["LastModifiedDate"])[one]
    [result] = salesforce.update("Contact", [Write(one, {"Title": "x" * 5000}, stamp(row))])
    assert result.outcome is Outcome.REFUSED
    assert result.problems[0].code == "STRING_TOO_LONG"
    assert result.problems[0].fields == ("Title",)


@pytest.mark.parametrize(
    ("guard", "fault"),
    [
        ("composite", faults.DropReply()),
        ("composite", faults.Truncate(5)),
        ("composite", faults.wrong_json()),
        ("composite", faults.html(503)),
        ("single", faults.DropReply()),
        ("single", faults.html(503)),
    ],
)
def test_a_lost_reply_is_unknown_and_sent_once(sandbox, salesforce, guard, fault):
    salesforce.guard = guard
    [one] = some(sandbox, 1)
    row = salesforce.read("Contact", [one], ["LastModifiedDate"])[one]
    method, path = ("POST", "/composite$") if guard == "composite" else ("PATCH", one)
    sandbox.salesforce_faults.add(fault, method=method, path=path)
    [result] = salesforce.update("Contact", [Write(one, {"Title": "VP"}, stamp(row))])
    assert result.outcome is Outcome.UNKNOWN
    assert sent(sandbox.salesforce_faults, method, path) == 1


def test_an_expired_session_in_mid_push_is_renewed_with_the_guard_kept(sandbox, salesforce):
    [one] = some(sandbox, 1)
    row = salesforce.read("Contact", [one], ["LastModifiedDate"])[one]
    sandbox.world.clock.advance(5)
    sandbox.org.update(one, {"Title": "somebody else's"})
    sandbox.org.sessions.expire()
    salesforce.guard = "single"
    [result] = salesforce.update("Contact", [Write(one, {"Title": "VP"}, stamp(row))])
    assert result.outcome is Outcome.MOVED


@pytest.mark.parametrize(
    "fault",
    [faults.Reset(), faults.DropReply(), faults.html(503), faults.html(502), faults.Truncate(9)],
)
def test_a_passing_fault_of_a_read_passes(sandbox, salesforce, waits, fault):
    sandbox.salesforce_faults.add(fault, path="/query")
    assert salesforce.count("SELECT COUNT() FROM Contact")
    assert len(waits) == 1


def test_the_reserve_and_the_daily_limit_stop(sandbox, salesforce):
    salesforce.objects()
    sandbox.org.usage.used = sandbox.org.usage.max
    with pytest.raises(Stopped) as caught:
        salesforce.objects()
    assert caught.value.rule == "daily_limit"
    with pytest.raises(Stopped) as caught:
        salesforce.objects()
    assert caught.value.rule == "api_reserve"


# --- Vitally --------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["createdAt", "updatedAt"])
def test_every_user_and_account_is_listed_once(sandbox, vitally, sort):
    users = [row["id"] for page in vitally.users(sort=sort) for row in page.rows]
    accounts = [row["id"] for page in vitally.accounts(sort=sort) for row in page.rows]
    assert sorted(users) == sorted(sandbox.workspace.users)
    assert sorted(accounts) == sorted(sandbox.workspace.accounts)


def test_a_list_resumes_after_any_page(vitally):
    pages = list(vitally.users(sort="createdAt"))
    rest = list(vitally.users(sort="createdAt", resume=pages[0].next))
    assert [p.rows for p in rest] == [p.rows for p in pages[1:]]
    with pytest.raises(CursorLost):
        list(vitally.users(sort="createdAt", resume="bm9uc2Vuc2U="))


def test_a_user_is_created_found_updated_and_gone(sandbox, vitally):
    account = next(iter(sandbox.workspace.accounts))
    key = "kim+1/2@acme.example"
    made = vitally.create({"externalId": key, "accountIds": [account], "email": key})
    assert made.outcome is Outcome.LANDED
    assert made.user is not None
    assert vitally.user(key) == vitally.user(made.user["id"])
    assert [u["id"] for u in vitally.search(external_id=key)] == [made.user["id"]]
    assert [u["id"] for u in vitally.search(email=key)] == [made.user["id"]]
    changed = vitally.update(made.user["id"], {"traits": {"sfdc.Title": "VP"}})
    assert changed.user is not None
    assert changed.user["traits"]["sfdc.Title"] == "VP"
    assert vitally.update("00000000-0000-4000-8000-000000000000", {}).outcome is Outcome.GONE
    assert vitally.account(account) is not None
    assert vitally.account("no such account") is None


@pytest.mark.parametrize("duplicate", [Duplicate.CONFLICT, Duplicate.BAD_REQUEST])
def test_creating_what_exists_says_so(sandbox, vitally, duplicate):
    sandbox.workspace.switches.duplicate = duplicate
    user = next(iter(sandbox.workspace.users.values()))
    account = next(iter(sandbox.workspace.accounts))
    result = vitally.create({"externalId": user.external_id, "accountIds": [account]})
    assert result.outcome is Outcome.EXISTS


def test_a_refused_creation_names_its_fields(vitally):
    result = vitally.create({"externalId": 4})
    assert result.outcome is Outcome.REFUSED
    assert ("externalId",) in [problem.fields for problem in result.problems]
    unknown = vitally.create({"externalId": "x", "accountIds": ["no"]})
    assert unknown.outcome is Outcome.REFUSED


@pytest.mark.parametrize("fault", [faults.DropReply(), faults.Truncate(), faults.html(503)])
def test_a_creation_without_a_reply_is_unknown_and_sent_once(sandbox, vitally, fault):
    sandbox.vitally_faults.add(fault, method="POST")
    account = next(iter(sandbox.workspace.accounts))
    result = vitally.create({"externalId": "new", "accountIds": [account]})
    assert result.outcome is Outcome.UNKNOWN
    assert sent(sandbox.vitally_faults, "POST") == 1


def test_a_429_is_waited_out(sandbox, vitally, waits):
    sandbox.vitally_faults.add(faults.too_many(), method="PUT")
    user = next(iter(sandbox.workspace.users))
    assert vitally.update(user, {"traits": {"a": "b"}}).outcome is Outcome.LANDED
    assert waits


def test_custom_fields_are_listed(sandbox, vitally):
    assert all(field["path"] for field in vitally.custom_fields())
    assert vitally.limits.limit == sandbox.workspace.switches.requests_per_minute
