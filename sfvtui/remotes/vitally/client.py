"""Vitally as the engine needs it: pages of users and accounts, creations and updates."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypedDict
from urllib.parse import quote

from sfvtui.errors import CursorLost, Garbled, NotFound, Problem, ReplyLost, Unreachable
from sfvtui.remotes.answers import Limits, Outcome, Page, Row, SendResult
from sfvtui.remotes.vitally.faults import NAME, SYSTEM, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sfvtui.config import NetworkSettings, VitallySettings
    from sfvtui.remotes.vitally.transport import Transport

Sort = Literal["createdAt", "updatedAt"]
PAGE_ROWS = 100


class _Account(TypedDict, total=False):
    id: Any


class ListedUser(TypedDict, total=False):
    """What is read of the users of a list, whose accounts are written out whole in every one."""

    id: Any
    externalId: Any
    name: Any
    email: Any
    traits: Any
    accounts: list[_Account] | None
    createdAt: Any
    updatedAt: Any


class _Users(TypedDict, total=False):
    results: list[ListedUser]
    next: Any


def _silent(_line: str) -> None:
    """The log of a client that was given none."""


class Vitally:
    """One workspace. Nothing is asked before the first call.

    `secret` resolves a secret reference, `log` takes one line a request (no secret, no values),
    `sleep` waits and may raise to stop. All errors are of sfvtui.errors: LoginRefused,
    Unreachable, Garbled, RequestRefused, NotFound, CursorLost.
    """

    def __init__(
        self,
        settings: VitallySettings,
        network: NetworkSettings,
        *,
        secret: Callable[[str], str],
        log: Callable[[str], None] = _silent,
        sleep: Callable[[float], None] = time.sleep,
        timeouts: tuple[float, float] | None = None,
    ) -> None:
        self._settings = settings
        self._network = network
        self._secret = secret
        self._log = log
        self._sleep = sleep
        self._timeouts = timeouts

    @cached_property
    def _transport(self) -> Transport:
        from sfvtui.remotes.vitally.transport import TIMEOUTS, Transport

        return Transport(
            self._settings,
            self._network,
            secret=self._secret,
            log=self._log,
            sleep=self._sleep,
            timeouts=self._timeouts or TIMEOUTS,
        )

    def close(self) -> None:
        """Lets the connections go."""
        if "_transport" in self.__dict__:
            self._transport.close()

    @property
    def limits(self) -> Limits:
        """The rate limit as last told."""
        return self._transport.limits if "_transport" in self.__dict__ else Limits()

    # --- reading ----------------------------------------------------------------------------------

    def users(self, *, sort: Sort, resume: str | None = None) -> Iterator[Page]:
        """The pages of all users, newest first by `sort`; `resume` is a page's `next`.

        Only `createdAt` gives every user once: by `updatedAt`, those that change meanwhile move.
        Of each user it gives what `ListedUser` names. Raises CursorLost where `resume` is no longer
        valid.
        """
        return self._pages("users", {"sortBy": sort}, resume, _Users)

    def accounts(self, *, sort: Sort, resume: str | None = None) -> Iterator[Page]:
        """The pages of all accounts, those of churned customers included; as `users`."""
        return self._pages("accounts", {"sortBy": sort, "status": "activeOrChurned"}, resume)

    def user(self, id_or_external_id: str) -> Row | None:
        """The user of this Vitally id or externalId; None where there is none."""
        if set(id_or_external_id) <= {"."}:
            found = self.search(external_id=id_or_external_id) if id_or_external_id else []
            return found[0] if found else None
        return self._one("users", id_or_external_id)

    def account(self, account_id: str) -> Row | None:
        """The account of this Vitally id or externalId; None where there is none."""
        return self._one("accounts", account_id) if account_id.strip(".") else None

    def search(self, *, external_id: str | None = None, email: str | None = None) -> list[Row]:
        """The users with this externalId, or with this e-mail address; name one of the two."""
        if (external_id is None) == (email is None):
            raise ValueError("search by externalId or by e-mail, not both")
        params = {"email": email} if email is not None else {"externalId": external_id or ""}
        return _listed(self._transport.call("GET", "users/search", params=params))

    def custom_fields(self) -> list[Row]:
        """The custom traits of users: label, path, type, options."""
        return _listed(self._transport.call("GET", "customFields", params={"model": "users"}))

    def _pages(
        self, path: str, params: dict[str, str], cursor: str | None, shape: Any = Any
    ) -> Iterator[Page]:
        while True:
            asked = {"limit": str(PAGE_ROWS), **params, **({"from": cursor} if cursor else {})}
            try:
                body = self._transport.call("GET", path, params=asked, shape=shape)
            except (Refusal, NotFound):
                if cursor is None:
                    raise
                raise CursorLost(SYSTEM, f"{NAME} no longer knows this page of the list.") from None
            rows = _listed(body)
            following = body.get("next") if isinstance(body, dict) else None
            if following and following == cursor:
                raise Garbled(SYSTEM, f"{NAME} gave a page of its {path} that leads to itself.")
            token = str(following) if following else None
            yield Page(rows, token, None, self._transport.answered_at())
            if token is None:
                return
            cursor = token

    def _one(self, kind: str, key: str) -> Row | None:
        try:
            body = self._transport.call("GET", f"{kind}/{quote(key, safe='')}")
        except NotFound:
            return None
        return _known(body, kind)

    # --- writing ----------------------------------------------------------------------------------

    def create(self, body: dict[str, Any]) -> SendResult:
        """What became of a new user: LANDED, EXISTS, REFUSED, BUSY or UNKNOWN.

        Never repeated once it may have been taken: Vitally knows no key that would make a second
        try harmless. Raises LoginRefused.
        """
        return self._sent("POST", "users", body)

    def update(self, user_id: str, body: dict[str, Any]) -> SendResult:
        """What became of a user's new values: LANDED, GONE, REFUSED, BUSY or UNKNOWN.

        Traits that are not named stay; one with the value null is deleted. `user_id` is Vitally's.
        """
        if not user_id.strip("."):
            raise ValueError("an update needs the user's id")
        return self._sent("PUT", f"users/{quote(user_id, safe='')}", body)

    def _sent(self, method: str, path: str, body: dict[str, Any]) -> SendResult:
        creates = method == "POST"
        try:
            answer = self._transport.call(method, path, body=body, changes=True)
            user = None if answer is None else _known(answer, "users")
        except Refusal as refused:
            outcome = Outcome.EXISTS if creates and refused.exists else Outcome.REFUSED
            return SendResult(outcome, None, refused.problems)
        except NotFound as missing:
            outcome = Outcome.REFUSED if creates else Outcome.GONE
            return SendResult(outcome, None, (Problem("HTTP_404", missing.message),))
        except Unreachable as busy:
            return SendResult(Outcome.BUSY, None, (Problem("NO_ANSWER", busy.message),))
        except (ReplyLost, Garbled) as lost:
            return SendResult(Outcome.UNKNOWN, None, (Problem("NO_ANSWER", lost.message),))
        if user is None and creates:
            told = Problem("NO_ANSWER", f"{NAME} accepted the user and did not say which it is")
            return SendResult(Outcome.UNKNOWN, None, (told,))
        return SendResult(Outcome.LANDED, user)


def _listed(body: Any) -> list[Row]:
    """The rows of an answer: in an envelope, or bare."""
    rows = body.get("results") if isinstance(body, dict) else body
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Garbled(SYSTEM, f"{NAME} answered a list in another shape.")
    return rows


def _known(body: Any, kind: str) -> Row:
    if not (isinstance(body, dict) and isinstance(body.get("id"), str)):
        raise Garbled(SYSTEM, f"{NAME} answered one of its {kind} without an id.")
    return body
