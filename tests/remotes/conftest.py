"""Clients that talk to small servers on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sfvtui.config import Auth, NetworkSettings, SalesforceSettings, VitallySettings
from sfvtui.remotes.salesforce import Salesforce
from sfvtui.remotes.vitally import Vitally
from tests.remotes.scripted import ORG, USER, Server, Sleeps, resolve

DIRECT = NetworkSettings()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def org(server: Server) -> Server:
    """The server with a login that works."""
    server.on(
        "POST",
        "/services/oauth2/token",
        lambda _: {
            "access_token": "00Dsession!s3cret",
            "instance_url": server.url,
            "id": f"https://login.salesforce.com/id/{ORG}/{USER}",
            "token_type": "Bearer",
        },
    )
    server.headers["Sforce-Limit-Info"] = "api-usage=10/1000"
    return server


@pytest.fixture
def clients() -> Iterator[list[Any]]:
    made: list[Any] = []
    yield made
    for client in made:
        client.close()


@pytest.fixture
def salesforce(
    org: Server, clients: list[Any], sleeps: Sleeps, lines: list[str]
) -> Callable[..., Salesforce]:
    """A client of `org`, with other settings where given."""

    def make(network: NetworkSettings = DIRECT, **settings: Any) -> Salesforce:
        given = {
            "auth": Auth.CLIENT_CREDENTIALS,
            "instance_url": org.url,
            "client_id": "3MVG9",
            "client_secret": "env:SF",
            "api_version": "62.0",
            **settings,
        }
        client = Salesforce(
            SalesforceSettings(**given),
            network,
            secret=resolve,
            log=lines.append,
            sleep=sleeps,
            timeouts=(2.0, 2.0),
        )
        clients.append(client)
        return client

    return make


@pytest.fixture
def vitally(
    server: Server, clients: list[Any], sleeps: Sleeps, lines: list[str]
) -> Callable[..., Vitally]:
    def make(network: NetworkSettings = DIRECT, **settings: Any) -> Vitally:
        given = {"base_url": server.url, "api_key": "env:KEY", **settings}
        client = Vitally(
            VitallySettings(**given),
            network,
            secret=resolve,
            log=lines.append,
            sleep=sleeps,
            timeouts=(2.0, 2.0),
        )
        clients.append(client)
        return client

    return make
