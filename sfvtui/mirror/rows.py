"""The former names of the functions of `records`, `users`, `accounts`, `bases`, `touched`."""

from __future__ import annotations

from sfvtui.domain.bound import BoundMapping
from sfvtui.mirror.accounts import of_user as accounts_of
from sfvtui.mirror.accounts import rebuild as rebuild_accounts
from sfvtui.mirror.accounts import write as write_accounts
from sfvtui.mirror.bases import rescale, set_base
from sfvtui.mirror.columns import ensure_columns, marks
from sfvtui.mirror.pages import Written, in_chunks
from sfvtui.mirror.records import Records, forget
from sfvtui.mirror.store import Store
from sfvtui.mirror.touched import (
    touch,
    touch_all,
    touch_decided,
    touch_keys,
    touch_user,
    touch_users,
)
from sfvtui.mirror.users import Users

__all__ = [
    "Records",
    "Users",
    "Written",
    "accounts_of",
    "ensure_columns",
    "forget",
    "in_chunks",
    "marks",
    "rebuild_accounts",
    "rebuild_records",
    "rescale",
    "set_base",
    "touch",
    "touch_all",
    "touch_decided",
    "touch_keys",
    "touch_user",
    "touch_users",
    "write_accounts",
]


def rebuild_records(store: Store, bound: BoundMapping) -> None:
    """As `Records.rebuild`."""
    Records(store, bound).rebuild()
