"""What a Vitally workspace holds, in the shapes in which the REST API answers it.

Key order and keys follow recorded bodies (May 2024); stamps are epoch milliseconds inside and
`2024-05-10T21:16:42.383Z` outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """An aware datetime as whole epoch milliseconds (cut, not rounded)."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment_of(stamp: int) -> datetime:
    """Epoch milliseconds as an aware UTC datetime."""
    return _EPOCH + timedelta(milliseconds=stamp)


def iso(stamp: int | None) -> str | None:
    """Epoch milliseconds as Vitally writes an instant; None stays None."""
    if stamp is None:
        return None
    return moment_of(stamp).isoformat(timespec="milliseconds")[:-6] + "Z"


class Side(StrEnum):
    """Which kind of thing a write changed."""

    USER = "user"
    ACCOUNT = "account"


@dataclass(slots=True)
class Account:
    """A company. `users` is how many users belong to it."""

    id: str
    external_id: str
    name: str
    created: int
    updated: int
    traits: dict[str, Any] = field(default_factory=dict)
    churned: int | None = None
    users: int = 0

    def embedded(self) -> dict[str, Any]:
        """The object as it stands inside a user: everything but keyRoles."""
        traits = self.traits
        return {
            "id": self.id,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "externalId": self.external_id,
            "name": self.name,
            "traits": dict(traits),
            "organizationId": None,
            "accountOwnerId": None,
            "mrr": traits.get("mrr"),
            "nextRenewalDate": traits.get("nextRenewalDate"),
            "churnedAt": iso(self.churned),
            "firstSeenTimestamp": None,
            "lastSeenTimestamp": None,
            "lastInboundMessageTimestamp": None,
            "lastOutboundMessageTimestamp": None,
            "trialEndDate": traits.get("trialEndDate"),
            "usersCount": self.users,
            "npsDetractorCount": 0,
            "npsPassiveCount": 0,
            "npsPromoterCount": 0,
            "npsScore": None,
            "healthScore": None,
            "csmId": None,
            "accountExecutiveId": None,
            "segments": [],
        }

    def body(self) -> dict[str, Any]:
        """The object as its own endpoints answer it."""
        return {**self.embedded(), "keyRoles": []}


@dataclass(slots=True)
class User:
    """A user of the product. `delete_on` is set once it was marked to be deleted (never shown)."""

    id: str
    external_id: str
    created: int
    updated: int
    name: str | None = None
    email: str | None = None
    avatar: str | None = None
    traits: dict[str, Any] = field(default_factory=dict)
    account_ids: tuple[str, ...] = ()
    join_date: str | None = None
    unsubscribed: bool = False
    unsubscribed_at: int | None = None
    deactivated: int | None = None
    delete_on: int | None = None

    def body(self, accounts: list[dict[str, Any]]) -> dict[str, Any]:
        """The object as the API answers it, around its accounts' embedded objects."""
        return {
            "id": self.id,
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "externalId": self.external_id,
            "accounts": accounts,
            "organizations": [],
            "name": self.name,
            "email": self.email,
            "avatar": self.avatar,
            "traits": dict(self.traits),
            "firstKnown": iso(self.created),
            "lastSeenTimestamp": None,
            "lastInboundMessageTimestamp": None,
            "lastOutboundMessageTimestamp": None,
            "npsLastScore": None,
            "npsLastFeedback": None,
            "npsLastRespondedAt": None,
            "unsubscribedFromConversations": self.unsubscribed,
            "unsubscribedFromConversationsAt": iso(self.unsubscribed_at),
            "deactivatedAt": iso(self.deactivated),
            "segments": [],
            "joinDate": self.join_date or iso(self.created),
        }


@dataclass(frozen=True, slots=True)
class CustomField:
    """One trait definition of `GET /resources/customFields`; `path` is the trait's key."""

    id: str
    label: str
    path: str
    type: str
    created: int
    options: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """The object as the API lists it."""
        return {
            "id": self.id,
            "createdAt": iso(self.created),
            "label": self.label,
            "path": self.path,
            "type": self.type,
            "options": [{"label": option, "value": option} for option in self.options],
        }


@dataclass(frozen=True, slots=True)
class Write:
    """One write that took effect: who made it, what was sent, what it changed.

    `by` is `api`, `world` (a person or the product, outside the API) or `syncer`; `sent` is the
    body as it came; `before` and `after` hold what differs: attributes by name, traits by key,
    `accountIds`.
    """

    number: int
    at: int
    by: str
    side: Side
    action: str
    id: str
    sent: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]


def facts(user: User) -> dict[str, Any]:
    """What of a user a write can change: attributes by name, traits by key, accountIds."""
    return {
        **user.traits,
        "externalId": user.external_id,
        "name": user.name,
        "email": user.email,
        "avatar": user.avatar,
        "joinDate": user.join_date,
        "unsubscribedFromConversations": user.unsubscribed,
        "accountIds": list(user.account_ids),
    }


def difference(
    before: dict[str, Any], after: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What two states of one thing do not share: of the first, of the second."""
    names = [
        name
        for name in {**before, **after}
        if (name in before) != (name in after) or before[name] != after[name]
    ]
    return (
        {name: before[name] for name in names if name in before},
        {name: after[name] for name in names if name in after},
    )
