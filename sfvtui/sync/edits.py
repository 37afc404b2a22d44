"""Edits as the outbox holds them: two halves, Salesforce first, that move the base together.

The life of an edit: it remembers the values that its author saw. Its Salesforce half goes first; its
Vitally half waits until that is known to have landed, carries what Salesforce stored, and parks with
it. Only when both have landed does the base move. A resolve and an undo are edits with another origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sfvtui.domain.bound import BoundMapping, BoundPair
from sfvtui.domain.changes import ChangeState, Origin, System
from sfvtui.domain.merge import ConflictKind
from sfvtui.domain.values import same
from sfvtui.mirror import (
    bases,
    conflicts,
    held_back,
    links,
    mappings,
    outbox,
    pending,
    pieces,
    stays,
)
from sfvtui.mirror import edits as typed
from sfvtui.mirror.bases import set_base
from sfvtui.mirror.links import LinkRow
from sfvtui.mirror.outbox import FieldChange
from sfvtui.mirror.store import Row, Store
from sfvtui.sync.context import Context
from sfvtui.sync.moves import remove_halves


@dataclass(frozen=True)
class Wanted:
    """A value that a person wants for a pair of a link, and the two values they saw.

    `one_sided` (a system) sends to that side only and leaves a stay: the undo of a one-sided write.
    `vitally` is Vitally's own value where the sides are to differ again (the undo of writes to both
    sides that had different values before); it leaves a stay as well.
    """

    value: str
    saw_salesforce: str
    saw_vitally: str
    origin: Origin
    why: str
    batch: int | None = None
    one_sided: System | None = None
    vitally: str | None = None

    @property
    def sides(self) -> str | None:
        """What the edit's `one_sided` says: the one side that it goes to, or `EACH` its own."""
        if self.one_sided is not None:
            return self.one_sided.value
        return None if self.vitally is None else EACH


PARKED_WITH_HALF = "WAITS"
"""The code of a Vitally half that is parked only because its Salesforce half is."""

EACH = "each"
"""Each side gets a value of its own."""


def put(ctx: Context, link: LinkRow, pair: BoundPair, wanted: Wanted, *, mapping: int) -> list[int]:
    """Queues a wanted value, in the caller's transaction; returns the numbers of its changes.

    An open edit of the pair is replaced while it is queued or parked (keeping the values first
    seen), and waited for while it is being sent. A conflict of the pair is settled by it.
    """
    store = ctx.store
    conflicts.drop(store, link.target.record_id, pair.name)
    links.lasts(store, link.link_id)
    old = typed.open_of(store, link.link_id, pair.name)
    waits_for = None
    saw_s, saw_v = wanted.saw_salesforce, wanted.saw_vitally
    if old is not None and _on_its_way(store, old["edit_id"]):
        waits_for = old["edit_id"]
        # Whatever waited behind it already is replaced by this one.
        typed.delete_behind(store, waits_for)
    elif old is not None:
        if not _half_landed(store, old, link, pair):
            saw_s, saw_v = old["saw_salesforce"], old["saw_vitally"]
        discard(store, old["edit_id"])
    _clear_reconciled(store, link, pair)
    if waits_for is None and _agrees(pair, wanted, link):
        set_base(store, link.link_id, {pair.name: wanted.value})
        return []
    edit_id = typed.add(
        store, link.link_id, link.target.record_id, pair.name, wanted.value,
        saw_salesforce=saw_s, saw_vitally=saw_v, origin=wanted.origin, who=ctx.actor,
        at=ctx.now(), why=wanted.why, batch=wanted.batch, waits_for=waits_for,
        one_sided=wanted.sides,
    )  # fmt: skip
    if waits_for is not None:
        return []
    return queue_halves(ctx, link, pair, edit_id, mapping=mapping, vitally=wanted.vitally)


def _agrees(pair: BoundPair, wanted: Wanted, link: LinkRow) -> bool:
    sides = link.sides(pair.name)
    return (
        wanted.sides is None
        and same(pair.field, wanted.value, sides.salesforce or "")
        and same(pair.field, wanted.value, sides.vitally or "")
    )


def discard(store: Store, edit_id: int) -> None:
    """Removes an edit and what of it was not sent."""
    remove_halves(store, edit_id)
    typed.delete(store, edit_id)


