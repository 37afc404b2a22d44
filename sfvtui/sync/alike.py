"""Look-alikes of records that would become users: users, and other approved records."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from sfvtui.domain.lookalikes import NEAR_NAME, SAME_EMAIL, LookAlike, Names
from sfvtui.mirror import facts
from sfvtui.mirror.store import Row, Store

Accounts = Mapping[str, Sequence[Row]]
"""The Vitally accounts of each value of the account rule."""


class LookAlikes:
    """Who looks like some records, searched for all of them at once.

    `records` are in the order of their accounts: the people of one account are read once.
    """

    def __init__(self, store: Store, records: Sequence[Row], accounts: Accounts) -> None:
        emails = _values(records, "email_key")
        approved = facts.approved(store, emails, _values(records, "account_key"))
        self._users_of_email = facts.users_of_emails(store, emails)
        self._approved_of_email = _by("email_key", approved)
        self._near_users: dict[int, list[int]] = defaultdict(list)
        self._near_approved: dict[int, list[Row]] = defaultdict(list)
        approved_of = _by("account_key", approved)
        for key, some in groupby(records, lambda row: row["account_key"]):
            ids = [row["account_id"] for row in accounts.get(key, ())]
            named = [row for row in some if row["name_key"]]
            if ids and named:
                self._search(store, ids, named)
                for pk, rows in _near(_by("name_key", approved_of.get(key, ())), named):
                    self._near_approved[pk] += rows
        near = {pk for pks in self._near_users.values() for pk in pks}
        self._users = facts.users_of_numbers(store, near)

    def _search(self, store: Store, account_ids: Sequence[str], named: list[Row]) -> None:
        for some in facts.names_of_accounts(store, account_ids):
            by_name = _by("name_key", some)
            for pk, rows in _near(by_name, named):
                self._near_users[pk] += (row["user_pk"] for row in rows)

    def of(self, record: Row, *, waved: frozenset[str]) -> list[LookAlike]:
        """Who looks like one of the records, but for those (`waved`) that a person has waved on:
        users before records, and of these the ones of its e-mail first. A record that was itself
        waved on beside this one does not hold it."""
        pk, email = record["record_pk"], record["email_key"]
        me = f"record {record['record_id']}"
        near_users = sorted(self._near_users.get(pk, ()))
        near = [
            *(_user(row, SAME_EMAIL) for row in self._users_of_email.get(email, ())),
            *(_user(self._users[user_pk], NEAR_NAME) for user_pk in near_users),
        ]
        for rows, because in (
            (self._approved_of_email.get(email, ()), SAME_EMAIL),
            (self._near_approved.get(pk, ()), NEAR_NAME),
        ):
            near += (_record(row, because) for row in rows if me not in _waved_on(row))
        found: dict[str, LookAlike] = {}
        for alike in near:
            if alike.who != me and alike.who not in waved:
                found.setdefault(alike.who, alike)
        return list(found.values())


def look_alikes(store: Store, record: Row, *, waved: frozenset[str]) -> list[LookAlike]:
    """Who looks like one record, as LookAlikes says."""
    accounts = facts.accounts(store, _values([record], "account_key"))
    return LookAlikes(store, [record], accounts).of(record, waved=waved)


def _near(
    by_name: Mapping[str, list[Row]], named: Sequence[Row]
) -> Iterator[tuple[int, list[Row]]]:
    """For each of the named records those of the people whose name is near its own."""
    names = Names(by_name)
    for record in named:
        for name in sorted(names.near(record["name_key"])):
            yield record["record_pk"], by_name[name]


def _user(row: Row, because: str) -> LookAlike:
    return LookAlike(f"user {row['user_id']}", row["display_name"], row["email_text"], because)


def _record(row: Row, because: str) -> LookAlike:
    who = f"record {row['record_id']}"
    return LookAlike(who, row["display_name"], row["email_key"] or "", because)


def _waved_on(row: Row) -> list[str]:
    found: list[str] = json.loads(row["waved_json"])
    return found


def _values(rows: Sequence[Row], column: str) -> set[str]:
    return {row[column] for row in rows if row[column]}


def _by(column: str, rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by the value of a column; those without one are left out."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row[column]:
            found[row[column]].append(row)
    return found
