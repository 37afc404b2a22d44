"""Undo of values: what was typed and not sent goes; what was written gets its former value back.

A value that was written to one side only goes back on that side, and leaves a stay; an edit's goes
back on both. What changed since it was written is no longer ours to put back: it becomes a conflict
that shows the former value beside what is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sfvtui.domain.bound import BoundPair
from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.domain.merge import ConflictKind
from sfvtui.domain.preflight import preflight
from sfvtui.domain.values import same
from sfvtui.domain.values import typed as as_typed
from sfvtui.mirror import conflicts, history, links, mappings, outbox, stays
from sfvtui.mirror import edits as typed
from sfvtui.mirror.history import Entry
from sfvtui.mirror.links import LinkRow
from sfvtui.mirror.store import Row, Store
from sfvtui.sync import edits
from sfvtui.sync.edits import Wanted
from sfvtui.sync.undo_unsent import next_typed, take_unsent, type_again, typed_back, writes
from sfvtui.sync.undoing import Undoing, of_entries

TYPED = frozenset({"edit", "resolve", "undo"})
"""The entries in which a person wants a value."""

STORED_AS = "stored as "


@dataclass
class Former:
    """A side's value before the entries (`value`), and after them (None: whatever is there)."""

    value: str
    then: str | None


@dataclass
class Pairs:
    """What the entries of one pair of a record come to, on each side that they wrote."""

    record_id: str
    name: str
    entries: list[int] = field(default_factory=list)
    sides: dict[System, Former] = field(default_factory=dict)
    sent: bool = False
    """Whether the history shows that anything of them was written."""

    def add(self, system: System, former: str | None, then: str | None) -> None:
        """Takes up one entry's write; entries come newest first, so the oldest `former` stays."""
        known = self.sides.get(system)
        if known is None:
            self.sides[system] = Former(former or "", then)
        else:
            known.value = former or ""


def undo(do: Undoing, rows: Sequence[Row]) -> None:
    """Undoes these entries of values (newest first), in the caller's transaction."""
    pairs: dict[tuple[str, str], Pairs] = {}
    gone: set[tuple[str, str, int]] = set()
    for row in rows:
        name = (row["record_id"], row["field"], row["batch"])
        if name in gone:
            continue
        if row["what"] in TYPED:
            answer = take_unsent(do, row)
            if answer is True:
                gone.add(name)
                continue
            if isinstance(answer, str):
                do.cannot([row["entry"]], answer)
                continue
            former = typed_back(do.store, row)
            if former is not None:
                reason = type_again(do, row, former)
                if reason is not None:
                    do.cannot([row["entry"]], reason)
                continue
        if row["what"] == "drop" and _was_reconciled(do.store, row):
            reason = _decide_again(do, row)
            if reason is not None:
                do.cannot([row["entry"]], reason)
            continue
        if str(row["outcome"]).startswith("parked"):
            do.cannot([row["entry"]], "nothing was written: it was parked")
            continue
        pair = pairs.setdefault(name[:2], Pairs(row["record_id"], row["field"]))
        pair.entries.append(row["entry"])
        _FORMERS[row["what"]](do.store, pair, row)
    for pair in pairs.values():
        reason = _plan(do, pair)
        if reason is not None:
            do.cannot(pair.entries, reason)


# --- what a person dropped


def _was_reconciled(store: Store, row: Row) -> bool:
    """Whether a dropped change had come from reconciling: then it left a stay."""
    number = str(row["why"]).removeprefix("change ")
    return number.isdigit() and any(
        item["field"] == row["field"] and item["origin"] == Origin.RECONCILE
        for item in outbox.fields_of(store, int(number))
    )


def _decide_again(do: Undoing, row: Row) -> str | None:
    """Removes the stay that a drop left, so that the pair is decided anew."""
    link_id = links.live_id(do.store, row["record_id"])
    if link_id is None or not stays.drop(do.store, link_id, row["field"]):
        return "the difference that it left was decided again already"
    do.done(
        Entry(
            "undo", record_id=row["record_id"], user_id=row["user_id"], system=row["system"],
            field=row["field"], before=row["before"], after=row["after"],
            why=of_entries([row["entry"]]), outcome="decided again",
        )
    )  # fmt: skip
    return None


