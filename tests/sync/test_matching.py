"""Which record is which user, and what every record's state is."""

from __future__ import annotations

import pytest

from sfvtui.sandbox.faults import html
from tests.sync.lab import BY_EMAIL, PHONE, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"


def trait(field: str, name: str, **more: str) -> str:
    extra = "".join(f"{k} = {v}\n" for k, v in more.items())
    return f'by = "trait"\nfield = "{field}"\ntrait = "{name}"\n{extra}'


def test_a_record_and_a_user_of_the_same_value_are_linked(lab):
    record, user = lab.pair("p1")
    lab.pull()
    line = lab.review(record)
    assert (line["state"], line["user"]) == ("linked", user)


def test_ids_are_compared_byte_for_byte(lab):
    upper, lower = lab.contact("Ab1"), lab.contact("aB1")
    user = lab.user("Ab1")
    lab.pull()
    assert lab.review(upper)["user"] == user
    assert lab.state(lower) == "outside_filter"


def test_case_of_ids_is_ignored_where_the_setting_says_so(labs):
    lab = labs(
        mapping(match='by = "external-id"\nfield = "Product_User_Id__c"\nignore_case = true\n')
    )
    record = lab.contact("STRASSE")
    user = lab.user("straße")
    lab.pull()
    assert lab.review(record)["user"] == user


def test_surrounding_ascii_blanks_do_not_count_and_other_blanks_do(lab):
    lab.user(" p1\t")
    lab.user("\u00a0p2")
    first, second = lab.contact("p1"), lab.contact("p2")
    lab.pull()
    assert lab.state(first) == "linked"
    assert lab.state(second) == "outside_filter"


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_blank_value_matches_nothing(labs, blank):
    lab = labs(mapping(match=BY_EMAIL))
    record = lab.contact("x", Email=None)
    lab.user("u1", email=blank)
    lab.pull()
    assert lab.state(record) == "outside_filter"


def test_email_matches_without_letter_case_and_normal_form(labs):
    lab = labs(mapping(match=BY_EMAIL))
    record = lab.contact(None, Email="Zoe\u0308.O+tag@Example.com")
    user = lab.user("u1", email="zo\u00eb.o+tag@example.COM")
    lab.pull()
    assert lab.review(record)["user"] == user


def test_15_and_18_characters_of_an_id_are_the_same_value(labs):
    lab = labs(mapping(match='by = "external-id"\nfield = "Id"\n'))
    one, two = lab.contact(None), lab.contact(None)
    user_one, user_two = lab.user(one[:15]), lab.user(two)
    lab.pull()
    assert (lab.review(one)["user"], lab.review(two)["user"]) == (user_one, user_two)


def test_15_and_18_characters_of_one_id_on_two_users_are_ambiguous(labs):
    lab = labs(mapping(match='by = "external-id"\nfield = "Id"\n'))
    record = lab.contact(None)
    users = {lab.user(record[:15]), lab.user(record)}
    lab.pull()
    line = lab.review(record)
    assert line["state"] == "ambiguous"
    assert {c["user"] for c in line["candidates"]} == users


def test_a_reference_matches_a_trait_in_either_form(labs):
    lab = labs(mapping(match=trait("Sponsor__c", "sponsor")))
    record = lab.contact(None, Sponsor__c=lab.company.id)
    user = lab.user("u1", traits={"sponsor": lab.company.id[:15]})
    lab.pull()
    assert lab.review(record)["user"] == user


def test_numbers_match_by_value(labs):
    lab = labs(mapping(match=trait("Ledger_No__c", "ledger")))
    record = lab.contact(None, Ledger_No__c=123456789012345678)
    near = lab.contact(None, Ledger_No__c=123456789012345679)
    user = lab.user("u1", traits={"ledger": "123456789012345678.0"})
    lab.pull()
    assert lab.review(record)["user"] == user
    assert lab.state(near) == "outside_filter"


