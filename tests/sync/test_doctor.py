"""Doctor says what works, what does not, and how to mend it."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from sfvtui.sync import findings
from sfvtui.sync.doctor import Check, doctor
from tests.sync.lab import BY_EMAIL, TITLE, mapping


def checks(lab) -> dict[str, Check]:
    with lab.context() as context:
        return {check.name: check for check in doctor(context)}


def test_before_the_first_pull_both_services_and_the_mapping_are_checked(lab):
    found = checks(lab)
    assert all(check.ok for check in found.values()), found
    assert {"versions", "config", "store", "salesforce", "vitally", "mapping"} <= set(found)
    assert "match" not in found and "guarded writes" not in found


def test_the_match_values_are_counted_on_both_sides(lab):
    lab.pair("u-1")
    lab.contact("u-2")
    lab.contact("u-2")
    lab.contact(None)
    lab.pull()
    said = checks(lab)["match"]
    assert said.ok
    assert "Product_User_Id__c: 3 of 4 records have a value, 2 of them share theirs" in said.found
    assert "externalId: 1 of 1 users have a value, each its own" in said.found


def test_a_match_field_that_is_blank_everywhere_is_named(labs):
    lab = labs(mapping(match=BY_EMAIL))
    lab.contact(None)
    lab.user("u-1")
    lab.pull()
    said = checks(lab)["match"]
    assert not said.ok and "question 2" in said.mend


def test_the_proof_of_guarded_writes_is_told(lab):
    lab.pull()
    assert "not proven yet" in checks(lab)["guarded writes"].found
    record, _ = lab.pair("u-1", {"Title": "VP"})
    lab.settled()
    lab.ok("edit", record, "Title=CTO")
    lab.push()
    assert checks(lab)["guarded writes"].found.startswith("proven")


def test_traits_of_another_syncer_are_told(lab):
    assert checks(lab)["second syncer"].found == "no sign of one"
    lab.user("u-1", traits={"sfdc.Title": "VP", "sfdc.Status__c": True})
    said = checks(lab)["second syncer"]
    assert said.ok and "sfdc.Status__c" in said.found and "sfdc.Title" not in said.found


def test_a_field_that_the_login_may_not_read_or_change_is_named(lab):
    lab.org.make_read_only("Contact", "Title")
    said = checks(lab)["mapping"]
    assert not said.ok and "Title" in said.found and said.mend
    lab.org.hide_field("Contact", "Phone")
    said = checks(lab)["mapping"]
    assert not said.ok and "Phone" in said.found


def test_a_paused_pair_is_named(labs):
    lab = labs(mapping(TITLE, 'field = "Nickname__c"\n'))
    lab.pair("u-1")
    lab.pull()
    lab.org.hide_field("Contact", "Nickname__c")
    lab.pull()
    assert "vanished" in checks(lab)["pair Nickname__c"].found


@pytest.mark.parametrize(
    ("minutes", "ok", "words"), [(0, True, "as the services'"), (5, False, "300 s behind")]
)
def test_a_clock_that_is_wrong_is_told(lab, minutes, ok, words):
    now = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
    with lab.context() as context:
        context.clock = lambda: now
        said = findings.clock(context, now + dt.timedelta(minutes=minutes), None)
    assert said.ok is ok and words in said.found


def test_a_broken_secret_leaves_only_its_own_service_unchecked(lab):
    text = lab.config.read_text("utf-8")
    lab.config.write_text(re.sub(r'client_secret = "[^"]*"', 'client_secret = "cmd:false"', text))
    found = checks(lab)
    assert not found["secret salesforce.client_secret"].ok
    for name, first in (
        ("salesforce", "secret salesforce.client_secret"),
        ("mapping", "salesforce"),
    ):
        assert not found[name].ok
        assert found[name].found == f"not checked: it needs {first}"
    assert found["vitally"].ok
