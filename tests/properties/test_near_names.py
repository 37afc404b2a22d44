"""Near names against a naive second statement, and the search among many against one by one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sfvtui.domain.lookalikes import LONG_NAME, Names, name_key, near_names

WORDS = st.text(st.sampled_from("aabé-'"), max_size=7)
NAMES = st.lists(WORDS, max_size=3).map(" ".join).map(name_key)


def distance(a: str, b: str) -> int:
    """The fewest insertions, deletions and replacements, by the textbook's table."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def naive(a: str, b: str) -> bool:
    """PRODUCT's sentence: equal or one edit apart, two from ten letters on."""
    letters = min(len(a.replace(" ", "")), len(b.replace(" ", "")))
    return bool(a and b) and distance(a, b) <= (2 if letters >= LONG_NAME else 1)


@given(a=NAMES, b=NAMES)
@settings(max_examples=600)
def test_near_is_one_edit_or_two_from_ten_letters_on(a, b):
    assert near_names(a, b) == near_names(b, a) == naive(a, b)


@st.composite
def edited(draw):
    """A name, and what some edits make of it."""
    name = draw(st.text(st.sampled_from("abcdefgh "), min_size=1, max_size=16))
    other = name
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(other)))
        letter = draw(st.sampled_from(["", "a", "z", " "]))
        other = other[:place] + letter + other[place + draw(st.integers(0, 1)) :]
    return name, other


@given(pairs=st.lists(edited(), max_size=8), more=st.lists(NAMES, max_size=8))
@settings(max_examples=600)
def test_a_search_among_many_misses_no_near_name(pairs, more):
    keys = {other for _, other in pairs} | set(more)
    names = Names(keys)
    for key in {name for name, _ in pairs} | keys:
        assert names.near(key) == {other for other in keys if naive(key, other)}