def test_two_users_of_one_value_are_ambiguous(labs):
    lab = labs(mapping(match=BY_EMAIL))
    record = lab.contact(None, Email="a@example.com")
    users = {lab.user("u1", email="a@example.com"), lab.user("u2", email="A@example.com")}
    lab.pull()
    line = lab.review(record)
    assert line["state"] == "ambiguous"
    assert {c["user"] for c in line["candidates"]} == users


def test_two_records_of_one_value_are_ambiguous_even_where_no_user_has_it(lab):
    one, two = lab.contact("p1"), lab.contact("p1")
    lab.pull()
    assert {lab.state(one), lab.state(two)} == {"ambiguous"}
    lab.user("p1")
    lab.pull()
    assert {lab.state(one), lab.state(two)} == {"ambiguous"}


def test_ignored_records_do_not_count_as_sharing_and_restoring_counts_them_again(lab):
    one, two = lab.contact("p1"), lab.contact("p1")
    three, four = lab.contact("p2"), lab.contact("p2")
    lab.user("p1")
    lab.pull()
    lab.ok("review", "ignore", two, four, "--reason", "doubles")
    assert (lab.state(one), lab.state(two)) == ("linked", "ignored")
    assert lab.review(two)["reason"] == "doubles"
    assert lab.state(three) == "outside_filter"
    lab.ok("review", "restore", two, four)
    assert lab.state(one) == "linked", "a link that exists holds"
    assert "disagrees" in lab.review(one)["flags"]
    assert {lab.state(r) for r in (two, three, four)} == {"ambiguous"}


def test_deleted_records_do_not_count_as_sharing(lab):
    one, two = lab.contact("p1"), lab.contact("p1")
    lab.user("p1")
    lab.pull()
    lab.tick()
    lab.org.delete(two)
    lab.pull()
    assert (lab.state(one), lab.state(two)) == ("linked", None)


def test_unlinked_records_out_of_scope_do_not_count_as_sharing_and_leave_every_list(labs):
    lab = labs(mapping(TITLE, scope='Phone is not "gone"'))
    one, two = lab.contact("p1"), lab.contact("p1")
    lab.user("p1")
    lab.pull()
    assert lab.states() == {"ambiguous": 2}
    lab.change(two, Phone="gone")
    lab.pull()
    assert (lab.state(one), lab.state(two)) == ("linked", None)
    assert lab.status()["records"] == 1
    lab.change(two, Phone="back")
    lab.pull()
    assert (lab.state(one), lab.state(two)) == ("linked", "ambiguous")


def test_a_record_whose_only_match_has_a_link_is_ambiguous(lab):
    by_hand = lab.contact(None)
    user = lab.user("p1")
    lab.pull()
    lab.ok("review", "link", by_hand, user)
    record = lab.contact("p1")
    lab.pull()
    line = lab.review(record)
    assert line["state"] == "ambiguous"
    assert [c["user"] for c in line["candidates"]] == [user]
    lab.ok("review", "unlink", by_hand)
    assert lab.review(record)["user"] == user


def test_links_come_from_complete_lists_only(lab):
    record, user = lab.pair("p1")
    lab.box.vitally_faults.add(html(503), path="/resources/users", times=None)
    done = lab.run("pull")
    assert done.code == 1
    assert lab.state(record) != "linked"
    assert lab.run("review", "approve", record).code == 1
    lab.box.vitally_faults.clear()
    lab.pull()
    assert lab.review(record)["user"] == user


def test_a_later_pull_that_failed_on_one_side_links_nothing_new(lab):
    lab.pair("p1")
    lab.pull()
    record, user = lab.pair("p2")
    lab.box.vitally_faults.add(html(503), path="/resources/users", times=None)
    assert lab.run("pull").code == 1
    assert lab.state(record) == "outside_filter"
    lab.box.vitally_faults.clear()
    lab.pull()
    assert lab.review(record)["user"] == user


