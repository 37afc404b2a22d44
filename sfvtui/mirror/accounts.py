"""Accounts: what Vitally answered, and which accounts a record belongs to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sfvtui.domain.bound import BoundMapping, trait_value
from sfvtui.domain.matching import account_key
from sfvtui.mirror import traits
from sfvtui.mirror.columns import marks
from sfvtui.mirror.pages import Written
from sfvtui.mirror.store import Store
from sfvtui.mirror.touched import touch_accounts


def write(
    store: Store,
    bound: BoundMapping,
    accounts: Sequence[Mapping[str, Any]],
    *,
    first: bool = False,
) -> Written:
    """Writes Vitally accounts, and touches the records that belong to what changed (but for a
    `first` load: when it has ended, everything is decided)."""
    written = Written(read=len(accounts))
    with store.write():
        by_id = {str(account["id"]): account for account in accounts}
        known = {
            row["account_id"]: row
            for row in store.rows(
                f"SELECT * FROM account WHERE account_id IN ({marks(by_id)})", *by_id
            )
        }
        news, keys = [], set[str | None]()
        for account_id, account in by_id.items():
            new, old = _columns(bound, account_id, account), known.get(account_id)
            if old is None or (new != tuple(old) and new[_UPDATED] >= old["updated_at"]):
                news.append(new)
                keys |= {new[_RULE_KEY], old["rule_key"] if old is not None else None}
        store.db.executemany("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?, ?, ?, ?)", news)
        if not first:
            touch_accounts(store, {key for key in keys if key is not None})
        written.changed += len(news)
    return written


_RULE_KEY, _UPDATED = 2, 5
"""Their places in `_columns`."""


def _columns(bound: BoundMapping, account_id: str, account: Mapping[str, Any]) -> tuple[Any, ...]:
    external = account.get("externalId")
    return (
        account_id,
        None if external is None else str(external),
        _rule_key(bound, account),
        str(account.get("name") or ""),
        account.get("churnedAt"),
        str(account.get("updatedAt") or ""),
        traits.to_text(account.get("traits") or {}),
    )


def _rule_key(bound: BoundMapping, account: Mapping[str, Any]) -> str | None:
    return account_key(bound.account_field, trait_value(account, bound.mapping.account.equals))


def rebuild(store: Store, bound: BoundMapping) -> None:
    """Computes every account's rule key again, after the account rule changed."""
    with store.write():
        for row in store.rows("SELECT * FROM account"):
            account = {
                "externalId": row["external_id"],
                "name": row["name"],
                "traits": traits.from_text(row["traits_json"]),
            }
            rule_key = _rule_key(bound, account)
            if rule_key != row["rule_key"]:
                store.db.execute(
                    "UPDATE account SET rule_key = ? WHERE account_id = ?",
                    (rule_key, row["account_id"]),
                )


def of_rule(store: Store, rule_key: str | None) -> tuple[str, ...]:
    """The accounts that the account rule finds for a record, by its value of the rule's field."""
    if not rule_key:
        return ()
    rows = store.rows(
        "SELECT account_id FROM account WHERE rule_key = ? ORDER BY account_id", rule_key
    )
    return tuple(row[0] for row in rows)


def of_user(store: Store, user_pk: int) -> list[str]:
    """The Vitally ids of a user's accounts, sorted."""
    rows = store.rows(
        "SELECT account_id FROM user_account WHERE user_pk = ? ORDER BY account_id", user_pk
    )
    return [row[0] for row in rows]


def known(store: Store, limit: int = -1) -> list[str]:
    """The ids of the accounts that the store knows (at most `limit`)."""
    rows = store.rows("SELECT account_id FROM account ORDER BY account_id LIMIT ?", limit)
    return [row[0] for row in rows]


def remove(store: Store, account_id: str) -> None:
    """Takes an account out of the mirror, in the caller's transaction; its records are touched."""
    key = store.value("SELECT rule_key FROM account WHERE account_id = ?", account_id)
    if key is not None:
        touch_accounts(store, [key])
    store.db.execute("DELETE FROM account WHERE account_id = ?", (account_id,))


def names(store: Store, account_ids: Collection[str]) -> dict[str, str]:
    """The names of these accounts, by id."""
    rows = store.rows(
        f"SELECT account_id, name FROM account WHERE account_id IN ({marks(account_ids)})",
        *account_ids,
    )
    return {row["account_id"]: row["name"] for row in rows}
