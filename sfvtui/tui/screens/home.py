"""Home: both connections, counts by state, and what to do next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Container, Horizontal, Vertical
from textual.widgets import Static

from sfvtui.mirror import runs
from sfvtui.mirror.history import pushed_by_hour
from sfvtui.tui import actions
from sfvtui.tui.on_disk import WATCH_SECONDS
from sfvtui.tui.screens.base import SfvScreen
from sfvtui.tui.source import Cell, Column, ListSource, Row
from sfvtui.tui.widgets.line import Part
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.widgets.windowed_list import WindowedList
from sfvtui.tui.words import (
    FLAG_WORDS,
    STATE_SIGNS,
    STATE_TONES,
    STATE_WORDS,
    SYSTEM_WORDS,
    ago,
    number,
    plural,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widget import Widget

    from sfvtui.tui.facts import Facts
    from sfvtui.tui.screens.lists import ListScreen

COLUMNS = (
    Column("count", "", 7, 4, right=True, sortable=False),
    Column("what", "TO DO", 40, 12, 4, sortable=False),
    Column("key", "", 3, 2, sortable=False),
)
BARS = "▁▂▃▄▅▆▇█"
HOURS = 24


@dataclass(frozen=True)
class Todo:
    """A line of To do: the count, the words, and where Enter goes."""

    count: int
    words: str
    place: str
    group: str = ""
    tone: str = ""


class HomeScreen(SfvScreen):
    """What there is, and what to do next."""

    place = "home"
    BINDINGS = actions.bindings("home")
    CSS_PATH = "home.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._source = ListSource(COLUMNS)
        self._todo: list[Todo] = []

    def body(self) -> Iterable[Widget]:
        yield Container(
            Static("", id="sides"),
            Horizontal(
                Static("", id="people"),
                Vertical(WindowedList(self._source, empty="counting…", id="list")),
                id="middle",
            ),
            Static("", id="recent"),
            id="body",
        )

    def ready(self) -> None:
        self.listing.focus()
        super().ready()
        self.set_interval(WATCH_SECONDS, self.watch_config)

    @property
    def listing(self) -> WindowedList:
        """The list of what to do."""
        return self.query_one("#list", WindowedList)

    @property
    def settled(self) -> bool:
        return not self.listing.looking

    def facts(self) -> Facts:
        todo = self._current()
        return replace(super().facts(), row=todo is not None, rows=len(self._todo))

    def title_parts(self) -> tuple[list[Part], list[Part]]:
        settings = self.desk.settings
        mapping = settings.mapping if settings else None
        name = f"{mapping.object} ⇄ user" if mapping else "no mapping yet"
        return [Part(" sfvtui", "strong"), Part(f"  {name}", "dim")], self.place_part()

    def catch_up(self) -> None:
        if self.is_mounted:
            self.counted()

    def counted(self) -> None:
        counts = self.desk.counts
        self.query_one("#sides", Static).update(self._sides().content)
        if not counts:
            return
        self.query_one("#people", Static).update(_people(counts).content)
        self.query_one("#recent", Static).update(self._recent().content)
        self.listing.empty = "nothing: all is done"
        self._todo = todo(counts, self.desk.trouble)
        self._source.fill(
            Row(
                at,
                "",
                {
                    "count": Cell(number(one.count) if one.count else "", one.tone),
                    "what": one.words,
                    "key": Cell(str(actions.PLACES.index(one.place) + 1), "dim")
                    if one.place in actions.PLACES
                    else Cell("p", "dim"),
                },
            )
            for at, one in enumerate(self._todo)
        )
        self.listing.reload()

    def _sides(self) -> Prose:
        health, text = self.desk.health, Prose()
        for system in ("salesforce", "vitally"):
            side = health.side(system)
            text.add(f" {SYSTEM_WORDS[system]:<10} ", "strong").add(f"{side.host}  ")
            if side.used is not None and side.limit:
                text.add(f"{number(side.used)} of {number(side.limit)} calls", "dim")
            text.line()
        return text

    def _recent(self) -> Prose:
        hours = pushed_by_hour(self.desk.store, self.desk.clock(), HOURS)
        counts = self.desk.counts
        most = max((*hours, 1))
        line = "".join(BARS[count * (len(BARS) - 1) // most] for count in hours)
        text = Prose().add(" Last 24 h  ", "strong").add(line, "info")
        since = (self.desk.clock() - dt.timedelta(hours=HOURS)).strftime("%Y-%m-%dT%H:%M:%SZ")
        changes = runs.landed_since(self.desk.store, since)
        text.add(f"  pushed {plural(changes, 'change')} ({plural(sum(hours), 'value')})")
        if counts["outbox"]["parked"]:
            text.add(f", parked {number(counts['outbox']['parked'])}", "bad")
        last = counts["last_pull"]
        text.line()
        for system in ("salesforce", "vitally"):
            when = ago(last[system], self.desk.clock())
            text.add(f" {SYSTEM_WORDS[system]} pulled {when} ", "dim")
        return text

    @on(WindowedList.Moved)
    def _list_moved(self) -> None:
        self.update_frame()

    @on(WindowedList.Opened)
    def _list_opened(self) -> None:
        self.do_open()

    # --- acting

    def _current(self) -> Todo | None:
        at = self.listing.window.key
        return self._todo[at] if at is not None and at < len(self._todo) else None

    def do_open(self) -> None:
        one = self._current()
        if one is None:
            return
        if one.place == "pull":
            self.do_pull()
            return
        self.main.go_to_group(one.place, one.group)

    def do_up(self) -> None:
        self.listing.move(-1)

    def do_down(self) -> None:
        self.listing.move(1)

    def do_top(self) -> None:
        self.listing.go(0)

    def do_bottom(self) -> None:
        self.listing.go(self.listing.count - 1)

    def do_search(self) -> None:
        def search(screen: ListScreen) -> None:
            screen.show_group("")
            screen.do_search()

        self.main.at_list("records", search)


def _people(counts: dict[str, object]) -> Prose:
    states = counts["states"]
    assert isinstance(states, dict)
    text = Prose().line(" People", "title")
    for state, sign in STATE_SIGNS.items():
        count = states.get(state, 0)
        tone = STATE_TONES[state] if count else "dim"
        text.add(f"  {sign} ", tone).add(f"{STATE_WORDS[state]:<15}", "" if count else "dim")
        text.line(f"{number(count):>9}", "" if count else "dim")
    return text


def todo(counts: dict[str, object], trouble: str = "") -> list[Todo]:
    """What to do next, in the order of urgency; each line goes to the list that it counts."""
    states, flags, outbox = counts["states"], counts["flags"], counts["outbox"]
    last = counts["last_pull"]
    assert isinstance(states, dict)
    assert isinstance(flags, dict)
    assert isinstance(outbox, dict)
    assert isinstance(last, dict)
    found: list[Todo] = []
    if trouble:
        found.append(Todo(0, trouble, "mapping", tone="bad"))
    if not all(last.values()):
        found.append(Todo(0, "pull both sides for the first time", "pull"))
    systems, paused = counts.get("paused_systems", []), counts["paused"]
    assert isinstance(systems, list)
    assert isinstance(paused, list)
    found.extend(Todo(0, f"{one}: nothing is sent to it", "outbox", tone="warn") for one in systems)
    found.extend(
        Todo(0, f"{one['field']} is paused: {one['reason']}", "mapping", tone="warn")
        for one in paused
    )
    conflicts = counts["conflicts"]
    assert isinstance(conflicts, int)
    to_push = outbox["queued"] + outbox["unknown"]
    for count, words, place, group, tone in (
        (states["unmatched"], "ready to approve", "review", "unmatched", "info"),
        (conflicts, "conflict to settle|conflicts to settle", "conflicts", "", "warn"),
        (states["ambiguous"], "ambiguous match|ambiguous matches", "review", "ambiguous", "warn"),
        (to_push, "change to push|changes to push", "outbox", "", "info"),
        (outbox["parked"], "parked: a service refused", "outbox", "parked", "bad"),
        (outbox["held"], "held change|held changes", "outbox", "held", "warn"),
        (states["held"], "held: something is missing", "review", "held", "warn"),
    ):
        if count:
            one, _, many = words.partition("|")
            found.append(Todo(count, one if count == 1 or not many else many, place, group, tone))
    for flag, count in flags.items():
        if count and flag != "look_alike":
            words = f"flagged: {FLAG_WORDS.get(flag, flag)}"
            found.append(Todo(count, words, "records", f"flag:{flag}", "dim"))
    return found


SCREEN = HomeScreen
