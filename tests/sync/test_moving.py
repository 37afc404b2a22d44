"""What moves or disappears: gone, merged, restored, deleted users, scope, fields and traits."""

from __future__ import annotations

import pytest

from sfvtui.sandbox.vitally.switches import Deletion
from tests.sync.lab import PHONE, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"


def linked(lab, key="p1", **values):
    record, user = lab.pair(key, {"Title": "CEO", **values})
    lab.settled()
    return record, user


def test_a_deleted_record_is_gone_and_its_user_is_left_as_it_is(lab):
    record, user = linked(lab)
    lab.change(record, Title="CTO")
    lab.org.delete(record)
    assert lab.writes_of(lab.sync) == []
    assert lab.state(record) == "gone"
    assert lab.of_user(user) == "CEO"
    assert lab.status()["states"]["gone"] == 1


@pytest.mark.parametrize("how", ["delete", "hard_delete", "unshare"])
def test_a_record_is_gone_however_it_went(lab, how):
    record, _ = linked(lab)
    other = lab.contact("p2")
    lab.pull()
    lab.tick()
    getattr(lab.org, how)(record)
    getattr(lab.org, how)(other)
    lab.pull("--full")
    assert lab.state(record) == "gone"
    assert lab.state(other) is None, "without a link it leaves every list"


def test_a_restored_record_gets_its_link_back(lab):
    record, user = linked(lab)
    lab.tick()
    lab.org.delete(record)
    lab.pull()
    lab.tick()
    lab.org.undelete(record)
    lab.change(record, Title="CTO")
    lab.settled()
    assert lab.review(record)["user"] == user
    assert lab.of_user(user) == "CTO"


def test_a_record_that_is_shared_again_gets_its_link_back(lab):
    record, user = linked(lab)
    lab.org.unshare(record)
    lab.pull("--full")
    lab.org.share(record)
    lab.pull("--full")
    assert lab.review(record)["user"] == user


def test_a_restored_record_whose_user_is_taken_stays_without_a_link(lab):
    record, user = linked(lab)
    lab.tick()
    lab.org.delete(record)
    lab.pull()
    other = lab.contact(None)
    lab.pull()
    lab.ok("review", "link", other, user)
    lab.tick()
    lab.org.undelete(record)
    lab.pull()
    assert lab.review(other)["user"] == user
    assert lab.state(record) == "ambiguous", "its only match has a link already"


def test_a_gone_link_holds_neither_side(lab):
    record, user = linked(lab)
    lab.tick()
    lab.org.delete(record)
    lab.pull()
    successor = lab.contact("p1")
    lab.pull()
    assert lab.review(successor)["user"] == user
    assert lab.state(record) == "gone"


def test_a_user_is_free_for_the_rule_when_the_record_that_held_it_by_hand_goes(lab):
    by_hand = lab.contact(None)
    user = lab.user("p1")
    lab.pull()
    lab.ok("review", "link", by_hand, user)
    record = lab.contact("p1")
    lab.pull()
    assert lab.state(record) == "ambiguous"
    lab.tick()
    lab.org.delete(by_hand)
    lab.pull()
    assert lab.review(record)["user"] == user


def test_a_queued_creation_of_a_deleted_record_is_dropped_with_an_entry(labs):
    lab = labs(mapping(create=CREATES))
    record = lab.contact("p1", Title="VP")
    lab.pull()
    lab.ok("review", "approve", record)
    lab.tick()
    lab.org.delete(record)
    lab.pull()
    assert lab.plan() == []
    assert lab.state(record) is None
    assert [e["record"] for e in lab.history(what="withdraw")] == [record]


def test_an_edit_of_a_record_that_becomes_gone_is_a_conflict_of_kind_deleted(lab):
    record, user = linked(lab)
    lab.ok("edit", record, "Title=CTO")
    lab.tick()
    lab.org.delete(record)
    lab.pull()
    line = lab.conflict()
    assert (line["kind"], line["edit"], line["record"]) == ("deleted", "CTO", record)
    assert lab.plan() == []
    assert lab.run("resolve", record, "Title", "--take", "edit").code == 1
    lab.ok("resolve", record, "Title", "--take", "base")
    assert lab.conflicts() == []
    assert lab.of_user(user) == "CEO"


def test_a_record_that_goes_while_the_push_runs_is_not_written(lab):
    record, user = linked(lab)
    lab.ok("edit", record, "Title=CTO")
    lab.tick()
    lab.org.delete(record)
    assert lab.writes_of(lambda: lab.run("push", "--yes")) == []
    assert lab.conflict()["kind"] == "deleted"


