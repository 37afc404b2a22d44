"""Undo: what entries of the history did is taken back by the acts that go the other way.

Nothing is sent: values are planned like an edit's, and the next push compares them with what is
there by then. Links, ignores and approvals are taken back at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.errors import UnknownName, UsageError
from sfvtui.mirror import (
    accounts,
    approvals,
    held_back,
    history,
    links,
    mappings,
    outbox,
    pending,
    queries,
    records,
    users,
)
from sfvtui.mirror.outbox import FieldChange
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Row, Store
from sfvtui.sync import holding, match, undo_values
from sfvtui.sync.acting import act
from sfvtui.sync.consequences import LEFT, RULED
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_records
from sfvtui.sync.linking import APART, ignore_one, link_one, restore_one, unlink_one
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
    "forget": "what was forgotten is gone",
    "prune": "what was pruned is gone",
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
        with act(ctx, report.notes) as bound:
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


def _chosen(store: Store, entries: Sequence[int], run: int | None, batch: int | None) -> list[Row]:
    """The entries to undo, newest first."""
    if (bool(entries), run is not None, batch is not None).count(True) != 1:
        raise UsageError("Name entries, or one run, or one batch.")
    if entries:
        rows = history.entries(store, list(dict.fromkeys(entries)))
        missing = set(entries) - {row["entry"] for row in rows}
        what = f"entry {min(missing)}" if missing else ""
    elif run is not None:
        rows = history.of_run(store, run)
        what = "" if rows else f"run {run}"
    else:
        rows = history.of_batch(store, batch or 0)
        what = "" if rows else f"batch {batch}"
    if what:
        raise UnknownName(f"The history has no {what}.", "`sfvtui history` lists its entries.")
    return rows


def _undo(do: Undoing, rows: Sequence[Row], *, named: bool) -> None:
    """Links, approvals and the like first, the newest before the older; then the values, which
    need the links."""
    values = []
    do.entries = frozenset(row["entry"] for row in rows)
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


def _nothing_written(row: Row) -> bool:
    return str(row["outcome"]).startswith("parked")


def _decide_again(do: Undoing) -> None:
    if do.records:
        may_link = do.store.get("may_link") == "yes"
        decide_records(do.ctx, do.bound, sorted(do.records), may_link=may_link, mapping=do.mapping)


def _open_changes(store: Store) -> set[int]:
    return set(pending.in_state(store, ChangeState.QUEUED))


def _tell(do: Undoing, before: set[int]) -> None:
    """The report's changes: those that took up a value, and those that were decided again."""
    now = _open_changes(do.store)
    do.report.queued = sorted((now & set(do.numbers)) | (now - before))
    for chunk in in_chunks(do.report.queued):
        do.report.lines += queries.outbox_lines(do.store, numbers=tuple(chunk))


# --- ways back: each returns why not, or None


def _no_way(_: Undoing, row: Row) -> str:
    if row["what"] == "undo":
        return "undo the entry of its batch that did it"
    return NEVER.get(row["what"], f"{row['what']} has no way back")


def _parked(_: Undoing, __: Row) -> str:
    return "nothing was written: it was parked"


def _by_rule(row: Row) -> bool:
    return bool(row["who"] == match.RULE)


def _undo_link(do: Undoing, row: Row) -> str | None:
    if _by_rule(row):
        return "the rule made it: `sfvtui review unlink` takes it apart"
    if row["user_id"] not in links.user_ids(do.store, row["record_id"]):
        return "the two are not linked any more"
    if row["why"].startswith(RULED):
        return _undo_ruled(do, row)
    apart = row["why"] == APART
    reason = unlink_one(do.ctx, row["record_id"], do.batch, apart=apart)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_ruled(do: Undoing, row: Row) -> str | None:
    """A link that the rule made because of what the same action decided."""
    record_pk = records.pk_of(do.store, row["record_id"])
    link = None if record_pk is None else links.live_of_record(do.store, record_pk)
    if link is None or link["made_by"] != match.RULE or link["lasting"]:
        return (
            "the link is no longer provisional, for something was sent or decided for it: "
            f"`sfvtui review unlink {row['record_id']}` takes it apart"
        )
    led = {e["entry"] for e in history.of_batch(do.store, row["batch"]) if e["what"] != "link"}
    if not led & do.entries:
        return (
            "the rule would make the link again: undo what led to it as well, "
            f"`sfvtui undo --batch {row['batch']}`"
        )
    reason = unlink_one(do.ctx, row["record_id"], do.batch, apart=False, why=LEFT)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_unlink(do: Undoing, row: Row) -> str | None:
    if _by_rule(row):
        return "one of the two went away: the link returns with it"
    if row["why"] == LEFT:
        do.done(entry_of(row, "left to the rule"))
        return None
    user = users.by_id(do.store, row["user_id"])
    if user is None or not _known(do, row):
        return "the mirror no longer has the two"
    reason = link_one(do.ctx, row["record_id"], user, do.batch)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_ignore(do: Undoing, row: Row) -> str | None:
    reason = restore_one(do.ctx, row["record_id"], do.batch) if _known(do, row) else _LEFT
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_restore(do: Undoing, row: Row) -> str | None:
    former = history.ignored_why(do.store, row["record_id"], before=row["entry"])
    reason: str | None = _LEFT
    if _known(do, row):
        reason = ignore_one(do.ctx, row["record_id"], former or "", do.batch)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _known(do: Undoing, row: Row) -> bool:
    return records.pk_of(do.store, row["record_id"]) is not None


