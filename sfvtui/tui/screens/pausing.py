"""Pausing a system from the screens, with a reason, and resuming it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.domain.changes import System
from sfvtui.mirror import pauses
from sfvtui.tui.widgets.dialogs import Ask, Choose, Confirm
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import SYSTEM_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.mirror.pauses import Pause
    from sfvtui.tui.screens.base import SfvScreen


def ask_pause(screen: SfvScreen) -> None:
    """Asks which system, and why; from then on nothing is sent to it."""
    standing = pauses.standing(screen.desk.store)
    free = dict.fromkeys((system for system in System if system not in standing), "")
    if not free:
        screen.say("can't pause a system: both are paused", "warn")
        return

    def chosen(system: System) -> None:
        def reasoned(reason: str | None) -> None:
            if reason is None:
                return
            if not reason.strip():
                screen.say("not paused: a pause needs a reason, which all others are told", "warn")
                return
            _pause(screen, system, reason.strip())

        note = "Nothing is sent to it until it is resumed; all who use the store are told why."
        screen.app.push_screen(Ask(f"Pause {SYSTEM_WORDS[system]}. Why?", note=note), reasoned)

    _choose(screen, "Pause which system?", free, chosen)


def _pause(screen: SfvScreen, system: System, reason: str) -> None:
    from sfvtui.sync.pausing import pause

    def then(made: Pause) -> None:
        screen.say(f"{made.words()}: nothing is sent to it", "good")

    screen.main.act(screen, lambda context: pause(context, system, reason), then)


def ask_resume(screen: SfvScreen) -> None:
    """Asks, then ends a system's pause."""
    standing = pauses.standing(screen.desk.store)
    if not standing:
        screen.say("can't resume a system: none is paused", "warn")
        return

    def chosen(system: System) -> None:
        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                _resume(screen, system)

        text = Prose().line(standing[system].words())
        question = f"Resume {SYSTEM_WORDS[system]}?"
        screen.app.push_screen(Confirm(question, text, yes="resume"), answer)

    known = {system: pause.words() for system, pause in standing.items()}
    _choose(screen, "Resume which system?", known, chosen)


def _resume(screen: SfvScreen, system: System) -> None:
    from sfvtui.sync.pausing import resume

    def then(_: Pause) -> None:
        screen.say(f"{SYSTEM_WORDS[system]} is resumed: P sends to it again", "good")

    screen.main.act(screen, lambda context: resume(context, system), then)


def _choose(
    screen: SfvScreen, question: str, notes: dict[System, str], then: Callable[[System], None]
) -> None:
    """One of these systems; the only one is not asked for."""
    if len(notes) == 1:
        then(next(iter(notes)))
        return

    def chosen(name: str | None) -> None:
        if name is not None:
            then(System(name))

    entries = [(system.value, SYSTEM_WORDS[system], note) for system, note in notes.items()]
    screen.app.push_screen(Choose(question, entries), chosen)
