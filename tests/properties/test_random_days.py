"""Random days of work on both sides: whatever happens, it ends in step, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sfvtui.sandbox.faults import DropReply, Reset
from sfvtui.sandbox.vitally.switches import Deletion
from tests.sync.lab import PHONE, TITLE, lab_in, mapping

CREATES = "allowed = true\nfilter = ''\n"
NEVER = 'blanks = { to_vitally = "never", to_salesforce = "never" }\n'
COPY = 'blanks = { to_vitally = "copy", to_salesforce = "copy" }\n'
MAPPINGS = [
    mapping(TITLE, PHONE, create=CREATES),
    mapping(f'{TITLE}on_conflict = "newest"\n', 'field = "Phone"\n', create=CREATES),
    mapping(f'{TITLE}on_conflict = "vitally"\n{COPY}', f"{PHONE}{NEVER}", create=CREATES),
    mapping(TITLE, create=CREATES, scope='Phone is not "9"'),
    mapping('field = "Title"\ntrait = "job"\neditable = true\n', PHONE, create=CREATES),
]
PEOPLE = 4
who = st.integers(0, PEOPLE - 1)
values = st.sampled_from(["a", "b", " c", "9", None])
fields = st.sampled_from(["Title", "Phone"])
CONFIRMED = ("--yes", "--allow", "max_blanks", "--allow", "max_vanished")


class RandomDays(RuleBasedStateMachine):
    """Four contacts and four users, and everything that can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(tempfile.mkdtemp())
        self.stack.callback(shutil.rmtree, folder, ignore_errors=True)
        self._put_env("HOME", str(folder / "home"))
        for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
            self._put_env(name, str(folder / name))
        self.lab = self.stack.enter_context(lab_in(folder / "lab", MAPPINGS[0]))
        sleep = time.sleep
        time.sleep = self.lab.tick
        self.stack.callback(setattr, time, "sleep", sleep)
        self.lab.workspace.switches.deletion = Deletion.IMMEDIATE
        self.records = [self.lab.contact(f"k{n}", Title="a") for n in range(PEOPLE)]
        self.users = [
            self.lab.user(f"k{n}", traits={"sfdc.Title": "a", "sfdc.Phone": "1"})
            for n in range(PEOPLE - 1)
        ]
        self.failed = False

    def _put_env(self, name: str, value: str) -> None:
        old = os.environ.get(name)
        os.environ[name] = value
        undo = (lambda: os.environ.pop(name, None)) if old is None else (
            lambda: os.environ.__setitem__(name, old)
        )  # fmt: skip
        self.stack.callback(undo)

    def run(self, *arguments: str):
        done = self.lab.run(*arguments)
        assert done.code in (0, 1, 3), (arguments, done)
        return done

    # ---- what people and programs do

    @initialize(pulled=st.booleans())
    def begin(self, pulled):
        if pulled:
            self.run("sync", *CONFIRMED)

    @rule(n=who, field=fields, value=values)
    def a_colleague_changes_a_record(self, n, field, value):
        self.lab.change(self.records[n], **{field: value})

    @rule(n=who, field=fields, value=values)
    def somebody_changes_a_user(self, n, field, value):
        trait = self.lab.world.mapping.pair(field)
        user = self.lab.workspace.user(f"k{n}")
        if user is not None and trait is not None:
            self.lab.change(user.id, **{trait.trait: value})

    @rule(n=who, m=who)
    def a_match_value_moves(self, n, m):
        self.lab.change(self.records[n], Product_User_Id__c=f"k{m}")

    @rule(n=who)
    def a_record_is_deleted(self, n):
        self.lab.tick()
        self.lab.org.delete(self.records[n])

    @rule(n=who)
    def a_record_is_restored(self, n):
        self.lab.tick()
        if self.records[n] in self.lab.org.bin:
            self.lab.org.undelete(self.records[n])

    @rule(n=who, m=who)
    def two_records_are_merged(self, n, m):
        gone = [self.lab.org.get(self.records[x]).get("IsDeleted") for x in (n, m)]
        if n != m and not any(gone):
            self.lab.tick()
            self.lab.org.merge(self.records[n], self.records[m])

    @rule(n=who)
    def a_user_is_deleted(self, n):
        user = self.lab.workspace.user(f"k{n}")
        if user is not None:
            self.lab.tick()
            self.lab.workspace.delete_user(user.id)

    @rule(n=who)
    def a_user_comes_back(self, n):
        buried = self.lab.workspace.buried(f"k{n}")
        if buried is not None and self.lab.workspace.user(f"k{n}") is None:
            self.lab.tick()
            self.lab.workspace.restore_user(buried.id)

    @rule(new=st.sampled_from(MAPPINGS))
    def the_mapping_changes(self, new):
        self.lab.use(new)

    @rule(n=who, field=fields, value=values)
    def somebody_edits_offline(self, n, field, value):
        done = self.lab.run("edit", self.records[n], f"{field}={value or ''}")
        assert done.code in (0, 1, 2), done

    @rule(full=st.booleans())
    def pull(self, full):
        self.run("pull", *(["--full"] if full else []))

    @rule(limit=st.sampled_from([None, "1"]))
    def push(self, limit):
        if self.lab.pulled:
            self.run("push", *CONFIRMED, *(["--limit", limit] if limit else []))

    @rule(
        side=st.sampled_from(["salesforce", "vitally"]),
        fault=st.sampled_from([DropReply(), Reset()]),
    )
    def a_reply_of_the_next_write_is_lost(self, side, fault):
        if side == "salesforce":
            self.lab.box.salesforce_faults.add(fault, method="POST", path="/composite$", nth=1)
        else:
            self.lab.box.vitally_faults.add(fault, method="PUT", path="/resources/users/")
            self.lab.box.vitally_faults.add(fault, method="POST", path="/resources/users")

    @precondition(lambda self: self.lab.pulled)
    @rule(n=who)
    def somebody_approves(self, n):
        done = self.lab.run("review", "approve", self.records[n], "--yes")
        assert done.code in (0, 1, 2), done

    @precondition(lambda self: self.lab.pulled)
    @rule(n=who, m=who)
    def somebody_unlinks_and_links(self, n, m):
        self.lab.run("review", "unlink", self.records[n])
        self.lab.run("review", "link", self.records[n], f"k{m}")

    @precondition(lambda self: self.lab.pulled)
    @rule(take=st.sampled_from(["salesforce", "vitally", "base", "edit"]), data=st.integers(0, 9))
    def somebody_settles_a_conflict(self, take, data):
        lines = [c for c in self.lab.run("conflicts").lines if c["field"]]
        if lines:
            line = lines[data % len(lines)]
            done = self.lab.run("resolve", line["record"], line["field"], "--take", take)
            assert done.code in (0, 1), done

    @precondition(lambda self: self.lab.pulled)
    @rule(data=st.integers(0, 9))
    def somebody_drops_a_change(self, data):
        lines = self.lab.run("outbox").lines
        if lines:
            done = self.lab.run("outbox", "drop", str(lines[data % len(lines)]["change"]))
            assert done.code in (0, 1), done

    # ---- how it ends

    def teardown(self) -> None:
        try:
            self.lab.box.salesforce_faults.clear()
            self.lab.box.vitally_faults.clear()
            self.run("pull", "--full")
            for _ in range(2):
                self.run("sync", *CONFIRMED)
            self.the_next_sync_sends_nothing()
            self.both_sides_are_equal()
            self.no_value_is_lost()
        finally:
            self.stack.close()

    def the_next_sync_sends_nothing(self):
        wrote = self.lab.writes_of(lambda: self.run("sync", *CONFIRMED))
        assert wrote == [], wrote

    def both_sides_are_equal(self):
        """For each pair not in conflict, held, parked, under a stay, out of scope or gone."""
        waiting = {(c["record"], c["field"]) for c in self.lab.run("conflicts").lines}
        names = {p.trait: p.field for p in self.lab.world.mapping.pairs}
        for line in self.lab.run("outbox").lines:
            for field in line["fields"]:
                waiting.add((line["record"], names.get(field["name"], field["name"])))
        with self.lab.context() as context:
            for row in context.store.rows(
                "SELECT r.record_id, s.field FROM stay s JOIN link l USING (link_id)"
                " JOIN record r USING (record_pk)"
            ):
                waiting.add((row[0], row[1]))
        for line in self.lab.run("review", "list", "--state", "linked").lines:
            if "out_of_scope" in line["flags"]:
                continue
            user = self.lab.workspace.users[line["user"]]
            for pair in self.lab.world.mapping.pairs:
                if (line["record"], pair.field) in waiting:
                    continue
                s = self.lab.of_record(line["record"], pair.field) or ""
                v = user.traits.get(pair.trait) or ""
                assert s == v.strip(), (line["record"], pair.field, s, v)

    def no_value_is_lost(self):
        """Each value that a write of ours replaced is in the history."""
        told = {
            (e["system"], e["record"] if e["system"] == "salesforce" else e["user"], e["before"])
            for e in self.lab.run("history").lines
            if e["what"] == "update"
        }
        for write in self.lab.org.writes:
            if write.via != "direct" and write.kind == "update":
                for name, before in write.before.items():
                    if before is not None and name in write.changed:
                        assert ("salesforce", write.id, before) in told, write
        for write in self.lab.workspace.writes:
            if write.by == "api" and write.action == "update":
                for name, before in write.before.items():
                    if isinstance(before, str) and before.strip():
                        assert ("vitally", write.id, before.strip()) in told, (name, write)


RandomDays.TestCase.settings = settings(
    max_examples=int(os.environ.get("RANDOM_DAYS", "12")),
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize="RANDOM_DAYS" not in os.environ,
    print_blob=True,
)
TestRandomDays = RandomDays.TestCase
