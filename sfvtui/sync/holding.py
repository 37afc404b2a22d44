"""Holding changes back: a person keeps queued changes from being sent, and releases them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sfvtui.domain.changes import Action, ChangeState
from sfvtui.errors import Refused, UnknownName
from sfvtui.mirror import held_back, history, links, outbox, pending
from sfvtui.mirror.history import Entry
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch_record
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context

WHY = "held back"
RELEASED = "released"


@dataclass(frozen=True)
class Part:
    """What of a change is held back by itself: a field of an update, or a creation as a whole."""

    record_id: str
    user_id: str | None
    system: str
    name: str
    field: str
    before: str | None
    after: str | None

    def is_of(self, entry: Row) -> bool:
        """Whether an entry of the history is about this part."""
        return (self.system, self.field or self.name or None) == (entry["system"], entry["field"])

    def entry(self, what: str, why: str) -> Entry:
        """The history's entry of it."""
        return Entry(
            what, record_id=self.record_id, user_id=self.user_id, system=self.system,
            field=self.field or self.name or None, before=self.before, after=self.after, why=why,
        )  # fmt: skip


def hold(ctx: Context, numbers: Sequence[int], *, reason: str = "") -> list[int]:
    """Keeps queued changes from being sent until they are released, whatever is decided of their
    fields until then. One half of an edit takes the other along. All or none.

    Raises UnknownName for a number that there is not, Refused for a change that is not queued.
    """
    ctx.refuse_if_read_only("holding changes back")
    reason = reason.strip()
    with act(ctx):
        store, batch = ctx.store, history.new_batch(ctx.store)
        for row in _named(store, numbers, "held back"):
            for part in parts(store, row):
                put(ctx, part, reason)
                why = f"{WHY}: {reason}" if reason else WHY
                _note(ctx, part.entry("pause", why), batch)
            apply(store, row["record_id"])
    return list(numbers)


def release(ctx: Context, numbers: Sequence[int]) -> list[int]:
    """Lets changes go that a person held back; all or none. Raises UnknownName for a number that
    there is not, Refused for a change that nobody holds back."""
    ctx.refuse_if_read_only("releasing changes")
    with act(ctx):
        store, batch = ctx.store, history.new_batch(ctx.store)
        for row in _named(store, numbers, "released"):
            known = held_back.of_record(store, row["record_id"])
            mine = [p for p in parts(store, row) if (p.system, p.name) in known]
            # A half of an edit may have gone with the other one just now.
            if not mine and held_back.is_ours(row["held"]):
                continue
            if not mine:
                why = f": {row['held']}" if row["held"] else ""
                raise Refused(
                    f"Change {row['change_id']} is not held back by a person{why};"
                    " nothing was released.",
                    "Mend the reason, or drop it." if row["held"] else "A push sends it.",
                )
            for part in mine:
                held_back.release(store, part.record_id, part.system, part.name)
                _note(ctx, part.entry("resume", RELEASED), batch)
            apply(store, row["record_id"])
    return list(numbers)


def _named(store: Store, numbers: Sequence[int], done: str) -> list[Row]:
    rows = []
    for number in dict.fromkeys(numbers):
        row = pending.find(store, number)
        if row is None:
            raise UnknownName(f"There is no change {number}.", "`sfvtui outbox` lists them.")
        if row["state"] != ChangeState.QUEUED:
            raise Refused(
                f"Change {number} is {row['state']}; nothing was {done}.",
                "Only queued changes can be: `sfvtui outbox` lists them.",
            )
        rows.append(row)
    return rows


def _note(ctx: Context, entry: Entry, batch: int) -> None:
    history.append(ctx.store, entry, at=ctx.now(), who=ctx.actor, batch=batch)


# --- also for undo


def parts(store: Store, row: Row) -> Iterator[Part]:
    """What is held back with a change: its fields, and the other halves of its edits."""
    if row["action"] == Action.CREATE:
        yield Part(
            row["record_id"], None, row["system"], held_back.CREATION, "", None, row["external_id"]
        )
        return
    for item in outbox.fields_of(store, row["change_id"]):
        halves = pending.halves(store, item["edit_id"]) if item["edit_id"] is not None else ()
        yield _part(row, item)
        yield from (
            _part(half, half)
            for half in halves
            if half["system"] != row["system"] and half["state"] == ChangeState.QUEUED
        )


def _part(row: Row, item: Row) -> Part:
    return Part(
        row["record_id"], row["user_id"], row["system"], item["name"], item["field"],
        item["before"], item["after"],
    )  # fmt: skip


def put(ctx: Context, part: Part, reason: str) -> None:
    """Holds one part back, in the caller's transaction; `apply` makes the changes say so. A person
    decided something of the link: it lasts."""
    held_back.put(
        ctx.store, part.record_id, part.system, part.name, part.field,
        who=ctx.actor, at=ctx.now(), reason=reason,
    )  # fmt: skip
    link_id = links.live_id(ctx.store, part.record_id)
    if link_id is not None:
        links.lasts(ctx.store, link_id)


def apply(store: Store, record_id: str) -> None:
    """Makes the queued changes of a record say what is held back, in the caller's transaction: what
    is held stands in a change of its own. The record is decided again."""
    known = held_back.of_record(store, record_id)
    for row in pending.queued_of_record(store, record_id):
        if row["action"] == Action.CREATE:
            _say(store, row, row["change_id"], known.get((row["system"], held_back.CREATION)))
            continue
        groups: dict[str | None, list[str]] = {}
        for item in outbox.fields_of(store, row["change_id"]):
            groups.setdefault(known.get((row["system"], item["name"])), []).append(item["name"])
        first, *others = groups
        for said in others:
            _say(store, row, outbox.split(store, row["change_id"], groups[said]), said)
        _say(store, row, row["change_id"], first)
    touch_record(store, record_id)


def _say(store: Store, row: Row, change_id: int, said: str | None) -> None:
    if said != row["held"] and (said is not None or held_back.is_ours(row["held"])):
        outbox.hold(store, change_id, said)
