"""Linking by hand: choosing the user for a record, its candidates first, then any by search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.mirror.choices import candidates, search_users
from sfvtui.tui.record_view import load
from sfvtui.tui.widgets.dialogs import Choose, Confirm
from sfvtui.tui.widgets.prose import prose

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sfvtui.mirror.store import Row
    from sfvtui.sync.acting import Done
    from sfvtui.tui.screens.base import SfvScreen

USERS_SHOWN = 50


def choose_user(screen: SfvScreen, record_id: str) -> None:
    """Asks for the user of a record, then links the two."""
    store = screen.desk.store
    view = load(screen.desk, record_id)
    if view is None:
        return
    found, _ = candidates(store, view.row["record_pk"])
    first = [_entry(row) for row in found if row["linked_to"] is None]
    known = {name for name, _, _ in first}

    def entries(typed: str) -> Sequence[tuple[str, str, str]]:
        if not typed.strip():
            return first or [_entry(row) for row in _near(view.name)]
        rows = search_users(store, typed, USERS_SHOWN, free_only=True)
        hits = [_entry(row) for row in rows]
        return [*(e for e in hits if e[0] in known), *(e for e in hits if e[0] not in known)]

    def _near(name: str) -> list[Row]:
        words = name.split()
        return search_users(store, words[-1], USERS_SHOWN, free_only=True) if words else []

    def chosen(user: str | None) -> None:
        if user is not None:
            link_to(screen, record_id, user)

    screen.app.push_screen(Choose(f"Which user is {view.name}?", entries), chosen)


def link_to(screen: SfvScreen, record_id: str, user: str) -> None:
    """Links a record and a user, and says so."""
    from sfvtui.sync.review import link

    def then(report: Done) -> None:
        if report.refused:
            screen.say(f"refused: {report.refused[0].reason}", "warn")
        else:
            screen.say("linked; u takes it back", "good")

    screen.decide(lambda context: link(context, record_id, user), then)


def ask_unlink(screen: SfvScreen, record_id: str) -> None:
    """Asks, then takes a link away and remembers the two as not the same person."""
    from sfvtui.sync.review import unlink

    view = load(screen.desk, record_id)
    if view is None:
        return
    text = prose(
        f"The record and the user {view.user_words} are remembered as not the same person: the "
        "rule never joins them again. What was queued for the link is dropped."
    )

    def then(report: Done) -> None:
        if report.refused:
            screen.say(f"refused: {report.refused[0].reason}", "warn")
        else:
            screen.say(f"unlinked {view.name}; u takes it back", "good")

    def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if yes:
            screen.decide(lambda context: unlink(context, record_id), then)

    screen.app.push_screen(Confirm(f"Unlink {view.name}?", text, yes="unlink"), answer)


def _entry(row: Mapping[str, Any] | Row) -> tuple[str, str, str]:
    """A user to choose: id, name, and what tells it apart."""
    facts = (row["email_text"], row["external_id"], row["accounts"])
    return str(row["user_id"]), str(row["display_name"]), "  ".join(str(f) for f in facts if f)