def test_a_later_pull_that_failed_does_not_keep_a_person_from_approving(labs):
    lab = labs(mapping(create=CREATES))
    record = lab.contact("p1", Title="VP")
    lab.pull()
    lab.box.vitally_faults.add(html(503), path="/resources/users", times=None)
    assert lab.run("pull").code == 1
    assert lab.ok("review", "approve", record).report["approved"] == [record]


def test_a_link_holds_when_the_match_values_change_and_is_flagged(lab):
    record, user = lab.pair("p1", {"Title": "CEO"}, **{"sfdc.Title": "Boss"})
    lab.sync()
    lab.change(record, Product_User_Id__c="other")
    other = lab.user("other")
    lab.pull()
    line = lab.review(record)
    assert (line["state"], line["user"], line["flags"]) == ("linked", user, ["disagrees"])
    flagged = lab.ok("review", "list", "--flag", "disagrees").lines
    assert [x["record"] for x in flagged] == [record]
    lab.ok("review", "unlink", "--flag", "disagrees", "--yes")
    assert lab.review(record)["user"] == other


def test_unlink_remembers_the_two_as_not_the_same_person(labs):
    lab = labs(mapping(create=CREATES))
    record, user = lab.pair("p1", {"Title": "VP Sales"})
    lab.pull()
    lab.ok("review", "unlink", record)
    lab.pull("--full")
    line = lab.review(record)
    assert (line["state"], line["user"]) == ("held", None), "its externalId is that user's"
    assert user in line["reason"]
    lab.ok("review", "link", record, "p1")
    assert lab.review(record)["user"] == user


def test_unlinking_by_flag_remembers_nothing(lab):
    record, user = lab.pair("p1")
    lab.pull()
    lab.change(record, Product_User_Id__c="other")
    lab.pull()
    lab.ok("review", "unlink", "--flag", "disagrees", "--yes")
    assert lab.state(record) == "outside_filter"
    lab.change(record, Product_User_Id__c="p1")
    lab.pull()
    assert lab.review(record)["user"] == user


def test_link_is_refused_where_either_side_has_a_live_link(lab):
    one, user_one = lab.pair("p1")
    two, user_two = lab.pair("p2")
    lab.pull()
    lab.ok("review", "unlink", one)
    for record, user in ((one, user_two), (two, user_one)):
        done = lab.run("review", "link", record, user)
        assert done.code == 1
        assert done.report["refused"][0]["record"] == record
    lab.ok("review", "link", one[:15], "p1")
    assert lab.review(one)["user"] == user_one


def test_provisional_links_are_made_anew_when_the_match_rule_changes(lab):
    record = lab.contact("p1", Email="b@example.com", Title="CEO")
    by_id = lab.user("p1", email="a@example.com", traits={"sfdc.Title": "CEO"})
    by_email = lab.user("p2", email="b@example.com")
    lab.pull()
    assert lab.review(record)["user"] == by_id
    lab.use(mapping(match=BY_EMAIL))
    assert lab.state(record) != "linked", "no links before both lists were read to the end"
    lab.pull()
    assert lab.review(record)["user"] == by_email


def test_links_for_which_something_was_sent_outlast_a_change_of_the_match_rule(lab):
    record = lab.contact("p1", Email="b@example.com", Title="CEO")
    by_id = lab.user("p1", email="a@example.com", traits={"sfdc.Title": "Boss"})
    lab.user("p2", email="b@example.com")
    lab.sync()
    lab.use(mapping(match=BY_EMAIL))
    lab.pull()
    line = lab.review(record)
    assert (line["user"], line["flags"]) == (by_id, ["disagrees"])


def test_a_link_that_a_person_made_or_edited_outlasts_a_change_of_the_match_rule(lab):
    edited, user = lab.pair("p1", {"Title": "CEO"})
    by_hand = lab.contact(None)
    other = lab.user("p2")
    lab.pull()
    lab.ok("edit", edited, "Title=CTO")
    lab.ok("review", "link", by_hand, other)
    lab.use(mapping(match=BY_EMAIL))
    lab.pull()
    assert lab.review(edited)["user"] == user
    assert lab.review(by_hand)["user"] == other