def test_the_link_of_a_merged_record_moves_to_the_winner(lab):
    loser, user = linked(lab)
    winner = lab.contact("p2", Title="Winner")
    lab.pull()
    lab.ok("edit", loser, "Phone=5")
    lab.tick()
    lab.org.merge(winner, loser)
    lab.settled()
    assert lab.review(winner)["user"] == user
    assert lab.state(loser) is None
    assert lab.of_user(user) == "Winner"
    assert lab.of_record(winner, "Phone") == "5", "what was typed moved along"


def test_a_winner_that_the_mirror_did_not_have_is_fetched(labs):
    lab = labs(mapping(TITLE, scope='Title is not "hidden"'))
    loser, user = linked(lab)
    winner = lab.contact("p2", Title="hidden")
    lab.pull("--full")
    lab.tick()
    lab.org.merge(winner, loser)
    lab.pull("--full")
    line = lab.review(winner)
    assert (line["user"], line["flags"]) == (user, ["disagrees", "out_of_scope"])


def test_a_chain_of_merges_leads_to_the_last_winner(lab):
    loser, user = linked(lab)
    middle, winner = lab.contact("p2"), lab.contact("p3")
    lab.pull()
    lab.tick()
    lab.org.merge(middle, loser)
    lab.tick()
    lab.org.merge(winner, middle)
    lab.pull()
    assert lab.review(winner)["user"] == user


def test_a_winner_with_a_link_keeps_it_and_a_person_is_asked(lab):
    loser, user = linked(lab)
    winner, kept = linked(lab, "p2")
    lab.tick()
    lab.org.merge(winner, loser)
    assert lab.writes_of(lab.sync) == []
    line = lab.conflict()
    assert (line["kind"], line["field"], line["record"], line["user"]) == (
        "merged", None, loser, user,
    )  # fmt: skip
    assert lab.review(winner)["user"] == kept
    assert lab.state(loser) == "gone"
    lab.ok("review", "unlink", loser)
    assert lab.conflicts() == []


def test_a_merge_of_two_linked_records_is_settled_by_giving_the_winner_the_losers_user(lab):
    loser, user = linked(lab)
    winner, kept = linked(lab, "p2")
    lab.tick()
    lab.org.merge(winner, loser)
    lab.pull()
    lab.ok("review", "unlink", winner)
    lab.ok("review", "link", winner, user)
    assert lab.review(winner)["user"] == user
    assert lab.conflicts() == []


def test_a_deleted_user_leaves_its_record_unmatched_and_flagged(labs):
    lab = labs(mapping(create=CREATES))
    lab.workspace.switches.deletion = Deletion.IMMEDIATE
    record, user = linked(lab, Title="VP")
    lab.tick()
    lab.workspace.delete_user(user)
    lab.pull("--full")
    line = lab.review(record)
    assert (line["state"], line["user"], line["flags"]) == ("unmatched", None, ["once_linked"])
    done = lab.ok("review", "approve", "--filter", 'Title is "VP"', "--yes")
    assert done.report["approved"] == [], "never by a filter"
    assert lab.ok("review", "approve", record).report["approved"] == [record]


def test_a_user_that_is_found_deleted_by_the_push_is_not_made_again(lab):
    lab.workspace.switches.deletion = Deletion.IMMEDIATE
    record, user = linked(lab)
    lab.change(record, Title="CTO")
    lab.pull()
    lab.workspace.delete_user(user)
    assert lab.writes_of(lambda: lab.run("push", "--yes")) == []
    assert "once_linked" in lab.review(record)["flags"]


def test_a_user_that_comes_back_gets_its_link_back(lab):
    lab.workspace.switches.deletion = Deletion.IMMEDIATE
    record, user = linked(lab)
    lab.tick()
    lab.workspace.delete_user(user)
    lab.pull("--full")
    assert lab.state(record) != "linked"
    lab.tick()
    lab.workspace.restore_user(user)
    lab.pull()
    assert lab.review(record)["user"] == user


def test_a_user_that_a_list_lacks_is_asked_for_before_it_counts_as_deleted(lab):
    record, user = linked(lab)
    lab.workspace.lag.hold()
    late = lab.user("p2")
    lab.contact("p2")
    lab.workspace.lag.release()
    lab.pull()
    lab.workspace.lag.hold()
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.pull("--full")
    assert lab.status()["users"] == 2
    lab.workspace.lag.release()
    lab.settled()
    assert lab.of_record(record) == "CTO"
    assert lab.workspace.user(late)


