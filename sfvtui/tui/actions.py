"""The one registry of actions: keys, words, where, and when each can act or why it can't.

Bindings, footer, help screen, palette and the key tables of the documents all read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingType

from sfvtui.tui import facts as when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sfvtui.tui.facts import Facts, Why

PLACES = ("home", "review", "records", "conflicts", "outbox", "history", "mapping")
"""The seven screens, in the order of their digits."""

PLACE_WORDS = {
    "home": "Home",
    "review": "Review",
    "records": "Records",
    "record": "One record",
    "run": "One run",
    "conflicts": "Conflicts",
    "outbox": "Outbox",
    "history": "History",
    "mapping": "Mapping",
    "setup": "Set-up",
}
PLACE_HELP = {
    "home": "What there is, and what to do next. Enter on a line of To do opens the list that it "
    "counts.",
    "review": "Records that no user was linked to. Judge one, and the next is there: approve a new "
    "user, link an existing one, or ignore. Nothing leaves before a push.",
    "records": "Everybody in the mirror. Search, filter, sort; Enter opens one record, where its "
    "fields can be edited, offline too.",
    "record": "One record and its user, pair by pair. An edit waits in the outbox until a push.",
    "run": "One push: how far it is, what landed and what did not, the newest first. It can be read "
    "again from History.",
    "conflicts": "Pairs that a person must decide: base, Salesforce, Vitally and the edit. What is "
    "chosen is queued, and sent by the next push only if neither side moved.",
    "outbox": "What a push would send, old → new, and why. Parked changes carry the service's "
    "message and the way to mend it.",
    "history": "What was decided and sent, by whom, with the values before and after.",
    "mapping": "The four questions: which object, how records match users, which unmatched ones "
    "may become users, which fields are mirrored. The effect is counted before anything is saved.",
    "setup": "The first start: give the connections, test them, choose a first mapping. Nothing "
    "is saved until the end.",
}

LISTS = ("review", "records", "conflicts", "outbox", "history")
ABOUT_RECORDS = (*LISTS, "record")
EVERYWHERE = (*PLACES, "record", "run")
ALL = (*EVERYWHERE, "setup")


@dataclass(frozen=True)
class Action:
    """One thing a person can do. `words` is the footer's label, `help` a sentence.

    `rank` orders the footer (lower first); None keeps the action out of it. `changes` marks what
    decides, queues or sends: read-only refuses it.
    """

    name: str
    keys: tuple[str, ...]
    words: str
    help: str
    where: tuple[str, ...]
    when: tuple[Why, ...] = ()
    rank: int | None = None
    changes: bool = False

    @property
    def verb(self) -> str:
        """What a person did not get to do, after "can't"."""
        if self.name.startswith("take_"):
            return f"take {self.words}"
        return _VERBS.get(self.name, self.words)

    def why_not(self, facts: Facts) -> str:
        """Why this can't act now, as the end of "can't …: "; empty text where it can."""
        if self.changes and facts.read_only:
            return "read-only: nothing is decided, queued or sent"
        return next((why for check in self.when if (why := check(facts))), "")


def _see(
    name: str, keys: str, words: str, text: str, where: tuple[str, ...], *checks: Why, rank: int = 0
) -> Action:
    """An action that looks and moves; `keys` are set apart by blanks."""
    return Action(name, tuple(keys.split()), words, text, where, checks, rank or None)


def _act(
    name: str, keys: str, words: str, text: str, where: tuple[str, ...], *checks: Why, rank: int = 0
) -> Action:
    """An action that decides, queues or sends."""
    return Action(name, tuple(keys.split()), words, text, where, checks, rank or None, changes=True)


_VERBS = {
    "why": "say why",
    "mark_range": "mark a range",
    "mark_all": "mark all",
    "record_history": "show its history",
    "only_record": "show this record alone",
    "only_run": "show this run alone",
    "open_run": "open its run",
    "same_for_field": "settle the same for the field",
    "next_hit": "go to the next hit",
    "previous_hit": "go to the hit before",
    "next_record": "go to the next record",
    "previous_record": "go to the record before",
    "account": "change the account",
    "reverse": "reverse the order",
    "refetch": "fetch it now",
}
"""What is not done, where the footer's word is no verb."""

