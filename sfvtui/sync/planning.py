"""What the whole outbox would do, as the guards count it."""

from __future__ import annotations

import sqlite3
from collections import Counter

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.guards import Guard, Plan, guards
from sfvtui.domain.values import show
from sfvtui.mirror import mappings
from sfvtui.mirror.store import Store
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
    rows = store.rows(
        "SELECT c.record_id, c.system, f.field, f.name, f.before, f.after FROM change c"
        " JOIN change_field f USING (change_id) WHERE c.state = 'queued' AND c.held IS NULL"
        " AND c.action = 'update' ORDER BY c.change_id, f.name"
    )
    fields: Counter[str] = Counter()
    blanks: Counter[str] = Counter()
    examples: list[str] = []
    blank_examples: list[str] = []
    records = set()
    for row in rows:
        records.add(row["record_id"])
        fields[row["field"] or row["name"]] += 1
        if len(examples) < EXAMPLES:
            examples.append(_example(bound, row))
        if not row["after"] and row["before"]:
            blanks[row["field"]] += 1
            if len(blank_examples) < EXAMPLES:
                blank_examples.append(_example(bound, row))
    lost = vanished_links(store)
    live = store.value("SELECT COUNT(*) FROM link WHERE status = 'live'")
    return Plan(
        confirmed=mappings.confirmed(store),
        records=len(records),
        blanks=sum(blanks.values()),
        vanished=len(lost),
        links=live + len(lost),
        fields=dict(fields),
        blank_fields=dict(blanks),
        examples=tuple(examples),
        blank_examples=tuple(blank_examples),
        vanished_examples=tuple(_lost(row) for row in lost[:EXAMPLES]),
    )


def vanished_links(store: Store) -> list[sqlite3.Row]:
    """The links that vanished and that no push has confirmed since."""
    return store.rows(
        "SELECT r.record_id, r.display_name, r.gone_why, u.user_id, l.status FROM seen s"
        " JOIN link l ON l.link_id = CAST(s.id AS INTEGER) JOIN record r USING (record_pk)"
        " JOIN user u USING (user_pk) WHERE s.side = 'vanished' AND l.status <> 'live'"
        " ORDER BY l.link_id"
    )


def _example(bound: BoundMapping, row: sqlite3.Row) -> str:
    pair = bound.pair(row["field"]) if row["field"] else None
    before, after = row["before"] or "", row["after"] or ""
    if pair is not None:
        before, after = show(pair.field, before), show(pair.field, after)
    name = row["field"] or row["name"]
    return f"{row['record_id']} {name} in {row['system']}: {before or '(blank)'} → {after or '(blank)'}"


def _lost(row: sqlite3.Row) -> str:
    why = f"record {row['gone_why']}" if row["status"] == "gone" else "user deleted in Vitally"
    return f"{row['record_id']} {row['display_name']}: {why}"
