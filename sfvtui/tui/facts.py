"""What a screen is at a moment, and the conditions on it: when an action can't act, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sfvtui.tui.words import STATE_WORDS


@dataclass(frozen=True)
class Facts:
    """What a screen is at this moment, as far as actions ask.

    `state` is the state of the row under the cursor: a record's, a change's, a conflict's kind,
    or a history entry's `what`. `not_editable` says why the pair under the cursor takes no edit.
    `sides` names what a conflict offers: salesforce, vitally, base, edit. `alike`: all marked rows
    are in `state`. `unread` counts the fields of a draft that the mirror has not read.
    """

    row: bool = False
    rows: int = 0
    marked: int = 0
    state: str = ""
    read_only: bool = False
    job: str = ""
    has_edit: bool = False
    not_editable: str = ""
    undoable: bool = False
    has_user: bool = False
    dirty: bool = False
    searched: bool = False
    configured: bool = True
    walks: bool = True
    settled: bool = False
    question: int = 0
    unread: int = 0
    alike: bool = False
    sides: frozenset[str] = frozenset()
    held_back: bool = False
    in_run: bool = False
    of_record: bool = True


Why = Callable[[Facts], str]
"""Why an action can't act now; empty text where it can."""


def row(facts: Facts) -> str:
    """There is a row under the cursor."""
    return "" if facts.row else "there is no row"


def rows(facts: Facts) -> str:
    """The list is not empty."""
    return "" if facts.rows else "the list is empty"


def one(facts: Facts) -> str:
    """No rows are marked: it takes one."""
    return "it takes one row, and some are marked" if facts.marked else ""


def idle(facts: Facts) -> str:
    """No job is running."""
    return f"{facts.job} is running, Esc stops it" if facts.job else ""


def configured(facts: Facts) -> str:
    """There is a mapping."""
    return "" if facts.configured else "there is no mapping yet, 7 makes one"


def editable(facts: Facts) -> str:
    """The pair under the cursor takes an edit."""
    return facts.not_editable


def has_edit(facts: Facts) -> str:
    """The pair under the cursor has an open edit."""
    return "" if facts.has_edit else "there is no edit here"


def has_user(facts: Facts) -> str:
    """The row is about somebody in Vitally."""
    return "" if facts.has_user else "it has no user"


def undoable(facts: Facts) -> str:
    """Something was decided on this screen."""
    return "" if facts.undoable else "nothing was decided here since the start"


def walks(facts: Facts) -> str:
    """The record was opened from a list."""
    return "" if facts.walks else "it was opened by itself, not from a list"


def held_back(facts: Facts) -> str:
    """A person holds the change back (rows that are marked are judged one by one later)."""
    if facts.marked or facts.held_back:
        return ""
    if facts.state == "held":
        return "nobody holds it back, it waits for what the panel says"
    return f"it is {facts.state}, not held back" if facts.state else "there is no row"


def of_record(facts: Facts) -> str:
    """The entry is about a record."""
    return "" if facts.of_record else "this entry is about no record"


def in_run(facts: Facts) -> str:
    """The entry was written by a push."""
    return "" if facts.in_run else "this entry was not part of a push"


def busy(facts: Facts) -> str:
    """A job is running."""
    return "" if facts.job else "nothing is running"


def settled(facts: Facts) -> str:
    """A conflict was settled since the start, by taking a side."""
    return "" if facts.settled else "settle one conflict first, then the others like it"


def searched(facts: Facts) -> str:
    """Something is searched for."""
    return "" if facts.searched else "nothing is searched for, / searches"


def dirty(facts: Facts) -> str:
    """Something was changed and not saved."""
    return "" if facts.dirty else "nothing was changed"


def unread(facts: Facts) -> str:
    """The draft names a field that the mirror has not read."""
    return "" if facts.unread else "the mirror has read all of its fields"


def state(*states: str) -> Why:
    """The row is in one of the states (marked rows that differ are judged one by one later)."""

    def check(facts: Facts) -> str:
        if facts.state in states or (facts.marked and not facts.alike):
            return ""
        now = STATE_WORDS.get(facts.state, facts.state)
        wanted = " or ".join(STATE_WORDS.get(name, name) for name in states)
        return f"it is {now}, not {wanted}" if now else "there is no row"

    return check


def side(name: str, words: str) -> Why:
    """The conflict offers this side."""

    def check(facts: Facts) -> str:
        return "" if facts.marked or name in facts.sides else f"there is no {words} to take"

    return check


def question(wanted: int) -> Why:
    """The mapping shows this question."""

    def check(facts: Facts) -> str:
        return "" if facts.question == wanted else f"that is for question {wanted}"

    return check
