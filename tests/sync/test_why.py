"""Every state and every value can be explained, from the mirror alone."""

from __future__ import annotations

import pytest

from tests.sync.lab import PHONE, TITLE, mapping

CREATES = "allowed = true\nfilter = 'Title contains \"VP\"'\n"


def why(lab, record: str, field: str | None = "Title"):
    """The explanation of a record's only asked-for pair."""
    report = lab.ok("why", record, *([field] if field else [])).report
    return report["fields"][0] if field else report


@pytest.fixture
def linked(lab):
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    return lab, record, user


class TestTheRecord:
    def test_a_report_has_the_contracts_keys(self, linked):
        lab, record, user = linked
        report = lab.ok("why", record[:15]).report
        assert set(report) == {"record", "state", "flags", "state_why", "user", "fields"}
        assert (report["record"], report["state"], report["user"]) == (record, "linked", user)
        assert [line["field"] for line in report["fields"]] == ["Title", "Phone"]
        assert set(report["fields"][0]) == {
            "field", "trait", "base", "salesforce", "vitally", "edit", "next", "because",
        }  # fmt: skip

    def test_a_link_names_the_rule_and_the_values_that_made_it(self, linked):
        lab, record, _ = linked
        said = why(lab, record, None)["state_why"]
        assert said.startswith("linked by the match rule")
        assert 'Product_User_Id__c equals externalId ("p1")' in said

    def test_a_link_by_hand_names_who_made_it(self, lab):
        record, user = lab.contact("p1"), lab.user("other")
        lab.pull()
        lab.ok("review", "link", record, user)
        report = why(lab, record, None)
        who = lab.history(what="link")[-1]["who"]
        assert report["state_why"].startswith(f"linked by {who}")
        assert 'today Product_User_Id__c is "p1" and externalId "other"' in report["state_why"]
        assert report["flags"] == ["disagrees"]
        assert "disagrees: the match values differ" in report["state_why"]

    def test_a_record_without_a_link_says_its_state(self, lab):
        record = lab.contact("p1", Title="Clerk")
        lab.pull()
        report = why(lab, record, None)
        assert (report["state"], report["user"]) == ("outside_filter", None)
        assert report["state_why"] == "this mapping creates no users"
        line = report["fields"][0]
        assert (line["salesforce"], line["vitally"], line["base"]) == ("Clerk", None, None)
        assert "no user" in line["next"]

    def test_an_approved_record_tells_what_its_user_will_carry(self, labs):
        lab = labs(mapping(create=CREATES))
        record = lab.contact("p1", Title="VP Sales")
        lab.pull()
        lab.ok("review", "approve", record)
        assert 'the next push makes its user, "VP Sales"' in why(lab, record)["next"]

    def test_a_record_that_left_the_scope_is_explained_still(self, labs):
        lab = labs(mapping(scope='Title contains "VP"'))
        record = lab.contact("p1", Title="VP Sales")
        lab.pull()
        lab.change(record, Title="Clerk")
        lab.pull()
        report = why(lab, record, None)
        assert (report["state"], report["state_why"]) == (None, "it is out of scope")

    def test_an_unknown_record_or_field_is_named(self, linked):
        lab, record, _ = linked
        assert lab.run("why", "003000000000001AAA").code == 2
        done = lab.run("why", record, "Titel")
        assert done.code == 2 and "Title" in done.err

    def test_it_works_offline_and_read_only(self, linked):
        lab, record, _ = linked
        before = len(lab.box.salesforce_faults.exchanges) + len(lab.box.vitally_faults.exchanges)
        assert lab.ok("--read-only", "why", record).report["state"] == "linked"
        after = len(lab.box.salesforce_faults.exchanges) + len(lab.box.vitally_faults.exchanges)
        assert after == before


