"""What commands and screens list: one query each, in the shapes that commands print."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sfvtui.domain.changes import System
from sfvtui.domain.ids import id18
from sfvtui.domain.states import State
from sfvtui.domain.values import Json, to_json
from sfvtui.errors import UnknownName
from sfvtui.mirror import mappings
from sfvtui.mirror.columns import marks
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.windows import Selection, record_keys

if TYPE_CHECKING:
    from sfvtui.domain.listing import Listing
    from sfvtui.mirror.filters import RecordFilter

Line = dict[str, Any]


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
    """Records with state, flags, reason, user, candidates and values, by name. Without `state` all
    but the linked ones (a `flag` lists all states). Raises FilterError for a filter that does not
    parse."""
    listing = mappings.listing(store)
    if listing is None:
        return
    chosen = _selection(store, state=state, flag=flag, filter=filter, search=search)
    # The first of a search are any; here they are the first by name.
    keys = record_keys(store, chosen, limit=None if chosen.search else limit)
    for some in in_chunks(keys[:limit]):
        yield from _review_lines(store, listing, some)


def review_count(store: Store, *, state: str, filter: str | None, search: str | None) -> int:  # noqa: A002
    """How many records of a state filter and search find. Raises as `review_lines`."""
    chosen = _selection(store, state=state, flag=None, filter=filter, search=search)
    return len(record_keys(store, chosen, limit=None))


def _selection(
    store: Store,
    *,
    state: str | None,
    flag: str | None,
    filter: str | None,  # noqa: A002
    search: str | None,
) -> Selection:
    states = tuple(one.value for one in State if one is not State.LINKED) if not flag else ()
    return Selection(
        states=(state,) if state else states,
        flag=flag or "",
        search=(search or "").strip(),
        phrase=True,
        filter=_filter(store, filter) if filter else None,
    )


def _filter(store: Store, text: str) -> RecordFilter | None:
    """A filter text with all that it is read by: only here the whole mapping is bound."""
    from sfvtui.mirror.clock import now_utc, zone
    from sfvtui.mirror.filters import RecordFilter

    bound = mappings.current(store)
    tree = None if bound is None else bound.parse_filter(text)
    if bound is None or tree is None:
        return None
    return RecordFilter(tree, bound.sobject, zone(store), now_utc())


def _review_lines(store: Store, listing: Listing, keys: Sequence[int]) -> Iterator[Line]:
    rows = {
        row["record_pk"]: row
        for row in store.rows(
            "SELECT record.*, u.user_id AS linked_user FROM record"
            " LEFT JOIN link l ON l.record_pk = record.record_pk AND l.status = 'live'"
            " LEFT JOIN user u ON u.user_pk = l.user_pk"
            f" WHERE record.record_pk IN ({marks(keys)})",
            *keys,
        )
    }
    flags: dict[int, list[str]] = {}
    for pk, flag in store.rows(
        f"SELECT record_pk, flag FROM flag WHERE record_pk IN ({marks(keys)}) ORDER BY 1, 2", *keys
    ):
        flags.setdefault(pk, []).append(flag)
    maybe = _candidates(store, listing, list(rows.values()))
    for row in (rows[key] for key in keys if key in rows):
        yield {
            "record": row["record_id"],
            "state": row["record_state"],
            "flags": flags.get(row["record_pk"], []),
            "reason": row["state_why"],
            "user": row["linked_user"],
            "candidates": maybe.get(row["record_id"], []),
            "fields": {f.name: to_json(f, row[f.name]) for f in listing.fields},
        }


def _candidates(store: Store, listing: Listing, rows: Sequence[Row]) -> dict[str, list[Line]]:
    """The users that unlinked records may be, each with the evidence, by the record's Id."""
    rows = [row for row in rows if row["record_state"] not in (State.LINKED, State.GONE)]
    by_key = _users_by(store, "match_key", rows)
    by_email = _users_by(store, "email_key", rows)
    ids = [row["record_id"] for row in rows]
    apart = {
        tuple(pair)
        for pair in store.rows(
            f"SELECT record_id, user_id FROM apart WHERE record_id IN ({marks(ids)})", *ids
        )
    }
    lines = {}
    for row in rows:
        found: dict[str, list[str]] = {}
        for user in by_key.get(row["match_key"], ()):
            because = f"{listing.theirs} equals {listing.match_field} ({row[listing.match_field]})"
            if user["linked_to"]:
                because += f", linked to {user['linked_to']}"
            if (row["record_id"], user["user_id"]) in apart:
                because += ", unlinked by a person"
            found.setdefault(user["user_id"], []).append(because)
        for user in by_email.get(row["email_key"], ()):
            found.setdefault(user["user_id"], []).append("same e-mail")
        lines[row["record_id"]] = [
            {"user": user, "because": "; ".join(why)} for user, why in found.items()
        ]
    return lines


