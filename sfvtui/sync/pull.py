"""Pulling: both sides into the mirror, whole or what moved, then matched and reconciled."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.errors import Cancelled, SfvtuiError
from sfvtui.mirror import counts, first_load, links, mappings, search, waiting
from sfvtui.mirror.touched import touch_decided
from sfvtui.sync import costs, events, identity, pull_salesforce, pull_vitally, schema
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.match import complete
from sfvtui.sync.pace import span_words
from sfvtui.sync.prepare import adapt, one_object, prepare
from sfvtui.sync.reconcile import Reconciled


@dataclass
class SideReport:
    """What a pull read of one side."""

    read: int = 0
    changed: int = 0
    deleted: int = 0
    mode: str = "incremental"

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {
            "read": self.read,
            "changed": self.changed,
            "deleted": self.deleted,
            "mode": self.mode,
        }


@dataclass
class PullReport:
    """What a pull did, and what the reconcile at its end decided."""

    salesforce: SideReport = field(default_factory=SideReport)
    vitally: SideReport = field(default_factory=SideReport)
    seconds: float = 0.0
    reconciled: Reconciled = field(default_factory=Reconciled)
    interrupted: bool = False
    """The person stopped it: what was read is kept, and the next pull goes on there."""

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {
            "salesforce": self.salesforce.as_json(),
            "vitally": self.vitally.as_json(),
            "seconds": round(self.seconds, 3),
        }


@events.after_pull
def pull(ctx: Context, *, full: bool = False, records: Sequence[str] = ()) -> PullReport:
    """Refreshes the mirror from both sides, then decides what was touched.

    `full` reads everything again. `records` (Ids) fetches both sides of these only. What was read
    before an error or a stop is kept, and the next pull goes on there; nothing is linked and nothing
    looks gone until both sides were read to the end. A stop by the person is in the report. Raises
    the first error of either side, and MappingChanged where another process made the store fit another
    mapping meanwhile.
    """
    started = time.monotonic()
    report = PullReport()
    one_object(ctx)
    identity.check_salesforce(ctx)
    identity.check_vitally(ctx)
    bound = schema.watch(ctx)
    if ctx.store.get("bound") is None:
        adapt(ctx, bound)
    prepare(ctx)
    with ctx.one_mapping():
        _read_and_decide(ctx, bound, report, full=full, records=records)
    if not report.interrupted:
        identity.note_calls(ctx)
    report.seconds = time.monotonic() - started
    return report


def _read_and_decide(
    ctx: Context, bound: BoundMapping, report: PullReport, *, full: bool, records: Sequence[str]
) -> None:
    was_complete = complete(ctx.store, bound)
    if records:
        _pull_records(ctx, bound, records, report)
    else:
        ctx.note(_foreseen(ctx, full=full, whole=not was_complete).words)
        try:
            _pull_sides(ctx, bound, report, full=full)
        except Cancelled:
            report.interrupted = True
            return
        schema.watch_traits(ctx, bound)
    if not records:
        first_load.touch_what_it_read(ctx.store)
    with ctx.store.write():
        if not records:
            if not was_complete and not first_load.undecided(ctx.store):
                # What was decided so far was decided from half a list.
                touch_decided(ctx.store)
            first_load.over(ctx.store)
            ctx.store.put("may_link", "yes")
            waiting.touch(ctx.store)
    report.reconciled = decide_touched(ctx, bound, may_link=ctx.store.get("may_link") == "yes")
    if not records:
        # All that happened during a pause has been decided: with care, once.
        with ctx.store.write():
            mappings.trust_again(ctx.store)
        ctx.progress(Progress("making the search ready"))
        search.refresh(ctx.store, ctx.cancelled)


def _pull_sides(ctx: Context, bound: BoundMapping, report: PullReport, *, full: bool) -> None:
    """Reads both sides at once, each on a connection of its own; what is new can be searched soon,
    on a third."""
    with ctx.store.write():
        ctx.store.put("may_link", "no")

    def side(read: Callable[..., None], into: SideReport) -> SfvtuiError | None:
        with ctx.fork() as own, own.one_mapping():
            own.store.commit_lightly()
            try:
                read(own, bound, into, full=full or _due(own))
            except SfvtuiError as error:
                return error
        return None

    def searched(ended: Event) -> None:
        with ctx.fork() as own:
            own.store.commit_lightly()
            own.store.hold_little()
            search.keep_up(own.store, ended)

    ctx.salesforce()
    ctx.vitally()
    with ThreadPoolExecutor(3) as pool:
        both_read = Event()
        search_ready = pool.submit(searched, both_read)
        sides = (
            pool.submit(side, pull_salesforce.read, report.salesforce),
            pool.submit(side, pull_vitally.read, report.vitally),
        )
        try:
            errors = [error for future in sides if (error := future.result()) is not None]
        finally:
            both_read.set()
        search_ready.result()
    if errors:
        # What was read stands, and is decided without new links.
        first_load.touch_what_it_read(ctx.store)
        decide_touched(ctx, bound, may_link=False)
        raise errors[0]


@dataclass(frozen=True)
class Foreseen:
    """What the next pull will read: everything (`why`) or what moved, and its cost (None: the first
    pull, of which nothing is known)."""

    why: str
    cost: costs.Cost | None

    @property
    def words(self) -> str:
        """The cost as a sentence."""
        if self.cost is None:
            return (
                "The first pull reads everything: a call of Salesforce for each"
                f" {costs.ROWS_A_QUERY} records, one of Vitally for each {costs.ROWS_A_LIST} users."
            )
        what = "everything" if self.why else "what moved"
        return f"Pulling {what} takes {self.cost.words()}."


def foresee(ctx: Context) -> Foreseen:
    """What a pull would read and cost, from the mirror alone."""
    bound = mappings.bound(ctx.store, ctx.mapping)
    return _foreseen(ctx, full=False, whole=bound is None or not complete(ctx.store, bound))


def _foreseen(ctx: Context, *, full: bool, whole: bool) -> Foreseen:
    why = ""
    if full:
        why = "it was asked for"
    elif whole:
        why = "the lists were not read to the end since the mapping changed"
    elif _due(ctx):
        span = span_words(ctx.settings.sync.full_pull_every)
        why = f"the last full pull is more than {span} ago (full_pull_every)"
    records, users, accounts = counts.sizes(ctx.store)
    if not records and not users:
        return Foreseen(why, None)
    pace = ctx.settings.vitally.requests_per_minute
    cost = costs.of_pull(records, users, accounts, whole=bool(why), per_minute=pace)
    return Foreseen(why, cost)


def _due(ctx: Context) -> bool:
    """Whether the last full pull is older than `full_pull_every`."""
    every = ctx.settings.sync.full_pull_every
    last = ctx.store.get("full_at")
    if last is None or not every:
        return False
    return ctx.clock() - dt.datetime.fromisoformat(last) >= dt.timedelta(seconds=every)


def _pull_records(
    ctx: Context, bound: BoundMapping, records: Sequence[str], report: PullReport
) -> None:
    ids = [pull_salesforce.record_id_of(record) for record in records]
    pull_salesforce.read_some(ctx, bound, report.salesforce, ids)
    records = [pull_salesforce.known_record(ctx, record_id) for record_id in ids]
    users = [user for record in records for user in links.user_ids(ctx.store, record)]
    pull_vitally.read_some(ctx, bound, report.vitally, users)
