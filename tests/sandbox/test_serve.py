"""The sandbox serves its world on loopback, with a config that connects to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from sfvtui.config import load
from sfvtui.errors import UsageError
from sfvtui.sandbox.faults import html
from sfvtui.sandbox.serve import Sandbox, running_sandbox
from sfvtui.sandbox.world import plain
from sfvtui.secrets import resolve_secret

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(directory=tmp_path_factory.mktemp("sandbox") / "new") as sandbox:
        yield sandbox


def token(sandbox: Sandbox) -> str:
    settings = load(sandbox.config_path, {})
    body = {
        "grant_type": "client_credentials",
        "client_id": settings.salesforce.client_id,
        "client_secret": resolve_secret(settings.salesforce.client_secret),
    }
    answer = httpx.post(f"{settings.salesforce.instance_url}/services/oauth2/token", data=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def test_its_config_connects_to_both_services(sandbox: Sandbox) -> None:
    settings = load(sandbox.config_path, {})
    assert not settings.warnings
    assert settings.mapping == sandbox.world.mapping
    header = {"Authorization": f"Bearer {token(sandbox)}"}
    query = {"q": "SELECT COUNT() FROM Contact"}
    url = f"{sandbox.salesforce_url}/services/data/v62.0/query"
    assert httpx.get(url, params=query, headers=header).json()["totalSize"] == 300
    key = resolve_secret(settings.vitally.api_key)
    users = httpx.get(f"{settings.vitally.base_url}/resources/users", auth=(key, ""))
    assert len(users.json()["results"]) == 100


def test_what_it_writes_only_its_owner_can_read(sandbox: Sandbox) -> None:
    folder = sandbox.config_path.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


def test_every_field_of_the_mapping_can_be_read(sandbox: Sandbox) -> None:
    fields = ", ".join(pair.field for pair in sandbox.world.mapping.pairs)
    answer = httpx.get(
        f"{sandbox.salesforce_url}/services/data/v62.0/query",
        params={"q": f"SELECT {fields} FROM Contact WHERE Product_User_Id__c != null"},
        headers={"Authorization": f"Bearer {token(sandbox)}"},
    )
    assert answer.status_code == 200, answer.text
    hostile = [row for row in answer.json()["records"] if "\x1b" in row["Name"]]
    assert hostile


def test_faults_of_either_side_can_be_switched_on(sandbox: Sandbox) -> None:
    sandbox.vitally_faults.add(html(503))
    url = f"{sandbox.vitally_url}/resources/users"
    assert httpx.get(url).status_code == 503
    assert httpx.get(url).status_code == 401
    rule = {"action": "html", "status": 502}
    httpx.post(f"{sandbox.salesforce_url}/__sandbox__/faults", json=rule)
    assert httpx.get(f"{sandbox.salesforce_url}/services/data").status_code == 502
    assert httpx.get(f"{sandbox.salesforce_url}/services/data").status_code == 200


def test_another_process_can_let_the_second_day_happen() -> None:
    with running_sandbox(world=plain(50)) as sandbox:
        state = f"{sandbox.vitally_url}/__sandbox__/state"
        assert httpx.post(state, json={"do": "stories"}).json() == {}
    with running_sandbox(records=200) as sandbox:
        state = f"{sandbox.vitally_url}/__sandbox__/state"
        stories = httpx.post(state, json={"do": "second_day"}).json()
        assert len(stories["then, title changed on both sides"]) == 2
        assert sandbox.org.writes and sandbox.workspace.writes
        resync = {"do": "resync", "fields": ["Title"], "creates": True}
        assert httpx.post(state, json=resync).json() > 10


@pytest.mark.parametrize("option", ["salesforce_port", "vitally_port"])
def test_a_port_in_use_is_named_with_what_to_do(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(UsageError, match=f"{port}.*in use") as refused,
            running_sandbox(directory=tmp_path, world=plain(20), **{option: port}),
        ):
            pass
    assert "--" + option.replace("_", "-") in refused.value.mend
    assert not list(tmp_path.iterdir())


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError), running_sandbox(world=plain(20), vitally_port=70_000):
        pass


SCRIPT = """
import json, sys
from pathlib import Path
from sfvtui.sandbox.serve import serve_until_stopped

def announce(line):
    print(json.dumps(line), flush=True)

serve_until_stopped(announce, records=120, directory=Path(sys.argv[1]))
print("ended")
"""


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_it_runs_until_it_is_stopped(tmp_path: Path, signal_: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        assert line["records"] >= 120
        assert httpx.get(f"{line['salesforce']}/services/data").status_code == 200
        assert httpx.get(f"{line['vitally']}/resources/users").status_code == 401
        assert load(tmp_path / "config.toml", {}).vitally.base_url == line["vitally"]
        process.send_signal(signal_)
        assert process.stdout.read() == "ended\n"
        assert process.wait() == 0
