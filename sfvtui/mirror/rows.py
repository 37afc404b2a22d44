"""Writing what a service answered into the mirror: only rows that changed, and what they touch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from sfvtui.domain.bound import BoundMapping, trait_value
from sfvtui.domain.fields import Field
from sfvtui.domain.ids import key
from sfvtui.domain.lookalikes import name_key
from sfvtui.domain.matching import account_key, match_key
from sfvtui.domain.text import fold, trim
from sfvtui.domain.values import canonical, reader
from sfvtui.mirror.store import Store

CHUNK = 500
"""How many parameters one `IN (…)` gets."""


@dataclass
class Written:
    """What a page did: rows read, rows new or changed."""

    read: int = 0
    changed: int = 0


def ensure_columns(store: Store, bound: BoundMapping) -> set[str]:
    """Adds the columns that the mapping needs; returns the names of new columns of `record`.

    A new column is NULL in every row: not read.
    """
    with store.write():
        new = _add(store, "record", (f.name for f in bound.fields))
        _add(store, "user", (p.name for p in bound.pairs))
        _add(store, "base", (p.name for p in bound.pairs))
    return new


def _add(store: Store, table: str, names: Iterable[str]) -> set[str]:
    have = {name.lower() for name in store.columns(table)}
    new = set()
    for name in names:
        if name.lower() not in have:
            quoted = name.replace('"', '""')
            store.db.execute(f'ALTER TABLE "{table}" ADD COLUMN "{quoted}" TEXT')
            have.add(name.lower())
            new.add(name)
    return new


def in_chunks(items: Sequence[Any], size: int = CHUNK) -> Iterable[Sequence[Any]]:
    """`items` in slices of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def marks(items: Sequence[Any]) -> str:
    """As many `?` as there are items, for `IN (…)`."""
    return ",".join("?" * len(items))


# --- records