# --- the former values that entries name


def _of_update(_: Store, pair: Pairs, row: Row) -> None:
    pair.sent = True
    pair.add(System(row["system"]), row["before"], _stored(row))


def _of_typed(store: Store, pair: Pairs, row: Row) -> None:
    """An edit's former value goes to both sides; a resolve's are each side's own; an undo that gave
    sides values of their own has an entry for each."""
    written = writes(store, row, next_typed(store, row))
    pair.sent = pair.sent or bool(written)
    for system in System:
        if row["system"] not in (None, system):
            continue
        update = written.get(system)
        former = row["before"]
        if row["what"] == "resolve" and system is System.VITALLY:
            former = update["before"] if update is not None else row["after"]
        then = _stored(update) if update is not None else row["after"] or ""
        pair.add(system, former, then)


def _of_drop(_: Store, pair: Pairs, row: Row) -> None:
    """A typed value that was dropped is typed again, on the sides that it had to go to."""
    pair.sent = True
    for system in System:
        if row["system"] in (None, system):
            pair.add(system, row["after"], None)


_FORMERS = {
    "update": _of_update,
    "edit": _of_typed,
    "resolve": _of_typed,
    "undo": _of_typed,
    "drop": _of_drop,
}


def _stored(update: Row) -> str:
    """What a side held after a write: what was sent, or what was stored instead."""
    outcome = str(update["outcome"])
    if not outcome.startswith(STORED_AS):
        return update["after"] or ""
    stored = outcome.removeprefix(STORED_AS)
    return "" if stored == "(blank)" else stored


# --- planning the way back


def _plan(do: Undoing, pairs: Pairs) -> str | None:
    """Plans the former values of a pair, or makes a conflict of them; returns why not."""
    store = do.store
    link = links.load_of(store, pairs.record_id)
    pair = do.bound.pair(pairs.name)
    if link is None:
        return "its record is not linked any more"
    if link.record["in_scope"] != 1:
        return "its record is out of scope: nothing is sent for it"
    if pair is None:
        return f"{pairs.name} left the mapping"
    sides = link.sides(pair.name)
    if sides.salesforce is None or sides.vitally is None:
        return f"{pair.name} was not read yet: pull first"
    now = {System.SALESFORCE: sides.salesforce, System.VITALLY: sides.vitally}
    reason = _unfit(do, link, pair, pairs, now)
    if reason is not None:
        return reason
    if _changed_since(pair, pairs, now):
        if not pairs.sent:
            return "it was never sent: a later edit, or a drop, took its place"
        _conflict(do, link, pair, pairs, now)
        return None
    _put(do, link, pair, pairs, now)
    return None


def _unfit(
    do: Undoing, link: LinkRow, pair: BoundPair, pairs: Pairs, now: dict[System, str]
) -> str | None:
    """Why former values cannot be planned whatever the sides hold."""
    store = do.store
    open_edit = typed.latest_of(store, link.link_id, pair.name)
    if open_edit is not None and not _typed_before(store, pairs):
        return "a later value for it is in the outbox: undo or push that first"
    for name in ((System.SALESFORCE, pair.name), (System.VITALLY, pair.pair.trait)):
        item = outbox.open_fields(store, link.target).get(name)
        if item is not None and item["state"] in (ChangeState.SENDING, ChangeState.UNKNOWN):
            return "a change of it is on its way: push first"
    if all(same(pair.field, now[s], former.value) for s, former in pairs.sides.items()):
        return "its former value is there already"
    paused = mappings.paused(store).get(pair.name)
    for system, former in pairs.sides.items():
        if same(pair.field, now[system], former.value):
            continue
        ours = system is System.SALESFORCE
        problem = (
            preflight(pair.field, former.value) if ours else pair.vitally_problem(former.value)
        )
        reason = edits.hold(pair, paused, to_salesforce=ours) or problem
        if reason is not None:
            return reason
    return None


