"""A local Vitally: a workspace as plain state, and its REST API over it."""

from __future__ import annotations

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
from sfvtui.sandbox.vitally.workspace import Workspace

__all__ = [
    "Account",
    "AccountsOnUpdate",
    "CustomField",
    "DeletedTrait",
    "Deletion",
    "Duplicate",
    "Limiter",
    "Side",
    "Switches",
    "User",
    "Workspace",
    "Write",
    "vitally_app",
]
