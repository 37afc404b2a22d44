"""What becomes of a pair of a link: the table, blanks, stays, and the life of an edit."""

from __future__ import annotations

import pytest

from tests.sync.lab import PHONE, TITLE, mapping

FIXED = 'field = "Title"\n'
BLANK_RULES = (
    'field = "Title"\neditable = true\nblanks = {{ to_vitally = "{}", to_salesforce = "{}" }}\n'
)


def rule(word: str) -> str:
    return f'{TITLE}on_conflict = "{word}"\n'


def agreed(labs, *pairs: str, **values):
    """A lab in which one link agrees on everything."""
    lab = labs(mapping(*pairs) if pairs else mapping())
    record, user = lab.pair("p1", {"Title": "CEO", **values})
    lab.settled()
    assert lab.of_user(user) == lab.of_record(record)
    return lab, record, user


def test_what_salesforce_changed_goes_to_vitally(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.settled()
    assert lab.of_user(user) == "CTO"


def test_what_vitally_changed_goes_to_salesforce_where_the_pair_is_editable(labs):
    lab, record, user = agreed(labs)
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.settled()
    assert lab.of_record(record) == "CTO"


def test_what_vitally_changed_is_replaced_where_it_is_not_and_history_names_it(labs):
    lab, record, user = agreed(labs, FIXED)
    lab.change(user, **{"sfdc.Title": "Boss"})
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CEO", "CEO")
    (entry,) = lab.history("--record", record, what="update")
    assert (entry["system"], entry["before"], entry["after"]) == ("vitally", "Boss", "CEO")


def test_both_changed_to_the_same_value_sends_nothing_and_moves_the_base(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": " CTO "})
    report = {}
    assert lab.writes_of(lambda: report.update(lab.sync())) == []
    assert report["reconcile"]["agreed"] == 1
    lab.change(user, **{"sfdc.Title": "CEO"})
    lab.settled()
    assert lab.of_record(record) == "CEO", "one-sided after the base moved"


def test_both_changed_asks_by_default_and_either_side_may_be_taken(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    done = lab.run("sync", "--yes")
    assert (done.code, done.last) == (3, "waiting: 1 conflicts, 0 held, 0 parked")
    line = lab.conflict()
    assert line == {
        "record": record, "user": user, "field": "Title", "trait": "sfdc.Title", "base": "CEO",
        "salesforce": "CTO", "vitally": "CFO", "kind": "both-changed",
    }  # fmt: skip
    assert lab.ok("resolve", record, "Title", "--take", "vitally").report["value"] == "CFO"
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CFO", "CFO")


@pytest.mark.parametrize(
    ("word", "wins"), [("salesforce", "CTO"), ("vitally", "CFO"), ("newest", "CFO")]
)
def test_both_changed_is_settled_by_the_pairs_rule(labs, word, wins):
    lab, record, user = agreed(labs, rule(word))
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == (wins, wins)
    lost = "CFO" if wins == "CTO" else "CTO"
    (entry,) = lab.history("--record", record, what="update")
    assert entry["before"] == lost, "no value is lost: the history holds it"


def test_newest_within_one_second_asks(labs):
    lab, record, user = agreed(labs, rule("newest"))
    lab.tick()
    lab.world.clock.stop()
    lab.org.update(record, {"Title": "CTO"})
    lab.workspace.update_user(user, traits={"sfdc.Title": "CFO"})
    lab.world.clock.go()
    lab.pull()
    assert lab.conflict()["kind"] == "both-changed"


def test_both_changed_takes_salesforce_where_the_pair_is_not_editable(labs):
    lab, record, user = agreed(labs, FIXED)
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")


def test_a_new_link_sends_salesforces_values_and_counts_them_apart(labs):
    lab = labs()
    record, user = lab.pair("p1", {"Title": "CEO", "Phone": "1"}, **{"sfdc.Title": "Boss"})
    lab.pull()
    assert lab.planned() == {("vitally", "sfdc.Title", "Boss", "CEO")}
    assert "first comparison" in lab.plan()[0]["why"]
    lab.settled()
    assert lab.of_user(user) == "CEO"
    (entry,) = lab.history("--record", record, what="update")
    assert entry["before"] == "Boss"


def test_a_new_link_that_is_blank_in_salesforce_asks_where_the_pair_is_editable(labs):
    lab = labs()
    record, user = lab.pair("p1", {}, **{"sfdc.Title": "Boss"})
    lab.pull()
    line = lab.conflict()
    assert (line["kind"], line["base"], line["salesforce"]) == ("no-base", None, None)
    assert lab.run("resolve", record, "Title", "--take", "base").code == 1
    assert lab.run("resolve", record, "Title", "--take", "edit").code == 1
    lab.ok("resolve", record, "Title", "--take", "vitally")
    lab.settled()
    assert lab.of_record(record) == "Boss"


def test_a_new_link_that_is_blank_in_salesforce_blanks_vitally_where_it_is_not(labs):
    lab = labs(mapping(FIXED))
    record, user = lab.pair("p1", {}, **{"sfdc.Title": "Boss"})
    lab.settled()
    assert lab.of_user(user) is None


@pytest.mark.parametrize("editable", [True, False])
def test_a_new_link_never_blanks_where_the_rule_is_never(labs, editable):
    pair = BLANK_RULES.format("never", "never")
    lab = labs(mapping(pair if editable else pair.replace("editable = true\n", "")))
    record, user = lab.pair("p1", {}, **{"sfdc.Title": "Boss"})
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == (None, "Boss")
    assert lab.conflicts() == []
    lab.change(record, Title="CEO")
    lab.settled()
    assert lab.of_user(user) == "CEO"


def test_a_blank_goes_to_vitally_and_asks_on_its_way_to_salesforce(labs):
    lab, record, user = agreed(labs, TITLE, PHONE, Phone="1")
    lab.change(record, Title=None)
    lab.change(user, **{"sfdc.Phone": None})
    lab.sync()
    assert lab.of_user(user) is None
    assert (lab.conflict()["field"], lab.conflict()["kind"]) == ("Phone", "blank")
    assert lab.of_record(record, "Phone") == "1"
    lab.ok("resolve", record, "Phone", "--take", "vitally")
    lab.settled()
    assert lab.of_record(record, "Phone") is None


def test_a_blank_to_vitally_asks_where_the_rule_says_so(labs):
    lab, record, user = agreed(labs, BLANK_RULES.format("ask", "copy"))
    lab.change(record, Title=None)
    lab.sync()
    assert lab.conflict()["kind"] == "blank"
    lab.ok("resolve", record, "Title", "--take", "base")
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CEO", "CEO")
    lab.change(user, **{"sfdc.Title": ""})
    lab.settled()
    assert lab.of_record(record) is None, "copied"


def test_a_blank_that_never_stopped_counts_as_the_same(labs):
    lab, record, user = agreed(labs, BLANK_RULES.format("never", "never"))
    lab.change(record, Title=None)
    assert lab.writes_of(lab.settled) == []
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.settled()
    assert lab.of_record(record) == "CTO", "Vitally's change is one-sided"


def test_an_attribute_and_the_match_field_never_go_blank_by_themselves(labs):
    from tests.sync.lab import BY_EMAIL

    pairs = (
        'field = "Email"\ntrait = "email"\neditable = true\n',
        'field = "Name"\ntrait = "name"\n',
    )
    lab = labs(mapping(*pairs, match=BY_EMAIL))
    record, user = lab.pair("p1", {"Email": "a@example.com"})
    lab.settled()
    lab.change(user, email=None)
    assert lab.writes_of(lab.sync) == []
    assert lab.of_record(record, "Email") == "a@example.com"
    lab.change(user, email="a@example.com")
    lab.change(record, Email=None)
    assert lab.writes_of(lab.sync) == []
    assert lab.of_user(user, "email") == "a@example.com"


def test_dropping_a_reconciled_change_keeps_the_difference_until_either_side_moves(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.pull()
    (line,) = lab.plan()
    dropped = lab.ok("outbox", "drop", str(line["change"])).lines
    assert [d["state"] for d in dropped] == ["dropped"]
    assert lab.writes_of(lab.settled) == []
    lab.pull("--full")
    assert lab.plan() == []
    lab.change(record, Title="COO")
    lab.settled()
    assert lab.of_user(user) == "COO"


def test_a_stay_lasts_until_vitally_moves_too(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.pull()
    lab.ok("outbox", "drop", str(lab.plan()[0]["change"]))
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.pull()
    assert lab.conflict()["kind"] == "both-changed"


def test_what_salesforce_stores_otherwise_goes_back_to_vitally_in_the_same_push(labs):
    lab, record, user = agreed(labs)
    lab.org.on_save("Contact", lambda org, old, new: new.update(Title=(new["Title"] or "").upper()))
    lab.change(user, **{"sfdc.Title": "cto"})
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")


def test_what_is_answered_well_but_not_taken_parks_and_is_not_sent_again(labs):
    lab, record, user = agreed(labs)
    lab.org.on_save("Contact", lambda org, old, new: new.update(Title="CEO"))
    lab.change(user, **{"sfdc.Title": "cto"})
    done = lab.run("sync", "--yes")
    assert done.code == 1
    assert lab.status()["outbox"]["parked"] == 1
    assert lab.writes_of(lab.sync) == []
    assert lab.of_user(user) == "cto"


# --- edits


def test_an_edit_goes_to_both_sides(labs):
    lab, record, user = agreed(labs)
    report = lab.ok("edit", record[:15], "title=CTO").report
    assert report == {
        "record": record,
        "edits": [
            {"field": "Title", "before": {"salesforce": "CEO", "vitally": "CEO"}, "after": "CTO"}
        ],
    }
    assert lab.planned() == {
        ("salesforce", "Title", "CEO", "CTO"), ("vitally", "sfdc.Title", "CEO", "CTO"),
    }  # fmt: skip
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")


def test_an_edit_to_blank_is_not_asked_again(labs):
    lab, record, user = agreed(labs)
    lab.ok("edit", record, "Title=")
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == (None, None)
    assert lab.conflicts() == []


def test_the_vitally_half_of_an_edit_carries_what_salesforce_stored(labs):
    lab, record, user = agreed(labs)
    lab.org.on_save("Contact", lambda org, old, new: new.update(Title=(new["Title"] or "").upper()))
    lab.ok("edit", record, "Title=cto")
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")
    sent = [w.sent for w in lab.workspace.written()]
    assert sent == [{"traits": {"sfdc.Title": "CTO"}}]


@pytest.mark.parametrize("side", ["salesforce", "vitally"])
def test_an_edit_whose_author_saw_something_else_is_a_conflict_that_shows_it(labs, side):
    lab, record, user = agreed(labs)
    lab.ok("edit", record, "Title=CTO")
    if side == "salesforce":
        lab.change(record, Title="COO")
    else:
        lab.change(user, **{"sfdc.Title": "COO"})
    done = lab.run("push", "--yes")
    assert done.code == 3
    assert done.report["conflicts"] == 1
    line = lab.conflict()
    moved, other = ("salesforce", "vitally") if side == "salesforce" else ("vitally", "salesforce")
    assert (line["kind"], line["edit"], line["base"]) == ("edit-moved", "CTO", "CEO")
    assert (line[moved], line[other]) == ("COO", "CEO")
    lab.ok("resolve", record, "Title", "--take", "edit")
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")


def test_an_edit_that_one_side_has_already_lands_on_the_other(labs):
    lab, record, user = agreed(labs)
    lab.ok("edit", record, "Title=CTO")
    lab.change(record, Title="CTO")
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")
    assert lab.conflicts() == []


def test_a_pull_between_edit_and_push_does_not_let_the_edit_overwrite_what_it_did_not_see(labs):
    lab, record, user = agreed(labs)
    lab.ok("edit", record, "Title=CTO")
    lab.change(record, Title="COO")
    lab.pull()
    lab.push()
    assert lab.of_record(record) == "COO"
    assert lab.conflict()["kind"] == "edit-moved"


def test_a_later_edit_replaces_a_queued_one_and_keeps_the_values_first_seen(labs):
    lab, record, user = agreed(labs)
    lab.ok("edit", record, "Title=CTO")
    lab.change(record, Title="COO")
    lab.pull()
    lab.run("edit", record, "Title=CFO")
    lab.push()
    assert lab.of_record(record) == "COO", "the first author saw CEO"
    line = lab.conflict()
    assert (line["kind"], line["edit"]) == ("edit-moved", "CFO")


def test_an_edit_back_to_what_is_there_drops_the_queued_one(labs):
    lab, record, user = agreed(labs)
    lab.ok("edit", record, "Title=CTO")
    lab.ok("edit", record, "Title=CEO")
    assert lab.plan() == []
    done = lab.ok("edit", record, "Title=CEO")
    assert done.report["edits"] == []


def test_an_edit_settles_a_conflict(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.pull()
    lab.ok("edit", record, "Title=COO")
    assert lab.conflicts() == []
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("COO", "COO")


def test_an_edit_is_dry_run_without_queueing(labs):
    lab, record, _ = agreed(labs)
    assert lab.ok("edit", record, "Title=CTO", "--dry-run").report["edits"][0]["after"] == "CTO"
    assert lab.plan() == []


def test_an_edit_is_refused_whole(labs):
    lab, record, _ = agreed(
        labs, TITLE, 'field = "Department"\n', 'field = "NPS__c"\neditable = true\n'
    )
    for wrong in ("Department=x", "NPS__c=abc", "NPS__c=1.5", f"Title={'x' * 129}", "NPS__c=1000"):
        done = lab.run("edit", record, "Title=CTO", wrong)
        if wrong.startswith("Title"):
            assert done.code == 2
            done = lab.run("edit", record, wrong)
        assert done.code == 1, wrong
        assert lab.plan() == []
    assert lab.run("edit", record, "Nonsense=1").code == 2
    assert lab.run("edit", "003ak0000000999", "Title=x").code == 2
    assert lab.run("edit", "rubbish", "Title=x").code == 2


def test_an_edit_of_a_record_without_a_link_is_refused_with_its_state(labs):
    lab, _, _ = agreed(labs)
    record = lab.contact("p9")
    lab.pull()
    done = lab.run("edit", record, "Title=CTO")
    assert done.code == 1
    assert "outside filter" in done.err


def test_an_edit_out_of_scope_is_held_until_the_record_is_back(labs):
    lab = labs(mapping(TITLE, scope='Phone is not "gone"'))
    record, user = lab.pair("p1", {"Title": "CEO"})
    lab.settled()
    lab.ok("edit", record, "Title=CTO")
    lab.change(record, Phone="gone")
    lab.pull()
    assert all(line["held"] for line in lab.plan())
    assert lab.writes_of(lab.sync) == []
    lab.change(record, Phone="back")
    lab.settled()
    assert lab.of_user(user) == "CTO"


def test_a_resolve_after_a_side_moved_is_a_new_conflict_and_no_write(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.pull()
    lab.ok("resolve", record, "Title", "--value", "COO")
    lab.change(user, **{"sfdc.Title": "CMO"})
    assert lab.writes_of(lambda: lab.run("push", "--yes")) == []
    line = lab.conflict()
    assert (line["salesforce"], line["vitally"], line["edit"]) == ("CTO", "CMO", "COO")


def test_a_conflict_goes_away_when_the_sides_come_to_agree(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.pull()
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.pull()
    assert lab.conflicts() == []
    assert lab.writes_of(lab.settled) == []


def test_what_was_queued_is_decided_again_by_what_is_there_when_it_is_sent(labs):
    lab, record, user = agreed(labs)
    lab.change(record, Title="CTO")
    lab.pull()
    lab.change(record, Title="CEO")
    assert lab.writes_of(lab.push) == []
    assert lab.of_user(user) == "CEO"


def test_what_came_from_vitally_meets_a_change_in_salesforce_as_a_conflict(labs):
    lab, record, user = agreed(labs)
    lab.change(user, **{"sfdc.Title": "CFO"})
    lab.pull()
    lab.change(record, Title="CTO")
    assert lab.writes_of(lab.push) == []
    assert lab.conflict()["kind"] == "both-changed"


def test_fields_that_are_refused_are_held_or_parked_alone(labs):
    lab, record, user = agreed(labs, TITLE, PHONE, 'field = "NPS__c"\neditable = true\n')
    lab.change(user, **{"sfdc.Title": "CTO", "sfdc.NPS__c": "many"})
    done = lab.run("sync", "--yes")
    assert done.code == 3
    assert done.last == "waiting: 0 conflicts, 1 held, 0 parked"
    assert lab.of_record(record) == "CTO"
    (held,) = lab.plan()
    assert held["held"] and held["fields"][0]["name"] == "NPS__c"
    assert lab.writes_of(lab.sync) == []
    lab.change(user, **{"sfdc.NPS__c": "7"})
    lab.settled()
    assert lab.of_record(record, "NPS__c") == 7


def test_a_loop_is_paused_after_three_times_the_same_value(labs):
    lab, record, user = agreed(labs, FIXED)
    for _ in range(3):
        lab.change(user, **{"sfdc.Title": "Boss"})
        lab.sync()
        assert lab.of_user(user) == "CEO"
    lab.change(user, **{"sfdc.Title": "Boss"})
    assert lab.writes_of(lab.sync) == []
    assert lab.conflict()["kind"] == "loop"
    lab.ok("resolve", record, "Title", "--take", "salesforce")
    lab.settled()
    assert lab.of_user(user) == "CEO"
    assert lab.conflicts() == []


def test_a_second_syncer_beside_us_breaks_nothing(labs):
    lab, record, user = agreed(labs)
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.world.resync("Title")
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CEO", "CEO")


def test_a_loop_forgets_what_a_person_did_between(labs):
    lab, record, user = agreed(labs)
    for value in ("A", "B", "A", "B", "A", "B", "A", "B"):
        lab.ok("edit", record, f"Title={value}")
        lab.settled()
    assert lab.of_user(user) == "B"
    assert lab.conflicts() == []
