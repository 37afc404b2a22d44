"""The frame of every screen: connections above, status and keys below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from sfvtui.tui.actions import footer, key_of
from sfvtui.tui.widgets.line import Line, Part
from sfvtui.tui.words import SYSTEM_WORDS, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sfvtui.tui.facts import Facts

SIGNS = {"connected": "●", "not asked": "○", "unreachable": "✗", "login refused": "✗"}
TONES = {
    "connected": "good",
    "not asked": "dim",
    "unreachable": "bad",
    "login refused": "bad",
}


@dataclass(frozen=True)
class Side:
    """One connection: its state in words, the calls used (or left) and their limit, its host."""

    state: str = "not asked"
    used: int | None = None
    limit: int | None = None
    host: str = ""


@dataclass(frozen=True)
class Health:
    """What the head line says of both connections and of how fresh the mirror is."""

    salesforce: Side = Side()
    vitally: Side = Side()
    pulled: str = ""
    paused: int = 0
    read_only: bool = False

    def side(self, system: str) -> Side:
        """The connection of a system."""
        return self.salesforce if system == "salesforce" else self.vitally


class HeadLine(Line):
    """Both connections, the calls, and when the mirror was last pulled."""

    def tell(self, health: Health) -> None:
        """Shows this health, as much of it as fits; the states stay longest."""
        width = self.size.width or self.app.size.width
        right = [Part(f" {health.pulled} ", "dim")]
        if health.paused:
            right.insert(0, Part(f" {health.paused} paused", "warn"))
        if health.read_only:
            right.insert(0, Part(" read-only", "warn"))
        for hosts, calls in ((True, True), (False, True), (False, False)):
            left = [
                *self._side("salesforce", health.salesforce, hosts=hosts, calls=calls),
                *self._side("vitally", health.vitally, hosts=hosts, calls=calls),
            ]
            if sum(len(part.text) for part in (*left, *right)) <= width:
                break
        self.show(left, right)

    @staticmethod
    def _side(system: str, side: Side, *, hosts: bool, calls: bool) -> list[Part]:
        name = side.host if hosts and side.host else SYSTEM_WORDS[system]
        parts = [
            Part(f" {name} ", "dim"),
            Part(f"{SIGNS[side.state]} {side.state}", TONES[side.state]),
        ]
        if calls and side.limit is not None and side.used is not None:
            parts.append(Part(f" {number(side.used)}/{number(side.limit)}"))
        return [*parts, Part(" ")]


class StatusLine(Line):
    """A rule that says what was just done, why a key can't act, or how a job goes on."""

    fill = "─"
    fill_tone = "rule"

    def say(self, text: str, tone: str = "info") -> None:
        """Shows a sentence until the next one."""
        sign = {"good": "✓ ", "warn": "! ", "bad": "✗ "}.get(tone, "")
        self.show((Part("─ ", "rule"), Part(sign + text, tone), Part(" ")) if text else ())

    def clear(self) -> None:
        """A plain rule again."""
        self.show(())

    def progress(self, variants: Sequence[Sequence[Part]], right: Sequence[Part]) -> None:
        """Shows how far a job is, in the first of these ways that fits beside its clock."""
        room = self.size.width - sum(cell_len(part.text) for part in right) - 4
        fits = (v for v in variants if sum(cell_len(part.text) for part in v) <= room)
        chosen = next(fits, variants[-1])
        self.show((Part("─ ", "rule"), *chosen, Part(" ")), right)


GIVEN_BACK = 6
"""Cells that the title gets back where the place needs so many less: steps never change as much."""


class PlaceLine(Line):
    """The right end of the title: where the cursor is.

    It is a widget of its own, as wide as it ever needed to be, because a line is repainted from
    its widget's left edge on, and this one changes with every step.
    """

    DEFAULT_CSS = "PlaceLine { width: 8; }"

    def tell(self, parts: list[Part]) -> None:
        """Shows these parts, at the right."""
        wide = max(8, sum(cell_len(part.text) for part in parts))
        now = self.styles.width.cells if self.styles.width and self.styles.width.cells else 8
        if wide > now or wide + GIVEN_BACK <= now:
            self.styles.width = wide
        self.show((), parts)


class FooterLine(Line):
    """The keys that do something now, as many as fit; help and the palette always."""

    def typing(self, keys: tuple[tuple[str, str], ...]) -> None:
        """Shows the keys of a line that is being typed into: all others are letters there."""
        self.show(
            [part for key, words in keys for part in (Part(f" {key}", "key"), Part(f" {words} "))],
            (),
        )

    def tell(self, place: str, facts: Facts) -> None:
        """Shows the keys of this place for these facts."""
        width = self.size.width or self.app.size.width
        acting = footer(place, facts)
        last = [a for a in acting if a.rank is not None and a.rank >= 98]
        rest = [a for a in acting if a not in last]
        right = [
            part
            for action in last
            for part in (
                Part(f" {key_of(action, place)}", "key", action.name),
                Part(f" {action.words} ", "dim", action.name),
            )
        ]
        room = width - sum(len(part.text) for part in right)
        left: list[Part] = []
        for action in rest:
            pair = (
                Part(f" {key_of(action, place)}", "key", action.name),
                Part(f" {action.words} ", "", action.name),
            )
            room -= sum(len(part.text) for part in pair)
            if room < 0:
                break
            left.extend(pair)
        self.show(left, right)
