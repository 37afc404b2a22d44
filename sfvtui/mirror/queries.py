"""What commands and screens list: one query each, in the shapes that commands print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sfvtui.config import parse_mapping
from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import System
from sfvtui.domain.filters import to_sql
from sfvtui.domain.ids import id18
from sfvtui.domain.states import State
from sfvtui.domain.text import fold
from sfvtui.domain.values import Json, to_json
from sfvtui.errors import UnknownName
from sfvtui.mirror import mappings
from sfvtui.mirror.clock import now_utc, zone
from sfvtui.mirror.store import Row, Store

Line = dict[str, Any]


def current(store: Store) -> BoundMapping | None:
    """The newest mapping bound to the last describe; None before the first pull."""
    latest = mappings.latest(store)
    return None if latest is None else mappings.bound(store, parse_mapping(latest[1]))


# --- review


def review_lines(
    store: Store,
    *,
    state: str | None = None,
    flag: str | None = None,
    filter: str | None = None,  # noqa: A002 - the option's own name
    search: str | None = None,
    limit: int | None = None,
) -> Iterator[Line]:
    """Records with state, flags, reason, user, candidates and values. Without `state` all but the
    linked ones (a `flag` lists all states). Raises FilterError for a filter that does not parse."""
    bound = current(store)
    if bound is None:
        return
    where, values = ["record.record_state IS NOT NULL"], list[Any]()
    if state is not None:
        where.append("record.record_state = ?")
        values.append(state)
    elif flag is None:
        where.append("record.record_state <> 'linked'")
    if flag is not None:
        where.append("record.record_pk IN (SELECT record_pk FROM flag WHERE flag = ?)")
        values.append(flag)
    tree = bound.parse_filter(filter or "")
    if tree is not None:
        sql, parameters = to_sql(tree, bound.sobject, zone(store), now_utc())
        where.append(f"({sql})")
        values.extend(parameters)
    if search:
        where.append("instr(record.folded_text, ?) > 0")
        values.append(fold(search.strip()))
    sql = (
        "SELECT record.*, u.user_id AS linked_user FROM record"
        " LEFT JOIN link l ON l.record_pk = record.record_pk AND l.status = 'live'"
        f" LEFT JOIN user u ON u.user_pk = l.user_pk WHERE {' AND '.join(where)}"
        " ORDER BY record.display_name, record.record_pk LIMIT ?"
    )
    for row in store.rows(sql, *values, -1 if limit is None else limit):
        yield review_line(store, bound, row)


def review_line(store: Store, bound: BoundMapping, row: Row) -> Line:
    """One record of `review list`; `row` is of `record`, with `linked_user`."""
    flags = store.rows("SELECT flag FROM flag WHERE record_pk = ? ORDER BY flag", row["record_pk"])
    return {
        "record": row["record_id"],
        "state": row["record_state"],
        "flags": [f[0] for f in flags],
        "reason": row["state_why"],
        "user": row["linked_user"],
        "candidates": candidates(store, bound, row),
        "fields": {f.name: to_json(f, row[f.name]) for f in bound.listed},
    }


def candidates(store: Store, bound: BoundMapping, row: Row) -> list[Line]:
    """The users that an unlinked record may be, each with the evidence."""
    if row["record_state"] in (State.LINKED, State.GONE):
        return []
    found: dict[str, list[str]] = {}
    rule = bound.mapping.match
    theirs = "externalId" if rule.by == "external-id" else rule.trait
    for user in store.rows(
        "SELECT u.user_id, r.record_id AS linked_to,"
        " EXISTS (SELECT 1 FROM apart a WHERE a.user_id = u.user_id AND a.record_id = ?2) AS apart"
        " FROM user u LEFT JOIN link l ON l.user_pk = u.user_pk AND l.status = 'live'"
        " LEFT JOIN record r ON r.record_pk = l.record_pk"
        " WHERE u.match_key = ?1 AND u.missing_at IS NULL ORDER BY u.user_id",
        row["match_key"],
        row["record_id"],
    ):
        because = f"{theirs} equals {bound.match_field.name} ({row[bound.match_field.name]})"
        if user["linked_to"]:
            because += f", linked to {user['linked_to']}"
        if user["apart"]:
            because += ", unlinked by a person"
        found.setdefault(user["user_id"], []).append(because)
    if row["email_key"]:
        for user in store.rows(
            "SELECT user_id FROM user WHERE email_key = ? AND missing_at IS NULL ORDER BY user_id",
            row["email_key"],
        ):
            found.setdefault(user["user_id"], []).append("same e-mail")
    return [{"user": user, "because": "; ".join(why)} for user, why in found.items()]


# --- conflicts


def conflict_lines(store: Store) -> Iterator[Line]:
    """The conflicts, oldest first."""
    bound = current(store)
    rows = store.rows(
        "SELECT c.*, u.user_id FROM conflict c LEFT JOIN link l USING (link_id)"
        " LEFT JOIN user u USING (user_pk) ORDER BY c.since, c.record_id, c.field"
    )
    for row in rows:
        yield conflict_line(bound, row)


def conflict_line(bound: BoundMapping | None, row: Row) -> Line:
    """One conflict; `row` is of `conflict`, with `user_id`."""
    pair = bound.pair(row["field"]) if bound is not None and row["field"] else None
    line: Line = {
        "record": row["record_id"],
        "user": row["user_id"],
        "field": row["field"] or None,
        "trait": pair.pair.trait if pair else None,
        "base": to_json(pair.field, row["base"]) if pair else row["base"] or None,
        "salesforce": to_json(pair.field, row["salesforce"]) if pair else row["salesforce"] or None,
        "vitally": pair.shown_in_vitally(row["vitally"]) if pair else row["vitally"] or None,
        "kind": row["kind"],
    }
    if row["edit"] is not None:
        line["edit"] = to_json(pair.field, row["edit"]) if pair else row["edit"] or None
    return line


# --- plan and outbox


def plan_lines(store: Store) -> Iterator[Line]:
    """What a push would send, and what is held, in the order in which it goes."""
    for line in outbox_lines(store):
        state = line.pop("state")
        del line["attempts"]
        if state == "queued":
            yield line


def outbox_lines(
    store: Store, *, parked: bool = False, numbers: tuple[int, ...] = ()
) -> Iterator[Line]:
    """The open changes, each with its state and attempts; Salesforce's first."""
    bound = current(store)
    states = "('parked')" if parked else "('queued', 'sending', 'unknown', 'parked')"
    where, values = f"state IN {states}", list[Any]()
    if numbers:
        where = f"change_id IN ({','.join('?' * len(numbers))})"
        values = list(numbers)
    for row in store.rows(
        f"SELECT * FROM change WHERE {where} ORDER BY system, waits, change_id", *values
    ):
        yield change_line(store, bound, row)


