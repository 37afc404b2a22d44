"""edit, conflicts, resolve, outbox, history: values that a person decides, and where they go."""

from __future__ import annotations

import pytest


class TestEditing:
    def test_an_edit_goes_to_both_sides(self, pulled):
        record = pulled.editable()
        report = pulled.ok("edit", record, "Title=Chief of Tests", "--json").json
        assert report["record"] == record
        (edit,) = report["edits"]
        assert edit["field"] == "Title" and edit["after"] == "Chief of Tests"
        assert set(edit["before"]) == {"salesforce", "vitally"}
        plan = [line for line in pulled.ok("plan", "--json").lines if line["record"] == record]
        assert {line["system"] for line in plan} == {"salesforce", "vitally"}

    def test_a_dry_run_queues_nothing(self, pulled):
        before = pulled.ok("plan", "--json").stdout
        pulled.ok("edit", pulled.editable(), "Title=x", "--dry-run")
        assert pulled.ok("plan", "--json").stdout == before

    @pytest.mark.parametrize(
        ("values", "code", "words"),
        [
            (["Account.Name=x"], 1, "not editable"),
            (["Titel=x"], 2, "Title"),
            (["NPS__c=many"], 1, "NPS__c"),
            (["Title=x", "Opted_In__c=maybe"], 1, "Opted_In__c"),
        ],
    )
    def test_an_edit_that_cannot_be_is_refused_whole(self, pulled, values, code, words):
        before = pulled.ok("plan", "--json").stdout
        ended = pulled("edit", pulled.editable(), *values)
        assert ended.code == code and words in ended.stderr
        assert pulled.ok("plan", "--json").stdout == before

    def test_an_edit_of_a_record_that_is_not_linked(self, pulled):
        ended = pulled("edit", pulled.first("unmatched")["record"], "Title=x")
        assert ended.code == 1 and "unmatched" in ended.stderr

    def test_read_only_refuses_it(self, pulled):
        ended = pulled("edit", pulled.editable(), "Title=x", "--read-only")
        assert ended.code == 2 and "ead-only" in ended.stderr


class TestConflicts:
    def test_a_conflict_is_settled(self, pulled):
        conflict = next(ln for ln in pulled.ok("conflicts", "--json").lines if ln["field"])
        assert {"record", "user", "field", "trait", "base", "salesforce", "vitally", "kind"} <= set(
            conflict
        )
        record, field = conflict["record"], conflict["field"]
        report = pulled.ok("resolve", record, field, "--take", "vitally", "--json").json
        assert (report["record"], report["field"]) == (record, field)
        left = [(ln["record"], ln["field"]) for ln in pulled.ok("conflicts", "--json").lines]
        assert (record, field) not in left

    def test_a_field_without_a_conflict(self, pulled):
        ended = pulled("resolve", pulled.editable(), "Title", "--take", "salesforce")
        assert ended.code == 1


class TestOutboxAndHistory:
    def test_dropping_a_change(self, pulled):
        record = pulled.editable()
        pulled.ok("edit", record, "Title=Chief of Tests")
        lines = pulled.ok("outbox", "--json").lines
        mine = [line for line in lines if line["record"] == record]
        assert {"state", "attempts"} <= set(mine[0])
        pulled.ok("outbox", "drop", str(mine[0]["change"]))
        left = [ln for ln in pulled.ok("outbox", "--json").lines if ln["record"] == record]
        assert left == []

    def test_a_change_that_there_is_not(self, pulled):
        assert pulled("outbox", "drop", "4711").code == 2

    def test_the_history_of_one_record(self, pulled):
        record = pulled.editable()
        pulled.ok("edit", record, "Title=Chief of Tests")
        lines = pulled.ok("history", "--record", record, "--json").lines
        assert {line["record"] for line in lines} == {record}
        assert set(lines[-1]) == {"entry", "batch", "run", "at", "who", "what", "record", "user",
                                  "system", "field", "before", "after", "why",
                                  "outcome"}  # fmt: skip
        assert pulled.ok("history", "--since", "2099-01-01", "--json").lines == []


@pytest.mark.parametrize(
    "command", ["status", "review list", "review list --state linked", "plan", "conflicts",
                "outbox", "history"],
)  # fmt: skip
def test_hostile_text_never_controls_the_terminal(pulled, command):
    text = pulled.ok(*command.split()).stdout
    assert text
    assert [line for line in text.splitlines() if not line.isprintable()] == []
