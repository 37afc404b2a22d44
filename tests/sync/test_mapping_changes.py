"""What a change of the mapping does to links, bases, queues and approvals that exist."""

from __future__ import annotations

import pytest

from tests.sync.lab import BY_EMAIL, BY_ID, PHONE, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"


def linked(lab, **values):
    record, user = lab.pair("p1", {"Title": "CEO", **values})
    lab.settled()
    return record, user


def test_a_pair_that_is_added_reads_narrowly_and_compares_for_the_first_time(lab):
    record, user = linked(lab, Department="Sales")
    lab.workspace.update_user(user, traits={"sfdc.Department": "Marketing"})
    lab.use(mapping(TITLE, PHONE, 'field = "Department"\neditable = true\n'))
    assert lab.status()["conflicts"] == 0
    assert lab.plan() == [], "unread is not blank"
    assert lab.pull()["salesforce"]["mode"] == "incremental"
    assert lab.planned() == {("vitally", "sfdc.Department", "Marketing", "Sales")}
    assert "first comparison" in lab.plan()[0]["why"]
    lab.settled()
    assert lab.of_user(user, "sfdc.Department") == "Sales"


def test_a_field_that_only_a_filter_names_is_searched_once_it_is_mapped(lab):
    def found():
        lines = lab.ok("review", "list", "--state", "linked", "--search", "wholesale").lines
        return [line["record"] for line in lines]

    scope = 'Department = "Wholesale"'
    lab.use(mapping(TITLE, scope=scope))
    record, _ = linked(lab, Department="Wholesale")
    assert found() == []
    lab.use(mapping(TITLE, 'field = "Department"\n', scope=scope))
    assert found() == [record]


def test_a_new_trait_needs_no_reading(lab):
    record, user = linked(lab)
    lab.workspace.update_user(user, traits={"job": "Boss"})
    lab.pull()
    lab.use(mapping('field = "Title"\ntrait = "job"\neditable = true\n', PHONE))
    assert lab.planned() == {("vitally", "job", "Boss", "CEO")}


def test_another_trait_voids_the_base(lab):
    record, user = linked(lab)
    lab.use(mapping('field = "Title"\ntrait = "job"\neditable = true\n', PHONE))
    assert lab.plan()
    assert lab.base(record, "Title") is None
    lab.settled()
    assert lab.base(record, "Title") == "CEO"
    assert lab.of_record(record) == "CEO"


def test_other_values_void_the_base(lab):
    record, user = linked(lab)
    lab.workspace.update_user(user, traits={"sfdc.Title": "chief"})
    lab.use(mapping(f'{TITLE}values = {{ "CEO" = "chief", "CTO" = "tech" }}\n', PHONE))
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CEO", "chief")
    lab.use(mapping(f'{TITLE}values = {{ "CEO" = "boss", "CTO" = "chief" }}\n', PHONE))
    assert lab.planned() == {("vitally", "sfdc.Title", "chief", "boss")}
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CEO", "boss")


def test_rules_of_a_pair_may_change_without_voiding_its_base(lab):
    record, user = linked(lab)
    lab.use(mapping(f'{TITLE}on_conflict = "newest"\n', PHONE))
    assert lab.base(record, "Title") == "CEO"
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.settled()
    assert lab.of_record(record) == "CTO"


def test_another_scale_is_no_other_pair(labs):
    lab = labs(mapping('field = "Score__c"\neditable = true\n'))
    record, user = lab.pair("p1", {"Score__c": 12.5})
    lab.settled()
    lab.org.change_field("Contact", "Score__c", scale=0)
    assert lab.writes_of(lab.sync) == []
    assert lab.base(record, "Score__c") == "13"
    lab.org.change_field("Contact", "Score__c", scale=1)
    assert lab.writes_of(lab.sync) == [], "12.5 on both sides"


def test_a_pair_that_left_takes_what_was_reconciled_for_it_along(lab):
    record, user = linked(lab)
    lab.change(record, Title="CTO")
    lab.pull()
    assert lab.plan()
    lab.use(mapping(PHONE))
    assert lab.plan() == []
    assert lab.writes_of(lab.sync) == []
    lab.use(mapping(TITLE, PHONE))
    lab.settled()
    assert lab.of_user(user) == "CTO"


