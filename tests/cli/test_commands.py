"""The contract of the commands, tried on the real program over real HTTP."""

from __future__ import annotations

import json
import os
import signal

import pexpect
import pytest

from sfvtui.sandbox.faults import DropReply

STATES = {"linked", "gone", "approved", "ignored", "ambiguous", "outside_filter", "held",
          "unmatched"}  # fmt: skip
PUSH_KEYS = {"run", "sent", "landed", "parked", "conflicts", "unknown", "held", "left", "guard",
             "problems"}  # fmt: skip


def first(program, state: str, **wanted):
    """The first unflagged record of this state."""
    for line in program.ok("review", "list", "--state", state, "--json").lines:
        if not line["flags"] and all(line["fields"].get(k) == v for k, v in wanted.items()):
            return line
    raise AssertionError(f"no {state} record")


def editable(program) -> str:
    """A linked record without a conflict."""
    taken = {line["record"] for line in program.ok("conflicts", "--json").lines}
    for line in program.ok("review", "list", "--state", "linked", "--json").lines:
        if not line["flags"] and line["record"] not in taken:
            return line["record"]
    raise AssertionError("no linked record without a conflict")


class TestPullAndStatus:
    def test_a_pull_says_what_it_read(self, sfv):
        report = sfv.ok("pull", "--json").json
        assert set(report) == {"salesforce", "vitally", "seconds"}
        assert set(report["salesforce"]) == {"read", "changed", "deleted", "mode"}
        assert report["salesforce"]["mode"] == "full" and report["salesforce"]["read"] > 100
        again = sfv.ok("pull", "--json").json
        assert again["salesforce"]["mode"] == "incremental"
        assert again["salesforce"]["changed"] == again["vitally"]["changed"] == 0

    def test_status_counts_every_record_once(self, pulled):
        report = pulled.ok("status", "--json").json
        assert set(report) == {"records", "users", "states", "flags", "conflicts", "paused",
                               "outbox", "last_pull", "salesforce_calls"}  # fmt: skip
        assert set(report["states"]) == STATES
        assert report["records"] == sum(report["states"].values())
        assert set(report["outbox"]) == {"queued", "unknown", "parked", "held"}
        for state, count in report["states"].items():
            lines = pulled.ok("review", "list", "--state", state, "--json").lines
            assert len(lines) == count
            assert {line["state"] for line in lines} <= {state}
        assert len(pulled.ok("conflicts", "--json").lines) == report["conflicts"]

    def test_status_before_the_first_pull(self, sfv):
        report = sfv.ok("status", "--json").json
        assert report["records"] == 0 and report["last_pull"] == {
            "salesforce": None, "vitally": None,
        }  # fmt: skip

    def test_people_read_counts(self, pulled):
        text = pulled.ok("status").stdout
        assert "linked" in text and "Conflicts:" in text

    def test_one_record_can_be_pulled(self, pulled):
        record = editable(pulled)
        assert pulled.ok("pull", record, "--json").json["salesforce"]["read"] == 1

    def test_a_login_that_is_refused(self, sfv):
        (sfv.config.parent / "salesforce.secret").write_text("wrong")
        ended = sfv("pull")
        assert ended.code == 1 and "Salesforce" in ended.stderr and "wrong" not in ended.stderr

    def test_a_field_that_the_org_does_not_have(self, sfv):
        text = sfv.config.read_text().replace('field = "Title"', 'field = "Titel"')
        sfv.config.write_text(text)
        ended = sfv("pull")
        assert ended.code == 2 and "Titel" in ended.stderr and "Title" in ended.stderr


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
        name = first(pulled, "unmatched")["fields"]["Name"]
        assert pulled.ok("review", "list", "--search", name, "--json").lines

    def test_a_filter_that_does_not_parse(self, pulled):
        ended = pulled("review", "list", "--filter", "Titel contains 3")
        assert ended.code == 2 and "column" in ended.stderr and "Title" in ended.stderr

    def test_approving_and_creating(self, pulled):
        record = first(pulled, "unmatched")["record"]
        report = pulled.ok("review", "approve", record, "--json").json
        assert report == {"approved": [record], "refused": []}
        assert first(pulled, "approved")["record"] == record
        plan = pulled.ok("plan", "--json").lines
        (creation,) = [line for line in plan if line["action"] == "create"]
        assert creation["record"] == record and creation["system"] == "vitally"

    def test_a_15_character_id_names_the_same_record(self, pulled):
        record = first(pulled, "unmatched")["record"]
        assert pulled.ok("review", "approve", record[:15], "--json").json["approved"] == [record]

    def test_a_refused_record_ends_with_1(self, pulled):
        record = editable(pulled)
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
        other = first(pulled, "unmatched")["record"]
        pulled.ok("review", "ignore", other, "--reason", "a test")
        assert first(pulled, "ignored")["record"]
        pulled.ok("review", "restore", other)
        whats = [line["what"] for line in pulled.ok("history", "--json").lines]
        assert {"link", "unlink", "ignore", "restore"} <= set(whats)


