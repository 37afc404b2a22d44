"""Verifying as a job of the screens: its cost first, then what differs, and mending the mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.mirror import counts, records
from sfvtui.sync import costs
from sfvtui.tui.changes import plain_json
from sfvtui.tui.widgets.dialogs import Confirm, Pager
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import SYSTEM_WORDS, number, plural
from sfvtui.tui.work import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from sfvtui.domain.guards import Guard
    from sfvtui.sync.context import Context
    from sfvtui.sync.verify import Drift, VerifyReport
    from sfvtui.tui.desk import Desk
    from sfvtui.tui.screens.base import SfvScreen

SHOWN = 200
"""Differences that are listed; the count says how many there are."""

KIND_WORDS = {
    "missed-change": "changed, and the mirror had missed it",
    "gone": "is not there any more",
    "unseen": "was not seen yet",
    "new": "is new",
}


def ask_verify(screen: SfvScreen) -> None:
    """Says what a verification costs, and starts it after a yes."""
    desk = screen.desk
    have, users, _ = counts.sizes(desk.store)
    if not have and not users:
        screen.say("the mirror is empty, p pulls", "warn")
        return
    cost = costs.of_calls(
        costs.pages(have, costs.ROWS_A_QUERY),
        costs.pages(users, costs.ROWS_A_LIST),
        per_minute=desk.settings.vitally.requests_per_minute if desk.settings else 0,
    )
    text = Prose().line(f"It takes {cost.words()}.", "strong")
    text.line(
        "Ids and mapped values of both services are read again and compared with the mirror."
        " Nothing is changed.",
        "dim",
    )

    def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if yes:
            screen.main.start(verify_job(screen))

    what = f"{plural(have, 'record')} and {plural(users, 'user')}"
    screen.app.push_screen(Confirm(f"Verify {what}?", text, yes="verify"), answer)


def verify_job(screen: SfvScreen, *, repair: bool = False) -> Job[VerifyReport]:
    """Comparing the mirror with both services; `repair` mends the mirror as well."""

    def run(context: Context, _: Callable[[Guard], bool]) -> VerifyReport:
        from sfvtui.sync.verify import verify

        return verify(context, repair=repair)

    def then(report: VerifyReport) -> None:
        _show(screen.main.current(), report, repaired=repair)

    return Job("a verification", run, then, step="page")


def _show(screen: SfvScreen, report: VerifyReport, *, repaired: bool) -> None:
    checked = f"{plural(report.records, 'record')}, {plural(report.users, 'user')}"
    found = plural(len(report.drift), "difference")
    stopped = "stopped; " if report.interrupted else ""
    if not report.drift:
        said = f"{stopped}verified {checked}: the mirror is right"
        screen.say(said, "warn" if stopped else "good")
        return
    if repaired:
        screen.say(f"{stopped}{found}, {number(report.repaired)} mended", "good")
        return
    screen.say(f"{stopped}verified {checked}: {found}", "warn")
    text = Prose()
    for one in report.drift[:SHOWN]:
        text.put(_drift(screen.desk, one))
    if len(report.drift) > SHOWN:
        text.line(f"… and {number(len(report.drift) - SHOWN)} more", "dim")
    if screen.desk.read_only or report.interrupted:
        screen.app.push_screen(Pager(f"{found} from the mirror", text))
        return

    def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if yes:
            screen.main.start(verify_job(screen, repair=True))

    question = f"{found}. Mend the mirror? Both services are read once more."
    screen.app.push_screen(Confirm(question, text, yes="mend the mirror"), answer)


def _drift(desk: Desk, one: Drift) -> Prose:
    row = records.by_id(desk.store, one.record) if one.record else None
    system = SYSTEM_WORDS["salesforce" if one.user is None else "vitally"]
    name = row["display_name"] if row is not None else one.record or one.user or ""
    text = Prose().hang(4).add(name, "strong").add(f"  {one.field or ''} in {system} ", "dim")
    text.add(KIND_WORDS.get(one.kind.value, one.kind.value), "warn")
    if one.field:
        text.add(": ").add(plain_json(one.mirror), "gone").add(" → ", "dim")
        text.add(plain_json(one.remote), "new")
    return text.line()
