"""Pushing creations: a search before and after each one, so that no user is made twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.domain.text import fold, trim
from sfvtui.domain.values import same
from sfvtui.errors import Problem
from sfvtui.mirror import approvals, links, outbox, pending, records, users
from sfvtui.mirror.bases import set_base
from sfvtui.mirror.history import Entry
from sfvtui.mirror.outbox import FieldChange, change
from sfvtui.mirror.store import Row
from sfvtui.mirror.touched import touch_user
from sfvtui.mirror.users import Users
from sfvtui.sync import creation
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.landing import Push, asked, land, not_landed, park
from sfvtui.sync.push_salesforce import sendable

if TYPE_CHECKING:
    from sfvtui.remotes.answers import SendResult

TAKEN = "EXTERNAL_ID_TAKEN"
LAG = dt.timedelta(minutes=1)
"""How long after a creation was sent its user may not show yet."""


def send(push: Push, row: Row) -> None:
    """Looks for the externalId and the e-mail first; what is found is linked by the rule, holds the
    creation, or parks it. Only then, and from the values just read, the user is made."""
    ctx, store, change_id = push.ctx, push.store, row["change_id"]
    # As it is before the search: what was not looked for is not made.
    this = asked(store, change_id)
    if this is None:
        return
    external = str(this.change["external_id"] or "")
    found = _search(push, this.change)
    if found:
        Users(store, push.bound).write(found)
        decide_touched(ctx, push.bound, may_link=store.get("may_link") == "yes")
    taken = [user for user in found if str(user.get("externalId") or "") == external]
    if taken:
        with store.write():
            if _is_queued(push, change_id):
                # The rule did not link it: a person is told now, not at the next look.
                outbox.hold(store, change_id, None)
                _park_taken(push, change_id, taken[0])
                return
    if sendable(push, change_id) is None:
        if found:
            push.touch_record(row["record_id"])
        return
    fields = [_composed(item) for item in this.fields]
    with push.on_the_way(System.VITALLY, {change_id: this}) as going:
        if not going:
            return
        result = ctx.vitally().create(creation.body(push.bound, fields))
    _outcome(push, change_id, result)


def _is_queued(push: Push, change_id: int) -> bool:
    found = pending.find(push.store, change_id)
    return found is not None and found["state"] == ChangeState.QUEUED


def _search(push: Push, row: Row) -> list[dict[str, Any]]:
    """The users that have the creation's externalId or e-mail now."""
    vitally = push.ctx.vitally()
    found = vitally.search(external_id=str(row["external_id"]))
    items = outbox.fields_of(push.store, row["change_id"])
    email = next((item["after"] for item in items if item["name"] == "email"), None)
    record = records.by_id(push.store, row["record_id"])
    if not email and record is not None:
        email = record["email_key"]
    if email:
        found += vitally.search(email=str(email))
    return list({str(user["id"]): user for user in found}.values())


def _composed(item: Row) -> FieldChange:
    return FieldChange(
        System.VITALLY, item["name"], item["field"], None, item["after"], Origin.APPROVE, ""
    )


def _outcome(push: Push, change_id: int, result: SendResult) -> None:
    from sfvtui.remotes.answers import Outcome

    store = push.store
    match result.outcome:
        case Outcome.LANDED if result.user is not None:
            with store.write():
                _created(push, change(store, change_id), result.user)
        case Outcome.LANDED | Outcome.UNKNOWN:
            with store.write():
                outbox.move(store, change_id, ChangeState.UNKNOWN)
            _look_for_created(push, change_id)
        case Outcome.EXISTS:
            _exists(push, change_id, result)
        case Outcome.REFUSED:
            with store.write():
                park(push, change_id, result.problems, names={})
        case _:
            with store.write():
                outbox.move(store, change_id, ChangeState.QUEUED)


def _exists(push: Push, change_id: int, result: SendResult) -> None:
    """Vitally says that there is such a user: whose it is decides."""
    store = push.store
    row = change(store, change_id)
    user = _find(push, row)
    if user is None:
        problems = result.problems or [Problem(TAKEN, "such a user exists")]
        with store.write():
            park(push, change_id, problems, names={})
    elif row["attempts"] > 1 and _is_ours(push, row, user):
        with store.write():
            _created(push, row, user)
    else:
        _somebody_elses(push, change_id, user)


def _somebody_elses(push: Push, change_id: int, user: Mapping[str, Any]) -> None:
    """A user that this change did not make has its externalId: it is linked if the match rule says
    so, else the change parks."""
    store = push.store
    with store.write():
        outbox.move(store, change_id, ChangeState.QUEUED)
        push.touch_record(change(store, change_id)["record_id"])
    Users(store, push.bound).write([user])
    decide_touched(push.ctx, push.bound, may_link=store.get("may_link") == "yes")
    with store.write():
        if sendable(push, change_id) is not None:
            _park_taken(push, change_id, user)