_REVIEW, _RECORD, _RUN, _CONFLICTS = ("review",), ("record",), ("run",), ("conflicts",)
_OUTBOX, _HISTORY, _MAPPING, _SETUP = ("outbox",), ("history",), ("mapping",), ("setup",)
_STATES = ("review", "outbox")
_UNLINKED = ("unmatched", "ambiguous", "held", "outside_filter", "ignored", "approved")
_QUEUE_UP = when.state("unmatched", "approved")
_SET_ASIDE = when.state("unmatched", "ambiguous", "held", "outside_filter", "approved")
_TAKE = "for this conflict or the marked ones."

ACTIONS: tuple[Action, ...] = (
    # Review
    _act("approve", "a", "approve", "Queue a new user for this record, or for the marked ones.",
         _REVIEW, when.row, _QUEUE_UP, rank=10),
    _act("link", "l", "link", "Link this record to an existing user: a candidate, or any by search.",
         ("review", "record"), when.row, when.one, when.state(*_UNLINKED), rank=11),
    _act("ignore", "i", "ignore", "Set this record or the marked ones aside.",
         _REVIEW, when.row, _SET_ASIDE, rank=12),
    _act("ignore_why", "I", "ignore, why", "Set them aside with a reason, which is kept.",
         _REVIEW, when.row, _SET_ASIDE),
    _act("restore", "r", "restore", "Return an ignored record to the rule, or withdraw an approval.",
         _REVIEW, when.row, when.state("ignored", "approved"), rank=13),
    _see("next_state", "tab", "next state", "Show the next state.", _STATES, rank=30),
    _see("previous_state", "shift+tab", "state before", "Show the state before.", _STATES),
    # One record
    _act("edit", "e", "edit", "Edit the field under the cursor, in the editor of its type.",
         _RECORD, when.row, when.editable, rank=10),
    _act("blank", "x", "blank it", "Make the field blank on both sides.",
         _RECORD, when.row, when.editable, rank=11),
    _see("record_history", "h", "history", "The history of this record.",
         ("record", "records", "review"), when.row, rank=46),
    _see("next_record", "]", "next", "The next record of the list.", _RECORD, when.walks,
         rank=15),
    _see("previous_record", "[", "previous", "The record before.", _RECORD, when.walks,
         rank=16),
    _act("unlink", "U", "unlink", "Take the link away: the two are not the same person.",
         ("record", "records"), when.row, when.one, when.state("linked", "gone")),
    _act("account", "A", "account", "Queue the user's accounts: the record's one added, or alone.",
         _RECORD, when.state("linked")),
    _see("refetch", "R", "fetch now", "Fetch both sides of this record now.", _RECORD, when.idle),
    # Conflicts
    _act("take_salesforce", "<", "Salesforce", f"Take Salesforce's value, {_TAKE}",
         _CONFLICTS, when.row, when.side("salesforce", "Salesforce value"), rank=10),
    _act("take_vitally", ">", "Vitally", f"Take Vitally's value, {_TAKE}",
         _CONFLICTS, when.row, when.side("vitally", "Vitally value"), rank=11),
    _act("take_base", "b", "base", f"Take the value both sides last agreed on, {_TAKE}",
         _CONFLICTS, when.row, when.side("base", "base"), rank=12),
    _act("take_edit", "E", "the edit", f"Take the value that was typed, {_TAKE}",
         _CONFLICTS, when.row, when.side("edit", "edit"), rank=13),
    _act("type_value", "e", "type it", "Type another value.",
         _CONFLICTS, when.row, when.one, when.editable, rank=14),
    _act("same_for_field", "=", "same for the field",
         "Settle all conflicts of this field like the last one that was settled.",
         _CONFLICTS, when.settled, rank=9),
    # Outbox
    _act("retry", "t", "try again", "Queue a parked change again, or the marked ones.",
         _OUTBOX, when.row, when.state("parked"), rank=11),
    _act("mend", "e", "edit", "Type another value for a field of this change: what was refused is "
         "decided again.", _OUTBOX, when.row, when.one, when.editable, rank=12),
    _act("drop", "d", "drop", "Drop this change or the marked ones: both sides stay as they are.",
         _OUTBOX, when.row, when.state("queued", "held", "parked"), rank=12),
    _act("hold", "h", "hold back",
         "Hold this change or the marked ones back, with a reason: not sent until released.",
         _OUTBOX, when.row, when.state("queued", "held"), rank=13),
    _act("release", "r", "release", "Let a change go that a person holds back, or the marked ones.",
         _OUTBOX, when.row, when.held_back, rank=10),
    # History
    _act("undo_entry", "U", "undo this", "Plan the way back from this entry or the marked ones.",
         _HISTORY, when.row, rank=10),
    _see("only_record", "r", "this record", "Only the entries of this record; again: everything.",
         _HISTORY, when.row, when.of_record, rank=11),
    _see("only_run", "R", "this run", "Only the entries of this run; again: everything.",
         _HISTORY, when.row, when.in_run, rank=12),
    _see("open_run", "o", "its run", "The push that this entry was part of: what it did, in one place.",
         _HISTORY, when.row, when.in_run, rank=13),
    # One run
    _see("background", "b", "go on beside", "Close this screen; the push goes on, the status line "
         "shows it.", _RUN, when.busy, rank=10),
    # Mapping
    _see("next_question", "tab", "next question", "The next question.", _MAPPING, rank=20),
    _see("previous_question", "shift+tab", "question before", "The question before.", _MAPPING),
    _see("change_answer", "e", "change", "Change the answer under the cursor.",
         _MAPPING, when.row, rank=11),
    _see("add_pair", "a", "add field", "Choose a Salesforce field, and the trait that mirrors it.",
         _MAPPING, when.question(4), rank=12),
    _see("remove_pair", "x", "remove", "Remove the pair under the cursor.",
         _MAPPING, when.question(4), when.row, rank=13),
    _see("toggle", "space", "yes/no", "Change a yes to a no, or to the next choice.",
         _MAPPING, when.row, when.editable, rank=14),
    _see("read_fields", "r", "read new fields", "Read the fields that the mirror has not read yet; its "
         "cost is said first.", _MAPPING, when.unread, when.idle, rank=10),
    _act("save", "ctrl+s", "save", "Save the mapping; what changes is said in words first.",
         _MAPPING, when.dirty, rank=9),
    _see("discard", "ctrl+z", "discard", "Go back to the saved mapping.", _MAPPING, when.dirty),
    _see("versions", "V", "versions", "The mapping's versions; one of them as the draft.", _MAPPING,
         when.configured),
    # Set-up
    _see("test", "ctrl+t", "test", "Try what was typed.", _SETUP, when.idle, rank=10),
    _see("next_step", "ctrl+n", "next", "The next step.", _SETUP, when.idle, rank=11),
    _see("previous_step", "ctrl+b", "back", "The step before; on the first, another way to log in.",
         _SETUP, rank=12),
    # Every list
    _see("mark", "space", "mark", "Mark this row, and move on.", LISTS, when.row, rank=43),
    _see("mark_all", "*", "mark all", "Mark all rows that the list shows; again: none.",
         LISTS, when.rows),
    _see("mark_range", "v", "range", "Begin a range here; again: mark up to the cursor.",
         LISTS, when.row),
    _see("search", "/", "search everybody", "Search everybody, in Records.", ("home",),
         when.configured, rank=4),
    _see("search", "/", "search", "Search as you type.", LISTS, rank=41),
    _see("next_hit", "n", "next hit", "The next hit.", LISTS, when.searched),
    _see("previous_hit", "N", "hit before", "The hit before.", LISTS, when.searched),
    _see("filter", "f", "filter", "Filter, in the filter text.", LISTS, rank=42),
    _see("sort", "s", "sort", "Sort by the column that ← → chose.", LISTS, when.rows),
    _see("reverse", "S", "reverse", "Reverse the order.", LISTS, when.rows),
    _see("columns", "c", "columns", "Choose, move and widen the columns.", LISTS),
    _see("widen", "+", "widen", "Widen the column that ← → chose.", LISTS),
    _see("narrow", "-", "narrow", "Narrow the column that ← → chose.", LISTS),
    _see("detail_down", "J", "panel down", "Scroll the panel beside or under the list.",
         (*ABOUT_RECORDS, "run")),
    _see("detail_up", "K", "panel up", "Scroll the panel back.",
         (*ABOUT_RECORDS, "run")),
    # Movement
    _see("up", "k up", "up", "One row up.", ALL),
    _see("down", "j down", "down", "One row down.", ALL),
    _see("page_up", "pageup", "page up", "One page up.", ALL),
    _see("page_down", "pagedown", "page down", "One page down.", ALL),
    _see("top", "g home", "top", "The first row.", ALL),
    _see("bottom", "G end", "bottom", "The last row.", ALL),
    _see("left", "left", "column left", "The column to the left.", ALL),
    _see("right", "right", "column right", "The column to the right.", ALL),
    _see("open", "enter", "open", "Open, or change, what is under the cursor.", ALL, when.row,
         rank=20),
    _see("back", "escape", "back", "Stop what runs; or close, or clear the search; or go back.",
         ALL),
    # Everywhere
    _see("pull", "p", "pull", "Refresh the mirror from both services.",
         EVERYWHERE, when.configured, when.idle, rank=50),
    _act("push", "P", "push", "Show the plan, and send it after a yes.",
         EVERYWHERE, when.configured, when.idle, rank=51),
    _see("verify", "", "verify", "Compare the mirror with both services; the cost is said first.",
         EVERYWHERE, when.configured, when.idle),
    _act("pause_system", "", "pause a system", "Send nothing to a system from now on, with a reason, "
         "for all who use the store.", EVERYWHERE, when.configured),
    _act("resume_system", "", "resume a system", "End a system's pause: the next push sends to it "
         "again.", EVERYWHERE, when.configured),
    _act("undo", "u", "undo", "Take back what was last decided on this screen.",
         ABOUT_RECORDS, when.undoable, rank=18),
    _see("why", "w", "why", "How this state or value came about.", (*ABOUT_RECORDS, "run"), when.row,
         rank=44),
    _see("copy", "y", "copy", "Copy the Id, or the value under the cursor.",
         (*ABOUT_RECORDS, "run"), when.row),
    _see("copy_address", "Y", "copy address", "Copy the record's address in Salesforce, for a browser.",
         ABOUT_RECORDS, when.row),
    _see("save_list", "W", "save to a file", "Write the rows and columns that the list shows to a CSV "
         "file.", LISTS, when.rows),
    *(
        _see(f"go_{place}", str(digit), PLACE_WORDS[place], f"Go to {PLACE_WORDS[place]}.",
             EVERYWHERE)
        for digit, place in enumerate(PLACES, 1)
    ),
    _see("theme", "", "theme", "The next theme: dark, light, high contrast, no colour.", ALL),
    _see("palette", "ctrl+p :", "commands", "Every command by name, every record by search.",
         EVERYWHERE, rank=98),
    _see("help", "? f1", "help", "The keys of this screen, and the words.", ALL, rank=99),
    _see("quit", "q ctrl+c", "quit", "Leave; the next start returns here.", EVERYWHERE),
    _see("quit", "q ctrl+c", "leave", "Leave; the next start returns here.", _SETUP, rank=13),
)  # fmt: skip
_BY_NAME = {(action.name, place): action for action in ACTIONS for place in action.where}

