"""Pushing to Salesforce: read again, decide again, write guarded, read back what was stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.domain.ids import id18
from sfvtui.domain.values import same, to_salesforce
from sfvtui.errors import Problem, SfvtuiError, Stopped
from sfvtui.mirror import edits as typed
from sfvtui.mirror import links, outbox, pending, records, users
from sfvtui.mirror.bases import set_base
from sfvtui.mirror.outbox import change
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.records import Records
from sfvtui.mirror.store import Row
from sfvtui.mirror.touched import touch_record
from sfvtui.mirror.users import Users
from sfvtui.sync import edits
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.landing import (
    NEVER,
    Asked,
    Push,
    asked,
    failed,
    land,
    not_landed,
    park,
    perhaps_written,
    queue_the_rest,
    written,
)
from sfvtui.sync.pull_salesforce import columns, parse_stamp, rows_by_id

if TYPE_CHECKING:
    from sfvtui.remotes.answers import Write

AT_ONCE = 25
"""Guarded writes in one composite call. Source: REST API guide, Composite (25 subrequests)."""
TRIES = 3
"""How often a refused precondition, or a passing fault, is tried again before it stays queued."""
SECOND = 1.05
"""Seconds after which the second of a stamp that was just read is certainly over."""


def read_columns(push: Push) -> list[str]:
    """What a push reads of a record: fields of parents are not written, and not read again."""
    return [name for name in columns(push.bound) if "." not in name]


def send(push: Push, change_ids: Sequence[int]) -> None:
    """Sends these changes, guarded, in calls of 25; each outcome is committed as it lands."""
    for piece in in_chunks(list(change_ids), AT_ONCE):
        push.ctx.stop_if_cancelled()
        todo = list(piece)
        for attempt in range(TRIES):
            if not todo:
                break
            if attempt:
                push.ctx.sleep(0.2 * 2**attempt)
            todo = _send_once(push, todo, again=attempt > 0)
        for change_id in todo:
            failed(
                push, change_id, "MOVED_AGAIN",
                f"Salesforce refused the write {TRIES} times: the row is busy or keeps moving.",
                "It stays queued: push again.",
            )  # fmt: skip
        push.passed(len(piece))


def refresh(push: Push, record_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Reads these records again into the mirror, and decides again what that moved. Returns the
    rows as they are now; a record that is not there any more is settled as gone."""
    ctx, store = push.ctx, push.store
    found = ctx.salesforce().read(push.bound.sobject.name, list(record_ids), read_columns(push))
    there = {record_id: row for record_id, row in found.items() if row is not None}
    lost = [record_id for record_id, row in found.items() if row is None]
    gone = rows_by_id(ctx, push.bound, lost) if lost else {}
    with store.write():
        moved = Records(store, push.bound).write([*there.values(), *gone.values()]).changed
        silent = sorted(set(lost) - set(gone))
        records.vanish(store, silent)
        for record_id in silent:
            touch_record(store, record_id)
    if moved or silent:
        decide_touched(ctx, push.bound, may_link=False)
    return there


def _send_once(push: Push, change_ids: list[int], *, again: bool) -> list[int]:
    """One guarded call (`again`: not the first for these); returns the changes to try again."""
    store = push.store
    named = [r["record_id"] for c in change_ids if (r := sendable(push, c)) is not None]
    if any(_has_edits(push, c) for c in change_ids if sendable(push, c) is not None):
        _refresh_users(push, change_ids)
    now = refresh(push, sorted(set(named)))
    now, young = _past_their_second(push, now)
    for record_id in named:
        push.touch_record(record_id)
    composed: dict[int, Asked] = {}
    writes: dict[int, Write] = {}
    before: dict[int, dict[str, str]] = {}
    for change_id in change_ids:
        with store.write():
            row = sendable(push, change_id)
            if row is None or row["record_id"] not in now or not _settle_edits(push, row):
                continue
            this = asked(store, change_id)
        if this is not None:
            composed[change_id] = this
            fresh = now[row["record_id"]]
            writes[change_id], before[change_id] = _write(push, this, fresh, again=again)
    late = [c for c in change_ids if (r := sendable(push, c)) and r["record_id"] in young]
    if not writes:
        return late
    push.obey_pause(System.SALESFORCE)
    prove_guard(push, next(iter(writes.values())), now)
    with push.on_the_way(System.SALESFORCE, composed) as going:
        some = [writes[c] for c in going]
        results = push.ctx.salesforce().update(push.bound.sobject.name, some) if some else []
    rewritten = [c for c in writes if c not in going and sendable(push, c) is not None]
    return [*_outcomes(push, going, results, before), *late, *rewritten]


