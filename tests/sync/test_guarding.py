"""What stops a push before its first write, own store, read-only, exit codes."""

from __future__ import annotations

import pytest

from sfvtui.sandbox.salesforce.org import Org
from sfvtui.sandbox.vitally.switches import Deletion
from tests.sync.lab import PHONE, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"


def people(lab, count, **values):
    found = [lab.pair(f"p{n}", {"Title": f"T{n}", **values}) for n in range(count)]
    lab.settled()
    return found


def retitled(lab, pairs, title="New"):
    lab.tick()
    for record, _ in pairs:
        lab.org.update(record, {"Title": title})
    lab.pull()


def test_more_changes_than_max_changes_ask_first(labs):
    lab = labs(sync="max_changes = 3")
    pairs = people(lab, 4)
    retitled(lab, pairs)
    done = lab.run("push")
    assert (done.code, done.last) == (3, "stopped: max_changes")
    guard = done.report["guard"]
    assert (guard["rule"], guard["count"], guard["limit"]) == ("max_changes", 4, 3)
    assert guard["fields"] == {"Title": 4}
    assert len(guard["examples"]) == 4
    assert done.report["sent"] == 0
    assert lab.run("push", "--limit", "1").code == 3, "guards count the whole outbox"
    lab.ok("push", "--allow", "max_changes")
    assert lab.of_user(pairs[0][1]) == "New"
    assert [e["after"] for e in lab.history(what="confirm")] == ["first_push", "max_changes"]


def test_records_count_once_each_and_creations_do_not(labs):
    lab = labs(mapping(create=CREATES), sync="max_changes = 3")
    pairs = people(lab, 3)
    for record, _ in pairs:
        lab.ok("edit", record, "Title=New", "Phone=1")
    created = lab.contact("new", Title="VP")
    lab.pull()
    lab.ok("review", "approve", created)
    lab.ok("push")
    assert lab.workspace.user("new")


def test_a_limit_of_0_is_none(labs):
    lab = labs(sync="max_changes = 0\nmax_blanks = 0\nmax_vanished = 0")
    pairs = people(lab, 4)
    retitled(lab, pairs, None)
    lab.ok("push")


def test_more_blanks_than_max_blanks_need_allow(labs):
    lab = labs(sync="max_blanks = 2")
    pairs = people(lab, 3)
    retitled(lab, pairs, None)
    done = lab.run("push", "--yes")
    assert (done.code, done.last) == (3, "stopped: max_blanks")
    assert (done.report["guard"]["count"], done.report["guard"]["limit"]) == (3, 2)
    lab.ok("push", "--allow", "max_blanks")
    assert lab.of_user(pairs[0][1]) is None


def test_blanks_count_each_side_once(labs):
    lab = labs(sync="max_blanks = 2")
    (one, _), (two, _) = people(lab, 2)
    lab.ok("edit", one, "Title=")
    lab.ok("push")
    lab.ok("edit", two, "Title=")
    lab.ok("edit", one, "Phone=1")
    lab.ok("push")
    lab.ok("edit", one, "Phone=")
    lab.run("edit", two, "Phone=2")
    lab.ok("push")


def test_guards_stop_in_their_order(labs):
    lab = labs(sync="max_changes = 1\nmax_blanks = 1")
    pairs = people(lab, 2)
    lab.use(mapping(TITLE))
    retitled(lab, pairs, None)
    assert lab.run("push").last == "stopped: first_push"
    assert lab.run("push", "--allow", "first_push").last == "stopped: max_changes"
    assert lab.run("push", "--yes").last == "stopped: max_blanks"
    assert lab.run("push", "--yes", "--allow", "max_blanks").code == 0


def gone(lab, pairs):
    lab.tick()
    for record, _ in pairs:
        lab.org.delete(record)


def test_a_pull_in_which_many_links_vanished_stops_the_push(labs):
    lab = labs()
    pairs = people(lab, 30)
    gone(lab, pairs[:10])
    lab.pull()
    done = lab.run("push", "--yes")
    assert (done.code, done.last) == (3, "stopped: max_vanished")
    guard = done.report["guard"]
    assert (guard["count"], guard["limit"]) == (pytest.approx(10 / 30, abs=1e-3), 0.1)
    assert len(guard["examples"]) == 10
    lab.ok("push", "--allow", "max_vanished")
    lab.ok("push")


def test_vanished_users_count_too(labs):
    lab = labs()
    lab.workspace.switches.deletion = Deletion.IMMEDIATE
    pairs = people(lab, 30)
    lab.tick()
    for _, user in pairs[:10]:
        lab.workspace.delete_user(user)
    lab.pull("--full")
    assert lab.run("push", "--yes").last == "stopped: max_vanished"


def test_fewer_than_ten_vanished_links_never_stop_a_push(labs):
    lab = labs()
    pairs = people(lab, 10)
    gone(lab, pairs[:9])
    lab.pull()
    lab.ok("push")


def test_links_that_vanished_before_an_earlier_push_do_not_count_again(labs):
    lab = labs()
    pairs = people(lab, 30)
    gone(lab, pairs[:6])
    lab.sync()
    gone(lab, pairs[6:12])
    lab.ok("sync")


def test_links_that_are_back_did_not_vanish(labs):
    lab = labs()
    pairs = people(lab, 12)
    gone(lab, pairs)
    lab.pull()
    lab.tick()
    for record, _ in pairs:
        lab.org.undelete(record)
    lab.pull()
    lab.ok("push")