def _park_taken(push: Push, change_id: int, user: Mapping[str, Any]) -> None:
    name = user.get("name") or user.get("email") or "no name"
    text = f"user {user['id']} ({name}) has the externalId {user.get('externalId')} already"
    park(push, change_id, [Problem(TAKEN, text)], names={})


def _find(push: Push, row: Row) -> dict[str, Any] | None:
    """The user that has a creation's externalId now, by its address or by search."""
    external = str(row["external_id"])
    vitally = push.ctx.vitally()
    user = vitally.user(external)
    if user is not None and str(user.get("externalId") or "") == external:
        return user
    for user in vitally.search(external_id=external):
        if str(user.get("externalId") or "") == external:
            return user
    return None


def _is_ours(push: Push, row: Row, user: Mapping[str, Any]) -> bool:
    """Whether a user found after a lost reply is the one that this change made: it carries the
    name and e-mail that were sent, is in the accounts, and has each of the traits."""
    traits = user.get("traits") or {}
    accounts = {str(account.get("id")) for account in user.get("accounts") or ()}
    for item in outbox.fields_of(push.store, row["change_id"]):
        name, sent = item["name"], item["after"] or ""
        match name:
            case "externalId":
                ours = True
            case "name" | "email":
                ours = fold(trim(str(user.get(name) or ""))) == fold(sent)
            case "accountIds":
                ours = not accounts or set(json.loads(sent)) <= accounts
            case _:
                ours = name in traits
        if not ours:
            return False
    return True


def _look_for_created(push: Push, change_id: int) -> None:
    """After a lost reply: looks for the user a few times; where it does not show yet, the outcome
    stays unknown, and the next push looks again before it sends."""
    row = change(push.store, change_id)
    user = _find_patiently(push, row)
    if user is not None:
        _found_after_loss(push, row, user)


def _find_patiently(push: Push, row: Row) -> dict[str, Any] | None:
    """The user that a creation may have made, looked for a few times: what was written just now may
    not show at once."""
    user = _find(push, row)
    sent = dt.datetime.fromisoformat(row["sent_at"]) if row["sent_at"] else None
    for wait in (0.5, 1.0):
        if user is not None or sent is None or push.ctx.clock() - sent > LAG:
            break
        push.ctx.sleep(wait)
        user = _find(push, row)
    return user


def read_back(push: Push, row: Row) -> None:
    """Settles a creation whose outcome is unknown: it made a user, or it did not."""
    user = _find_patiently(push, row)
    if user is not None:
        _found_after_loss(push, row, user)
    else:
        with push.store.write():
            not_landed(push, row)


def _found_after_loss(push: Push, row: Row, user: Mapping[str, Any]) -> None:
    if _is_ours(push, row, user):
        with push.store.write():
            _created(push, row, user)
    else:
        _somebody_elses(push, row["change_id"], user)


def _created(push: Push, row: Row, user: Mapping[str, Any]) -> None:
    """A creation landed: link and bases from what Vitally answered, in the caller's transaction."""
    store, change_id, record_id = push.store, row["change_id"], row["record_id"]
    Users(store, push.bound).write([user])
    user_row, record = users.by_id(store, str(user["id"])), records.by_id(store, record_id)
    assert user_row is not None
    assert record is not None
    fields = [_composed(item) for item in outbox.fields_of(store, change_id)]
    sent = json.dumps(creation.body(push.bound, fields), ensure_ascii=False, default=str)
    outbox.made(store, change_id, user_row["user_id"])
    approvals.withdraw(store, record_id)
    free = (
        links.live_of_record(store, record["record_pk"]) is None
        and links.live_of_user(store, user_row["user_pk"]) is None
    )
    if free:
        link_id = links.make(
            store, record["record_pk"], user_row["user_pk"], made_by=push.ctx.actor,
            at=push.ctx.now(), lasting=True, why="its user was made by sfvtui",
        )  # fmt: skip
        agreed: dict[str, str | None] = {
            p.name: user_row[p.name]
            for p in push.bound.pairs
            if record[p.name] is not None and same(p.field, record[p.name], user_row[p.name] or "")
        }
        set_base(store, link_id, agreed)
    push.note(
        Entry(
            "create", record_id=record_id, user_id=user_row["user_id"], system="vitally",
            after=sent, why="approved", outcome="landed",
        )
    )  # fmt: skip
    touch_user(store, user_row["user_pk"])
    land(push, change_id)
