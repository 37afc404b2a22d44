"""One local Salesforce for all tests of a module: each test has an org of its own in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from sfvtui.sandbox.faults import FaultMiddleware, Faults
from sfvtui.sandbox.salesforce import Clock, Org, control, salesforce_app
from sfvtui.sandbox.serving import running
from tests.sandbox.salesforce_api import Api

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Switchboard:
    """Passes requests to the app of the test that runs."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def switchboard() -> Iterator[tuple[Switchboard, httpx.Client]]:
    board = Switchboard()
    with running(board) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield board, client


@pytest.fixture
def clock() -> Clock:
    return Clock(stopped_at=datetime(2026, 3, 10, 15, 30, 20, tzinfo=UTC))


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def org(clock: Clock) -> Org:
    return Org(clock=clock)


@pytest.fixture
def api(switchboard: tuple[Switchboard, httpx.Client], org: Org, faults: Faults) -> Api:
    board, client = switchboard
    board.app = FaultMiddleware(salesforce_app(org), faults, control(org))
    return Api(org, client)
