"""Pulling Vitally: accounts and users, whole by creation date or newest changes first."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

from sfvtui.domain.bound import BoundMapping
from sfvtui.errors import CursorLost, SfvtuiError
from sfvtui.mirror import accounts, counts, first_load, passes
from sfvtui.mirror.passes import Pass
from sfvtui.mirror.users import Users, miss
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.pull_ahead import ahead
from sfvtui.sync.pull_salesforce import begin_list

if TYPE_CHECKING:
    from sfvtui.remotes.answers import Page
    from sfvtui.sync.pull import SideReport

SIDE = "vitally"
OVERLAP = dt.timedelta(minutes=5)
"""Lists may lag behind writes: each incremental read goes back this far."""

HANDFUL = 50
"""Pages of a whole list that are written in one commit."""

LONGEST_UNWRITTEN = 1.0
"""Seconds of reading that a kill may lose: pages that come slowly are not waited for."""


def read(ctx: Context, bound: BoundMapping, report: SideReport, *, full: bool) -> None:
    """Reads Vitally into the mirror: to the end, or up to an error or a stop; what was read stays,
    and a full read goes on where it stopped."""
    store = ctx.store
    resumes = passes.current(store, SIDE)
    if resumes is not None and resumes.signature != bound.match_signature:
        resumes = None
    whole = full or resumes is not None or store.get(f"complete:{SIDE}") != bound.match_signature
    _read_accounts(ctx, bound, whole=whole)
    if whole:
        report.mode = "full"
        _read_all(ctx, bound, report, resumes or _begin(ctx, bound))
    else:
        _read_moved(ctx, bound, report)
    with store.write():
        store.put(f"pulled:{SIDE}", ctx.now())


def read_some(ctx: Context, bound: BoundMapping, report: SideReport, users: Sequence[str]) -> None:
    """Reads these users (Vitally ids) again. One that no longer answers is deleted."""
    for user_id in users:
        _ask(ctx, bound, report, user_id)


def _read_accounts(ctx: Context, bound: BoundMapping, *, whole: bool) -> None:
    """Accounts, churned ones included. Whole lists drop accounts that are no longer there."""
    store, since, first = ctx.store, None, first_load.under_way(ctx.store, SIDE)
    if not whole:
        since = _bound(store.get("accounts_updated"))
    high = ""
    seen: set[str] = set()
    pages = ctx.vitally().accounts(sort="createdAt" if whole else "updatedAt")
    with ahead(pages) if whole else nullcontext(pages) as coming:
        for page in coming:
            accounts.write(store, bound, page.rows, first=first)
            high = max([high, *(str(a.get("updatedAt") or "") for a in page.rows)])
            seen.update(str(a["id"]) for a in page.rows)
            ctx.progress(Progress("reading Vitally's accounts", len(seen), system=SIDE))
            if since and page.rows and str(page.rows[-1].get("updatedAt") or "") < since:
                break
            ctx.stop_if_cancelled()
    with store.write():
        if high > (store.get("accounts_updated") or ""):
            store.put("accounts_updated", high)
    if whole:
        _drop_accounts(ctx, bound, seen)


def _drop_accounts(ctx: Context, bound: BoundMapping, seen: set[str]) -> None:
    store = ctx.store
    for account_id in accounts.known(store):
        if account_id in seen:
            continue
        there = ctx.vitally().account(account_id)
        if there is not None:
            accounts.write(store, bound, [there])
            continue
        with store.write():
            accounts.remove(store, account_id)


def _bound(high: str | None) -> str | None:
    if not high:
        return None
    moment = dt.datetime.fromisoformat(high) - OVERLAP
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _begin(ctx: Context, bound: BoundMapping) -> Pass:
    high = _newest(ctx)
    with ctx.store.write():
        return passes.begin(
            ctx.store, SIDE, mode="rest", at=ctx.now(), high=high, signature=bound.match_signature
        )


def _read_all(ctx: Context, bound: BoundMapping, report: SideReport, one: Pass) -> None:
    store, vitally = ctx.store, ctx.vitally()
    first = first_load.under_way(store, SIDE)
    if first:
        first_load.begin(store, SIDE)
    try:
        if not one.listed:
            begin_list(store, SIDE, one.cursor)
            _take_all(ctx, bound, report, vitally.users(sort="createdAt", resume=one.cursor))
    except CursorLost:
        begin_list(store, SIDE, None)
        _take_all(ctx, bound, report, vitally.users(sort="createdAt"))
    _missing(ctx, bound, report)
    with store.write():
        store.put(f"complete:{SIDE}", bound.match_signature)
        store.put("users_updated", one.high)
        passes.end(store, SIDE)
    if first:
        first_load.end(store, SIDE)


def _newest(ctx: Context) -> str:
    """The newest user's updatedAt, before anything is read: what changes while the list is read is
    newer, and the next incremental read sees it."""
    for page in ctx.vitally().users(sort="updatedAt"):
        return str(page.rows[0].get("updatedAt") or "") if page.rows else ""
    return ""


def _take_all(ctx: Context, bound: BoundMapping, report: SideReport, pages: Iterator[Page]) -> None:
    store, users = ctx.store, Users(ctx.store, bound)
    known = counts.sizes(store)[1] if store.get(f"complete:{SIDE}") else 0
    first = first_load.under_way(store, SIDE)
    with ahead(pages) as coming:
        for some in _handfuls(ctx, coming):
            with store.write():
                rows = [user for page in some for user in page.rows]
                written = users.write(rows, listed=True, first=first)
                passes.shown(store, SIDE, written.numbers, some[-1].next)
            report.read += written.read
            report.changed += written.changed
            # Vitally says no total: about as many as the last whole list had.
            total = known if report.read <= known else None
            ctx.progress(Progress("reading Vitally", report.read, total, SIDE))
            if some[-1].next is not None:
                ctx.stop_if_cancelled()
    for user_id in users.doubted:
        _ask(ctx, bound, report, user_id)


def _handfuls(ctx: Context, pages: Iterator[Page]) -> Iterator[list[Page]]:
    """Pages in handfuls that are worth a commit; what came before an error comes before it."""
    some: list[Page] = []
    began = time.monotonic()
    try:
        for page in pages:
            some.append(page)
            waited = time.monotonic() - began
            if len(some) >= HANDFUL or waited >= LONGEST_UNWRITTEN or ctx.cancelled():
                yield some
                some, began = [], time.monotonic()
    except SfvtuiError:
        if some:
            yield some
        raise
    if some:
        yield some


def _missing(ctx: Context, bound: BoundMapping, report: SideReport) -> None:
    """Asks by id for the users that a whole list lacks, before they count as deleted."""
    for user_id in passes.users_not_shown(ctx.store, SIDE):
        _ask(ctx, bound, report, user_id)
        ctx.stop_if_cancelled()


def _ask(ctx: Context, bound: BoundMapping, report: SideReport, user_id: str) -> None:
    store = ctx.store
    there = ctx.vitally().user(user_id)
    report.read += 1
    if there is not None and str(there.get("id")) == user_id:
        report.changed += Users(store, bound).write([there]).changed
        return
    with store.write():
        if miss(store, user_id, ctx.now()):
            report.deleted += 1
            report.changed += 1


def _read_moved(ctx: Context, bound: BoundMapping, report: SideReport) -> None:
    """Users newest change first, down to the last pull's newest (and a little further)."""
    store, users = ctx.store, Users(ctx.store, bound)
    since, high = _bound(store.get("users_updated")), None
    for page in ctx.vitally().users(sort="updatedAt"):
        if high is None:
            high = str(page.rows[0].get("updatedAt") or "") if page.rows else ""
        recent = [u for u in page.rows if not since or str(u.get("updatedAt") or "") >= since]
        written = users.write(recent, listed=True)
        report.read += written.read
        report.changed += written.changed
        ctx.progress(Progress("reading Vitally", report.read, system=SIDE))
        if len(recent) < len(page.rows):
            break
        ctx.stop_if_cancelled()
    for user_id in users.doubted:
        _ask(ctx, bound, report, user_id)
    if high and high > (store.get("users_updated") or ""):
        with store.write():
            store.put("users_updated", high)
