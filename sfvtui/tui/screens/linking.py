"""Linking by hand: choosing the user for a record, its candidates first, then any by search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.domain.text import fold
from sfvtui.mirror import links, users
from sfvtui.mirror.choices import candidates, search_users
from sfvtui.tui.record_view import load
from sfvtui.tui.widgets.cells import clip, only_blanks_differ, with_blanks, write
from sfvtui.tui.widgets.dialogs import Choose, Confirm, room_of
from sfvtui.tui.widgets.prose import Prose, prose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from textual.app import ComposeResult
    from textual.content import Content

    from sfvtui.mirror.store import Row
    from sfvtui.sync.acting import Done
    from sfvtui.tui.record_view import RecordView
    from sfvtui.tui.screens.base import SfvScreen

USERS_SHOWN = 50


class ChooseUser(Choose):
    """Users on two lines each: what a person knows them by, and the ids that tell them apart.

    What is not as in the record has a sign.
    """

    nothing = "no free user has that in name, e-mail, externalId or Vitally id"

    def __init__(
        self, view: RecordView, entries: Callable[[str], Sequence[tuple[str, str, str]]]
    ) -> None:
        self._ours = {"name": view.name, "e-mail": _email(view), "account": view.account}
        super().__init__(f"Which user is {view.name}?", entries)
        self.rows: dict[str, Mapping[str, Any] | Row] = {}

    def compose(self) -> ComposeResult:
        self._note = (
            self._columns(self._ours).plain + "\n  the record; ≠ marks what a user has else"
        )
        yield from super().compose()

    @property
    def _room(self) -> int:
        return max(40, room_of(self.app))

    def _columns(self, known: Mapping[str, str]) -> Prose:
        """Name, e-mail and account in columns, what is not as in the record marked."""
        text = Prose()
        for name, share in (("name", 30), ("e-mail", 38), ("account", 32)):
            ours, here = self._ours[name], known[name]
            differs = bool(ours) and fold(here) != fold(ours)
            text.add("≠" if differs else " ", "warn")
            if differs and only_blanks_differ(fold(here), fold(ours)):
                here = with_blanks(here)
            shown = clip(write(here or f"no {name}"), self._room * share // 100 - 2)
            text.add(shown, "warn" if differs else "").add(" ")
        return text

    def draw(self, entry: tuple[str, str, str]) -> Content:
        row = self.rows[entry[0]]
        names = {"name": "display_name", "e-mail": "email_text", "account": "accounts"}
        text = self._columns({name: str(row[column] or "") for name, column in names.items()})
        ids = (("externalId", row["external_id"]), ("Vitally id", row["user_id"]))
        told = "   ".join(f"{words} {write(str(value))}" for words, value in ids if value)
        return text.line().add(clip(f"  {told}", self._room), "dim").content


def _email(view: RecordView) -> str:
    """The record's e-mail, where the mapping has a pair for it."""
    found = (p.salesforce for p in view.pairs if p.pair.pair.trait == "email")
    return next(found, None) or ""


def choose_user(screen: SfvScreen, record_id: str) -> None:
    """Asks for the user of a record, then links the two."""
    store = screen.desk.store
    view = load(screen.desk, record_id)
    if view is None:
        return
    fitting, _ = candidates(store, view.row["record_pk"])
    first = [row for row in fitting if row["linked_to"] is None]
    known = {row["user_id"] for row in first}

    def entries(typed: str) -> Sequence[tuple[str, str, str]]:
        if typed.strip():
            hits = search_users(store, typed, USERS_SHOWN, free_only=True)
            hits.sort(key=lambda row: row["user_id"] not in known)
        else:
            hits = first or _near(view.name)
        dialog.rows.update({row["user_id"]: row for row in hits})
        return [(row["user_id"], row["display_name"], "") for row in hits]

    def _near(name: str) -> list[Row]:
        words = name.split()
        return search_users(store, words[-1], USERS_SHOWN, free_only=True) if words else []

    def chosen(user: str | None) -> None:
        if user is not None:
            link_to(screen, record_id, user)

    dialog = ChooseUser(view, entries)
    screen.app.push_screen(dialog, chosen)


def link_to(screen: SfvScreen, record_id: str, user: str) -> None:
    """Links a record and a user, and says so."""
    from sfvtui.sync.review import link

    def then(report: Done) -> None:
        if report.refused:
            screen.say(f"refused: {report.refused[0].reason}", "warn")
        else:
            screen.say(report.words("linked"), "good")

    screen.decide(lambda context: link(context, record_id, user), then)


def _user_of(screen: SfvScreen, view: RecordView) -> str:
    """The user of a record, also where the record is gone and the link ended with it."""
    if view.user is not None:
        return view.user_words
    last = links.last_of(screen.desk.store, view.record_id)
    user = users.by_id(screen.desk.store, last["user_id"]) if last is not None else None
    return str(user["external_id"] or user["user_id"]) if user is not None else "of its last link"


def ask_unlink(screen: SfvScreen, record_id: str) -> None:
    """Asks, then takes a link away and remembers the two as not the same person."""
    from sfvtui.sync.review import unlink

    view = load(screen.desk, record_id)
    if view is None:
        return
    text = prose(
        f"The record and the user {_user_of(screen, view)} are remembered as not the same person: "
        "the rule never joins them again. What was queued for the link is dropped."
    )

    def then(report: Done) -> None:
        if report.refused:
            screen.say(f"refused: {report.refused[0].reason}", "warn")
        else:
            screen.say(report.words(f"unlinked {view.name}"), "good")

    def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if yes:
            screen.decide(lambda context: unlink(context, record_id), then)

    screen.app.push_screen(Confirm(f"Unlink {view.name}?", text, yes="unlink"), answer)
