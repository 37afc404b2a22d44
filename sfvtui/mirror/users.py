"""Users: what Vitally answered, written where it is news; and one user read by its ids."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sfvtui.domain.bound import BoundMapping, trait_value
from sfvtui.domain.lookalikes import name_key
from sfvtui.domain.matching import match_key
from sfvtui.domain.text import fold, trim
from sfvtui.mirror import traits
from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.pages import Written, in_chunks
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch_users


class Users:
    """Writes Vitally users (as the API gives them) into `user` and `user_account`."""

    def __init__(self, store: Store, bound: BoundMapping) -> None:
        self.store = store
        self.bound = bound
        self.columns = [
            "user_id", "external_id", "match_key", "display_name", "email_text", "email_key",
            "name_key", "traits_json", "updated_at", "missing_at", "folded_text",
        ]  # fmt: skip
        self.all_columns = self.columns + [pair.name for pair in bound.pairs]
        self.doubted: list[str] = []

    def write(self, users: Sequence[Mapping[str, Any]], *, listed: bool = False) -> Written:
        """Writes one page in one transaction.

        An answer older than what the store has seen or written of a user is not believed: lists
        may lag behind writes. Nor is a list (`listed`) that shows a user who was not found by id,
        as it was before: that one goes into `doubted`, to be asked for.
        """
        written = Written(read=len(users))
        with self.store.write():
            for chunk in in_chunks(users):
                self._write(chunk, written, listed=listed)
        return written

    def _write(self, users: Sequence[Mapping[str, Any]], written: Written, *, listed: bool) -> None:
        by_id = {str(user["id"]): user for user in users}
        known = self._known(list(by_id))
        owned = self._accounts_of([row["user_pk"] for row in known.values()])
        fresh: list[tuple[str | None, ...]] = []
        changed: list[tuple[str | int | None, ...]] = []
        accounts: dict[str, list[str]] = {}
        moved: list[int] = []
        for user_id, user in by_id.items():
            old, new = known.get(user_id), self.columns_of(user_id, user)
            now = [str(a["id"]) for a in user.get("accounts") or () if a.get("id")]
            if old is None:
                fresh.append(tuple(new.values()))
                accounts[user_id] = now
                continue
            if str(new["updated_at"]) < old["updated_at"]:
                continue
            if listed and old["missing_at"] and new["updated_at"] == old["updated_at"]:
                self.doubted.append(user_id)
                continue
            if set(now) != owned.get(old["user_pk"], set()):
                accounts[user_id] = now
            elif tuple(new.values()) == tuple(old)[:-1]:
                continue
            moved.append(old["user_pk"])
            changed.append((*new.values(), old["user_pk"]))
        touch_users(self.store, moved)  # as they were; and below, as they are
        self._apply(fresh, changed, accounts)
        if fresh:
            ids = [row[0] for row in fresh]
            found = self.store.rows(
                f"SELECT user_pk FROM user WHERE user_id IN ({marks(ids)})", *ids
            )
            moved += [row[0] for row in found]
        touch_users(self.store, moved)
        written.changed += len(fresh) + len(changed)

    def _apply(
        self,
        fresh: Sequence[tuple[str | None, ...]],
        changed: Sequence[tuple[str | int | None, ...]],
        accounts: Mapping[str, list[str]],
    ) -> None:
        """Inserts and updates users, and replaces the accounts of those named (by Vitally id)."""
        db = self.store.db
        names = ", ".join(quoted(name) for name in self.all_columns)
        sets = ", ".join(f"{quoted(name)} = ?" for name in self.all_columns)
        db.executemany(f"INSERT INTO user({names}) VALUES ({marks(self.all_columns)})", fresh)
        db.executemany(f"UPDATE user SET {sets} WHERE user_pk = ?", changed)
        of_user = "(SELECT user_pk FROM user WHERE user_id = ?)"
        db.executemany(
            f"DELETE FROM user_account WHERE user_pk = {of_user}", [(u,) for u in accounts]
        )
        db.executemany(
            f"INSERT OR IGNORE INTO user_account VALUES ({of_user}, ?)",
            [(user_id, account) for user_id, ids in accounts.items() for account in ids],
        )

    def _accounts_of(self, user_pks: Sequence[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for row in self.store.rows(
            f"SELECT * FROM user_account WHERE user_pk IN ({marks(user_pks)})", *user_pks
        ):
            found.setdefault(row["user_pk"], set()).add(row["account_id"])
        return found

    def _known(self, ids: list[str]) -> dict[str, Row]:
        names = ", ".join(quoted(name) for name in self.all_columns)
        found = self.store.rows(
            f"SELECT {names}, user_pk FROM user WHERE user_id IN ({marks(ids)})", *ids
        )
        return {row["user_id"]: row for row in found}

    def columns_of(self, user_id: str, user: Mapping[str, Any]) -> dict[str, str | None]:
        """The user's columns, in the order of `all_columns`."""
        bound = self.bound
        name, email = trim(str(user.get("name") or "")), trim(str(user.get("email") or ""))
        external = user.get("externalId")
        source = bound.user_key_source(user)
        values = {p.name: p.from_vitally(trait_value(user, p.pair.trait)) for p in bound.pairs}
        words = [user_id, str(external or ""), name, email, *(v for v in values.values() if v)]
        return {
            "user_id": user_id,
            "external_id": None if external is None else str(external),
            "match_key": match_key(bound.mapping.match, bound.match_field, source),
            "display_name": name or email or str(external or user_id),
            "email_text": email,
            "email_key": fold(email) or None,
            "name_key": name_key(name) or None,
            "traits_json": traits.to_text(user.get("traits") or {}),
            "updated_at": str(user.get("updatedAt") or ""),
            "missing_at": None,
            "folded_text": fold(" ".join(words)),
            **values,
        }

    def rebuild(self) -> None:
        """Computes every user's match key and pair columns again from what was read, after the
        mapping changed: all traits are kept, so nothing has to be read again."""
        last = 0
        while True:
            rows = self.store.rows(
                "SELECT * FROM user WHERE user_pk > ? ORDER BY user_pk LIMIT 1000", last
            )
            if not rows:
                return
            last = rows[-1]["user_pk"]
            with self.store.write():
                sets = ", ".join(f"{quoted(name)} = ?" for name in self.all_columns)
                for row in rows:
                    new = self.columns_of(row["user_id"], stored_user(row))
                    new["missing_at"] = row["missing_at"]
                    self.store.db.execute(
                        f"UPDATE user SET {sets} WHERE user_pk = ?",
                        (*new.values(), row["user_pk"]),
                    )


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


def taken_by(store: Store, external_id: str | None) -> str | None:
    """The user that has this externalId already."""
    if not external_id:
        return None
    found = store.value(
        "SELECT user_id FROM user WHERE external_id = ? AND missing_at IS NULL", external_id
    )
    return None if found is None else str(found)


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


def near(store: Store, email_key: str | None, account_ids: Collection[str]) -> list[Row]:
    """The users of an e-mail or of these accounts, in whom one looks for look-alikes: number, id,
    name, e-mail."""
    columns = "u.user_pk, u.user_id, u.display_name, u.email_text"
    rows = store.rows(
        f"SELECT {columns} FROM user u WHERE email_key = ? AND missing_at IS NULL", email_key
    )
    for account_id in account_ids:
        rows += store.rows(
            f"SELECT {columns} FROM user_account ua JOIN user u USING (user_pk)"
            " WHERE ua.account_id = ? AND u.missing_at IS NULL",
            account_id,
        )
    return rows