_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "f1": "F1",
}


def key_of(action: Action, place: str) -> str:
    """The key that the footer shows: where letters are typed, one that is no letter."""
    return shown(action.keys[-1] if place == "setup" else action.keys[0])


def shown(key: str) -> str:
    """A key as people write it: `Enter`, `Ctrl+S`, `a`."""
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return f"Ctrl+{key[5:].upper()}"
    return key


def at(place: str) -> Iterator[Action]:
    """The actions of a place, its own first."""
    return (action for action in ACTIONS if place in action.where)


def find(name: str, place: str) -> Action | None:
    """The action of this name at a place."""
    return _BY_NAME.get((name, place))


def bindings(place: str) -> list[BindingType]:
    """The bindings of a place; each runs `do(name)` of its screen."""
    return [
        Binding(key, f"do('{action.name}')", action.words, show=False)
        for action in at(place)
        for key in action.keys
    ]


_FIRST = {("outbox", "push"): 1, ("home", "open"): 1, ("home", "pull"): 2, ("home", "push"): 3}
"""What comes before everything else in the footer of a place."""


def footer(place: str, facts: Facts) -> list[Action]:
    """What the footer shows: the ranked actions that can act now, in their order."""
    acting = [a for a in at(place) if a.rank is not None and not a.why_not(facts)]
    return sorted(acting, key=lambda action: _FIRST.get((place, action.name), action.rank or 0))


def key_table(place: str) -> list[tuple[str, str]]:
    """The keys of a place and what they do, for the help screen and the documents."""
    return [
        (" ".join(shown(key) for key in action.keys), action.help)
        for action in at(place)
        if action.keys
    ]