def test_an_edit_whose_pair_left_is_held_until_it_is_back(lab):
    record, user = linked(lab)
    lab.ok("edit", record, "Title=CTO", "Phone=5")
    lab.use(mapping(PHONE))
    assert {bool(line["held"]) for line in lab.plan()} == {True, False}
    done = lab.run("push", "--yes")
    assert (done.code, done.last) == (3, "waiting: 0 conflicts, 2 held, 0 parked")
    assert (lab.of_record(record), lab.of_record(record, "Phone")) == ("CEO", "5")
    lab.use(mapping(TITLE, PHONE))
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")


def test_an_edit_never_goes_to_a_trait_that_the_pair_no_longer_has(lab):
    record, user = linked(lab)
    lab.ok("edit", record, "Title=CTO")
    lab.use(mapping('field = "Title"\ntrait = "job"\neditable = true\n', PHONE))
    lab.sync()
    assert lab.of_user(user) == "CEO"
    assert lab.status()["outbox"]["held"] > 0
    lab.use(mapping(TITLE, PHONE))
    lab.settled()
    assert (lab.of_record(record), lab.of_user(user)) == ("CTO", "CTO")


def test_an_edit_whose_pair_lost_editable_is_held_until_it_is_back_or_dropped(lab):
    record, user = linked(lab)
    lab.ok("edit", record, "Title=CTO")
    lab.use(mapping('field = "Title"\n', PHONE))
    lab.sync()
    assert (lab.of_record(record), lab.of_user(user)) == ("CEO", "CEO")
    held = lab.plan()
    assert held and all(line["held"] for line in held)
    lab.ok("outbox", "drop", *(str(line["change"]) for line in held))
    lab.settled()
    assert lab.plan() == []
    assert lab.of_record(record) == "CEO"


def test_a_change_of_the_mapping_asks_before_its_first_push(lab):
    record, user = linked(lab)
    lab.change(record, Title="CTO")
    lab.use(mapping(TITLE))
    lab.pull()
    done = lab.run("push")
    assert (done.code, done.last) == (3, "stopped: first_push")
    assert done.report["guard"]["rule"] == "first_push"
    assert done.report["sent"] == 0
    assert lab.of_user(user) == "CEO"
    lab.ok("push", "--yes")
    assert lab.of_user(user) == "CTO"
    lab.change(record, Title="COO")
    lab.pull()
    lab.ok("push")


def test_the_first_push_is_settled_even_when_nothing_was_to_be_sent(lab):
    lab.pull()
    assert lab.run("push").code == 3
    lab.ok("push", "--yes")
    lab.ok("push")
    entries = lab.history(what="confirm")
    assert [e["after"] for e in entries] == ["first_push"]


def test_changes_decided_under_an_older_mapping_are_decided_again(lab):
    record, user = linked(lab)
    lab.change(user, **{"sfdc.Title": "CTO"})
    lab.pull()
    assert {line["system"] for line in lab.plan()} == {"salesforce"}
    lab.use(mapping('field = "Title"\n', PHONE))
    assert lab.planned() == {("vitally", "sfdc.Title", "CTO", "CEO")}


def test_the_mapping_is_kept_in_the_history(lab):
    lab.pull()
    lab.use(mapping(TITLE))
    lab.status()
    entries = lab.history(what="mapping")
    assert len(entries) == 2
    assert "Phone" in entries[1]["before"] and "Phone" not in entries[1]["after"]


def test_a_create_filter_on_an_unread_field_decides_nothing(labs):
    lab = labs(mapping(create="allowed = true\nfilter = ''\n"))
    record, approved = lab.contact("p1", Title="VP"), lab.contact("p2", Title="VP")
    lab.pull()
    lab.ok("review", "approve", approved)
    filter_ = "allowed = true\nfilter = 'Department does not contain \"x\"'\n"
    lab.use(mapping(create=filter_))
    line = lab.review(record)
    assert (line["state"], "Department" in line["reason"]) == ("held", True)
    assert lab.state(approved) == "approved"
    assert lab.plan()[0]["held"]
    assert lab.run("review", "approve", record).code == 1
    lab.pull()
    assert lab.state(record) == "unmatched"
    assert lab.plan()[0]["held"] is None


