"""The JSON of rows: attributes, fields as asked, parents nested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.describes import ObjectType
from sfvtui.sandbox.salesforce.values import shown

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row
    from sfvtui.sandbox.salesforce.soql.paths import Path

Show = Callable[["Row"], dict[str, Any]]
_Entry = tuple[str, Callable[["Row"], Any]]


def row_shape(
    org: Org, entity: ObjectType, paths: Sequence[Path], version: str, depth: int = 0
) -> Show:
    """A function from a row to its JSON with these fields; a parent is an object or null."""
    base = f"/services/data/{version}/sobjects/{entity.name}/"
    kind = entity.name
    entries: dict[str, Callable[[Row], Any]] = {}
    for path in paths:
        if len(path.parents) == depth:
            entries[path.info.name] = _value(org, path)
            continue
        relationship = path.parents[depth]
        if relationship not in entries:
            below = [p for p in paths if p.parents[: depth + 1] == path.parents[: depth + 1]]
            entries[relationship] = _parent(org, entity, below, version, depth)
    items: Sequence[_Entry] = list(entries.items())

    def show(row: Row) -> dict[str, Any]:
        made: dict[str, Any] = {"attributes": {"type": kind, "url": base + row["Id"]}}
        for name, read in items:
            made[name] = read(row)
        return made

    return show


def _value(org: Org, path: Path) -> Callable[[Row], Any]:
    own, info, switches = path.own, path.info, org.switches
    if info.type in {"double", "currency", "percent"} or info.masked:
        return lambda row: shown(info, own(row), switches)
    return own


def _parent(
    org: Org, entity: ObjectType, paths: Sequence[Path], version: str, depth: int
) -> Callable[[Row], Any]:
    lookup = entity.lookup(paths[0].parents[depth])
    if lookup is None:
        raise LookupError(paths[0].name)
    target = org.objects[lookup.refers_to[0]]
    show = row_shape(org, target, paths, version, depth + 1)
    hop = paths[0].hops[depth]

    def parent(row: Row) -> dict[str, Any] | None:
        found = hop(row)
        return None if found is None else show(found)

    return parent