def _undo_approve(do: Undoing, row: Row) -> str | None:
    store, record_id = do.store, row["record_id"]
    if not approvals.approved(store, record_id):
        return "it is not approved any more"
    creation = outbox.creation_of(store, record_id)
    if creation is not None and creation["state"] in (ChangeState.SENDING, ChangeState.UNKNOWN):
        return "the creation of its user is on its way: push first"
    match.withdraw(do.ctx, record_id, "undone", who=do.ctx.actor, batch=do.batch)
    do.done(entry_of(row))
    return None


def _undo_withdraw(do: Undoing, row: Row) -> str | None:
    if _by_rule(row):
        return f"the rule withdrew it: {row['why']}"
    reason: str | None = _LEFT
    if _known(do, row):
        reason = approve_one(do.ctx, do.bound, row["record_id"], do.batch, wave=False, shown=False)
    if reason is None:
        do.done(entry_of(row))
    return reason


def _undo_account(do: Undoing, row: Row) -> str | None:
    """A user's former full set of accounts; one that was not sent yet is dropped."""
    store = do.store
    link = links.load_of(store, row["record_id"])
    if link is None or link.target.user_id != row["user_id"]:
        return "its record is not linked to that user any more"
    dropped = row["what"] == "drop"
    former, then = row["before"] or "[]", row["after"] or "[]"
    if dropped:
        former, then = then, former
    waiting = outbox.open_fields(store, link.target).get((System.VITALLY, "accountIds"))
    if waiting is not None:
        return _drop_waiting(do, row, waiting)
    now = accounts.of_user(store, link.user["user_pk"])
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
    do.report.planned += 1
    do.done(entry_of(row))
    return None


def _drop_waiting(do: Undoing, row: Row, waiting: Row) -> str | None:
    if waiting["change_id"] in do.numbers:
        return None  # planned for another entry of the same act
    if waiting["state"] not in (ChangeState.QUEUED, ChangeState.PARKED):
        return "a change of its accounts is on its way: push first"
    if waiting["after"] != row["after"] or row["run"] is not None or row["what"] == "drop":
        return "a later change of its accounts is queued: undo that first"
    outbox.take_out(do.store, waiting)
    do.done(entry_of(row, outcome="dropped before it was sent"))
    return None


def _undo_hold(do: Undoing, row: Row) -> str | None:
    """What a person held back may go again."""
    if row["record_id"] is None:
        return _other_verb(row, "resume") or NEVER["pause"]
    return _turn(do, row, hold_again=False)


def _undo_release(do: Undoing, row: Row) -> str | None:
    """What a person released is held back again, for the reason that it had."""
    if row["record_id"] is None:
        return _other_verb(row, "pause") or NEVER["resume"]
    return _turn(do, row, hold_again=True)


def _other_verb(row: Row, verb: str) -> str | None:
    """What ends, or begins, the pause of a whole system."""
    return f"`sfvtui {verb} {row['system']}` does that" if row["system"] else None


def _turn(do: Undoing, row: Row, *, hold_again: bool) -> str | None:
    store, record_id = do.store, row["record_id"]
    known = held_back.of_record(store, record_id)
    found = [
        part
        for change in pending.queued_of_record(store, record_id)
        for part in holding.parts(store, change)
        if part.is_of(row) and ((part.system, part.name) in known) is not hold_again
    ]
    if not found:
        if hold_again:
            return "it is held back already, or nothing of it is queued any more"
        if not held_back.release_idle(store, record_id, row["system"], row["field"]):
            return "it is not held back any more"
    reason = history.held_why(store, row) if hold_again else ""
    for part in found:
        if hold_again:
            holding.put(do.ctx, part, reason)
        else:
            held_back.release(store, record_id, part.system, part.name)
    holding.apply(store, record_id)
    do.done(entry_of(row))
    return None


_WAYS_BACK: dict[str, Callable[[Undoing, Row], str | None]] = {
    "link": _undo_link,
    "unlink": _undo_unlink,
    "ignore": _undo_ignore,
    "restore": _undo_restore,
    "approve": _undo_approve,
    "withdraw": _undo_withdraw,
    "account": _undo_account,
    "drop": _undo_account,
    "pause": _undo_hold,
    "resume": _undo_release,
}
