"""The contract: every command's JSON has the shape that docs/commands.md gives, key by key."""

from __future__ import annotations

import pytest

from sfvtui.cli.root import sfvtui as root
from tests.cli import shapes
from tests.test_docs import leaves

WITHOUT = {("init",), ("demo",), ("sandbox",), ("web",)}
"""They print what their own sections say."""


def run(program, command: str, *arguments: str, codes=(0,)):
    ended = program(*command.split(), *arguments, "--json")
    assert ended.code in codes, (ended.code, ended.stderr)
    return shapes.check(command, ended.stdout)


def test_every_command_has_a_shape():
    commands = {" ".join(words) for words in leaves(root, ()) if words not in WITHOUT}
    grouped = {"outbox retry", "outbox drop", "outbox hold", "outbox release"}  # print as `outbox`
    assert commands - grouped | {"outbox", "edit --from"} == set(shapes.read())


@pytest.mark.parametrize(
    "command", ["status", "plan", "conflicts", "review list", "outbox", "history", "store check"]
)
def test_what_works_before_the_first_pull(offline, command):
    run(offline, command)


def test_the_lists_and_reports_of_a_filled_mirror(pulled):
    for command in ("status", "plan", "conflicts", "outbox", "history", "store check"):
        assert run(pulled, command)
    for state in ("linked", "ambiguous", "outside_filter", "held", "unmatched"):
        assert run(pulled, "review list", "--state", state)
    for line in run(pulled, "review list", "--flag", "look_alike"):
        assert "look_alike" in line["flags"]
    for line in run(pulled, "review list")[:20]:
        assert run(pulled, "why", line["record"])


def test_decisions(pulled):
    unmatched = pulled.first("unmatched")["record"]
    assert run(pulled, "review ignore", unmatched, "--reason", "x")[0]["done"] == [unmatched]
    run(pulled, "review restore", unmatched)
    assert run(pulled, "review approve", unmatched)[0]["approved"] == [unmatched]
    ambiguous = pulled.first("ambiguous")
    run(pulled, "review approve", ambiguous["record"], codes=(1,))
    user = ambiguous["candidates"][0]["user"] if ambiguous["candidates"] else "nobody"
    run(pulled, "review link", ambiguous["record"], user, codes=(0, 1, 2))
    linked = pulled.editable()
    run(pulled, "review account", linked, "--add", codes=(0, 1))
    run(pulled, "edit", linked, "Title=x")
    run(pulled, "edit", linked, "Title=y", "--dry-run")
    file = pulled.config.parent / "people.csv"
    file.write_text(f"record,Title\n{linked},z\nnobody,z\n")
    kept, refused = run(pulled, "edit --from", str(file), "--yes", codes=(1,))
    assert kept["edits"] and refused["refused"]["column"] == "record"
    conflict = next(line for line in run(pulled, "conflicts") if line["field"])
    run(pulled, "resolve", conflict["record"], conflict["field"], "--take", "salesforce")
    change = run(pulled, "outbox")[0]["change"]
    for verb in ("hold", "release", "drop"):
        ended = pulled.ok("outbox", verb, str(change), "--json")
        shapes.check("outbox", ended.stdout)
    entry = run(pulled, "history")[-1]
    run(pulled, "undo", "--batch", str(entry["batch"]), "--dry-run", codes=(0, 1))
    run(pulled, "review unlink", linked)
    for line in run(pulled, "history"):
        assert line["at"]


def test_what_asks_the_services(sfv, tmp_path):
    run(sfv, "pull")
    assert run(sfv, "push", codes=(3,))[0]["guard"]["rule"] == "first_push"
    run(sfv, "sync", "--yes", "--allow", "max_blanks", codes=(0, 1, 3))
    assert run(sfv, "push", "--yes", "--waiting-ok")[0]["guard"] is None
    run(sfv, "outbox", "--parked")
    run(sfv, "history", "--run", "1")
    run(sfv, "undo", "--run", "1", "--dry-run", codes=(0, 1))
    run(sfv, "verify", "--sample", "5", codes=(0, 3))
    run(sfv, "doctor", codes=(0, 1))
    run(sfv, "pause", "vitally")
    run(sfv, "resume", "vitally")
    run(sfv, "store backup", str(tmp_path / "copy.db"))
    run(sfv, "store forget", sfv.editable(), "--yes")
    run(sfv, "store prune", "--before", "2020-01-01", "--yes")
    run(sfv, "store adopt", "--yes")
    run(sfv, "store adopt", codes=(3,))


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ({"record": "x", "field": "f", "value": None}, True),
        ({"record": "x", "field": "f", "value": [1]}, True),
        ({"record": "x", "field": "f"}, False),
        ({"record": "x", "field": "f", "value": 1, "more": 1}, False),
        ({"record": None, "field": "f", "value": 1}, False),
        ({"record": "x", "field": "f", "value": {}}, False),
    ],
)
def test_the_check_itself(value, good):
    known = shapes.read()
    assert (shapes.wrong(value, known["resolve"], known) is None) is good
