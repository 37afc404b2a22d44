"""What doctor finds in the mirror, the clocks and the versions, without asking for more."""

from __future__ import annotations

import datetime as dt
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sfvtui import __version__
from sfvtui.domain.mapping import MatchBy
from sfvtui.domain.table import Rows
from sfvtui.mirror import fill, mappings, pauses
from sfvtui.mirror.fill import Fill
from sfvtui.mirror.store import SQLITE, sqlite_fits
from sfvtui.sync.context import Context

LARGEST_SKEW = dt.timedelta(minutes=2)
"""A JWT login is refused beyond three minutes, and `in last N days` begins on another day."""

SHOWN_TRAITS = 3


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `mend` says what to do where it is not well."""

    name: str
    ok: bool
    found: str
    mend: str = ""

    def as_json(self) -> dict[str, Any]:
        """The check as commands print it."""
        mend = "" if self.ok else self.mend
        return {"name": self.name, "ok": self.ok, "found": self.found, "mend": mend}


def versions() -> Check:
    """sfvtui, Python and SQLite."""
    found = f"sfvtui {__version__}, Python {platform.python_version()}"
    found += f", SQLite {SQLITE}"
    return Check(
        "versions",
        ok=sqlite_fits(),
        found=found,
        mend="The store needs SQLite 3.37 or newer: use a Python that was built with one.",
    )


def access(ctx: Context) -> Check:
    """Where the store is, and whether its files are for whom they should be."""
    store = ctx.store
    beside = (file for file in store.path.parent.iterdir() if file.is_file())
    for file in sorted(file for file in beside if file.name.startswith(store.path.name)):
        problem = store.access.problem(file)
        if problem is not None:
            return Check("store", ok=False, found=problem, mend=store.access.mend(file))
    return Check("store", ok=True, found=f"{store.path}, {store.access.words()}")


def clock(ctx: Context, *servers: dt.datetime | None) -> Check:
    """The clock of this machine against the Date of the services' answers."""
    here = ctx.clock()
    skews = [here - there for there in servers if there is not None]
    worst = max(skews, key=abs, default=dt.timedelta())
    seconds = round(worst.total_seconds())
    side = "ahead of" if seconds > 0 else "behind"
    return Check(
        "clock",
        ok=abs(worst) <= LARGEST_SKEW,
        found=f"{abs(seconds)} s {side} the services'" if seconds else "as the services'",
        mend="Set this machine's clock (NTP): logins by JWT and filters with days go by it.",
    )


def second_syncer(ctx: Context, users: Rows) -> Check:
    """Whether users hold traits of Salesforce that no pair of the mapping writes."""
    mapping = ctx.settings.mapping
    ours = {pair.trait for pair in mapping.pairs} if mapping else set()
    held = {
        key
        for user in users
        for key, value in (user.get("traits") or {}).items()
        if key.startswith("sfdc.") and value is not None
    }
    others = sorted(held - ours)
    if not others:
        return Check("second syncer", ok=True, found="no sign of one")
    shown = ", ".join(others[:SHOWN_TRAITS]) + (", …" if len(others) > SHOWN_TRAITS else "")
    return Check(
        "second syncer",
        ok=True,
        found=f"users hold traits that no pair writes ({shown}): Vitally's own Salesforce sync may "
        "run as well; let each field be written by one of the two (docs/beside-vitally-sync.md)",
    )


def match(ctx: Context) -> Iterator[Check]:
    """The match field's fill and uniqueness, once both sides are mirrored."""
    if mappings.latest(ctx.store) is None:
        return
    rule = ctx.mapping.match
    trait = "externalId" if rule.by is MatchBy.EXTERNAL_ID else rule.trait
    records, users = fill.of_records(ctx.store), fill.of_users(ctx.store)
    if not records.rows or not users.rows:
        return
    yield Check(
        "match",
        ok=bool(records.filled and users.filled),
        found=f"{rule.field}: {_filled(records, 'records')}; {trait}: {_filled(users, 'users')}",
        mend="A blank matches nothing: answer question 2 on the screen Mapping anew.",
    )


def _filled(side: Fill, what: str) -> str:
    shared = f", {side.shared} of them share theirs" if side.shared else ", each its own"
    return f"{side.filled} of {side.rows} {what} have a value{shared if side.filled else ''}"


def guarded_writes(ctx: Context) -> Iterator[Check]:
    """What the proof of guarded writes found, once there was a push to Salesforce."""
    store = ctx.store
    org, version = store.get("org_id"), store.get("api_version")
    if org is None:
        return
    proof = store.get(f"guard:{org}:{version}")
    found = {
        "composite": "proven: this organization refuses a write to a record that moved, 25 a call",
        "single": "proven for single calls only: each write to Salesforce is a call of its own",
    }
    yield Check(
        "guarded writes",
        ok=True,
        found=found.get(proof or "", "not proven yet; the first push does, before it writes"),
    )


def paused(ctx: Context) -> Iterator[Check]:
    """Systems and pairs that are paused, and why."""
    for system, pause in pauses.standing(ctx.store).items():
        yield Check(
            f"pause {system.value}",
            ok=False,
            found=pause.words(),
            mend=f"Nothing is sent to it; `sfvtui resume {system.value}` ends that.",
        )
    for name, reason in mappings.paused(ctx.store).items():
        yield Check(
            f"pair {name}",
            ok=False,
            found=f"paused: {reason}",
            mend="Bring the field back, or take the pair out of the mapping.",
        )
