"""What a person holds back is not sent until it is released, whatever is decided until then."""

from __future__ import annotations

import pytest

from tests.sync.lab import BY_ID, PHONE, TITLE, mapping

CREATES = mapping(TITLE, 'field = "Email"\ntrait = "email"\n', create="allowed = true\n")


@pytest.fixture
def waiting(lab):
    """A linked pair whose record has a new title, pulled and not pushed."""
    record, user = lab.pair("p1", {"Title": "Old", "Phone": "1"})
    lab.settled()
    lab.change(record, Title="New")
    lab.pull()
    return lab, record, user


def number(lab, system="vitally"):
    (found,) = [line["change"] for line in lab.plan() if line["system"] == system]
    return str(found)


def held(lab):
    return [line["held"] for line in lab.plan()]


def who(lab):
    return lab.history()[-1]["who"]


def test_the_plan_names_who_holds_it_back_and_why_and_nothing_is_sent(waiting):
    lab, _, user = waiting
    done = lab.ok("outbox", "hold", number(lab), "--reason", "legal looks first")
    words = f"held back by {who(lab)}: legal looks first"
    assert [line["held"] for line in done.lines] == [words] == held(lab)
    assert lab.status()["outbox"] == {"queued": 0, "unknown": 0, "parked": 0, "held": 1}
    ended = lab.run("push", "--yes")
    assert (ended.code, ended.last) == (3, "waiting: 0 conflicts, 1 held, 0 parked")
    assert (ended.report["sent"], ended.report["held"]) == (0, 1)
    assert lab.of_user(user) == "Old"
    assert lab.ok("push", "--waiting-ok").report["sent"] == 0


def test_a_reconcile_that_decides_it_again_keeps_it_held_under_its_number(waiting):
    lab, record, user = waiting
    change = number(lab)
    lab.ok("outbox", "hold", change)
    lab.pull("--full")
    assert (number(lab), held(lab)) == (change, [f"held back by {who(lab)}"])
    lab.change(record, Title="Newer", Phone="2")
    lab.sync()
    assert lab.of_user(user) == "Old"
    assert lab.of_user(user, "sfdc.Phone") == "2"
    assert [f["after"] for line in lab.plan() for f in line["fields"]] == ["Newer"]


def test_released_it_goes_with_the_next_push(waiting):
    lab, record, user = waiting
    change = number(lab)
    lab.ok("outbox", "hold", change, "--reason", "wait")
    released = lab.ok("outbox", "release", change).lines
    assert [(line["change"], line["held"]) for line in released] == [(int(change), None)]
    assert lab.push()["landed"] == 1
    assert lab.of_user(user) == "New"
    lab.change(record, Title="Later")
    lab.sync()
    assert lab.of_user(user) == "Later"


def test_holding_and_releasing_are_one_action_each_in_the_history_and_can_be_undone(waiting):
    lab, record, _ = waiting
    lab.ok("outbox", "hold", number(lab), "--reason", "wait")
    (entry,) = lab.history(what="pause")
    assert (entry["record"], entry["system"], entry["field"]) == (record, "vitally", "Title")
    assert (entry["before"], entry["after"], entry["why"]) == ("Old", "New", "held back: wait")
    lab.ok("undo", "--batch", str(entry["batch"]))
    assert held(lab) == [None]
    lab.ok("outbox", "hold", number(lab), "--reason", "wait")
    lab.ok("outbox", "release", number(lab))
    (freed,) = lab.history(what="resume")
    assert freed["why"] == "released"
    lab.ok("undo", str(freed["entry"]))
    assert held(lab) == [f"held back by {who(lab)}: wait"]
    again = lab.run("undo", str(freed["entry"]))
    assert again.code == 1
    assert "held back already" in again.report["not_undoable"][0]["reason"]


def test_an_edit_is_held_back_with_both_its_halves(lab):
    record, user = lab.pair("p1", {"Title": "Old", "Phone": "1"})
    lab.settled()
    lab.ok("edit", record, "Title=Typed", "Phone=2")
    lab.ok("outbox", "hold", number(lab, "salesforce"), "--reason", "no")
    assert len(held(lab)) == 2
    assert all(words.endswith(": no") for words in held(lab))
    assert lab.push()["sent"] == 0
    lab.ok("edit", record, "Title=Typed again")
    assert lab.push()["sent"] == 0
    lab.ok("outbox", "release", *[str(line["change"]) for line in lab.plan()])
    lab.push()
    assert (lab.of_record(record), lab.of_user(user)) == ("Typed again", "Typed again")
    assert lab.of_user(user, "sfdc.Phone") == "2"


def test_one_held_field_does_not_stop_the_others_of_its_record(lab):
    record, user = lab.pair("p1", {"Title": "Old", "Phone": "1"})
    lab.settled()
    lab.change(record, Title="New")
    lab.pull()
    lab.ok("outbox", "hold", number(lab))
    lab.change(record, Phone="2")
    lab.sync()
    assert lab.of_user(user, "sfdc.Phone") == "2"
    assert lab.of_user(user) == "Old"


