"""Pushing: the outbox to both services, guarded, once each, and reconciled at its end."""

from __future__ import annotations

import json
from collections.abc import Callable

from sfvtui.domain.changes import Action, ChangeState, System
from sfvtui.domain.guards import Guard, Rule
from sfvtui.errors import Cancelled, MappingChanged, Refused, SfvtuiError, Stopped
from sfvtui.mirror import mappings, outbox, pauses, pending, runs, vanished
from sfvtui.mirror.history import Entry
from sfvtui.mirror.lock import push_lock
from sfvtui.mirror.store import Store
from sfvtui.mirror.touched import touch_record
from sfvtui.sync import costs, events, identity, push_salesforce, push_vitally
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.landing import PAUSED, Push, PushReport
from sfvtui.sync.planning import standing_guards
from sfvtui.sync.prepare import prepare

Confirm = Callable[[Guard], bool]


def nobody(_: Guard) -> bool:
    """Confirms nothing: the answer where no person can be asked."""
    return False


@events.after_push
def push(ctx: Context, *, limit: int | None = None, confirm: Confirm = nobody) -> PushReport:
    """Sends what is queued (at most `limit` changes), each once, nothing unseen overwritten.

    `confirm` is asked for each guard that stands, in order, before the first write; a no ends the
    push with that guard in the report. What a service, a limit or the person stops in the middle
    is in the report too; everything not done stays queued. Nothing is sent to a paused system, and
    the push counts as stopped by that. Raises Busy where another push of the store runs,
    WrongStore, and ReadOnlyError.
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
            with ctx.one_mapping():
                _work(one, limit, confirm)
        except Stopped as stop:
            report.stopped = stop.rule
            report.failure = None if stop.rule in ("api_reserve", "daily_limit") else stop
        except Cancelled:
            report.interrupted = True
        except SfvtuiError as error:
            report.failure = error
        _end(one)
        _say_paused(one)
        if report.run is not None:
            identity.note_calls(ctx)
    return report


def _after_a_crash(store: Store) -> None:
    """What was on its way when its push died may or may not have taken effect."""
    with store.write():
        for change_id in pending.in_state(store, ChangeState.SENDING):
            outbox.move(store, change_id, ChangeState.UNKNOWN)


def _work(one: Push, limit: int | None, confirm: Confirm) -> None:
    ctx = one.ctx
    if len(pauses.standing(one.store)) == len(System):
        return
    anything = pending.anything(one.store)
    if anything:
        identity.check_salesforce(ctx)
        identity.check_vitally(ctx)
        _read_back(one)
    if not _confirmed(one, confirm) or not anything:
        return
    _say_cost(one)
    _send(one, limit, exclude=frozenset())
    if limit is None or len(one.report.tried) < limit:
        _follow_up(one)


def _say_paused(one: Push) -> None:
    """A push that could not send to a system says who paused it; whatever else stopped it, or went
    wrong, comes first."""
    standing = pauses.standing(one.store).values()
    for pause in standing:
        one.ctx.note(
            f"{pause.words()}. Nothing was sent to it; `sfvtui resume {pause.system.value}` ends that."
        )
    if standing and one.report.stopped is None and one.report.guard is None:
        one.report.stopped = PAUSED


def _say_cost(one: Push) -> None:
    amounts = pending.amounts(one.store)
    cost = costs.of_push(
        amounts.get((System.SALESFORCE, Action.UPDATE), 0),
        amounts.get((System.VITALLY, Action.UPDATE), 0),
        amounts.get((System.VITALLY, Action.CREATE), 0),
        per_minute=one.ctx.settings.vitally.requests_per_minute,
    )
    one.ctx.note(f"Pushing {costs.many(sum(amounts.values()), 'change')} takes {cost.words()}.")


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
        vanished.confirm(store)
    return True


def _read_back(one: Push) -> None:
    """Unknown outcomes are read back before anything is sent."""
    for system, step in (
        (System.SALESFORCE, push_salesforce.read_back_unknown),
        (System.VITALLY, push_vitally.read_back_unknown),
    ):
        unknown = pending.in_state(one.store, ChangeState.UNKNOWN, system)
        if unknown:
            step(one, unknown)


def _send(
    one: Push, limit: int | None, *, exclude: frozenset[int], records: set[str] | None = None
) -> None:
    """Salesforce first, then Vitally: the halves of edits that wait for Salesforce follow it."""
    for system, step, at_once in (
        (System.SALESFORCE, push_salesforce.send, push_salesforce.AT_ONCE),
        (System.VITALLY, push_vitally.send, push_vitally.AT_ONCE),
    ):
        chosen = [c for c in pending.ready(one.store, system) if c not in exclude]
        if records is not None:
            record_of = pending.records_of(one.store, chosen)
            chosen = [c for c in chosen if record_of.get(c) in records]
        if limit is not None:
            chosen = chosen[: max(0, limit - len(one.report.tried))]
        ahead, after = _ahead(one) if system is System.SALESFORCE else (0.0, 0)
        if limit is not None:
            after = min(after, max(0, limit - len(one.report.tried) - len(chosen)))
        one.begin_with(system, len(chosen), ahead=ahead, after=after)
        try:
            for start in range(0, len(chosen), at_once):
                one.obey_pause(system)
                step(one, chosen[start : start + at_once])
        except Stopped as stop:
            if stop.rule != PAUSED:
                raise
            one.report.stopped = PAUSED


def _ahead(one: Push) -> tuple[float, int]:
    """The seconds that the changes to Vitally will take after those to Salesforce, and how many
    they are."""
    if System.VITALLY in pauses.standing(one.store):
        return 0.0, 0
    amounts = pending.amounts(one.store)
    updates = amounts.get((System.VITALLY, Action.UPDATE), 0)
    creations = amounts.get((System.VITALLY, Action.CREATE), 0)
    per_minute = one.ctx.settings.vitally.requests_per_minute
    cost = costs.of_push(0, updates, creations, per_minute=per_minute)
    return cost.seconds, updates + creations


def _follow_up(one: Push) -> None:
    """Reconciles the links that were touched, and sends what that decides, once."""
    store = one.store
    for record_id in one.report.touched:
        touch_record(store, record_id)
    decide_touched(one.ctx, one.bound, may_link=store.get("may_link") == "yes")
    # What was not tried yet is what was decided on the way: all else had its turn.
    tried = frozenset(one.report.tried)
    _send(one, None, exclude=tried, records=set(one.report.touched))


def _end(one: Push) -> None:
    store, report = one.store, one.report
    try:
        decide_touched(one.ctx, one.bound, may_link=store.get("may_link") == "yes")
    except MappingChanged as error:
        # What it touched is decided by the other mapping; what was on its way is read back by it.
        report.failure = report.failure or error
        _after_a_crash(store)
    report.unknown = pending.count(store, ChangeState.UNKNOWN)
    report.held = pending.count(store, ChangeState.QUEUED, held=True)
    report.left = pending.count(store, ChangeState.QUEUED, held=False)
    with store.write():
        if report.run is not None:
            summary = json.dumps(report.as_summary(), default=str)
            runs.end(store, report.run, at=one.ctx.now(), summary=summary)
