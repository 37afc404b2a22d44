"""Canonical values: whatever is sent reads back as itself, and all writings of a value are one."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from decimal import ROUND_HALF_UP, Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sfvtui.domain.bound import BoundPair
from sfvtui.domain.fields import Field, FieldType
from sfvtui.domain.mapping import Pair
from sfvtui.domain.preflight import preflight
from sfvtui.domain.values import (
    canonical,
    column_reader,
    members,
    parse_typed,
    same,
    to_salesforce,
    to_vitally,
    typed,
)

ASCII_BLANKS = " \t\n\r\x0b\x0c"
blanks = st.text(ASCII_BLANKS, max_size=3)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def field(kind: FieldType, **more) -> Field:
    return Field(name="F__c", label="", type=kind, nillable=True, **more)


TYPES = [
    field(FieldType.STRING, length=255), field(FieldType.TEXTAREA, length=32768),
    field(FieldType.EMAIL, length=80), field(FieldType.PICKLIST, length=255),
    field(FieldType.BOOLEAN), field(FieldType.INT, digits=9),
    field(FieldType.DOUBLE, precision=18), field(FieldType.CURRENCY, precision=18, scale=2),
    field(FieldType.PERCENT, precision=18, scale=5), field(FieldType.DATE), field(FieldType.DATETIME),
    field(FieldType.TIME), field(FieldType.MULTIPICKLIST, length=4099), field(FieldType.REFERENCE),
    field(FieldType.ID), field(FieldType.RICH_TEXT, length=32768),
]  # fmt: skip
ids = pytest.mark.parametrize("kind", TYPES, ids=lambda f: f.type.value)

instants = st.datetimes(
    dt.datetime.fromisoformat("1700-01-01T00:00:00"),
    dt.datetime.fromisoformat("3999-12-31T00:00:00"),
    timezones=st.just(dt.UTC),
)
numbers = st.decimals(-(10**17), 10**17, allow_nan=False, allow_infinity=False, places=5)
anything = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**18), 10**18), st.floats(allow_nan=False, allow_infinity=False),
    numbers, texts, st.lists(texts, max_size=4), instants.map(lambda i: i.isoformat()),
    instants.map(lambda i: i.strftime("%Y-%m-%dT%H:%M:%S.000+0000")), st.dates().map(str),
    st.sampled_from(["true", "FALSE", "10:00", "10:00:00.000Z", "003xx000004TmiQ", "003xx000004TmiQAAS",
                     "a;b;;a", "1e5", "-0", "00012.50", "1.39E8", ".5", "5.", "{}", "[1]"]),
)  # fmt: skip


EXACT = msgspec.json.Encoder(decimal_format="number")


def over_json(value):
    """A value as it comes back from a service: exactly, through JSON text."""
    return json.loads(EXACT.encode(value), parse_float=Decimal)


@ids
@given(raw=anything)
@settings(max_examples=120)
def test_what_is_sent_to_either_side_reads_back_as_itself(kind, raw):
    value = canonical(kind, raw)
    assert canonical(kind, value) == value, "a canonical value is its own canonical form"
    for send in (to_salesforce, to_vitally):
        if send is to_salesforce and preflight(kind, value) is not None:
            continue  # never sent
        back = canonical(kind, over_json(send(kind, value)))
        assert same(kind, back, value), (send.__name__, value, back)
        if kind.type is not FieldType.RICH_TEXT:
            assert back == value


@ids
@given(raw=anything)
@settings(max_examples=60)
def test_what_people_are_shown_can_be_typed_again(kind, raw):
    value = canonical(kind, raw)
    if kind.type is FieldType.RICH_TEXT or preflight(kind, value) is not None or not value:
        return
    if kind.type is FieldType.MULTIPICKLIST and any(";" in m for m in members(value)):
        return
    assert parse_typed(kind, typed(kind, value)) == value


@ids
@given(raws=st.lists(anything, max_size=8), words=st.lists(texts | st.none(), max_size=8))
@settings(max_examples=60)
def test_a_column_is_read_as_its_values_are(kind, raws, words):
    for column in (raws, words * 2):
        assert column_reader(kind)(column) == [canonical(kind, raw) for raw in column]


@given(
    whole=st.integers(0, 10**12), places=st.text("0123456789", max_size=6),
    scale=st.integers(0, 6), point=st.booleans(), written=st.sampled_from(["{}", "0{}", "-{}", "{}e0"]),
)  # fmt: skip
def test_a_number_as_services_write_it_is_read_as_any_other(whole, places, scale, point, written):
    text = written.format(f"{whole}.{places}" if places or point else str(whole))
    exact = Decimal(text).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    wanted = format(exact or abs(exact), "f")
    kind = field(FieldType.DOUBLE, scale=scale)
    assert canonical(kind, text) == canonical(kind, Decimal(text)) == wanted


@given(number=st.sampled_from(["1e500", "-1e999", "1" * 500, "1e-999"]))
def test_a_number_that_no_field_could_hold_is_read_all_the_same(number):
    assert canonical(field(FieldType.DOUBLE, scale=2), number) in (number, "0.00")


@ids
@given(blank=blanks)
@settings(max_examples=10)
def test_null_missing_and_blanks_are_one_value(kind, blank):
    if kind.type is FieldType.RICH_TEXT:
        blank = ""
    assert canonical(kind, blank) == canonical(kind, None) == ""
    assert to_salesforce(kind, "") is None and to_vitally(kind, "") is None


@given(text=texts, before=blanks, after=blanks)
def test_surrounding_ascii_blanks_are_no_difference_and_no_other_character_is_lost(
    text, before, after
):
    kind = TYPES[0]
    value = canonical(kind, before + text + after)
    assert value == canonical(kind, text)
    assert value.replace("\n", "") == "".join(
        text.strip(ASCII_BLANKS).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    )


@given(text=texts, form=st.sampled_from(["NFC", "NFD"]))
def test_normal_form_is_no_difference_and_is_sent_as_it_came(text, form):
    kind = TYPES[0]
    other = unicodedata.normalize(form, text)
    assert same(kind, canonical(kind, other), canonical(kind, unicodedata.normalize("NFC", text)))
    assert to_vitally(kind, canonical(kind, other)) in (canonical(kind, other), None)


@given(number=st.integers(-(10**17), 10**17), scale=st.integers(0, 4))
def test_all_writings_of_a_number_are_one_value(number, scale):
    kind = field(FieldType.DOUBLE, precision=18, scale=scale)
    value = canonical(kind, number)
    for writing in (str(number), f"{number}.0", f"{number}.000", Decimal(number), f" {number} "):
        assert canonical(kind, writing) == value
    exact = to_vitally(kind, value)
    assert isinstance(exact, str) is (len(str(abs(number)).rstrip("0")) > 15)


@given(
    thousandths=st.integers(-(10**9), 10**9),
)
def test_numbers_are_rounded_half_up_at_the_scale(thousandths):
    kind = field(FieldType.DOUBLE, precision=18, scale=2)
    value = canonical(kind, Decimal(thousandths) / 1000)
    away = (abs(thousandths) + 5) // 10
    assert Decimal(value) * 100 == (away if thousandths >= 0 else -away)


@given(moment=instants, hours=st.integers(-12, 14))
def test_all_writings_of_an_instant_are_one_value(moment, hours):
    kind = field(FieldType.DATETIME)
    whole = moment.replace(microsecond=0)
    value = canonical(kind, whole.isoformat())
    zone = dt.timezone(dt.timedelta(hours=hours))
    for writing in (
        whole.strftime("%Y-%m-%dT%H:%M:%S.000+0000"), whole.strftime("%Y-%m-%dT%H:%M:%SZ"),
        whole.strftime("%Y-%m-%dT%H:%M:%S.999Z"), whole.astimezone(zone).isoformat(),
    ):  # fmt: skip
        assert canonical(kind, writing) == value
    milliseconds = int(whole.timestamp()) * 1000
    if len(str(abs(milliseconds))) >= 11:
        assert canonical(kind, milliseconds) == canonical(kind, str(milliseconds)) == value


@given(chosen=st.sets(st.text("abc é", min_size=1, max_size=3).filter(str.strip), max_size=4))
def test_multi_selects_are_sets(chosen):
    kind = field(FieldType.MULTIPICKLIST, length=4099)
    some = sorted(chosen)
    value = canonical(kind, ";".join(some))
    assert canonical(kind, some[::-1]) == value == canonical(kind, some + some)


@given(day=st.dates(dt.date(1700, 1, 1), dt.date(3999, 12, 31)))
def test_a_day_is_never_an_instant(day):
    kind = field(FieldType.DATE)
    assert canonical(kind, day.isoformat()) == day.isoformat()
    assert (
        to_vitally(kind, day.isoformat()) == to_salesforce(kind, day.isoformat()) == day.isoformat()
    )
    assert preflight(kind, canonical(kind, f"{day}T10:00:00Z")) is not None


@given(
    table=st.dictionaries(st.sampled_from("abcd"), st.sampled_from("wxyz"), max_size=4).filter(
        lambda t: len(set(t.values())) == len(t)
    ),
    value=st.sampled_from("abcdefwxyz"),
)
def test_a_value_table_is_one_to_one_both_ways_or_says_that_it_is_not(table, value):
    pair = BoundPair(Pair("F__c", "t", values=table), TYPES[0])
    if pair.vitally_problem(value) is None:
        assert pair.from_vitally(pair.to_vitally(value)) == value
        assert pair.to_vitally(value) == table.get(value, value)
    else:
        assert value not in table and value in table.values()