def test_a_creation_is_held_back_and_stays_approved(labs):
    lab = labs(CREATES)
    record = lab.contact("p1", Title="Clerk", Email="a@x.example")
    lab.pull()
    lab.ok("review", "approve", record)
    lab.ok("outbox", "hold", number(lab), "--reason", "not yet")
    lab.change(record, Title="Chief")
    lab.pull()
    (line,) = lab.plan()
    assert line["held"].endswith(": not yet")
    assert "Chief" in [f["after"] for f in line["fields"]]
    assert lab.state(record) == "approved"
    assert lab.push()["sent"] == 0
    lab.ok("outbox", "release", str(line["change"]))
    assert lab.push()["landed"] == 1


def test_a_change_of_accounts_is_held_back(lab):
    other = lab.world.company("Elsewhere")
    record, _ = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.change(record, AccountId=other.id)
    lab.sync()
    lab.ok("review", "account", record, "--add")
    lab.ok("outbox", "hold", number(lab))
    lab.pull()
    assert lab.push()["sent"] == 0
    lab.ok("outbox", "release", number(lab))
    assert lab.push()["landed"] == 1


def test_a_hold_ends_where_nothing_is_left_to_send(waiting):
    lab, record, user = waiting
    lab.ok("outbox", "hold", number(lab))
    lab.change(record, Title="Old")
    lab.sync()
    assert lab.plan() == []
    lab.change(record, Title="Newest")
    lab.sync()
    assert lab.of_user(user) == "Newest"


def test_another_match_rule_makes_no_link_anew_that_lets_it_go(waiting):
    lab, _, user = waiting
    lab.ok("outbox", "hold", number(lab), "--reason", "legal")
    lab.use(mapping(TITLE, PHONE, match=f"{BY_ID}ignore_case = true\n"))
    lab.sync()
    assert held(lab) == [f"held back by {who(lab)}: legal"]
    assert lab.of_user(user) == "Old"


@pytest.mark.parametrize("title", [TITLE, f'{TITLE}trait = "job"\n'])
def test_a_pair_that_left_the_mapping_returns_held(waiting, title):
    lab, _, user = waiting
    words = f"held back by {who(lab)}: legal"
    lab.ok("outbox", "hold", number(lab), "--reason", "legal")
    lab.use(mapping(PHONE))
    assert lab.plan() == []
    lab.sync()
    lab.use(mapping(title, PHONE))
    lab.sync()
    assert held(lab) == [words]
    assert (lab.of_user(user), lab.of_user(user, "job")) == ("Old", None)


def test_what_settles_a_conflict_of_a_held_field_is_held(waiting):
    lab, record, user = waiting
    lab.ok("outbox", "hold", number(lab), "--reason", "legal")
    lab.change(user, **{"sfdc.Title": "Theirs"})
    lab.pull()
    assert lab.conflict()["field"] == "Title"
    lab.ok("resolve", record, "Title", "--take", "salesforce")
    assert [words.endswith(": legal") for words in held(lab)] == [True]
    assert lab.push()["sent"] == 0
    lab.ok("outbox", "release", number(lab))
    lab.push()
    assert lab.of_user(user) == "New"


def test_a_hold_is_taken_back_also_while_no_change_says_it(waiting):
    lab, record, user = waiting
    lab.ok("outbox", "hold", number(lab))
    (entry,) = lab.history(what="pause")
    lab.change(user, **{"sfdc.Title": "Theirs"})
    lab.pull()
    lab.ok("undo", str(entry["entry"]))
    lab.ok("resolve", record, "Title", "--take", "salesforce")
    assert held(lab) == [None]


def test_dropping_a_held_change_ends_the_hold(waiting):
    lab, record, user = waiting
    lab.ok("outbox", "hold", number(lab))
    lab.ok("outbox", "drop", number(lab))
    lab.change(record, Title="Newest")
    lab.sync()
    assert lab.of_user(user) == "Newest"


def test_what_is_held_does_not_count_for_the_guards(lab):
    records = [lab.pair(f"p{n}", {"Title": "Old"})[0] for n in range(2)]
    lab.settled()
    lab.use(mapping(TITLE, PHONE), "max_changes = 1\n")
    lab.sync()
    for record in records:
        lab.change(record, Title="New")
    lab.pull()
    assert lab.run("push").last == "stopped: max_changes"
    lab.ok("outbox", "hold", str(lab.plan()[0]["change"]))
    ended = lab.run("push")
    assert (ended.code, ended.report["landed"], ended.report["guard"]) == (3, 1, None)


@pytest.mark.parametrize("verb", ["hold", "release"])
def test_read_only_refuses(waiting, verb):
    lab, _, _ = waiting
    change = number(lab)
    ended = lab.run("--read-only", "outbox", verb, change)
    assert ended.code == 2
    assert "Read-only" in ended.err


def test_what_cannot_be_held_or_released_is_refused_whole(waiting):
    lab, _, _ = waiting
    change = number(lab)
    assert lab.run("outbox", "hold", change, "4711").code == 2
    assert held(lab) == [None]
    ended = lab.run("outbox", "release", change)
    assert ended.code == 1
    assert "not held back by a person" in ended.err