class Records:
    """Writes pages of Salesforce rows (flat: API name or path → value) into `record`."""

    def __init__(self, store: Store, bound: BoundMapping) -> None:
        self.store = store
        self.bound = bound
        self.readers = [(field, reader(field)) for field in bound.fields]
        self.columns = [
            "record_id", "match_key", "account_key", "external_id", "display_name", "email_key",
            "name_key", "gone_why", "master_id", "modified_at", "modified_by", "stamp_at",
            "folded_text",
        ]  # fmt: skip
        self.all_columns = self.columns + [field.name for field in bound.fields]

    def write(
        self, rows: Sequence[Mapping[str, Any]], *, narrow: bool = False, deleted: bool = False
    ) -> Written:
        """Writes one page in one transaction. `narrow` rows hold some fields only and no stamp.
        Rows of deleted records that the mirror does not have are passed over, but for `deleted`.

        An asked-for field that did not arrive stays as it is (unread, if it never was read). A
        row that is older than the mirror's (its stamp) is not believed: it was read before a
        write of ours, and arrived after it.
        """
        written = Written(read=len(rows))
        with self.store.write():
            for chunk in in_chunks(rows):
                self._write(chunk, written, narrow=narrow, deleted=deleted)
        return written

    def _write(
        self, rows: Sequence[Mapping[str, Any]], written: Written, *, narrow: bool, deleted: bool
    ) -> None:
        by_id = {key(str(row["Id"])): row for row in rows}
        known = self._known(list(by_id))
        fresh, changed, touched_keys, touched = [], [], set(), []
        for record_id, row in by_id.items():
            old = known.get(record_id)
            if old is None and (narrow or (_deleted(row) and not deleted)):
                continue
            new = self.columns_of(record_id, row, old)
            if old is not None:
                stamp = new["stamp_at"]
                if stamp and stamp < old["stamp_at"]:
                    continue
                if all(new[name] == old[name] for name in self.all_columns):
                    continue
                touched_keys.add(old["match_key"])
                touched.append(old["record_pk"])
                changed.append((*new.values(), old["record_pk"]))
            else:
                fresh.append(tuple(new.values()))
            touched_keys.add(new["match_key"])
        names = ", ".join(_quoted(name) for name in self.all_columns)
        if fresh:
            self.store.db.executemany(
                f"INSERT INTO record({names}) VALUES ({marks(self.all_columns)})", fresh
            )
            ids = [row[0] for row in fresh]
            self.store.db.execute(
                "INSERT OR IGNORE INTO touched SELECT record_pk FROM record"
                f" WHERE record_id IN ({marks(ids)})",
                ids,
            )
        if changed:
            sets = ", ".join(f"{_quoted(name)} = ?" for name in self.all_columns)
            self.store.db.executemany(f"UPDATE record SET {sets} WHERE record_pk = ?", changed)
        touch(self.store, touched)
        touch_keys(self.store, touched_keys)
        written.changed += len(fresh) + len(changed)

    def _known(self, ids: list[str]) -> dict[str, sqlite3.Row]:
        names = ", ".join(_quoted(name) for name in self.all_columns)
        found = self.store.rows(
            f"SELECT record_pk, {names} FROM record WHERE record_id IN ({marks(ids)})", *ids
        )
        return {row["record_id"]: row for row in found}

    def columns_of(
        self, record_id: str, row: Mapping[str, Any], old: sqlite3.Row | None
    ) -> dict[str, str | None]:
        """The row's columns, in the order of `all_columns`."""
        values: dict[str, str | None] = {}
        for field, read in self.readers:
            if field.name in row:
                values[field.name] = read(row[field.name])
            else:
                values[field.name] = old[field.name] if old is not None else None
        bound = self.bound
        display = _shown(values, bound.name_field)
        email = _shown(values, bound.email_field)

        def system(name: str, column: str) -> str:
            if name in row:
                return _stamp(row[name])
            return str(old[column] or "") if old is not None else ""

        deleted = _deleted(row)
        gone = None
        master = str(row.get("MasterRecordId") or "")
        if deleted:
            gone = "merged" if master else "deleted"
        elif "IsDeleted" not in row and old is not None and not row.get("SystemModstamp"):
            gone, master = old["gone_why"], old["master_id"] or ""
        modified_by = row.get("LastModifiedById", old["modified_by"] if old is not None else None)
        return {
            "record_id": record_id,
            "match_key": match_key(
                bound.mapping.match, bound.match_field, values[bound.match_field.name]
            ),
            "account_key": account_key(
                bound.account_field,
                values[bound.account_field.name] if bound.account_field is not None else None,
            ),
            "external_id": values[bound.external_id_field.name] or None,
            "display_name": display or email or record_id,
            "email_key": fold(trim(email)) or None,
            "name_key": name_key(display) or None,
            "gone_why": gone,
            "master_id": key(master) if master else None,
            "modified_at": system("LastModifiedDate", "modified_at"),
            "modified_by": modified_by,
            "stamp_at": system("SystemModstamp", "stamp_at"),
            "folded_text": fold(" ".join([record_id, *(v for v in values.values() if v)])),
            **values,
        }


def _shown(values: Mapping[str, str | None], field: Field | None) -> str:
    return (values.get(field.name) or "") if field is not None else ""


def _deleted(row: Mapping[str, Any]) -> bool:
    return str(row.get("IsDeleted", "")).lower() == "true"


def _stamp(raw: object) -> str:
    text = str(raw or "")
    for ending in (".000+0000", "+0000", ".000Z", "+00:00"):
        if text.endswith(ending):
            return text[: -len(ending)] + "Z"
    return text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# --- users


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
            elif all(new[name] == old[name] for name in self.all_columns):
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
        names = ", ".join(_quoted(name) for name in self.all_columns)
        sets = ", ".join(f"{_quoted(name)} = ?" for name in self.all_columns)
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

    def _known(self, ids: list[str]) -> dict[str, sqlite3.Row]:
        names = ", ".join(_quoted(name) for name in self.all_columns)
        found = self.store.rows(
            f"SELECT user_pk, {names} FROM user WHERE user_id IN ({marks(ids)})", *ids
        )
        return {row["user_id"]: row for row in found}

    def columns_of(self, user_id: str, user: Mapping[str, Any]) -> dict[str, str | None]:
        """The user's columns, in the order of `all_columns`."""
        bound = self.bound
        name, email = trim(str(user.get("name") or "")), trim(str(user.get("email") or ""))
        external = user.get("externalId")
        source = bound.user_key_source(user)
        traits = user.get("traits") or {}
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
            "traits_json": _exact(traits),
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
                sets = ", ".join(f"{_quoted(name)} = ?" for name in self.all_columns)
                for row in rows:
                    new = self.columns_of(row["user_id"], stored_user(row))
                    new["missing_at"] = row["missing_at"]
                    self.store.db.execute(
                        f"UPDATE user SET {sets} WHERE user_pk = ?",
                        (*new.values(), row["user_pk"]),
                    )


