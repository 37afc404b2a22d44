"""A local Salesforce: the state of an org in plain Python, and the HTTP interface to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.org import Org
from sfvtui.sandbox.salesforce.records import DuplicateRule, Write
from sfvtui.sandbox.salesforce.switches import Switches
from sfvtui.sandbox.salesforce.transactions import Transaction

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sfvtui.sandbox.faults import Faults

__all__ = [
    "ApiError",
    "Clock",
    "DuplicateRule",
    "Org",
    "Switches",
    "Transaction",
    "Write",
    "control",
    "salesforce_app",
    "served",
]


def salesforce_app(org: Org) -> ASGIApp:
    """The ASGI app that serves the org (needs starlette)."""
    from sfvtui.sandbox.salesforce.app import salesforce_app as make

    return make(org)


def control(org: Org) -> Callable[[Mapping[str, Any]], Any]:
    """What `POST /__sandbox__/state` does with the org: for FaultMiddleware."""
    from sfvtui.sandbox.salesforce.acts import Acts

    return Acts(org)


@contextmanager
def served(org: Org, faults: Faults | None = None, *, port: int = 0) -> Iterator[str]:
    """Serve the org on loopback while the block runs, behind `faults`; gives the URL."""
    from sfvtui.sandbox.faults import FaultMiddleware, Faults
    from sfvtui.sandbox.serving import running

    app = FaultMiddleware(salesforce_app(org), faults or Faults(), control(org))
    with running(app, port=port) as url:
        yield url
