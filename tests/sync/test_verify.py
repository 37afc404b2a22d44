"""What pulls miss is found by a verification, and mended in the mirror alone."""

from __future__ import annotations

import pytest

from tests.sync.lab import TITLE, mapping

NAME = 'field = "Account.Name"\ntrait = "sfdc.AccountName"\n'


@pytest.fixture
def linked(lab):
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    return lab, record, user


def time_goes_by(lab) -> None:
    """An hour passes in which others change, so that no pull looks back at what is there now."""
    record, user = lab.pair("later")
    lab.tick(3600)
    lab.change(record, Phone="9")
    lab.workspace.update_user(user, name="Later")
    lab.sync()


def drift(lab, *arguments: str) -> list:
    """What a verification that finds something lists."""
    done = lab.run("verify", *arguments)
    assert (done.code, done.last) == (3, "stopped: drift"), (done.err, done.lines)
    assert done.report["repaired"] == 0
    return done.report["drift"]


def clean(lab, *arguments: str):
    """A verification that finds nothing."""
    report = lab.ok("verify", *arguments).report
    assert report["drift"] == []
    return report


def repaired(lab, count: int = 1) -> None:
    """A repair that mends so many differences, and leaves none. Nothing is written to a service."""
    writes = lab.writes_of(lambda: _repair(lab, count))
    assert writes == []
    clean(lab)


def _repair(lab, count: int) -> None:
    report = lab.ok("verify", "--repair").report
    assert (len(report["drift"]), report["repaired"]) == (count, count)