def _users_by(store: Store, column: str, rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The users that have the records' values of a key, with the record each is `linked_to`."""
    values = sorted({row[column] for row in rows if row[column]})
    found: dict[str, list[Row]] = {}
    for user in store.rows(
        f"SELECT u.{column} AS key, u.user_id, r.record_id AS linked_to FROM user u"
        " LEFT JOIN link l ON l.user_pk = u.user_pk AND l.status = 'live'"
        " LEFT JOIN record r ON r.record_pk = l.record_pk"
        f" WHERE u.{column} IN ({marks(values)}) AND u.missing_at IS NULL ORDER BY u.user_id",
        *values,
    ):
        found.setdefault(user["key"], []).append(user)
    return found


# --- conflicts


def conflict_lines(store: Store) -> Iterator[Line]:
    """The conflicts, oldest first."""
    listing = mappings.listing(store)
    rows = store.each(
        "SELECT c.*, u.user_id FROM conflict c LEFT JOIN link l USING (link_id)"
        " LEFT JOIN user u USING (user_pk) ORDER BY c.since, c.record_id, c.field"
    )
    for row in rows:
        yield conflict_line(listing, row)


def conflict_line(listing: Listing | None, row: Row) -> Line:
    """One conflict; `row` is of `conflict`, with `user_id`."""
    pair = listing.pair(row["field"]) if listing is not None and row["field"] else None
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
    listing = mappings.listing(store)
    states = "('parked')" if parked else "('queued', 'sending', 'unknown', 'parked')"
    where, values = f"state IN {states}", list[Any]()
    if numbers:
        where = f"change_id IN ({','.join('?' * len(numbers))})"
        values = list(numbers)
    order = "ORDER BY system, waits, change_id"
    keys = array("q")
    keys.extend(
        row[0] for row in store.each(f"SELECT change_id FROM change WHERE {where} {order}", *values)
    )
    for some in in_chunks(keys):
        items: dict[int, list[Row]] = {}
        for item in store.rows(
            f"SELECT * FROM change_field WHERE change_id IN ({marks(some)}) ORDER BY name", *some
        ):
            items.setdefault(item["change_id"], []).append(item)
        for row in store.rows(
            f"SELECT * FROM change WHERE change_id IN ({marks(some)}) {order}", *some
        ):
            yield change_line(listing, row, items.get(row["change_id"], []))


def change_line(listing: Listing | None, row: Row, items: Sequence[Row]) -> Line:
    """One change of the outbox; `row` is of `change`, `items` of `change_field`."""
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
        "fields": [_field(listing, row, item) for item in items],
        "why": "; ".join(why),
        "held": held,
        "state": row["state"],
        "attempts": row["attempts"],
    }


def _field(listing: Listing | None, row: Row, item: Row) -> Line:
    return {
        "name": item["name"],
        "before": value_in(listing, row["system"], item["field"], item["name"], item["before"]),
        "after": value_in(listing, row["system"], item["field"], item["name"], item["after"]),
    }


def value_in(
    listing: Listing | None, system: str | None, field: str | None, name: str, value: str | None
) -> Json:
    """A canonical value in a side's own terms."""
    if name == "accountIds":
        return json.loads(value) if value else []
    pair = listing.pair(field) if listing is not None and field else None
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
    listing = mappings.listing(store)
    where, values = ["1"], list[Any]()
    if record is not None:
        record_id = id18(record)
        if record_id is None:
            raise UnknownName(
                f"{record!r} is no Salesforce Id of 15 or 18 characters.",
                "Copy it from `sfvtui review list` or from the record's address in Salesforce.",
            )
        where.append("record_id = ?")
        values.append(record_id)
    for column, value in (("run", run), ("batch", batch)):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if since is not None:
        where.append("at >= ?")
        values.append(since)
    for row in store.each(
        f"SELECT * FROM history WHERE {' AND '.join(where)} ORDER BY entry", *values
    ):
        yield history_line(listing, row)


def history_line(listing: Listing | None, row: Row) -> Line:
    """One entry of the history, its values in the side's own terms."""

    def value(text: str | None) -> Json:
        return value_in(listing, row["system"], row["field"], row["field"] or "", text)

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
