from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from sfvtui.domain.filters import (
    All,
    Any,
    Condition,
    Not,
    Op,
    all_of,
    any_of,
    check,
    depends_on_today,
    fields,
    parse,
    to_text,
)
from sfvtui.errors import FilterError
from tests.domain.filter_contact import CONTACT


def is_(name, value):
    return Condition(name, Op.IS, (value,))


A, B, C = is_("A", "1"), is_("B", "2"), is_("C", "3")


# --- the grammar


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('Title is "VP"', is_("Title", "VP")),
        ('Title is not "VP"', Condition("Title", Op.IS_NOT, ("VP",))),
        ('Title contains "VP"', Condition("Title", Op.CONTAINS, ("VP",))),
        ('Title does not contain "VP"', Condition("Title", Op.NOT_CONTAINS, ("VP",))),
        ('Title starts with "VP"', Condition("Title", Op.STARTS, ("VP",))),
        ('Title ends with "VP"', Condition("Title", Op.ENDS, ("VP",))),
        ('Title is one of ("a", "b")', Condition("Title", Op.ONE_OF, ("a", "b"))),
        ('Title is not one of ("a")', Condition("Title", Op.NOT_ONE_OF, ("a",))),
        ("Title is blank", Condition("Title", Op.BLANK)),
        ("Title is not blank", Condition("Title", Op.NOT_BLANK)),
        ("Spend__c = 12.5", Condition("Spend__c", Op.EQ, (Decimal("12.5"),))),
        ("Spend__c != -3", Condition("Spend__c", Op.NE, (Decimal(-3),))),
        ("Spend__c < 1", Condition("Spend__c", Op.LT, (Decimal(1),))),
        ("Spend__c <= 1", Condition("Spend__c", Op.LE, (Decimal(1),))),
        ("Spend__c > 1", Condition("Spend__c", Op.GT, (Decimal(1),))),
        ("Spend__c >= 1", Condition("Spend__c", Op.GE, (Decimal(1),))),
        ("Spend__c between 1 and 2", Condition("Spend__c", Op.BETWEEN, (Decimal(1), Decimal(2)))),
        ("Active__c is true", is_("Active__c", True)),
        ('Tags__c includes any ("a", "b")', Condition("Tags__c", Op.INCLUDES_ANY, ("a", "b"))),
        ('Tags__c includes all ("a")', Condition("Tags__c", Op.INCLUDES_ALL, ("a",))),
        ('Tags__c excludes ("a")', Condition("Tags__c", Op.EXCLUDES, ("a",))),
        ("Born__c in last 7 days", Condition("Born__c", Op.IN_LAST, (Decimal(7),))),
        ("Born__c in next 1 days", Condition("Born__c", Op.IN_NEXT, (Decimal(1),))),
        (
            "Born__c before 2026-01-31",
            Condition("Born__c", Op.BEFORE, (dt.date(2026, 1, 31),)),
        ),
        (
            "CreatedDate after 2026-01-31T10:00:00Z",
            Condition("CreatedDate", Op.AFTER, (dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC),)),
        ),
        ('Account.Name is "Acme"', is_("Account.Name", "Acme")),
    ],
)
def test_every_condition_is_read_and_written(text, tree):
    assert parse(text, CONTACT) == tree
    assert to_text(tree) == text


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ('A is "1" and B is "2" and C is "3"', All((A, B, C))),
        ('A is "1" or B is "2"', Any((A, B))),
        ('A is "1" and (B is "2" or C is "3")', All((A, Any((B, C))))),
        ('(A is "1" and B is "2") and C is "3"', All((All((A, B)), C))),
        ('not A is "1" and B is "2"', All((Not(A), B))),
        ('not (A is "1" and B is "2")', Not(All((A, B)))),
        ('not not A is "1"', Not(Not(A))),
    ],
)
def test_groups_stand_as_they_were_written(text, tree):
    assert parse(text) == tree
    assert to_text(tree) == text


