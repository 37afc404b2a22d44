"""Undo: what entries of the history did is taken back by the acts that go the other way.

Nothing is sent: values are planned like an edit's, and the next push compares them with what is
there by then. Links, ignores and approvals are taken back at once.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence

from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.errors import UnknownName, UsageError
from sfvtui.mirror import history, links, mappings, outbox, queries
from sfvtui.mirror.outbox import FieldChange
from sfvtui.mirror.rows import accounts_of, marks
from sfvtui.mirror.store import Store
from sfvtui.sync import match, undo_values
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_records
from sfvtui.sync.linking import APART, ignore_one, link_one, restore_one, unlink_one
from sfvtui.sync.reconcile import load_link
from sfvtui.sync.review import approve_one
from sfvtui.sync.undoing import Undoing, UndoReport, entry_of

VALUES = frozenset({"edit", "resolve", "update", "undo", "drop"})
"""The entries of values."""

NEVER = {
    "create": "a user that was made stays: delete it in Vitally, if it has to go",
    "mapping": "save the former mapping; this entry holds it",
    "confirm": "a confirmation only let a push go; undo the run's own entries",
    "pause": "the organization's fields paused it",
    "resume": "the organization's fields let it go on",
    "repair": "the mirror was mended by what the services hold",
    "adopt": "bring back the backup that was made before it",
}


_LEFT = "the mirror no longer has its record"


class _DryRun(Exception):
    """Ends a dry run: everything was tried, nothing stays."""


def undo(
    ctx: Context,
    *,
    entries: Sequence[int] = (),
    run: int | None = None,
    batch: int | None = None,
    dry_run: bool = False,
) -> UndoReport:
    """Takes back these entries, those of a run, or those of one action (a batch).

    A value that changed since becomes a conflict; what cannot be undone is listed with the reason.
    `dry_run` says what would be queued and leaves everything as it is. All in one transaction.
    Raises UnknownName for an entry, run or batch that the history does not have.
    """
    if not dry_run:
        ctx.refuse_if_read_only("undoing")
    report = UndoReport()
    try:
        with act(ctx) as bound:
            rows = _chosen(ctx.store, entries, run, batch)
            version = (mappings.latest(ctx.store) or (0, ""))[0]
            do = Undoing(ctx, bound, version, history.new_batch(ctx.store), report)
            before = _open_changes(ctx.store)
            _undo(do, rows, named=bool(entries))
            _decide_again(do)
            _tell(do, before)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return report


def _chosen(
    store: Store, entries: Sequence[int], run: int | None, batch: int | None
) -> list[sqlite3.Row]:
    """The entries to undo, newest first."""
    if (bool(entries), run is not None, batch is not None).count(True) != 1:
        raise UsageError("Name entries, or one run, or one batch.")
    if entries:
        wanted = list(dict.fromkeys(entries))
        rows = store.rows(
            f"SELECT * FROM history WHERE entry IN ({marks(wanted)}) ORDER BY entry DESC", *wanted
        )
        missing = set(wanted) - {row["entry"] for row in rows}
        what = f"entry {min(missing)}" if missing else ""
    else:
        column, number = ("run", run) if run is not None else ("batch", batch)
        rows = store.rows(f"SELECT * FROM history WHERE {column} = ? ORDER BY entry DESC", number)
        what = "" if rows else f"{column} {number}"
    if what:
        raise UnknownName(f"The history has no {what}.", "`sfvtui history` lists its entries.")
    return rows


def _undo(do: Undoing, rows: Sequence[sqlite3.Row], *, named: bool) -> None:
    """Links, approvals and the like first, the newest before the older; then the values, which
    need the links."""
    values = []
    for row in rows:
        if row["what"] in VALUES and row["field"] not in (None, "accountIds"):
            values.append(row)
            continue
        if not named and (row["what"] in ("confirm", "undo") or _nothing_written(row)):
            continue
        way = _parked if _nothing_written(row) else _WAYS_BACK.get(row["what"], _no_way)
        reason = way(do, row)
        if reason is not None:
            do.cannot([row["entry"]], reason)
    undo_values.undo(do, [row for row in values if named or not _nothing_written(row)])


def _nothing_written(row: sqlite3.Row) -> bool:
    return str(row["outcome"]).startswith("parked")


def _decide_again(do: Undoing) -> None:
    if do.records:
        may_link = do.store.get("may_link") == "yes"
        decide_records(do.ctx, do.bound, sorted(do.records), may_link=may_link, mapping=do.mapping)


def _open_changes(store: Store) -> set[int]:
    return {row[0] for row in store.rows("SELECT change_id FROM change WHERE state = 'queued'")}


def _tell(do: Undoing, before: set[int]) -> None:
    """The report's changes: those that took up a value, and those that were decided again."""
    now = _open_changes(do.store)
    do.report.queued = sorted((now & set(do.numbers)) | (now - before))
    for number in do.report.queued:
        do.report.lines += queries.outbox_lines(do.store, numbers=(number,))


# --- ways back: each returns why not, or None


def _no_way(_: Undoing, row: sqlite3.Row) -> str:
    if row["what"] == "undo":
        return "undo the entry of its batch that did it"
    return NEVER.get(row["what"], f"{row['what']} has no way back")


def _parked(_: Undoing, __: sqlite3.Row) -> str:
    return "nothing was written: it was parked"


