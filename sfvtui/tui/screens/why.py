"""Why: how a record's state, or a value, came about, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.mirror.windows import Selection, history_keys, history_rows
from sfvtui.tui.changes import plain
from sfvtui.tui.record_view import load, state_words, value
from sfvtui.tui.widgets.dialogs import Pager
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import STATE_TONES, SYSTEM_WORDS

if TYPE_CHECKING:
    from sfvtui.sync.why import WhyReport
    from sfvtui.tui.desk import Desk
    from sfvtui.tui.record_view import PairView, RecordView
    from sfvtui.tui.screens.base import SfvScreen

ENTRIES_SHOWN = 12
NAME = 11


def show_why(screen: SfvScreen, record_id: str, field: str = "") -> None:
    """Opens the explanation of a record, or of one of its fields."""
    from sfvtui.sync.why import why

    def then(report: WhyReport) -> None:
        view = load(screen.desk, record_id)
        if view is not None:
            title = f"Why: {view.name}" + (f", {field}" if field else "")
            text = why_text(screen.desk, view, report, field)
            screen.app.push_screen(Pager(title, text))

    screen.main.look_up(screen, lambda context: why(context, record_id, field or None), then)


def why_text(desk: Desk, view: RecordView, report: WhyReport, field: str) -> Prose:
    """What led to a record's state, or to a pair's values, and what happens next."""
    word, because = state_words(view, report.state_why)
    text = Prose().hang(2).add(word, STATE_TONES.get(view.state, "dim")).line(because).line()
    text.fact("record", view.record_id).fact("user", view.user_words)
    text.fact("account", view.account or "none in Vitally").line()
    pairs = {pair.pair.name: pair for pair in view.pairs}
    for item in report.fields:
        pair = pairs.get(item["field"])
        if field and pair is not None:
            text.put(pair_text(pair, linked=view.user is not None))
            text.fact("next", item["next"], "info").fact("because", item["because"])
        elif pair is not None and (pair.differs or pair.edit is not None or pair.conflict):
            text.fact(item["field"], item["next"], "info", width=NAME * 2)
    text.line().line("History", "title").put(_entries(desk, view.record_id, field))
    return text


def pair_text(pair: PairView, *, linked: bool) -> Prose:
    """A pair: its rules, and the values that are known."""
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
        text.hang(NAME + 1).add(f"{name:<{NAME}} ", "dim")
        text.line(*value(pair.pair, known, missing))
    if pair.edit is not None:
        text.hang(NAME + 1).add(f"{'edit':<{NAME}} ", "dim").add(*value(pair.pair, pair.edit))
        text.line(f"  by {pair.edited_by}", "dim")
    if pair.stay:
        text.fact("stay", pair.stay)
    if pair.next:
        text.fact("next", pair.next, "info")
    return text


def _entries(desk: Desk, record_id: str, field: str) -> Prose:
    store = desk.store
    keys = history_keys(store, Selection(record=record_id), limit=200)
    rows = history_rows(store, keys)
    found = [rows[key] for key in keys if key in rows]
    if field:
        found = [row for row in found if row["field"] in (None, field)]
    text = Prose()
    for row in found[:ENTRIES_SHOWN]:
        text.hang(4).add(f"{row['at'][5:16].replace('T', ' ')}  {row['what']:<9} ", "dim")
        if row["field"]:
            side = f" in {SYSTEM_WORDS[row['system']]}" if row["system"] else ""
            text.add(f"{row['field']}{side}: {plain(row['before'])} → {plain(row['after'])}  ")
        text.add(f"by {row['who']}", "dim")
        rest = "; ".join(part for part in (row["why"], row["outcome"]) if part)
        text.line(f"  {rest}" if rest and row["what"] != "mapping" else "", "dim")
    if not found:
        text.line("nothing was decided or sent for it yet", "dim")
    return text