def test_more_parentheses_than_needed_change_nothing():
    assert parse('((A is "1")) and (B is "2")') == All((A, B))


def test_blank_text_is_no_filter():
    assert parse("") is None
    assert parse(" \n\t") is None
    assert to_text(None) == ""


def test_keywords_ignore_case_and_blanks_between_them():
    assert parse('A IS  NOT\n ONE of("1")') == Condition("A", Op.NOT_ONE_OF, ("1",))
    assert parse('NOT A is TRUE AND B iS "2"') == All((Not(is_("A", True)), B))


def test_field_names_are_put_into_their_own_spelling():
    assert parse('title is "x" and account.NAME is "y"', CONTACT) == All(
        (is_("Title", "x"), is_("Account.Name", "y"))
    )


def test_quotes_and_backslashes_are_escaped_and_nothing_else_is():
    assert parse(r'A is "say \"hi\" \\ 100%_ it' + "'" + 's"') == is_(
        "A", r'say "hi" \ 100%_ it' + "'s"
    )
    assert to_text(is_("A", 'a\\"b\n')) == 'A is "a\\\\\\"b\n"'


def test_blanks_in_a_literal_are_kept():
    assert parse('A is " x\u00a0 "') == is_("A", " x\u00a0 ")


def test_a_time_with_an_offset_is_the_same_instant():
    assert parse("A > 2026-01-31T11:00:00+01:00") == parse("A > 2026-01-31T10:00:00Z")


def test_the_and_of_between_is_not_the_and_of_a_group():
    tree = parse("A between 1 and 2 and B is blank")
    assert tree == All(
        (Condition("A", Op.BETWEEN, (Decimal(1), Decimal(2))), Condition("B", Op.BLANK))
    )


def test_an_empty_text_stands_for_blank_on_every_kind_of_field():
    for name in ("Spend__c", "Active__c", "Born__c", "CreatedDate", "AccountId", "Tags__c"):
        assert parse(f'{name} is ""', CONTACT) == is_(name, "")


# --- errors


