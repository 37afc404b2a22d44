"""How reports and lists read on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sfvtui.cli.output import show
from sfvtui.cli.tables import Table

Report = dict[str, Any]
Lines = Iterable[Report]

STATE_WORDS = {"outside_filter": "outside the filter"}
NAMES_FIRST = ("Name", "FirstName", "LastName", "Title", "Email")
SHOWN_FIELDS = 3


def pull(report: Report) -> Iterator[str]:
    """What a pull read."""
    for system in ("salesforce", "vitally"):
        side = report[system]
        yield (
            f"{_system(system):<11}{counted(side['read'], 'row')} read, {side['changed']} changed, "
            f"{side['deleted']} deleted ({side['mode']})"
        )
    yield f"Pulled in {report['seconds']:.1f} s."


def status(report: Report, pauses: Iterable[str] = ()) -> Iterator[str]:
    """Counts by state, and what waits; which systems are paused comes first."""
    yield from (f"{show(pause)}." for pause in pauses)
    yield f"{counted(report['records'], 'record')}, {counted(report['users'], 'user')}"
    width = max(len(str(n)) for n in (report["records"], *report["states"].values()))
    for state, count in report["states"].items():
        yield f"  {count:>{width}}  {_state(state)}"
    for flag, count in report["flags"].items():
        if count:
            yield f"  {count:>{width}}  flagged {flag.replace('_', ' ')}"
    yield f"Conflicts: {report['conflicts']}"
    outbox = report["outbox"]
    yield "Outbox: " + ", ".join(f"{count} {state}" for state, count in outbox.items())
    for paused in report["paused"]:
        yield f"Paused: {show(paused['field'])}: {show(paused['reason'])}"
    pulled = report["last_pull"]
    yield (
        f"Last pull: Salesforce {show(pulled['salesforce']) or 'never'}, "
        f"Vitally {show(pulled['vitally']) or 'never'}"
    )
    calls = report["salesforce_calls"]
    if calls and calls.get("limit"):
        yield f"Salesforce calls today: {calls['used']} of {calls['limit']}"


def review(lines: Lines) -> Table:
    """Records with their states, and why."""
    return Table(
        ("RECORD", "STATE", "WHO", "USER", "WHY"),
        (
            (
                show(line["record"]),
                _state(line["state"]),
                ", ".join(_who(line["fields"])),
                show(line["user"]),
                "; ".join(_reasons(line)),
            )
            for line in lines
        ),
    )


def _who(fields: Report) -> Iterator[str]:
    """The values that tell people who a record is."""
    named = [name for name in NAMES_FIRST if fields.get(name) not in (None, "")]
    others = [name for name in fields if name not in NAMES_FIRST and fields[name] is not None]
    return (show(fields[name]) for name in (named or others)[:SHOWN_FIELDS])


def _reasons(line: Report) -> Iterator[str]:
    if line["reason"]:
        yield show(line["reason"])
    for flag in line["flags"]:
        yield flag.replace("_", " ")
    for candidate in line["candidates"]:
        yield f"{show(candidate['user'])} ({show(candidate['because'])})"


def approved(report: Report) -> Iterator[str]:
    """What an approval came to."""
    yield f"{counted(len(report['approved']), 'record')} approved."
    yield from _refused(report)


def nothing(_: Report) -> Iterator[str]:
    """What was not done needs no words here: standard error has them."""
    yield from ()


def done(report: Report) -> Iterator[str]:
    """What a decision came to."""
    yield f"{counted(len(report['done']), 'record')} done."
    yield from _refused(report)


def decided(report: Report, verb: str, names: Sequence[str], told: Iterable[str]) -> Iterator[str]:
    """Whom a decision was about (`names`, the first ones where they are many), and what the match
    rule made of it (`told`)."""
    key = "done" if "done" in report else "approved"
    more = len(report[key]) - len(names)
    if names:
        yield f"{verb} {', '.join(map(show, names))}" + (f" and {more} more" if more else "")
    yield from map(show, told)
    yield from _refused(report)


def _refused(report: Report) -> Iterator[str]:
    for refusal in report["refused"]:
        yield f"refused {show(refusal['record'])}: {show(refusal['reason'])}"


def edited(report: Report) -> Iterator[str]:
    """An edit as it will be pushed."""
    for edit in report["edits"]:
        before = edit["before"]
        yield (
            f"{show(report['record'])} {show(edit['field'])}: {_quoted(edit['after'])} "
            f"(Salesforce has {_quoted(before['salesforce'])}, "
            f"Vitally has {_quoted(before['vitally'])})"
        )


def planned_edits(lines: Lines) -> Table:
    """The values of a file, old → new; what was refused is said elsewhere."""
    return Table(
        ("RECORD", "FIELD", "OLD → NEW"),
        (
            (show(line["record"]), show(edit["field"]), _old_and_new(edit))
            for line in lines
            for edit in line.get("edits", ())
        ),
    )


def _old_and_new(edit: Report) -> str:
    before = edit["before"]
    theirs = ""
    if before["vitally"] != before["salesforce"]:
        theirs = f"  (Vitally has {_quoted(before['vitally'])})"
    return f"{_quoted(before['salesforce'])} → {_quoted(edit['after'])}{theirs}"


def conflicts(lines: Lines) -> Table:
    """Conflicts, a line each."""
    return Table(
        ("RECORD", "FIELD", "KIND", "BASE", "SALESFORCE", "VITALLY", "EDIT"),
        (
            (
                show(line["record"]),
                show(line["field"]),
                line["kind"],
                show(line["base"]),
                show(line["salesforce"]),
                show(line["vitally"]),
                show(line["edit"]) if "edit" in line else "",
            )
            for line in lines
        ),
    )


def resolved(report: Report) -> Iterator[str]:
    """A conflict that was settled."""
    yield f"{show(report['record'])} {show(report['field'])}: {_quoted(report['value'])}"


def changes(lines: Lines) -> Iterator[str]:
    """The plan or the outbox: each change, and its fields below it."""
    for line in lines:
        yield _change_head(line)
        for field in line["fields"]:
            yield f"    {show(field['name'])}: {_moved(field)}"
        if line["why"]:
            yield f"    because {show(line['why'])}"
        if line["held"]:
            yield f"    held: {show(line['held'])}"


def _change_head(line: Report) -> str:
    whom = " ".join(show(line[key]) for key in ("record", "user") if line[key])
    state = ""
    if "state" in line:
        state = f"  {show(line['state'])}, {counted(line['attempts'], 'attempt')}"
    return f"#{line['change']} {line['action']} {_system(line['system'])} {whom}{state}"


def pushed(report: Report) -> Iterator[str]:
    """What a push did."""
    guard = report["guard"]
    if guard:
        yield from guard_lines(guard)
    run = f"Run {report['run']}: " if report["run"] is not None else ""
    counts = ("sent", "landed", "parked", "conflicts", "unknown", "held", "left")
    yield run + ", ".join(
        f"{report[name]} {'conflict' if name == 'conflicts' and report[name] == 1 else name}"
        for name in counts
    )
    for problem in report["problems"]:
        yield (
            f"#{problem['change']} {show(problem['record'])} {show(problem['code'])}: "
            f"{show(problem['message'])} {show(problem['mend'])}".rstrip()
        )


def guard_lines(guard: Report) -> Iterator[str]:
    """What a guard found, by field and with examples."""
    limit = f" (limit {guard['limit']})" if guard["limit"] else ""
    yield f"Guard {guard['rule']}: {guard['count']}{limit}"
    for name, count in guard["fields"].items():
        yield f"  {count}  {show(name)}"
    for example in guard["examples"]:
        yield f"  {_example(example)}"


def _example(example: object) -> str:
    if isinstance(example, dict):
        return ", ".join(f"{key} {show(value)}" for key, value in example.items())
    return show(example)


def synced(report: Report) -> Iterator[str]:
    """A pull, what it decided, and the push."""
    if report["pull"]:
        yield from pull(report["pull"])
    decided = report["reconcile"]
    yield (
        f"Reconciled: {decided['to_salesforce']} to Salesforce, {decided['to_vitally']} to "
        f"Vitally, {decided['agreed']} agreed, {counted(decided['conflicts'], 'conflict')}"
    )
    if report["push"]:
        yield from pushed(report["push"])


def history(lines: Lines) -> Table:
    """The history, an entry a line."""
    return Table(
        ("ENTRY", "AT", "WHO", "WHAT", "RECORD", "SYSTEM", "FIELD", "VALUE", "OUTCOME"),
        (
            (
                str(line["entry"]),
                show(line["at"]),
                show(line["who"]),
                line["what"],
                show(line["record"] or line["user"]),
                show(line["system"]),
                show(line["field"]),
                _values(line),
                "; ".join(text for text in (show(line["outcome"]), show(line["why"])) if text),
            )
            for line in lines
        ),
    )


def _values(entry: Report) -> str:
    """What an entry changed; a whole mapping or user is for --json."""
    if entry["what"] in ("mapping", "create") or (entry["before"] is entry["after"] is None):
        return ""
    return show(entry["after"]) if entry["what"] == "confirm" else _moved(entry)


def undone(report: Report) -> Iterator[str]:
    """What an undo took back, what it queued, and what it could not."""
    things = counted(report["undone"], "thing")
    yield f"{things} would be taken back." if report["dry"] else f"{things} taken back."
    yield from changes(report["lines"])
    for conflict in report["conflicts"]:
        yield f"conflict: {show(conflict['record'])} {show(conflict['field'])} changed since"
    for one in report["not_undoable"]:
        yield f"entry {one['entry']} cannot be undone: {show(one['reason'])}"


def explained(report: Report) -> Iterator[str]:
    """A record and its pairs, each with what happens next and why."""
    state = _state(report["state"]) if report["state"] else "in no list"
    yield f"{show(report['record'])} is {state}: {show(report['state_why'])}"
    for field in report["fields"]:
        yield f"{show(field['field'])} ⇄ {show(field['trait'])}"
        for name in ("base", "salesforce", "vitally", "edit"):
            if field[name] is not None or name != "edit":
                yield f"    {name:<11}{_quoted(field[name])}"
        yield f"    next       {show(field['next'])}"
        yield f"    because    {show(field['because'])}"


def verified(report: Report) -> Iterator[str]:
    """What the mirror had missed."""
    checked = report["checked"]
    yield f"{counted(checked['records'], 'record')} and {counted(checked['users'], 'user')} checked."
    for drift in report["drift"]:
        whom = show(drift["record"] or drift["user"])
        moved = ""
        if drift["field"]:
            moved = f" {show(drift['field'])}: mirror {_quoted(drift['mirror'])}, there "
            moved += _quoted(drift["remote"])
        yield f"{drift['kind']}: {whom}{moved}"
    found = counted(len(report["drift"]), "difference")
    yield f"{found}, {report['repaired']} mended." if report["drift"] else "No difference."


def told(report: Report) -> Iterator[str]:
    """What was found, or what it came to."""
    yield ("" if report["ok"] else "not well: ") + show(report["found"])


def checks(report: Report) -> Iterator[str]:
    """What doctor found."""
    for check in report["checks"]:
        mark = "ok  " if check["ok"] else "FAIL"
        if check["found"].startswith("not checked"):
            mark = "--  "
        mend = f" {show(check['mend'])}" if check["mend"] and not check["ok"] else ""
        yield f"{mark}  {show(check['name'])}: {show(check['found'])}{mend}"


def _moved(field: Report) -> str:
    return f"{_quoted(field['before'])} → {_quoted(field['after'])}"


def _quoted(value: object) -> str:
    if value is None or value == "":
        return "(blank)"
    return f'"{show(value)}"' if isinstance(value, str) else show(value)


def counted(number: int, noun: str) -> str:
    """A number and its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", " ")


def _state(name: str) -> str:
    return STATE_WORDS.get(name, show(name))


def _system(name: str) -> str:
    return {"salesforce": "Salesforce", "vitally": "Vitally"}.get(name, show(name))
