"""Creating users: approval, what a new user carries, holds, look-alikes."""

from __future__ import annotations

import pytest

from tests.sync.lab import BY_EMAIL, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"
NAME = 'field = "Name"\ntrait = "name"\n'
EMAIL = 'field = "Email"\ntrait = "email"\neditable = true\n'
NPS = 'field = "NPS__c"\n'
PAIRS = (TITLE, NAME, EMAIL, NPS)


@pytest.fixture
def lab(labs):
    return labs(mapping(*PAIRS, create=CREATES))


def vp(lab, key="p1", **values):
    return lab.contact(key, **{"Title": "VP", "FirstName": "Ann", "LastName": "Lee", **values})


def test_a_created_user_carries_what_the_mapping_says_and_nothing_else(lab):
    record = vp(lab, Email="ann@x.example", NPS__c=7, Phone="55")
    lab.pull()
    lab.ok("review", "approve", record)
    (line,) = lab.plan()
    assert (line["action"], line["user"], line["held"]) == ("create", None, None)
    lab.settled()
    (write,) = [w for w in lab.workspace.written() if w.action == "create"]
    assert write.sent == {
        "externalId": "p1", "accountIds": list(lab.company.accounts), "name": "Ann Lee",
        "email": "ann@x.example", "traits": {"sfdc.Title": "VP", "sfdc.NPS__c": 7},
    }  # fmt: skip
    line = lab.review(record)
    assert (line["state"], line["user"]) == ("linked", write.id)
    assert lab.base(record, "Title") == "VP"
    (entry,) = lab.history(what="create")
    assert entry["user"] == write.id


def test_matched_by_trait_a_created_user_gets_the_chosen_external_id_and_the_match_trait(labs):
    match = 'by = "trait"\nfield = "Product_User_Id__c"\ntrait = "product.id"\n'
    lab = labs(mapping(NAME, TITLE, match=match, create=CREATES))
    record = vp(lab, "P-1")
    lab.pull()
    lab.ok("review", "approve", record)
    lab.settled()
    user = lab.workspace.user(record)
    assert user.traits == {"product.id": "P-1", "sfdc.Title": "VP"}


def test_matched_by_email_a_created_user_links_by_the_rule_too(labs):
    lab = labs(mapping(NAME, TITLE, match=BY_EMAIL, create=CREATES))
    record = vp(lab, None, Email="Ann@x.example")
    lab.pull()
    lab.ok("review", "approve", record)
    lab.settled()
    assert lab.workspace.user(record).email == "Ann@x.example"
    assert lab.review(record)["flags"] == []


@pytest.mark.parametrize("missing", ["AccountId", "Product_User_Id__c"])
def test_what_is_missing_is_named_and_the_record_is_held(lab, missing):
    why = f"{missing} is blank"
    record = vp(lab, AccountId=None) if missing == "AccountId" else vp(lab, None)
    lab.pull()
    line = lab.review(record)
    assert line["state"] == "held"
    assert why in line["reason"]
    assert lab.run("review", "approve", record).code == 1


def test_no_account_and_several_accounts_hold(lab):
    none = lab.world.company("Nowhere", accounts=0)
    several = lab.world.company("Twice", accounts=2)
    short = lab.world.company("Short", short_id=True)
    one, two, three = (
        vp(lab, f"p{n}", AccountId=c.id) for n, c in enumerate((none, several, short))
    )
    lab.pull()
    assert none.id in lab.review(one)["reason"]
    assert all(a in lab.review(two)["reason"] for a in several.accounts)
    assert lab.state(three) == "unmatched", "15 and 18 characters are the same"


def test_the_account_rule_compares_the_accounts_external_id(labs):
    lab = labs(
        mapping(*PAIRS, create=CREATES, account='field = "Department"\nequals = "externalId"\n')
    )
    record = vp(lab, Department="acct-1000")
    lab.pull()
    assert lab.state(record) == "unmatched"