class TestEditing:
    def test_an_edit_goes_to_both_sides(self, pulled):
        record = editable(pulled)
        report = pulled.ok("edit", record, "Title=Chief of Tests", "--json").json
        assert report["record"] == record
        (edit,) = report["edits"]
        assert edit["field"] == "Title" and edit["after"] == "Chief of Tests"
        assert set(edit["before"]) == {"salesforce", "vitally"}
        plan = [line for line in pulled.ok("plan", "--json").lines if line["record"] == record]
        assert {line["system"] for line in plan} == {"salesforce", "vitally"}

    def test_a_dry_run_queues_nothing(self, pulled):
        before = pulled.ok("plan", "--json").stdout
        pulled.ok("edit", editable(pulled), "Title=x", "--dry-run")
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
        ended = pulled("edit", editable(pulled), *values)
        assert ended.code == code and words in ended.stderr
        assert pulled.ok("plan", "--json").stdout == before

    def test_an_edit_of_a_record_that_is_not_linked(self, pulled):
        ended = pulled("edit", first(pulled, "unmatched")["record"], "Title=x")
        assert ended.code == 1 and "unmatched" in ended.stderr

    def test_read_only_refuses_it(self, pulled):
        ended = pulled("edit", editable(pulled), "Title=x", "--read-only")
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
        ended = pulled("resolve", editable(pulled), "Title", "--take", "salesforce")
        assert ended.code == 1


