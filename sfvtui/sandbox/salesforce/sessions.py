"""Who may log in to the org, and the sessions that are alive."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Credentials:
    """What the org's one external client app and its one user log in with.

    `public_key` is the PEM of the certificate or key that JWT assertions are checked with;
    `run_as` off: no user was named for client credentials; `approved` off: the user has not
    approved the app.
    """

    client_id: str = "sandbox-client"
    client_secret: str = "sandbox-secret"  # noqa: S105
    username: str = "integration@example.com"
    password: str = "sandbox-password"  # noqa: S105
    security_token: str = "TOKEN"  # noqa: S105
    public_key: str | None = None
    run_as: bool = True
    approved: bool = True


@dataclass
class _Session:
    used_at: datetime
    calls_left: int | None


@dataclass
class Sessions:
    """The tokens that are alive.

    `lifetime` counts inactivity; `calls` is a device of tests: every new session dies after that
    many calls (None: never).
    """

    clock: Callable[[], datetime]
    org_id: str
    lifetime: timedelta = timedelta(hours=2)
    calls: int | None = None
    opened: int = 0
    _alive: dict[str, _Session] = field(default_factory=dict)

    def open(self) -> str:
        """A new access token."""
        token = f"{self.org_id[:15]}!AR8AQ{secrets.token_urlsafe(60)}"
        self.opened += 1
        self._alive[token] = _Session(self.clock(), self.calls)
        return token

    def use(self, token: str) -> bool:
        """Whether the token is alive; counts the call and moves its inactivity on."""
        session = self._alive.get(token)
        if session is None:
            return False
        now = self.clock()
        if now - session.used_at > self.lifetime or session.calls_left == 0:
            del self._alive[token]
            return False
        session.used_at = now
        if session.calls_left is not None:
            session.calls_left -= 1
        return True

    def expire(self) -> None:
        """End all sessions, as a logout elsewhere does."""
        self._alive.clear()

    def expire_after(self, calls: int | None) -> None:
        """Let every session, alive or to come, die after that many more calls."""
        self.calls = calls
        for session in self._alive.values():
            session.calls_left = calls
