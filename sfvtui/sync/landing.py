"""What becomes of a change that was sent: landed, parked with the way to mend it, or moved on."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import ChangeState, System
from sfvtui.errors import Problem, SfvtuiError, Stopped
from sfvtui.mirror import history, links, outbox, pauses, pending, runs
from sfvtui.mirror.history import Entry
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch_record
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.edits import PARKED_WITH_HALF
from sfvtui.sync.pull_salesforce import parse_stamp

MENDS = {
    "STRING_TOO_LONG": "Shorten the value: edit the field.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Choose a value of the picklist: edit the field.",
    "REQUIRED_FIELD_MISSING": "Fill the required field in Salesforce, then retry.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "Edit the value so that the rule passes, then it is sent.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "A trigger refused it: ask the org's admin, then retry.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "Ask the org's admin for edit rights on the field, then retry.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "Ask the org's admin for edit rights on the record, then retry.",
    "DUPLICATES_DETECTED": "Settle the duplicate in Salesforce, then retry.",
    "DUPLICATE_VALUE": "Choose a value that no other record has: edit the field.",
    "ENTITY_IS_LOCKED": "Unlock the record in Salesforce (approval process), then retry.",
    "ENTITY_IS_DELETED": "Pull, to see what became of the record.",
    "INVALID_EMAIL_ADDRESS": "Correct the address: edit the field.",
    "NUMBER_OUTSIDE_VALID_RANGE": "Choose a smaller number: edit the field.",
    "NOT_TAKEN": "Find what puts the old value back (a flow, a trait rule), then retry or drop it.",
}
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
OTHER_MEND = "Mend the cause, then `sfvtui outbox retry`; or edit the field, or drop the change."

PAUSED = "paused"
"""The rule of a push that left out a paused system."""


class Asked(NamedTuple):
    """What a request is composed of: a change and its fields, as they were read together."""

    change: Row
    fields: Sequence[Row]


def asked(store: Store, change_id: int) -> Asked | None:
    """A change and its fields, where it may be sent now."""
    with store.read():
        row = pending.sendable(store, change_id)
        return None if row is None else Asked(row, outbox.fields_of(store, change_id))


@dataclass
class PushReport:
    """What a push did. Numbers are changes."""

    run: int | None = None
    sent: int = 0
    landed: int = 0
    parked: int = 0
    conflicts: int = 0
    unknown: int = 0
    held: int = 0
    left: int = 0
    guard: dict[str, Any] | None = None
    problems: list[dict[str, Any]] = field(default_factory=list)
    stopped: str | None = None
    """The rule that stopped it without failure: `api_reserve`, `daily_limit`, `paused`."""
    failure: SfvtuiError | None = None
    interrupted: bool = False
    touched: set[str] = field(default_factory=set)
    """The records of the links that it touched."""
    tried: set[int] = field(default_factory=set)

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        names = ("run", "sent", "landed", "parked", "conflicts", "unknown", "held", "left")
        return {
            **{name: getattr(self, name) for name in names},
            "guard": self.guard,
            "problems": self.problems,
        }

    def as_summary(self) -> dict[str, Any]:
        """The report as its run keeps it: with what stopped it, where something did."""
        why = "a person" if self.interrupted else self.stopped
        return {**self.as_json(), "stopped": str(self.failure) if self.failure else why}

    def problem(self, change_id: int, record_id: str, code: str, message: str, mend: str) -> None:
        """Adds a problem, as commands print it."""
        self.problems.append(
            {
                "change": change_id,
                "record": record_id,
                "code": code,
                "message": message,
                "mend": mend,
            }
        )


@dataclass
class Push:
    """One push under way: what all its steps share."""

    ctx: Context
    bound: BoundMapping
    mapping: int
    report: PushReport
    batch: int = 0
    _row_time: tuple[dt.datetime, dt.datetime] | None = None
    _going: Progress = field(default_factory=lambda: Progress("pushing"))

    def row_time(self) -> dt.datetime:
        """Salesforce's time by the stamps of its rows, at the earliest: rows with older stamps can
        not be stamped with the same second again.

        It is the newest stamp that was seen, and the time gone by since, by our own clock. The
        server's Date header says nothing here: it may be minutes off.
        """
        if self._row_time is None:
            stamp, pulled = self.store.get("stamp:salesforce"), self.store.get("pulled:salesforce")
            if not (stamp and pulled):
                return NEVER
            # `pulled` is cut to whole seconds.
            seen = dt.datetime.fromisoformat(pulled) + dt.timedelta(seconds=1)
            self._row_time = parse_stamp(stamp), seen
        newest, seen = self._row_time
        gone_by = max(dt.timedelta(), self.ctx.clock() - seen)
        return (newest + gone_by).replace(microsecond=0)

    def note_row_time(self, stamps: Iterable[dt.datetime]) -> None:
        """Takes in stamps of rows that were just read."""
        newest = max(stamps, default=NEVER)
        if newest > self.row_time():
            self._row_time = newest, self.ctx.clock()

    @property
    def store(self) -> Store:
        """The store."""
        return self.ctx.store

    def run(self) -> int:
        """The run's number; the run begins with its first write (or confirmation)."""
        if self.report.run is None:
            import os
            import socket

            self.report.run = runs.begin(
                self.store, at=self.ctx.now(), who=self.ctx.actor,
                host=socket.gethostname(), process=os.getpid(),
            )  # fmt: skip
            self.batch = history.new_batch(self.store)
        return self.report.run

    def note(self, entry: Entry) -> None:
        """Appends an entry of this run to the history."""
        run = self.run()
        history.append(
            self.store, entry, at=self.ctx.now(), who=self.ctx.actor, batch=self.batch, run=run
        )

    def obey_pause(self, system: System) -> None:
        """Raises Stopped where a system is paused: also by a pause that began beside this push."""
        pause = pauses.standing(self.store).get(system)
        if pause is not None:
            raise Stopped(
                PAUSED, f"{pause.words()}.", f"End it with `sfvtui resume {system.value}`."
            )

    def begin(self, system: System, composed: Mapping[int, Asked]) -> list[int]:
        """Commits that these changes of a system are on their way, before the first byte is sent.

        Returns those that are: one that somebody else held back, dropped or rewrote since its
        request was composed is left as it is now. Raises Stopped where the system is paused.
        """
        with self.store.write():
            self.obey_pause(system)
            change_ids = [c for c, was in composed.items() if asked(self.store, c) == was]
            if not change_ids:
                return []
            run = self.run()
            for change_id in change_ids:
                outbox.attempt(self.store, change_id)
                outbox.move(
                    self.store, change_id, ChangeState.SENDING, run=run, sent_at=self.ctx.now()
                )
        self.report.sent += len(set(change_ids) - self.report.tried)
        self.report.tried.update(change_ids)
        return change_ids

    @contextlib.contextmanager
    def on_the_way(self, system: System, composed: Mapping[int, Asked]) -> Iterator[list[int]]:
        """Those of these changes that `begin` lets go are on their way while the block runs, which
        sends them and no others. The remotes raise an error of ours only where nothing was sent:
        then they are queued again. Whatever else breaks leaves them to be read back."""
        change_ids = self.begin(system, composed)
        try:
            yield change_ids
        except SfvtuiError:
            with self.store.write():
                for change_id in change_ids:
                    outbox.move(self.store, change_id, ChangeState.QUEUED)
            raise

    def begin_with(self, system: System, changes: int, *, ahead: float, after: int) -> None:
        """Says that so many changes to a system come now, how long what follows them takes, and how
        many changes that is."""
        what = f"pushing to {system.value.capitalize()}"
        before = len(self.report.tried)
        self._going = Progress(what, 0, changes, ahead=ahead, before=before, after=after)
        if changes:
            self.ctx.progress(self._going)

    def passed(self, changes: int) -> None:
        """Says that so many more had their turn, whatever became of them."""
        going = self._going
        self._going = going._replace(done=min(going.done + changes, going.total or 0))
        self.ctx.progress(self._going)

    def touch_record(self, record_id: str) -> None:
        """Notes that a link was touched: the push's end reconciles it."""
        self.report.touched.add(record_id)
        touch_record(self.store, record_id)