class TestWhatIsFound:
    def test_a_mirror_that_is_right_has_no_drift(self, linked):
        lab, *_ = linked
        report = clean(lab)
        assert report == {"checked": {"records": 1, "users": 1}, "drift": [], "repaired": 0}

    def test_a_change_that_moved_no_stamp_in_salesforce(self, linked):
        lab, record, _ = linked
        time_goes_by(lab)
        lab.org.set_quietly(record, Title="Quiet")
        lab.pull()
        assert drift(lab) == [
            {
                "record": record, "user": None, "field": "Title", "mirror": "Old",
                "remote": "Quiet", "kind": "missed-change",
            }
        ]  # fmt: skip

    def test_a_field_of_a_parent(self, labs):
        lab = labs(mapping(TITLE, NAME))
        record, _ = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        lab.org.update(lab.company.id, {"Name": "Renamed"})
        (found,) = drift(lab)
        assert (found["field"], found["remote"]) == ("Account.Name", "Renamed")
        assert found["record"] == record

    def test_a_change_that_moved_no_stamp_in_vitally(self, linked):
        lab, _, user = linked
        time_goes_by(lab)
        lab.workspace.user(user).traits["sfdc.Title"] = "Quiet"
        lab.pull()
        (found,) = drift(lab)
        assert found == {
            "record": None, "user": user, "field": "Title", "mirror": "Old", "remote": "Quiet",
            "kind": "missed-change",
        }  # fmt: skip

    def test_a_row_whose_stamp_is_older_than_the_mirrors(self, linked):
        lab, record, _ = linked
        old = "2020-01-01T00:00:00.000+0000"
        lab.org.set_quietly(record, Title="Quiet", SystemModstamp=old, LastModifiedDate=old)
        (found,) = drift(lab)
        assert (found["kind"], found["remote"]) == ("missed-change", "Quiet")

    def test_a_record_that_was_deleted_for_good(self, linked):
        lab, record, _ = linked
        lab.org.hard_delete(record)
        lab.pull()
        assert [(d["record"], d["field"], d["kind"]) for d in drift(lab)] == [
            (record, None, "gone")
        ]

    def test_a_record_that_is_no_longer_shared(self, linked):
        lab, record, _ = linked
        lab.org.unshare(record)
        assert [(d["record"], d["kind"]) for d in drift(lab)] == [(record, "gone")]

    def test_a_record_that_is_shared_again(self, linked):
        lab, record, _ = linked
        lab.org.unshare(record)
        lab.pull("--full")
        assert lab.state(record) == "gone"
        lab.org.share(record)
        assert [(d["record"], d["kind"]) for d in drift(lab)] == [(record, "unseen")]

    def test_a_user_that_was_deleted(self, linked):
        lab, _, user = linked
        lab.workspace.delete_user(user, immediately=True)
        assert [(d["user"], d["kind"]) for d in drift(lab)] == [(user, "gone")]

    def test_what_came_after_the_last_pull_is_new(self, linked):
        lab, *_ = linked
        lab.tick()
        record = lab.org.create("Contact", {"LastName": "New", "AccountId": lab.company.id})
        user = lab.workspace.create_user("q9", accounts=lab.company.accounts).id
        found = {(d["record"], d["user"], d["kind"]) for d in drift(lab)}
        assert found == {(record, None, "new"), (None, user, "new")}

    def test_a_record_with_a_late_stamp_was_there_and_not_seen(self, linked):
        lab, *_ = linked
        time_goes_by(lab)
        record = lab.contact("p2")
        old = "2020-01-01T00:00:00.000+0000"
        lab.org.set_quietly(record, SystemModstamp=old, LastModifiedDate=old)
        lab.pull()
        assert [(d["record"], d["kind"]) for d in drift(lab)] == [(record, "unseen")]

    def test_a_record_out_of_scope_is_no_drift(self, labs):
        lab = labs(mapping(TITLE, scope='Title contains "VP"'))
        lab.pair("p1", {"Title": "VP Sales"})
        lab.settled()
        lab.contact("p2", Title="Clerk")
        inside = lab.contact("p3", Title="VP Marketing")
        assert [d["record"] for d in drift(lab)] == [inside]

    def test_an_external_id_and_accounts_count_too(self, linked):
        lab, _, user = linked
        other = lab.world.company("Other")
        found = lab.workspace.user(user)
        with lab.workspace.lock:
            lab.workspace._registry.take(found)
            found.external_id, found.account_ids = "q1", other.accounts
            lab.workspace._registry.put(found)
        assert {d["field"]: d["remote"] for d in drift(lab)} == {
            "externalId": "q1", "accountIds": sorted(other.accounts),
        }  # fmt: skip

    def test_a_format_is_no_difference(self, lab):
        record, user = lab.pair("p1", {"Title": "Ame\u0301lie"})
        lab.settled()
        lab.org.set_quietly(record, Title="Am\u00e9lie")
        clean(lab)

    def test_a_sample_looks_at_so_many(self, lab):
        for n in range(4):
            lab.pair(f"p{n}", {"Title": "Old"})
        lab.settled()
        assert clean(lab, "--sample", "3")["checked"] == {"records": 3, "users": 3}
        assert clean(lab, "--sample", "99")["checked"] == {"records": 4, "users": 4}

    def test_a_sample_finds_what_is_gone_or_changed(self, linked):
        lab, record, user = linked
        lab.org.hard_delete(record)
        lab.workspace.user(user).traits["sfdc.Title"] = "Quiet"
        assert {d["kind"] for d in drift(lab, "--sample", "1")} == {"gone", "missed-change"}


