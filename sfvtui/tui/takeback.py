"""Taking back what was just decided: the batches of one act, by the verbs that go the other way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from sfvtui.tui.words import plural

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from sfvtui.sync.context import Context

T = TypeVar("T")


@dataclass
class TakenBack:
    """What was taken back, in words; what was not, with the reason."""

    words: str = ""
    left: list[str] = field(default_factory=list)


def noted(context: Context, verb: Callable[[Context], T]) -> tuple[T, list[int]]:
    """Runs a verb; returns its report and the batches that it wrote to the history."""
    store = context.store
    last = store.value("SELECT COALESCE(MAX(entry), 0) FROM history")
    report = verb(context)
    rows = store.rows(
        "SELECT DISTINCT batch FROM history WHERE entry > ? AND who = ? AND run IS NULL"
        " AND what NOT IN ('withdraw', 'mapping') ORDER BY batch",
        last,
        context.actor,
    )
    return report, [row[0] for row in rows]


def take_back(context: Context, batches: list[int]) -> TakenBack:
    """Takes the acts of these batches back, the last first."""
    report = TakenBack()
    marks = ",".join("?" * len(batches))
    entries = context.store.rows(
        f"SELECT * FROM history WHERE batch IN ({marks}) ORDER BY entry DESC", *batches
    )
    by_what: dict[str, list[sqlite3.Row]] = {}
    for entry in entries:
        by_what.setdefault(entry["what"], []).append(entry)
    words = []
    for what, found in by_what.items():
        undo = _WAYS_BACK.get(what)
        if undo is None:
            report.left.append(f"{what} has no way back here; the history (6) has more")
            continue
        undo(context, found, report)
        words.append(f"{what} of {plural(len(found), 'record')}")
    report.words = ", ".join(words)
    return report


def _records(entries: list[sqlite3.Row]) -> list[str]:
    return list(dict.fromkeys(entry["record_id"] for entry in entries))


def _approvals(context: Context, entries: list[sqlite3.Row], report: TakenBack) -> None:
    from sfvtui.mirror.outbox import creation_of
    from sfvtui.sync.outbox import drop

    numbers = []
    for record in _records(entries):
        creation = creation_of(context.store, record)
        if creation is None:
            report.left.append(f"{record} is no longer approved")
        else:
            numbers.append(creation["change_id"])
    drop(context, numbers)


def _ignores(context: Context, entries: list[sqlite3.Row], report: TakenBack) -> None:
    from sfvtui.sync.review import restore

    done = restore(context, _records(entries))
    report.left.extend(f"{one.record}: {one.reason}" for one in done.refused)


def _restores(context: Context, entries: list[sqlite3.Row], report: TakenBack) -> None:
    from sfvtui.sync.review import ignore

    done = ignore(context, _records(entries), "put back")
    report.left.extend(f"{one.record}: {one.reason}" for one in done.refused)


def _links(context: Context, entries: list[sqlite3.Row], report: TakenBack) -> None:
    from sfvtui.sync.review import unlink_these

    done = unlink_these(context, _records(entries))
    report.left.extend(f"{one.record}: {one.reason}" for one in done.refused)


def _unlinks(context: Context, entries: list[sqlite3.Row], report: TakenBack) -> None:
    from sfvtui.sync.review import link

    for entry in entries:
        done = link(context, entry["record_id"], entry["user_id"])
        report.left.extend(f"{one.record}: {one.reason}" for one in done.refused)


def _edits(context: Context, entries: list[sqlite3.Row], report: TakenBack) -> None:
    from sfvtui.sync.outbox import drop

    for entry in entries:
        rows = context.store.rows(
            "SELECT DISTINCT f.change_id FROM edit e JOIN change_field f USING (edit_id)"
            " JOIN change c USING (change_id) WHERE e.record_id = ? AND e.field = ?"
            " AND e.batch = ? AND f.open = 1 AND c.state IN ('queued', 'parked')",
            entry["record_id"],
            entry["field"],
            entry["batch"],
        )
        if rows:
            drop(context, [rows[0][0]])
        else:
            report.left.append(f"{entry['field']} was sent, or typed again")


_WAYS_BACK: dict[str, Callable[[Context, list[sqlite3.Row], TakenBack], None]] = {
    "approve": _approvals,
    "ignore": _ignores,
    "restore": _restores,
    "link": _links,
    "unlink": _unlinks,
    "edit": _edits,
    "resolve": _edits,
}
