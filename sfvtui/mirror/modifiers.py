"""Who changed Salesforce's rows last: the names of those whose Ids records carry."""

from __future__ import annotations

from collections.abc import Mapping

from sfvtui.mirror.store import Store


def note(store: Store, names: Mapping[str, str]) -> None:
    """Keeps these names (Id → name), in the caller's transaction."""
    store.db.executemany(
        "INSERT INTO modifier VALUES (?, ?) ON CONFLICT(modifier_id) DO UPDATE"
        " SET name = excluded.name WHERE name <> excluded.name",
        names.items(),
    )


def name_of(store: Store, modifier_id: str | None) -> str | None:
    """The name of who has this Id; None where it is not known."""
    name: str | None = store.value("SELECT name FROM modifier WHERE modifier_id = ?", modifier_id)
    return name
