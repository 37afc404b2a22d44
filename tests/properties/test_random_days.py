"""Random days of work on both sides: whatever happens, it ends in step, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

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
RARE = (
    "match value moves",
    "record deleted",
    "record restored",
    "merge",
    "user deleted",
    "user back",
)
who = st.integers(0, PEOPLE - 1)
values = st.sampled_from(["a", "b", " c", "9", None])
sides = st.sampled_from(["salesforce", "vitally"])
takes = st.sampled_from(["salesforce", "vitally", "base", "edit"])
fields = st.sampled_from(["Title", "Phone"])
CONFIRMED = ("--yes", "--allow", "max_blanks", "--allow", "max_vanished")


class Day:
    """Four contacts and four users, and everything that can happen to them."""

    def __init__(self) -> None:
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
        self.records = [self.lab.contact(f"k{n}", Title="a", Phone="1") for n in range(PEOPLE)]
        self.users = [
            self.lab.user(f"k{n}", traits={"sfdc.Title": "a", "sfdc.Phone": "1"})
            for n in range(PEOPLE - 1)
        ]

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

    def a_colleague_changes_a_record(self, n, field, value):
        self.lab.change(self.records[n], **{field: value})

    def somebody_changes_a_user(self, n, field, value):
        trait = self.lab.world.mapping.pair(field)
        user = self.lab.workspace.user(f"k{n}")
        if user is not None and trait is not None:
            self.lab.change(user.id, **{trait.trait: value})

    def something_rare_happens(self, what, n, m):
        self.lab.tick()
        org, workspace, record = self.lab.org, self.lab.workspace, self.records[n]
        other, user, buried = self.records[m], workspace.user(f"k{n}"), workspace.buried(f"k{n}")
        deleted = [org.get(r).get("IsDeleted") for r in (record, other)]
        if what == "match value moves":
            self.lab.change(record, Product_User_Id__c=f"k{m}")
        elif what == "record deleted":
            org.delete(record)
        elif what == "record restored" and record in org.bin:
            org.undelete(record)
        elif what == "merge" and n != m and not any(deleted):
            org.merge(record, other)
        elif what == "user deleted" and user is not None:
            workspace.delete_user(user.id)
        elif what == "user back" and user is None and buried is not None:
            workspace.restore_user(buried.id)

    def the_mapping_changes(self, new):
        self.lab.use(new)

    def somebody_edits_offline(self, n, field, value):
        done = self.lab.run("edit", self.records[n], f"{field}={value or ''}")
        assert done.code in (0, 1, 2), done

    def pull(self, full):
        self.run("pull", *(["--full"] if full else []))

    def push(self, limit):
        self.run("push", *CONFIRMED, *(["--limit", limit] if limit else []))

    def sync(self):
        self.run("sync", *CONFIRMED)

    def a_reply_of_the_next_write_is_lost(self, side, fault):
        if side == "salesforce":
            self.lab.box.salesforce_faults.add(fault, method="POST", path="/composite$", nth=1)
        else:
            self.lab.box.vitally_faults.add(fault, method="PUT", path="/resources/users/")
            self.lab.box.vitally_faults.add(fault, method="POST", path="/resources/users")

    def somebody_approves(self, n):
        done = self.lab.run("review", "approve", self.records[n], "--yes")
        assert done.code in (0, 1, 2), done

    def somebody_unlinks_and_links(self, n, m):
        self.lab.run("review", "unlink", self.records[n])
        self.lab.run("review", "link", self.records[n], f"k{m}")

    def somebody_settles_a_conflict(self, take, data):
        lines = [c for c in self.lab.run("conflicts").lines if c["field"]]
        if lines:
            line = lines[data % len(lines)]
            done = self.lab.run("resolve", line["record"], line["field"], "--take", take)
            assert done.code in (0, 1), done

    def somebody_drops_a_change(self, data):
        lines = self.lab.run("outbox").lines
        if lines:
            done = self.lab.run("outbox", "drop", str(lines[data % len(lines)]["change"]))
            assert done.code in (0, 1), done

    # ---- how it ends

    def ends_well(self) -> None:
        self.lab.box.salesforce_faults.clear()
        self.lab.box.vitally_faults.clear()
        self.run("pull", "--full")
        for _ in range(2):
            self.run("sync", *CONFIRMED)
        self.the_next_sync_sends_nothing()
        self.both_sides_are_equal()
        self.no_value_is_lost()
        self.the_store_is_whole()

    def the_store_is_whole(self):
        """Kept counts among it: they are what there is."""
        done = self.lab.run("store", "check")
        assert done.code == 0, done

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


COMMON = [
    st.tuples(st.just("a_colleague_changes_a_record"), who, fields, values),
    st.tuples(st.just("somebody_changes_a_user"), who, fields, values),
    st.tuples(st.just("somebody_edits_offline"), who, fields, values),
    st.tuples(st.just("push"), st.sampled_from([None, "1"])),
    st.tuples(st.just("sync")),
    st.tuples(
        st.just("a_reply_of_the_next_write_is_lost"), sides, st.sampled_from([DropReply(), Reset()])
    ),
]
OTHERS = [
    st.tuples(st.just("pull"), st.booleans()),
    st.tuples(st.just("somebody_settles_a_conflict"), takes, st.integers(0, 9)),
    st.tuples(st.just("somebody_drops_a_change"), st.integers(0, 9)),
    st.tuples(st.just("somebody_approves"), who),
    st.tuples(st.just("somebody_unlinks_and_links"), who, who),
    st.tuples(st.just("something_rare_happens"), st.sampled_from(RARE), who, who),
    st.tuples(st.just("the_mapping_changes"), st.sampled_from(MAPPINGS)),
]  # fmt: skip
steps = st.lists(st.one_of(*COMMON, *COMMON, *COMMON, *OTHERS), min_size=12, max_size=30)


@given(steps=steps)
@settings(
    max_examples=int(os.environ.get("RANDOM_DAYS", "8")),
    deadline=None,
    phases=[p for p in Phase if p is not Phase.shrink or "SHRINK" in os.environ],
    suppress_health_check=list(HealthCheck),
    derandomize="RANDOM_DAYS" not in os.environ,
)
def test_a_random_day_ends_in_step_and_nothing_is_lost(steps):
    day = Day()
    try:
        day.run("sync", *CONFIRMED)
        for name, *arguments in steps:
            getattr(day, name)(*arguments)
        day.ends_well()
    finally:
        day.stack.close()
