"""Pushing to Vitally: read, decide again, write; and read back what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sfvtui.domain.changes import Action, ChangeState, Origin, System
from sfvtui.domain.values import same
from sfvtui.errors import Problem
from sfvtui.mirror import accounts, outbox, pending, users
from sfvtui.mirror.outbox import change
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Row
from sfvtui.mirror.users import Users
from sfvtui.sync import edits, push_creations
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.landing import (
    Push,
    asked,
    failed,
    land,
    not_landed,
    park,
    perhaps_written,
    queue_the_rest,
    written,
)
from sfvtui.sync.push_salesforce import base_moves, compare, mirrored, refresh, sendable

if TYPE_CHECKING:
    from sfvtui.remotes.answers import SendResult

AT_ONCE = 100
"""Changes whose Salesforce rows, their source, are read again in one call before they are sent."""
TRIES = 3


def send(push: Push, change_ids: Sequence[int]) -> None:
    """Sends these changes one by one; each outcome is committed as it lands."""
    for piece in in_chunks(list(change_ids), AT_ONCE):
        rows = [row for change_id in piece if (row := sendable(push, change_id)) is not None]
        if rows:
            refresh(push, sorted({row["record_id"] for row in rows}))
        for change_id in piece:
            push.ctx.stop_if_cancelled()
            for attempt in range(TRIES):
                row = sendable(push, change_id)
                if row is None:
                    break
                if attempt:
                    push.ctx.sleep(0.2 * 2**attempt)
                if row["action"] == Action.CREATE:
                    push_creations.send(push, row)
                else:
                    _send_update(push, row)
            else:
                if sendable(push, change_id) is not None:
                    failed(
                        push, change_id, "BUSY",
                        f"Vitally did not take the write in {TRIES} tries.",
                        "It stays queued: push again.",
                    )  # fmt: skip
            push.passed(1)


# --- updates


def _send_update(push: Push, row: Row) -> None:
    """Reads the user, decides again, and writes what is still wanted."""
    ctx, store, change_id = push.ctx, push.store, row["change_id"]
    with store.write():
        if sendable(push, change_id) is None:
            return
        outbox.gather(store, change_id, row["user_id"])
    user = ctx.vitally().user(row["user_id"])
    if user is None or str(user.get("id")) != row["user_id"]:
        _user_is_gone(push, row["user_id"])
        return
    if Users(store, push.bound).write([user]).changed:
        decide_touched(ctx, push.bound, may_link=False)
    with store.write():
        again = sendable(push, change_id)
        if again is None:
            push.touch_record(row["record_id"])
            return
        this = asked(store, change_id) if _settle(push, again) else None
    if this is None:
        return
    before = {item["name"]: _now(push, this.change, item) for item in this.fields}
    with push.on_the_way(System.VITALLY, {change_id: this}) as going:
        if not going:
            return
        result = ctx.vitally().update(row["user_id"], _update_body(push, this.fields))
    _update_outcome(push, change_id, result, before)


def _user_is_gone(push: Push, user_id: str) -> None:
    with push.store.write():
        users.miss(push.store, user_id, push.ctx.now())
    decide_touched(push.ctx, push.bound, may_link=False)


def _settle(push: Push, row: Row) -> bool:
    """Compares what a person decided with what is there now. Returns whether something is left."""
    store = push.store
    for item in outbox.fields_of(store, row["change_id"]):
        if item["name"] == "accountIds":
            if not _accounts_as_seen(push, row, item):
                return False
            continue
        if item["edit_id"] is None:
            continue
        verdict = compare(push, row, item)
        if verdict == "moved":
            push.report.conflicts += 1
        elif verdict == "there":
            outbox.remove_field(store, row["change_id"], item["name"], keep=row["change_id"])
            edits.finish(push.ctx, item["edit_id"], mapping=push.mapping)
            push.touch_record(row["record_id"])
    if pending.find(store, row["change_id"]) is None:
        return False
    if not outbox.fields_of(store, row["change_id"]):
        land(push, row["change_id"])
        return False
    return True


def _accounts_as_seen(push: Push, row: Row, item: Row) -> bool:
    """Whether the user's accounts are the ones that the person saw; else the change parks, or is
    done where they are the wanted ones."""
    now = _accounts(push, row["user_id"])
    wanted, saw = set(json.loads(item["after"])), set(json.loads(item["before"] or "[]"))
    if now == wanted:
        outbox.remove_field(push.store, row["change_id"], item["name"], keep=row["change_id"])
        return True
    if now != saw:
        text = "the user's accounts changed since this was decided: nothing was sent"
        park(push, row["change_id"], [Problem("ACCOUNTS_MOVED", text, ("accountIds",))], names={})
        return False
    return True


def _accounts(push: Push, user_id: str) -> set[str]:
    user_pk = users.pk_of(push.store, user_id)
    return set(accounts.of_user(push.store, user_pk)) if user_pk is not None else set()


def _now(push: Push, row: Row, item: Row) -> str:
    if item["name"] == "accountIds":
        return json.dumps(sorted(_accounts(push, row["user_id"])))
    return mirrored(push, "user", row, item)


def _update_body(push: Push, items: Sequence[Row]) -> dict[str, Any]:
    """A partial update: traits merge, one that is not named stays, null deletes. Source: Vitally
    REST API, Users."""
    found: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    for item in items:
        if item["name"] == "accountIds":
            found["accountIds"] = json.loads(item["after"])
            continue
        pair = push.bound.pair(item["field"])
        assert pair is not None
        value = pair.to_vitally(item["after"] or "")
        (found if pair.pair.is_attribute else traits)[item["name"]] = value
    if traits:
        found["traits"] = traits
    return found


def _update_outcome(
    push: Push, change_id: int, result: SendResult, before: Mapping[str, str]
) -> None:
    from sfvtui.remotes.answers import Outcome

    store = push.store
    match result.outcome:
        case Outcome.LANDED:
            user = result.user
            row = change(store, change_id)
            if user is None or "traits" not in user:
                with store.write():
                    outbox.move(store, change_id, ChangeState.UNKNOWN)
                read_back_unknown(push, [change_id], before=before)
                return
            with store.write():
                Users(store, push.bound).write([user])
                _updated(push, row, before)
        case Outcome.REFUSED:
            with store.write():
                if park(push, change_id, result.problems, names=_blamed(push, change_id)):
                    outbox.move(store, change_id, ChangeState.QUEUED)
        case Outcome.GONE:
            user_id = change(store, change_id)["user_id"]
            with store.write():
                outbox.move(store, change_id, ChangeState.QUEUED)
            _user_is_gone(push, user_id)
        case Outcome.UNKNOWN:
            with store.write():
                outbox.move(store, change_id, ChangeState.UNKNOWN)
        case _:
            with store.write():
                outbox.move(store, change_id, ChangeState.QUEUED)


def _blamed(push: Push, change_id: int) -> dict[str, str]:
    """What Vitally may call a field, to the change's name for it."""
    names = [item["name"] for item in outbox.fields_of(push.store, change_id)]
    return {f"traits.{name}": name for name in names} | {f"/traits/{name}": name for name in names}