def queue_halves(
    ctx: Context, link: LinkRow, pair: BoundPair, edit_id: int, *, mapping: int,
    vitally: str | None = None,
) -> list[int]:  # fmt: skip
    """Queues what an edit still has to send: to Salesforce where its value is not there, and to
    Vitally (there `vitally`, where it gets a value of its own), waiting for that."""
    store = ctx.store
    edit = typed.find(store, edit_id)
    assert edit is not None
    sides = link.sides(pair.name)
    only, theirs = edit["one_sided"], edit["value"] if vitally is None else vitally
    to_salesforce = only != System.VITALLY and not same(
        pair.field, edit["value"], sides.salesforce or ""
    )
    to_vitally = only != System.SALESFORCE and not same(pair.field, theirs, sides.vitally or "")
    goes = {
        (System.SALESFORCE.value, pair.name): to_salesforce,
        (System.VITALLY.value, pair.pair.trait): to_vitally,
    }
    held = _held_back(
        store, link.target.record_id, [half for half, needed in goes.items() if needed]
    ) or hold(pair, mappings.paused(store).get(pair.name), to_salesforce=to_salesforce)
    found = []
    for system, name, before, after, needed, waits in (
        (System.SALESFORCE, pair.name, sides.salesforce, edit["value"], to_salesforce, False),
        (System.VITALLY, pair.pair.trait, sides.vitally, theirs, to_vitally, to_salesforce),
    ):
        if needed:
            item = FieldChange(
                system, name, pair.name, before, after, Origin(edit["origin"]),
                edit["why"], held=held, edit_id=edit_id, waits=waits,
                seen_salesforce=edit["saw_salesforce"], seen_vitally=edit["saw_vitally"],
            )  # fmt: skip
            found.append(
                outbox.add_field(
                    store, link.target, item, mapping=mapping, at=ctx.now(), batch=edit["batch"]
                )
            )
    return found


def hold(pair: BoundPair, paused: str | None, *, to_salesforce: bool) -> str | None:
    """Why an edit of a pair may not be sent now; None where it may."""
    if paused is not None or pair.missing:
        return f"{pair.name} is paused: {paused or 'its field is gone'}"
    if to_salesforce and not pair.pair.editable:
        return f"{pair.name} is no longer editable in the mapping"
    if to_salesforce and not pair.field.updateable:
        return f"{pair.name} is no longer updateable by this login"
    return None


def refresh_holds(ctx: Context, bound: BoundMapping, link_id: int) -> None:
    """Holds, or lets go, the edits of a link: pairs that left the mapping, paused or lost
    `editable`, and records out of scope."""
    store = ctx.store
    edits, record = typed.of_link(store, link_id), links.record_of(store, link_id)
    if not edits:
        return
    paused = mappings.paused(store)
    in_scope = record is not None and record["in_scope"] == 1
    for edit in edits:
        halves = pending.halves(store, edit["edit_id"])
        held = _held_back(
            store, edit["record_id"], [(row["system"], row["name"]) for row in halves]
        ) or _reason(bound, edit, halves, paused, in_scope=in_scope)
        for row in halves:
            if row["state"] == ChangeState.QUEUED and held != row["held"]:
                _set_held(store, row["change_id"], row["name"], held)


def _held_back(store: Store, record_id: str, halves: Sequence[tuple[str, str]]) -> str | None:
    """What is said of an edit that a person holds back, by either half; None where nobody does."""
    known = held_back.of_record(store, record_id)
    return next((known[half] for half in halves if half in known), None)


def _reason(
    bound: BoundMapping, edit: Row, halves: list[Row], paused: dict[str, str], *,
    in_scope: bool,
) -> str | None:  # fmt: skip
    """Why what is left of an edit may not be sent now; None where it may."""
    pair = bound.pair(edit["field"])
    traits = {row["name"] for row in halves if row["system"] == System.VITALLY}
    if pair is None or traits - {pair.pair.trait}:
        return f"the pair it was typed for ({edit['field']}) left the mapping"
    if not in_scope:
        return OUT_OF_SCOPE
    to_salesforce = any(row["system"] == System.SALESFORCE for row in halves)
    return hold(pair, paused.get(pair.name), to_salesforce=to_salesforce)


OUT_OF_SCOPE = "its record is out of scope"


def hold_accounts(store: Store) -> None:
    """Holds, or lets go, the queued changes of accounts of the piece's records: nothing is sent for
    a record out of scope."""
    for row in pieces.queued_accounts(store):
        back = _held_back(store, row["record_id"], [(System.VITALLY, row["name"])])
        held = back or (None if row["in_scope"] == 1 else OUT_OF_SCOPE)
        if held != row["held"]:
            _set_held(store, row["change_id"], row["name"], held)


def _set_held(store: Store, change_id: int, name: str, held: str | None) -> None:
    """Holds one field alone: the rest of its change may go."""
    outbox.hold(store, outbox.alone(store, change_id, name), held)


