"""Mending the mirror: what a verification found to differ is asked for once more, and believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import System
from sfvtui.mirror import history, records, users, verifying
from sfvtui.mirror.history import Entry
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.records import Records
from sfvtui.mirror.store import Row
from sfvtui.mirror.touched import touch_user
from sfvtui.mirror.users import Users
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.pull import SideReport
from sfvtui.sync.pull_salesforce import IDS_AT_ONCE, fetch_winners, rows_by_id

if TYPE_CHECKING:
    from sfvtui.sync.verify import Drift


def mend(ctx: Context, bound: BoundMapping, drift: Sequence[Drift]) -> int:
    """Writes into the mirror what the services have for everything that differs, whatever its stamp
    says, and decides again what that touched. Returns how many differences are mended.

    What somebody (a push, another pull) wrote into the mirror between the question and the answer
    stays as it is: that was the fresher reading. Raises MappingChanged as a pull does.
    """
    record_ids = list(dict.fromkeys(one.record for one in drift if one.record is not None))
    user_ids = list(dict.fromkeys(one.user for one in drift if one.user is not None))
    mended: set[str] = set()
    with ctx.one_mapping():
        for chunk in in_chunks(record_ids, IDS_AT_ONCE):
            mended.update(_records(ctx, bound, chunk))
            ctx.progress(Progress("mending", len(mended), len(record_ids) + len(user_ids)))
            ctx.stop_if_cancelled()
        fetch_winners(ctx, bound, SideReport())
        for user_id in user_ids:
            mended.update(_user(ctx, bound, user_id))
            ctx.progress(Progress("mending", len(mended), len(record_ids) + len(user_ids)))
            ctx.stop_if_cancelled()
    done = [one for one in drift if (one.record or one.user) in mended]
    _note(ctx, done)
    decide_touched(ctx, bound, may_link=ctx.store.get("may_link") == "yes")
    return len(done)


def _records(ctx: Context, bound: BoundMapping, ids: Sequence[str]) -> list[str]:
    store = ctx.store
    before = verifying.records(store, ids)
    found = rows_by_id(ctx, bound, ids)
    with store.write():
        now = verifying.records(store, ids)
        mine = [one for one in ids if _same(before.get(one), now.get(one))]
        verifying.mistrust_records(store, mine)
        Records(store, bound).write([found[one] for one in mine if one in found])
        records.vanish(store, [one for one in mine if one not in found])
    return mine


def _user(ctx: Context, bound: BoundMapping, user_id: str) -> list[str]:
    store = ctx.store
    before = verifying.users(store, [user_id])
    there = ctx.vitally().user(user_id)
    with store.write():
        now = verifying.users(store, [user_id])
        if not _same(before.get(user_id), now.get(user_id)):
            return []
        if there is not None and str(there.get("id")) == user_id:
            verifying.mistrust_users(store, [user_id])
            Users(store, bound).write([there])
        elif user_id in now:
            users.miss(store, user_id, ctx.now())
            touch_user(store, now[user_id]["user_pk"])
    return [user_id]


def _same(before: Row | None, now: Row | None) -> bool:
    if before is None or now is None:
        return before is now
    return tuple(before) == tuple(now)


def _note(ctx: Context, done: Sequence[Drift]) -> None:
    store = ctx.store
    with store.write():
        batch = history.new_batch(store)
        for one in done:
            side = System.SALESFORCE if one.record is not None else System.VITALLY
            entry = Entry(
                "repair", record_id=one.record, user_id=one.user, system=side, field=one.field,
                before=one.before, after=one.after, why=one.kind.value, outcome="mirror mended",
            )  # fmt: skip
            history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