def test_a_scope_on_an_unread_field_drops_nobody(labs):
    lab = labs(mapping(create=CREATES))
    record, user = linked(lab)
    approved = lab.contact("p2", Title="VP")
    lab.pull()
    lab.ok("review", "approve", approved)
    lab.use(mapping(create=CREATES, scope="Department is blank"))
    assert lab.states() == {"unmatched": 1, "approved": 1} or lab.state(approved) == "approved"
    lab.pull()
    assert lab.state(approved) == "approved"


def test_approvals_are_held_where_the_mapping_creates_no_users_any_more(labs):
    lab = labs(mapping(create=CREATES))
    record = lab.contact("p1", Title="VP")
    lab.pull()
    lab.ok("review", "approve", record)
    lab.use(mapping())
    assert lab.state(record) == "approved"
    assert lab.plan()[0]["held"]
    assert lab.writes_of(lab.sync) == []


def test_another_object_needs_another_store(lab):
    lab.pull()
    lab.use(mapping('field = "Level__c"\n', match=BY_ID.replace("Product_User_Id__c", "Login__c"),
                    account='field = "Account__c"\nequals = "sfdc.Id"\n', object_="Member__c"))  # fmt: skip
    done = lab.run("pull")
    assert done.code == 2
    assert "adopt" in done.err


@pytest.mark.parametrize("name", ["Account.Name", "Greeting__c", "Name", "Signature__c"])
def test_what_nobody_can_write_to_cannot_be_editable(labs, name):
    lab = labs()
    pair = f'field = "{name}"\ntrait = "x"\neditable = true\n'
    lab.config.write_text(lab.config.read_text().replace(lab.toml, mapping(pair)))
    done = lab.run("pull")
    assert done.code == 2
    assert name in done.err


@pytest.mark.parametrize(
    "pairs",
    [
        (TITLE, TITLE),
        (TITLE, 'field = "Phone"\ntrait = "sfdc.Title"\n'),
        ('field = "Role__c"\nvalues = { "A" = "x", "B" = "x" }\n',),
        ('field = "No_Such__c"\n',),
        ('field = "MailingAddress"\n',),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(labs, pairs, tmp_path):
    lab = labs()
    text = lab.config.read_text().replace(lab.toml, mapping(*pairs))
    lab.config.write_text(text)
    done = lab.run("pull")
    assert done.code == 2, (done.err, done.lines)


def test_a_match_by_a_formula_or_a_parent_follows_it(labs):
    lab = labs(mapping(match='by = "trait"\nfield = "Greeting__c"\ntrait = "hello"\n'))
    record = lab.contact(None, FirstName="Ann")
    user = lab.user("u1", traits={"hello": "dear ann"})
    lab.pull()
    assert lab.review(record)["user"] == user


def test_links_made_by_hand_hold_when_the_scope_changes(lab):
    record = lab.contact(None, Title="CEO")
    user = lab.user("u9")
    lab.pull()
    lab.ok("review", "link", record, user)
    lab.use(mapping(TITLE, PHONE, scope='Title is "CTO"'))
    lab.pull()
    assert lab.review(record)["flags"] == ["disagrees", "out_of_scope"]
    lab.use(mapping(match=BY_EMAIL))
    lab.pull()
    assert lab.review(record)["user"] == user


def test_a_mapping_without_pairs_does_not_come_back_with_the_others_scope(labs):
    """Two changes between which nothing is pulled: the second is decided anew like the first."""

    def scoped(scope):
        return mapping(TITLE, scope=scope).partition("\n[[mapping.fields]]")[0]

    lab = labs(scoped(""))
    lab.contact("p1")
    lab.contact("p2")
    lab.pull()
    assert len(lab.ok("review", "list").lines) == 2
    lab.use(scoped('Product_User_Id__c is "p1"'))
    assert len(lab.ok("review", "list").lines) == 1
    lab.use(scoped(""))
    assert len(lab.ok("review", "list").lines) == 2
