"""What another process may do to a workspace through `POST /__sandbox__/state`."""

from __future__ import annotations

from dataclasses import asdict, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.vitally.workspace import API, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sfvtui.sandbox.vitally.workspace import Workspace

#: Methods of Workspace whose arguments are plain JSON; those on users answer with the user.
_ACTS = (
    "create_user",
    "update_user",
    "delete_user",
    "restore_user",
    "create_account",
    "update_account",
    "churn",
    "delete_account",
)


def control(workspace: Workspace) -> Callable[[Mapping[str, Any]], Any]:
    """A function from `{"do": what, ...}` to JSON.

    `do` is a method of Workspace (`create_user` and the like, with its arguments by name), or

    - `switch` with `name` and `value`: set an open point
    - `hold_lists`, `release_lists`: let lists stand still, and catch up
    - `spend_limit`: use up the rate limit
    - `advance` with `seconds`: move the clock
    - `writes` with `after` and `by`: the log of writes, `by` null for everybody's
    - `user` with `name`: one user as the API shows it, or null
    - `users`: all of them

    Raises KeyError and ValueError for what it cannot do.
    """

    def act(asked: Mapping[str, Any]) -> Any:
        arguments = dict(asked)
        what = arguments.pop("do")
        if what in _ACTS:
            return _act(workspace, what, arguments)
        return _OTHER[what](workspace, **arguments)

    return act


def _act(workspace: Workspace, what: str, arguments: dict[str, Any]) -> Any:
    try:
        done = getattr(workspace, what)(**arguments)
    except WorkspaceError as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error
    if done is None:
        return None
    return workspace.body(done) if hasattr(done, "account_ids") else done.body()


def _switch(workspace: Workspace, name: str, value: Any) -> Any:
    known = {f.name for f in fields(workspace.switches)}
    if name not in known:
        raise KeyError(name)
    present = getattr(workspace.switches, name)
    if isinstance(present, StrEnum):
        value = type(present)(value)
    setattr(workspace.switches, name, value)
    return asdict(workspace.switches)


def _hold(workspace: Workspace) -> None:
    workspace.lag.hold()


def _release(workspace: Workspace) -> None:
    workspace.lag.release()


def _spend(workspace: Workspace) -> None:
    workspace.rate_limit.spend_all()


def _advance(workspace: Workspace, seconds: float) -> None:
    advance = getattr(workspace.clock, "advance", None)
    if advance is None:
        raise ValueError("this workspace's clock cannot be moved")
    advance(seconds)


def _writes(workspace: Workspace, after: int = 0, by: str | None = API) -> list[dict[str, Any]]:
    return [asdict(write) for write in workspace.writes[after:] if by in (None, write.by)]


def _user(workspace: Workspace, name: str) -> Any:
    found = workspace.user(name)
    return workspace.body(found) if found else None


def _users(workspace: Workspace) -> list[Any]:
    with workspace.lock:
        return [workspace.body(user) for user in workspace.users.values()]


_OTHER: dict[str, Callable[..., Any]] = {
    "switch": _switch,
    "hold_lists": _hold,
    "release_lists": _release,
    "spend_limit": _spend,
    "advance": _advance,
    "writes": _writes,
    "user": _user,
    "users": _users,
}
