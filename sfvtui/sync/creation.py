"""Creating users: what a record's new user would carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import Action, ChangeState, Origin, System
from sfvtui.domain.mapping import MatchBy
from sfvtui.domain.values import to_vitally
from sfvtui.mirror import outbox
from sfvtui.mirror.outbox import FieldChange, Target
from sfvtui.mirror.store import Store

WHY = "approved: a new user"


def compose(
    bound: BoundMapping, values: Mapping[str, str | None], accounts: tuple[str, ...]
) -> list[FieldChange]:
    """What a created user carries: externalId, its account, the non-blank values of all pairs,
    and the match field's value as the match trait; nothing else.

    `values` are the record's canonical values by API name.
    """

    def item(name: str, field: str, after: str | None) -> FieldChange:
        return FieldChange(System.VITALLY, name, field, None, after, Origin.APPROVE, WHY)

    found = [
        item("externalId", "", values.get(bound.external_id_field.name)),
        item("accountIds", "", json.dumps(list(accounts))),
    ]
    rule = bound.mapping.match
    if rule.by is MatchBy.TRAIT:
        found.append(item(rule.trait, bound.match_field.name, values.get(bound.match_field.name)))
    for pair in bound.pairs:
        value = values.get(pair.name)
        if value and not pair.missing and all(f.name != pair.pair.trait for f in found):
            found.append(item(pair.pair.trait, pair.name, value))
    return found


def body(bound: BoundMapping, fields: list[FieldChange]) -> dict[str, Any]:
    """The create request's body for composed fields. Source: Vitally REST API, Users."""
    found: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    for item in fields:
        if item.name == "externalId":
            found["externalId"] = item.after
        elif item.name == "accountIds":
            found["accountIds"] = json.loads(item.after or "[]")
        else:
            pair = bound.pair(item.field)
            own = pair is not None and pair.pair.trait == item.name
            after = item.after or ""
            value = pair.to_vitally(after) if pair and own else to_vitally(bound.match_field, after)
            (found if item.name in ("name", "email") else traits)[item.name] = value
    if traits:
        found["traits"] = traits
    return found


def put_creation(
    store: Store, record_id: str, fields: list[FieldChange], held: str | None, *,
    mapping: int, at: str,
) -> int:  # fmt: skip
    """Queues (or composes anew) the creation of an approved record's user; returns its number.

    A creation that is being sent, unknown or parked is left as it is.
    """
    target = Target(record_id, None)
    external = next((f.after for f in fields if f.name == "externalId"), None)
    old = outbox.creation_of(store, record_id)
    if old is None:
        change_id = outbox.new_change(
            store, target, System.VITALLY, Action.CREATE,
            mapping=mapping, at=at, held=held, external_id=external,
        )  # fmt: skip
    elif old["state"] == ChangeState.QUEUED:
        change_id = int(old["change_id"])
        outbox.compose_anew(store, change_id, held=held, mapping=mapping, external_id=external)
    else:
        return int(old["change_id"])
    for item in fields:
        outbox.insert_field(store, change_id, target.key(System.VITALLY), item)
    return change_id