def sendable(push: Push, change_id: int) -> Row | None:
    """The change, where it still is to be sent: a decision made meanwhile may have taken it."""
    return pending.sendable(push.store, change_id)


def _has_edits(push: Push, change_id: int) -> bool:
    return any(item["edit_id"] is not None for item in outbox.fields_of(push.store, change_id))


def _refresh_users(push: Push, change_ids: Sequence[int]) -> None:
    """What a person typed is compared with both sides: the users are read again as well."""
    for change_id in change_ids:
        row = sendable(push, change_id)
        if row is None or not row["user_id"] or not _has_edits(push, change_id):
            continue
        user = push.ctx.vitally().user(row["user_id"])
        if user is not None:
            Users(push.store, push.bound).write([user])


def _past_their_second(
    push: Push, rows: dict[str, dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], set[str]]:
    """Reads rows whose stamp may be Salesforce's present second again, once that is over; returns
    the rows, and the records that moved at each reading, without their rows.

    Stamps and preconditions have whole seconds, so a change within this one would slip through.
    """
    young = {r: stamp for r, row in rows.items() if (stamp := _newest(row)) >= push.row_time()}
    push.note_row_time(map(_newest, rows.values()))
    found = dict(rows)
    for _ in range(TRIES):
        if not young:
            break
        push.ctx.sleep(SECOND)
        fresh = refresh(push, sorted(young))
        for record_id in young:
            found.pop(record_id)
        found |= fresh
        young = {r: _newest(row) for r, row in fresh.items() if _newest(row) != young[r]}
    return {r: row for r, row in found.items() if r not in young}, set(young)


def _newest(row: Mapping[str, Any]) -> dt.datetime:
    """The newer of a row's two stamps: which of them a precondition looks at is not documented."""
    stamps = [row.get(name) for name in ("LastModifiedDate", "SystemModstamp")]
    return max((parse_stamp(str(stamp)) for stamp in stamps if stamp), default=NEVER)


def _settle_edits(push: Push, row: Row) -> bool:
    """Compares a change's edits with what is there now: moved ones become conflicts, ones whose
    value is in place count as landed. Returns whether something is left to write."""
    store = push.store
    for item in outbox.fields_of(store, row["change_id"]):
        if item["edit_id"] is None:
            continue
        verdict = compare(push, row, item)
        if verdict == "moved":
            push.report.conflicts += 1
        elif verdict == "there":
            edit = item["edit_id"]
            stored = mirrored(push, "record", row, item)
            outbox.remove_field(store, row["change_id"], item["name"], keep=row["change_id"])
            edits.salesforce_landed(push.ctx, edit, stored, mapping=push.mapping)
            push.touch_record(row["record_id"])
    if pending.find(store, row["change_id"]) is None:
        return False
    if not outbox.fields_of(store, row["change_id"]):
        land(push, row["change_id"])
        return False
    return True


def mirrored(push: Push, table: str, row: Row, item: Row) -> str:
    """What the mirror holds for a change's field, of its `record` or its `user`. Unread: blank."""
    if table == "record":
        return records.value(push.store, row["record_id"], item["field"]) or ""
    return users.value(push.store, row["user_id"], item["field"]) or ""