def test_states_are_the_first_that_fits(labs):
    lab = labs(mapping(create=CREATES))
    lab.pair("p1")
    approved, ignored = lab.contact("p2", Title="VP"), lab.contact("p3", Title="VP")
    lab.contact("p4", Title="VP"), lab.contact("p4")
    lab.contact("p5", Title="CEO")
    lab.contact(None, Title="VP")
    lab.contact("p6", Title="VP", AccountId=None)
    lab.contact("p7", Title="the vp")
    lab.pull()
    lab.ok("review", "approve", approved)
    lab.ok("review", "ignore", ignored)
    status = lab.status()
    assert status["states"] == {
        "linked": 1, "gone": 0, "approved": 1, "ignored": 1, "ambiguous": 2, "outside_filter": 1,
        "held": 2, "unmatched": 1,
    }  # fmt: skip
    assert status["records"] == sum(status["states"].values())


def test_where_nothing_may_be_created_what_matches_nothing_is_outside_the_filter(lab):
    lab.contact("p1", Title="VP")
    lab.contact(None, AccountId=None)
    lab.pull()
    assert lab.states() == {"outside_filter": 2}


def test_flags_stand_beside_the_state(labs):
    lab = labs(mapping(create=CREATES))
    other = lab.world.company("Other")
    moved, _ = lab.pair("p1", {"AccountId": other.id})
    churned = lab.contact("p2", Title="VP", AccountId=other.id)
    lab.workspace.churn(other.accounts[0])
    lab.pull()
    assert lab.review(moved)["flags"] == ["account_churned", "other_account"]
    assert lab.review(churned)["flags"] == ["account_churned"]
    assert (
        lab.ok("review", "approve", "--filter", "Title is not blank", "--yes").report["approved"]
        == []
    )
    assert lab.ok("review", "approve", churned).report["approved"] == [churned]


def test_a_match_value_that_moves_from_one_record_to_another_never_links_two(lab):
    one, user = lab.pair("p1")
    two = lab.contact("p2")
    lab.pull()
    lab.change(one, Product_User_Id__c="p9")
    lab.change(two, Product_User_Id__c="p1")
    lab.pull()
    assert lab.review(one)["user"] == user
    assert lab.state(two) == "ambiguous"


def test_external_ids_that_are_addresses_are_found_and_written(lab):
    keys = ["a+b/c@x.example", "a%2Bb@x.example", "a b?c#d@x.example", "..", "ü/ß@x.example"]
    pairs = [lab.pair(key, {"Title": f"T{n}"}) for n, key in enumerate(keys)]
    lab.sync()
    for n, (record, user) in enumerate(pairs):
        assert lab.review(record)["user"] == user
        lab.change(record, Title=f"New {n}")
    lab.sync()
    assert [lab.of_user(user) for _, user in pairs] == [f"New {n}" for n in range(len(keys))]


def test_a_list_that_reorders_while_it_is_read_loses_nobody(lab):
    from sfvtui.sandbox.faults import Run

    users = {lab.user(f"p{n}"): lab.contact(f"p{n}") for n in range(250)}
    some = list(users)
    lab.box.vitally_faults.add(
        Run(lambda: [lab.workspace.update_user(u, name="Moved") for u in some[::7]]),
        method="GET", path="/resources/users\\?.*from=",
    )  # fmt: skip
    lab.pull()
    assert lab.states() == {"linked": 250}
    lab.pull()
    assert lab.status()["users"] == 250


def test_links_of_two_pairs_survive_in_both_orders_of_reading(labs):
    lab = labs(mapping(TITLE, PHONE))
    record, user = lab.pair("p1")
    lab.pull("--full")
    lab.pull("--full")
    assert lab.review(record)["user"] == user
    assert lab.status()["states"]["linked"] == 1
