"""What was done can be taken back: planned, never sent unseen, and named where it cannot be."""

from __future__ import annotations

import pytest

from sfvtui.sandbox.faults import Answer, DropReply, html
from tests.sync.lab import PHONE, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"
LOCKED = 'field = "Title"\n'
REFUSAL = Answer(422, '{"message": "sfdc.Title is not wanted"}')


def entries(lab, what: str, **wanted) -> list:
    """The history's entries of this kind, oldest first."""
    return [
        line
        for line in lab.history(what=what)
        if all(line[key] == value for key, value in wanted.items())
    ]


def entry(lab, what: str, **wanted) -> str:
    """The number of the newest entry of this kind."""
    return str(entries(lab, what, **wanted)[-1]["entry"])


def shared(lab) -> tuple[str, str]:
    """Two records with one match value, for which there is one user: both ambiguous."""
    one, two = lab.contact("p1", Title="CEO"), lab.contact("p1")
    lab.user("p1", traits={"sfdc.Title": "Other"})
    lab.pull()
    assert (lab.state(one), lab.state(two)) == ("ambiguous", "ambiguous")
    return one, two


def undo(lab, *arguments: str):
    """An undo that succeeds; its report."""
    return lab.ok("undo", *arguments).report


def titles(lab, record: str, user: str) -> tuple:
    return lab.of_record(record), lab.of_user(user)


@pytest.fixture
def edited(lab):
    """A linked pair whose title a person changed from Old to New, on both sides."""
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.ok("edit", record, "Title=New")
    lab.push()
    assert titles(lab, record, user) == ("New", "New")
    return lab, record, user


