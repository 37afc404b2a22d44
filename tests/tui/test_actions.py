"""One registry: every key does one thing in its place, and says why where it cannot."""

from __future__ import annotations

import inspect

import pytest

from sfvtui.tui import actions
from sfvtui.tui.facts import Facts

PLACES = (*actions.PLACES, "record", "run", "setup")


@pytest.mark.parametrize("place", PLACES)
def test_no_key_does_two_things_in_a_place(place):
    keys = [key for action in actions.at(place) for key in action.keys]
    assert len(keys) == len(set(keys)), sorted(k for k in keys if keys.count(k) > 1)


@pytest.mark.parametrize("place", PLACES)
def test_every_action_is_carried_out_by_its_screen(place):
    from importlib import import_module

    module = import_module(f"sfvtui.tui.screens.{place}")
    screen = getattr(module, "SCREEN", None) or module.RecordScreen
    for action in actions.at(place):
        if not action.name.startswith("go_"):
            assert inspect.isfunction(getattr(screen, f"do_{action.name}", None)), action.name


def test_the_grammar_of_keys_is_the_same_everywhere():
    for place in actions.LISTS:
        keys = {key: action.name for action in actions.at(place) for key in action.keys}
        assert keys["slash" if "slash" in keys else "/"] == "search"
        for key, name in {
            "j": "down", "k": "up", "g": "top", "G": "bottom", "enter": "open", "escape": "back",
            "space": "mark", "*": "mark_all", "v": "mark_range", "n": "next_hit", "f": "filter",
            "N": "previous_hit", "s": "sort", "S": "reverse", "y": "copy", "p": "pull",
            "P": "push", "u": "undo", "w": "why", "?": "help", ":": "palette",
        }.items():  # fmt: skip
            assert keys[key] == name, (place, key)
        assert [keys[str(digit)] for digit in range(1, 8)] == [f"go_{p}" for p in actions.PLACES]


def test_read_only_refuses_whatever_decides_queues_or_sends():
    facts = Facts(row=True, rows=1, state="unmatched", read_only=True, undoable=True)
    for name in ("approve", "link", "ignore", "push", "undo"):
        assert "read-only" in actions.find(name, "review").why_not(facts)
    assert not actions.find("pull", "review").why_not(facts)


def test_a_key_that_cannot_act_says_why():
    facts = Facts(row=True, rows=1, state="linked")
    assert (
        actions.find("approve", "review").why_not(facts)
        == "it is linked, not unmatched or approved"
    )
    assert "running" in actions.find("pull", "home").why_not(Facts(job="a push"))


def test_the_footer_shows_only_what_can_act():
    shown = {a.name for a in actions.footer("review", Facts(row=True, rows=1, state="ambiguous"))}
    assert "link" in shown
    assert "approve" not in shown
    assert "help" in shown


@pytest.mark.parametrize("place", PLACES)
def test_every_action_has_words_and_a_sentence(place):
    for action in actions.at(place):
        assert action.words
        assert action.help.endswith(".")
    assert actions.PLACE_HELP[place].endswith(".")
    assert actions.key_table(place)
