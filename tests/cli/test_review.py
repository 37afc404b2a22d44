"""review: lists with reasons, and a person's decisions."""

from __future__ import annotations

import pytest


class TestReview:
    def test_a_line_has_the_contracts_keys(self, pulled):
        lines = pulled.ok("review", "list", "--json").lines
        assert lines
        for line in lines:
            assert set(line) == {"record", "state", "flags", "reason", "user", "candidates",
                                 "fields"}  # fmt: skip
            assert line["state"] != "linked"
            assert len(line["record"]) == 18

    def test_an_ambiguous_record_names_its_candidates(self, pulled):
        lines = pulled.ok("review", "list", "--state", "ambiguous", "--json").lines
        assert any(line["candidates"] for line in lines)
        for line in lines:
            for candidate in line["candidates"]:
                assert set(candidate) == {"user", "because"}

    def test_filter_search_and_limit(self, pulled):
        filtered = pulled.ok("review", "list", "--filter", 'Title contains "VP"', "--json").lines
        assert filtered and all("vp" in line["fields"]["Title"].lower() for line in filtered)
        assert len(pulled.ok("review", "list", "--limit", "3", "--json").lines) == 3
        name = pulled.first("unmatched")["fields"]["Name"]
        assert pulled.ok("review", "list", "--search", name, "--json").lines

    def test_a_filter_on_a_field_that_is_not_mirrored_says_so(self, pulled):
        ended = pulled("review", "list", "--filter", 'Department is "x"')
        assert ended.code == 2
        assert "column 1: Department is not mirrored" in ended.stderr

    def test_a_filter_that_does_not_parse(self, pulled):
        ended = pulled("review", "list", "--filter", "Titel contains 3")
        assert ended.code == 2 and "column" in ended.stderr and "Title" in ended.stderr

    def test_approving_and_creating(self, pulled):
        record = pulled.first("unmatched")["record"]
        report = pulled.ok("review", "approve", record, "--json").json
        assert report == {"approved": [record], "refused": []}
        assert pulled.first("approved")["record"] == record
        plan = pulled.ok("plan", "--json").lines
        (creation,) = [line for line in plan if line["action"] == "create"]
        assert creation["record"] == record and creation["system"] == "vitally"

    def test_a_15_character_id_names_the_same_record(self, pulled):
        record = pulled.first("unmatched")["record"]
        assert pulled.ok("review", "approve", record[:15], "--json").json["approved"] == [record]

    def test_a_refused_record_ends_with_1(self, pulled):
        record = pulled.editable()
        ended = pulled("review", "approve", record, "--json")
        assert ended.code == 1
        assert ended.json["approved"] == [] and ended.json["refused"][0]["record"] == record

    @pytest.mark.parametrize("record", ["nonsense", "003000000000001AAA", ""])
    def test_an_unknown_record_ends_with_2(self, pulled, record):
        ended = pulled("review", "approve", record)
        assert ended.code == 2 and ended.stdout == ""

    def test_approving_many_needs_yes_where_nobody_can_be_asked(self, pulled):
        ended = pulled("review", "approve", "--filter", 'Title contains "VP"', "--json")
        assert ended.code == 3 and ended.last == "stopped: confirmation"
        assert ended.json == {"approved": [], "refused": []}
        assert pulled.ok("status", "--json").json["states"]["approved"] == 0
        ended = pulled.ok("review", "approve", "--filter", 'Title contains "VP"', "--yes", "--json")
        assert ended.json["approved"]

    def test_linking_unlinking_ignoring_and_restoring(self, pulled):
        ambiguous = next(
            line
            for line in pulled.ok("review", "list", "--state", "ambiguous", "--json").lines
            if line["candidates"]
        )
        record, user = ambiguous["record"], ambiguous["candidates"][0]["user"]
        assert pulled.ok("review", "link", record, user, "--json").json["done"] == [record]
        assert pulled.ok("review", "unlink", record, "--json").json["done"] == [record]
        other = pulled.first("unmatched")["record"]
        pulled.ok("review", "ignore", other, "--reason", "a test")
        assert pulled.first("ignored")["record"]
        pulled.ok("review", "restore", other)
        whats = [line["what"] for line in pulled.ok("history", "--json").lines]
        assert {"link", "unlink", "ignore", "restore"} <= set(whats)

    def test_an_answer_names_whom_it_was_about(self, pulled):
        line = pulled.first("unmatched")
        name = line["fields"]["Name"]
        assert pulled.ok("review", "ignore", line["record"]).stdout == (
            f"ignored {name} ({line['record']})\n"
        )
        assert pulled.ok("review", "restore", line["record"]).stdout.startswith(f"restored {name}")
        assert pulled.ok("review", "approve", line["record"]).stdout.startswith(f"approved {name}")

    def test_where_nobody_can_be_asked_it_says_how_many_and_what_confirms_them(self, pulled):
        ended = pulled("review", "approve", "--filter", 'Title contains "VP"')
        assert ended.code == 3 and ended.stdout == ""
        assert "records to approve" in ended.stderr and "--yes" in ended.stderr

    def test_a_link_that_the_rule_makes_of_it_is_told_and_so_is_one_it_disagrees_with(self, pulled):
        one, two, _ = _sharing(pulled)
        ended = pulled.ok("review", "ignore", two["record"])
        who = f"{one['fields']['Name']} ({one['record']})"
        assert f"The rule now links {one['fields']['Name']} to " in ended.stdout
        ended = pulled.ok("review", "restore", two["record"])
        assert f"The link of {who} to " in ended.stdout
        assert "several records share the match value" in ended.stdout
        assert f"sfvtui review unlink {one['record']}" in ended.stdout


class TestEmptyLists:
    def test_a_search_that_finds_only_linked_records_says_how_to_see_them(self, pulled):
        linked = pulled.ok("review", "list", "--state", "linked", "--json").lines
        email = next(line["fields"]["Email"] for line in linked if line["fields"]["Email"])
        ended = pulled.ok("review", "list", "--search", email)
        assert ended.stdout == ""
        assert ended.last == "1 linked record matches: add --state linked."
        assert pulled.ok("review", "list", "--search", email, "--quiet").stderr == ""
        assert "--state linked" not in pulled.ok("review", "list", "--search", "zzzz").stderr

    def test_an_email_is_refused_with_the_command_that_finds_the_id(self, pulled):
        for command in (("why",), ("store", "forget")):
            ended = pulled(*command, "lena@acme.example")
            assert ended.code == 2
            assert "sfvtui review list --state linked --search lena@acme.example" in ended.stderr

    @pytest.mark.parametrize(
        ("command", "words"),
        [
            (("outbox", "--parked"), "No change is parked."),
            (("review", "list", "--search", "zzzz"), "No record is listed."),
        ],
    )
    def test_an_empty_list_says_so_but_not_to_a_script(self, pulled, command, words):
        assert pulled.ok(*command).last == words
        for option in ("--json", "--quiet"):
            assert pulled.ok(*command, option).stderr == ""

    @pytest.mark.parametrize("command", ["plan", "outbox", "conflicts", "review list"])
    def test_before_the_first_pull_it_says_that_the_mirror_is_empty(self, offline, command):
        assert offline.ok(*command.split()).last == "The mirror is empty: sfvtui pull"


def _sharing(sfv) -> tuple:
    """Two ambiguous records that share a match value which one user has, and that user's id."""
    by_user = {}
    for line in sfv.ok("review", "list", "--state", "ambiguous", "--json").lines:
        for candidate in line["candidates"]:
            by_user.setdefault(candidate["user"], []).append(line)
    return next((*lines, user) for user, lines in by_user.items() if len(lines) == 2)
