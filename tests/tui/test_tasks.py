"""Twelve common tasks, each from Home, by no more keys than the documents say.

Text that a person types (a name, a filter, a reason, a value) counts apart: it is no key to know.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from sfvtui.tui.actions import shown

SCREENS = Path(__file__).parents[2] / "docs" / "screens.md"
BEGIN, END = "<!-- tasks -->\n", "<!-- /tasks -->\n"


@dataclass(frozen=True)
class Text:
    """What is typed between the keys: what it is, and an example."""

    what: str
    example: str


@dataclass(frozen=True)
class Task:
    """A task in words, the keys that do it, and the most that it may take."""

    words: str
    keys: tuple[str | Text, ...]
    most: int

    @property
    def pressed(self):
        """The keys without what is typed between them."""
        return [key for key in self.keys if isinstance(key, str)]

    @property
    def line(self):
        """The task as a line of the documents' table."""
        told = (
            f"*{key.what}*" if isinstance(key, Text) else f"`{shown(_name(key))}`"
            for key in self.keys
        )
        return f"| {self.words} | {' '.join(told)} | {len(self.pressed)} |\n"


def _name(key):
    return {"slash": "/", "equals_sign": "=", "asterisk": "*", "greater_than_sign": ">"}.get(
        key, key
    )


PERSON = Text("name", "ada lov")
TASKS = {
    "approve": Task("approve one new user", ("2", "a"), 2),
    "approve_all": Task(
        "approve all that a filter shows",
        ("2", "f", Text("filter", 'Title contains "VP Finance"'), "enter", "*", "a", "y"),
        6,
    ),
    "link": Task("link an ambiguous record by hand", ("2", "tab", "l", "enter"), 4),
    "ignore": Task(
        "ignore with a reason", ("2", "I", Text("reason", "left the company"), "enter"), 3
    ),
    "edit": Task(
        "edit a field of somebody",
        ("/", Text("name", "nguyen"), "enter", "enter", "enter", Text("value", "X"), "enter"),
        5,
    ),
    "settle": Task("settle a conflict", ("4", ">"), 2),
    "settle_field": Task("settle all conflicts of a field", ("4", ">", "=", "y"), 4),
    "push": Task("push", ("P", "y"), 2),
    "undo": Task("take back what was just done", ("2", "i", "u"), 3),
    "find": Task("find a person", ("/", PERSON), 1),
    "why": Task("why is it so", ("2", "w"), 2),
    "pull": Task("pull", ("p",), 1),
}


@pytest.fixture
def do(play):
    """Does a task on a stage, from Home, and waits until its job, if any, has ended."""

    def run(stage, name, check=lambda: None):
        async def story():
            async with stage.open():
                for key in TASKS[name].keys:
                    if isinstance(key, Text):
                        await stage.type(key.example)
                    else:
                        await stage.press(key)
                await stage.until(lambda: stage.app.desk.work.job is None)
                await stage.idle()
                check()

        assert len(TASKS[name].pressed) <= TASKS[name].most
        play(story())

    return run


def test_approving_one(stage, do):
    do(stage, "approve")
    assert stage.value("SELECT COUNT(*) FROM approval") == 1


def test_approving_all_that_a_filter_shows(stage, do):
    shown_by_it = stage.value(
        "SELECT COUNT(*) FROM record WHERE record_state = 'unmatched' AND Title LIKE '%VP Finance%'"
    )
    do(stage, "approve_all")
    assert stage.value("SELECT COUNT(*) FROM approval") == shown_by_it > 1


def test_linking_by_hand(stage, do):
    before = stage.value("SELECT COUNT(*) FROM link WHERE made_by <> 'rule'")
    do(stage, "link")
    assert stage.value("SELECT COUNT(*) FROM link WHERE made_by <> 'rule'") == before + 1


def test_ignoring_with_a_reason(stage, do):
    do(stage, "ignore")
    assert stage.values("SELECT reason FROM ignored") == ["left the company"]


def test_editing_a_field(stage, do):
    do(stage, "edit")
    assert stage.value("SELECT COUNT(*) FROM edit WHERE value LIKE '%X'") == 1


def test_settling_a_conflict(stage, do):
    before = stage.value("SELECT COUNT(*) FROM conflict")
    do(stage, "settle")
    assert stage.value("SELECT COUNT(*) FROM conflict") == before - 1


def test_settling_all_conflicts_of_a_field(stage, do):
    fields = "SELECT field, COUNT(*) FROM conflict GROUP BY field ORDER BY 2 DESC LIMIT 1"
    before = stage.value("SELECT COUNT(*) FROM conflict")
    assert stage.value(fields)
    do(stage, "settle_field")
    assert stage.value("SELECT COUNT(*) FROM conflict") < before - 1


def test_pushing(live, do):
    do(live, "push")
    assert live.value("SELECT COUNT(*) FROM change WHERE state = 'landed'")


def test_taking_back(stage, do):
    do(stage, "undo")
    assert stage.value("SELECT COUNT(*) FROM history WHERE what IN ('ignore', 'restore', 'undo')")
    assert stage.value("SELECT COUNT(*) FROM ignored") == 0


def test_finding_a_person(stage, do):
    def check():
        assert stage.shown() == ["Ada Lovelace"]

    do(stage, "find", check)


def test_asking_why(stage, do):
    def check():
        assert "to equal externalId" in stage.screen._body.plain

    do(stage, "why", check)


def test_pulling(live, do):
    before = live.value("SELECT value FROM meta WHERE name = 'pulled:vitally'")
    do(live, "pull", lambda: None)
    assert live.value("SELECT value FROM meta WHERE name = 'pulled:vitally'") >= before


def test_every_task_has_a_test_and_the_documents_say_its_keys():
    made = BEGIN + "| to | keys, from Home | how many |\n| --- | --- | --- |\n"
    made += "".join(task.line for task in TASKS.values()) + END
    text = SCREENS.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    now, _, after = rest.partition(END)
    if os.environ.get("SFVTUI_WRITE_DOCS"):
        SCREENS.write_text(before + made + after, encoding="utf-8")
    else:
        assert BEGIN + now + END == made
    assert len(TASKS) == 12
