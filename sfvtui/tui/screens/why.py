"""Why: how a record's state, or a value, came about, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.mirror.windows import Selection, history_keys, history_rows
from sfvtui.tui.changes import plain
from sfvtui.tui.record_view import load, state_line, value
from sfvtui.tui.widgets.dialogs import Pager
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import FLAG_WORDS, KIND_WORDS, SYSTEM_WORDS, ago

if TYPE_CHECKING:
    from sfvtui.tui.desk import Desk
    from sfvtui.tui.record_view import PairView, RecordView
    from sfvtui.tui.screens.base import SfvScreen

ENTRIES_SHOWN = 12


def show_why(screen: SfvScreen, record_id: str, field: str = "") -> None:
    """Opens the explanation of a record, or of one of its fields."""
    view = load(screen.desk, record_id)
    if view is None:
        screen.say(f"the mirror has no record {record_id}", "warn")
        return
    pair = next((p for p in view.pairs if p.pair.name == field), None)
    title = f"Why: {view.name}" + (f", {field}" if pair else "")
    screen.app.push_screen(Pager(title, why_text(screen.desk, view, pair)))


def why_text(desk: Desk, view: RecordView, pair: PairView | None) -> Prose:
    """What led to a record's state, or to a pair's values, and what happens next."""
    text = Prose().put(state_line(view))
    for flag, why in view.flags:
        text.add(f"! {FLAG_WORDS.get(flag, flag)}", "warn").line(f"  {why}")
    rule = desk.bound.mapping.match if desk.bound else None
    if rule is not None:
        theirs = rule.trait or "externalId"
        text.fact("rule", f"{rule.field} equals {theirs}", width=12)
        text.fact("match value", plain(view.row["match_key"] or ""), width=12)
    if view.user is not None:
        text.fact("user", f"{view.user['display_name']}  {view.user_words}", width=12)
    text.fact("account", view.account or "none in Vitally", width=12)
    by = view.row["modified_by"]
    when = ago(view.row["modified_at"], desk.clock())
    text.fact("Salesforce", f"row changed {when}" + (f" by {by}" if by else ""), width=12)
    if view.user is not None:
        when = ago(view.user["updated_at"], desk.clock())
        text.fact("Vitally", f"row changed {when}; Vitally does not say by whom", width=12)
    if pair is not None:
        text.line().put(pair_text(pair, linked=view.user is not None))
    text.line().line("History", "title").put(_entries(desk, view.record_id, pair))
    return text


def pair_text(pair: PairView, *, linked: bool) -> Prose:
    """A pair: its rules, the values that are known, and what happens next."""
    mapped = pair.pair.pair
    text = Prose().line(f"{pair.pair.name} ⇄ {mapped.trait}", "title")
    text.line(
        f"{pair.pair.field.label}, {pair.pair.field.type.value}, "
        f"{'editable' if mapped.editable else 'not editable'}; both changed: {mapped.on_conflict}",
        "dim",
    )
    for name, known, missing in (
        ("base", pair.base, "none yet"),
        ("Salesforce", pair.salesforce, "not read"),
        ("Vitally", pair.vitally, "not read" if linked else "no user"),
    ):
        text.hang(13).add(f"{name:<12} ", "dim")
        text.line(*value(pair.pair, known, missing))
    if pair.edit is not None:
        text.add(f"{'edit':<12} ", "dim").add(*value(pair.pair, pair.edit))
        text.line(f"  by {pair.edited_by}", "dim")
    if pair.stay:
        text.fact("stay", pair.stay, width=12)
    text.fact("next", next_words(pair, linked=linked), "info", width=12)
    return text


def next_words(pair: PairView, *, linked: bool) -> str:
    """What the next push does about a pair."""
    if pair.paused:
        return f"nothing: paused, {pair.paused}"
    if pair.conflict:
        return f"a person decides: {KIND_WORDS.get(pair.conflict, pair.conflict)}"
    if pair.edit is not None:
        return "the edit goes to both sides, Salesforce first"
    if not linked:
        return "nothing: the record is not linked"
    if pair.salesforce is None or pair.vitally is None:
        return "nothing before it is read"
    if pair.stay:
        return "nothing: the difference was accepted"
    if pair.differs:
        return "the difference waits in the outbox"
    return "nothing: both sides agree"


def _entries(desk: Desk, record_id: str, pair: PairView | None) -> Prose:
    store = desk.store
    keys = history_keys(store, Selection(record=record_id), limit=200)
    rows = history_rows(store, keys)
    found = [rows[key] for key in keys if key in rows]
    if pair is not None:
        found = [row for row in found if row["field"] in (None, pair.pair.name)]
    text = Prose()
    for row in found[:ENTRIES_SHOWN]:
        text.add(f"{row['at'][:16].replace('T', ' ')}  {row['what']:<9} ", "dim")
        if row["field"]:
            side = f" in {SYSTEM_WORDS[row['system']]}" if row["system"] else ""
            text.add(f"{row['field']}{side}: {plain(row['before'])} → {plain(row['after'])}  ")
        text.add(f"by {row['who']}", "dim")
        rest = "; ".join(part for part in (row["why"], row["outcome"]) if part)
        text.line(f"  {rest}" if rest and row["what"] != "mapping" else "", "dim")
    if not found:
        text.line("nothing was decided or sent for it yet", "dim")
    return text
