"""Matching and states: links that the rule makes, and what each touched record's state now is."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import ChangeState, System
from sfvtui.domain.filters import fields
from sfvtui.domain.lookalikes import LookAlike
from sfvtui.domain.matching import (
    Candidate,
    Creation,
    Facts,
    Match,
    hold_reason,
    match,
    state_of,
)
from sfvtui.domain.states import Flag, State
from sfvtui.mirror import (
    accounts,
    approvals,
    flags,
    held_back,
    history,
    links,
    outbox,
    pieces,
    records,
    users,
)
from sfvtui.mirror.history import Entry
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.sharing import Sharing, sharing
from sfvtui.mirror.store import Row, Store
from sfvtui.sync.context import Context
from sfvtui.sync.creation import compose, look_alikes, put_creation

RULE = "rule"
"""Who made a link that the match rule made."""


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
    rows = pieces.facts(store, record_pks)
    keys = sorted({row["match_key"] for row in rows if row["match_key"] is not None})
    shared = sharing(store, keys)
    for row in rows:
        _restate(ctx, bound, row, shared, may_link=may_link and ready, ready=ready, mapping=mapping)


def complete(store: Store, bound: BoundMapping) -> bool:
    """Whether both lists were read to the end since object, scope or match rule last changed."""
    wanted = bound.match_signature
    return all(store.get(f"complete:{side}") == wanted for side in ("salesforce", "vitally"))


def candidates_of(store: Store, row: Row, shared: Sharing) -> tuple[Candidate, ...]:
    """The users that have a record's match value."""
    users = shared.users.get(row["match_key"] or "", [])
    if not users:
        return ()
    apart = approvals.apart_from(store, row["record_id"])
    return tuple(Candidate(u["user_id"], u["linked_to"], u["user_id"] in apart) for u in users)