@pytest.mark.parametrize(
    ("text", "column", "expected", "mend"),
    [
        ('Titel is "x"', 1, "Contact has no field Titel", "Did you mean Title?"),
        ('Title is "x" and Acount.Name is "y"', 18, "no field Acount.Name", "Account.Name?"),
        ('"job title" is "x"', 1, "expected a field name", ""),
        ("Jobtitle is blank", 1, "no field Jobtitle", "Did you mean Title?"),
        ("Title", 6, "expected an operator", ""),
        ('Title has "x"', 7, "expected an operator such as is, contains or =, found has", ""),
        ('Title does contain "x"', 12, "expected not, found contain", ""),
        ("Title is", 9, "expected text in double quotes, found the end", ""),
        ("Title is VP", 10, "expected text in double quotes, found VP", 'Write "VP".'),
        ("Title is 5", 10, "expected text in double quotes, found 5", 'Write "5".'),
        ("Title is 'VP'", 10, "found '", "plain double quotes"),
        ("Title is \u201cVP\u201d", 10, "found \u201c", "plain double quotes"),
        ('Title is "VP', 10, 'expected a closing "', ""),
        ('Title is "V\\P"', 12, "after a backslash, found P", "Write \\\\"),
        ('Title is "VP" Title', 15, "expected and, or, or the end, found Title", ""),
        ('Title is "VP" and', 18, "expected a field name, not, or (, found the end", ""),
        ('(Title is "VP"', 15, "expected and, or, or ), found the end", ""),
        ('Title is one of "VP"', 17, 'expected (, found "VP"', ""),
        ('Title is one of ("VP"', 22, "expected , or ), found the end", ""),
        ("Title is one of ()", 18, "expected text in double quotes, found )", ""),
        ("Title > 5", 7, "Title (text) has the operators is, is not", ""),
        ('Spend__c contains "5"', 10, "Spend__c (number) has the operators =, !=", ""),
        ('Spend__c > "5"', 12, 'expected a number such as 12.5, found "5"', "Write 5, without"),
        ("Spend__c > 5,5", 13, "expected and, or, or the end, found ,", ""),
        ("Spend__c > 1e5", 12, "expected a number such as 12.5, found 1e5", ""),
        ('Active__c is "true"', 14, "expected true or false", "Write true, without quotes"),
        ("Born__c > 2026-02-30", 11, "expected a date such as 2026-01-31", ""),
        ("Born__c > 2026-02-03T10:00:00Z", 11, "expected a date such as 2026-01-31", ""),
        ("CreatedDate > 2026-02-03T10:00:00", 15, "2026-01-31T10:00:00Z", "ends in Z"),
        ("Born__c in last x days", 17, "expected a number of days", ""),
        ("Born__c in last 1.5 days", 17, "expected a number of days", ""),
        ("Born__c in last 3 weeks", 19, "expected days, found weeks", ""),
        ("Born__c in last 9999999 days", 17, "number of days from 0 to 999999", ""),
        ('Standup__c > "25:00"', 14, 'expected a time such as "10:00:00Z"', ""),
        ('Id is "nonsense"', 7, "expected an Id of 15 or 18 characters", ""),
        ('Id contains "003"', 4, "Id (Id) has the operators is, is not", ""),
        ('Tags__c contains "a"', 9, "includes any, includes all, excludes", ""),
        ("MailingAddress is blank", 16, "a type (unsupported) that no filter can ask about", ""),
        ('Account.Owner.Name is "x"', 1, "expected a field name such as", "one lookup"),
        ("Title is blank or Id is blank and Born__c is blank", 31, "expected or, as before", "("),
        ('Title is "\ud800"', 10, "halves of surrogate pairs", ""),
        ('Title is "\0"', 10, "NUL", ""),
    ],
)
def test_an_error_says_where_what_was_expected_and_how_to_mend_it(text, column, expected, mend):
    with pytest.raises(FilterError) as caught:
        parse(text, CONTACT)
    assert f"column {column}: " in caught.value.message
    assert caught.value.column == column
    assert expected in caught.value.message
    assert mend.replace("(", "parentheses") in caught.value.mend


def test_without_a_describe_only_what_the_operators_ask_for_is_checked():
    assert parse('Anything__c is "x" and Other.Name > 5') is not None
    with pytest.raises(FilterError, match="column 12"):
        parse("A contains 5")
    with pytest.raises(FilterError, match="column 10"):
        parse("A before 5")


def test_deep_nesting_is_an_error_and_no_crash():
    for text in ("(" * 5000 + "A is blank", "not " * 5000 + "A is blank"):
        with pytest.raises(FilterError, match="at most 60 levels"):
            parse(text)


def test_long_filters_are_read():
    text = " or ".join(f'A is "{n}"' for n in range(5000))
    tree = parse(text)
    assert isinstance(tree, Any)
    assert len(tree.items) == 5000


# --- trees


def test_a_tree_names_its_fields_once_each():
    assert fields(parse('B is "1" and (A is blank or not B is "2")')) == ("B", "A")
    assert fields(None) == ()


def test_a_tree_knows_whether_its_answer_changes_with_the_day():
    assert depends_on_today(parse("A is blank and not A in last 3 days"))
    assert not depends_on_today(parse("A before 2026-01-01"))


def test_groups_have_two_members_or_more():
    assert all_of([]) is None
    assert any_of([A]) == A
    assert all_of([A, B]) == All((A, B))
    with pytest.raises(ValueError, match="at least two"):
        Any((A,))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('Gone__c is "x"', "Gone__c, which is no field of Contact"),
        ('Spend__c contains "x"', "has the operators"),
        ('Spend__c = "x"', "expected a number"),
        ("MailingAddress is blank", "no filter can ask about"),
    ],
)
def test_a_tree_that_no_longer_fits_its_object_is_refused(text, problem):
    with pytest.raises(FilterError, match=problem):
        check(parse(text), CONTACT)
