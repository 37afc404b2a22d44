from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sfvtui.domain.filters import parse
from sfvtui.domain.filters.predicate import passes, predicate
from tests.domain.filter_contact import CONTACT

NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 2, 1, 3, 0, tzinfo=dt.UTC)  # 22:00 on 31 January in New York


def tried(text, value, *, field=None, zone=NEW_YORK, now=NOW):
    name = field or text.replace("not ", "").split()[0]
    return passes(parse(text, CONTACT), CONTACT, {name: value}, zone, now)


YES, NO = True, False


@pytest.mark.parametrize(
    ("text", "value", "answer"),
    [
        # texts: NFC and case folding, accents count, blanks at the ends of a literal count
        ('Title is "vp sales"', "VP Sales", YES),
        ('Title is "VP "', "VP", NO),
        ('Title is " "', "", NO),
        ('Title contains "vp "', "The VP Sales", YES),
        ('Title contains "vp "', "The VP", NO),
        ('Title is "caf\u00e9"', "CAFE\u0301", YES),
        ('Title is "cafe"', "caf\u00e9", NO),
        ('Title contains "e"', "caf\u00e9", NO),
        ('Title is "STRASSE"', "Stra\u00dfe", YES),
        ('Title starts with "stras"', "STRA\u00dfE", YES),
        ('Title ends with "\u03a3"', "\u03bf\u03b4\u03cc\u03c2", YES),
        ('Title is "x"', "x\u00a0", NO),
        ('Title contains "%"', "abc", NO),
        ('Title contains "_"', "a_c", YES),
        ('Title contains "a\r\nb"', "a\nb", YES),
        ('Title is one of ("a", "B")', "b", YES),
        ('Title is one of ("a", "")', "", YES),
        ('Title = "A"', "a", YES),
        ('Title contains ""', "a", YES),
        ('Title contains ""', "", NO),
        # blanks: equal to nothing; the negative conditions include them
        ('Title is "a"', "", NO),
        ('Title is not "a"', "", YES),
        ('Title != "a"', "", YES),
        ('Title does not contain "a"', "", YES),
        ('Title is not one of ("a")', "", YES),
        ('Title is not one of ("a", "")', "", NO),
        ('Tags__c excludes ("a")', "", YES),
        ('Title is ""', "", YES),
        ('Title is not ""', "", NO),
        ("Title is blank", "", YES),
        ("Title is not blank", "", NO),
        ("Spend__c > 5", "", NO),
        ("not Spend__c > 5", "", YES),
        ("Spend__c != 5", "", YES),
        ("Spend__c = 0", "", NO),
        ("Active__c is false", "", NO),
        ("Active__c is not true", "", YES),
        ("Born__c before 2026-01-01", "", NO),
        ("not Born__c before 2026-01-01", "", YES),
        # numbers: by value, exactly
        ("Spend__c = 12.5", "12.50", YES),
        ("Spend__c > 12.345", "12.34", NO),
        ("Spend__c > 12.345", "12.35", YES),
        ("Spend__c >= 12.345", "12.34", NO),
        ("Spend__c < 12.345", "12.34", YES),
        ("Spend__c = 12.345", "12.35", NO),
        ("Spend__c != 12.345", "12.35", YES),
        ("Spend__c > -12.345", "-12.34", YES),
        ("Spend__c > -12.345", "-12.35", NO),
        ("Spend__c < -12.345", "-12.35", YES),
        ("Spend__c between -1 and 1", "-1.00", YES),
        ("Spend__c between 1 and -1", "0.00", NO),
        ("Spend__c > 9", "10.00", YES),
        ("Spend__c > 9999999999999999", "9999999999999999.01", YES),
        ("Spend__c < 123456789012345678.001", "123456789012345678.00", YES),
        ("Spend__c > -1000000000000000000000", "-5.00", YES),
        ("Logins__c is one of (1, 2.5, 3)", "3", YES),
        ("Logins__c < 2.5", "2", YES),
        ("Logins__c = -0", "0", YES),
        # sets
        ('Tags__c includes any ("A", "x")', '["a","b"]', YES),
        ('Tags__c includes all ("a", "b")', '["a","b","c"]', YES),
        ('Tags__c includes all ("a", "x")', '["a","b"]', NO),
        ('Tags__c excludes ("a")', '["b"]', YES),
        ('Tags__c is "b;a"', '["a","b"]', YES),
        ('Tags__c is "a"', '["a","b"]', NO),
        ('Tags__c is ""', "", YES),
        # ids by their 18 characters
        ('Id is "003000000000001"', "003000000000001AAA", YES),
        ('Id is "003000000000001AAA"', "003000000000001AAA", YES),
        ('Id is "00300000000000a"', "00300000000000AAAQ", NO),
        # times
        ('Standup__c > "09:30"', "09:30:00Z", NO),
        ('Standup__c >= "09:30"', "09:30:00Z", YES),
        # values that are not of their type equal and exceed nothing
        ("Spend__c > 5", "lots", NO),
        ("Spend__c > 5", "6", NO),
        ("Born__c after 2020-01-01", "someday", NO),
        ("not Born__c after 2020-01-01", "someday", YES),
    ],
)
def test_a_condition_means_what_it_says(text, value, answer):
    assert tried(text, value) is answer