def test_an_approval_is_composed_anew_at_each_reconcile_and_when_it_is_sent(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    lab.change(record, Title="SVP")
    lab.pull()
    assert ("vitally", "sfdc.Title", None, "SVP") in lab.planned()
    lab.change(record, Title="EVP", NPS__c=3)
    lab.push()
    user = lab.workspace.user("p1")
    assert user.traits == {"sfdc.Title": "EVP", "sfdc.NPS__c": 3}


def test_an_approved_record_that_no_longer_passes_is_held_and_stays_approved(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    lab.change(record, Title="CEO")
    done = lab.run("push", "--yes")
    assert done.code == 3
    assert lab.workspace.user("p1") is None
    assert lab.state(record) == "approved"
    assert lab.plan()[0]["held"]
    lab.change(record, Title="VP")
    lab.settled()
    assert lab.state(record) == "linked"


def test_an_approved_record_whose_account_went_is_held_and_stays_approved(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    lab.change(record, AccountId=None)
    lab.pull()
    assert lab.state(record) == "approved"
    assert "AccountId" in lab.plan()[0]["held"]


def test_an_approval_is_withdrawn_when_the_rule_links_the_record(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    user = lab.user("p1")
    lab.pull()
    assert lab.review(record)["user"] == user
    assert lab.plan() == [] or lab.plan()[0]["action"] == "update"
    assert [e["record"] for e in lab.history(what="withdraw")] == [record]


def test_an_approval_is_withdrawn_when_the_rule_finds_the_record_ambiguous(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    lab.contact("p1")
    lab.pull()
    assert lab.state(record) == "ambiguous"
    assert lab.plan() == []
    assert len(lab.history(what="withdraw")) == 1


def test_a_user_that_came_to_have_the_external_id_is_linked_and_not_made_twice(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    user = lab.user("p1", accounts=lab.company.accounts)
    lab.push()
    assert lab.review(record)["user"] == user
    assert not [w for w in lab.workspace.written() if w.action == "create"]


def test_a_user_that_came_to_have_the_external_id_parks_where_the_rule_does_not_link(labs):
    lab = labs(mapping(NAME, TITLE, match=BY_EMAIL, create=CREATES))
    record = vp(lab, None, Email="ann@x.example")
    lab.pull()
    lab.ok("review", "approve", record)
    lab.user(record, email="other@x.example")
    done = lab.run("push", "--yes")
    assert done.code == 1
    assert done.report["parked"] == 1
    assert not [w for w in lab.workspace.written() if w.action == "create"]


def test_approving_by_filter_takes_the_unmatched_it_shows(lab):
    one, two = vp(lab, "p1"), vp(lab, "p2", Title="SVP", FirstName="Zoltan", LastName="Quirk")
    vp(lab, "p3", Title="CEO")
    vp(lab, None, FirstName="Held")
    lab.pull()
    done = lab.run("review", "approve", "--filter", "Title is not blank")
    assert (done.code, done.last) == (3, "stopped: confirmation")
    assert lab.states().get("approved") is None
    done = lab.ok("review", "approve", "--filter", "Title is not blank", "--yes")
    assert sorted(done.report["approved"]) == sorted([one, two])


def test_an_approval_of_anything_but_the_unmatched_is_refused_with_its_state(lab):
    linked, _ = lab.pair("p1", {"Title": "VP"})
    outside = vp(lab, "p2", Title="CEO")
    lab.pull()
    done = lab.run("review", "approve", linked, outside)
    assert done.code == 1
    assert [r["record"] for r in done.report["refused"]] == [linked, outside]
    assert lab.run("review", "approve", "003000000000000").code == 2


# --- look-alikes


def test_the_same_email_holds_an_approval_until_a_person_waves_it_on(lab):
    record = vp(lab, Email="Ann@X.example")
    other = lab.world.company("Other")
    user = lab.user("u9", email="ann@x.example", accounts=other.accounts)
    lab.pull()
    assert lab.review(record)["flags"] == ["look_alike"]
    done = lab.run("review", "approve", record)
    assert done.code == 1
    assert user in done.report["refused"][0]["reason"]
    assert (
        lab.ok("review", "approve", "--filter", "Title is not blank", "--yes").report["approved"]
        == []
    )
    assert lab.ok("review", "approve", record, "--yes").report["approved"] == [record]
    lab.settled()
    assert lab.workspace.user("p1")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Lee, Ann", True), ("ANN LÉE", True), ("Anna Lee", True), ("Ann Leigh", False),
        ("Annabel Lee", False),
    ],
)  # fmt: skip
def test_a_near_name_in_the_same_account_looks_alike(lab, name, near):
    record = vp(lab)
    lab.user("u9", name=name)
    lab.pull()
    assert ("look_alike" in lab.review(record)["flags"]) is near


@pytest.mark.parametrize(
    ("name", "near"),
    [("Maximilian Schmitt", True), ("Maximilien Schmitt", True), ("Max Schmidt", False)],
)
def test_two_edits_are_near_from_ten_letters_on(lab, name, near):
    record = vp(lab, FirstName="Maximilian", LastName="Schmidt")
    lab.user("u9", name=name)
    lab.pull()
    assert ("look_alike" in lab.review(record)["flags"]) is near


def test_a_near_name_in_another_account_does_not(lab):
    record = vp(lab)
    other = lab.world.company("Other")
    lab.user("u9", name="Ann Lee", accounts=other.accounts)
    lab.pull()
    assert lab.review(record)["flags"] == []


@pytest.mark.parametrize("state", ["ambiguous", "ignored"])
def test_the_flag_beside_any_state_goes_when_nobody_looks_alike_any_more(lab, state):
    record = vp(lab, Email="ann@x.example")
    elsewhere = lab.world.company("Other").accounts
    by_email = lab.user("u8", name="Other Person", email="ann@x.example", accounts=elsewhere)
    if state == "ambiguous":
        lab.contact("p1")
    lab.pull()
    if state == "ignored":
        lab.ok("review", "ignore", record)
    assert (lab.state(record), lab.review(record)["flags"]) == (state, ["look_alike"])
    lab.change(by_email, email="bob@x.example")
    lab.pull()
    assert (lab.state(record), lab.review(record)["flags"]) == (state, [])
    by_name = lab.user("u9", name="Ann Lee")
    lab.pull()
    assert lab.review(record)["flags"] == ["look_alike"]
    lab.tick()
    lab.workspace.update_user(by_name, name="Bob Ray")
    lab.pull()
    assert lab.review(record)["flags"] == []


def test_of_records_approved_together_each_counts_for_the_next(lab):
    one, two = vp(lab, "p1"), vp(lab, "p2")
    lab.pull()
    done = lab.run("review", "approve", one, two)
    assert done.report["approved"] == [one]
    assert one in done.report["refused"][0]["reason"]
    lab.ok("review", "approve", two, "--yes")
    assert all(line["held"] is None for line in lab.plan()), "neither holds the other any more"
    lab.settled()
    assert lab.states() == {"linked": 2}


def test_a_look_alike_that_appears_before_the_push_holds_the_creation(lab):
    record = vp(lab, Email="ann@x.example")
    lab.pull()
    lab.ok("review", "approve", record)
    later = lab.user("u9", email="ANN@x.example")
    done = lab.run("push", "--yes")
    assert done.code == 3
    assert lab.workspace.user("p1") is None
    (line,) = lab.plan()
    assert later in line["held"]
    lab.ok("review", "approve", record, "--yes")
    lab.settled()
    assert lab.workspace.user("p1")


def test_waving_on_those_shown_waves_on_no_later_one(lab):
    record = vp(lab, Email="ann@x.example")
    lab.user("u8", email="ann@x.example")
    lab.pull()
    lab.ok("review", "approve", record, "--yes")
    later = lab.user("u9", email="ann@x.example")
    lab.pull()
    assert later in lab.plan()[0]["held"]
    lab.ok("review", "approve", record, "--yes")
    assert lab.plan()[0]["held"] is None


def test_a_creation_that_is_dropped_takes_its_approval_along(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    lab.ok("outbox", "drop", str(lab.plan()[0]["change"]))
    assert lab.state(record) == "unmatched"


def test_ignoring_an_approved_record_withdraws_its_approval(lab):
    record = vp(lab)
    lab.pull()
    lab.ok("review", "approve", record)
    lab.ok("review", "ignore", record)
    assert lab.state(record) == "ignored"
    assert lab.plan() == []


def test_a_mapping_that_creates_nameless_users_is_warned_about(labs):
    lab = labs(mapping(TITLE, create=CREATES))
    assert "without" in lab.run("pull").err


def test_the_account_of_a_user_of_a_churned_customer_is_found(lab):
    record = vp(lab)
    lab.workspace.churn(lab.company.accounts[0])
    lab.pull()
    line = lab.review(record)
    assert (line["state"], line["flags"]) == ("unmatched", ["account_churned"])


def test_an_account_that_vitally_deleted_holds_what_was_approved(lab):
    record = vp(lab)
    lab.world.company("Other")
    lab.pull()
    lab.ok("review", "approve", record)
    lab.workspace.delete_account(lab.company.accounts[0])
    lab.pull("--full")
    assert lab.state(record) == "approved"
    assert lab.plan()[0]["held"]
