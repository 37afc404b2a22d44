"""What a checked request body does to a user or to traits."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfvtui.sandbox.vitally.models import User

_ATTRIBUTES = {"name": "name", "email": "email", "avatar": "avatar", "joinDate": "join_date"}


def apply(user: User, body: dict[str, Any], now: int, *, keep_nulls: bool) -> None:
    """Change a user by a partial body; `now` is the stamp of the call.

    `accountIds` are taken as they are (each once); `externalId` is never changed (it is set on
    create only). `keep_nulls`: see `merged`.
    """
    user.account_ids = tuple(dict.fromkeys(body.get("accountIds", user.account_ids)))
    for name, attribute in _ATTRIBUTES.items():
        if name in body:
            setattr(user, attribute, body[name])
    if "traits" in body:
        user.traits = merged(user.traits, body["traits"], keep_nulls=keep_nulls)
    unsubscribed = body.get("unsubscribedFromConversations", user.unsubscribed)
    if unsubscribed != user.unsubscribed:
        user.unsubscribed = unsubscribed
        user.unsubscribed_at = now if unsubscribed else None


def merged(traits: dict[str, Any], sent: dict[str, Any], *, keep_nulls: bool) -> dict[str, Any]:
    """Traits after some were sent: others stay, null deletes (or, `keep_nulls`, stays as null)."""
    result = {**traits, **copy.deepcopy(sent)}
    if keep_nulls:
        return result
    return {key: value for key, value in result.items() if value is not None or key not in sent}