class TestEdits:
    def test_an_edit_that_is_still_queued_is_dropped(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        report = undo(lab, entry(lab, "edit"))
        assert report == {"queued": [], "conflicts": [], "not_undoable": []}
        assert lab.plan() == []
        assert lab.writes_of(lab.push) == []
        assert titles(lab, record, user) == ("Old", "Old")

    def test_an_edit_that_was_typed_back_is_queued_again_and_can_then_be_undone(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.ok("edit", record, "Title=Old")
        assert lab.plan() == []
        first, second = [str(line["entry"]) for line in entries(lab, "edit")]
        assert len(undo(lab, second)["queued"]) == 2
        assert lab.planned() == {
            ("salesforce", "Title", "Old", "New"), ("vitally", "sfdc.Title", "Old", "New"),
        }  # fmt: skip
        undo(lab, first)
        assert lab.plan() == []
        assert titles(lab, record, user) == ("Old", "Old")

    def test_one_that_was_sent_has_its_former_value_planned_to_both_sides(self, edited):
        lab, record, user = edited
        writes = lab.writes_of(lambda: undo(lab, entry(lab, "edit")))
        assert writes == []
        assert lab.planned() == {
            ("salesforce", "Title", "New", "Old"), ("vitally", "sfdc.Title", "New", "Old"),
        }  # fmt: skip
        lab.push()
        assert titles(lab, record, user) == ("Old", "Old")
        assert lab.base(record, "Title") == "Old"
        assert lab.writes_of(lab.sync) == []

    def test_the_report_names_the_changes_of_the_plan(self, edited):
        lab, *_ = edited
        report = undo(lab, entry(lab, "edit"))
        assert report["queued"] == [line["change"] for line in lab.plan()]

    def test_an_action_is_undone_as_a_batch(self, lab):
        record, user = lab.pair("p1", {"Title": "Old", "Phone": "1"})
        lab.settled()
        lab.ok("edit", record, "Title=New", "Phone=2")
        lab.push()
        undo(lab, "--batch", str(entries(lab, "edit")[0]["batch"]))
        lab.push()
        assert titles(lab, record, user) == ("Old", "Old")
        assert lab.of_record(record, "Phone") == "1"

    def test_a_value_that_changed_since_is_a_conflict_with_the_former_one(self, edited):
        lab, record, user = edited
        lab.change(record, Title="Newer")
        lab.pull()
        report = undo(lab, entry(lab, "edit"))
        assert report["conflicts"] == [{"record": record, "field": "Title"}]
        assert report["queued"] == []
        conflict = lab.conflict()
        assert (conflict["kind"], conflict["edit"]) == ("edit-moved", "Old")
        assert (conflict["salesforce"], conflict["vitally"]) == ("Newer", "New")
        lab.ok("resolve", record, "Title", "--take", "edit")
        lab.push()
        assert titles(lab, record, user) == ("Old", "Old")

    def test_a_change_that_nobody_had_read_is_a_conflict_when_it_is_pushed(self, edited):
        lab, record, user = edited
        undo(lab, entry(lab, "edit"))
        lab.change(record, Title="Newer")
        assert lab.push()["conflicts"] == 1
        assert titles(lab, record, user) == ("Newer", "New")
        assert lab.conflict()["edit"] == "Old"

    def test_an_edit_that_became_a_conflict_is_taken_out_of_it(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.change(record, Title="Other")
        assert lab.push()["conflicts"] == 1
        undo(lab, entry(lab, "edit"))
        assert lab.conflicts() == []
        lab.push()
        assert titles(lab, record, user) == ("Other", "Other")

    def test_one_that_a_later_edit_replaced_was_never_sent(self, lab):
        record, _ = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=First")
        lab.ok("edit", record, "Title=Second")
        first, second = (str(line["entry"]) for line in entries(lab, "edit"))
        done = lab.run("undo", first)
        assert done.code == 1 and "later value" in done.report["not_undoable"][0]["reason"]
        undo(lab, second)
        assert lab.plan() == []
        assert lab.run("undo", first).report["queued"] == []

    def test_edits_are_undone_together_whether_sent_or_not(self, edited):
        lab, record, user = edited
        lab.ok("edit", record, "Title=Newest")
        undo(lab, *(str(line["entry"]) for line in entries(lab, "edit")))
        lab.push()
        assert titles(lab, record, user) == ("Old", "Old")

    def test_an_undo_can_be_undone(self, edited):
        lab, record, user = edited
        undo(lab, entry(lab, "edit"))
        undo(lab, entry(lab, "undo"))
        assert lab.plan() == []
        undo(lab, entry(lab, "edit"))
        lab.push()
        undo(lab, entry(lab, "undo"))
        lab.push()
        assert titles(lab, record, user) == ("New", "New")

    def test_undoing_twice_says_that_it_is_done(self, edited):
        lab, *_ = edited
        number = entry(lab, "edit")
        undo(lab, number)
        again = lab.run("undo", number)
        assert again.code == 1 and "in the outbox" in again.report["not_undoable"][0]["reason"]
        lab.push()
        assert "already" in lab.run("undo", number).report["not_undoable"][0]["reason"]

    def test_an_edit_whose_vitally_half_is_parked_goes_back_in_salesforce(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.box.vitally_faults.add(REFUSAL, method="PUT")
        assert lab.run("push", "--yes").report["parked"] == 1
        assert titles(lab, record, user) == ("New", "Old")
        undo(lab, entry(lab, "edit"))
        assert lab.planned() == {("salesforce", "Title", "New", "Old")}
        lab.push()
        assert titles(lab, record, user) == ("Old", "Old")
        assert lab.writes_of(lab.sync) == []


class TestWrites:
    def test_a_write_to_vitally_goes_back_and_leaves_the_difference(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="New")
        lab.sync()
        undo(lab, entry(lab, "update", system="vitally"))
        assert lab.planned() == {("vitally", "sfdc.Title", "New", "Old")}
        lab.push()
        assert titles(lab, record, user) == ("New", "Old")
        assert lab.writes_of(lab.sync) == []
        assert lab.conflicts() == []

    def test_the_difference_lasts_until_either_side_moves(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="New")
        lab.sync()
        undo(lab, entry(lab, "update", system="vitally"))
        lab.sync()
        lab.change(record, Title="Newest")
        lab.sync()
        assert lab.conflict()["kind"] == "both-changed"

    def test_a_write_to_salesforce_goes_back_and_leaves_the_difference(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(user, **{"sfdc.Title": "New"})
        lab.sync()
        undo(lab, entry(lab, "update", system="salesforce"))
        lab.push()
        assert titles(lab, record, user) == ("Old", "New")
        assert lab.writes_of(lab.sync) == []

    def test_a_pair_that_is_not_editable_will_be_overwritten_and_it_says_so(self, labs):
        lab = labs(mapping(LOCKED))
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="New")
        lab.sync()
        done = lab.ok("undo", entry(lab, "update", system="vitally"))
        assert "Salesforce's next change" in done.err
        lab.push()
        assert titles(lab, record, user) == ("New", "Old")
        assert lab.writes_of(lab.sync) == []
        lab.change(record, Title="Newest")
        lab.sync()
        assert titles(lab, record, user) == ("Newest", "Newest")

    def test_what_one_side_wrote_is_a_conflict_where_the_other_one_moved_since(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="New")
        lab.sync()
        lab.change(record, Title="Newer")
        lab.pull()
        report = undo(lab, entry(lab, "update", system="vitally"))
        assert report["conflicts"] == [{"record": record, "field": "Title"}]
        assert titles(lab, record, user) == ("Newer", "New")

    def test_both_halves_of_a_write_go_back_to_what_each_side_had(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="In Salesforce")
        lab.change(user, **{"sfdc.Title": "In Vitally"})
        lab.pull()
        lab.ok("edit", record, "Title=Third")
        run = str(lab.push()["run"])
        assert titles(lab, record, user) == ("Third", "Third")
        undo(lab, "--run", run)
        lab.push()
        assert titles(lab, record, user) == ("In Salesforce", "In Vitally")
        assert lab.writes_of(lab.sync) == []

    def test_a_value_that_was_stored_otherwise_is_known_by_what_was_stored(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.push()
        number = entry(lab, "update", system="salesforce")
        with lab.context() as context:
            context.store.db.execute(
                "UPDATE history SET after = 'New \u00a0', outcome = 'stored as New' WHERE entry = ?",
                (int(number),),
            )
        assert undo(lab, number)["conflicts"] == []
        lab.push()
        assert titles(lab, record, user) == ("Old", "New")

    def test_a_blank_goes_back_to_a_blank(self, lab):
        record, user = lab.pair("p1", {"Title": None})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.push()
        undo(lab, entry(lab, "edit"))
        lab.push()
        assert titles(lab, record, user) == (None, None)


class TestRuns:
    def test_a_run_goes_back_whole(self, lab):
        pairs = [lab.pair(f"p{n}", {"Title": f"Old {n}", "Phone": "1"}) for n in range(3)]
        lab.settled()
        for record, _ in pairs:
            lab.ok("edit", record, "Title=New", "Phone=2")
        run = str(lab.push()["run"])
        report = undo(lab, "--run", run)
        assert len(report["queued"]) == 6
        lab.push()
        for n, (record, user) in enumerate(pairs):
            assert titles(lab, record, user) == (f"Old {n}", f"Old {n}")
            assert lab.of_record(record, "Phone") == "1"
        assert lab.writes_of(lab.sync) == []

    def test_a_creation_is_listed_as_not_undoable(self, labs):
        lab = labs(mapping(TITLE, PHONE, create=CREATES))
        linked, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        record = lab.contact("p2", Title="VP Sales")
        lab.pull()
        lab.ok("review", "approve", record)
        lab.ok("edit", linked, "Title=New")
        run = str(lab.push()["run"])
        done = lab.ok("undo", "--run", run)
        (creation,) = done.report["not_undoable"]
        assert creation["entry"] == int(entry(lab, "create"))
        assert "delete it in Vitally" in creation["reason"]
        lab.push()
        assert titles(lab, linked, user) == ("Old", "Old")
        assert lab.run("undo", entry(lab, "create")).code == 1

    def test_a_dry_run_says_it_all_and_leaves_everything(self, edited):
        lab, *_ = edited
        before = len(lab.history())
        planned = lab.ok("undo", entry(lab, "edit"), "--dry-run").report
        assert lab.plan() == [] and len(lab.history()) == before
        assert undo(lab, entry(lab, "edit")) == planned

    def test_what_was_parked_had_not_been_written(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.box.vitally_faults.add(REFUSAL, method="PUT")
        run = str(lab.run("push", "--yes").report["run"])
        parked = entry(lab, "update", system="vitally")
        assert "parked" in lab.run("undo", parked).report["not_undoable"][0]["reason"]
        assert undo(lab, "--run", run)["not_undoable"] == []
        lab.push()
        assert titles(lab, record, user) == ("Old", "Old")
        assert lab.writes_of(lab.sync) == []


class TestOnItsWay:
    def test_what_is_on_its_way_is_pushed_first(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.box.vitally_faults.add(DropReply(), method="PUT")
        lab.run("push", "--yes")
        assert lab.status()["outbox"]["unknown"] == 1
        for what in ("edit", "update"):
            done = lab.run("undo", entry(lab, what))
            assert done.code == 1
            assert "on its way" in done.report["not_undoable"][0]["reason"]
        lab.push()
        undo(lab, entry(lab, "edit"))
        lab.push()
        assert titles(lab, record, user) == ("Old", "Old")

    def test_a_creation_that_is_on_its_way_stays_approved(self, labs):
        lab = labs(mapping(create=CREATES))
        record = lab.contact("p1", Title="VP Sales")
        lab.pull()
        lab.ok("review", "approve", record)
        lab.box.vitally_faults.add(DropReply(), method="POST")
        lab.box.vitally_faults.add(html(503), path="/users/", times=None, nth=2)
        lab.run("push", "--yes")
        assert lab.status()["outbox"]["unknown"] == 1
        done = lab.run("undo", entry(lab, "approve"))
        assert "on its way" in done.report["not_undoable"][0]["reason"]


class TestConflicts:
    @pytest.fixture
    def torn(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="In Salesforce")
        lab.change(user, **{"sfdc.Title": "In Vitally"})
        lab.pull()
        return lab, record, user

    def test_settling_that_was_not_sent_is_taken_back(self, torn):
        lab, record, _ = torn
        before = lab.conflict()
        lab.ok("resolve", record, "Title", "--value", "Third")
        undo(lab, entry(lab, "resolve"))
        assert lab.conflict() == before
        assert lab.plan() == []

    def test_an_edit_that_a_conflict_showed_is_shown_again(self, lab):
        record, _ = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=Mine")
        lab.change(record, Title="Theirs")
        lab.push()
        before = lab.conflict()
        lab.ok("resolve", record, "Title", "--take", "edit")
        undo(lab, entry(lab, "resolve"))
        assert lab.conflict() == before

    def test_settling_that_was_sent_gives_each_side_its_own_value_back(self, torn):
        lab, record, user = torn
        lab.ok("resolve", record, "Title", "--value", "Third")
        lab.push()
        undo(lab, entry(lab, "resolve"))
        lab.push()
        assert titles(lab, record, user) == ("In Salesforce", "In Vitally")
        assert lab.writes_of(lab.sync) == []

    def test_a_side_that_was_taken_keeps_its_value(self, torn):
        lab, record, user = torn
        lab.ok("resolve", record, "Title", "--take", "vitally")
        lab.push()
        undo(lab, entry(lab, "resolve"))
        assert lab.planned() == {("salesforce", "Title", "In Vitally", "In Salesforce")}
        lab.push()
        assert titles(lab, record, user) == ("In Salesforce", "In Vitally")


class TestReview:
    def test_a_link_is_taken_apart_and_not_remembered(self, lab):
        record, user = lab.contact("p1"), lab.user("other")
        lab.pull()
        lab.ok("review", "link", record, user)
        undo(lab, entry(lab, "link"))
        assert lab.state(record) == "outside_filter"
        lab.ok("review", "link", record, user)

    def test_the_rule_may_join_two_again_whose_link_was_taken_back(self, lab):
        record, user = lab.pair("p1")
        lab.pull()
        lab.ok("review", "unlink", record)
        undo(lab, entry(lab, "unlink"))
        assert lab.review(record)["user"] == user
        undo(lab, entry(lab, "link"))
        assert lab.state(record) == "outside_filter", "they were apart before the link by hand"

    def test_an_unlink_joins_the_two_again(self, lab):
        record, user = lab.contact("p1"), lab.user("other")
        lab.pull()
        lab.ok("review", "link", record, user)
        lab.ok("review", "unlink", record)
        undo(lab, entry(lab, "unlink"))
        assert lab.review(record)["user"] == user

    def test_an_unlink_stays_where_a_side_is_taken(self, lab):
        record, user = lab.contact("p1"), lab.user("other")
        second = lab.contact("p2")
        lab.pull()
        lab.ok("review", "link", record, user)
        lab.ok("review", "unlink", record)
        lab.ok("review", "link", second, user)
        done = lab.run("undo", entry(lab, "unlink"))
        assert done.code == 1 and second in done.report["not_undoable"][0]["reason"]

    def test_what_an_unlink_dropped_is_typed_again_with_it(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.ok("review", "unlink", record)
        undo(lab, "--batch", str(entries(lab, "unlink")[-1]["batch"]))
        lab.push()
        assert titles(lab, record, user) == ("New", "New")

    def test_ignore_and_restore_undo_each_other(self, lab):
        record = lab.contact("p1")
        lab.pull()
        lab.ok("review", "ignore", record, "--reason", "left the company")
        undo(lab, entry(lab, "ignore"))
        assert lab.state(record) == "outside_filter"
        undo(lab, entry(lab, "restore"))
        line = lab.review(record)
        assert (line["state"], line["reason"]) == ("ignored", "left the company")

    def test_a_link_of_an_ignored_record_is_taken_back_with_its_ignoring(self, lab):
        record, user = lab.contact("p1"), lab.user("other")
        lab.pull()
        lab.ok("review", "ignore", record)
        lab.ok("review", "link", record, user)
        undo(lab, "--batch", str(entries(lab, "link")[-1]["batch"]))
        assert lab.state(record) == "ignored"

    def test_a_link_that_ignoring_another_record_made_is_taken_back_with_it(self, lab):
        one, two = shared(lab)
        lab.ok("review", "ignore", two)
        link = entries(lab, "link")[-1]
        ignored = entries(lab, "ignore")[-1]
        assert (link["record"], link["batch"]) == (one, ignored["batch"])
        assert link["who"] == ignored["who"]
        assert link["why"] == (
            f"the rule: only this record has the match value now, {two} was ignored"
        )
        assert lab.plan() != []
        report = undo(lab, "--batch", str(ignored["batch"]))
        assert report["not_undoable"] == []
        assert lab.plan() == []
        assert (lab.state(one), lab.state(two)) == ("ambiguous", "ambiguous")
        undo(lab, "--batch", str(lab.history()[-1]["batch"]))
        assert (lab.state(one), lab.state(two)) == ("linked", "ignored")

    def test_such_a_link_stays_once_something_was_sent_for_it(self, lab):
        one, two = shared(lab)
        lab.ok("review", "ignore", two)
        lab.push()
        link = entries(lab, "link")[-1]
        (left,) = undo(lab, "--batch", str(link["batch"]))["not_undoable"]
        assert left["entry"] == link["entry"] and "no longer provisional" in left["reason"]
        assert (lab.state(one), lab.state(two)) == ("linked", "ambiguous")

    def test_such_a_link_alone_cannot_be_undone_for_the_rule_would_make_it_again(self, lab):
        one, two = shared(lab)
        lab.ok("review", "ignore", two)
        done = lab.run("undo", entry(lab, "link"))
        assert done.code == 1
        assert "--batch" in done.report["not_undoable"][0]["reason"]
        assert lab.state(one) == "linked"

    def test_a_link_that_an_unlinking_made_says_so(self, lab):
        one, two = shared(lab)
        third = lab.contact("other")
        lab.pull()
        lab.ok("review", "ignore", two)
        lab.ok("review", "unlink", one)
        user = entries(lab, "link")[-1]["user"]
        lab.ok("review", "link", third, user)
        lab.ok("review", "restore", two)
        lab.ok("review", "ignore", one)
        assert lab.state(two) != "linked"
        lab.ok("review", "unlink", third)
        link = entries(lab, "link")[-1]
        assert link["record"] == two
        assert link["why"] == f"the rule: its user is free now, {third} was unlinked"

    def test_an_approval_is_withdrawn(self, labs):
        lab = labs(mapping(create=CREATES))
        record = lab.contact("p1", Title="VP Sales")
        lab.pull()
        lab.ok("review", "approve", record)
        undo(lab, entry(lab, "approve"))
        assert lab.state(record) == "unmatched" and lab.plan() == []
        assert entries(lab, "withdraw")[-1]["who"] == entries(lab, "approve")[-1]["who"]
        undo(lab, entry(lab, "withdraw"))
        assert lab.state(record) == "approved"

    def test_a_user_that_was_made_stays_though_its_approval_is_undone(self, labs):
        lab = labs(mapping(create=CREATES))
        record = lab.contact("p1", Title="VP Sales")
        lab.pull()
        lab.ok("review", "approve", record)
        lab.push()
        done = lab.run("undo", entry(lab, "approve"))
        assert done.code == 1 and done.report["not_undoable"]
        assert lab.state(record) == "linked"

    def test_accounts_go_back_to_the_former_full_set(self, lab):
        other = lab.world.company("Other Rockets")
        third = lab.world.company("Third Rockets")
        record = lab.contact("p1", AccountId=third.id)
        user = lab.user("p1", accounts=[*lab.company.accounts, *other.accounts])
        lab.settled()
        lab.ok("review", "account", record, "--replace")
        lab.push()
        assert lab.workspace.user(user).account_ids == third.accounts
        undo(lab, entry(lab, "account"))
        lab.push()
        former = {*lab.company.accounts, *other.accounts}
        assert set(lab.workspace.user(user).account_ids) == former

    def test_accounts_that_were_not_sent_are_dropped(self, lab):
        third = lab.world.company("Third Rockets")
        record = lab.contact("p1", AccountId=third.id)
        lab.user("p1")
        lab.settled()
        lab.ok("review", "account", record, "--add")
        undo(lab, entry(lab, "account"))
        assert lab.plan() == []


class TestDrops:
    def test_a_change_that_was_dropped_is_decided_again(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="New")
        lab.pull()
        (change,) = lab.plan()
        lab.ok("outbox", "drop", str(change["change"]))
        assert lab.plan() == []
        report = undo(lab, entry(lab, "drop"))
        assert [line["change"] for line in lab.plan()] == report["queued"]
        lab.push()
        assert titles(lab, record, user) == ("New", "New")

    def test_an_edit_that_was_dropped_is_typed_again(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.ok("outbox", "drop", str(lab.plan()[0]["change"]))
        assert lab.plan() == []
        undo(lab, "--batch", str(entries(lab, "drop")[-1]["batch"]))
        lab.push()
        assert titles(lab, record, user) == ("New", "New")

    def test_a_difference_that_was_kept_is_kept_when_an_edit_is_taken_back(self, lab):
        record, user = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.change(record, Title="New")
        lab.pull()
        lab.ok("outbox", "drop", str(lab.plan()[0]["change"]))
        lab.ok("edit", record, "Title=Third")
        undo(lab, entry(lab, "edit"))
        assert lab.plan() == []
        assert lab.writes_of(lab.sync) == []


class TestTheHistory:
    def test_each_undone_thing_has_an_entry_and_one_batch_the_action(self, lab):
        pairs = [lab.pair(f"p{n}", {"Title": f"Old {n}"}) for n in range(2)]
        lab.settled()
        for record, _ in pairs:
            lab.ok("edit", record, "Title=New")
        numbers = [line["entry"] for line in entries(lab, "edit")]
        undo(lab, *map(str, numbers))
        undone = entries(lab, "undo")
        assert {line["record"] for line in undone} == {record for record, _ in pairs}
        assert len({line["batch"] for line in undone}) == 1
        assert {line["why"] for line in undone} == {f"entry {number}" for number in numbers}

    def test_an_undo_says_what_it_puts_back(self, edited):
        lab, record, user = edited
        number = entry(lab, "edit")
        undo(lab, number)
        (line,) = entries(lab, "undo")
        assert (line["record"], line["user"], line["field"]) == (record, user, "Title")
        assert (line["before"], line["after"]) == ("New", "Old")
        assert line["why"] == f"entry {number}"

    def test_an_entry_that_there_is_not_is_an_error(self, lab):
        lab.pair("p1")
        lab.pull()
        for arguments in (["9999"], ["--run", "9999"], ["--batch", "9999"]):
            done = lab.run("undo", *arguments)
            assert done.code == 2 and "9999" in done.err
        assert lab.run("undo").code == 2

    def test_a_record_that_is_linked_no_more_keeps_its_values(self, edited):
        lab, record, _ = edited
        number = entry(lab, "edit")
        lab.ok("review", "unlink", record)
        done = lab.run("undo", number)
        assert "not linked" in done.report["not_undoable"][0]["reason"]

    def test_a_value_that_salesforce_would_refuse_is_not_planned(self, labs):
        lab = labs(mapping(TITLE))
        record, _ = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.ok("edit", record, "Title=New")
        lab.push()
        lab.use(mapping(LOCKED))
        done = lab.run("undo", entry(lab, "edit"))
        assert done.code == 1
        assert "no longer editable" in done.report["not_undoable"][0]["reason"]

    def test_read_only_refuses_it_and_still_says_what_it_would_do(self, edited):
        lab, *_ = edited
        number = entry(lab, "edit")
        assert lab.run("--read-only", "undo", number).code == 2
        assert len(lab.ok("--read-only", "undo", number, "--dry-run").report["queued"]) == 2
        assert lab.plan() == []
