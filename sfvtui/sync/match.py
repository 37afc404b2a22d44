"""Matching and states: links that the rule makes, and what each touched record's state now is."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import ChangeState
from sfvtui.domain.filters import fields
from sfvtui.domain.lookalikes import LookAlike
from sfvtui.domain.matching import (
    Candidate,
    Creation,
    Facts,
    Flag,
    Match,
    State,
    hold_reason,
    match,
    state_of,
)
from sfvtui.mirror import history, links, outbox, pieces
from sfvtui.mirror.history import Entry
from sfvtui.mirror.rows import in_chunks, marks
from sfvtui.mirror.store import Store
from sfvtui.sync.context import Context
from sfvtui.sync.creation import accounts_for, compose, look_alikes, put_creation, taken_by

RULE = "rule"
"""Who made a link that the match rule made."""


@dataclass
class Sharing:
    """For a set of match values: how many records share each, and which users have it."""

    records: dict[str, int] = field(default_factory=dict)
    users: dict[str, list[sqlite3.Row]] = field(default_factory=lambda: defaultdict(list))


def sharing(store: Store, keys: Sequence[str]) -> Sharing:
    """Who shares these match values. Ignored, gone and unlinked out-of-scope records do not
    count; users that are no longer found do not either."""
    found = Sharing()
    for row in store.rows(
        "SELECT r.match_key, COUNT(*) FROM record r"
        " LEFT JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " LEFT JOIN ignored i ON i.record_id = r.record_id"
        f" WHERE r.match_key IN ({marks(keys)}) AND r.gone_why IS NULL"
        " AND (l.link_id IS NOT NULL OR (r.in_scope = 1 AND i.record_id IS NULL))"
        " GROUP BY r.match_key",
        *keys,
    ):
        found.records[row[0]] = row[1]
    for row in store.rows(
        "SELECT u.match_key, u.user_pk, u.user_id, r.record_id AS linked_to FROM user u"
        " LEFT JOIN link l ON l.user_pk = u.user_pk AND l.status = 'live'"
        " LEFT JOIN record r ON r.record_pk = l.record_pk"
        f" WHERE u.match_key IN ({marks(keys)}) AND u.missing_at IS NULL ORDER BY u.user_id",
        *keys,
    ):
        found.users[row["match_key"]].append(row)
    return found


def restate(ctx: Context, bound: BoundMapping, *, may_link: bool, mapping: int) -> None:
    """Decides links (where `may_link`) and states of the piece's records, in the caller's
    transaction: what is one to one and free in a few statements, the rest row by row."""
    store = ctx.store
    ready = complete(store, bound)
    if may_link and ready:
        pieces.link_by_rule(store, made_by=RULE, at=ctx.now())
    pieces.state_linked(store, rule=RULE)
    for some in in_chunks(pieces.not_linked(store)):
        _restate_rows(ctx, bound, some, may_link=may_link, ready=ready, mapping=mapping)


def _restate_rows(
    ctx: Context, bound: BoundMapping, record_pks: Sequence[int], *,
    may_link: bool, ready: bool, mapping: int,
) -> None:  # fmt: skip
    store = ctx.store
    rows = store.rows(
        "SELECT r.*, l.link_id, l.user_pk AS linked_user, i.reason AS ignored_why,"
        " a.record_id AS approved_id, a.waved_json,"
        " EXISTS (SELECT 1 FROM link g WHERE g.record_pk = r.record_pk AND g.status = 'gone')"
        " AS has_gone_link,"
        " EXISTS (SELECT 1 FROM link g WHERE g.record_pk = r.record_pk"
        " AND g.status = 'user_deleted') AS once_linked"
        " FROM record r LEFT JOIN link l ON l.record_pk = r.record_pk AND l.status = 'live'"
        " LEFT JOIN ignored i ON i.record_id = r.record_id"
        " LEFT JOIN approval a ON a.record_id = r.record_id"
        f" WHERE r.record_pk IN ({marks(record_pks)})",
        *record_pks,
    )
    keys = sorted({row["match_key"] for row in rows if row["match_key"] is not None})
    shared = sharing(store, keys)
    for row in rows:
        _restate(ctx, bound, row, shared, may_link=may_link and ready, ready=ready, mapping=mapping)


def complete(store: Store, bound: BoundMapping) -> bool:
    """Whether both lists were read to the end since object, scope or match rule last changed."""
    wanted = bound.match_signature
    return all(store.get(f"complete:{side}") == wanted for side in ("salesforce", "vitally"))


def candidates_of(store: Store, row: sqlite3.Row, shared: Sharing) -> tuple[Candidate, ...]:
    """The users that have a record's match value."""
    users = shared.users.get(row["match_key"] or "", [])
    if not users:
        return ()
    apart = {
        r[0] for r in store.rows("SELECT user_id FROM apart WHERE record_id = ?", row["record_id"])
    }
    return tuple(Candidate(u["user_id"], u["linked_to"], u["user_id"] in apart) for u in users)


