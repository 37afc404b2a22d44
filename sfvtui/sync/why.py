"""Why: how a record's state and its pairs' values came about, end to end, and what happens next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sfvtui.domain.bound import BoundMapping, BoundPair
from sfvtui.domain.changes import ChangeState, System
from sfvtui.domain.mapping import MatchBy
from sfvtui.domain.merge import Act, Sides, decide
from sfvtui.domain.values import show, to_json
from sfvtui.mirror import (
    conflicts,
    edits,
    flags,
    history,
    links,
    mappings,
    modifiers,
    outbox,
    pending,
    records,
    stays,
)
from sfvtui.mirror.links import LinkRow
from sfvtui.mirror.outbox import Target
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.users import stored_user
from sfvtui.sync.context import Context
from sfvtui.sync.edit import known_pair
from sfvtui.sync.match import RULE
from sfvtui.sync.prepare import prepare
from sfvtui.sync.pull_salesforce import known_record

NAMES = {System.SALESFORCE.value: "Salesforce", System.VITALLY.value: "Vitally"}
ENTRIES = 3
"""How many entries of the history an explanation tells; `history --record` has them all."""
WIDEST = 80
VERBS = {"edit": "edited it", "resolve": "settled its conflict", "undo": "undid it",
         "drop": "dropped a change of it"}  # fmt: skip


@dataclass(frozen=True)
class WhyReport:
    """A record explained. `state` is None for one that left every list."""

    record: str
    state: str | None
    flags: list[str]
    state_why: str
    user: str | None
    fields: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {
            "record": self.record,
            "state": self.state,
            "flags": self.flags,
            "state_why": self.state_why,
            "user": self.user,
            "fields": self.fields,
        }


def why(ctx: Context, record: str, field: str | None = None) -> WhyReport:
    """Explains a record, and all its pairs or one of them, from the mirror alone.

    Raises UnknownName for a record that the mirror, or a field that the mapping does not have.
    """
    bound = prepare(ctx)
    record_id = known_record(ctx, record)
    assert bound is not None, "a mirror that has a record was bound"
    pairs = bound.pairs if field is None else (known_pair(bound, field),)
    store = ctx.store
    with store.read():
        row = records.by_id(store, record_id)
        assert row is not None
        link = links.load(store, row["record_pk"])
        raised = flags.of_record(store, row["record_pk"])
        said = [_state_why(store, bound, row, link), *(f"{f}: {w}" for f, w in raised.items())]
        return WhyReport(
            record=record_id,
            state=row["record_state"],
            flags=list(raised),
            state_why="; ".join(said),
            user=link.target.user_id if link is not None else None,
            fields=[_explain(_Asked(store, bound, row, link, pair)) for pair in pairs],
        )


def next_steps(
    store: Store, bound: BoundMapping, record: Row, link: LinkRow | None
) -> dict[str, str]:
    """What happens next with each pair of a record, by API name."""
    found = {}
    for pair in bound.pairs:
        edit = edits.latest_of(store, link.link_id, pair.name) if link is not None else None
        found[pair.name] = _next(_Asked(store, bound, record, link, pair), edit)
    return found


@dataclass(frozen=True)
class _Asked:
    """One pair of the record that is explained."""

    store: Store
    bound: BoundMapping
    record: Row
    link: LinkRow | None
    pair: BoundPair

    @property
    def record_id(self) -> str:
        return str(self.record["record_id"])

    @property
    def sides(self) -> Sides:
        if self.link is not None:
            return self.link.sides(self.pair.name)
        return Sides(salesforce=self.record[self.pair.name], vitally=None)

    def told(self, value: str | None) -> str:
        """A value in a sentence."""
        if not value:
            return "not read" if value is None else "blank"
        text = show(self.pair.field, value)
        return f'"{text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"}"'


def _explain(asked: _Asked) -> dict[str, Any]:
    pair, sides, link = asked.pair, asked.sides, asked.link
    edit = edits.latest_of(asked.store, link.link_id, pair.name) if link is not None else None
    return {
        "field": pair.name,
        "trait": pair.pair.trait,
        "base": to_json(pair.field, sides.base),
        "salesforce": to_json(pair.field, sides.salesforce),
        "vitally": pair.shown_in_vitally(sides.vitally),
        "edit": to_json(pair.field, edit["value"]) if edit is not None else None,
        "next": _next(asked, edit),
        "because": ". ".join(_because(asked, edit)) + ".",
    }


# --- the record's state


def _state_why(store: Store, bound: BoundMapping, row: Row, link: LinkRow | None) -> str:
    if row["record_state"] is None:
        return "it is gone" if row["gone_why"] is not None else "it is out of scope"
    if link is None:
        why = row["state_why"] or str(row["record_state"]).replace("_", " ")
        values = match_words(bound, row)
        return f"{why}: {values}" if values and "match" in why else why
    made = links.find(store, link.link_id)
    assert made is not None
    rule = _rule(bound, row, link)
    if made["made_by"] == RULE:
        return f"linked by the match rule at {made['made_at']}: {rule}"
    by = f"linked by {made['made_by']} at {made['made_at']}" + (
        f": {made['why']}" if made["why"] else " by hand"
    )
    return f"{by}; {rule}"


def match_words(bound: BoundMapping, row: Row) -> str:
    """The match rule with the value of an unlinked record that it looked for; empty text where the
    value is not read yet. `row` is a row of `record`."""
    rule, value = bound.mapping.match, row[bound.match_field.name]
    theirs = "externalId" if rule.by is MatchBy.EXTERNAL_ID else rule.trait
    shown = f'is "{value}"' if value else "is blank"
    return f"{bound.match_field.name} {shown}, to equal {theirs}" if value is not None else ""


def _rule(bound: BoundMapping, row: Row, link: LinkRow) -> str:
    """The rule with the values that it compares, and whether they are equal today."""
    rule = bound.mapping.match
    theirs = "externalId" if rule.by is MatchBy.EXTERNAL_ID else rule.trait
    ours, other = row[bound.match_field.name], bound.user_key_source(stored_user(link.user))
    if row["match_key"] is not None and row["match_key"] == link.user["match_key"]:
        return f'{bound.match_field.name} equals {theirs} ("{ours}")'
    return f'today {bound.match_field.name} is "{ours or ""}" and {theirs} "{other or ""}"'


# --- what happens next


def _next(asked: _Asked, edit: Row | None) -> str:
    """What the next push, pull or person does about the pair."""
    pair, link, store = asked.pair, asked.link, asked.store
    paused = mappings.paused(store).get(pair.name)
    if paused is not None:
        return f"nothing: paused ({paused})"
    if link is None:
        return _next_unlinked(asked)
    conflict = conflicts.of_links(store, [link.link_id]).get((link.link_id, pair.name))
    if conflict is not None:
        return f"a person decides ({conflict['kind']}): {conflict['why']}"
    waiting = list(_next_changes(asked, link.target))
    if waiting:
        behind = edit is not None and edit["waits_for"] is not None
        return "; ".join([*waiting, *(["then the later edit"] if behind else [])])
    if asked.record["in_scope"] != 1:
        return "nothing: its record is out of scope"
    if asked.sides.salesforce is None or asked.sides.vitally is None:
        return "nothing before it is read: the next pull reads it"
    kept = stays.of_links(store, [link.link_id]).get((link.link_id, pair.name))
    decision = decide(pair.pair, pair.field, asked.sides, stay=kept)
    if decision.act is Act.NOTHING:
        return f"nothing: {decision.why}"
    return f"decided when it is next looked at: {decision.why}"


def _next_unlinked(asked: _Asked) -> str:
    store, row = asked.store, asked.record
    creation = outbox.creation_of(store, asked.record_id)
    if creation is None:
        if row["gone_why"] is not None:
            return f"nothing: its record is gone ({row['gone_why']}) and has no user"
        state = (row["record_state"] or "out of scope").replace("_", " ")
        return f"nothing: its record has no user ({state})"
    if creation["state"] != ChangeState.QUEUED:
        return f"the creation of its user is {creation['state']} (change {creation['change_id']})"
    if creation["held"] is not None:
        return f"nothing: the creation of its user is held: {creation['held']}"
    fields = outbox.fields_of(store, creation["change_id"])
    item = next((item for item in fields if item["name"] == asked.pair.pair.trait), None)
    carries = asked.told(item["after"]) if item is not None else "without this value"
    return f"the next push makes its user, {carries} (change {creation['change_id']})"


def _next_changes(asked: _Asked, target: Target) -> Iterator[str]:
    """The open changes of the pair, Salesforce's first."""
    found = outbox.open_fields(asked.store, target)
    for system, name in (
        (System.SALESFORCE, asked.pair.name),
        (System.VITALLY, asked.pair.pair.trait),
    ):
        item = found.get((system, name))
        if item is None:
            continue
        number, side = f"change {item['change_id']}", NAMES[system]
        value = asked.told(item["after"] or "")
        match ChangeState(item["state"]):
            case ChangeState.PARKED:
                change = pending.find(asked.store, item["change_id"])
                assert change is not None
                told = f"{change['message']} {change['mend'] or ''}".strip()
                yield f"{number} to {side} is parked: {told}"
            case ChangeState.QUEUED if item["held"] is not None:
                yield f"{number} to {side} is held: {item['held']}"
            case ChangeState.QUEUED if item["waits"]:
                yield f"then {value} goes to {side} ({number})"
            case ChangeState.QUEUED:
                yield f"the next push writes {value} to {side} ({number})"
            case _:
                yield f"the next push first reads back what became of {number} to {side}"


