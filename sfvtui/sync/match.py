"""Matching and states: links that the rule makes, and what each touched record's state now is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    approvals,
    facts,
    flags,
    held_back,
    history,
    linked,
    links,
    outbox,
    pieces,
    records,
    states,
)
from sfvtui.mirror.history import Entry
from sfvtui.mirror.sharing import Sharing, sharing
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch_alike
from sfvtui.sync.alike import Accounts, LookAlikes
from sfvtui.sync.context import Context
from sfvtui.sync.creation import compose, put_creation

RULE = "rule"
"""Who made a link that the match rule made."""


def make_links(ctx: Context, bound: BoundMapping, *, may_link: bool) -> None:
    """Links those of the piece's records that fit one to one and are free, where `may_link`, in the
    caller's transaction."""
    if may_link and complete(ctx.store, bound):
        made = pieces.link_by_rule(ctx.store, made_by=RULE, at=ctx.now())
        if ctx.ruled is not None:
            ctx.ruled += made


def restate(ctx: Context, bound: BoundMapping, *, may_link: bool, mapping: int) -> None:
    """Decides states and flags of the piece's records, in the caller's transaction: the linked ones
    in a few statements, the others one by one from what was read for all of them."""
    store = ctx.store
    rows = facts.of_piece(store, needed(bound))
    states.begin(store)
    raised = _judge(ctx, bound, rows, may_link=may_link, mapping=mapping) if rows else {}
    pieces.take_links(store)
    linked.note_states(store, rule=RULE)
    states.set_noted(store)
    flags.set_of_piece(store, {**raised, **linked.raised(store)})


def complete(store: Store, bound: BoundMapping) -> bool:
    """Whether both lists were read to the end since object, scope or match rule last changed."""
    wanted = bound.match_signature
    return all(store.get(f"complete:{side}") == wanted for side in ("salesforce", "vitally"))


def needed(bound: BoundMapping) -> list[str]:
    """The fields without which nothing can be said of a creation."""
    names = [bound.external_id_field.name, bound.mapping.account.field, *fields(bound.create)]
    found = [bound.sobject.field(name) for name in names]
    return [field.name for field in found if field is not None]


@dataclass(frozen=True)
class _Around:
    """What the records of a piece are judged by, beside their own facts."""

    ready: bool
    """Whether the rule may say anything of creations: both lists were read to the end."""
    sharing: Sharing
    apart: set[tuple[str, str]]
    taken: Mapping[str, str]
    accounts: Accounts
    alike: LookAlikes


def _judge(
    ctx: Context, bound: BoundMapping, rows: Sequence[Row], *, may_link: bool, mapping: int
) -> dict[int, dict[str, str]]:
    """Lists the states of records without a link; returns the flags to be raised on them."""
    store = ctx.store
    around = _read_around(store, bound, rows)
    raised: dict[int, dict[str, str]] = {}
    new: list[tuple[int, str | None, str]] = []
    for row in rows:
        judged = _judge_one(ctx, bound, row, around, may_link=may_link, mapping=mapping)
        if judged is None:
            continue
        state, why, of_record = judged
        if of_record:
            raised[row["record_pk"]] = of_record
        value = None if state is None else state.value
        if (row["record_state"], row["state_why"]) != (value, why):
            new.append((row["record_pk"], value, why))
    states.note(store, new)
    return raised


def _read_around(store: Store, bound: BoundMapping, rows: Sequence[Row]) -> _Around:
    accounts = facts.accounts(store, {row["account_key"] for row in rows if row["account_key"]})
    free = [row for row in rows if row["link_id"] is None and row["gone_why"] is None]
    new = [row for row in free if _may_become_user(bound, row)]
    return _Around(
        ready=complete(store, bound),
        sharing=sharing(store, {row["match_key"] for row in free if row["match_key"] is not None}),
        apart=facts.apart(store, {row["record_id"] for row in free}),
        taken=facts.taken(store, {row["external_id"] for row in new if row["external_id"]}),
        accounts=accounts,
        alike=LookAlikes(store, new, accounts),
    )


def _may_become_user(bound: BoundMapping, row: Row) -> bool:
    allowed = bound.mapping.create.allowed
    return allowed and (row["passes_filter"] != 0 or row["waved_json"] is not None)


_GONE = {
    "deleted": "its record was deleted in Salesforce",
    "merged": "its record was merged into another",
    "vanished": "deleted for good, or no longer shared with this login",
}

Judged = tuple[State | None, str, dict[str, str]]
"""A record's state (None: it leaves every list), why, and its flags."""