def compare(push: Push, row: Row, item: Row) -> str:
    """How an edit's field stands against the fresh values: `go`, `there` (this side has the wanted
    value), or `moved` (it became a conflict)."""
    pair = push.bound.pair(item["field"])
    edit = typed.find(push.store, item["edit_id"])
    if pair is None or edit is None:
        return "go"
    s, v = mirrored(push, "record", row, item), mirrored(push, "user", row, item)
    wanted = item["after"] or ""
    for now, saw in ((s, edit["saw_salesforce"]), (v, edit["saw_vitally"])):
        if not same(pair.field, now, saw) and not same(pair.field, now, wanted):
            edits.moved(push.ctx, edit["edit_id"], s, v)
            return "moved"
    here = s if row["system"] == "salesforce" else v
    return "there" if same(pair.field, here, wanted) else "go"


def _write(
    push: Push, this: Asked, now: dict[str, Any], *, again: bool
) -> tuple[Write, dict[str, str]]:
    from sfvtui.remotes.answers import Write

    values, before = {}, {}
    row = this.change
    for item in this.fields:
        pair = push.bound.pair(item["field"])
        assert pair is not None
        values[item["name"]] = to_salesforce(pair.field, item["after"] or "")
        before[item["name"]] = mirrored(push, "record", row, item)
    # A service that looks at the other stamp refuses the first try of a row that a system change
    # touched; the newer of the two is as safe, once its second is over.
    edited = now.get("LastModifiedDate")
    stamp = parse_stamp(str(edited)) if edited and not again else _newest(now)
    return Write(row["record_id"], values, stamp), before


def prove_guard(push: Push, write: Write, now: dict[str, dict[str, Any]]) -> None:
    """Once per organization and API version, proves that a precondition inside a composite call is
    obeyed; else that a single call's is. Raises Stopped where neither is: nothing is sent then.

    The proof writes a row's own present value with a date of 1970: anything but a refusal fails it.
    """
    store, salesforce = push.store, push.ctx.salesforce()
    key = f"guard:{store.get('org_id')}:{store.get('api_version')}"
    known = store.get(key)
    if known is None:
        present = now[write.record_id]
        values = {name: present.get(name) for name in write.values}
        for kind in ("composite", "single"):
            if salesforce.prove_guard(push.bound.sobject.name, write.record_id, values, kind):
                known = kind
                break
        else:
            raise Stopped(
                "guarded_writes",
                "Salesforce does not obey If-Unmodified-Since on this object: a write could"
                " overwrite something unseen, so nothing was sent.",
                "Ask Salesforce's support; `sfvtui doctor` shows the proof.",
            )
        store.put(key, known)
    salesforce.guard = "single" if known == "single" else "composite"


def _outcomes(
    push: Push, change_ids: list[int], results: Sequence[Any], before: dict[int, dict[str, str]]
) -> list[int]:
    from sfvtui.remotes.answers import Outcome

    store, again, landed = push.store, [], []
    for change_id, result in zip(change_ids, results, strict=True):
        with store.write():
            match result.outcome:
                case Outcome.LANDED:
                    landed.append(change_id)
                case Outcome.REFUSED:
                    if park(push, change_id, result.problems, names={}):
                        outbox.move(store, change_id, ChangeState.QUEUED)
                        again.append(change_id)
                case Outcome.UNKNOWN:
                    outbox.move(store, change_id, ChangeState.UNKNOWN)
                case _:
                    outbox.move(store, change_id, ChangeState.QUEUED)
                    again.append(change_id)
    if landed:
        _read_back(push, landed, before)
    return again


def _read_back(push: Push, change_ids: list[int], before: dict[int, dict[str, str]]) -> None:
    """Reads what Salesforce really stored: triggers, flows, trimming and rounding change it."""
    store = push.store
    ids = sorted({change(store, c)["record_id"] for c in change_ids})
    try:
        found = push.ctx.salesforce().read(
            push.bound.sobject.name, ids, read_columns(push), keep_reserve=False
        )
    except SfvtuiError:
        # It landed, but as what is not known: the next push reads it back first.
        with store.write():
            for change_id in change_ids:
                outbox.move(store, change_id, ChangeState.UNKNOWN)
        raise
    push.note_row_time(_newest(row) for row in found.values() if row is not None)
    for change_id in change_ids:
        row = change(store, change_id)
        now = found.get(row["record_id"])
        with store.write():
            if now is not None:
                Records(store, push.bound).write([now])
            landed(push, row, before[change_id])