def _updated(push: Push, row: Row, before: Mapping[str, str]) -> None:
    """A Vitally update took effect, and the mirror holds the user as it is now, in the caller's
    transaction. A field that reads back unchanged was not taken, and parks."""
    store, not_taken, finished = push.store, [], []
    for item in outbox.fields_of(store, row["change_id"]):
        was, wanted = before.get(item["name"], item["before"] or ""), item["after"] or ""
        stored = _now(push, row, item)
        if item["name"] == "accountIds":
            if set(json.loads(stored)) != set(json.loads(wanted)):
                not_taken.append("accountIds")
                continue
        else:
            pair = push.bound.pair(item["field"])
            if pair is None:
                continue
            if same(pair.field, stored, was) and not same(pair.field, stored, wanted):
                not_taken.append(item["name"])
                continue
        written(push, row, item, before=was, stored=stored)
        if item["edit_id"] is not None:
            finished.append(item["edit_id"])
        elif item["origin"] == Origin.RECONCILE:
            base_moves(push, row, item["field"], wanted)
    if not_taken:
        text = "Vitally answered well, but the value reads back unchanged"
        problem = Problem("NOT_TAKEN", text, tuple(not_taken))
        if not park(push, row["change_id"], [problem], names={}):
            push.touch_record(row["record_id"])
            return
    land(push, row["change_id"])
    # Only now: an edit that waited for this one takes its place in the outbox.
    for edit_id in finished:
        edits.finish(push.ctx, edit_id, mapping=push.mapping)


# --- unknown outcomes


def read_back_unknown(
    push: Push, change_ids: Sequence[int], *, before: Mapping[str, str] | None = None
) -> None:
    """Settles changes whose outcome is unknown: landed, not landed, or changed meanwhile."""
    store = push.store
    for change_id in change_ids:
        row = change(store, change_id)
        if row["waits"]:
            # It cannot have been sent before its Salesforce half, which says what became of that.
            with store.write():
                not_landed(push, row)
            continue
        if row["action"] == Action.CREATE:
            push_creations.read_back(push, row)
            continue
        user = push.ctx.vitally().user(row["user_id"])
        if user is None:
            with store.write():
                not_landed(push, row)
            _user_is_gone(push, row["user_id"])
            continue
        with store.write():
            Users(store, push.bound).write([user])
            items = outbox.fields_of(store, change_id)
            in_place = {item["name"] for item in items if _in_place(push, row, item)}
            for item in items:
                if item["name"] not in in_place:
                    perhaps_written(push, row, item, _now(push, row, item))
            if in_place:
                queue_the_rest(push, change_id, in_place)
                seen = {item["name"]: item["before"] or "" for item in items}
                _updated(push, row, before or seen)
            else:
                not_landed(push, row)
                push.touch_record(row["record_id"])
    decide_touched(push.ctx, push.bound, may_link=False)


def _in_place(push: Push, row: Row, item: Row) -> bool:
    stored, wanted = _now(push, row, item), item["after"] or ""
    if item["name"] == "accountIds":
        return set(json.loads(stored)) == set(json.loads(wanted))
    pair = push.bound.pair(item["field"])
    return pair is not None and same(pair.field, stored, wanted)
