"""How many of what there is: states, flags, users and changes as they are kept, never counted."""

from __future__ import annotations

import json
from typing import Any

from sfvtui.domain.states import Flag, State
from sfvtui.mirror.lock import push_runs
from sfvtui.mirror.store import Store

OPEN = ("queued", "unknown", "parked", "held", "sending")
"""The open changes as they are counted: what is queued and held apart."""


def status(store: Store) -> dict[str, Any]:
    """Counts by state and flag, conflicts, pauses, the outbox, freshness and calls: what `status`
    prints (docs/commands.md)."""
    with store.read():
        kept = {(row[0], row[1]): row[2] for row in store.rows("SELECT kind, name, n FROM tally")}
        states = {state.value: kept["state", state] for state in State}
        return {
            "records": sum(states.values()),
            "users": kept["side", "users"],
            "states": states,
            "flags": {flag.value: kept["flag", flag] for flag in Flag},
            "conflicts": store.value("SELECT COUNT(*) FROM conflict"),
            "paused": [
                {"field": row["field"], "reason": row["paused"]}
                for row in store.rows(
                    "SELECT field, paused FROM pair WHERE active = 1 AND paused IS NOT NULL"
                    " ORDER BY field"
                )
            ],
            "outbox": _outbox(store, {n: kept["change", n] for n in OPEN}),
            "last_pull": {
                "salesforce": store.get("pulled:salesforce"),
                "vitally": store.get("pulled:vitally"),
            },
            "salesforce_calls": json.loads(store.get("calls") or '{"used": 0, "limit": 0}'),
        }


def _outbox(store: Store, kept: dict[str, int]) -> dict[str, int]:
    # What a push that died had on its way is unknown; one that runs will know.
    on_its_way = kept.pop("sending")
    if on_its_way:
        kept["queued" if push_runs(store) else "unknown"] += on_its_way
    return kept


def more_users(store: Store, n: int) -> None:
    """Counts new users of a page, none of them missing, in the caller's transaction: a trigger would
    do it one by one. What becomes of a user later, triggers count."""
    store.db.execute("UPDATE tally SET n = n + ? WHERE kind = 'side' AND name = 'users'", (n,))


def sizes(store: Store) -> tuple[int, int, int]:
    """How many records, users and accounts the mirror holds."""
    return (
        store.value("SELECT COUNT(*) FROM record"),
        store.value("SELECT COUNT(*) FROM user"),
        store.value("SELECT COUNT(*) FROM account"),
    )
