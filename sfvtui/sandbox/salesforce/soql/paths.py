"""Fields of a query, resolved through lookups to functions that read a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.describes import FieldInfo, ObjectType
from sfvtui.sandbox.salesforce.formulas import reader
from sfvtui.sandbox.salesforce.soql.tokens import Token, caret

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row

_ADVICE = (
    "If you are attempting to use a custom {what}, be sure to append the '{suffix}' after the "
    "custom {what} name. Please reference your WSDL or the describe call for the appropriate "
    "names."
)
MAX_DEPTH = 5


@dataclass(frozen=True)
class Path:
    """A field of a query: the relationships that lead to it, and how to read it from a row.

    `hops` go from row to parent, one for each of `parents`; `own` reads the field from the last
    of them, `read` from the row at which the path begins.
    """

    parents: tuple[str, ...]
    hops: tuple[Callable[[Row], Row | None], ...]
    entity: ObjectType
    info: FieldInfo
    own: Callable[[Row], Any]
    read: Callable[[Row], Any]

    @property
    def name(self) -> str:
        """The path in canonical spelling, `Account.Name`."""
        return ".".join((*self.parents, self.info.name))


def resolve(org: Org, entity: ObjectType, token: Token, statement: str) -> Path:
    """The path of a field token; raises INVALID_FIELD as the query API does."""
    *relationships, last = token.text.split(".")
    if relationships and relationships[0].lower() == entity.name.lower():
        relationships = relationships[1:]
    here = entity
    parents: list[str] = []
    hops: list[Callable[[Row], Row | None]] = []
    for relationship in relationships[:MAX_DEPTH]:
        lookup = here.lookup(relationship)
        target = org.objects.get(lookup.refers_to[0]) if lookup else None
        if lookup is None or target is None:
            message = f"Didn't understand relationship '{relationship}' in field path. "
            message += _ADVICE.format(what="relationship", suffix="__r")
            raise caret(statement, token.at, len(token.text), "INVALID_FIELD", message)
        parents.append(str(lookup.relationship))
        hops.append(_hop(org, here, lookup, target))
        here = target
    info = here.visible(last)
    if info is None:
        message = f"No such column '{last}' on entity '{here.name}'. "
        message += _ADVICE.format(what="field", suffix="__c")
        raise caret(statement, token.at, len(token.text), "INVALID_FIELD", message)
    own = reader(org, here.name, info)
    return Path(tuple(parents), tuple(hops), here, info, own, _follow(hops, own))


def _hop(
    org: Org, here: ObjectType, lookup: FieldInfo, target: ObjectType
) -> Callable[[Row], Row | None]:
    reference = reader(org, here.name, lookup)
    name = target.name

    def hop(row: Row) -> Row | None:
        parent_id = reference(row)
        return org.rows[name].get(parent_id) if parent_id else None

    return hop


def _follow(
    hops: list[Callable[[Row], Row | None]], read: Callable[[Row], Any]
) -> Callable[[Row], Any]:
    if not hops:
        return read

    def follow(row: Row) -> Any:
        here = row
        for hop in hops:
            parent = hop(here)
            if parent is None:
                return None
            here = parent
        return read(here)

    return follow