def test_a_list_behind_the_writes_does_not_bring_old_values_back(lab):
    record, user = linked(lab)
    lab.change(record, Title="CTO")
    lab.workspace.lag.hold()
    lab.sync()
    assert lab.of_user(user) == "CTO"
    assert lab.writes_of(lab.sync) == []
    lab.pull("--full")
    assert lab.plan() == []
    lab.workspace.lag.release()
    assert lab.writes_of(lab.sync) == []
    assert lab.of_record(record) == "CTO"


def test_a_list_behind_does_not_bring_a_deleted_user_back(lab):
    lab.workspace.switches.deletion = Deletion.IMMEDIATE
    record, user = linked(lab)
    lab.tick()
    lab.workspace.lag.hold()
    lab.workspace.delete_user(user)
    lab.ok("pull", record)
    assert "once_linked" in lab.review(record)["flags"]
    lab.pull("--full")
    assert "once_linked" in lab.review(record)["flags"]
    lab.workspace.lag.release()


def test_a_record_that_leaves_the_scope_keeps_its_link_and_nothing_is_sent(labs):
    lab = labs(mapping(TITLE, scope='Phone is not "gone"'))
    record, user = linked(lab)
    lab.change(record, Title="CTO", Phone="gone")
    assert lab.writes_of(lab.sync) == []
    line = lab.review(record)
    assert (line["state"], line["user"], line["flags"]) == ("linked", user, ["out_of_scope"])
    lab.change(user, **{"sfdc.Title": "CFO"})
    assert lab.writes_of(lambda: lab.pull("--full")) == []
    assert lab.plan() == [] and lab.conflicts() == []
    lab.change(record, Phone="back")
    lab.pull()
    assert lab.conflict()["kind"] == "both-changed"


def test_an_account_change_is_not_sent_for_a_record_that_left_the_scope_or_is_gone(labs):
    lab = labs(mapping(TITLE, scope='Phone is not "gone"'))
    other = lab.world.company("Other")
    out, _ = lab.pair("p1", {"AccountId": other.id})
    gone, user = lab.pair("p2", {"AccountId": other.id})
    lab.sync()
    lab.ok("review", "account", out, "--add")
    lab.ok("review", "account", gone, "--replace")
    lab.change(out, Phone="gone")
    lab.org.delete(gone)
    assert lab.writes_of(lab.sync) == []
    lab.change(out, Phone="back")
    lab.sync()
    assert "other_account" not in lab.review(out)["flags"]


def test_the_users_accounts_change_only_where_a_person_says_so_and_go_in_full(lab):
    other = lab.world.company("Other")
    record, user = linked(lab)
    lab.change(record, AccountId=other.id)
    assert lab.writes_of(lab.sync) == []
    assert lab.review(record)["flags"] == ["other_account"]
    lab.ok("review", "account", record, "--add")
    (line,) = lab.plan()
    assert line["fields"][0]["name"] == "accountIds"
    both = sorted([*lab.company.accounts, *other.accounts])
    assert line["fields"][0]["after"] == both
    lab.settled()
    assert sorted(lab.workspace.user(user).account_ids) == both
    assert lab.review(record)["flags"] == []
    lab.ok("review", "account", record, "--replace")
    lab.settled()
    assert lab.workspace.user(user).account_ids == other.accounts


def test_accounts_that_read_back_otherwise_park(lab):
    from sfvtui.sandbox.vitally.switches import AccountsOnUpdate

    lab.workspace.switches.accounts_on_update = AccountsOnUpdate.UNION
    other = lab.world.company("Other")
    record, user = linked(lab)
    lab.change(record, AccountId=other.id)
    lab.pull()
    lab.ok("review", "account", record, "--replace")
    assert lab.run("push", "--yes").code == 1
    assert lab.status()["outbox"]["parked"] == 1


# --- fields and traits


def test_a_mapped_field_that_vanished_pauses_its_pair_and_nothing_is_sent(lab):
    record, user = linked(lab, Phone="1")
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.pull()
    lab.org.hide_field("Contact", "Title")
    lab.change(record, Title="COO", Phone="2")
    lab.sync()
    (paused,) = lab.status()["paused"]
    assert paused["field"] == "Title" and "Title" in paused["reason"]
    assert lab.of_user(user) == "CTO"
    assert lab.of_user(user, "sfdc.Phone") == "2"
    assert lab.plan() == []
    assert [e["field"] for e in lab.history(what="pause")] == ["Title"]
    assert lab.run("edit", record, "Title=x").code == 1


