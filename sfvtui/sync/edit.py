"""Editing: values that a person types for the pairs of a linked record, offline."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sfvtui.domain.bound import BoundMapping, BoundPair
from sfvtui.domain.changes import Origin
from sfvtui.domain.preflight import preflight
from sfvtui.domain.states import State
from sfvtui.domain.values import parse_typed, same, to_json
from sfvtui.errors import Refused, UnknownName
from sfvtui.mirror import edits as typed
from sfvtui.mirror import history, links, mappings, records
from sfvtui.mirror.history import Entry
from sfvtui.mirror.links import LinkRow
from sfvtui.sync import edits
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context
from sfvtui.sync.edits import Wanted
from sfvtui.sync.pull_salesforce import known_record


@dataclass
class EditReport:
    """What was queued (or, dry, would be). `dropped` names fields whose value is there already."""

    record: str
    edits: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {"record": self.record, "edits": self.edits}


def edit(
    ctx: Context, record: str, values: Mapping[str, str], *, dry_run: bool = False
) -> EditReport:
    """Queues typed values (field → text, blank text blanks) for a linked record in scope.

    Refused whole, with nothing queued, where one field is not editable or one value would be
    refused. Raises UnknownName for a record or field that there is not, Refused otherwise.
    """
    if not dry_run:
        ctx.refuse_if_read_only("editing")
    with act(ctx) as bound:
        store = ctx.store
        record_id = known_record(ctx, record)
        link = linked_in_scope(ctx, record_id)
        report = EditReport(record_id)
        checked = [(pair, check(ctx, link, pair, text)) for pair, text in _pairs(bound, values)]
        batch = history.new_batch(store)
        for pair, value in checked:
            sides = link.sides(pair.name)
            s, v = sides.salesforce or "", sides.vitally or ""
            open_edit = typed.latest_of(store, link.link_id, pair.name)
            if same(pair.field, value, s) and same(pair.field, value, v) and open_edit is None:
                report.dropped.append(pair.name)
                continue
            report.edits.append(
                {
                    "field": pair.name,
                    "before": {
                        "salesforce": to_json(pair.field, s),
                        "vitally": pair.shown_in_vitally(v),
                    },
                    "after": to_json(pair.field, value),
                }
            )
            if not dry_run:
                queue(ctx, link, pair, value, batch)
    return report


def queue(ctx: Context, link: LinkRow, pair: BoundPair, value: str, batch: int) -> None:
    """Queues one value that was checked, and notes it in the history, in the caller's transaction."""
    sides = link.sides(pair.name)
    s, v = sides.salesforce or "", sides.vitally or ""
    version = (mappings.latest(ctx.store) or (0, ""))[0]
    wanted = Wanted(value, s, v, Origin.EDIT, f"edited by {ctx.actor}", batch)
    edits.put(ctx, link, pair, wanted, mapping=version)
    entry = Entry(
        "edit", record_id=link.target.record_id, user_id=link.target.user_id, field=pair.name,
        before=s, after=value,
    )  # fmt: skip
    history.append(ctx.store, entry, at=ctx.now(), who=ctx.actor, batch=batch)


def linked_in_scope(ctx: Context, record_id: str) -> LinkRow:
    """The live link of a record in scope. Raises Refused with its state and what to do."""
    row = records.by_id(ctx.store, record_id)
    assert row is not None
    link = links.load(ctx.store, row["record_pk"])
    if link is None:
        state = row["record_state"] or "out of scope"
        mend = {
            State.UNMATCHED.value: f"Approve it with `sfvtui review approve {record_id}`, or link it"
            " to a user by hand.",
            State.AMBIGUOUS.value: f"Link it to one of its candidates: `sfvtui review link {record_id}"
            " USER`.",
            State.IGNORED.value: f"Restore it first: `sfvtui review restore {record_id}`.",
            State.APPROVED.value: "Push first, its user is made then: `sfvtui push`.",
        }.get(str(state), "Only linked records can be edited.")
        why = f": {row['state_why']}" if row["state_why"] else ""
        raise Refused(f"{record_id} is {state.replace('_', ' ')}, not linked{why}.", mend)
    if row["in_scope"] != 1:
        raise Refused(
            f"{record_id} is out of scope: nothing is sent for it.",
            "Widen `scope` under [mapping] first.",
        )
    return link


def _pairs(bound: BoundMapping, values: Mapping[str, str]) -> list[tuple[BoundPair, str]]:
    found = {}
    for name, text in values.items():
        pair = known_pair(bound, name)
        found[pair.name] = (pair, text)
    return list(found.values())


def known_pair(bound: BoundMapping, name: str) -> BoundPair:
    """The pair of this Salesforce API name (any case). Raises UnknownName."""
    pair = bound.pair(name)
    if pair is None:
        near = difflib.get_close_matches(name, [p.name for p in bound.pairs], 1, 0.6)
        raise UnknownName(
            f"The mapping has no field {name!r}.",
            f"Did you mean {near[0]}?" if near else "`sfvtui why RECORD` lists its fields.",
        )
    return pair


def check(ctx: Context, link: LinkRow, pair: BoundPair, text: str) -> str:
    """The canonical value of what was typed for a pair. Raises Refused."""
    paused = mappings.paused(ctx.store).get(pair.name)
    if not pair.pair.editable:
        raise Refused(
            f"{pair.name} is not editable in the mapping; nothing was queued.",
            "Change it in Salesforce, or set `editable = true` for it.",
        )
    reason = edits.hold(pair, paused, to_salesforce=True)
    if reason is not None:
        raise Refused(
            f"{reason}; nothing was queued.", "`sfvtui doctor` says how to mend what is paused."
        )
    sides = link.sides(pair.name)
    if sides.salesforce is None or sides.vitally is None:
        raise Refused(
            f"{pair.name} was not read yet; nothing was queued.", "Pull first: `sfvtui pull`."
        )
    value = parse_typed(pair.field, text)
    problem = preflight(pair.field, value) or pair.vitally_problem(value)
    if problem is not None:
        raise Refused(f"{pair.name}: {problem} Nothing was queued.", "Give another value.")
    return value
