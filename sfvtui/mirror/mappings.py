"""The mapping's versions, the org's describes, and the pairs as the store knows them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sfvtui.domain.bound import BoundMapping, BoundPair
    from sfvtui.domain.fields import Field, SObject
    from sfvtui.domain.listing import Listing
    from sfvtui.domain.mapping import Mapping as Answers
    from sfvtui.mirror.store import Row, Store

SETTLED = "settled_for"
"""In `meta`: `Settled`, as JSON. Gone as soon as a describe or a pair is another one."""


class Settled(NamedTuple):
    """What the store was last found to fit, with nothing to decide."""

    toml: str
    """The mapping."""
    daily: bool
    """Whether another day changes that."""
    listing: dict[str, Any]
    """What lists show of it (`Listing.as_json`)."""


def latest(store: Store) -> tuple[int, str] | None:
    """The newest mapping's version and TOML text; None in a new store."""
    row = store.row("SELECT version, toml FROM mapping ORDER BY version DESC LIMIT 1")
    return None if row is None else (row["version"], row["toml"])


def versions(store: Store, limit: int) -> list[Row]:
    """The mapping's versions, the newest first: version, at, who, toml."""
    return store.rows("SELECT * FROM mapping ORDER BY version DESC LIMIT ?", limit)


def confirmed(store: Store) -> bool:
    """Whether a first push of the newest mapping was confirmed by a person."""
    return bool(
        store.value("SELECT confirmed_at FROM mapping ORDER BY version DESC LIMIT 1") is not None
    )


def confirm(store: Store, at: str, who: str) -> None:
    """Notes that a person confirmed the first push of the newest mapping."""
    store.db.execute(
        "UPDATE mapping SET confirmed_at = ?, confirmed_by = ?"
        " WHERE version = (SELECT MAX(version) FROM mapping)",
        (at, who),
    )


def add_version(store: Store, at: str, who: str, toml: str) -> int:
    """Keeps a new version of the mapping; its first push will ask."""
    cursor = store.db.execute(
        "INSERT INTO mapping(at, who, toml) VALUES (?, ?, ?)", (at, who, toml)
    )
    return int(cursor.lastrowid or 0)


def fitted(store: Store) -> tuple[int, str | None]:
    """The newest mapping's version, and what the store's columns are computed for (`bound` in
    `meta`): both together are others after any change of the mapping, and after one there and back."""
    newest = store.value("SELECT MAX(version) FROM mapping")
    return newest or 0, store.get("bound")


def settle(store: Store, found: Settled) -> None:
    """Notes that the store fits a mapping."""
    text = json.dumps(found._asdict())
    if store.get(SETTLED) != text:
        store.put(SETTLED, text)


def settled(store: Store) -> Settled | None:
    """What the store fits; None where it must be looked at."""
    text = store.get(SETTLED)
    return None if text is None else Settled(**json.loads(text))


def listing(store: Store) -> Listing | None:
    """What lists show of the newest mapping; None before the first pull."""
    newest = latest(store)
    if newest is None:
        return None
    found = settled(store)
    if found is not None and found.toml == newest[1]:
        from sfvtui.domain.listing import listing_of

        return listing_of(found.listing)
    whole = current(store)
    return None if whole is None else whole.listing()


def current(store: Store) -> BoundMapping | None:
    """The newest mapping bound to the last describe; None before the first pull."""
    newest = latest(store)
    if newest is None:
        return None
    from sfvtui.config import parse_mapping

    return bound(store, parse_mapping(newest[1]))


def save_describe(store: Store, name: str, at: str, body: Mapping[str, Any]) -> None:
    """Keeps the body of an object's describe, with its date."""
    store.put(SETTLED, None)
    store.db.execute(
        "INSERT OR REPLACE INTO describe VALUES (?, ?, ?)", (name, at, json.dumps(body))
    )


def sobject(store: Store, name: str) -> SObject | None:
    """The object as it was last described, its parents attached; None before the first pull."""
    bodies = {
        row["object"]: json.loads(row["json"]) for row in store.rows("SELECT * FROM describe")
    }
    own = next((bodies[key] for key in bodies if key.lower() == name.lower()), None)
    if own is None:
        return None
    from sfvtui.domain.fields import parse_describe

    parents = [parse_describe(body) for key, body in bodies.items() if body is not own]
    return parse_describe(own, parents)


def bound(store: Store, mapping: Answers) -> BoundMapping | None:
    """The mapping bound to the last describe; None before the first pull."""
    described = sobject(store, mapping.object)
    if described is None:
        return None
    from sfvtui.domain.bound import bind

    return bind(mapping, described, once=once(store), kept=kept(store))