def _typed_before(store: Store, pairs: Pairs) -> bool:
    """Whether the value that is in the outbox is no newer than what is undone: a half of it is
    that, and the rest goes with it."""
    last = history.last_wanted(store, pairs.record_id, pairs.name)
    return last is not None and bool(last["entry"] <= max(pairs.entries))


def _changed_since(pair: BoundPair, pairs: Pairs, now: dict[System, str]) -> bool:
    """Whether a side is neither as the entries left it, nor as it was before. Where they wrote one
    side only, the other one must be as they left that one."""
    for system, value in now.items():
        other = next(s for s in System if s is not system)
        former = pairs.sides.get(system) or pairs.sides[other]
        if former.then is None:
            continue
        if not same(pair.field, value, former.then) and not same(pair.field, value, former.value):
            return True
    return False


def _conflict(
    do: Undoing, link: LinkRow, pair: BoundPair, pairs: Pairs, now: dict[System, str]
) -> None:
    """The former value is shown beside what is there now; nothing is sent before a person says."""
    former = pairs.sides.get(System.SALESFORCE) or pairs.sides[System.VITALLY]
    conflicts.put(
        do.store, pairs.record_id, pair.name, ConflictKind.EDIT_MOVED, link_id=link.link_id,
        salesforce=now[System.SALESFORCE], vitally=now[System.VITALLY],
        base=link.sides(pair.name).base, edit=former.value,
        why="it changed after what was to be undone", at=do.ctx.now(),
    )  # fmt: skip
    do.report.conflicts.append({"record": pairs.record_id, "field": pair.name})
    do.done(
        Entry(
            "undo", record_id=pairs.record_id, user_id=link.target.user_id, field=pair.name,
            before=now[System.SALESFORCE], after=former.value, why=of_entries(pairs.entries),
            outcome="conflict: it changed since",
        )
    )  # fmt: skip


def _put(do: Undoing, link: LinkRow, pair: BoundPair, pairs: Pairs, now: dict[System, str]) -> None:
    """Plans the former values like an edit."""
    formers = {system: former.value for system, former in pairs.sides.items()}
    one_sided, vitally = None, None
    value = formers.get(System.SALESFORCE, formers.get(System.VITALLY, ""))
    if len(formers) == 1:
        (one_sided,) = formers
    elif not same(pair.field, *formers.values()):
        vitally = formers[System.VITALLY]
    wanted = Wanted(
        value, now[System.SALESFORCE], now[System.VITALLY], Origin.UNDO, do.why, do.batch,
        one_sided, vitally,
    )  # fmt: skip
    do.numbers += edits.put(do.ctx, link, pair, wanted, mapping=do.mapping)
    do.report.planned += 1
    both = one_sided is None and vitally is None
    for system in (None,) if both else sorted(formers):
        do.done(
            Entry(
                "undo", record_id=pairs.record_id, user_id=link.target.user_id,
                system=system, field=pair.name, before=now[system or System.SALESFORCE],
                after=formers[system or System.SALESFORCE], why=of_entries(pairs.entries),
            )
        )  # fmt: skip
    if one_sided is not None:
        do.report.notes.append(_stays(do, pair, pairs, one_sided, now))
    if not pair.pair.editable:
        do.report.notes.append(
            f"{pairs.record_id} {pair.name} is not editable: Salesforce's next change of it will"
            " overwrite what goes back to Vitally."
        )


def _stays(
    do: Undoing, pair: BoundPair, pairs: Pairs, one_sided: System, now: dict[System, str]
) -> str:
    """What the side keeps that the entries did not write, and what takes back both."""
    other = next(system for system in System if system is not one_sided)
    kept = as_typed(pair.field, now[other]) or "a blank"
    words = f"{pairs.record_id} {pair.name}: {other.value.capitalize()} keeps {kept}"
    edit = history.last_wanted(do.store, pairs.record_id, pairs.name, before=min(pairs.entries))
    if edit is None or not same(pair.field, edit["after"] or "", now[other]):
        return f"{words}."
    return f"{words}; entry {edit['entry']}, the {edit['what']}, takes back both."
