"""Rows as the engine takes them: flat, a parent's field under its path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sfvtui.remotes.answers import Row

_SELECT = re.compile(r"\s*SELECT\s+(.*?)\s+FROM\s", re.IGNORECASE | re.DOTALL)


def asked(soql: str) -> tuple[str, ...]:
    """The names in a query's SELECT list, as written."""
    found = _SELECT.match(soql)
    return tuple(name.strip() for name in found[1].split(",")) if found else ()


def flat(records: Iterable[Any], names: Sequence[str]) -> list[Row]:
    """The records of an answer as flat rows.

    `names` are those that were asked for: where a parent is null, each of its asked paths is
    None. What did not arrive is absent from the row. The records are taken apart.
    """
    parents: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for name in names:
        first, dot, _ = name.partition(".")
        if dot:
            parents.setdefault(spelled.setdefault(first.lower(), first), []).append(name)
    rows = [record for record in records if isinstance(record, dict)]
    for row in rows:
        row.pop("attributes", None)
        for parent, paths in parents.items():
            key = _key(row, parent)
            if key is not None:
                inner = row.pop(key)
                for path in paths:
                    _take_path(row, inner, path, path.split(".")[1:])
    return rows


def _key(row: Row, name: str) -> str | None:
    """The key of a name: as it was asked for, or in the letter case of the describe."""
    if name in row:
        return name
    return next((key for key in row if key.lower() == name.lower()), None)


def _take_path(row: Row, inner: Any, path: str, rest: list[str]) -> None:
    for name in rest:
        if inner is None:
            break
        if not isinstance(inner, dict):
            return
        found = _key(inner, name)
        if found is None:
            return
        inner = inner[found]
    row[path] = inner