def _by_rule(row: sqlite3.Row) -> bool:
    return bool(row["who"] == match.RULE)


def _undo_link(do: Undoing, row: sqlite3.Row) -> str | None:
    if _by_rule(row):
        return "the rule made it: `sfvtui review unlink` takes it apart"
    live = do.store.value(
        "SELECT COUNT(*) FROM link l JOIN record r USING (record_pk) JOIN user u USING (user_pk)"
        " WHERE r.record_id = ? AND u.user_id = ? AND l.status = 'live'",
        row["record_id"],
        row["user_id"],
    )
    if not live:
        return "the two are not linked any more"
    apart = row["why"] == APART
    reason = unlink_one(do.ctx, row["record_id"], do.batch, apart=apart)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_unlink(do: Undoing, row: sqlite3.Row) -> str | None:
    if _by_rule(row):
        return "one of the two went away: the link returns with it"
    user = do.store.row("SELECT * FROM user WHERE user_id = ?", row["user_id"])
    if user is None or not _known(do, row):
        return "the mirror no longer has the two"
    reason = link_one(do.ctx, row["record_id"], user, do.batch)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_ignore(do: Undoing, row: sqlite3.Row) -> str | None:
    reason = restore_one(do.ctx, row["record_id"], do.batch) if _known(do, row) else _LEFT
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_restore(do: Undoing, row: sqlite3.Row) -> str | None:
    former = do.store.value(
        "SELECT why FROM history WHERE record_id = ? AND what = 'ignore' AND entry < ?"
        " ORDER BY entry DESC LIMIT 1",
        row["record_id"],
        row["entry"],
    )
    reason: str | None = _LEFT
    if _known(do, row):
        reason = ignore_one(do.ctx, row["record_id"], former or "", do.batch)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _known(do: Undoing, row: sqlite3.Row) -> bool:
    sql = "SELECT COUNT(*) FROM record WHERE record_id = ?"
    return bool(do.store.value(sql, row["record_id"]))


def _undo_approve(do: Undoing, row: sqlite3.Row) -> str | None:
    store, record_id = do.store, row["record_id"]
    if not store.value("SELECT COUNT(*) FROM approval WHERE record_id = ?", record_id):
        return "it is not approved any more"
    creation = outbox.creation_of(store, record_id)
    if creation is not None and creation["state"] in (ChangeState.SENDING, ChangeState.UNKNOWN):
        return "the creation of its user is on its way: push first"
    match.withdraw(do.ctx, record_id, "undone", who=do.ctx.actor, batch=do.batch)
    do.done(entry_of(row))
    return None


def _undo_withdraw(do: Undoing, row: sqlite3.Row) -> str | None:
    if _by_rule(row):
        return f"the rule withdrew it: {row['why']}"
    reason: str | None = _LEFT
    if _known(do, row):
        reason = approve_one(do.ctx, do.bound, row["record_id"], do.batch, wave=False, shown=False)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_account(do: Undoing, row: sqlite3.Row) -> str | None:
    """A user's former full set of accounts; one that was not sent yet is dropped."""
    store = do.store
    record_pk = store.value("SELECT record_pk FROM record WHERE record_id = ?", row["record_id"])
    link = load_link(store, record_pk) if record_pk is not None else None
    if link is None or link.target.user_id != row["user_id"]:
        return "its record is not linked to that user any more"
    dropped = row["what"] == "drop"
    former, then = row["before"] or "[]", row["after"] or "[]"
    if dropped:
        former, then = then, former
    waiting = outbox.open_fields(store, link.target).get((System.VITALLY, "accountIds"))
    if waiting is not None:
        return _drop_waiting(do, row, waiting)
    now = accounts_of(store, link.user["user_pk"])
    if set(now) == set(json.loads(former)):
        return "its user has these accounts already"
    if set(now) != set(json.loads(then)):
        return "its user's accounts changed since"
    if link.record["in_scope"] != 1:
        return "its record is out of scope: nothing is sent for it"
    item = FieldChange(
        System.VITALLY, "accountIds", "", json.dumps(now), former, Origin.ACCOUNT, do.why
    )
    do.numbers.append(
        outbox.add_field(
            store, link.target, item, mapping=do.mapping, at=do.ctx.now(), batch=do.batch
        )
    )
    links.lasts(store, link.link_id)
    do.done(entry_of(row))
    return None


def _drop_waiting(do: Undoing, row: sqlite3.Row, waiting: sqlite3.Row) -> str | None:
    if waiting["change_id"] in do.numbers:
        return None  # planned for another entry of the same act
    if waiting["state"] not in (ChangeState.QUEUED, ChangeState.PARKED):
        return "a change of its accounts is on its way: push first"
    if waiting["after"] != row["after"] or row["run"] is not None or row["what"] == "drop":
        return "a later change of its accounts is queued: undo that first"
    outbox.take_out(do.store, waiting)
    do.done(entry_of(row, outcome="dropped before it was sent"))
    return None


_WAYS_BACK: dict[str, Callable[[Undoing, sqlite3.Row], str | None]] = {
    "link": _undo_link,
    "unlink": _undo_unlink,
    "ignore": _undo_ignore,
    "restore": _undo_restore,
    "approve": _undo_approve,
    "withdraw": _undo_withdraw,
    "account": _undo_account,
    "drop": _undo_account,
}