def _restate(
    ctx: Context, bound: BoundMapping, row: sqlite3.Row, shared: Sharing, *,
    may_link: bool, ready: bool, mapping: int,
) -> None:  # fmt: skip
    store = ctx.store
    if _leaves_every_list(row):
        withdraw(ctx, row["record_id"], "its record is gone or left the scope")
        _set_state(store, row, None, "", {})
        return
    gone = row["gone_why"] is not None
    linked = row["link_id"] is not None
    verdict = Match()
    if not gone and not linked:
        found = candidates_of(store, row, shared)
        verdict = match(row["match_key"], shared.records.get(row["match_key"] or "", 0), found)
        ignored = row["ignored_why"] is not None
        if verdict.user_id is not None and may_link and not ignored:
            _link(ctx, row, verdict.user_id)
            linked = True
    approved = row["approved_id"] is not None
    if approved and (gone or linked or verdict.ambiguous):
        why = "the rule now links it" if linked else verdict.why if not gone else "it is gone"
        withdraw(ctx, row["record_id"], why)
        approved = False
    allowed = bound.mapping.create.allowed
    passes = allowed and row["passes_filter"] != 0
    accounts = accounts_for(store, row["account_key"])
    held, alike = None, []
    creatable = not gone and not linked and allowed
    if creatable and (passes or approved):
        held = _unread(bound, row) or hold_reason(_creation(store, bound, row, accounts))
        waved = frozenset(json.loads(row["waved_json"])) if approved else frozenset()
        alike = look_alikes(store, row, waved=waved)
    if approved:
        _compose(ctx, bound, row, accounts, held, alike, passes=passes, mapping=mapping)
    facts = Facts(
        gone=gone, linked=linked, approved=approved, ignored=row["ignored_why"], match=verdict,
        allowed=allowed, passes=passes, held=held, complete=ready,
    )  # fmt: skip
    state, why = state_of(facts)
    if state is State.GONE:
        why = _GONE.get(row["gone_why"], row["gone_why"] or "")
    if state is State.LINKED:
        why = _link_why(store, row["record_pk"])
    flags = _flags(store, row, shared, accounts, alike, linked=linked)
    _set_state(store, row, state, why, flags)


_GONE = {
    "deleted": "its record was deleted in Salesforce",
    "merged": "its record was merged into another",
    "vanished": "deleted for good, or no longer shared with this login",
}


def _leaves_every_list(row: sqlite3.Row) -> bool:
    if row["link_id"] is not None:
        return False
    if row["gone_why"] is not None:
        return not bool(row["has_gone_link"])
    return bool(row["in_scope"] != 1)


def _link(ctx: Context, row: sqlite3.Row, user_id: str) -> None:
    user_pk = ctx.store.value("SELECT user_pk FROM user WHERE user_id = ?", user_id)
    links.make(ctx.store, row["record_pk"], user_pk, made_by=RULE, at=ctx.now(), lasting=False)


def _link_why(store: Store, record_pk: int) -> str:
    row = store.row(
        "SELECT l.made_by, l.why, u.user_id, u.external_id, u.match_key FROM link l"
        " JOIN user u USING (user_pk) WHERE l.record_pk = ? AND l.status = 'live'",
        record_pk,
    )
    if row is None:
        return ""
    who = row["external_id"] or row["user_id"]
    if row["made_by"] == RULE:
        return f"linked by the match rule to user {who}"
    return f"linked to user {who} by {row['made_by']}" + (f": {row['why']}" if row["why"] else "")


def _unread(bound: BoundMapping, row: sqlite3.Row) -> str | None:
    """Why nothing can be said of a creation yet: a field that it needs was not read."""
    needed = [bound.external_id_field.name, bound.mapping.account.field, *fields(bound.create)]
    for name in needed:
        found = bound.sobject.field(name)
        if found is not None and row[found.name] is None:
            return f"{found.name} was not read yet: pull"
    return None


def _creation(
    store: Store, bound: BoundMapping, row: sqlite3.Row, accounts: tuple[str, ...]
) -> Creation:
    return Creation(
        external_id=row["external_id"] or "",
        external_id_field=bound.external_id_field.name,
        taken_by=taken_by(store, row["external_id"]),
        account_value=row["account_key"] or "",
        account_field=bound.mapping.account.field,
        accounts=accounts,
    )


