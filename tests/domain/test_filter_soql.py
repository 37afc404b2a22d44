from __future__ import annotations

import datetime as dt
import unicodedata
from zoneinfo import ZoneInfo

import pytest

from sfvtui.domain.filters import parse
from sfvtui.domain.filters.soql import to_soql
from sfvtui.domain.filters.soql_text import FOLDS_TO_ASCII
from sfvtui.domain.text import fold
from tests.domain.filter_contact import CONTACT

NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 2, 1, 3, 0, tzinfo=dt.UTC)


def sieve(text, **more):
    return to_soql(parse(text, CONTACT), CONTACT, NEW_YORK, NOW, **more)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('Title contains "VP"', "Title LIKE '%VP%'"),
        ('Title starts with "VP"', "Title LIKE 'VP%'"),
        ('Title ends with "VP"', "Title LIKE '%VP'"),
        ('Title is "CEO"', "Title = 'CEO'"),
        ('Title is one of ("CEO", "VP", "")', "(Title = null OR Title IN ('CEO', 'VP'))"),
        ("Title is blank", "Title = null"),
        ("Title is not blank", "Title != null"),
        ('Title is ""', "Title = null"),
        # escapes
        ('Title is "O\'VP"', "Title = 'O\\'VP'"),
        ('Title contains "9%_"', "Title LIKE '%9\\%\\_%'"),
        ('Title is "9%_"', "Title = '9%_'"),
        ('Title contains "V\\\\P"', "Title LIKE '%V%P%'"),
        ('Title contains "V\\"P"', "Title LIKE '%V\"P%'"),
        ('Title is "V\nP"', "Title LIKE 'V%P'"),
        # only what is certain of a text is asked for
        ('Title is "\u00e9VP\u00fc"', "Title LIKE '%VP%'"),
        ('Title is "\u65e5\u672c"', "Title != null"),
        ('Title is "Dr K"', "(Title = 'Dr K' OR Title LIKE '%\u212a%')"),
        ('Code__c is "ab-12"', "Code__c LIKE '%-12'"),
        ('Greeting__c is "Dr X"', "Greeting__c LIKE '%Dr X%'"),
        ('Greeting__c starts with "Dr"', "Greeting__c LIKE '%Dr%'"),
        ('Account.Name is "VP"', "Account.Name = 'VP'"),
        # numbers are stored unrounded
        ("Spend__c > 12.345", "Spend__c >= 12.345"),
        ("Spend__c >= 12.34", "Spend__c >= 12.335"),
        ("Spend__c < 12.34", "Spend__c <= 12.335"),
        ("Spend__c <= -0.01", "Spend__c <= -0.005"),
        ("Spend__c = 5", "(Spend__c >= 4.995 AND Spend__c <= 5.005)"),
        ("Spend__c != 5", "(Spend__c = null OR Spend__c != 5.00)"),
        ("not Spend__c > 5", "(Spend__c = null OR Spend__c <= 5.005)"),
        (
            "not Spend__c between 1 and 2",
            "(Spend__c = null OR Spend__c <= 0.995 OR Spend__c >= 2.005)",
        ),
        ("Logins__c > 5", "Logins__c > 5"),
        ("Logins__c is not one of (1, 2)", "(Logins__c = null OR Logins__c NOT IN (1, 2))"),
        ('Logins__c is not one of (1, "")', "(Logins__c != null AND Logins__c != 1)"),
        ("Logins__c = 2.5", "Logins__c != null"),
        ("Logins__c > 99999999999", "Logins__c != null"),
        # days of the login's time zone, as absolute literals
        ("Born__c in last 7 days", "(Born__c >= 2026-01-24 AND Born__c <= 2026-01-31)"),
        (
            "CreatedDate in next 0 days",
            "(CreatedDate >= 2026-01-31T05:00:00Z AND CreatedDate < 2026-02-01T05:00:00Z)",
        ),
        ("CreatedDate before 2026-01-31", "CreatedDate < 2026-01-31T05:00:00Z"),
        ("Born__c != 2026-01-31", "(Born__c = null OR Born__c != 2026-01-31)"),
        ("Born__c after 1500-01-01", "Born__c != null"),
        # checkboxes: null is false, and a parent that is not there has none
        ("Active__c is true", "Active__c = true"),
        ("Active__c is not true", "(Active__c = false OR Active__c = null)"),
        (
            "Account.Active__c is not true",
            "(Account.Active__c = false OR Account.Active__c = null OR AccountId = null)",
        ),
        # ids
        ('Id is "003000000000001"', "Id = '003000000000001AAA'"),
        (
            'AccountId != "001000000000001"',
            "(AccountId = null OR AccountId != '001000000000001AAA')",
        ),
        # picklists: any value that the describe does not name may be one that passes
        (
            'Role__c is "decision maker"',
            (
                "(Role__c IN ('Decision Maker', 'decision maker') OR Role__c NOT IN "
                "('Decision Maker', 'End \"User\"', 'Gatekeeper', 'decision maker'))"
            ),
        ),
        ('Groups__c includes any ("gatekeeper")', "Groups__c INCLUDES ('Gatekeeper')"),
        (
            'Groups__c includes all ("gatekeeper", "decision maker")',
            (
                "(Groups__c != null AND Groups__c INCLUDES ('Decision Maker') "
                "AND Groups__c INCLUDES ('Gatekeeper'))"
            ),
        ),
        ('Tags__c includes any ("x")', "Tags__c != null"),
        ('Groups__c includes any ("a;b")', "Groups__c != null"),
        # groups
        (
            'Title is "CEO" and (Born__c is blank or Logins__c > 5)',
            "Title = 'CEO' AND (Born__c = null OR Logins__c > 5)",
        ),
        (
            "not (Born__c is blank or Logins__c > 5)",
            "Born__c != null AND (Logins__c = null OR Logins__c <= 5)",
        ),
        (
            "not (Born__c is blank and Logins__c > 5)",
            "(Born__c != null OR (Logins__c = null OR Logins__c <= 5))",
        ),
        (
            "Title is blank or (Born__c is blank and Logins__c is blank)",
            "(Title = null OR (Born__c = null AND Logins__c = null))",
        ),
    ],
)
def test_what_salesforce_is_asked(text, where):
    found = sieve(text)
    assert found.where == where
    assert found.left == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('Notes__c contains "x"', "Salesforce cannot filter on Notes__c"),
        ('Standup__c > "10:00"', "Salesforce cannot filter on Standup__c"),
        ('Title is not "x"', "which texts Salesforce takes as equal is not known"),
        ('Title does not contain "x"', "which texts Salesforce takes as equal is not known"),
        ('not Title is "x"', "which texts Salesforce takes as equal is not known"),
        ('Tags__c excludes ("x")', "which texts Salesforce takes as equal is not known"),
        ("Greeting__c is blank", "a formula may give blanks that are not null"),
        ("Active__c is blank", "to Salesforce a blank checkbox is an unticked one"),
        ("Active__c is not false", "to Salesforce a blank checkbox is an unticked one"),
        ("Spend__c != 999999999999999", "Salesforce cannot be asked for such a value"),
    ],
)
def test_what_is_left_to_the_mirror_is_named_with_its_reason(text, why):
    found = sieve(text)
    assert found.where is None
    assert [each.why for each in found.left if why in each.why]