def accounts_of(store: Store, user_pk: int) -> list[str]:
    """The Vitally ids of a user's accounts, sorted."""
    rows = store.rows(
        "SELECT account_id FROM user_account WHERE user_pk = ? ORDER BY account_id", user_pk
    )
    return [row[0] for row in rows]


def stored_user(row: sqlite3.Row) -> dict[str, Any]:
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
        "traits": json.loads(row["traits_json"], parse_float=Decimal),
        "updatedAt": row["updated_at"],
    }


def _exact(traits: Mapping[str, Any]) -> str:
    """Traits as JSON text, numbers with all digits that came."""
    return _ENCODER.encode(traits).decode()


_ENCODER = msgspec.json.Encoder(decimal_format="number")


# --- accounts


def write_accounts(
    store: Store, bound: BoundMapping, accounts: Sequence[Mapping[str, Any]]
) -> Written:
    """Writes Vitally accounts, and touches the records that belong to what changed."""
    written = Written(read=len(accounts))
    with store.write():
        for account in accounts:
            account_id = str(account["id"])
            rule_key = account_key(
                bound.account_field, trait_value(account, bound.mapping.account.equals)
            )
            traits = account.get("traits") or {}
            new = (
                None if account.get("externalId") is None else str(account["externalId"]),
                rule_key,
                str(account.get("name") or ""),
                account.get("churnedAt"),
                str(account.get("updatedAt") or ""),
                _exact(traits),
            )
            old = store.row("SELECT * FROM account WHERE account_id = ?", account_id)
            if old is not None and (str(new[4]) < old["updated_at"] or tuple(old)[1:] == new):
                continue
            store.db.execute(
                "INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?)", (account_id, *new)
            )
            keys = {rule_key, old["rule_key"] if old is not None else None} - {None}
            store.db.execute(
                "INSERT OR IGNORE INTO touched SELECT record_pk FROM record"
                f" WHERE account_key IN ({marks(list(keys))})",
                list(keys),
            )
            written.changed += 1
    return written


def rebuild_accounts(store: Store, bound: BoundMapping) -> None:
    """Computes every account's rule key again, after the account rule changed."""
    with store.write():
        for row in store.rows("SELECT * FROM account"):
            account = {
                "externalId": row["external_id"],
                "name": row["name"],
                "traits": json.loads(row["traits_json"], parse_float=Decimal),
            }
            rule_key = account_key(
                bound.account_field, trait_value(account, bound.mapping.account.equals)
            )
            store.db.execute(
                "UPDATE account SET rule_key = ? WHERE account_id = ?",
                (rule_key, row["account_id"]),
            )


def rebuild_records(store: Store, bound: BoundMapping) -> None:
    """Computes every record's derived columns again from its mirrored values, after the mapping
    changed."""
    records = Records(store, bound)
    last = 0
    while True:
        rows = store.rows(
            "SELECT * FROM record WHERE record_pk > ? ORDER BY record_pk LIMIT 1000", last
        )
        if not rows:
            return
        last = rows[-1]["record_pk"]
        with store.write():
            sets = ", ".join(f"{_quoted(name)} = ?" for name in records.all_columns)
            for row in rows:
                new = records.columns_of(row["record_id"], {"Id": row["record_id"]}, row)
                store.db.execute(
                    f"UPDATE record SET {sets} WHERE record_pk = ?",
                    (*new.values(), row["record_pk"]),
                )


# --- what has to be decided again


def touch(store: Store, record_pks: Iterable[int]) -> None:
    """Marks records to be decided again."""
    store.db.executemany("INSERT OR IGNORE INTO touched VALUES (?)", [(pk,) for pk in record_pks])


def touch_keys(store: Store, match_keys: Iterable[str | None]) -> None:
    """Marks all records that have these match values to be decided again."""
    store.db.executemany(
        "INSERT OR IGNORE INTO touched_key VALUES (?)",
        [(value,) for value in match_keys if value is not None],
    )