class TestPushing:
    def test_the_first_push_asks_and_nothing_is_sent(self, pulled):
        ended = pulled("push", "--json")
        assert ended.code == 3 and ended.last == "stopped: first_push"
        report = ended.json
        assert set(report) == PUSH_KEYS
        assert report["sent"] == 0 and report["guard"]["rule"] == "first_push"
        assert set(report["guard"]) == {"rule", "count", "limit", "fields", "examples"}

    def test_the_last_line_stands_also_with_quiet(self, pulled):
        ended = pulled("push", "--quiet")
        assert ended.stdout == "" and ended.stderr == "stopped: first_push\n"

    def test_the_whole_path_and_a_second_sync_that_sends_nothing(self, ready):
        record = editable(ready)
        ready.ok("edit", record, "Title=Chief of Tests")
        approved = first(ready, "unmatched")["record"]
        ready.ok("review", "approve", approved)
        ended = ready("push", "--yes", "--allow", "max_blanks", "--json")
        report = ended.json
        assert report["parked"] == report["unknown"] == 0
        assert report["landed"] == report["sent"] > 0
        status = ready.ok("status", "--json").json
        waiting = (status["conflicts"], status["outbox"]["held"], status["outbox"]["parked"])
        assert ended.code == 3 and ended.last == "waiting: {} conflicts, {} held, {} parked".format(
            *waiting
        )
        again = ready("sync", "--waiting-ok", "--json")
        assert again.code == 0
        assert set(again.json) == {"pull", "reconcile", "push"}
        assert again.json["push"]["sent"] == 0
        linked = ready.ok("review", "list", "--state", "linked", "--json").lines
        assert approved in {line["record"] for line in linked}
        (edited,) = [line for line in linked if line["record"] == record]
        assert edited["fields"]["Title"] == "Chief of Tests"
        run = ready.ok("history", "--run", str(report["run"]), "--json").lines
        assert {"create", "update"} <= {line["what"] for line in run}

    def test_read_only_refuses_a_push(self, pulled):
        ended = pulled("push", "--yes", "--read-only")
        assert ended.code == 2

    def test_a_guard_asks_at_a_terminal_and_enter_is_no_answer(self, pulled):
        child = pexpect.spawn(
            *_spawn(pulled.command("push")), env=pulled.env(), encoding="utf-8", timeout=60
        )
        child.expect(r"first_push.*\[yes/no\]")
        child.sendline("")
        child.expect(r"\[yes/no\]")
        child.sendline("no")
        child.expect("stopped: first_push")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 3

    def test_an_interrupted_pull_goes_on_where_it_stopped(self, sfv, sandbox):
        with sandbox.salesforce_faults.hold(path="/query") as gate:
            program = sfv.start("pull", "--json")
            gate.wait()
            os.kill(program.pid, signal.SIGINT)
            said = program.stderr.readline()
        _, rest = program.communicate(timeout=60)
        assert "Stopping" in said and "Traceback" not in rest
        assert program.returncode == 130
        assert sfv.ok("pull", "--json").json["seconds"] > 0
        assert sfv.ok("status", "--json").json["states"]["gone"] == 0


def _spawn(command: list[str]) -> tuple[str, list[str]]:
    return command[0], command[1:]


class TestPushesThatDoNotGoWell:
    def edited(self, program) -> str:
        record = editable(program)
        program.ok("edit", record, "Title=Chief of Tests")
        return record

    def test_a_second_push_ends_with_4_and_sends_nothing(self, ready, sandbox):
        self.edited(ready)
        with sandbox.salesforce_faults.hold(method="GET") as gate:
            holder = ready.start("push", "--yes", "--allow", "max_blanks", "--json")
            gate.wait()
            ended = ready("push", "--yes", "--json")
            assert ended.code == 4 and ended.stdout == ""
            assert str(holder.pid) in ended.stderr
        stdout, _ = holder.communicate(timeout=60)
        assert json.loads(stdout)["landed"] > 0

    def test_a_refused_change_parks_and_the_others_land(self, ready, sandbox):
        record = self.edited(ready)
        sandbox.org.lock_for_approval(record)
        ended = ready("push", "--yes", "--allow", "max_blanks", "--json")
        assert ended.code == 1
        assert ended.json["parked"] >= 1 and ended.json["landed"] > 0
        problem = next(p for p in ended.json["problems"] if p["record"] == record)
        assert set(problem) == {"change", "record", "code", "message", "mend"}
        assert problem["code"] == "ENTITY_IS_LOCKED" and problem["mend"]
        parked = ready.ok("outbox", "--parked", "--json").lines
        assert problem["change"] in {line["change"] for line in parked}
        sandbox.org.unlock_row(record)
        retried = ready.ok("outbox", "retry", str(problem["change"]), "--json").lines
        assert [line["state"] for line in retried] == ["queued"]
        assert ready("push", "--json").json["parked"] == 0

    def test_a_lost_reply_is_read_back_and_sent_once(self, ready, sandbox):
        record = first(ready, "unmatched")["record"]
        ready.ok("review", "approve", record)
        sandbox.vitally_faults.add(DropReply(), method="POST", path="/resources/users")
        ready("push", "--yes", "--allow", "max_blanks", "--json")
        ready("push", "--json")
        posts = [e for e in sandbox.vitally_faults.exchanges if e.method == "POST"]
        assert len(posts) == 1
        linked = ready.ok("review", "list", "--state", "linked", "--json").lines
        assert record in {line["record"] for line in linked}

    def test_limit(self, ready):
        report = ready("push", "--yes", "--allow", "max_blanks", "--limit", "2", "--json").json
        assert report["sent"] == 2 and report["left"] > 0

    def test_yes_does_not_confirm_max_blanks(self, ready):
        text = ready.config.read_text().replace("[vitally]", "[sync]\nmax_blanks = 1\n\n[vitally]")
        ready.config.write_text(text)
        for record in [ln["record"] for ln in self.titled(ready)[:2]]:
            ready.ok("edit", record, "Title=")
        ended = ready("push", "--yes", "--json")
        assert ended.code == 3 and ended.last == "stopped: max_blanks"
        guard = ended.json["guard"]
        assert guard["limit"] == 1 and guard["count"] >= 4 and ended.json["sent"] == 0
        allowed = ready("push", "--yes", "--allow", "max_blanks", "--json")
        assert allowed.json["landed"] == allowed.json["sent"] > 0

    def titled(self, program):
        taken = {line["record"] for line in program.ok("conflicts", "--json").lines}
        return [
            line
            for line in program.ok("review", "list", "--state", "linked", "--json").lines
            if line["fields"]["Title"] and not line["flags"] and line["record"] not in taken
        ]


