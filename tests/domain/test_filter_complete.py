from __future__ import annotations

import pytest

from sfvtui.domain.filters import parse
from sfvtui.domain.filters.complete import complete
from sfvtui.errors import FilterError
from tests.domain.filter_contact import CONTACT


def offered(text, **more):
    return [each.text for each in complete(text, CONTACT, **more)]


def taken(text, choice):
    """The input after a suggestion was taken."""
    found = next(each for each in complete(text, CONTACT) if each.text == choice)
    return text[: found.start] + found.text + text[found.end :]


def test_a_filter_begins_with_a_field_with_its_label():
    first = complete("", CONTACT)
    assert ("Title", "Job Title") in [(each.text, each.hint) for each in first]
    assert offered("")[-2:] == ["not", "("]
    assert "MailingAddress" not in offered("")


def test_names_are_found_by_their_beginning_first_then_by_parts_and_labels():
    assert offered("acc")[:2] == ["AccountId", "Account.Name"]
    assert offered("account.n") == ["Account.Name"]
    assert offered("job") == ["Title"]
    assert taken("not (ti", "Title") == "not (Title"


def test_a_field_is_followed_by_the_operators_of_its_type():
    assert "contains" in offered("Title ")
    assert "contains" not in offered("Spend__c ")
    assert "in last" in offered("Born__c ")
    assert offered("Born__c in") == ["in last", "in next"]


def test_an_operator_of_several_words_goes_on_where_it_was_left():
    assert offered("Title is n") == ["is not", "is not one of", "is not blank"]
    assert taken("Title  IS  not o", "is not one of") == "Title  is not one of"
    assert offered("Title does no") == ["does not contain"]


def test_picklist_values_are_offered_quoted_the_inactive_last():
    values = ['"Decision Maker"', '"End \\"User\\""', '"Gatekeeper"']
    assert offered("Role__c = ") == values
    assert offered("Role__c is one of (") == values
    assert offered('Role__c is one of ("Gatekeeper", ') == values
    assert [each.hint for each in complete("Role__c = ", CONTACT)] == ["Decides", "", "(inactive)"]


def test_what_was_typed_of_a_value_is_replaced_by_it():
    assert offered('Role__c is "dec') == ['"Decision Maker"']
    assert taken('Role__c is "dec', '"Decision Maker"') == 'Role__c is "Decision Maker"'
    assert taken("Role__c is us", '"End \\"User\\""') == 'Role__c is "End \\"User\\""'


def test_checkboxes_offer_true_and_false():
    assert offered("Active__c = ") == ["true", "false"]
    assert offered("Active__c is t") == ["true"]


def test_the_words_that_must_follow_are_offered():
    assert offered("Born__c in last 7 ") == ["days"]
    assert offered("Spend__c between 1 ") == ["and"]
    assert offered("Role__c is one of ") == ["("]


def test_a_condition_is_followed_by_and_or_and_the_end_of_its_group():
    assert offered("Title is blank ") == ["and", "or"]
    assert offered("(Title is blank ") == ["and", "or", ")"]
    assert offered("Title is blank o") == ["or"]


def test_completion_is_for_the_place_of_the_cursor():
    assert offered("Titl is blank", cursor=4) == ["Title"]


def test_nothing_is_offered_behind_a_mistake():
    assert offered("Nothing is blank and ") == []
    assert offered('Title is "free text') == []


def test_the_number_of_suggestions_is_limited():
    assert len(offered("", limit=3)) == 3


@pytest.mark.parametrize(
    "text",
    ['Role__c is one of ("Gatekeeper", "x") and (not Born__c in last 7 days or Id is blank)'],
)
def test_every_beginning_of_a_filter_can_be_completed(text):
    for end in range(len(text) + 1):
        complete(text[:end], CONTACT)
    with pytest.raises(FilterError):
        parse(text[:-1], CONTACT)
