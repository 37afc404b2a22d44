"""The reconcile table, stated a second time: plain and slow, from the product's own words."""

from __future__ import annotations

from itertools import product

import pytest

from sfvtui.domain.fields import Field, FieldType
from sfvtui.domain.mapping import BlankRule, OnConflict, Pair
from sfvtui.domain.merge import Act, ConflictKind, Sides, decide

TEXT = Field(name="Title", label="", type=FieldType.STRING, length=80, updateable=True)
CHECKBOX = Field(name="Opted__c", label="", type=FieldType.BOOLEAN, updateable=True)

# What may happen, in the words of the table.
NOTHING = "nothing"
BASE = "the base becomes the value"
TO_V, TO_S = "S goes to Vitally", "V goes to Salesforce"
STAY = "a stay"
ASK = "a person is asked"


def row_of(s, v, b):
    """Which of S and V changed, without any rule."""
    return ("same" if s == b else "changed", "same" if v == b else "changed")


def expected(s, v, b, *, editable, rule, to_v, to_s, newer, checkbox):
    """What PRODUCT's table says: (what happens, the kind of conflict where one is asked)."""
    if s is None or v is None:
        return NOTHING, None  # unread decides nothing
    if b is None:
        if s == v:
            return BASE, None
        if s == "" and v != "" and editable:
            return (STAY, None) if to_v == "never" else (ASK, "no-base")
        return blank_rule(TO_V, s, to_v)
    if s == v:
        return (NOTHING, None) if s == b else (BASE, None)
    if checkbox and v == "":
        return blank_rule(TO_V, s, to_v)  # a blank in Vitally is never sent to Salesforce
    changed_s, changed_v = row_of(s, v, b)
    # A side whose blank was stopped by `never` counts as same.
    if s == "" and to_v == "never":
        changed_s = "same"
    if v == "" and to_s == "never" and editable:
        changed_v = "same"
    if (changed_s, changed_v) == ("same", "same"):
        return STAY, None
    if (changed_s, changed_v) == ("changed", "same"):
        return blank_rule(TO_V, s, to_v)
    if not editable:
        return blank_rule(TO_V, s, to_v)
    if (changed_s, changed_v) == ("same", "changed"):
        return blank_rule(TO_S, v, to_s)
    if rule == "ask" or (rule == "newest" and newer == "tie"):
        return ASK, "both-changed"
    if rule == "salesforce" or (rule == "newest" and newer == "salesforce"):
        return blank_rule(TO_V, s, to_v)
    return blank_rule(TO_S, v, to_s)


def blank_rule(way, value, rule):
    """A value that would become blank follows the pair's rule of that direction."""
    if value != "" or rule == "copy":
        return way, None
    return (STAY, None) if rule == "never" else (ASK, "blank")


ACTS = {
    Act.NOTHING: NOTHING,
    Act.AGREE: BASE,
    Act.TO_VITALLY: TO_V,
    Act.TO_SALESFORCE: TO_S,
    Act.STAY: STAY,
    Act.CONFLICT: ASK,
}
STAMPS = {
    "tie": ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00.999Z"),
    "salesforce": ("2026-01-31T10:00:01Z", "2026-01-31T10:00:00.999Z"),
    "vitally": ("2026-01-31T10:00:00Z", "2026-01-31T10:00:01.000Z"),
}
TEXT_VALUES = (None, "", "a", "b", "c")
CHECKBOX_VALUES = (None, "", "true", "false")


def every_case(values):
    for s, v, b in product(values, repeat=3):
        for editable, rule, to_v, to_s in product((True, False), OnConflict, BlankRule, BlankRule):
            for newer in STAMPS if rule is OnConflict.NEWEST else ("tie",):
                yield s, v, b, editable, rule, to_v, to_s, newer


@pytest.mark.parametrize(
    ("field", "values"),
    [(TEXT, TEXT_VALUES), (CHECKBOX, CHECKBOX_VALUES)],
    ids=["text", "checkbox"],
)
def test_the_table_agrees_with_its_plain_statement_in_every_case(field, values):
    count = 0
    for s, v, b, editable, rule, to_v, to_s, newer in every_case(values):
        pair = Pair("Title", "t", editable, rule, to_v, to_s)
        modified, updated = STAMPS[newer]
        found = decide(pair, field, Sides(s, v, b, modified, updated))
        want, kind = expected(
            s, v, b, editable=editable, rule=rule.value, to_v=to_v.value, to_s=to_s.value,
            newer=newer, checkbox=field is CHECKBOX,
        )  # fmt: skip
        case = (s, v, b, editable, rule, to_v, to_s, newer)
        assert ACTS[found.act] == want, case
        assert (found.kind.value if found.kind else None) == kind, case
        if want in (TO_V, BASE):
            assert found.value == s, case
        if want == TO_S:
            assert found.value == v, case
        count += 1
    assert count > 2000


def test_no_value_of_a_pair_that_is_not_editable_ever_goes_to_salesforce():
    for s, v, b, editable, rule, to_v, to_s, newer in every_case(TEXT_VALUES):
        if not editable:
            found = decide(
                Pair("Title", "t", editable, rule, to_v, to_s), TEXT, Sides(s, v, b, *STAMPS[newer])
            )
            assert found.act is not Act.TO_SALESFORCE


def test_while_both_sides_have_the_values_of_a_stay_nothing_is_decided():
    for s, v, b, editable, rule, to_v, to_s, newer in every_case(TEXT_VALUES):
        if s is None or v is None:
            continue
        pair = Pair("Title", "t", editable, rule, to_v, to_s)
        sides = Sides(s, v, b, *STAMPS[newer])
        assert decide(pair, TEXT, sides, stay=(s, v)).act is Act.NOTHING
        moved = decide(pair, TEXT, sides, stay=(s + "x", v))
        assert moved == decide(pair, TEXT, sides), "one side moved: the stay is over"


def test_after_a_pause_only_salesforces_values_go_and_none_becomes_blank():
    for s, v, b, editable, rule, to_v, to_s, newer in every_case(TEXT_VALUES):
        pair = Pair("Title", "t", editable, rule, to_v, to_s)
        sides = Sides(s, v, b, *STAMPS[newer])
        found = decide(pair, TEXT, sides, careful=True)
        assert found.act is not Act.TO_SALESFORCE
        assert not (found.act is Act.TO_VITALLY and found.value == "")
        plain = decide(pair, TEXT, sides)
        if plain.act is Act.TO_SALESFORCE or plain.kind is ConflictKind.BLANK:
            assert found.kind is ConflictKind.NO_BASE
        if plain.act in (Act.AGREE, Act.NOTHING) or (plain.act is Act.TO_VITALLY and s):
            assert found.act is plain.act


def test_carrying_a_decision_out_settles_the_pair():
    for s, v, b, editable, rule, to_v, to_s, newer in every_case(TEXT_VALUES):
        pair = Pair("Title", "t", editable, rule, to_v, to_s)
        found = decide(pair, TEXT, Sides(s, v, b, *STAMPS[newer]))
        if found.act in (Act.TO_VITALLY, Act.TO_SALESFORCE, Act.AGREE):
            after = Sides(found.value, found.value, found.value, *STAMPS[newer])
            assert found.value == (v if found.act is Act.TO_SALESFORCE else s)
            assert decide(pair, TEXT, after).act is Act.NOTHING