def _judge_one(
    ctx: Context, bound: BoundMapping, row: Row, around: _Around, *, may_link: bool, mapping: int
) -> Judged | None:
    """Decides one record. None for a linked one: its state comes with those of all linked ones."""
    store, record_id = ctx.store, row["record_id"]
    if _leaves_every_list(row):
        withdraw(ctx, record_id, "its record is gone or left the scope")
        return None, "", {}
    gone, has_link = row["gone_why"] is not None, row["link_id"] is not None
    ignored, approved = row["ignored_why"], row["waved_json"] is not None
    verdict = Match()
    if not gone and not has_link:
        verdict = _verdict(row, around)
        if verdict.user_id is not None and may_link and around.ready and ignored is None:
            made = links.make_by_id(
                store, row["record_pk"], verdict.user_id, made_by=RULE, at=ctx.now()
            )
            if ctx.ruled is not None:
                ctx.ruled.append(made)
            has_link = True
    if approved and (gone or has_link or verdict.ambiguous):
        why = "the rule now links it" if has_link else verdict.why if not gone else "it is gone"
        withdraw(ctx, record_id, why)
        touch_alike(store, row["email_key"], row["account_key"])
        approved = False
    if has_link and not gone:
        return None
    held, alike = None, []
    if not gone and _may_become_user(bound, row):
        held = why_held(bound, row, around.taken, around.accounts)
        alike = around.alike.of(row, waved=frozenset(json.loads(row["waved_json"] or "[]")))
    passes = bound.mapping.create.allowed and row["passes_filter"] != 0
    if approved:
        _compose(ctx, bound, row, around, held, alike, passes=passes, mapping=mapping)
    state, why = state_of(
        Facts(
            gone=gone, approved=approved, ignored=ignored, match=verdict,
            allowed=bound.mapping.create.allowed, passes=passes, held=held, complete=around.ready,
        )
    )  # fmt: skip
    if state is State.GONE:
        why = _GONE.get(row["gone_why"], row["gone_why"])
    return state, why, _flags(row, around, alike)


def _leaves_every_list(row: Row) -> bool:
    if row["link_id"] is not None:
        return False
    if row["gone_why"] is not None:
        return not bool(row["has_gone_link"])
    return bool(row["in_scope"] != 1)


def _verdict(row: Row, around: _Around) -> Match:
    key = row["match_key"]
    candidates = tuple(
        Candidate(u["user_id"], u["linked_to"], (row["record_id"], u["user_id"]) in around.apart)
        for u in around.sharing.users.get(key, ())
    )
    return match(key, around.sharing.records.get(key, 0), candidates)


def why_held(
    bound: BoundMapping, row: Row, taken: Mapping[str, str], accounts: Accounts
) -> str | None:
    """Why a record cannot become a user now; None where it can. `taken` names the users that have
    externalIds."""
    if row["unread"] is not None:
        return f"{row['unread']} was not read yet: pull"
    return hold_reason(
        Creation(
            external_id=row["external_id"] or "",
            external_id_field=bound.external_id_field.name,
            taken_by=taken.get(row["external_id"]),
            account_value=row["account_key"] or "",
            account_field=bound.mapping.account.field,
            accounts=_ids(row, accounts),
        )
    )


def _ids(row: Row, accounts: Accounts) -> tuple[str, ...]:
    return tuple(account["account_id"] for account in accounts.get(row["account_key"], ()))


def _compose(
    ctx: Context, bound: BoundMapping, row: Row, around: _Around,
    held: str | None, alike: list[LookAlike], *, passes: bool, mapping: int,
) -> None:  # fmt: skip
    store, record_id = ctx.store, row["record_id"]
    reason = held
    if not bound.mapping.create.allowed:
        reason = "this mapping creates no users"
    elif not passes:
        reason = "the create filter does not pass"
    elif reason is None and alike:
        one = alike[0]
        reason = f"looks like {one.who} ({one.name}, {one.email or 'no e-mail'}): {one.because}"
    back = held_back.of_record(store, record_id).get((System.VITALLY, held_back.CREATION))
    whole = records.by_pk(store, row["record_pk"])
    assert whole is not None
    items = compose(
        bound, {f.name: whole[f.name] for f in bound.fields}, _ids(row, around.accounts)
    )
    put_creation(store, record_id, items, back or reason, mapping=mapping, at=ctx.now())


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


def _flags(row: Row, around: _Around, alike: list[LookAlike]) -> dict[str, str]:
    found: dict[str, str] = {}
    if row["once_linked"]:
        found[Flag.ONCE_LINKED] = "its user was deleted in Vitally"
    if alike:
        found[Flag.LOOK_ALIKE] = "; ".join(f"{a.who}: {a.because}" for a in alike)
    churned = [a["account_id"] for a in around.accounts.get(row["account_key"], ()) if a["churned"]]
    if churned:
        found[Flag.ACCOUNT_CHURNED] = f"account {churned[0]} has churned"
    return found
