"""Help for a screen, made from the registry: what it is for, its keys, the words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.tui import actions
from sfvtui.tui.widgets.dialogs import Pager
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import FLAG_WORDS, GLOSSARY, STATE_MEANINGS, STATE_SIGNS, STATE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sfvtui.tui.facts import Facts

KEYS_WIDTH = 14


class HelpScreen(Pager):
    """What this screen is for, each key (and why one can't act now), the words."""

    def __init__(self, place: str, facts: Facts, files: Mapping[str, Path] | None = None) -> None:
        text = help_text(place, facts, files or {})
        super().__init__(f"{actions.PLACE_WORDS[place]}: help", text)


def help_text(place: str, facts: Facts, files: Mapping[str, Path]) -> Prose:
    """The help of a place at this moment. `files` are those of the program, by what they are."""
    text = Prose().line(actions.PLACE_HELP[place])
    keyed = [action for action in actions.at(place) if action.keys]
    for title in ("This screen", "The list", "Everywhere"):
        _section(text, title, [a for a in keyed if _reach(a) == title], facts)
    text.line("\nStates", "title")
    for state, sign in STATE_SIGNS.items():
        _line(text, f"{sign} {STATE_WORDS[state]}", STATE_MEANINGS[state])
    text.line("\nFlags", "title").line("  " + ", ".join(FLAG_WORDS.values()))
    text.line("\nWords", "title")
    for word, meaning in GLOSSARY:
        _line(text, word, meaning)
    if files:
        text.line("\nFiles", "title")
    for what, path in files.items():
        _line(text, what, str(path))
    return text


def _reach(action: actions.Action) -> str:
    """Where else an action can be done: the section that it stands in."""
    if set(actions.PLACES) <= set(action.where):
        return "Everywhere"
    return "The list" if set(actions.LISTS) <= set(action.where) else "This screen"


def _section(text: Prose, title: str, found: list[actions.Action], facts: Facts) -> None:
    if not found:
        return
    text.line(f"\n{title}", "title")
    for action in found:
        why = action.why_not(facts)
        _line(
            text,
            " ".join(actions.shown(key) for key in action.keys),
            action.help,
            f" Not now: {why}." if why else "",
        )


def _line(text: Prose, left: str, right: str, note: str = "") -> None:
    text.hang(KEYS_WIDTH + 3).add(f"  {left:<{KEYS_WIDTH}} ", "strong")
    text.add(right).line(note, "dim")