def _restate(
    ctx: Context, bound: BoundMapping, row: Row, shared: Sharing, *,
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
    of_record = accounts.of_rule(store, row["account_key"])
    held, alike = None, []
    creatable = not gone and not linked and allowed
    if creatable and (passes or approved):
        held = _unread(bound, row) or hold_reason(_creation(store, bound, row, of_record))
        waved = frozenset(json.loads(row["waved_json"])) if approved else frozenset()
        alike = look_alikes(store, row, waved=waved)
    if approved:
        _compose(ctx, bound, row, of_record, held, alike, passes=passes, mapping=mapping)
    facts = Facts(
        gone=gone, linked=linked, approved=approved, ignored=row["ignored_why"], match=verdict,
        allowed=allowed, passes=passes, held=held, complete=ready,
    )  # fmt: skip
    state, why = state_of(facts)
    if state is State.GONE:
        why = _GONE.get(row["gone_why"], row["gone_why"] or "")
    if state is State.LINKED:
        why = _link_why(store, row["record_pk"])
    raised = _flags(store, row, shared, of_record, alike, linked=linked)
    _set_state(store, row, state, why, raised)


_GONE = {
    "deleted": "its record was deleted in Salesforce",
    "merged": "its record was merged into another",
    "vanished": "deleted for good, or no longer shared with this login",
}


def _leaves_every_list(row: Row) -> bool:
    if row["link_id"] is not None:
        return False
    if row["gone_why"] is not None:
        return not bool(row["has_gone_link"])
    return bool(row["in_scope"] != 1)


def _link(ctx: Context, row: Row, user_id: str) -> None:
    user_pk = users.pk_of(ctx.store, user_id)
    assert user_pk is not None
    links.make(ctx.store, row["record_pk"], user_pk, made_by=RULE, at=ctx.now(), lasting=False)


def _link_why(store: Store, record_pk: int) -> str:
    row = links.with_user(store, record_pk)
    if row is None:
        return ""
    who = row["external_id"] or row["user_id"]
    if row["made_by"] == RULE:
        return f"linked by the match rule to user {who}"
    return f"linked to user {who} by {row['made_by']}" + (f": {row['why']}" if row["why"] else "")


def _unread(bound: BoundMapping, row: Row) -> str | None:
    """Why nothing can be said of a creation yet: a field that it needs was not read."""
    needed = [bound.external_id_field.name, bound.mapping.account.field, *fields(bound.create)]
    for name in needed:
        found = bound.sobject.field(name)
        if found is not None and row[found.name] is None:
            return f"{found.name} was not read yet: pull"
    return None


def _creation(store: Store, bound: BoundMapping, row: Row, of_record: tuple[str, ...]) -> Creation:
    return Creation(
        external_id=row["external_id"] or "",
        external_id_field=bound.external_id_field.name,
        taken_by=users.taken_by(store, row["external_id"]),
        account_value=row["account_key"] or "",
        account_field=bound.mapping.account.field,
        accounts=of_record,
    )


def _compose(
    ctx: Context, bound: BoundMapping, row: Row, of_record: tuple[str, ...],
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
    back = held_back.of_record(ctx.store, row["record_id"]).get(
        (System.VITALLY, held_back.CREATION)
    )
    reason = back or reason
    items = compose(bound, values, of_record)
    put_creation(ctx.store, row["record_id"], items, reason, mapping=mapping, at=ctx.now())


def withdraw(
    ctx: Context, record_id: str, why: str, *, who: str = RULE, batch: int | None = None
) -> None:
    """Takes back the approval of a record, if it has one; the history says so. A creation that is
    on its way stays until its outcome is known."""
    store = ctx.store
    if not approvals.withdraw(store, record_id):
        return
    change = outbox.creation_of(store, record_id)
    if change is not None and change["state"] == ChangeState.QUEUED:
        outbox.delete_change(store, change["change_id"])
    elif change is not None and change["state"] == ChangeState.PARKED:
        outbox.move(store, change["change_id"], ChangeState.DROPPED)
    entry = Entry("withdraw", record_id=record_id, why=why)
    batch = history.new_batch(store) if batch is None else batch
    history.append(store, entry, at=ctx.now(), who=who, batch=batch)


def _flags(
    store: Store, row: Row, shared: Sharing,
    of_record: tuple[str, ...], alike: list[LookAlike], *, linked: bool,
) -> dict[str, str]:  # fmt: skip
    found: dict[str, str] = {}
    if linked:
        user = links.with_user(store, row["record_pk"])
        if user is not None:
            why = _disagreement(row, user, shared)
            if why:
                found[Flag.DISAGREES] = why
            own = accounts.of_user(store, user["user_pk"])
            if of_record and not set(own) & set(of_record):
                found[Flag.OTHER_ACCOUNT] = f"its account {of_record[0]} is not among its user's"
        if row["in_scope"] != 1:
            found[Flag.OUT_OF_SCOPE] = "its record left the scope"
    elif row["once_linked"]:
        found[Flag.ONCE_LINKED] = "its user was deleted in Vitally"
    if alike:
        found[Flag.LOOK_ALIKE] = "; ".join(f"{a.who}: {a.because}" for a in alike)
    churned = accounts.churned(store, of_record)
    if churned:
        found[Flag.ACCOUNT_CHURNED] = f"account {churned[0]} has churned"
    return found


def _disagreement(row: Row, user: Row, shared: Sharing) -> str:
    key = row["match_key"]
    if key is None or user["match_key"] != key:
        return "the match values differ"
    if shared.records.get(key, 0) > 1:
        return "several records share the match value"
    if len(shared.users.get(key, [])) > 1:
        return "several users have the match value"
    return ""


def _set_state(
    store: Store, row: Row, state: State | None, why: str, raised: dict[str, str]
) -> None:
    value = None if state is None else state.value
    if (row["record_state"], row["state_why"]) != (value, why):
        records.set_state(store, row["record_pk"], value, why)
    if flags.of_record(store, row["record_pk"]) != raised:
        flags.put(store, row["record_pk"], raised)