class TestRepair:
    def test_a_missed_change_is_mended_and_decided(self, linked):
        lab, record, user = linked
        lab.org.set_quietly(record, Title="Quiet")
        repaired(lab)
        assert lab.planned() == {("vitally", "sfdc.Title", "Old", "Quiet")}
        lab.push()
        assert lab.of_user(user) == "Quiet"

    def test_a_missed_change_of_a_user_is_mended(self, linked):
        lab, record, user = linked
        lab.workspace.user(user).traits["sfdc.Title"] = "Quiet"
        repaired(lab)
        assert lab.planned() == {("salesforce", "Title", "Old", "Quiet")}

    def test_a_row_is_believed_whatever_its_stamp_says(self, linked):
        lab, record, _ = linked
        old = "2020-01-01T00:00:00.000+0000"
        lab.org.set_quietly(record, Title="Quiet", SystemModstamp=old, LastModifiedDate=old)
        repaired(lab)

    def test_a_user_is_believed_whatever_its_stamp_says(self, linked):
        lab, _, user = linked
        found = lab.workspace.user(user)
        with lab.workspace.lock:
            lab.workspace._registry.take(found)
            found.updated -= 10_000_000
            found.traits["sfdc.Title"] = "Quiet"
            lab.workspace._registry.put(found)
        repaired(lab)

    def test_a_record_that_is_gone_leaves_its_link(self, linked):
        lab, record, user = linked
        lab.org.hard_delete(record)
        repaired(lab)
        assert lab.state(record) == "gone"
        assert lab.of_user(user) == "Old"

    def test_a_link_goes_to_the_winner_of_a_merge_that_was_missed(self, labs):
        lab = labs(mapping(TITLE, scope='Title contains "VP"'))
        record, user = lab.pair("p1", {"Title": "VP Sales"})
        winner = lab.contact("p2", Title="Clerk")
        lab.settled()
        lab.org.merge(winner, record)
        lab.org.set_quietly(winner, Title="VP Sales")
        assert lab.ok("verify", "--repair").report["repaired"] >= 1
        assert lab.review(winner)["user"] == user

    def test_a_user_that_is_gone_leaves_its_record_unmatched(self, linked):
        lab, record, user = linked
        lab.workspace.delete_user(user, immediately=True)
        repaired(lab)
        assert lab.review(record)["flags"] == ["once_linked"]

    def test_a_record_that_is_back_is_linked_again(self, linked):
        lab, record, user = linked
        lab.org.unshare(record)
        lab.pull("--full")
        lab.org.share(record)
        repaired(lab)
        assert lab.review(record)["user"] == user

    def test_what_was_not_seen_is_there_and_linked(self, linked):
        lab, *_ = linked
        record, user = lab.pair("p2")
        repaired(lab, 2)
        assert lab.review(record)["user"] == user

    def test_the_history_says_what_was_mended(self, linked):
        lab, record, _ = linked
        lab.org.set_quietly(record, Title="Quiet")
        repaired(lab)
        (line,) = lab.history(what="repair")
        assert (line["record"], line["field"], line["system"]) == (record, "Title", "salesforce")
        assert (line["before"], line["after"], line["why"]) == ("Old", "Quiet", "missed-change")

    def test_read_only_looks_and_does_not_repair(self, linked):
        lab, record, _ = linked
        lab.org.set_quietly(record, Title="Quiet")
        assert lab.run("--read-only", "verify", "--repair").code == 2
        assert lab.run("--read-only", "verify").code == 3
        assert len(drift(lab)) == 1

    def test_a_mirror_that_was_mended_meanwhile_is_left_to_whoever_did(self, linked):
        from sfvtui.sandbox.faults import Run

        lab, record, _ = linked
        lab.org.set_quietly(record, Title="Quiet")

        def meanwhile():
            with lab.context() as context:
                context.store.db.execute("UPDATE record SET stamp_at = '2099-01-01T00:00:00Z'")

        # The second reading by Id is the one before the mirror is written.
        lab.box.salesforce_faults.add(Run(meanwhile), path="queryAll.*Id.*IN")
        done = lab.run("verify", "--repair")
        assert done.code == 1 and done.report["repaired"] == 0


class TestTheRun:
    def test_the_cost_is_said_first(self, linked):
        lab, *_ = linked
        done = lab.ok("verify")
        assert done.err.startswith("Verifying 1 record and 1 user takes about 1 call")

    def test_it_needs_a_mirror_that_was_filled(self, lab):
        done = lab.run("verify")
        assert done.code == 1 and "Pull first" in done.err

    def test_another_organization_is_refused(self, linked):
        lab, *_ = linked
        lab.org.org_id = "00D000000000009EAA"
        done = lab.run("verify")
        assert done.code == 2 and "store adopt" in done.err

    def test_a_service_that_is_down_ends_it(self, linked):
        from sfvtui.sandbox.faults import html

        lab, *_ = linked
        lab.box.vitally_faults.add(html(503), path="/resources/users\\?", times=None)
        assert lab.run("verify").code == 1
