"""Matching against a naive second statement, on small random worlds; and the fast against the slow."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from sfvtui.domain.fields import Field, FieldType
from sfvtui.domain.ids import id18
from sfvtui.domain.mapping import MatchBy, MatchRule
from sfvtui.domain.matching import Candidate, match, match_key

TEXT = Field(name="Key__c", label="", type=FieldType.STRING, length=80)
ID = Field(name="Id", label="", type=FieldType.ID, length=18)
ONE, TWO = "003ak0000000001AAA", "003aK0000000001AAA"
KEYS = st.sampled_from(
    ["a", "A", " a", "b", "B ", "", None, "\u00a0a", "ß", "SS", "e\u0301", "\u00e9"]
)
ID_KEYS = st.sampled_from(
    [id18(ONE[:15]), ONE[:15], id18(TWO[:15]), TWO[:15], ONE[:15] + " ", "", None]
)


def naive(records, users, equal):
    """PRODUCT's sentence: record number → the one user it is, or `ambiguous`, or None."""
    verdict = {}
    for r, key in enumerate(records):
        fits = [u for u, theirs in enumerate(users) if equal(key, theirs)]
        sharing = [o for o, theirs in enumerate(records) if equal(key, theirs)]
        if len(sharing) > 1 or len(fits) > 1:
            verdict[r] = "ambiguous"
        else:
            verdict[r] = fits[0] if fits else None
    return verdict


def ours(records, users, rule, field):
    """The same through the product's functions."""
    record_keys = [match_key(rule, field, key) for key in records]
    user_keys = [match_key(rule, field, key) for key in users]
    verdict = {}
    for r, key in enumerate(record_keys):
        found = tuple(
            Candidate(str(u)) for u, k in enumerate(user_keys) if k == key and k is not None
        )
        said = match(key, record_keys.count(key), found)
        linked = int(said.user_id) if said.user_id is not None else None
        verdict[r] = "ambiguous" if said.ambiguous else linked
    return verdict


def strip(text):
    return (text or "").strip(" \t\n\r\x0b\x0c")


@given(records=st.lists(KEYS, max_size=6), users=st.lists(KEYS, max_size=6))
@settings(max_examples=400)
def test_ids_match_exactly_and_one_to_one(records, users):
    rule = MatchRule(MatchBy.EXTERNAL_ID, "Key__c")

    def equal(a, b):
        return strip(a) == strip(b) != ""

    assert ours(records, users, rule, TEXT) == naive(records, users, equal)


@given(records=st.lists(KEYS, max_size=6), users=st.lists(KEYS, max_size=6))
@settings(max_examples=400)
def test_traits_match_without_case_and_one_to_one(records, users):
    import unicodedata

    def folded(text):
        nfc = unicodedata.normalize("NFC", strip(text)).casefold()
        return unicodedata.normalize("NFC", nfc)

    def equal(a, b):
        return folded(a) == folded(b) != ""

    rule = MatchRule(MatchBy.TRAIT, "Key__c", "key", ignore_case=True)
    assert ours(records, users, rule, TEXT) == naive(records, users, equal)


@given(records=st.lists(ID_KEYS, max_size=5), users=st.lists(ID_KEYS, max_size=5))
@settings(max_examples=300)
def test_both_forms_of_an_id_are_one_value(records, users):
    def equal(a, b):
        return strip(a)[:15] == strip(b)[:15] != ""

    rule = MatchRule(MatchBy.EXTERNAL_ID, "Id")
    assert ours(records, users, rule, ID) == naive(records, users, equal)


@given(text=st.text(st.sampled_from("aAbZz019"), min_size=15, max_size=15))
def test_15_and_18_characters_stand_for_each_other_and_case_tells_ids_apart(text):
    full = id18(text)
    assert full is not None and full[:15] == text
    assert id18(full) == full == id18(text + full[15:].lower())
    other = text.swapcase()
    assert (id18(other) == full) is (other == text)
    assert full.casefold() != (id18(other) or "").casefold() or other == text


def test_a_record_is_never_linked_to_somebody_elses_user():
    for apart, linked in itertools.product((False, True), (None, "003x")):
        said = match("a", 1, (Candidate("u1", linked, apart),))
        assert (said.user_id == "u1") is (not apart and linked is None)
        if linked is not None and not apart:
            assert said.ambiguous
