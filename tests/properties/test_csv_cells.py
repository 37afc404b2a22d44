"""CSV cells: what is written and read again is the same, and no spreadsheet takes it as a formula."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfvtui import csv_cells
from sfvtui.cli import csv_text

ODD = st.text(st.sampled_from("'=+-@\t\r\n,;\"1234567890 .()a"), max_size=12)
TEXTS = st.one_of(ODD, st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))


@given(TEXTS)
def test_a_cell_is_read_as_it_was_written(text):
    assert csv_text.unguarded(csv_cells.guarded(text)) == text


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5), st.sampled_from(["", "\ufeff"]))
def test_a_file_is_read_as_it_was_written(values, mark):
    lines = [(f"id{number}", *both) for number, both in enumerate(values)]
    text = mark + "".join(row + "\n" for row in csv_text.rows(("record", "A", "B"), lines))
    _, found = csv_text.read(text.encode(), "f")
    assert [(line.record, line.cells["A"], line.cells["B"]) for line in found] == lines


@given(TEXTS)
def test_no_cell_begins_as_a_formula_does_but_numbers(text):
    cell = csv_cells.guarded(text)
    if re.match(r"[=+\-@\t\r]", cell):
        assert re.fullmatch(r"[+\-]?[\d ().\-/]+", cell)


@pytest.mark.parametrize(
    "text",
    ["-5", "+5", "-0.25", "+49 30 123456", "+1 (555) 010-2345", "+1-555-010-2345", "a=b", ""],
)
def test_what_is_plain_stays_plain(text):
    assert csv_cells.guarded(text) == text


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1+1", "-1-cmd", "@SUM(1)", "\t=1", "\r=1", "+1-2", "-2+3+cmd|' /C calc'!A0", "+a",
     "-", "+", "=", "'=1"],
)  # fmt: skip
def test_what_is_risky_gets_one_mark(text):
    assert csv_cells.guarded(text) == f"'{text}"
