"""Lists and searches that run behind the writes, as those of many services do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sfvtui.sandbox.vitally.models import User
    from sfvtui.sandbox.vitally.switches import Switches


@dataclass(frozen=True)
class _Version:
    """What a user was until a write (None: not there yet)."""

    until: int
    number: int
    user: User | None


class Lag:
    """Keeps what lists may still show: earlier versions of users written lately.

    Lists see writes `switches.read_delay` seconds late; between `hold()` and `release()` they see
    none at all. Without either nothing is kept.
    """

    def __init__(self, switches: Switches) -> None:
        self._switches = switches
        self._versions: dict[str, list[_Version]] = {}
        self._number = 0
        self._held: int | None = None

    def hold(self) -> None:
        """From now on lists show what they show now."""
        self._held = self._number

    def release(self) -> None:
        """Lists catch up."""
        self._held = None

    def note(self, user_id: str, before: User | None, stamp: int) -> None:
        """A write is about to take effect; `before` is a copy of what it replaces."""
        if self._held is None and self._switches.read_delay <= 0:
            return
        self._number += 1
        version = _Version(stamp, self._number, before)
        self._versions.setdefault(user_id, []).append(version)

    def hides(self, now: int) -> bool:
        """Whether any list would differ from the present state."""
        for user_id in list(self._versions):
            kept = [version for version in self._versions[user_id] if self._hidden(version, now)]
            if kept:
                self._versions[user_id] = kept
            else:
                del self._versions[user_id]
        return bool(self._versions)

    def view(self, users: Mapping[str, User], now: int) -> Iterable[User]:
        """All users as lists show them."""
        if not self.hides(now):
            return users.values()
        return self._mixed(users)

    def one(self, users: Mapping[str, User], user_id: str, now: int) -> User | None:
        """One user as lists show it."""
        if self.hides(now) and user_id in self._versions:
            return self._versions[user_id][0].user
        return users.get(user_id)

    def _mixed(self, users: Mapping[str, User]) -> Iterator[User]:
        for user in users.values():
            if user.id not in self._versions:
                yield user
        for versions in self._versions.values():
            if versions[0].user is not None:
                yield versions[0].user

    def _hidden(self, version: _Version, now: int) -> bool:
        if self._held is not None and version.number > self._held:
            return True
        return version.until > now - self._switches.read_delay * 1000