def once(store: Store) -> dict[str, Field]:
    """The fields of all pairs as they were last described, by lower-cased name."""
    from sfvtui.domain.fields import parse_describe

    found = {}
    for row in store.rows("SELECT field, described FROM pair"):
        raw = json.loads(row["described"])
        field = parse_describe({"name": "x", "fields": [raw]}).field(raw["name"].split(".")[-1])
        if field is not None:
            found[row["field"].lower()] = field._replace(name=row["field"])
    return found


def kept(store: Store) -> dict[str, str]:
    """The signatures of the pairs that the mapping had until now, by lower-cased API name."""
    rows = store.rows("SELECT field, signature FROM pair WHERE active = 1")
    return {row["field"].lower(): row["signature"] for row in rows}


def paused(store: Store) -> dict[str, str]:
    """The paused pairs: API name → reason."""
    rows = store.rows("SELECT field, paused FROM pair WHERE active = 1 AND paused IS NOT NULL")
    return {row["field"]: row["paused"] for row in rows}


def careful(store: Store) -> set[str]:
    """The pairs that returned from a pause and were not decided since."""
    return {row[0] for row in store.rows("SELECT field FROM pair WHERE active = 1 AND careful = 1")}


def trust_again(store: Store) -> None:
    """Ends the care with which pairs are decided that returned from a pause."""
    store.db.execute("UPDATE pair SET careful = 0 WHERE careful = 1 AND paused IS NULL")


def pause_reason(store: Store, field: str) -> str | None:
    """Why a pair is paused; None where it is not."""
    found: str | None = store.value("SELECT paused FROM pair WHERE field = ?", field)
    return found


def pause(store: Store, field: str, why: str, at: str) -> bool:
    """Pauses a pair; returns whether that (or the reason) is news."""
    news = store.db.execute(
        "UPDATE pair SET paused = ?, paused_at = ? WHERE field = ? AND paused IS NOT ?",
        (why, at, field, why),
    )
    return bool(news.rowcount)


def resume(store: Store, field: str) -> None:
    """Ends the pause of a pair: its first decisions after that are careful ones."""
    store.db.execute(
        "UPDATE pair SET paused = NULL, paused_at = NULL, careful = 1 WHERE field = ?", (field,)
    )


def active(store: Store) -> list[str]:
    """The pairs that the mapping had until now."""
    return [row[0] for row in store.rows("SELECT field FROM pair WHERE active = 1")]


def begin_anew(store: Store, field: str) -> None:
    """A pair that is new, or another one than it was, is neither paused nor careful."""
    store.db.execute("UPDATE pair SET paused = NULL, careful = 0 WHERE field = ?", (field,))


def leave(store: Store, field: str) -> None:
    """A pair is not in the mapping any more."""
    store.put(SETTLED, None)
    store.db.execute("UPDATE pair SET active = 0 WHERE field = ?", (field,))


def describe_of(field: Field) -> str:
    """A field as JSON in the describe's own words: what is kept of a pair for when it vanishes."""
    return json.dumps(
        {
            "name": field.name.split(".")[-1],
            "label": field.label,
            "type": "textarea" if field.type.value == "richtext" else field.type.value,
            "htmlFormatted": field.type.value == "richtext",
            "length": field.length,
            "precision": field.precision,
            "scale": field.scale,
            "digits": field.digits,
            "updateable": field.updateable,
            "nillable": field.nillable,
            "calculated": field.calculated,
            "restrictedPicklist": field.restricted,
            "picklistValues": [
                {"value": v.value, "label": v.label, "active": v.active} for v in field.picklist
            ],
        }
    )


def keep_pair(store: Store, pair: BoundPair) -> bool:
    """Keeps a pair as it is now; returns whether its bases are void (it is new, or another pair
    than it was: field, trait, type or values changed)."""
    store.put(SETTLED, None)
    old = store.row("SELECT * FROM pair WHERE field = ?", pair.name)
    store.db.execute(
        "INSERT INTO pair(field, trait, signature, described, active) VALUES (?, ?, ?, ?, 1)"
        " ON CONFLICT(field) DO UPDATE SET trait = excluded.trait, active = 1,"
        " signature = excluded.signature, described = excluded.described",
        (pair.name, pair.pair.trait, pair.signature, describe_of(pair.field)),
    )
    return old is None or not old["active"] or old["signature"] != pair.signature
