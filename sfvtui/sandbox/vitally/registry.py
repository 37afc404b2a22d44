"""The users of a workspace, found by either id, by e-mail, and in both orders of the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.sandbox.vitally.index import Index, Key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sfvtui.sandbox.vitally.models import User


class Registry:
    """Users and the indexes over them. A user is taken out before it changes and put back after."""

    def __init__(self) -> None:
        self.by_id: dict[str, User] = {}
        self._by_external_id: dict[str, str] = {}
        self._by_email: dict[str, set[str]] = {}
        self._orders = {"createdAt": Index(), "updatedAt": Index()}

    def find(self, name: str) -> User | None:
        """The user of this Vitally id or externalId."""
        return self.by_id.get(name) or self.having_external_id(name)

    def having_external_id(self, external_id: str) -> User | None:
        """The user of this externalId."""
        return self.by_id.get(self._by_external_id.get(external_id, ""))

    def having_email(self, email: str) -> list[User]:
        """Users with this e-mail, letter case ignored, oldest first."""
        found = [self.by_id[id_] for id_ in self._by_email.get(email.lower(), ())]
        return sorted(found, key=lambda user: (user.created, user.id))

    def order(self, sort: str) -> Index:
        """All users by `createdAt` or `updatedAt`."""
        return self._orders[sort]

    def put(self, user: User) -> None:
        """File one user."""
        self._file(user)
        for sort, index in self._orders.items():
            index.add(sort_key(user, sort))

    def take(self, user: User) -> None:
        """Take one user out."""
        del self.by_id[user.id], self._by_external_id[user.external_id]
        if user.email:
            self._by_email[user.email.lower()].discard(user.id)
        for sort, index in self._orders.items():
            index.remove(sort_key(user, sort))

    def load(self, users: Iterable[User]) -> None:
        """File many users at once."""
        added = list(users)
        for user in added:
            self._file(user)
        for sort, index in self._orders.items():
            index.load(sort_key(user, sort) for user in added)

    def _file(self, user: User) -> None:
        self.by_id[user.id] = user
        self._by_external_id[user.external_id] = user.id
        if user.email:
            self._by_email.setdefault(user.email.lower(), set()).add(user.id)


def sort_key(user: User, sort: str) -> Key:
    """A user's place in a list sorted by `createdAt` or `updatedAt`."""
    return (user.created if sort == "createdAt" else user.updated, user.id)
