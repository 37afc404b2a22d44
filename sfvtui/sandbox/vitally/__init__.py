"""A local Vitally: a workspace as plain state, and its REST API over it."""

from __future__ import annotations

from sfvtui.sandbox.vitally.control import control
from sfvtui.sandbox.vitally.models import Account, CustomField, Side, User, Write
from sfvtui.sandbox.vitally.server import vitally_app
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
    "vitally_app",
]