def land(push: Push, change_id: int) -> None:
    """A change has landed, in the caller's transaction."""
    row = outbox.change(push.store, change_id)
    outbox.move(push.store, change_id, ChangeState.LANDED, run=push.run())
    push.report.landed += 1
    push.touch_record(row["record_id"])
    link_id = links.live_id(push.store, row["record_id"])
    if link_id is not None:
        links.lasts(push.store, link_id)


def queue_the_rest(push: Push, change_id: int, in_place: Iterable[str]) -> None:
    """Of a change whose outcome was unknown some fields are in place: the others are queued again
    by themselves, in the caller's transaction."""
    store = push.store
    rest = [i["name"] for i in outbox.fields_of(store, change_id) if i["name"] not in in_place]
    if rest:
        outbox.move(store, outbox.split(store, change_id, rest), ChangeState.QUEUED)


def not_landed(push: Push, row: Row) -> None:
    """A change whose outcome was unknown did not take effect, in the caller's transaction: it waits
    again, or is parked again where it was before its store was brought back from a backup."""
    was = ChangeState.QUEUED if row["code"] is None else ChangeState.PARKED
    outbox.move(push.store, row["change_id"], was)


def perhaps_written(push: Push, row: Row, item: Row, now: str) -> None:
    """Notes a field that was sent, whose reply was lost, and where another value is found now
    (`now`): it may have been there in between. In the caller's transaction."""
    if now == (item["before"] or ""):
        return
    outcome = f"unknown: {now or '(blank)'} was there when it was read back"
    push.note(_field_entry(row, item, before=item["before"], outcome=outcome))


