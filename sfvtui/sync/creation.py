"""Creating users: what a record's new user would carry, and who looks like it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import Action, ChangeState, Origin, System
from sfvtui.domain.lookalikes import LookAlike, Person, compare
from sfvtui.domain.mapping import MatchBy
from sfvtui.domain.values import to_vitally
from sfvtui.mirror import outbox
from sfvtui.mirror.outbox import FieldChange, Target
from sfvtui.mirror.store import Store

WHY = "approved: a new user"


def compose(
    bound: BoundMapping, values: Mapping[str, str | None], accounts: tuple[str, ...]
) -> list[FieldChange]:
    """What a created user carries: externalId, its account, the non-blank values of all pairs,
    and the match field's value as the match trait; nothing else.

    `values` are the record's canonical values by API name.
    """

    def item(name: str, field: str, after: str | None) -> FieldChange:
        return FieldChange(System.VITALLY, name, field, None, after, Origin.APPROVE, WHY)

    found = [
        item("externalId", "", values.get(bound.external_id_field.name)),
        item("accountIds", "", json.dumps(list(accounts))),
    ]
    rule = bound.mapping.match
    if rule.by is MatchBy.TRAIT:
        found.append(item(rule.trait, bound.match_field.name, values.get(bound.match_field.name)))
    for pair in bound.pairs:
        value = values.get(pair.name)
        if value and not pair.missing and all(f.name != pair.pair.trait for f in found):
            found.append(item(pair.pair.trait, pair.name, value))
    return found


def body(bound: BoundMapping, fields: list[FieldChange]) -> dict[str, Any]:
    """The create request's body for composed fields. Source: Vitally REST API, Users."""
    found: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    for item in fields:
        if item.name == "externalId":
            found["externalId"] = item.after
        elif item.name == "accountIds":
            found["accountIds"] = json.loads(item.after or "[]")
        else:
            pair = bound.pair(item.field)
            own = pair is not None and pair.pair.trait == item.name
            after = item.after or ""
            value = pair.to_vitally(after) if pair and own else to_vitally(bound.match_field, after)
            (found if item.name in ("name", "email") else traits)[item.name] = value
    if traits:
        found["traits"] = traits
    return found


def put_creation(
    store: Store, record_id: str, fields: list[FieldChange], held: str | None, *,
    mapping: int, at: str,
) -> int:  # fmt: skip
    """Queues (or composes anew) the creation of an approved record's user; returns its number.

    A creation that is being sent, unknown or parked is left as it is.
    """
    target = Target(record_id, None)
    external = next((f.after for f in fields if f.name == "externalId"), None)
    old = outbox.creation_of(store, record_id)
    if old is None:
        change_id = outbox.new_change(
            store, target, System.VITALLY, Action.CREATE,
            mapping=mapping, at=at, held=held, external_id=external,
        )  # fmt: skip
    elif old["state"] == ChangeState.QUEUED:
        change_id = int(old["change_id"])
        store.db.execute("DELETE FROM change_field WHERE change_id = ?", (change_id,))
        store.db.execute(
            "UPDATE change SET held = ?, mapping = ?, external_id = ? WHERE change_id = ?",
            (held, mapping, external, change_id),
        )
    else:
        return int(old["change_id"])
    for item in fields:
        outbox.insert_field(store, change_id, target.key(System.VITALLY), item)
    return change_id


def accounts_for(store: Store, account_key: str | None) -> tuple[str, ...]:
    """The Vitally accounts that the account rule finds for a record."""
    if not account_key:
        return ()
    rows = store.rows(
        "SELECT account_id FROM account WHERE rule_key = ? ORDER BY account_id", account_key
    )
    return tuple(row[0] for row in rows)


def taken_by(store: Store, external_id: str | None) -> str | None:
    """The user that has this externalId already."""
    if not external_id:
        return None
    found = store.value(
        "SELECT user_id FROM user WHERE external_id = ? AND missing_at IS NULL", external_id
    )
    return None if found is None else str(found)


def look_alikes(store: Store, record: sqlite3.Row, *, waved: frozenset[str]) -> list[LookAlike]:
    """Who looks like a record that would become a user: users, and other approved records.

    `waved` names those that a person has waved on. A record that was itself waved on beside this
    one does not hold it.
    """
    accounts = frozenset(accounts_for(store, record["account_key"]))
    me = Person(
        f"record {record['record_id']}", record["display_name"], record["email_key"] or "", accounts
    )
    found = []
    for other in (*_users(store, record, accounts), *_approved(store, record, accounts)):
        if other.who not in waved:
            alike = compare(me, other)
            if alike is not None:
                found.append(alike)
    return found


def _users(store: Store, record: sqlite3.Row, accounts: frozenset[str]) -> list[Person]:
    rows = store.rows(
        "SELECT user_pk, user_id, display_name, email_text FROM user"
        " WHERE email_key = ? AND missing_at IS NULL",
        record["email_key"],
    )
    for account in accounts:
        rows += store.rows(
            "SELECT u.user_pk, u.user_id, u.display_name, u.email_text FROM user_account ua"
            " JOIN user u USING (user_pk) WHERE ua.account_id = ? AND u.missing_at IS NULL",
            account,
        )
    people = {}
    for row in rows:
        own = store.rows("SELECT account_id FROM user_account WHERE user_pk = ?", row["user_pk"])
        people[row["user_id"]] = Person(
            f"user {row['user_id']}",
            row["display_name"],
            row["email_text"],
            frozenset(r[0] for r in own),
        )
    return list(people.values())


def _approved(store: Store, record: sqlite3.Row, accounts: frozenset[str]) -> list[Person]:
    rows = store.rows(
        "SELECT r.record_id, r.display_name, r.email_key, r.account_key, a.waved_json"
        " FROM approval a JOIN record r USING (record_id)"
        " WHERE r.record_id <> ? AND (r.email_key = ? OR r.account_key = ?)",
        record["record_id"],
        record["email_key"],
        record["account_key"],
    )
    me = f"record {record['record_id']}"
    return [
        Person(
            f"record {row['record_id']}",
            row["display_name"],
            row["email_key"] or "",
            accounts if row["account_key"] == record["account_key"] else frozenset(),
        )
        for row in rows
        if me not in json.loads(row["waved_json"])
    ]