@pytest.mark.parametrize(
    "command", ["status", "review list", "review list --state linked", "plan", "conflicts",
                "outbox", "history"],
)  # fmt: skip
def test_hostile_text_never_controls_the_terminal(pulled, command):
    text = pulled.ok(*command.split()).stdout
    assert text
    assert [line for line in text.splitlines() if not line.isprintable()] == []


class TestOutboxAndHistory:
    def test_dropping_a_change(self, pulled):
        record = editable(pulled)
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
        record = editable(pulled)
        pulled.ok("edit", record, "Title=Chief of Tests")
        lines = pulled.ok("history", "--record", record, "--json").lines
        assert {line["record"] for line in lines} == {record}
        assert set(lines[-1]) == {"entry", "batch", "run", "at", "who", "what", "record", "user",
                                  "system", "field", "before", "after", "why",
                                  "outcome"}  # fmt: skip
        assert pulled.ok("history", "--since", "2099-01-01", "--json").lines == []


class TestDoctor:
    def test_all_is_well(self, pulled):
        checks = pulled.ok("doctor", "--json").json["checks"]
        assert {"config", "store", "salesforce", "vitally", "mapping"} <= {
            c["name"] for c in checks
        }
        assert all(set(check) == {"name", "ok", "found", "mend"} for check in checks)

    def test_what_is_wrong_is_named_with_what_to_do(self, offline):
        ended = offline("doctor", "--json")
        assert ended.code == 1
        wrong = [check for check in ended.json["checks"] if not check["ok"]]
        assert wrong and all(check["mend"] for check in wrong)


class TestDemoAndSandbox:
    def test_the_demo_runs_the_whole_path_without_a_terminal(self, bare):
        ended = bare("demo")
        assert ended.code == 0, ended.stdout
        assert "All of it landed" in ended.stdout

    def test_the_demo_keeps_its_folder(self, bare, tmp_path):
        folder = str(tmp_path / "kept")
        assert bare("demo", "--headless", "--dir", folder, "--json").code == 0
        assert bare("--config", f"{folder}/config.toml", "status", "--json").code == 0

    def test_the_demo_leaves_another_config_alone(self, bare, offline_config):
        before = offline_config.read_text()
        ended = bare("demo", "--headless", "--dir", str(offline_config.parent))
        assert ended.code == 2 and offline_config.read_text() == before

    def test_the_sandbox_says_where_it_is_and_stops_when_told(self, bare):
        program = bare.start("sandbox", "--records", "50")
        line = json.loads(program.stdout.readline())
        assert {"salesforce", "vitally", "config"} <= set(line)
        assert bare("--config", line["config"], "pull", "--json").code == 0
        program.terminate()
        program.communicate()
        assert program.returncode == 0