# --- how it came about


def _because(asked: _Asked, edit: Row | None) -> Iterator[str]:
    store, link, pair = asked.store, asked.link, asked.pair
    if link is None:
        yield f"Not linked: {asked.record['state_why'] or 'its record is in no list'}"
        yield _writers(asked)
        return
    yield f"Record and user: {_state_why(store, asked.bound, asked.record, link)}"
    base = asked.sides.base
    yield (
        "No base yet: the two sides never agreed on it"
        if base is None
        else f"Both sides last agreed on {asked.told(base)}"
    )
    yield _writers(asked)
    yield from _entries(asked)
    kept = stays.of_links(store, [link.link_id]).get((link.link_id, pair.name))
    if kept is not None:
        yield (
            f"An accepted difference ({stays.reasons(store, link.link_id)[pair.name]}) while"
            f" Salesforce has {asked.told(kept[0])} and Vitally {asked.told(kept[1])}"
        )
    if edit is not None:
        yield (
            f"{edit['who']} wants {asked.told(edit['value'])} since {edit['at']}, and saw"
            f" {asked.told(edit['saw_salesforce'])} in Salesforce and"
            f" {asked.told(edit['saw_vitally'])} in Vitally"
        )


def _writers(asked: _Asked) -> str:
    """Who wrote the rows last: Salesforce names the last modifier, Vitally names nobody."""
    row = asked.record
    by = ", and does not say by whom"
    if row["modified_by"]:
        name = modifiers.name_of(asked.store, row["modified_by"])
        by = f" by {name} ({row['modified_by']})" if name else f" by {row['modified_by']}"
    said = f"Salesforce's row was last changed at {row['modified_at'] or 'a time not told'}{by}"
    if asked.link is None:
        return said
    at = asked.link.user["updated_at"] or "a time not told"
    return f"{said}; Vitally's user at {at}, and Vitally does not say by whom"


def _entries(asked: _Asked) -> Iterator[str]:
    """The newest entries of the pair: what runs wrote, what people decided."""
    rows = history.of_pair(asked.store, asked.record_id, asked.pair.name, limit=ENTRIES + 1)
    for row in rows[:ENTRIES]:
        values = f"{asked.told(row['before'] or '')} → {asked.told(row['after'] or '')}"
        if row["run"] is not None and row["system"]:
            who = f"Run {row['run']} ({row['who']}, {row['at']}) wrote {NAMES[row['system']]}"
            yield f"{who}: {values}, {row['outcome']}, because {row['why']}"
        else:
            done = VERBS.get(row["what"], row["what"])
            why = f" ({row['why']})" if row["why"] else ""
            yield f"{row['who']} {done} at {row['at']}: {values}{why}"
    if len(rows) > ENTRIES:
        yield "Earlier entries are in the history"