def test_a_store_belongs_to_one_organization(lab):
    people(lab, 1)
    other = Org(clock=lab.world.clock, instance="zz")
    lab.org.org_id = other.org_id
    lab.org.sessions.expire()
    for command in ("pull", "sync"):
        done = lab.run(command)
        assert done.code == 2, command
        assert "adopt" in done.err


def test_a_store_belongs_to_one_workspace(labs):
    one, two = labs(), labs()
    pairs = people(one, 3)
    people(two, 3)
    text = one.config.read_text()
    one.config.write_text(
        text.replace(one.box.vitally_url, two.box.vitally_url).replace(
            str(one.folder / "vitally.secret"), str(two.folder / "vitally.secret")
        )
    )
    before = len(two.workspace.writes)
    done = one.run("pull")
    assert done.code == 2
    assert "adopt" in done.err
    one.ok("edit", pairs[0][0], "Title=Other")
    assert one.run("push", "--yes").code == 2
    assert len(two.workspace.writes) == before
    assert one.of_record(pairs[0][0]) == "T0"


def test_read_only_refuses_whatever_decides_queues_or_sends(labs):
    lab = labs(mapping(create=CREATES))
    ((record, user),) = people(lab, 1)
    free = lab.contact("free", Title="VP")
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.pull()
    entries = len(lab.history())
    for command in (
        ("edit", record, "Phone=1"), ("resolve", record, "Title", "--take", "vitally"),
        ("review", "approve", free), ("review", "link", free, user), ("review", "unlink", record),
        ("review", "ignore", free), ("review", "restore", free),
        ("review", "account", record, "--add"), ("outbox", "retry", "1"), ("outbox", "drop", "1"),
        ("push", "--yes"), ("sync", "--yes"),
    ):  # fmt: skip
        assert lab.run("--read-only", *command).code == 2, command
    assert len(lab.history()) == entries
    for command in (("pull",), ("status",), ("plan",), ("conflicts",), ("review", "list")):
        lab.ok("--read-only", *command)


def test_conflicts_held_and_parked_changes_end_with_3_unless_waiting_is_ok(lab):
    ((record, user),) = people(lab, 1)
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    done = lab.run("sync", "--yes")
    assert (done.code, done.last) == (3, "waiting: 1 conflicts, 0 held, 0 parked")
    assert lab.run("--quiet", "push").last == done.last
    lab.ok("push", "--waiting-ok")
    lab.ok("status"), lab.ok("plan"), lab.ok("conflicts")


def test_a_limit_sends_no_more_than_so_many_and_leaves_the_rest(lab):
    pairs = people(lab, 3)
    retitled(lab, pairs)
    report = lab.ok("push", "--limit", "1").report
    assert (report["sent"], report["landed"], report["left"]) == (1, 1, 2)
    lab.ok("push")
    assert [lab.of_user(user) for _, user in pairs] == ["New"] * 3


def test_lists_work_offline_and_at_once(lab):
    ((record, _),) = people(lab, 1)
    text = lab.config.read_text()
    for url in (lab.box.salesforce_url, lab.box.vitally_url):
        text = text.replace(url, "http://127.0.0.1:9")
    lab.config.write_text(text.replace("file:", "env:NOT_SET_"))
    for command in (("status",), ("plan",), ("conflicts",), ("history",), ("outbox",),
                    ("review", "list"), ("edit", record, "Title=Offline")):  # fmt: skip
        lab.ok(*command)
    assert lab.run("push", "--yes").code == 2, "a secret that cannot be resolved"
    assert lab.run("pull").code == 2


def test_unknown_names_end_with_2(lab):
    people(lab, 1)
    for command in (
        ("pull", "rubbish"), ("pull", "003000000000000AAA"), ("edit", "003000000000000AAA", "Title=x"),
        ("review", "link", "003000000000000AAA", "p0"), ("review", "ignore", "rubbish"),
        ("outbox", "drop", "99"), ("review", "list", "--filter", "Titel is 1"),
        ("review", "unlink", "--flag", "nonsense", "--yes"), ("review", "list", "--state", "odd"),
    ):  # fmt: skip
        done = lab.run(*command)
        assert done.code == 2, (command, done)


def test_a_user_is_named_by_vitally_id_or_external_id_and_an_unknown_one_ends_with_2(lab):
    record = lab.contact(None)
    lab.pull()
    assert lab.run("review", "link", record, "nobody").code == 2


def test_pull_of_a_record_fetches_both_sides_now(lab):
    (one, user), (two, _) = people(lab, 2)
    lab.change(one, Title="CTO")
    lab.change(two, Title="CFO")
    report = lab.pull(one[:15])
    assert report["salesforce"]["read"] == 1
    assert [line["record"] for line in lab.plan()] == [one]


def test_status_counts_what_waits(labs):
    lab = labs(mapping(TITLE, PHONE))
    people(lab, 2)
    status = lab.status()
    assert status["records"] == 2 and status["users"] == 2
    assert status["outbox"] == {"queued": 0, "unknown": 0, "parked": 0, "held": 0}
    assert status["salesforce_calls"]["limit"] > 0
    assert status["last_pull"]["salesforce"].endswith("Z")
    assert set(status["flags"]) == {
        "disagrees", "out_of_scope", "other_account", "once_linked", "look_alike", "account_churned",
    }  # fmt: skip
