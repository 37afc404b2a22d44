"""Completion in bash, zsh and fish: what a word may become, from the config and the store, offline.

It reads and never writes, waits for nobody, and says nothing where something is wrong: a shell shows
what is printed in the middle of the line that somebody types.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from click.shell_completion import BashComplete, CompletionItem, add_completion_class

from sfvtui.display import visible
from sfvtui.errors import SfvtuiError
from sfvtui.mirror import names
from sfvtui.mirror.store import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click

    from sfvtui.cli.session import Session
    from sfvtui.mirror.names import Candidate
    from sfvtui.mirror.store import Row, Store

    Kind = Callable[[Store, Session, click.Context, str], Iterable[Candidate]]

BETWEEN = "/"
"""Stands between a name and the Id: `Ada_Lovelace/003…` is taken for the Id."""


@add_completion_class
class Bash(BashComplete):
    """click's own, but without a blank after what goes on (`Title=`)."""

    source_template = BashComplete.source_template.replace(
        "    return 0\n",
        "    [[ ${#COMPREPLY[@]} -eq 1 && $COMPREPLY == *= ]] && compopt -o nospace\n    return 0\n",
        1,
    )


def complete(
    what: str, session: Session, context: click.Context, typed: str
) -> list[CompletionItem]:
    """The candidates of one kind for a word; none where config or store cannot be read."""
    try:
        with names.peek(session.settings.store.path) as store:
            if store is None:
                return []
            return [
                CompletionItem(value, help=visible(text) or None)
                for value, text in _KINDS[what](store, session, context, typed)
            ]
    except (SfvtuiError, Failure, OSError):
        return []


# --- records


def _records(store: Store, _: Session, __: click.Context, typed: str) -> Iterable[Candidate]:
    """Ids that begin so; else names that do, each with its Id, blanks as `_`."""
    by_id = names.records_by_id(store, typed)
    if by_id:
        return [
            (row["record_id"], f"{row['display_name']}, {row['record_state']}") for row in by_id
        ]
    first = re.split(r"[_/]", typed, maxsplit=1)[0]
    found = [(_named(row), row["record_state"]) for row in names.records_by_name(store, first)]
    return [one for one in found if one[0].lower().startswith(typed.lower())]


def _named(row: Row) -> str:
    plain = re.sub(r"[^\w.\-]+", "_", row["display_name"])
    return f"{plain}{BETWEEN}{row['record_id']}"


def _people(store: Store, session: Session, context: click.Context, typed: str) -> list[Candidate]:
    return [*_records(store, session, context, typed), *_users(store, session, context, typed)]


def _users(store: Store, _: Session, __: click.Context, typed: str) -> list[Candidate]:
    return names.users(store, typed) if typed else []


# --- fields


def _fields(_: Store, session: Session, __: click.Context, typed: str) -> list[Candidate]:
    """The mapping's fields."""
    mapping = session.settings.mapping
    pairs = mapping.pairs if mapping else ()
    return [(p.field, p.trait) for p in pairs if p.field.lower().startswith(typed.lower())]


def _assignments(
    store: Store, session: Session, context: click.Context, typed: str
) -> list[Candidate]:
    """FIELD= of what can be edited; after that its values, where they are a list."""
    before = list(context.params.get("values") or ())
    if before and before[-1] == "=":  # bash takes FIELD, = and VALUE for three words
        return _values(store, before[-2], typed) if len(before) > 1 else []
    if before and "=" not in before[-1] and not typed:  # and = alone for a blank
        return _values(store, before[-1], typed)
    field, equals, value = typed.partition("=")
    if equals:
        return [(f"{field}={one}", text) for one, text in _values(store, field, value)]
    mapping = session.settings.mapping
    editable = {p.field for p in mapping.pairs if p.editable} if mapping else set()
    given = {text.partition("=")[0].lower() for text in before}
    return [
        (f"{name}=", text)
        for name, text in _fields(store, session, context, typed)
        if name in editable and name.lower() not in given
    ]


def _values(store: Store, field: str, typed: str) -> list[Candidate]:
    """Values with blanks would have to be quoted, each shell's own way: they are left out."""
    found = names.choices(store, field)
    return [
        c for c in found if c[0].startswith(typed) and not re.search(r"[\s\"'$`\\&;|<>()]", c[0])
    ]


def _conflicts(store: Store, _: Session, context: click.Context, typed: str) -> list[Candidate]:
    """The fields of the record that was typed which are in conflict."""
    record = context.params.get("record") or ""
    found = names.conflicts_of(store, record)
    return [one for one in found if one[0].lower().startswith(typed.lower())]


# --- numbers


def _begin(found: list[Candidate], typed: str) -> list[Candidate]:
    return [one for one in found if one[0].startswith(typed)]


_KINDS: dict[str, Kind] = {
    "records": _records,
    "people": _people,
    "users": _users,
    "fields": _fields,
    "assignments": _assignments,
    "conflicts": _conflicts,
    "parked": lambda store, _, __, typed: _begin(names.changes(store, ("parked",)), typed),
    "queued": lambda store, _, __, typed: _begin(names.changes(store, ("queued",)), typed),
    "changes": lambda store, _, __, typed: _begin(
        names.changes(store, ("queued", "parked")), typed
    ),
    "runs": lambda store, _, __, typed: _begin(names.runs(store), typed),
    "batches": lambda store, _, __, typed: _begin(names.batches(store), typed),
    "entries": lambda store, _, __, typed: _begin(names.entries(store), typed),
}
