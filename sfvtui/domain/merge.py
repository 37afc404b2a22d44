"""The reconcile table: what happens to one pair of one link, given both sides and the base."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sfvtui.domain.fields import Field, FieldType
from sfvtui.domain.mapping import BlankRule, OnConflict, Pair
from sfvtui.domain.values import same


class Act(StrEnum):
    """What a decision asks to be done."""

    NOTHING = "nothing"
    AGREE = "agree"
    """The base becomes the value; nothing is sent."""
    TO_VITALLY = "to_vitally"
    TO_SALESFORCE = "to_salesforce"
    CONFLICT = "conflict"
    STAY = "stay"
    """The difference is kept, with both values, until either moves."""


class ConflictKind(StrEnum):
    """Why a person must decide."""

    BOTH_CHANGED = "both-changed"
    EDIT_MOVED = "edit-moved"
    NO_BASE = "no-base"
    BLANK = "blank"
    LOOP = "loop"
    DELETED = "deleted"
    MERGED = "merged"


@dataclass(frozen=True)
class Sides:
    """The canonical values of a pair on a link. None: not read (sides), or no base yet.

    `modified` and `updated` are the stamps of the whole rows (ISO 8601 UTC), for `newest`.
    """

    salesforce: str | None
    vitally: str | None
    base: str | None = None
    modified: str = ""
    updated: str = ""


@dataclass(frozen=True)
class Decision:
    """What to do, with which value, and the sentence that says why.

    `first` marks what a first comparison (no base) would replace; `replaces` what Vitally's own
    change loses to a pair that is not editable.
    """

    act: Act
    why: str
    value: str = ""
    kind: ConflictKind | None = None
    first: bool = False
    replaces: bool = False


def decide(
    pair: Pair,
    field: Field,
    sides: Sides,
    *,
    stay: tuple[str, str] | None = None,
    careful: bool = False,
) -> Decision:
    """The decision for one pair of one link.

    `stay` is an accepted difference (Salesforce's value, Vitally's value). `careful` is set for a
    pair that was paused and has returned: then only what goes from Salesforce to Vitally, and does
    not blank it, is decided without a person.
    """
    s, v, b = sides.salesforce, sides.vitally, sides.base
    if s is None or v is None:
        return Decision(Act.NOTHING, "not read yet")
    if stay is not None and same(field, s, stay[0]) and same(field, v, stay[1]):
        return Decision(Act.NOTHING, "an accepted difference, kept until either side moves")
    decision = _by_table(pair, field, sides, s, v, b)
    if careful and (
        decision.act is Act.TO_SALESFORCE
        or (decision.act in (Act.TO_VITALLY, Act.STAY) and decision.value == "")
        or decision.kind is ConflictKind.BLANK
    ):
        return _ask(
            ConflictKind.NO_BASE, "the field was paused: what happened meanwhile is not known"
        )
    return decision


def _by_table(pair: Pair, field: Field, sides: Sides, s: str, v: str, b: str | None) -> Decision:
    equal = same(field, s, v)
    if b is None:
        return _first(pair, s, v, equal=equal)
    if equal:
        if same(field, s, b):
            return Decision(Act.NOTHING, "both sides agree")
        return Decision(Act.AGREE, "both sides changed to the same value", s)
    if field.type is FieldType.BOOLEAN and v == "":
        return _to_vitally(pair, s, "a checkbox is never blank: Salesforce's value goes to Vitally")
    s_moved = not same(field, s, b) and not (s == "" and pair.to_vitally is BlankRule.NEVER)
    v_moved = not same(field, v, b) and not (
        v == "" and pair.editable and pair.to_salesforce is BlankRule.NEVER
    )
    match (s_moved, v_moved, pair.editable):
        case (False, False, _):
            return Decision(Act.STAY, "this pair never copies a blank", s)
        case (True, False, _):
            return _to_vitally(pair, s, "Salesforce changed")
        case (False, True, True):
            return _to_salesforce(pair, v, "Vitally changed")
        case (False, True, False):
            why = "Vitally changed, but this pair is not editable: Salesforce's value returns"
            return _to_vitally(pair, s, why, replaces=True)
        case (True, True, False):
            why = "both changed; this pair is not editable: Salesforce's value goes to Vitally"
            return _to_vitally(pair, s, why, replaces=True)
        case _:
            return _both_changed(pair, sides, s, v)


def _first(pair: Pair, s: str, v: str, *, equal: bool) -> Decision:
    if equal:
        return Decision(Act.AGREE, "first comparison: both sides agree", s)
    if s == "" and v != "" and pair.editable:
        if pair.to_vitally is BlankRule.NEVER:
            return Decision(Act.STAY, "first comparison: this pair never copies a blank", s)
        return _ask(ConflictKind.NO_BASE, "first comparison: blank in Salesforce, not in Vitally")
    why = "first comparison: Salesforce's value goes to Vitally"
    return _to_vitally(pair, s, why, first=True)


def _both_changed(pair: Pair, sides: Sides, s: str, v: str) -> Decision:
    match pair.on_conflict:
        case OnConflict.SALESFORCE:
            return _to_vitally(pair, s, "both changed; the pair's rule takes Salesforce")
        case OnConflict.VITALLY:
            return _to_salesforce(pair, v, "both changed; the pair's rule takes Vitally")
        case OnConflict.NEWEST:
            # LastModifiedDate has whole seconds: within one second there is no newer.
            modified, updated = sides.modified[:19], sides.updated[:19]
            if modified > updated:
                return _to_vitally(pair, s, "both changed; the Salesforce row is the newer")
            if updated > modified:
                return _to_salesforce(pair, v, "both changed; the Vitally row is the newer")
            return _ask(ConflictKind.BOTH_CHANGED, "both changed, in the same second")
        case OnConflict.ASK:
            return _ask(ConflictKind.BOTH_CHANGED, "both sides changed, to different values")


def _to_vitally(
    pair: Pair, value: str, why: str, *, first: bool = False, replaces: bool = False
) -> Decision:
    if value == "" and pair.to_vitally is BlankRule.NEVER:
        return Decision(Act.STAY, f"{why}, but this pair never blanks Vitally", value)
    if value == "" and pair.to_vitally is BlankRule.ASK:
        return _ask(ConflictKind.BLANK, f"{why}: Vitally's value would become blank")
    return Decision(Act.TO_VITALLY, why, value, first=first, replaces=replaces)


def _to_salesforce(pair: Pair, value: str, why: str) -> Decision:
    # With `never` a blank of Vitally counts as the same, and does not come here.
    if value == "" and pair.to_salesforce is BlankRule.ASK:
        return _ask(ConflictKind.BLANK, f"{why}: Salesforce's value would become blank")
    return Decision(Act.TO_SALESFORCE, why, value)


def _ask(kind: ConflictKind, why: str) -> Decision:
    return Decision(Act.CONFLICT, why, kind=kind)
