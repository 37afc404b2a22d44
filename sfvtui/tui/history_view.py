"""Entries of the history, and runs, as text: in History, and where a push shows what it does."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from sfvtui.sync.pace import clock_words
from sfvtui.tui.changes import plain, plain_json
from sfvtui.tui.source import Cell, Row
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import SYSTEM_WORDS, number, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sfvtui.mirror.runs import Tally
    from sfvtui.mirror.store import Row as Found

OUTCOME_TONES = {"landed": "good", "parked": "bad", "unknown": "warn", "stored": "warn"}


def draw_entry(key: int, row: Found) -> Row:
    """An entry as a row of a list."""
    change = ""
    if row["what"] == "mapping":
        change = "a new version"
    elif row["what"] == "create":
        change = "a new user"
    elif row["what"] == "confirm":
        change = f"{row['after']} was confirmed"
    elif row["before"] is not None or row["after"] is not None:
        change = f"{plain(row['before'])} → {plain(row['after'])}"
    elif row["why"]:
        change = row["why"]
    outcome = str(row["outcome"])
    kind = outcome.replace(":", " ").split(" ")[0]
    return Row(
        key,
        row["record_id"] or str(key),
        {
            "at": row["at"].replace("T", " ")[5:16],
            "what": row["what"],
            "name": row["display_name"] or row["record_id"] or "",
            "field": row["field"] or "",
            "change": change,
            "who": row["who"],
            "system": SYSTEM_WORDS.get(row["system"] or "", ""),
            "run": str(row["run"] or ""),
            "outcome": Cell(outcome, OUTCOME_TONES.get(kind, "")),
            "entry": str(key),
        },
        facts={
            "state": row["what"],
            "record": row["record_id"] or "",
            "field": row["field"] or "",
            "run": row["run"],
            "batch": row["batch"],
        },
    )


def entry_text(row: Found) -> Prose:
    """An entry in full."""
    text = Prose().add(f"{row['what']}  ", "strong").add(row["display_name"] or "", "strong")
    text.line(f"  {row['record_id'] or ''}", "dim")
    if row["what"] == "create":
        text.put(_created(row["after"]))
    elif row["what"] == "confirm":
        text.line(f"{row['after']} was confirmed")
    elif row["what"] != "mapping" and (row["before"] is not None or row["after"] is not None):
        where = f" in {SYSTEM_WORDS[row['system']]}" if row["system"] else ""
        text.hang(4).add(f"{row['field'] or ''}{where}  ", "dim").add(plain(row["before"]), "gone")
        text.add(" → ", "dim").line(plain(row["after"]), "new")
    if row["why"]:
        text.fact("why", row["why"])
    if row["outcome"]:
        text.fact("outcome", row["outcome"])
    run = f", run {row['run']}" if row["run"] is not None else ""
    text.line(f"entry {row['entry']}, action {row['batch']}{run}", "dim")
    return text.line(f"{row['at']} by {row['who']}", "dim")


def _created(body: str | None) -> Prose:
    """What a creation sent: the user's attributes and traits, a line each."""
    text = Prose()
    try:
        sent = json.loads(body or "{}")
    except ValueError:
        return text.line(body or "")
    if not isinstance(sent, dict):
        return text.line(body or "")
    traits = sent.pop("traits", {})
    for name, value in {**sent, **traits}.items():
        text.fact(name, plain_json(value), width=24)
    return text


# --- runs


def written_words(tally: Tally) -> str:
    """What was written, in values and users: `110 values, 2 new users`."""
    found = []
    if tally.values or not tally.users:
        found.append(plural(tally.values, "value"))
    if tally.users:
        found.append(plural(tally.users, "new user"))
    return ", ".join(found)


def run_words(run: int | None, summary: Mapping[str, Any], tally: Tally) -> tuple[str, str]:
    """What a run did in one sentence, and its tone. Changes are counted, and what they carried."""
    if summary["guard"]:
        return f"stopped before the first write: {summary['guard']['rule']}", "warn"
    if run is None:
        return "nothing was sent", "warn" if summary.get("stopped") else "info"
    words = [f"{plural(summary['landed'], 'change')} landed ({written_words(tally)})"]
    words += [
        f"{number(summary[name])} {said}"
        for name, said in (
            ("parked", "parked"),
            ("conflicts", "became conflicts"),
            ("unknown", "unknown"),
            ("held", "held"),
            ("left", "left"),
        )
        if summary[name]
    ]
    bad = summary["parked"] or summary["unknown"] or summary["problems"]
    tone = "bad" if bad else "warn" if summary["conflicts"] or summary.get("stopped") else "good"
    return f"run {run}: {', '.join(words)}", tone


def stopped_words(summary: Mapping[str, Any]) -> str:
    """Why a run ended before it was done; empty text where it did not."""
    stopped = summary.get("stopped")
    if not stopped:
        return ""
    if stopped == "a person":
        return "Stopped by a person after the change in flight; what was not sent stays queued."
    if stopped == "api_reserve":
        return "Stopped: the share of Salesforce's daily calls that is set aside is reached."
    if stopped == "daily_limit":
        return "Stopped: Salesforce's daily calls are used up."
    if stopped == "paused":
        return "A system is paused: what is for it was not sent. `sfvtui resume` ends that."
    return f"Stopped: {stopped}"


def run_took(row: Found) -> str:
    """When a run was, by whom, and how long it took."""
    words = f"{row['started_at'].replace('T', ' ')[:16]} by {row['who']}"
    if row["ended_at"] is None:
        return words
    took = dt.datetime.fromisoformat(row["ended_at"]) - dt.datetime.fromisoformat(row["started_at"])
    return f"{words}, took {clock_words(took.total_seconds())}"
