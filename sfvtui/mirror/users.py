"""Users: what Vitally answered, written where it is news; and one user read by its ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.mirror import counts, traits
from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.mirrored import Column, Mirrored, Values
from sfvtui.mirror.pages import ROWS, Written, in_chunks
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch_users
from sfvtui.mirror.user_rows import UserRows


class Users:
    """Writes Vitally users (as the API gives them) into `user` and `user_account`."""

    def __init__(self, store: Store, bound: BoundMapping) -> None:
        self.store = store
        self.bound = bound
        self.shape = UserRows(bound)
        self.table = Mirrored(store, "user", self.shape.columns)
        self._updated = self.shape.columns.index("updated_at")
        self.doubted: list[str] = []

    def write(
        self, users: Sequence[Mapping[str, Any]], *, listed: bool = False, first: bool = False
    ) -> Written:
        """Writes one page in one transaction. A `first` load touches nothing: when it has ended,
        everything is decided.

        An answer older than what the store has seen or written of a user is not believed: lists
        may lag behind writes. Nor is a list (`listed`) that shows a user who was not found by id,
        as it was before: that one goes into `doubted`, to be asked for.
        """
        written = Written(read=len(users))
        with self.store.write():
            for chunk in in_chunks(users, ROWS):
                self._write(chunk, written, listed=listed, first=first)
        return written

    def _write(
        self, users: Sequence[Mapping[str, Any]], written: Written, *, listed: bool, first: bool
    ) -> None:
        by_id = {str(user["id"]): user for user in users}
        ids, of_page = list(by_id), list(by_id.values())
        known = self.table.known(ids)
        owned = self._accounts_of([row["user_pk"] for row in known.values()])
        fresh: list[Values] = []
        owners: list[Sequence[str]] = []
        changed: list[tuple[Row, Values]] = []
        moved: dict[int, Sequence[str]] = {}
        for new, user in zip(self.shape.of(ids, of_page), of_page, strict=True):
            old, now = known.get(new[0] or ""), _account_ids(user)
            if old is None:
                fresh.append(new)
                owners.append(now)
                continue
            number, updated_at = old["user_pk"], new[self._updated] or ""
            written.numbers.append(number)
            if updated_at < old["updated_at"]:
                continue
            if listed and old["missing_at"] and updated_at == old["updated_at"]:
                self.doubted.append(old["user_id"])
                continue
            if set(now) != owned.get(number, set()):
                moved[number] = now
            elif new == tuple(old)[1:]:
                continue
            changed.append((old, new))
        numbers = self.table.insert(fresh)
        if fresh:
            counts.more_users(self.store, len(fresh))
        before = [old["user_pk"] for old, _ in changed]
        if not first:
            touch_users(self.store, before)  # as they were; and below, as they are
        self.table.update(changed)
        self._own(dict(zip(numbers, owners, strict=True)), moved)
        if not first:
            touch_users(self.store, [*before, *numbers])
        written.numbers += numbers
        written.changed += len(fresh) + len(changed)

    def _own(self, fresh: Mapping[int, Sequence[str]], moved: Mapping[int, Sequence[str]]) -> None:
        """Gives new users their accounts, and others these in place of what they had."""
        self.store.db.executemany(
            "DELETE FROM user_account WHERE user_pk = ?", [(one,) for one in moved]
        )
        self.store.insert(
            "INSERT OR IGNORE INTO user_account",
            2,
            [(one, account) for ids in (fresh, moved) for one in ids for account in ids[one]],
        )

    def _accounts_of(self, user_pks: Sequence[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for row in self.store.rows(
            f"SELECT * FROM user_account WHERE user_pk IN ({marks(user_pks)})", *user_pks
        ):
            found.setdefault(row["user_pk"], set()).add(row["account_id"])
        return found

    def columns_of(self, user_id: str, user: Mapping[str, Any]) -> dict[str, str | None]:
        """What a user would be in the mirror, by column."""
        (values,) = self.shape.of([user_id], [user])
        return dict(zip(self.shape.columns, values, strict=True))

    def rebuild(self) -> None:
        """Computes every user's match key, searched text and pair columns again from what was
        read, after the mapping changed: all traits are kept, so nothing has to be read again. What
        comes out the same is not written."""

        def mapped(rows: Sequence[Row]) -> list[Column]:
            return self.shape.of_mapping(
                [row["user_id"] for row in rows],
                [stored_user(row) for row in rows],
                [row["external_id"] for row in rows],
            )

        self.table.revise(self.shape.mapped, mapped, self.shape.mapped_by)


def _account_ids(user: Mapping[str, Any]) -> list[str]:
    return [str(one["id"]) for one in user.get("accounts") or () if one.get("id")]


def stored_user(row: Row) -> dict[str, Any]:
    """A user of the mirror in the shape of the API (what the decisions read of it)."""
    name = row["display_name"]
    external = row["external_id"]
    if name in (row["email_text"], external, row["user_id"]) and not row["name_key"]:
        name = None
    return {
        "id": row["user_id"],
        "externalId": external,
        "name": name,
        "email": row["email_text"] or None,
        "traits": traits.from_text(row["traits_json"]),
        "updatedAt": row["updated_at"],
    }


# --- one user


def by_id(store: Store, user_id: str | None) -> Row | None:
    """The user of this Vitally id."""
    return store.row("SELECT * FROM user WHERE user_id = ?", user_id)


def by_pk(store: Store, user_pk: int) -> Row | None:
    """The user of this number."""
    return store.row("SELECT * FROM user WHERE user_pk = ?", user_pk)


def pk_of(store: Store, user_id: str | None) -> int | None:
    """The number of the user of this Vitally id."""
    found = store.value("SELECT user_pk FROM user WHERE user_id = ?", user_id)
    return None if found is None else int(found)


def named(store: Store, name: str) -> list[Row]:
    """The users that have this Vitally id or externalId: the first kind first, missing ones last."""
    return store.rows(
        "SELECT * FROM user WHERE user_id = ?1 OR external_id = ?1"
        " ORDER BY user_id = ?1 DESC, missing_at IS NOT NULL",
        name,
    )


def of_external_id(store: Store, external_id: str) -> list[Row]:
    """The users of this externalId."""
    return store.rows("SELECT * FROM user WHERE external_id = ?", external_id)


def value(store: Store, user_id: str, field: str) -> str | None:
    """What the mirror holds of the user's trait or attribute that mirrors a Salesforce field."""
    found: str | None = store.value(f"SELECT {quoted(field)} FROM user WHERE user_id = ?", user_id)
    return found


def miss(store: Store, user_id: str, at: str) -> bool:
    """Notes, in the caller's transaction, that a user does not answer any more, and touches the
    records that it has to do with. Returns whether that is news."""
    missing = store.db.execute(
        "UPDATE user SET missing_at = ? WHERE user_id = ? AND missing_at IS NULL", (at, user_id)
    )
    if missing.rowcount:
        touch_users(store, [store.value("SELECT user_pk FROM user WHERE user_id = ?", user_id)])
    return bool(missing.rowcount)


# --- several users


def some(store: Store, limit: int) -> list[str]:
    """The Vitally ids of a few users."""
    rows = store.rows(
        "SELECT user_id FROM user WHERE missing_at IS NULL ORDER BY user_pk LIMIT ?", limit
    )
    return [row[0] for row in rows]