def written(push: Push, row: Row, item: Row, *, before: str | None, stored: str | None) -> None:
    """Notes one field that was written, in the caller's transaction: `before` is what the side
    held just before, `stored` what it holds now (None: not known)."""
    outcome = "landed"
    if stored is not None and stored != (item["after"] or ""):
        outcome = f"stored as {stored or '(blank)'}"
    push.note(_field_entry(row, item, before=before, outcome=outcome))


def _field_entry(row: Row, item: Row, *, before: str | None, outcome: str) -> Entry:
    """The entry of one field of a change that was sent."""
    return Entry(
        "account" if item["name"] == "accountIds" else "update",
        record_id=row["record_id"],
        user_id=row["user_id"],
        system=row["system"],
        field=item["field"] or item["name"],
        before=before,
        after=item["after"],
        why=item["why"],
        outcome=outcome,
    )


def park(
    push: Push, change_id: int, problems: Sequence[Problem], *, names: Mapping[str, str]
) -> bool:
    """Parks a refused change, in the caller's transaction: only the fields that the server blames,
    where it blames some of several (`names`: what it may call a field → the change's name for it).

    Returns whether something of the change is left that may be sent without them.
    """
    store = push.store
    row = outbox.change(store, change_id)
    have = {item["name"] for item in outbox.fields_of(store, change_id)}
    blamed = {names.get(f, f) for p in problems for f in p.fields} & have
    rest = bool(blamed) and blamed != have and row["action"] == "update"
    parked_id = change_id
    if rest:
        parked_id = outbox.split(store, change_id, sorted(blamed))
    problem = problems[0] if problems else Problem("REFUSED", "refused without a reason")
    message = "; ".join(p.message for p in problems) or problem.message
    mend = MENDS.get(problem.code, OTHER_MEND)
    outbox.move(
        store, parked_id, ChangeState.PARKED,
        code=problem.code, message=message, mend=mend, run=push.run(),
    )  # fmt: skip
    _note_parked(push, parked_id, problem.code, message)
    push.report.parked += 1
    push.report.problem(parked_id, row["record_id"], problem.code, message, mend)
    if row["system"] == System.SALESFORCE:
        _park_halves(push, parked_id)
    return rest


def _note_parked(push: Push, change_id: int, code: str, message: str) -> None:
    row = outbox.change(push.store, change_id)
    outcome = f"parked: {code}: {message}"
    if row["action"] == "create":
        creation = Entry(
            "create", record_id=row["record_id"], system=row["system"],
            after=row["external_id"], outcome=outcome,
        )  # fmt: skip
        push.note(creation)
        return
    for item in outbox.fields_of(push.store, change_id):
        push.note(_field_entry(row, item, before=item["before"], outcome=outcome))


def _park_halves(push: Push, change_id: int) -> None:
    """The Vitally halves of edits park with their Salesforce halves."""
    store = push.store
    for half in pending.waiting_halves(store, change_id):
        own = outbox.alone(store, half["change_id"], half["name"])
        outbox.move(
            store, own, ChangeState.PARKED, code=PARKED_WITH_HALF,
            message="its Salesforce half is parked", mend=f"Mend change {change_id}.",
        )  # fmt: skip


def failed(push: Push, change_id: int, code: str, message: str, mend: str) -> None:
    """Notes a change that stays queued though this push tried it."""
    row = pending.find(push.store, change_id)
    if row is not None:  # else a newer decision took it away just now
        push.report.problem(change_id, row["record_id"], code, message, mend)