def salesforce_landed(ctx: Context, edit_id: int, stored: str, *, mapping: int) -> None:
    """The Salesforce half of an edit is in place, as `stored`: the Vitally half carries that, and
    may go now; where Vitally has it already the edit is done."""
    store = ctx.store
    edit = typed.find(store, edit_id)
    if edit is None:
        return
    typed.set_stored(store, edit_id, stored)
    for half in pending.halves(store, edit_id):
        if half["system"] == System.VITALLY:
            _release(store, half, None if edit["one_sided"] == EACH else stored)
            return
    finish(ctx, edit_id, mapping=mapping)


def _release(store: Store, waiting: Row, stored: str | None) -> None:
    """Lets the waiting half of an edit go (as `stored`): out of a change whose other fields still
    wait, together with those that were let go before it."""
    change_id = waiting["change_id"]
    still_waits = pending.other_halves(store, change_id, waiting["name"])
    ready = outbox.ready_update(store, waiting["target"])
    if still_waits and ready is None:
        change_id = outbox.split(store, change_id, [waiting["name"]])
    elif ready is not None:
        outbox.move_field(store, change_id, waiting["name"], ready)
        change_id = ready
    if stored is not None:
        outbox.carry(store, change_id, waiting["name"], stored)
    outbox.wait_no_longer(store, change_id)
    if outbox.change(store, change_id)["code"] == PARKED_WITH_HALF:
        outbox.move(store, change_id, ChangeState.QUEUED, code=None, message=None, mend=None)


def finish(ctx: Context, edit_id: int, *, mapping: int) -> None:
    """An edit has landed wherever it had to: the base moves (or, where the sides are to differ, a
    stay is made), and an edit that waited behind it takes its turn."""
    store = ctx.store
    edit = typed.find(store, edit_id)
    if edit is None:
        return
    record = links.record_of(store, edit["link_id"])
    link = links.load(store, record["record_pk"]) if record is not None else None
    if link is not None:
        sides = link.sides(edit["field"])
        if edit["one_sided"] is None:
            set_base(store, edit["link_id"], {edit["field"]: edit["value"]})
        elif sides.salesforce == sides.vitally:
            set_base(store, edit["link_id"], {edit["field"]: sides.salesforce})
        else:
            stays.put(store, edit["link_id"], edit["field"], sides, edit["why"])
    behind = typed.behind(store, edit_id)
    typed.delete(store, edit_id)
    if behind is not None and link is not None:
        bound = mappings.bound(store, ctx.mapping)
        pair = bound.pair(behind["field"]) if bound is not None else None
        if pair is not None:
            sides = link.sides(behind["field"])
            typed.set_seen(store, behind["edit_id"], sides.salesforce or "", sides.vitally or "")
            queue_halves(ctx, link, pair, behind["edit_id"], mapping=mapping)


def moved(ctx: Context, edit_id: int, salesforce: str, vitally: str) -> None:
    """What an edit's author saw is no longer there: the edit becomes a conflict that shows base,
    both sides and the edit; nothing of it is sent."""
    store = ctx.store
    edit = typed.find(store, edit_id)
    if edit is None:
        return
    base = bases.value(store, edit["link_id"], edit["field"])
    remove_halves(store, edit_id)
    conflicts.put(
        store, edit["record_id"], edit["field"], ConflictKind.EDIT_MOVED, link_id=edit["link_id"],
        salesforce=salesforce, vitally=vitally, base=base, edit=edit["value"],
        why="a side moved after this was typed", at=ctx.now(),
    )  # fmt: skip
    typed.delete_behind(store, edit_id)
    typed.delete(store, edit_id)


def _on_its_way(store: Store, edit_id: int) -> bool:
    return bool(pending.states_of_edit(store, edit_id) & {ChangeState.SENDING, ChangeState.UNKNOWN})


def _half_landed(store: Store, edit: Row, link: LinkRow, pair: BoundPair) -> bool:
    """Whether the edit's Salesforce half is in place already: then what it wrote is what is seen."""
    halves = pending.halves(store, edit["edit_id"])
    return not any(half["system"] == System.SALESFORCE for half in halves) and same(
        pair.field, edit["saw_salesforce"], link.sides(pair.name).salesforce or ""
    )


def _clear_reconciled(store: Store, link: LinkRow, pair: BoundPair) -> None:
    """Takes what a reconcile had queued or parked for the pair out of the outbox."""
    for (_, name), row in outbox.open_fields(store, link.target).items():
        if row["field"] != pair.name or row["origin"] != Origin.RECONCILE:
            continue
        if row["state"] == ChangeState.QUEUED:
            outbox.remove_field(store, row["change_id"], name)
        elif row["state"] == ChangeState.PARKED:
            outbox.move(store, row["change_id"], ChangeState.DROPPED)
