"""Reconciling: what must change on each side of the links that were touched, as the table says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sfvtui.domain.bound import BoundMapping, BoundPair
from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.domain.fields import Field
from sfvtui.domain.guards import LOOP_ANY, LOOP_SAME
from sfvtui.domain.merge import Act, ConflictKind, Decision, Sides, decide
from sfvtui.domain.preflight import preflight
from sfvtui.domain.values import same
from sfvtui.mirror import conflicts, held_back, history, mappings, outbox, pairs, stays
from sfvtui.mirror.bases import set_base
from sfvtui.mirror.held_back import Backs
from sfvtui.mirror.outbox import FieldChange, Plan
from sfvtui.mirror.pairs import Compared
from sfvtui.mirror.store import Row, Store
from sfvtui.sync.context import Context, iso


@dataclass
class Reconciled:
    """What a reconcile decided, in values: queued for each side, agreed, asked of a person."""

    to_salesforce: int = 0
    to_vitally: int = 0
    agreed: int = 0
    conflicts: int = 0

    def add(self, more: Reconciled) -> None:
        """Adds what another piece decided."""
        self.to_salesforce += more.to_salesforce
        self.to_vitally += more.to_vitally
        self.agreed += more.agreed
        self.conflicts += more.conflicts

    def as_json(self) -> dict[str, int]:
        """The report as commands print it."""
        return {
            "to_salesforce": self.to_salesforce,
            "to_vitally": self.to_vitally,
            "agreed": self.agreed,
            "conflicts": self.conflicts,
        }


def reconcile(ctx: Context, bound: BoundMapping, *, mapping: int) -> Reconciled:
    """Decides the pairs of the piece's live links and queues what must be sent, in the caller's
    transaction: equal sides agree in a few statements, the table decides the rest."""
    store = ctx.store
    frame = _Frame.read(ctx, bound)
    agreed, unlike = pairs.agree(store, frame.names)
    report = Reconciled(agreed=agreed)
    for links in pairs.read(store, unlike, frame.names):
        around = _Around.read(store, links, frame.since)
        plans = [_reconcile_link(ctx, frame, around, link, report) for link in links]
        outbox.put_reconciled(store, plans, mapping=mapping, at=ctx.now())
    return report


@dataclass(frozen=True)
class _Frame:
    """What all links of one reconcile share."""

    pairs: tuple[BoundPair, ...]
    """Those that are decided: neither paused nor missing."""
    careful: set[str]
    since: str
    """The start of the 24 hours in which loops are counted."""
    held_back: dict[str, Backs]
    """What people hold back, by the record's Id."""

    @classmethod
    def read(cls, ctx: Context, bound: BoundMapping) -> _Frame:
        """Reads it from the store."""
        store = ctx.store
        paused = mappings.paused(store)
        return cls(
            tuple(p for p in bound.pairs if p.name not in paused and not p.missing),
            mappings.careful(store),
            iso(ctx.clock() - dt.timedelta(hours=24)),
            held_back.by_record(store),
        )

    @cached_property
    def names(self) -> list[str]:
        """The pairs' names."""
        return [pair.name for pair in self.pairs]


@dataclass(frozen=True)
class _Around:
    """What is queued, asked, kept and lately sent of some links."""

    open: dict[str, list[Row]]
    known: dict[tuple[int, str], Row]
    kept: dict[tuple[int, str], tuple[str, str]]
    asked: dict[int, set[str]]
    """The pairs that are known or kept, by link."""
    sent: set[str]

    @classmethod
    def read(cls, store: Store, links: Sequence[Compared], since: str) -> _Around:
        """Reads it from the store."""
        ids = [link.link_id for link in links]
        known, kept = conflicts.of_links(store, ids), stays.of_links(store, ids)
        asked: dict[int, set[str]] = {}
        for link_id, name in (*known, *kept):
            asked.setdefault(link_id, set()).add(name)
        return cls(
            outbox.open_of(store, [link.target for link in links]),
            known,
            kept,
            asked,
            history.sent_lately(store, [link.target.record_id for link in links], since),
        )


def _reconcile_link(
    ctx: Context, frame: _Frame, around: _Around, link: Compared, report: Reconciled
) -> Plan:
    keys = {system: link.target.key(system) for system in System}
    queued = [row for key in keys.values() for row in around.open.get(key, ())]
    wanted: list[FieldChange] = []
    if link.present:
        open_fields = {(row["system"], row["name"]): row for row in queued}
        agreed: dict[str, str | None] = {}
        busy = {row["field"] for row in queued} | around.asked.get(link.link_id, set())
        for at, name in enumerate(frame.names):
            if link.settled(at) and name not in busy:
                continue
            item = _reconcile_pair(ctx, frame, around, link, at, open_fields, agreed, report)
            if item is not None:
                wanted.append(item)
        set_base(ctx.store, link.link_id, agreed)
        report.agreed += len(agreed)
    report.to_salesforce += sum(w.system is System.SALESFORCE and w.held is None for w in wanted)
    report.to_vitally += sum(w.system is System.VITALLY and w.held is None for w in wanted)
    return Plan(link.target, queued, wanted)


