"""Settling conflicts: a person takes a side, the base, the edit, or types another value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sfvtui.domain.bound import BoundPair
from sfvtui.domain.changes import Origin
from sfvtui.domain.merge import ConflictKind
from sfvtui.domain.preflight import preflight
from sfvtui.domain.values import parse_typed, same, to_json
from sfvtui.errors import Refused
from sfvtui.mirror import conflicts, history, links, mappings
from sfvtui.mirror.history import Entry
from sfvtui.mirror.links import LinkRow
from sfvtui.mirror.store import Row
from sfvtui.sync import edits
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context
from sfvtui.sync.edits import Wanted
from sfvtui.sync.pull_salesforce import known_record

SIDES = ("salesforce", "vitally", "base", "edit")


@dataclass(frozen=True)
class ResolveReport:
    """The value that a conflict was settled with, as commands print it."""

    record: str
    field: str
    value: Any

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {"record": self.record, "field": self.field, "value": self.value}


def resolve(
    ctx: Context, record: str, field: str, *, take: str | None = None, value: str | None = None
) -> ResolveReport:
    """Settles one conflict: `take` one of salesforce, vitally, base, edit, or a typed `value`.

    What then has to be written is queued like an edit; if a side moved since the conflict was
    shown, the push finds it and it is a new conflict. Raises Refused where there is no such
    conflict, or no such value to take.
    """
    ctx.refuse_if_read_only("settling conflicts")
    with act(ctx) as bound:
        store = ctx.store
        record_id = known_record(ctx, record)
        pair = bound.pair(field)
        name = pair.name if pair is not None else field
        row = conflicts.find(store, record_id, name)
        if row is None:
            raise Refused(
                f"{record_id} has no conflict of {name}.", "`sfvtui conflicts` lists them."
            )
        if row["kind"] == ConflictKind.DELETED:
            return _drop_edit(ctx, row, take)
        if row["kind"] == ConflictKind.MERGED:
            raise Refused(
                f"{record_id} was merged into another record.",
                "Unlink one of the two: `sfvtui review unlink`.",
            )
        if pair is None:
            raise Refused(f"{name} left the mapping.", "Put it back to settle its conflict.")
        link = links.load_of(store, record_id)
        if link is None:
            raise Refused(
                f"{record_id} is not linked any more.", "Link it again first: `sfvtui review link`."
            )
        chosen = _chosen(row, pair, take, value)
        settle(ctx, link, pair, row, chosen)
        return ResolveReport(record_id, pair.name, to_json(pair.field, chosen))


def settle(ctx: Context, link: LinkRow, pair: BoundPair, row: Row, chosen: str) -> None:
    """Settles a conflict with a canonical value, in the caller's transaction. Raises Refused where
    Salesforce would have to be written and may not be, or would refuse it."""
    store = ctx.store
    if unclear := pair.vitally_problem(chosen):
        raise Refused(f"{pair.name}: {unclear} Nothing was queued.", "Choose another value.")
    if not same(pair.field, chosen, row["salesforce"] or ""):
        reason = edits.hold(pair, mappings.paused(store).get(pair.name), to_salesforce=True)
        problem = reason or preflight(pair.field, chosen)
        if problem is not None:
            raise Refused(
                f"{pair.name}: {problem.removeprefix(pair.name + ' ')} Nothing was queued.",
                "Take Salesforce's value, or type another.",
            )
    batch = history.new_batch(store)
    version = (mappings.latest(store) or (0, ""))[0]
    entry = Entry(
        "resolve", record_id=link.target.record_id, user_id=link.target.user_id, field=pair.name,
        before=row["salesforce"], after=chosen, why=f"conflict: {row['kind']}",
    )  # fmt: skip
    history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
    saw_s, saw_v = row["salesforce"] or "", row["vitally"] or ""
    why = f"conflict settled by {ctx.actor}"
    wanted = Wanted(chosen, saw_s, saw_v, Origin.RESOLVE, why, batch)
    edits.put(ctx, link, pair, wanted, mapping=version)


def _chosen(row: Row, pair: BoundPair, take: str | None, value: str | None) -> str:
    if value is not None:
        return parse_typed(pair.field, value)
    if take not in SIDES:
        raise Refused(f"{take!r} is none of {', '.join(SIDES)}.")
    found = row[take]
    if found is None:
        raise Refused(f"This conflict has no {take} to take.", "Take a side, or type a value.")
    return str(found)


def _drop_edit(ctx: Context, row: Row, take: str | None) -> ResolveReport:
    if take != "base":
        raise Refused(
            f"The record of {row['record_id']} is gone: only its base can be taken.",
            "`--take base` drops what was typed.",
        )
    store = ctx.store
    conflicts.drop(store, row["record_id"], row["field"])
    entry = Entry(
        "resolve", record_id=row["record_id"], field=row["field"], before=row["edit"],
        after=row["base"], why="its record is gone: the edit was dropped",
    )  # fmt: skip
    batch = history.new_batch(store)
    history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
    return ResolveReport(row["record_id"], row["field"], row["base"] or None)
