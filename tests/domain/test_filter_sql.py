from __future__ import annotations

import datetime as dt
import sqlite3
from zoneinfo import ZoneInfo

import pytest

from sfvtui.domain.filters import parse
from sfvtui.domain.filters.sql import to_sql
from sfvtui.domain.text import fold
from sfvtui.errors import FilterError
from tests.domain.filter_contact import CONTACT

UTC = ZoneInfo("UTC")
NOW = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)


@pytest.fixture
def mirror():
    connection = sqlite3.connect(":memory:")
    connection.create_function("fold", 1, fold, deterministic=True)
    connection.execute('CREATE TABLE record ("Title" TEXT, "Account.Name" TEXT) STRICT')
    connection.executemany(
        "INSERT INTO record VALUES (?, ?)",
        [("VP", "Acme"), ("it's 100%", ""), ("nul\0 VP", "x"), ("", "y"), (None, None)],
    )
    yield connection
    connection.close()


def selected(mirror, text, **more):
    expression, parameters = to_sql(parse(text, CONTACT), CONTACT, UTC, NOW, **more)
    table = more.get("table", "record")
    query = f"SELECT rowid FROM record AS {table} WHERE {expression} ORDER BY rowid"
    return [row for (row,) in mirror.execute(query, parameters)]


def test_rows_that_pass_are_selected_and_unread_ones_are_not(mirror):
    assert selected(mirror, 'Title contains "vp"') == [1, 3]
    assert selected(mirror, 'Title does not contain "vp"') == [2, 4]
    assert selected(mirror, "Account.Name is blank") == [2]


def test_text_beyond_a_nul_character_counts(mirror):
    assert selected(mirror, 'Title ends with " vp"') == [3]


def test_no_value_stands_in_the_statement(mirror):
    expression, parameters = to_sql(
        parse('Title is "it\'s 100%" or Title contains "\'; DROP TABLE record; --"', CONTACT),
        CONTACT,
        UTC,
        NOW,
    )
    assert "DROP" not in expression
    assert "100%" not in expression
    assert parameters == ["it's 100%", b"'; drop table record; --"]
    assert selected(mirror, 'Title is "it\'s 100%"') == [2]


def test_no_filter_selects_all(mirror):
    assert to_sql(None, CONTACT, UTC, NOW) == ("1", [])


def test_columns_are_qualified_with_the_table_s_name(mirror):
    assert selected(mirror, 'Title is "vp"', table="r") == [1]


def test_a_column_that_the_mirror_has_not_is_unread_in_every_row(mirror):
    columns = {"Title"}
    assert selected(mirror, "Spend__c is blank", columns=columns) == []
    assert selected(mirror, 'Title is "vp" or Spend__c > 5', columns=columns) == [1]
    with pytest.raises(sqlite3.OperationalError, match="no such column"):
        selected(mirror, "Spend__c is blank")


def test_numbers_of_any_length_compare_exactly():
    numbers = ["-123456789012345678.01", "-0.50", "0.00", "9.99", "123456789012345678.00"]
    connection = sqlite3.connect(":memory:")
    connection.execute('CREATE TABLE record ("Spend__c" TEXT)')
    connection.executemany("INSERT INTO record VALUES (?)", [(number,) for number in numbers])
    for operator in ("<", "<=", ">", ">="):
        for number in numbers:
            found = selected(connection, f"Spend__c {operator} {number}")
            place = numbers.index(number) + 1
            below, above = range(1, place), range(place + 1, len(numbers) + 1)
            same = [place] if "=" in operator else []
            assert found == sorted([*(below if "<" in operator else above), *same])
    connection.close()


def test_thousands_of_conditions_and_values_are_one_statement(mirror):
    many = " or ".join(f'Title is "{n}"' for n in range(3000))
    assert selected(mirror, f'{many} or Title is "vp"') == [1]
    values = ", ".join(f'"{n}"' for n in range(40_000))
    assert selected(mirror, f'Title is one of ({values}, "VP")') == [1]


def test_a_field_that_is_not_there_is_refused():
    with pytest.raises(FilterError):
        to_sql(parse('Gone__c is "x"'), CONTACT, UTC, NOW)