def test_when_a_field_returns_salesforces_change_goes_to_vitally(lab):
    record, user = linked(lab)
    lab.org.hide_field("Contact", "Title")
    lab.sync()
    lab.change(record, Title="COO")
    lab.sync()
    lab.org.show_field("Contact", "Title")
    lab.tick()
    lab.settled()
    assert lab.status()["paused"] == []
    assert lab.of_user(user) == "COO"


@pytest.mark.parametrize("change", [{"sfdc.Title": "CTO"}, {"sfdc.Title": None}])
def test_when_a_field_returns_what_would_go_to_salesforce_asks(lab, change):
    record, user = linked(lab)
    lab.org.hide_field("Contact", "Title")
    lab.sync()
    lab.change(user, **change)
    lab.sync()
    lab.org.show_field("Contact", "Title")
    assert lab.writes_of(lab.sync) == []
    assert lab.conflict()["kind"] == "no-base"
    assert lab.writes_of(lab.sync) == []
    lab.ok("resolve", record, "Title", "--take", "salesforce")
    lab.settled()
    assert lab.of_user(user) == "CEO"


def test_when_a_field_returns_blank_it_asks(lab):
    record, user = linked(lab)
    lab.org.hide_field("Contact", "Title")
    lab.sync()
    lab.change(record, Title=None)
    lab.sync()
    lab.org.show_field("Contact", "Title")
    assert lab.writes_of(lab.sync) == []
    assert lab.conflict()["kind"] == "no-base"
    assert lab.of_user(user) == "CEO"


def test_a_field_of_another_type_pauses_its_pair_and_its_base_is_kept(labs):
    lab = labs(mapping('field = "Nickname__c"\neditable = true\n'))
    record, user = lab.pair("p1", {"Nickname__c": "12"})
    lab.settled()
    lab.org.change_field("Contact", "Nickname__c", type="double", precision=5, scale=1)
    lab.change(user, **{"sfdc.Nickname__c": "13"})
    for _ in range(3):
        assert lab.writes_of(lab.sync) == []
        (paused,) = lab.status()["paused"]
        assert "string" in paused["reason"] and "double" in paused["reason"]
    assert lab.conflicts() == []
    lab.org.change_field("Contact", "Nickname__c", type="string", length=80, scale=0, precision=0)
    assert lab.writes_of(lab.sync) == []
    assert lab.status()["paused"] == []
    line = lab.conflict()
    assert (line["kind"], line["base"]) == ("no-base", "12")


def test_a_field_that_is_no_longer_updateable_keeps_sending_salesforces_changes(lab):
    record, user = linked(lab)
    lab.org.make_read_only("Contact", "Title")
    lab.change(record, Title="CTO")
    lab.settled()
    assert lab.of_user(user) == "CTO"
    lab.change(user, **{"sfdc.Title": "CFO"})
    assert lab.writes_of(lab.sync) == []
    assert lab.status()["outbox"]["held"] == 1
    assert lab.of_user(user) == "CFO"
    assert lab.run("edit", record, "Title=x").code == 1
    lab.org.make_editable("Contact", "Title")
    lab.tick()
    lab.settled()
    assert lab.of_record(record) == "CFO"


def test_a_trait_that_ten_had_and_none_has_pauses_its_pair(lab):
    people = [lab.pair(f"p{n}", {"Title": f"T{n}"}) for n in range(10)]
    lab.settled()
    for _, user in people:
        lab.workspace.update_user(user, traits={"sfdc.Title": None})
    assert lab.writes_of(lab.sync) == []
    assert lab.status()["paused"] == [{"field": "Title", "reason": "trait gone from Vitally"}]
    assert lab.conflicts() == []
    lab.change(people[0][1], **{"sfdc.Title": "T0"})
    lab.sync()
    assert lab.status()["paused"] == []
    assert lab.of_record(people[1][0]) == "T1"
    assert {c["kind"] for c in lab.conflicts()} == {"no-base"}


def test_nine_blanks_are_nine_questions(lab):
    people = [lab.pair(f"p{n}", {"Title": f"T{n}"}) for n in range(9)]
    lab.settled()
    for _, user in people:
        lab.workspace.update_user(user, traits={"sfdc.Title": None})
    lab.sync()
    assert [c["kind"] for c in lab.conflicts()] == ["blank"] * 9