def _reconcile_pair(
    ctx: Context, frame: _Frame, around: _Around, link: Compared, at: int,
    open_fields: dict[tuple[str, str], Row], agreed: dict[str, str | None], report: Reconciled,
) -> FieldChange | None:  # fmt: skip
    store, pair, sides = ctx.store, frame.pairs[at], link.sides(at)
    key = (link.link_id, pair.name)
    mine = [
        row
        for half in ((System.SALESFORCE, pair.name), (System.VITALLY, pair.pair.trait))
        if (row := open_fields.get(half)) is not None
    ]
    known, stay = around.known.get(key), around.kept.get(key)
    if any(_not_ours(row, pair.field, sides) for row in mine):
        return None
    for row in mine:
        if row["state"] == ChangeState.PARKED:
            outbox.move(store, row["change_id"], ChangeState.DROPPED)
    if known is not None:
        if known["edit"] is not None or _still(pair.field, known, sides):
            _refresh(store, known, sides)
            report.conflicts += 1
            return None
        conflicts.drop(store, link.target.record_id, pair.name)
    careful = pair.name in frame.careful
    decision = decide(pair.pair, pair.field, sides, stay=stay, careful=careful)
    if stay is not None and not _stays(pair.field, stay, sides):
        stays.drop(store, link.link_id, pair.name)
    return _carry_out(ctx, frame, around, link, pair, sides, decision, agreed, report)


def _carry_out(
    ctx: Context, frame: _Frame, around: _Around, link: Compared, pair: BoundPair, sides: Sides,
    decision: Decision, agreed: dict[str, str | None], report: Reconciled,
) -> FieldChange | None:  # fmt: skip
    store = ctx.store
    match decision.act:
        case Act.NOTHING:
            return None
        case Act.AGREE:
            agreed[pair.name] = decision.value
            return None
        case Act.STAY:
            stays.put(store, link.link_id, pair.name, sides, decision.why)
            return None
        case Act.CONFLICT:
            assert decision.kind is not None
            _put_conflict(ctx, link, pair, sides, decision.kind, decision.why)
            report.conflicts += 1
            return None
        case Act.TO_SALESFORCE | Act.TO_VITALLY:
            item = _field_change(pair, sides, decision)
            if link.target.record_id in around.sent and _loops(store, frame, link, item):
                why = "the same value was sent three times within 24 hours, and came back"
                _put_conflict(ctx, link, pair, sides, ConflictKind.LOOP, why)
                report.conflicts += 1
                return None
            back = frame.held_back.get(link.target.record_id)
            return (
                replace(item, held=back.get((item.system, item.name), item.held)) if back else item
            )


def _field_change(pair: BoundPair, sides: Sides, decision: Decision) -> FieldChange:
    to_salesforce = decision.act is Act.TO_SALESFORCE
    held = None
    if to_salesforce:
        if not pair.field.updateable:
            held = f"{pair.name} is no longer updateable by this login"
        else:
            held = preflight(pair.field, decision.value)
    else:
        held = pair.vitally_problem(decision.value)
    return FieldChange(
        system=System.SALESFORCE if to_salesforce else System.VITALLY,
        name=pair.name if to_salesforce else pair.pair.trait,
        field=pair.name,
        before=sides.salesforce if to_salesforce else sides.vitally,
        after=decision.value,
        origin=Origin.RECONCILE,
        why=decision.why,
        held=f"{pair.name}: {held}" if held and not held.startswith(pair.name) else held,
        first=decision.first,
        replaces=decision.replaces,
        seen_salesforce=sides.salesforce,
        seen_vitally=sides.vitally,
    )


def _not_ours(row: Row, field: Field, sides: Sides) -> bool:
    """Whether an open field of the pair keeps a reconcile from deciding it."""
    if row["origin"] != Origin.RECONCILE:
        return True
    if row["state"] in (ChangeState.SENDING, ChangeState.UNKNOWN):
        return True
    if row["state"] == ChangeState.PARKED:
        # Decided again only when either side changes, an edit names it, or a person retries.
        return same(field, row["seen_salesforce"] or "", sides.salesforce or "") and same(
            field, row["seen_vitally"] or "", sides.vitally or ""
        )
    return False


def _still(field: Field, known: Row, sides: Sides) -> bool:
    if sides.salesforce is None or sides.vitally is None:
        return True
    return same(field, known["salesforce"] or "", sides.salesforce) and same(
        field, known["vitally"] or "", sides.vitally
    )


def _stays(field: Field, stay: tuple[str, str], sides: Sides) -> bool:
    if sides.salesforce is None or sides.vitally is None:
        return True
    return same(field, stay[0], sides.salesforce) and same(field, stay[1], sides.vitally)


def _refresh(store: Store, known: Row, sides: Sides) -> None:
    """Shows a conflict with the values as they are now."""
    if sides.salesforce is None or sides.vitally is None:
        return
    if (known["salesforce"], known["vitally"]) != (sides.salesforce, sides.vitally):
        conflicts.show(store, known["record_id"], known["field"], sides.salesforce, sides.vitally)


def _put_conflict(
    ctx: Context, link: Compared, pair: BoundPair, sides: Sides, kind: ConflictKind, why: str
) -> None:
    conflicts.put(
        ctx.store, link.target.record_id, pair.name, kind, link_id=link.link_id, why=why,
        at=ctx.now(), salesforce=sides.salesforce, vitally=sides.vitally, base=sides.base,
    )  # fmt: skip


def _loops(store: Store, frame: _Frame, link: Compared, item: FieldChange) -> bool:
    """Whether this value (or any) went to this side too often within 24 hours, without a person's
    edit, undo or resolve between."""
    record_id = link.target.record_id
    person = history.last_wanted(store, record_id, item.field)
    sent = history.sent(
        store, record_id, item.field, item.system.value,
        after=person["entry"] if person is not None else 0, since=frame.since,
    )  # fmt: skip
    same_value = sum(value == (item.after or "") for value in sent)
    return same_value >= LOOP_SAME or len(sent) >= LOOP_ANY
