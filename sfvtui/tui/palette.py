"""The command palette: every command by name, every record by search."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from sfvtui.tui import actions
from sfvtui.tui.screens.base import SfvScreen
from sfvtui.tui.widgets.cells import write

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS_SHOWN = 12


class ActionProvider(Provider):
    """The actions of the screen below; one that can't act now says why."""

    def _offers(self) -> Iterator[tuple[actions.Action, SfvScreen, str]]:
        screen = self.screen
        if not isinstance(screen, SfvScreen):
            return
        facts = screen.facts()
        for action in actions.at(screen.place):
            if action.name != "palette":
                yield action, screen, action.why_not(facts)

    async def discover(self) -> Hits:
        for action, screen, why in self._offers():
            yield DiscoveryHit(
                _title(action),
                partial(screen.run_action, f"do('{action.name}')"),
                help=f"not now: {why}" if why else action.help,
            )

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action, screen, why in self._offers():
            score = max(matcher.match(_title(action)), matcher.match(action.help) * 0.9)
            if score > 0:
                yield Hit(
                    score,
                    matcher.highlight(_title(action)),
                    partial(screen.run_action, f"do('{action.name}')"),
                    text=_title(action),
                    help=f"not now: {why}" if why else action.help,
                )


class RecordProvider(Provider):
    """Every record of the mirror, found by its name, e-mail, Id or a mapped field."""

    async def search(self, query: str) -> Hits:
        from sfvtui.tui.app import SfvtuiApp

        app = self.app
        if not isinstance(app, SfvtuiApp) or len(query) < 2:
            return
        for record_id, name, note in await app.find_records(query, RECORDS_SHOWN):
            yield Hit(
                0.5,
                Content(write(name)),
                partial(app.open_record, record_id),
                text=name,
                help=write(note),
            )


def _title(action: actions.Action) -> str:
    keys = " ".join(actions.shown(key) for key in action.keys)
    return f"{action.words}  ({keys})" if keys else action.words