def change_line(store: Store, bound: BoundMapping | None, row: Row) -> Line:
    """One change of the outbox; `row` is of `change`."""
    items = store.rows(
        "SELECT * FROM change_field WHERE change_id = ? ORDER BY name", row["change_id"]
    )
    why = list(dict.fromkeys(item["why"] for item in items))
    held = row["held"]
    if row["state"] == "parked":
        why.append(f"parked: {row['message']} {row['mend'] or ''}".strip())
    return {
        "change": row["change_id"],
        "system": row["system"],
        "action": row["action"],
        "record": row["record_id"],
        "user": row["user_id"],
        "fields": [_field(bound, row, item) for item in items],
        "why": "; ".join(why),
        "held": held,
        "state": row["state"],
        "attempts": row["attempts"],
    }


def _field(bound: BoundMapping | None, row: Row, item: Row) -> Line:
    return {
        "name": item["name"],
        "before": value_in(bound, row["system"], item["field"], item["name"], item["before"]),
        "after": value_in(bound, row["system"], item["field"], item["name"], item["after"]),
    }


def value_in(
    bound: BoundMapping | None, system: str | None, field: str | None, name: str, value: str | None
) -> Json:
    """A canonical value in a side's own terms."""
    if name == "accountIds":
        return json.loads(value) if value else []
    pair = bound.pair(field) if bound is not None and field else None
    if pair is None:
        return value or None
    if system == System.VITALLY:
        return pair.shown_in_vitally(value)
    return to_json(pair.field, value)


# --- history


def history_lines(
    store: Store,
    *,
    record: str | None = None,
    since: str | None = None,
    run: int | None = None,
    batch: int | None = None,
) -> Iterator[Line]:
    """The history, oldest first, of a record, a run, a batch, or since an instant (ISO 8601)."""
    bound = current(store)
    where, values = ["1"], list[Any]()
    if record is not None:
        record_id = id18(record)
        if record_id is None:
            raise UnknownName(f"{record!r} is no Salesforce Id of 15 or 18 characters.")
        where.append("record_id = ?")
        values.append(record_id)
    for column, value in (("run", run), ("batch", batch)):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if since is not None:
        where.append("at >= ?")
        values.append(since)
    for row in store.rows(
        f"SELECT * FROM history WHERE {' AND '.join(where)} ORDER BY entry", *values
    ):
        yield history_line(bound, row)


def history_line(bound: BoundMapping | None, row: Row) -> Line:
    """One entry of the history, its values in the side's own terms."""

    def value(text: str | None) -> Json:
        return value_in(bound, row["system"], row["field"], row["field"] or "", text)

    plain = row["what"] in ("mapping", "create", "confirm") or not row["field"]
    return {
        "entry": row["entry"],
        "batch": row["batch"],
        "run": row["run"],
        "at": row["at"],
        "who": row["who"],
        "what": row["what"],
        "record": row["record_id"],
        "user": row["user_id"],
        "system": row["system"],
        "field": row["field"],
        "before": row["before"] if plain else value(row["before"]),
        "after": row["after"] if plain else value(row["after"]),
        "why": row["why"],
        "outcome": row["outcome"],
    }