def test_a_formula_and_a_parents_field_are_read_again_with_every_full_pull(labs):
    lab = labs(
        mapping('field = "Account_Industry__c"\n', 'field = "Account.Name"\ntrait = "company"\n')
    )
    record, user = lab.pair("p1")
    lab.settled()
    lab.contact(None)
    lab.pull()
    lab.org.update(lab.company.id, {"Industry": "Energy", "Name": "Acme Energy"})
    lab.pull()
    assert lab.plan() == [], "the record's stamp did not move"
    lab.pull("--full")
    lab.settled()
    assert lab.of_user(user, "sfdc.Account_Industry__c") == "Energy"
    assert lab.of_user(user, "company") == "Acme Energy"


def test_a_full_pull_is_due_after_its_time(labs):
    lab = labs(mapping('field = "Account.Name"\ntrait = "company"\n'), 'full_pull_every = "24h"')
    record, user = lab.pair("p1")
    assert lab.pull()["salesforce"]["mode"] == "full"
    assert lab.pull()["salesforce"]["mode"] == "incremental"
    with lab.context() as context, context.store.write():
        context.store.put("full_at", "2026-01-01T00:00:00Z")
    assert lab.pull()["salesforce"]["mode"] == "full"


def test_a_field_that_does_not_arrive_is_unread_and_decides_nothing(lab):
    record, user = linked(lab)
    lab.use(mapping(TITLE, PHONE, 'field = "Department"\n'))
    assert lab.plan() == []
    done = lab.ok("review", "list", "--state", "linked").lines
    assert done[0]["fields"]["Department"] is None
    assert lab.run("edit", record, "Department=x").code == 1
    lab.org.update(record, {"Department": "Sales"})
    lab.settled()
    assert lab.of_user(user, "sfdc.Department") == "Sales"


def test_5000_records_on_one_stamp_are_all_read(lab):
    from datetime import timedelta

    at = lab.org.now() - timedelta(days=3)
    some = [lab.contact(f"p{n}") for n in range(5000)]
    lab.pull()
    for record in some:
        lab.org.set_quietly(
            record, Title="Moved", SystemModstamp=(at + timedelta(days=2)).strftime(
                "%Y-%m-%dT%H:%M:%S.000+0000"
            ),
        )  # fmt: skip
    assert lab.pull()["salesforce"]["changed"] == 5000
    assert lab.ok("review", "list", "--filter", 'Title is "Moved"').lines[4999]


SCOPED = mapping(TITLE, scope='Phone is not "9"', create="allowed = true\nfilter = ''\n")


def test_who_shares_a_match_value_is_decided_again_when_a_link_ends(labs):
    """A record counts for its match value as long as it is linked, in scope or not."""
    lab = labs(SCOPED)
    lab.workspace.switches.deletion = Deletion.IMMEDIATE
    elsewhere = lab.world.company("Elsewhere").accounts
    one, theirs = lab.contact("k", Phone="1"), lab.user("z", accounts=elsewhere)
    lab.user("k", accounts=elsewhere)
    lab.pull()
    lab.ok("review", "unlink", one)
    lab.ok("review", "link", one, theirs)
    lab.change(one, Phone="9")
    lab.pull()
    other = lab.contact("k", Phone="1")
    lab.pull()
    assert lab.state(other) == "ambiguous"
    lab.workspace.delete_user(theirs)
    lab.pull("--full")
    assert (lab.state(one), lab.state(other)) == (None, "linked")


def test_who_shares_a_match_value_is_decided_again_when_a_link_moves_or_is_back(labs):
    lab = labs(SCOPED)
    lab.workspace.switches.deletion = Deletion.IMMEDIATE
    elsewhere = lab.world.company("Elsewhere").accounts
    loser, moving = lab.contact("p2", Phone="1"), lab.user("p2", accounts=elsewhere)
    winner = lab.contact("k", Phone="9")
    other, _ = lab.contact("k", Phone="1"), lab.user("k", accounts=elsewhere)
    lab.pull()

    def disagrees() -> bool:
        return "disagrees" in lab.review(other)["flags"]

    assert not disagrees(), "who is out of scope and not linked does not count"
    lab.tick()
    lab.org.merge(winner, loser)
    lab.pull()
    assert lab.state(winner) == "linked"
    assert disagrees(), "two records share its match value"
    lab.workspace.delete_user(moving)
    lab.pull("--full")
    assert not disagrees()
    lab.tick()
    lab.workspace.restore_user(moving)
    lab.pull("--full")
    assert lab.state(winner) == "linked"
    assert disagrees()
