"""undo, why and verify as people read them, on the real program."""

from __future__ import annotations

import pytest


@pytest.fixture
def edited(pulled):
    """The program, and a record whose title a person is about to change."""
    record = pulled.editable()
    pulled.ok("edit", record, "Title=Chief of Tests")
    return pulled, record


def test_why_tells_each_pair_with_what_happens_next(edited):
    program, record = edited
    text = program.ok("why", record, "Title").stdout
    assert text.startswith(f"{record} is linked: linked by the match rule")
    assert "Title ⇄ sfdc.Title" in text
    for part in ("base", "salesforce", "vitally", "edit", "next", "because"):
        assert f"\n    {part}" in text
    assert 'the next push writes "Chief of Tests" to Salesforce' in text


def test_undo_tells_what_it_would_take_back_and_what_it_cannot(edited):
    program, record = edited
    number = str(program.ok("history", "--record", record, "--json").lines[-1]["entry"])
    assert program.ok("undo", number, "--dry-run").stdout.startswith("1 thing would be taken back.")
    assert program.ok("undo", number).stdout.startswith("1 thing taken back.")
    again = program("undo", number)
    assert again.code == 1 and f"entry {number} cannot be undone" in again.stdout


def test_undo_shows_the_changes_that_it_queues(ready):
    record = ready.editable()
    ready.ok("edit", record, "Title=Chief of Tests")
    ready("push", "--yes", "--allow", "max_blanks")
    number = next(
        str(line["entry"])
        for line in ready.ok("history", "--record", record, "--json").lines
        if line["what"] == "edit"
    )
    text = ready.ok("undo", number).stdout
    assert 'Title: "Chief of Tests" → ' in text and "because undone by" in text


def test_verify_tells_the_differences(ready, sandbox):
    assert ready.ok("verify").stdout.endswith("No difference.\n")
    record = ready.ok("review", "list", "--state", "linked", "--json").lines[0]["record"]
    sandbox.org.set_quietly(record, Title="Quiet")
    found = ready("verify")
    assert found.code == 3 and found.last == "stopped: drift"
    assert f"missed-change: {record} Title: mirror " in found.stdout
    assert '"Quiet"' in found.stdout
    assert ready.ok("verify", "--repair").stdout.endswith("1 difference, 1 mended.\n")


def test_naming_nothing_or_too_much_to_undo_is_a_mistake(pulled):
    assert pulled("undo").code == 2
    assert pulled("undo", "1", "--run", "1").code == 2
    assert pulled("undo", "one").code == 2