def touch_users(store: Store, user_pks: Sequence[int]) -> None:
    """Marks the records that these users have to do with: linked ones, those of their match value,
    externalId or e-mail, and those without a link in their accounts."""
    if not user_pks:
        return
    store.db.execute("CREATE TEMP TABLE IF NOT EXISTS moved(user_pk INTEGER PRIMARY KEY)")
    store.db.execute("DELETE FROM moved")
    store.db.executemany("INSERT OR IGNORE INTO moved VALUES (?)", [(pk,) for pk in user_pks])
    store.db.execute(
        "INSERT OR IGNORE INTO touched_key SELECT match_key FROM moved JOIN user USING (user_pk)"
        " WHERE match_key IS NOT NULL"
    )
    undecided = "AND r.record_state IN ('unmatched', 'held', 'approved')"
    of_account = (
        "JOIN account a ON a.account_id = o.account_id JOIN record r ON r.account_key = a.rule_key"
    )
    for found in (
        "link l ON l.user_pk = m.user_pk JOIN record r ON r.record_pk = l.record_pk",
        "user u ON u.user_pk = m.user_pk JOIN record r ON r.external_id = u.external_id",
        f"user u ON u.user_pk = m.user_pk JOIN record r ON r.email_key = u.email_key {undecided}",
        f"user_account o ON o.user_pk = m.user_pk {of_account} {undecided}",
    ):
        store.db.execute(
            f"INSERT OR IGNORE INTO touched SELECT r.record_pk FROM moved m JOIN {found}"
        )


def touch_user(store: Store, user_pk: int) -> None:
    """Marks the records that a user has to do with."""
    touch_users(store, [user_pk])


def touch_all(store: Store) -> None:
    """Marks every record to be decided again."""
    store.db.execute("INSERT OR IGNORE INTO touched SELECT record_pk FROM record")


def touch_decided(store: Store) -> None:
    """Marks every record that has a state already to be decided again."""
    store.db.execute(
        "INSERT OR IGNORE INTO touched SELECT record_pk FROM record WHERE record_state IS NOT NULL"
    )


def forget(store: Store, name: str) -> None:
    """Makes a mirrored Salesforce field unread in every record: the next pull reads it again."""
    if name.lower() in {column.lower() for column in store.columns("record")}:
        store.db.execute(f"UPDATE record SET {_quoted(name)} = NULL")
        store.put(f"unread:{name}", "yes")


def rescale(store: Store, field: Field) -> None:
    """Writes the bases and stays of a number field anew, after its scale changed, and makes its
    values in the records unread: they were rounded to the old one."""
    forget(store, field.name)
    column = _quoted(field.name)
    for row in store.rows(f"SELECT link_id, {column} FROM base WHERE {column} <> ''"):
        set_value(store, "base", field.name, canonical(field, row[1]), row[0])
    for row in store.rows("SELECT * FROM stay WHERE field = ?", field.name):
        store.db.execute(
            "UPDATE stay SET salesforce = ?, vitally = ? WHERE link_id = ? AND field = ?",
            (
                canonical(field, row["salesforce"]), canonical(field, row["vitally"]),
                row["link_id"], field.name,
            ),
        )  # fmt: skip


def set_value(store: Store, table: str, column: str, value: str | None, where: int) -> None:
    """Sets one mirrored column of one row of `record`, `user` or `base` (by its primary key)."""
    pk = {"record": "record_pk", "user": "user_pk", "base": "link_id"}[table]
    store.db.execute(f'UPDATE "{table}" SET {_quoted(column)} = ? WHERE {pk} = ?', (value, where))


def set_base(store: Store, link_id: int, values: Mapping[str, str | None]) -> None:
    """Sets bases of a link: API name → canonical value; None voids."""
    if not values:
        return
    store.db.execute("INSERT OR IGNORE INTO base(link_id) VALUES (?)", (link_id,))
    for name, value in values.items():
        set_value(store, "base", name, value, link_id)


def canonical_row(bound: BoundMapping, row: Mapping[str, Any]) -> dict[str, str]:
    """The canonical values of a flat Salesforce row, for the mirrored fields that it holds."""
    return {f.name: canonical(f, row[f.name]) for f in bound.fields if f.name in row}