def test_what_can_be_said_is_said_beside_what_cannot():
    found = sieve('Title is "CEO" and Notes__c contains "x" and Born__c is blank')
    assert found.where == "Title = 'CEO' AND Born__c = null"
    assert [each.condition.field for each in found.left] == ["Notes__c"]


def test_alternatives_are_said_together_or_not_at_all():
    found = sieve('Title is "CEO" or Notes__c contains "x"')
    assert found.where is None
    assert [(each.condition.field, each.why) for each in found.left] == [
        ("Title", "it is an alternative to one that Salesforce is not asked about"),
        ("Notes__c", "Salesforce cannot filter on Notes__c"),
    ]


def test_no_filter_asks_nothing():
    assert sieve("").where is None
    assert sieve("").left == ()


def test_a_sieve_keeps_to_the_length_of_a_statement():
    many = ", ".join(f'"{n}-CEO"' for n in range(1000))
    found = sieve(
        f'Title is one of ({many}) and Title contains "{"x" * 5000}" and Born__c is blank'
    )
    assert found.where == f"Title LIKE '%{'x' * 200}%' AND Born__c = null"
    assert [each.why for each in found.left] == ["the query would be too long"]
    assert sieve("Born__c is blank and Title is blank", limit=20).where == "Born__c = null"


def test_the_end_of_a_long_text_is_asked_for_by_its_end():
    assert sieve(f'Title ends with "{"x" * 5000}VP"').where == f"Title LIKE '%{'x' * 198}VP'"


def test_every_character_that_folds_to_ascii_is_known():
    found = {}
    for code in (*range(128, 0xD800), *range(0xE000, 0x110000)):
        folded = fold(chr(code))
        if not folded.isascii() and not any(char.isascii() for char in folded):
            continue
        found[chr(code)] = folded
    assert found == FOLDS_TO_ASCII
    assert unicodedata.is_normalized("NFC", "".join(FOLDS_TO_ASCII)) is False  # Kelvin among them
