"""A local Vitally: a workspace as plain state, and its REST API over it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sfvtui.sandbox.vitally.control import control
from sfvtui.sandbox.vitally.models import Account, CustomField, Side, User, Write
from sfvtui.sandbox.vitally.switches import (
    AccountsOnUpdate,
    DeletedTrait,
    Deletion,
    Duplicate,
    Limiter,
    Switches,
)
from sfvtui.sandbox.vitally.syncer import Syncer
from sfvtui.sandbox.vitally.workspace import (
    DuplicateExternalId,
    UnknownId,
    Workspace,
    WorkspaceError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

    from sfvtui.sandbox.faults import Faults

__all__ = [
    "Account",
    "AccountsOnUpdate",
    "CustomField",
    "DeletedTrait",
    "Deletion",
    "Duplicate",
    "DuplicateExternalId",
    "Limiter",
    "Side",
    "Switches",
    "Syncer",
    "UnknownId",
    "User",
    "Workspace",
    "WorkspaceError",
    "Write",
    "control",
    "served",
    "vitally_app",
]


def vitally_app(workspace: Workspace) -> ASGIApp:
    """The ASGI app that serves the workspace (needs starlette)."""
    from sfvtui.sandbox.vitally.server import vitally_app as make

    return make(workspace)


@contextmanager
def served(workspace: Workspace, faults: Faults | None = None, *, port: int = 0) -> Iterator[str]:
    """Serve the workspace on loopback while the block runs, behind `faults`; gives the URL."""
    from sfvtui.sandbox.faults import FaultMiddleware, Faults
    from sfvtui.sandbox.serving import running

    app = FaultMiddleware(vitally_app(workspace), faults or Faults(), control(workspace))
    with running(app, port=port) as url:
        yield url
