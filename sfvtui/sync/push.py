"""Pushing: the outbox to both services, guarded, once each, and reconciled at its end."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from sfvtui.domain.changes import ChangeState, System
from sfvtui.domain.guards import Guard, Rule
from sfvtui.errors import Cancelled, Refused, SfvtuiError, Stopped
from sfvtui.mirror import mappings, outbox
from sfvtui.mirror.history import Entry
from sfvtui.mirror.lock import push_lock
from sfvtui.mirror.rows import touch
from sfvtui.mirror.store import Store
from sfvtui.sync import identity, push_salesforce, push_vitally
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.landing import Push, PushReport
from sfvtui.sync.planning import standing_guards
from sfvtui.sync.prepare import prepare

Confirm = Callable[[Guard], bool]


def nobody(_: Guard) -> bool:
    """Confirms nothing: the answer where no person can be asked."""
    return False


def push(ctx: Context, *, limit: int | None = None, confirm: Confirm = nobody) -> PushReport:
    """Sends what is queued (at most `limit` changes), each once, nothing unseen overwritten.

    `confirm` is asked for each guard that stands, in order, before the first write; a no ends the
    push with that guard in the report. What a service, a limit or the person stops in the middle
    is in the report too; everything not done stays queued. Raises Busy where another push of the
    store runs, WrongStore, and ReadOnlyError.
    """
    ctx.refuse_if_read_only("pushing")
    bound = prepare(ctx)
    if bound is None:
        raise Refused("The mirror is empty.", "Pull first: `sfvtui pull`.")
    report = PushReport()
    with push_lock(ctx.store, who=ctx.actor, at=ctx.now()):
        version = (mappings.latest(ctx.store) or (0, ""))[0]
        one = Push(ctx, bound, version, report)
        _after_a_crash(ctx.store)
        try:
            _work(one, limit, confirm)
        except Stopped as stop:
            report.stopped = stop.rule
            report.failure = None if stop.rule in ("api_reserve", "daily_limit") else stop
        except Cancelled:
            report.interrupted = True
        except SfvtuiError as error:
            report.failure = error
        _end(one)
        if report.run is not None:
            identity.note_calls(ctx)
    return report


def _after_a_crash(store: Store) -> None:
    """What was on its way when its push died may or may not have taken effect."""
    with store.write():
        for row in store.rows("SELECT change_id FROM change WHERE state = 'sending'"):
            outbox.move(store, row["change_id"], ChangeState.UNKNOWN)


def _work(one: Push, limit: int | None, confirm: Confirm) -> None:
    ctx = one.ctx
    anything = _anything(one.store)
    if anything:
        identity.check_salesforce(ctx)
        identity.check_vitally(ctx)
        _read_back(one)
    if not _confirmed(one, confirm) or not anything:
        return
    _send(one, limit, exclude=frozenset())
    if limit is None or len(one.report.tried) < limit:
        _follow_up(one)


def _anything(store: Store) -> bool:
    return bool(
        store.value(
            "SELECT EXISTS (SELECT 1 FROM change WHERE state = 'unknown'"
            " OR (state = 'queued' AND held IS NULL))"
        )
    )


def _confirmed(one: Push, confirm: Confirm) -> bool:
    """Asks for each guard that stands; notes who confirmed what. False: the push stops here."""
    store, ctx = one.store, one.ctx
    for guard in standing_guards(ctx, one.bound):
        if not confirm(guard):
            one.report.guard = guard.as_json()
            return False
        with store.write():
            one.note(
                Entry(
                    "confirm", field=None, after=guard.rule.value,
                    why=f"{guard.count} against a limit of {guard.limit}",
                )
            )  # fmt: skip
            if guard.rule is Rule.FIRST_PUSH:
                mappings.confirm(store, ctx.now(), ctx.actor)
    with store.write():
        # What vanished counts for the push that follows it, and for no later one.
        store.db.execute("DELETE FROM seen WHERE side = 'vanished'")
    return True


def _read_back(one: Push) -> None:
    """Unknown outcomes are read back before anything is sent."""
    for system, step in (
        (System.SALESFORCE, push_salesforce.read_back_unknown),
        (System.VITALLY, push_vitally.read_back_unknown),
    ):
        unknown = [
            row[0]
            for row in one.store.rows(
                "SELECT change_id FROM change WHERE state = 'unknown' AND system = ?"
                " ORDER BY change_id",
                system.value,
            )
        ]
        if unknown:
            step(one, unknown)


def _ready(store: Store, system: System) -> list[int]:
    rows = store.rows(
        "SELECT change_id FROM change WHERE state = 'queued' AND held IS NULL AND waits = 0"
        " AND system = ? ORDER BY change_id",
        system.value,
    )
    return [row[0] for row in rows]


def _send(
    one: Push, limit: int | None, *, exclude: frozenset[int], records: set[str] | None = None
) -> None:
    """Salesforce first, then Vitally: the halves of edits that wait for Salesforce follow it."""
    for system, step in (
        (System.SALESFORCE, push_salesforce.send),
        (System.VITALLY, push_vitally.send),
    ):
        chosen = [c for c in _ready(one.store, system) if c not in exclude]
        if records is not None:
            chosen = _of_records(one.store, chosen, records)
        if limit is not None:
            chosen = chosen[: max(0, limit - len(one.report.tried))]
        total = len(chosen)
        for start in range(0, total, push_salesforce.AT_ONCE):
            one.ctx.progress(Progress(f"pushing to {system.value.capitalize()}", start, total))
            step(one, chosen[start : start + push_salesforce.AT_ONCE])


def _of_records(store: Store, change_ids: Sequence[int], records: set[str]) -> list[int]:
    record_of = "SELECT record_id FROM change WHERE change_id = ?"
    return [c for c in change_ids if store.value(record_of, c) in records]


def _follow_up(one: Push) -> None:
    """Reconciles the links that were touched, and sends what that decides, once."""
    store = one.store
    for record_id in one.report.touched:
        rows = store.rows("SELECT record_pk FROM record WHERE record_id = ?", record_id)
        touch(store, [row[0] for row in rows])
    decide_touched(one.ctx, one.bound, may_link=store.get("may_link") == "yes")
    # What was not tried yet is what was decided on the way: all else had its turn.
    tried = frozenset(one.report.tried)
    _send(one, None, exclude=tried, records=set(one.report.touched))


def _end(one: Push) -> None:
    store, report = one.store, one.report
    decide_touched(one.ctx, one.bound, may_link=store.get("may_link") == "yes")
    count = "SELECT COUNT(*) FROM change WHERE state = ?"
    report.unknown = store.value(count, "unknown")
    report.held = store.value(count + " AND held IS NOT NULL", "queued")
    report.left = store.value(count + " AND held IS NULL", "queued")
    with store.write():
        if report.run is not None:
            store.db.execute(
                "UPDATE run SET ended_at = ?, summary_json = ? WHERE run = ?",
                (one.ctx.now(), json.dumps(report.as_json(), default=str), report.run),
            )
