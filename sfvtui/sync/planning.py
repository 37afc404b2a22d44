"""What the whole outbox would do, as the guards count it."""

from __future__ import annotations

from collections import Counter

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.guards import Guard, Plan, guards
from sfvtui.domain.values import show
from sfvtui.mirror import links, mappings, pending, vanished
from sfvtui.mirror.store import Row, Store
from sfvtui.sync.context import Context

EXAMPLES = 10


def standing_guards(ctx: Context, bound: BoundMapping) -> list[Guard]:
    """The guards that would stop a push of the outbox as it is, in the order they are asked."""
    settings = ctx.settings.sync
    return guards(
        plan_of(ctx.store, bound),
        settings.max_changes,
        settings.max_blanks,
        settings.max_vanished,
    )


def plan_of(store: Store, bound: BoundMapping) -> Plan:
    """Counts the queued, unheld updates: records once each whatever the side, values by field."""
    fields: Counter[str] = Counter()
    blanks: Counter[str] = Counter()
    examples: list[str] = []
    blank_examples: list[str] = []
    records = set()
    for row in pending.values_to_send(store):
        records.add(row["record_id"])
        fields[row["field"] or row["name"]] += 1
        if len(examples) < EXAMPLES:
            examples.append(_example(bound, row))
        if not row["after"] and row["before"]:
            blanks[row["field"]] += 1
            if len(blank_examples) < EXAMPLES:
                blank_examples.append(_example(bound, row))
    lost = vanished.links(store)
    return Plan(
        confirmed=mappings.confirmed(store),
        records=len(records),
        blanks=sum(blanks.values()),
        vanished=len(lost),
        links=links.count_live(store) + len(lost),
        fields=dict(fields),
        blank_fields=dict(blanks),
        examples=tuple(examples),
        blank_examples=tuple(blank_examples),
        vanished_examples=tuple(_lost(row) for row in lost[:EXAMPLES]),
    )


def _example(bound: BoundMapping, row: Row) -> str:
    pair = bound.pair(row["field"]) if row["field"] else None
    before, after = row["before"] or "", row["after"] or ""
    if pair is not None:
        before, after = show(pair.field, before), show(pair.field, after)
    name = row["field"] or row["name"]
    return f"{row['record_id']} {name} in {row['system']}: {before or '(blank)'} → {after or '(blank)'}"


def _lost(row: Row) -> str:
    why = f"record {row['gone_why']}" if row["status"] == "gone" else "user deleted in Vitally"
    return f"{row['record_id']} {row['display_name']}: {why}"