def _compose(
    ctx: Context, bound: BoundMapping, row: sqlite3.Row, accounts: tuple[str, ...],
    held: str | None, alike: list[LookAlike], *, passes: bool, mapping: int,
) -> None:  # fmt: skip
    values = {f.name: row[f.name] for f in bound.fields}
    reason = held
    if not bound.mapping.create.allowed:
        reason = "this mapping creates no users"
    elif not passes:
        reason = "the create filter does not pass"
    elif reason is None and alike:
        one = alike[0]
        reason = f"looks like {one.who} ({one.name}, {one.email or 'no e-mail'}): {one.because}"
    fields = compose(bound, values, accounts)
    put_creation(ctx.store, row["record_id"], fields, reason, mapping=mapping, at=ctx.now())


def withdraw(
    ctx: Context, record_id: str, why: str, *, who: str = RULE, batch: int | None = None
) -> None:
    """Takes back the approval of a record, if it has one; the history says so. A creation that is
    on its way stays until its outcome is known."""
    store = ctx.store
    if not store.value("SELECT COUNT(*) FROM approval WHERE record_id = ?", record_id):
        return
    store.db.execute("DELETE FROM approval WHERE record_id = ?", (record_id,))
    change = outbox.creation_of(store, record_id)
    if change is not None and change["state"] == ChangeState.QUEUED:
        outbox.delete_change(store, change["change_id"])
    elif change is not None and change["state"] == ChangeState.PARKED:
        outbox.move(store, change["change_id"], ChangeState.DROPPED)
    entry = Entry("withdraw", record_id=record_id, why=why)
    batch = history.new_batch(store) if batch is None else batch
    history.append(store, entry, at=ctx.now(), who=who, batch=batch)


def _flags(
    store: Store, row: sqlite3.Row, shared: Sharing,
    accounts: tuple[str, ...], alike: list[LookAlike], *, linked: bool,
) -> dict[Flag, str]:  # fmt: skip
    flags: dict[Flag, str] = {}
    if linked:
        user = store.row(
            "SELECT u.user_pk, u.user_id, u.match_key FROM link l JOIN user u USING (user_pk)"
            " WHERE l.record_pk = ? AND l.status = 'live'",
            row["record_pk"],
        )
        if user is not None:
            why = _disagreement(row, user, shared)
            if why:
                flags[Flag.DISAGREES] = why
            own = store.rows(
                "SELECT account_id FROM user_account WHERE user_pk = ?", user["user_pk"]
            )
            if accounts and not {r[0] for r in own} & set(accounts):
                flags[Flag.OTHER_ACCOUNT] = f"its account {accounts[0]} is not among its user's"
        if row["in_scope"] != 1:
            flags[Flag.OUT_OF_SCOPE] = "its record left the scope"
    elif row["once_linked"]:
        flags[Flag.ONCE_LINKED] = "its user was deleted in Vitally"
    if alike:
        flags[Flag.LOOK_ALIKE] = "; ".join(f"{a.who}: {a.because}" for a in alike)
    churned = [
        r[0]
        for r in store.rows(
            "SELECT account_id FROM account WHERE churned_at IS NOT NULL AND account_id IN"
            f" ({marks(accounts)})",
            *accounts,
        )
    ]
    if churned:
        flags[Flag.ACCOUNT_CHURNED] = f"account {churned[0]} has churned"
    return flags


def _disagreement(row: sqlite3.Row, user: sqlite3.Row, shared: Sharing) -> str:
    key = row["match_key"]
    if key is None or user["match_key"] != key:
        return "the match values differ"
    if shared.records.get(key, 0) > 1:
        return "several records share the match value"
    if len(shared.users.get(key, [])) > 1:
        return "several users have the match value"
    return ""


def _set_state(
    store: Store, row: sqlite3.Row, state: State | None, why: str, flags: dict[Flag, str]
) -> None:
    value = None if state is None else state.value
    if (row["record_state"], row["state_why"]) != (value, why):
        store.db.execute(
            "UPDATE record SET record_state = ?, state_why = ? WHERE record_pk = ?",
            (value, why, row["record_pk"]),
        )
    old = store.rows("SELECT flag, why FROM flag WHERE record_pk = ?", row["record_pk"])
    if {r["flag"]: r["why"] for r in old} != {f.value: w for f, w in flags.items()}:
        store.db.execute("DELETE FROM flag WHERE record_pk = ?", (row["record_pk"],))
        store.db.executemany(
            "INSERT INTO flag VALUES (?, ?, ?)",
            [(row["record_pk"], f.value, w) for f, w in flags.items()],
        )