def landed(push: Push, row: Row, before: dict[str, str]) -> None:
    """A Salesforce change took effect, and the mirror holds what is stored now. A field that reads
    back unchanged was not taken, and parks."""
    store, not_taken, in_place = push.store, [], []
    for item in outbox.fields_of(store, row["change_id"]):
        pair = push.bound.pair(item["field"])
        if pair is None:
            continue
        was = before.get(item["name"], item["before"] or "")
        stored = mirrored(push, "record", row, item)
        wanted = item["after"] or ""
        if same(pair.field, stored, was) and not same(pair.field, stored, wanted):
            not_taken.append(item["name"])
            continue
        written(push, row, item, before=was, stored=stored)
        if item["edit_id"] is not None:
            in_place.append((item["edit_id"], stored))
        elif item["origin"] == Origin.RECONCILE:
            # The base becomes Vitally's value: a different stored one then counts as
            # Salesforce's change, and goes to Vitally.
            base_moves(push, row, pair.name, wanted)
    if not_taken:
        problem = Problem(
            "NOT_TAKEN", "Salesforce answered well, but the value reads back unchanged",
            tuple(not_taken),
        )  # fmt: skip
        if not park(push, row["change_id"], [problem], names={}):
            push.touch_record(row["record_id"])
            return
    land(push, row["change_id"])
    # Only now: an edit that waited for this one takes its place in the outbox.
    for edit_id, stored in in_place:
        edits.salesforce_landed(push.ctx, edit_id, stored, mapping=push.mapping)


def base_moves(push: Push, row: Row, field: str, value: str) -> None:
    """Moves the base of a change's link and field, in the caller's transaction."""
    link_id = links.live_id(push.store, row["record_id"])
    if link_id is not None:
        set_base(push.store, link_id, {field: value})


def read_back_unknown(push: Push, change_ids: Sequence[int]) -> None:
    """Settles changes whose outcome is unknown: landed, not landed, or changed by somebody else
    meanwhile (then they are decided again, or become conflicts)."""
    store = push.store
    rows = [change(store, change_id) for change_id in change_ids]
    ids = sorted({row["record_id"] for row in rows})
    found = push.ctx.salesforce().read(push.bound.sobject.name, ids, read_columns(push))
    ours = {record_id for record_id, now in found.items() if now and _last_written_by_us(push, now)}
    for row in rows:
        now = found.get(row["record_id"])
        with store.write():
            if now is None:
                not_landed(push, row)
                push.touch_record(row["record_id"])
                continue
            Records(store, push.bound).write([now])
            items = outbox.fields_of(store, row["change_id"])
            in_place = {item["name"] for item in items if _in_place(push, row, item)}
            if row["record_id"] in ours:
                in_place = {item["name"] for item in items}
            for item in items:
                if item["name"] not in in_place:
                    perhaps_written(push, row, item, mirrored(push, "record", row, item))
            if in_place:
                queue_the_rest(push, row["change_id"], in_place)
                landed(push, row, {item["name"]: item["before"] or "" for item in items})
            else:
                not_landed(push, row)
                push.touch_record(row["record_id"])
    decide_touched(push.ctx, push.bound, may_link=False)


def _last_written_by_us(push: Push, now: Mapping[str, Any]) -> bool:
    """Whether a row's last write is certainly the one whose outcome is unknown: somebody else had
    written it last when it was read before the write, and now it was us. A trigger may have stored
    something else than was sent then."""
    me = push.ctx.salesforce().connect().user_id
    before = records.by_id(push.store, id18(str(now["Id"])))
    if not me or before is None or before["modified_by"] is None:
        return False
    return me == id18(str(now.get("LastModifiedById"))) != id18(before["modified_by"])


def _in_place(push: Push, row: Row, item: Row) -> bool:
    pair = push.bound.pair(item["field"])
    if pair is None:
        return False
    return same(pair.field, mirrored(push, "record", row, item), item["after"] or "")