@pytest.mark.parametrize(
    ("text", "passing", "failing"),
    [
        ("Born__c in last 0 days", ["2026-01-31"], ["2026-01-30", "2026-02-01"]),
        (
            "Born__c in last 7 days",
            ["2026-01-24", "2026-01-31"],
            ["2026-01-23", "2026-02-01"],
        ),
        (
            "Born__c in next 1 days",
            ["2026-01-31", "2026-02-01"],
            ["2026-01-30", "2026-02-02"],
        ),
        (
            "CreatedDate in last 1 days",
            ["2026-01-30T05:00:00Z", "2026-02-01T04:59:59Z"],
            ["2026-01-30T04:59:59Z", "2026-02-01T05:00:00Z"],
        ),
        (
            "CreatedDate before 2026-01-31",
            ["2026-01-31T04:59:59Z"],
            ["2026-01-31T05:00:00Z"],
        ),
        (
            "CreatedDate after 2026-01-31",
            ["2026-01-31T05:00:01Z"],
            ["2026-01-31T05:00:00Z"],
        ),
        ("CreatedDate = 2026-01-31", ["2026-01-31T05:00:00Z"], ["2026-01-31T00:00:00Z"]),
        (
            "CreatedDate between 2026-01-30 and 2026-01-31",
            ["2026-01-30T05:00:00Z", "2026-01-31T05:00:00Z"],
            ["2026-01-31T05:00:01Z"],
        ),
        (
            "CreatedDate >= 2026-01-31T10:00:00Z",
            ["2026-01-31T10:00:00Z"],
            ["2026-01-31T09:59:59Z"],
        ),
    ],
)
def test_days_are_those_of_the_login_s_time_zone(text, passing, failing):
    assert [tried(text, value) for value in passing] == [True] * len(passing)
    assert [tried(text, value) for value in failing] == [False] * len(failing)


def test_a_day_begins_at_the_first_midnight_where_clocks_go_back_over_it():
    # Havana: 01:00 becomes 00:00 at 05:00 UTC, so 00:00 is first at 04:00 UTC.
    havana = ZoneInfo("America/Havana")
    text = "CreatedDate >= 2026-11-01"
    assert tried(text, "2026-11-01T04:00:00Z", zone=havana) is True
    assert tried(text, "2026-11-01T03:59:59Z", zone=havana) is False


def test_a_day_begins_at_the_jump_where_clocks_skip_its_midnight():
    # Santiago: 00:00 becomes 01:00 at 04:00 UTC.
    santiago = ZoneInfo("America/Santiago")
    text = "CreatedDate >= 2026-09-06"
    assert tried(text, "2026-09-06T04:00:00Z", zone=santiago) is True
    assert tried(text, "2026-09-06T03:59:59Z", zone=santiago) is False


def test_a_span_of_days_may_reach_beyond_the_calendar():
    for text in ("CreatedDate in last 999999 days", "Born__c in last 999999 days"):
        early = "0001-01-01" if "Born" in text else "0001-01-02T00:00:00Z"
        assert tried(text, early) is True
    assert tried(
        "CreatedDate after 0001-01-01", "2026-01-01T00:00:00Z", zone=ZoneInfo("Asia/Tokyo")
    )
    assert not tried("CreatedDate after 9999-12-31", "2026-01-01T00:00:00Z")


def test_an_unread_field_leaves_undecided_what_hangs_on_it():
    row = {"Title": "VP", "Spend__c": None}

    def answer(text):
        return passes(parse(text, CONTACT), CONTACT, row, NEW_YORK, NOW)

    assert answer("Spend__c is blank") is None
    assert answer("not Spend__c > 5") is None
    assert answer("Logins__c != 5") is None  # not in the row at all
    assert answer('Title is "VP" and Spend__c > 5') is None
    assert answer('Title is "CEO" and Spend__c > 5') is False
    assert answer('Title is "VP" or Spend__c > 5') is True
    assert answer('not (Title is "CEO" and Spend__c > 5)') is True


def test_no_filter_passes_everything():
    assert passes(None, CONTACT, {}, NEW_YORK, NOW) is True


def test_a_predicate_is_bound_once_for_many_rows():
    run = predicate(parse('Title contains "vp"', CONTACT), CONTACT, NEW_YORK, NOW)
    assert [run({"Title": title}) for title in ("VP", "CEO", None)] == [True, False, None]
