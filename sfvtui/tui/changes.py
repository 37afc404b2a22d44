"""Changes as text: what would be written where, old → new, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sfvtui.domain.values import members
from sfvtui.mirror.windows import change_fields
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import CHANGE_SIGNS, SYSTEM_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sfvtui.mirror.store import Row

NAME = 16
"""Cells in which the values of a change begin in one column; a longer name pushes its own aside."""

STATE_TONES = {
    "queued": "info",
    "held": "warn",
    "sending": "info",
    "unknown": "warn",
    "parked": "bad",
}


def plain(value: str | None) -> str:
    """A canonical value without its field: sets as `a; b`, a blank as `blank`."""
    if value is None:
        return "not read"
    if value.startswith("["):
        return "; ".join(members(value)) or "blank"
    return value or "blank"


def plain_json(value: object) -> str:
    """A value as commands print it: sets as `a; b`, a blank as `blank`."""
    if isinstance(value, list):
        return "; ".join(str(item) for item in value) or "blank"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "blank" if value in (None, "") else str(value)


def target(row: Mapping[str, Any] | Row) -> str:
    """Whom a change is about: the record's name, or its Id."""
    return str(row["display_name"] or row["record_id"])


def arrow(item: Mapping[str, Any]) -> str:
    """One field of a change: `Title: VP → CTO`."""
    if item["before"] is None:
        return f"{item['name']}: {plain(item['after'])}"
    return f"{item['name']}: {plain(item['before'])} → {plain(item['after'])}"


def change_prose(row: Mapping[str, Any] | Row) -> Prose:
    """A change in a few lines: whom, where, each field old → new."""
    state = row["shown_state"]
    text = Prose().add(f"{CHANGE_SIGNS.get(state, ' ')} ", STATE_TONES.get(state, ""))
    text.add(target(row), "strong")
    verb = "new user in" if row["action"] == "create" else "to"
    text.line(f"  {verb} {SYSTEM_WORDS[row['system']]}", "dim")
    fields = change_fields(row)
    wide = min(NAME, max((len(item["name"]) for item in fields), default=0))
    for item in fields:
        text.hang(6).add(f"    {item['name']:<{wide}}  ", "dim")
        if row["action"] != "create":
            text.add(plain(item["before"]), "gone").add(" → ", "dim")
        text.line(plain(item["after"]), "new" if row["action"] != "create" else "")
    if row["held"]:
        text.hang(4).line(f"    held: {row['held']}", "warn")
    return text
