"""A Vitally workspace as plain state: what the local server answers from and tests act on."""

from __future__ import annotations

import copy
import heapq
import random
import threading
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.vitally.bodies import apply, merged
from sfvtui.sandbox.vitally.index import Index
from sfvtui.sandbox.vitally.lag import Lag
from sfvtui.sandbox.vitally.limits import RateLimit
from sfvtui.sandbox.vitally.models import (
    Account,
    CustomField,
    Side,
    User,
    Write,
    difference,
    facts,
    iso,
    milliseconds,
)
from sfvtui.sandbox.vitally.registry import Registry, sort_key
from sfvtui.sandbox.vitally.switches import (
    AccountsOnUpdate,
    DeletedTrait,
    Deletion,
    Duplicate,
    Switches,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

API, WORLD, SYNCER = "api", "world", "syncer"


class WorkspaceError(Exception):
    """Something that the workspace refuses."""


class DuplicateExternalId(WorkspaceError):
    """A user or account has this externalId already."""


class UnknownId(WorkspaceError):
    """No user or account has this id."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Workspace:
    """Users and accounts, their indexes, and the log of every write that took effect.

    Methods without `by` act as the world does: a person in Vitally's own screens, or the product.
    All of them may be called while the server runs; `lock` is held by each.
    """

    def __init__(
        self,
        *,
        key: str = "sk_live_sandbox",
        switches: Switches | None = None,
        clock: Callable[[], datetime] = _utc_now,
        seed: int = 0,
    ) -> None:
        self.keys = {key}
        self.switches = switches or Switches()
        self.clock = clock
        self.lock = threading.RLock()
        self.rate_limit = RateLimit(self.switches)
        self.writes: list[Write] = []
        self._registry = Registry()
        self.accounts: dict[str, Account] = {}
        self.custom_fields: list[CustomField] = []
        self.lag = Lag(self.switches)
        self._random = random.Random(seed)
        self._accounts_by_external_id: dict[str, str] = {}
        self._members: dict[str, set[str]] = {}
        self._due: list[tuple[int, str]] = []
        self._buried: dict[str, User] = {}

    # ---- looking things up

    @property
    def users(self) -> dict[str, User]:
        """All users by Vitally id, those marked to be deleted too."""
        return self._registry.by_id

    def now(self) -> int:
        """The present in epoch milliseconds, by the workspace's clock."""
        return milliseconds(self.clock())

    def user(self, name: str) -> User | None:
        """The user of this Vitally id or externalId."""
        with self.lock:
            self.settle()
            return self._registry.find(name)

    def account(self, name: str) -> Account | None:
        """The account of this Vitally id or externalId."""
        with self.lock:
            found = self.accounts.get(name)
            return found or self.accounts.get(self._accounts_by_external_id.get(name, ""))

    def members(self, account_id: str) -> list[User]:
        """The users of one account, in no order."""
        with self.lock:
            return [self.users[id_] for id_ in self._members.get(account_id, ())]

    def findable(self, name: str, wanted: str) -> Iterable[User]:
        """Users as searches see them, those left out that an index says cannot be meant."""
        if self.lag.hides(self.now()) or name == "emailSubdomain":
            return self.listed()
        if name == "email":
            return self._registry.having_email(wanted)
        user = self._registry.having_external_id(wanted)
        return [user] if user else []

    def body(self, user: User) -> dict[str, Any]:
        """The user as the API answers it now, accounts embedded."""
        accounts = [self.accounts[id_] for id_ in user.account_ids if id_ in self.accounts]
        body = user.body([account.embedded() for account in accounts])
        if self.switches.newer_user_keys:
            body["permanentlyBounced"] = False
        if self.switches.echo_account_ids:
            body |= {"accountIds": list(user.account_ids), "organizationIds": []}
        return body

    def order(self, sort: str) -> Index:
        """The users in the order of `createdAt` or `updatedAt`, as lists see them now."""
        if not self.lag.hides(self.now()):
            return self._registry.order(sort)
        return Index(sort_key(user, sort) for user in self.listed())

    def listed(self) -> Iterable[User]:
        """All users, each as lists and searches see it now (behind its writes where they lag)."""
        return self.lag.view(self.users, self.now())

    def as_listed(self, user_id: str) -> User | None:
        """One user as lists see it now."""
        return self.lag.one(self.users, user_id, self.now())

    def written(self, *, by: str = API, after: int = 0) -> list[Write]:
        """The writes of one author whose number is above `after`."""
        return [write for write in self.writes[after:] if write.by == by]

    # ---- accounts

    def create_account(
        self,
        external_id: str,
        name: str,
        *,
        traits: dict[str, Any] | None = None,
        churned: int | None = None,
        at: int | None = None,
        by: str = WORLD,
    ) -> Account:
        """A new company. Raises DuplicateExternalId."""
        with self.lock:
            if external_id in self._accounts_by_external_id:
                raise DuplicateExternalId(external_id)
            stamp = self.now() if at is None else at
            account = Account(
                id=self._new_id(),
                external_id=external_id,
                name=name,
                created=stamp,
                updated=stamp,
                traits=merged({}, traits or {}, keep_nulls=self._keeps_nulls(by)),
                churned=churned,
            )
            self.accounts[account.id] = account
            self._accounts_by_external_id[external_id] = account.id
            self._members[account.id] = set()
            sent = {"externalId": external_id, "name": name, "traits": traits or {}}
            self._log(by, Side.ACCOUNT, "create", account.id, sent, {}, sent)
            return account

    def update_account(
        self,
        name_or_id: str,
        *,
        name: str | None = None,
        traits: dict[str, Any] | None = None,
        by: str = WORLD,
    ) -> Account:
        """Change a company's name or traits (merged as the API merges). Raises UnknownId."""
        with self.lock:
            account = self._known_account(name_or_id)
            before = {"name": account.name, **account.traits}
            account.name = account.name if name is None else name
            nulls = self._keeps_nulls(by)
            account.traits = merged(account.traits, traits or {}, keep_nulls=nulls)
            account.updated = self.now()
            sent: dict[str, Any] = {} if name is None else {"name": name}
            sent |= {} if traits is None else {"traits": traits}
            after = {"name": account.name, **account.traits}
            self._log(by, Side.ACCOUNT, "update", account.id, sent, *difference(before, after))
            return account

    def churn(self, name_or_id: str, *, back: bool = False) -> Account:
        """Mark a company as churned now, or (`back`) as a customer again."""
        with self.lock:
            account = self._known_account(name_or_id)
            before = {"churnedAt": iso(account.churned)}
            account.churned = None if back else self.now()
            account.updated = self.now()
            after = {"churnedAt": iso(account.churned)}
            self._log(WORLD, Side.ACCOUNT, "update", account.id, {}, before, after)
            return account

    def delete_account(self, name_or_id: str, *, by: str = WORLD) -> None:
        """Delete a company for good, and the users that belong to it alone.

        Source: Vitally, "Sync organizations, accounts & users".
        """
        with self.lock:
            account = self._known_account(name_or_id)
            for user in self.members(account.id):
                rest = tuple(id_ for id_ in user.account_ids if id_ != account.id)
                if rest:
                    user.account_ids = rest
                else:
                    self._bury(user)
            del self.accounts[account.id], self._members[account.id]
            del self._accounts_by_external_id[account.external_id]
            self._log(by, Side.ACCOUNT, "delete", account.id, {}, {"name": account.name}, {})

    # ---- users

    def create_user(
        self,
        external_id: str,
        *,
        accounts: Sequence[str] = (),
        name: str | None = None,
        email: str | None = None,
        traits: dict[str, Any] | None = None,
        at: int | None = None,
    ) -> User:
        """A new user, as the product or a person makes one; `accounts` by either kind of id."""
        body: dict[str, Any] = {"externalId": external_id, "name": name, "email": email}
        body["accountIds"] = [self._known_account(account).id for account in accounts]
        body["traits"] = traits or {}
        return self.create(body, by=WORLD, at=at)

    def create(self, body: dict[str, Any], *, by: str, at: int | None = None) -> User:
        """A new user from a checked API body.

        Raises DuplicateExternalId and UnknownId (an account). The accounts' `updatedAt` becomes the
        user's `createdAt` and their `usersCount` grows (recorded).
        """
        with self.lock:
            self.settle()
            external_id = body["externalId"]
            if self._registry.having_external_id(external_id):
                if self.switches.duplicate is Duplicate.UPSERT and by == API:
                    return self.change(external_id, body, by=by)
                raise DuplicateExternalId(external_id)
            stamp = self.now() if at is None else at
            user = User(id=self._new_id(), external_id=external_id, created=stamp, updated=stamp)
            self._require_accounts(body.get("accountIds", ()))
            apply(user, body, stamp, keep_nulls=self._keeps_nulls(by))
            self.lag.note(user.id, None, stamp)
            self._registry.put(user)
            self._attach(user, (), stamp)
            self._log(by, Side.USER, "create", user.id, body, {}, facts(user))
            return user

    def update_user(self, name_or_id: str, **changes: Any) -> User:
        """Change a user from outside the API: name, email, traits (merged), accounts (replaced)."""
        accounts = changes.pop("accounts", None)
        if accounts is not None:
            changes["accountIds"] = [self._known_account(account).id for account in accounts]
        return self.change(name_or_id, changes, by=WORLD)

    def change(self, name_or_id: str, body: dict[str, Any], *, by: str) -> User:
        """Apply a checked API body to a user: partial, traits merged. Raises UnknownId."""
        with self.lock:
            user = self._known_user(name_or_id)
            old = copy.copy(user)
            before = facts(user)
            ids = tuple(body.get("accountIds", user.account_ids))
            if by == API and self.switches.accounts_on_update is AccountsOnUpdate.UNION:
                ids = (*user.account_ids, *(id_ for id_ in ids if id_ not in user.account_ids))
            self._require_accounts(ids)
            self._registry.take(user)
            nulls = self._keeps_nulls(by)
            apply(user, {**body, "accountIds": ids}, self.now(), keep_nulls=nulls)
            gone, came = difference(before, facts(user))
            if gone or came or self.switches.identical_update_moves:
                user.updated = self.now()
                self.lag.note(user.id, old, user.updated)
            self._registry.put(user)
            self._attach(user, old.account_ids, user.updated)
            self._log(by, Side.USER, "update", user.id, body, gone, came)
            return user

    def delete_user(
        self,
        name_or_id: str,
        *,
        immediately: bool | None = None,
        on: int | None = None,
        by: str = WORLD,
    ) -> None:
        """Delete a user: at once, or marked for the stamp `on` (default: the switches decide).

        A marked user stays readable, its `updatedAt` moves, and nothing in its body tells (reported
        by users of the API). Raises UnknownId.
        """
        with self.lock:
            user = self._known_user(name_or_id)
            now = self.now()
            if on is None:
                if immediately is None:
                    immediately = self.switches.deletion is Deletion.IMMEDIATE
                on = now if immediately else now + int(self.switches.delete_grace * 1000)
            old = copy.copy(user)
            self._registry.take(user)
            user.updated, user.delete_on = now, on
            self._registry.put(user)
            self.lag.note(user.id, old, now)
            heapq.heappush(self._due, (on, user.id))
            self._log(by, Side.USER, "delete", user.id, {}, facts(user), {"deleteOn": iso(on)})
            self.settle()

    def buried(self, external_id: str) -> User | None:
        """The user that had this externalId and is deleted."""
        with self.lock:
            found = [u for u in self._buried.values() if u.external_id == external_id]
            return found[-1] if found else None

    def restore_user(self, user_id: str) -> User:
        """Take a deletion back: unmark, or bring the buried user back under its old ids.

        Raises UnknownId, and DuplicateExternalId where another user took its externalId.
        """
        with self.lock:
            user = self.users.get(user_id)
            if user is None:
                user = self._buried.get(user_id)
                if user is None:
                    raise UnknownId(user_id)
                if self._registry.having_external_id(user.external_id):
                    raise DuplicateExternalId(user.external_id)
                del self._buried[user_id]
                self.lag.note(user.id, None, self.now())
            else:
                self.lag.note(user.id, copy.copy(user), self.now())
                self._registry.take(user)
            user.delete_on, user.updated = None, self.now()
            user.account_ids = tuple(id_ for id_ in user.account_ids if id_ in self.accounts)
            self._registry.put(user)
            self._attach(user, (), user.updated)
            self._log(WORLD, Side.USER, "restore", user.id, {}, {}, facts(user))
            return user

    def load(self, users: Iterable[User]) -> None:
        """Add many users as they are, unlogged: how large worlds are made."""
        with self.lock:
            added = list(users)
            self._registry.load(added)
            for user in added:
                for account_id in user.account_ids:
                    self._members[account_id].add(user.id)
                    self.accounts[account_id].users += 1

    def settle(self) -> None:
        """Carry out what time alone brings: due deletions, and orphans where the switch says so."""
        now = self.now()
        while self._due and self._due[0][0] <= now:
            _, user_id = heapq.heappop(self._due)
            user = self.users.get(user_id)
            if user and user.delete_on is not None and user.delete_on <= now:
                self._bury(user)
        if self.switches.drop_orphans_after is not None:
            oldest = now - int(self.switches.drop_orphans_after * 1000)
            for user in [u for u in self.users.values() if not u.account_ids]:
                if user.created <= oldest:
                    self._bury(user)

    # ---- inside

    def _keeps_nulls(self, by: str) -> bool:
        # Integrations leave null traits behind (recorded); a null over the API deletes.
        return by == SYNCER or self.switches.deleted_trait is DeletedTrait.NULL

    def _attach(self, user: User, before: tuple[str, ...], stamp: int) -> None:
        """Keep members and `usersCount`; a company whose count changed moves its `updatedAt`."""
        for account_id in {*before, *user.account_ids}:
            if account_id not in self.accounts:
                continue
            members, account = self._members[account_id], self.accounts[account_id]
            if account_id in user.account_ids:
                members.add(user.id)
            else:
                members.discard(user.id)
            if account.users != len(members):
                account.users, account.updated = len(members), max(account.updated, stamp)

    def _bury(self, user: User) -> None:
        self.lag.note(user.id, copy.copy(user), self.now())
        self._registry.take(user)
        ids, user.account_ids = user.account_ids, ()
        self._attach(user, ids, self.now())
        user.account_ids = ids
        self._buried[user.id] = user

    def _require_accounts(self, ids: Iterable[str]) -> None:
        for account_id in ids:
            if account_id not in self.accounts:
                raise UnknownId(account_id)

    def _known_user(self, name_or_id: str) -> User:
        found = self.user(name_or_id)
        if found is None:
            raise UnknownId(name_or_id)
        return found

    def _known_account(self, name_or_id: str) -> Account:
        found = self.account(name_or_id)
        if found is None:
            raise UnknownId(name_or_id)
        return found

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _log(
        self,
        by: str,
        side: Side,
        action: str,
        id_: str,
        sent: dict[str, Any],
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        held = copy.deepcopy((sent, before, after))
        number = len(self.writes) + 1
        self.writes.append(Write(number, self.now(), by, side, action, id_, *held))
