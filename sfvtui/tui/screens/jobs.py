"""The long verbs as jobs of the screens: pull, push with its plan and its guards, one record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sfvtui.domain.guards import Rule
from sfvtui.mirror import runs
from sfvtui.mirror.windows import Selection, change_fields, change_keys, change_rows
from sfvtui.tui.changes import change_prose
from sfvtui.tui.history_view import run_words, stopped_words
from sfvtui.tui.widgets.dialogs import Confirm, Pager
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import SYSTEM_WORDS, duration, number, plural
from sfvtui.tui.work import Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sfvtui.domain.guards import Guard
    from sfvtui.sync.context import Context
    from sfvtui.sync.landing import PushReport
    from sfvtui.sync.pull import Foreseen, PullReport, SideReport
    from sfvtui.tui.app import SfvtuiApp
    from sfvtui.tui.screens.base import SfvScreen

PLAN_SHOWN = 200
"""Changes that the question before a push shows; the outbox has all."""

RULE_WORDS = {
    Rule.FIRST_PUSH: "the first push of this mapping",
    Rule.MAX_CHANGES: "it would update more records than max_changes",
    Rule.MAX_BLANKS: "it would blank more values than max_blanks",
    Rule.MAX_VANISHED: "more links vanished in the last pull than max_vanished",
}


ASKS_FROM = 30.0
"""From so many seconds on a pull of everything asks first; a shorter one only says its cost."""


# --- pull


def ask_pull(screen: SfvScreen) -> None:
    """Starts a pull, its cost said first; a long one of everything only after a yes."""
    from sfvtui.sync.pull import foresee

    def then(seen: Foreseen) -> None:
        def start(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                screen.main.start(replace(pull_job(screen), note=seen.words))

        if seen.cost is None or not seen.why or seen.cost.seconds < ASKS_FROM:
            start(True)
            return
        text = Prose().line(seen.words, "strong").line(f"Everything, because {seen.why}.", "dim")
        text.line("Esc stops it, what was read is kept, and the next pull goes on there.", "dim")
        screen.app.push_screen(Confirm("Pull everything again?", text, yes="pull"), start)

    screen.main.look_up(screen, foresee, then)


def pull_job(screen: SfvScreen, *records: str) -> Job[PullReport]:
    """Refreshing the mirror: everything, or both sides of some records."""

    def run(context: Context, _: Callable[[Guard], bool]) -> PullReport:
        from sfvtui.sync.pull import pull

        return pull(context, records=records)

    def then(report: PullReport) -> None:
        stopped = "stopped; what was read is kept, the next pull goes on there"
        said = stopped if report.interrupted else _pulled(report)
        screen.main.current().say(said, "warn" if report.interrupted else "good")

    return Job("a pull", run, then, step="page")


def _pulled(report: PullReport) -> str:
    sides = ", ".join(
        f"{SYSTEM_WORDS[name]} {_read(side)}"
        for name, side in (("salesforce", report.salesforce), ("vitally", report.vitally))
    )
    return f"pulled in {duration(report.seconds)}: {sides}"


def _read(side: SideReport) -> str:
    gone = f", {number(side.deleted)} gone" if side.deleted else ""
    return f"{number(side.changed)} of {number(side.read)} changed{gone}"


# --- push


def show_plan(screen: SfvScreen) -> None:
    """Shows what a push would send and cost, and asks; nothing leaves without a yes."""
    from sfvtui.sync import costs

    store = screen.desk.store
    keys = change_keys(store, Selection(sort="system"))
    found = change_rows(store, keys)
    rows = [found[key] for key in keys if key in found]
    going = [row for row in rows if row["shown_state"] in ("queued", "unknown")]
    if not going:
        held = sum(row["shown_state"] == "held" for row in rows)
        rest = f", {number(held)} held" if held else ""
        parked = sum(row["state"] == "parked" for row in rows)
        rest += f", {number(parked)} parked" if parked else ""
        screen.say(f"nothing to push{rest}")
        return
    body = plan_prose([dict(row) for row in going])
    cost = costs.of_push(
        sum(row["system"] == "salesforce" for row in going),
        sum((row["system"], row["action"]) == ("vitally", "update") for row in going),
        sum(row["action"] == "create" for row in going),
        per_minute=screen.desk.settings.vitally.requests_per_minute if screen.desk.settings else 0,
    )
    body = Prose().line(f"It takes {cost.words()}.", "dim").put(body)
    waiting = len(rows) - len(going)
    if waiting:
        body.line(f"\n{plural(waiting, 'change')} held, parked or on its way: 5 shows why.", "dim")
    question = Confirm(f"Push {plural(len(going), 'change')}?", body, yes="push")

    def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if yes:
            begin_push(screen)

    screen.app.push_screen(question, answer)


def begin_push(screen: SfvScreen) -> None:
    """Sends the outbox, and shows what lands."""
    from sfvtui.tui.screens.run import RunScreen

    screen.app.push_screen(RunScreen(after=runs.newest(screen.desk.store)))
    screen.main.start(push_job(screen))


def plan_prose(rows: list[dict[str, Any]]) -> Prose:
    """The changes that would leave: counted by system and field, then each."""
    text = Prose()
    counts: dict[str, dict[str, int]] = {}
    creations = 0
    for row in rows:
        if row["action"] == "create":
            creations += 1
            continue
        fields = counts.setdefault(row["system"], {})
        for item in change_fields(row):
            fields[item["name"]] = fields.get(item["name"], 0) + 1
    for system, fields in sorted(counts.items()):
        text.hang(4).add(f"to {SYSTEM_WORDS[system]}", "strong")
        listed = ", ".join(f"{name}×{number(n)}" for name, n in sorted(fields.items()))
        text.line(f"  {plural(sum(fields.values()), 'value')}: {listed}")
    if creations:
        text.add("new in Vitally", "strong").line(f"  {plural(creations, 'user')}")
    first = sum(item["first"] for row in rows for item in change_fields(row))
    if first:
        text.line(f"! {plural(first, 'value')} of new links would be replaced", "warn")
    text.line()
    for row in rows[:PLAN_SHOWN]:
        text.put(change_prose(row))
    if len(rows) > PLAN_SHOWN:
        text.line(f"… {number(len(rows) - PLAN_SHOWN)} more: 5 shows all", "dim")
    return text


def push_job(screen: SfvScreen) -> Job[PushReport]:
    """Sending the outbox; the plan was shown and agreed to, other guards ask."""

    def run(context: Context, ask: Callable[[Guard], bool]) -> PushReport:
        from sfvtui.sync.push import push

        return push(context, confirm=lambda guard: guard.rule is Rule.FIRST_PUSH or ask(guard))

    def then(report: PushReport) -> None:
        show_push(screen.main, report)

    return Job("a push", run, then, step="change")


def show_push(main: SfvtuiApp, report: PushReport) -> None:
    """What a push did: on its own screen where that is still open, else in a sentence, and in a box
    where something went wrong."""
    from sfvtui.tui.screens.run import RunScreen

    screen, summary = main.current(), report.as_summary()
    for one in main.all_screens():
        if isinstance(one, RunScreen):
            one.ended(report)
    sentence, tone = run_words(report.run, summary, runs.tally(main.desk.store, report.run or 0))
    why = stopped_words(summary)
    screen.say(sentence, tone)
    if isinstance(screen, RunScreen):
        return
    if report.problems or (why and not report.interrupted):
        text = Prose().line(sentence, "strong").line(why, "warn").line()
        for problem in report.problems:
            text.add(f"change {problem['change']}  {problem['record']}  ", "dim")
            text.line(f"{problem['code']}: {problem['message']}", "bad")
            if problem["mend"]:
                text.line(f"  {problem['mend']}")
        screen.app.push_screen(Pager("The push", text))


def guard_question(guard: Guard) -> Confirm:
    """The question that a guard asks before a push's first write."""
    text = Prose().line(f"Stopped before the first write: {RULE_WORDS[guard.rule]}.", "warn")
    if guard.limit:
        text.line(f"It counts {guard.count:g}, the limit is {guard.limit:g}.")
    text.line()
    for name, count in sorted(guard.fields.items(), key=lambda item: -item[1]):
        text.fact(name, number(count), width=24)
    if guard.examples:
        text.line("\nFor example", "strong")
    for example in guard.examples:
        text.hang(4).line(f"  {example}")
    return Confirm("Push all the same?", text, yes="push all the same")
