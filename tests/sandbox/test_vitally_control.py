"""Another process can act in a workspace, and switch its open points, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sfvtui.sandbox.faults import DropReply, Faults
from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.vitally import Workspace, served

if TYPE_CHECKING:
    from collections.abc import Iterator

AUTH = ("sk_live_sandbox", "")


@pytest.fixture
def workspace() -> Workspace:
    workspace = Workspace(clock=Clock())
    workspace.create_account("A1", "Example Garage")
    return workspace


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def client(workspace: Workspace, faults: Faults) -> Iterator[httpx.Client]:
    with served(workspace, faults) as url, httpx.Client(base_url=url, auth=AUTH) as client:
        yield client


def do(client: httpx.Client, what: str, **arguments: Any) -> Any:
    answer = client.post("/__sandbox__/state", json={"do": what, **arguments})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_users_and_accounts_can_be_made_changed_and_deleted(client: httpx.Client) -> None:
    do(client, "create_account", external_id="A2", name="Second")
    user = do(client, "create_user", external_id="4", accounts=["A1"], name="Kim")
    assert [account["externalId"] for account in user["accounts"]] == ["A1"]
    changed = do(client, "update_user", name_or_id="4", traits={"a": 1}, accounts=["A2"])
    assert changed == client.get("/resources/users/4").json()
    assert changed["traits"] == {"a": 1}
    assert do(client, "churn", name_or_id="A2")["churnedAt"] is not None
    assert do(client, "delete_user", name_or_id="4", immediately=True) is None
    assert do(client, "user", name="4") is None
    assert do(client, "restore_user", user_id=user["id"])["externalId"] == "4"
    assert [u["externalId"] for u in do(client, "users")] == ["4"]


def test_what_was_written_over_the_api_can_be_asked(client: httpx.Client) -> None:
    do(client, "create_user", external_id="4", accounts=["A1"])
    assert do(client, "writes") == []
    client.put("/resources/users/4", json={"name": "Kim"})
    (write,) = do(client, "writes")
    assert (write["side"], write["action"], write["after"]) == ("user", "update", {"name": "Kim"})
    assert len(do(client, "writes", by=None)) == 3
    assert do(client, "writes", after=write["number"]) == []


def test_switches_limits_lists_and_time_can_be_set(client: httpx.Client) -> None:
    do(client, "create_user", external_id="4", accounts=["A1"])
    assert do(client, "switch", name="duplicate", value="upsert")["duplicate"] == "upsert"
    do(client, "hold_lists")
    do(client, "create_user", external_id="5", accounts=["A1"])
    assert len(client.get("/resources/users").json()["results"]) == 1
    do(client, "release_lists")
    assert len(client.get("/resources/users").json()["results"]) == 2
    do(client, "delete_user", name_or_id="4")
    do(client, "advance", seconds=8 * 86_400)
    assert client.get("/resources/users/4").status_code == 404
    do(client, "spend_limit")
    assert client.get("/resources/users").status_code == 429


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "nothing"},
        {"do": "switch", "name": "nothing", "value": 1},
        {"do": "switch", "name": "duplicate", "value": "perhaps"},
        {"do": "update_user", "name_or_id": "nobody"},
        {"do": "create_user"},
        {"do": "create_user", "external_id": "1", "accounts": ["nobody"]},
    ],
)
def test_what_cannot_be_done_is_refused(client: httpx.Client, asked: Any) -> None:
    answer = client.post("/__sandbox__/state", json=asked)
    assert answer.status_code == 400
    assert "error" in answer.json()


def test_a_write_whose_reply_was_lost_has_taken_effect(
    client: httpx.Client, workspace: Workspace, faults: Faults
) -> None:
    workspace.create_user("4", accounts=["A1"])
    faults.add(DropReply(), method="PUT")
    with pytest.raises(httpx.TransportError):
        client.put("/resources/users/4", json={"name": "Kim"})
    assert client.get("/resources/users/4").json()["name"] == "Kim"
    assert len(workspace.written()) == 1
