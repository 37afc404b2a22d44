"""push and sync: guards, exit codes, and what goes wrong on the way."""

from __future__ import annotations

import json
import os
import signal

import pexpect

from sfvtui.sandbox.faults import DropReply

PUSH_KEYS = {"run", "sent", "landed", "parked", "conflicts", "unknown", "held", "left", "guard",
             "problems"}  # fmt: skip


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
        record = ready.editable()
        ready.ok("edit", record, "Title=Chief of Tests")
        approved = ready.first("unmatched")["record"]
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
        record = program.editable()
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
        record = ready.first("unmatched")["record"]
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