class TestWhatHappensNext:
    def test_nothing_where_both_sides_agree(self, linked):
        lab, record, _ = linked
        line = why(lab, record)
        assert (line["base"], line["salesforce"], line["vitally"]) == ("Old", "Old", "Old")
        assert line["next"] == "nothing: both sides agree"

    def test_a_change_that_waits_is_named_with_its_value(self, linked):
        lab, record, _ = linked
        lab.change(record, Title="New")
        lab.pull()
        (change,) = lab.plan()
        expected = f'the next push writes "New" to Vitally (change {change["change"]})'
        assert why(lab, record)["next"] == expected

    def test_an_edit_goes_to_both_sides_salesforce_first(self, linked):
        lab, record, _ = linked
        lab.ok("edit", record, "Title=New")
        line = why(lab, record)
        first, second = line["next"].split("; ")
        assert first.startswith('the next push writes "New" to Salesforce')
        assert second.startswith('then "New" goes to Vitally')
        assert line["edit"] == "New"

    def test_a_conflict_waits_for_a_person(self, linked):
        lab, record, user = linked
        lab.change(record, Title="Here")
        lab.change(user, **{"sfdc.Title": "There"})
        lab.pull()
        said = why(lab, record)["next"]
        assert said.startswith("a person decides (both-changed)")

    def test_a_difference_that_was_accepted_stays(self, linked):
        lab, record, _ = linked
        lab.change(record, Title="New")
        lab.pull()
        lab.ok("outbox", "drop", str(lab.plan()[0]["change"]))
        line = why(lab, record)
        assert "accepted difference" in line["next"]
        assert "An accepted difference (dropped by" in line["because"]

    def test_a_held_change_says_why(self, labs):
        lab = labs(mapping(TITLE, PHONE))
        record, user = lab.pair("p1", {"Phone": "1"})
        lab.settled()
        lab.change(user, **{"sfdc.Phone": "9" * 60})
        lab.pull()
        assert "is held: Phone" in why(lab, record, "Phone")["next"]


class TestHowItCameAbout:
    def test_the_runs_that_touched_it_are_named(self, linked):
        lab, record, _ = linked
        lab.change(record, Title="New")
        run = lab.sync()["push"]["run"]
        said = why(lab, record)["because"]
        assert f"Run {run} (" in said
        assert 'wrote Vitally: "Old" → "New", landed, because Salesforce changed' in said

    def test_the_author_of_an_edit_is_named_with_what_they_saw(self, linked):
        lab, record, _ = linked
        lab.ok("edit", record, "Title=New")
        who = lab.history(what="edit")[-1]["who"]
        said = why(lab, record)["because"]
        assert f'{who} wants "New" since' in said
        assert 'saw "Old" in Salesforce and "Old" in Vitally' in said
        assert f"{who} edited it at" in said

    def test_where_the_names_may_not_be_asked_for_the_id_is_told(self, lab, monkeypatch):
        from sfvtui.errors import Problem, RequestRefused
        from sfvtui.remotes.salesforce import Salesforce

        ask, asked = Salesforce.query, []

        def refusing(self, soql, **options):
            asked.append(soql)
            if "LastModifiedBy.Name" in soql:
                raise RequestRefused("salesforce", [Problem("INVALID_FIELD", "no such path")])
            return ask(self, soql, **options)

        monkeypatch.setattr(Salesforce, "query", refusing)
        record, _ = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        assert f"by {lab.org.colleague_id}" in why(lab, record)["because"]
        assert sum("LastModifiedBy.Name" in soql for soql in asked) == 1

    def test_salesforce_names_who_wrote_last_and_vitally_names_nobody(self, linked):
        lab, record, _ = linked
        lab.change(record, Title="New")
        lab.sync()
        said = why(lab, record)["because"]
        assert f"by Robin Colleague ({lab.org.colleague_id})" in said
        assert "Vitally does not say by whom" in said

    def test_the_base_is_named_or_that_there_is_none(self, lab):
        record, _ = lab.pair("p1", {"Title": "Old"})
        lab.settled()
        assert 'Both sides last agreed on "Old"' in why(lab, record)["because"]
        other, _ = lab.pair("p2", {"Title": "A"}, **{"sfdc.Title": "B"})
        lab.pull()
        assert "No base yet" in why(lab, other)["because"]

    def test_values_are_in_each_sides_own_terms(self, labs):
        role = (
            'field = "Role__c"\neditable = true\nvalues = { "Decision Maker" = "decision_maker" }\n'
        )
        lab = labs(mapping(role))
        record, _ = lab.pair("p1", {"Role__c": "Decision Maker"})
        lab.settled()
        line = why(lab, record, "Role__c")
        assert (line["salesforce"], line["vitally"]) == ("Decision Maker", "decision_maker")
        assert line["base"] == "Decision Maker"

    def test_text_from_the_services_controls_no_terminal(self, lab):
        record, _ = lab.pair("p1", {"Title": "\u001b[31mred\u202e"})
        lab.pull()
        from sfvtui.cli import people

        shown = "\n".join(people.explained(why(lab, record, None)))
        assert "\u001b" not in shown and "\u202e" not in shown
