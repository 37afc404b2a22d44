"""What the mapping's choices offer: fields with examples, traits with counts, from the mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.domain.fields import FieldType
from sfvtui.domain.text import fold
from sfvtui.domain.values import show
from sfvtui.mirror.choices import account_traits, field_examples, user_traits
from sfvtui.tui.words import number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sfvtui.domain.fields import Field, SObject
    from sfvtui.mirror.store import Store

Entry = tuple[str, str, str]
"""A name, its words, and what tells it apart."""

EXAMPLES = 3


def fields(
    store: Store, sobject: SObject, *, without: Iterable[str] = (), plain: bool = False
) -> list[Entry]:
    """The object's fields, and those of its parents: label, API name, type, examples of values;
    those that can be written first, by label.

    `plain` leaves out what no value can be compared with.
    """
    skip = {name.lower() for name in without}
    found: list[tuple[bool, str, Entry]] = []
    for name in sobject.names():
        field = sobject.field(name)
        if field is None or field.type is FieldType.UNSUPPORTED or name.lower() in skip:
            continue
        if plain and field.type in (FieldType.RICH_TEXT, FieldType.MULTIPICKLIST):
            continue
        entry = (field.name, f"{field.label}  {field.name}", _about(store, field))
        found.append((not field.updateable, fold(field.label), entry))
    return [entry for _, _, entry in sorted(found)]


def _about(store: Store, field: Field) -> str:
    notes = [field.type.value]
    if not field.updateable:
        notes.append("read only")
    if field.external_id:
        notes.append("external id")
    known = [show(field, value) for value in field_examples(store, field.name, EXAMPLES)]
    if known:
        notes.append("such as " + ", ".join(text[:24] for text in known))
    return "; ".join(notes)


def traits(store: Store, *, attributes: bool = True, first: str = "") -> list[Entry]:
    """The traits that users have, how many have each, an example; `first` before all others."""
    found = [
        (name, name, f"{number(count)} users, such as {str(example)[:24]}")
        for name, count, example in user_traits(store)
    ]
    known = {name for name, _, _ in found}
    extra = [("name", "name", "the user's name"), ("email", "email", "the user's e-mail")]
    before = [e for e in (extra if attributes else []) if e[0] not in known]
    if first and first not in known and first not in {e[0] for e in before}:
        before.insert(0, (first, first, "a new trait"))
    return [*before, *sorted(found, key=lambda e: e[0] != first)]


def of_accounts(store: Store) -> list[Entry]:
    """What an account can be found by: its externalId, or a trait."""
    found = [
        (name, name, f"{number(count)} accounts, such as {str(example)[:24]}")
        for name, count, example in account_traits(store)
    ]
    return [("externalId", "externalId", "the account's own"), *found]
