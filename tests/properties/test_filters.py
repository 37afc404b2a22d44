from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from typing import Any as AnyValue
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from sfvtui.domain.fields import Field, SObject, parse_describe
from sfvtui.domain.filters import (
    Condition,
    Filter,
    Not,
    fields,
    parse,
    passes,
    to_soql,
    to_sql,
    to_text,
)
from sfvtui.domain.text import fold
from sfvtui.domain.values import canonical
from sfvtui.errors import FilterError
from sfvtui.sandbox.salesforce import catalog
from sfvtui.sandbox.salesforce.org import Org
from sfvtui.sandbox.salesforce.soql import run
from sfvtui.sandbox.salesforce.switches import Switches
from tests.properties import filter_worlds as worlds

often = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(worlds.trees)
@often
def test_the_text_of_a_filter_parses_to_the_same_filter(tree: Filter):
    text = to_text(tree)
    note(text)
    assert parse(text, worlds.OBJ) == tree
    assert parse(text) == tree


@given(worlds.trees, worlds.rows, worlds.zones, worlds.nows)
@often
def test_a_filter_means_what_its_text_says(
    tree: Filter, row: dict[str, str], zone: ZoneInfo, now: dt.datetime
):
    note(to_text(tree))
    assert passes(tree, worlds.OBJ, row, zone, now) is worlds.plainly(
        tree, worlds.OBJ, row, zone, now
    )


@given(worlds.trees, st.lists(worlds.ragged, min_size=1, max_size=6), worlds.zones, worlds.nows)
@often
def test_the_mirror_selects_the_rows_that_pass_and_leaves_the_unread_undecided(
    tree: Filter, rows: list[dict[str, str | None]], zone: ZoneInfo, now: dt.datetime
):
    note(to_text(tree))
    expression, parameters = to_sql(tree, worlds.OBJ, zone, now)
    note(expression)
    with _mirror(rows) as mirror:
        found = mirror.execute(f"SELECT {expression} FROM record ORDER BY rowid", parameters)
        selected = [None if value is None else bool(value) for (value,) in found]
    assert selected == [passes(tree, worlds.OBJ, row, zone, now) for row in rows]


@given(worlds.trees, worlds.ragged, worlds.rows, worlds.zones, worlds.nows)
@often
def test_a_row_is_undecided_only_where_an_unread_value_could_decide_it(
    tree: Filter,
    row: dict[str, str | None],
    other: dict[str, str],
    zone: ZoneInfo,
    now: dt.datetime,
):
    known = {name: other[name] if value is None else value for name, value in row.items()}
    found = passes(tree, worlds.OBJ, row, zone, now)
    if found is not None:
        assert passes(tree, worlds.OBJ, known, zone, now) is found
    else:
        assert any(row[name] is None for name in fields(tree))


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from([
    "Title", "Spend", "Seen", "Tags", "not", "and", "or", "(", ")", ",", "is", "one", "of", "blank",
    "contains", '"a"', '"', "\\", "5", "2026-01-31", "in", "last", "days", "between", "true", "=",
]), max_size=12).map(" ".join)))  # fmt: skip
@settings(max_examples=600, deadline=None)
def test_any_text_is_a_filter_or_an_error_with_a_column(text: str):
    for obj in (None, worlds.OBJ):
        try:
            tree = parse(text, obj)
        except FilterError as error:
            problem = error
        else:
            assert parse(to_text(tree), obj) == tree
            continue
        assert 1 <= problem.column <= len(text) + 1
        assert f"column {problem.column}:" in problem.message


class _mirror:  # noqa: N801 -- reads as the thing it is
    def __init__(self, rows: list[dict[str, str | None]]) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.create_function("fold", 1, fold, deterministic=True)
        columns = ", ".join(f'"{name}" TEXT' for name in worlds.NAMES)
        self.connection.execute(f"CREATE TABLE record ({columns}) STRICT")
        marks = ", ".join("?" * len(worlds.NAMES))
        self.connection.executemany(
            f"INSERT INTO record VALUES ({marks})",
            [[row[name] for name in worlds.NAMES] for row in rows],
        )

    def __enter__(self) -> sqlite3.Connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()


# --- Salesforce

SALESFORCE_NAMES = (
    "Title",
    "Nickname__c",
    "Notes__c",
    "Badge_Code__c",
    "Greeting__c",
    "Biography__c",
    "Signature__c",
    "Work_Email__c",
    "Role__c",
    "Region__c",
    "Channel__c",
    "Tags__c",
    "Interests__c",
    "Opted_In__c",
    "Logins__c",
    "Score__c",
    "Ledger_No__c",
    "Spend__c",
    "Discount__c",
    "Last_QBR__c",
    "Last_Seen__c",
    "Standup__c",
    "AccountId",
    "Account.Name",
    "Account.Tier__c",
    "Account.AnnualRevenue",
    "Account.IsDeleted",
)


@lru_cache
def _contact() -> SObject:
    bodies = {body["name"]: body for body in catalog.objects()}
    return parse_describe(bodies["Contact"], [parse_describe(bodies["Account"])])


def _fields() -> Iterator[Field]:
    for name in SALESFORCE_NAMES:
        field = _contact().field(name)
        assert field is not None, name
        yield field


picks = st.sampled_from(
    ("Decision Maker", "decision maker", "END USER", "EMEA", "emea", "APAC", "Call", "champion",
     "Champion", "API", "Reporting", "a;b", "Gold", "Legacy", "Emea\u0301")
)  # fmt: skip


def _stored() -> st.SearchStrategy[dict[str, AnyValue]]:
    """What a row of Salesforce may hold, by field."""
    text = st.one_of(worlds.alike(), worlds.words.filter(lambda t: "\0" not in t), picks)
    by_type: dict[str, st.SearchStrategy[AnyValue]] = {
        "multipicklist": st.lists(picks, max_size=3).map(";".join),
        "boolean": st.booleans(),
        "int": st.integers(-20, 20),
        "date": worlds.days.filter(lambda d: 1700 <= d.year <= 4000),
        "datetime": worlds.instants.filter(lambda d: 1700 <= d.year <= 4000),
        "time": worlds.clocks.map(lambda t: (t.rstrip("Z") + ":00")[:8] + "Z"),
    }
    number = worlds.numbers.filter(lambda n: abs(n) < 10**19)
    found = {}
    for field in _fields():
        if "." in field.name or field.calculated or field.name == "AccountId":
            continue
        kind = str(field.type)
        values = by_type.get(kind, number if field.scale or kind in NUMERIC else text)
        found[field.name] = values if kind == "boolean" else st.one_of(values, st.none())
    found["FirstName"] = st.one_of(text, st.none())
    return st.fixed_dictionaries({**found, "parent": st.integers(0, 2)})


NUMERIC = ("double", "currency", "percent")

settings_of_salesforce = st.builds(
    Switches,
    null_logic=st.sampled_from(("two-valued", "three-valued")),
    folding=st.sampled_from(("casefold", "lower", "ascii")),
    accents_matter=st.booleans(),
    empty_text_is_null=st.booleans(),
    line_ends=st.sampled_from(("kept", "crlf")),
    round_to_scale=st.booleans(),
)


@lru_cache
def _org() -> Org:
    return Org()


class World:
    """Contacts of three accounts (or none) in an org, and the same rows as the mirror has them."""

    def __init__(self, rows: list[dict[str, AnyValue]], switches: Switches) -> None:
        self.org = _org()
        self.org.switches = switches
        self.org.rows["Contact"], self.org.rows["Account"] = {}, {}
        held: list[dict[str, AnyValue]] = [
            {"id": "001A0000000000BEAA", "Name": "Sa\u00dfe", "Tier__c": "Gold"},
            {"Name": "a\u0301", "Tier__c": "x", "AnnualRevenue": "12.345"},
        ]
        accounts: list[str | None] = [
            self.org.create("Account", values, id=values.pop("id", None)) for values in held
        ]
        accounts.append(None)
        for row in rows:
            values = {name: value for name, value in row.items() if name != "parent"}
            self.org.create("Contact", {**values, "AccountId": accounts[row["parent"]]})

    def rows(self, where: str | None) -> dict[str, dict[str, str | None]]:
        """The mirrored rows of a query, by Id."""
        statement = f"SELECT Id, {', '.join(SALESFORCE_NAMES)} FROM Contact"
        result = run(self.org, statement + (f" WHERE {where}" if where else ""))
        found = {}
        for row in result.rows:
            mirrored: dict[str, str | None] = {}
            for path in result.paths:
                field = _contact().field(path.name)
                assert field is not None
                mirrored[path.name] = canonical(field, path.read(row))
            found[row["Id"]] = mirrored
        return found


salesforce_trees = worlds.filters(_contact(), SALESFORCE_NAMES)


@given(
    salesforce_trees,
    st.lists(_stored(), min_size=1, max_size=4),
    settings_of_salesforce,
    worlds.zones,
    worlds.nows,
)
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_sieve_stops_no_row_that_passes_however_salesforce_compares(
    tree: Filter,
    rows: list[dict[str, AnyValue]],
    switches: Switches,
    zone: ZoneInfo,
    now: dt.datetime,
):
    contact = _contact()
    sieve = to_soql(tree, contact, zone, now)
    note(f"{to_text(tree)}\n{sieve.where}")
    world = World(rows, switches)
    everything = world.rows(None)
    passing = {i for i, row in everything.items() if passes(tree, contact, row, zone, now)}
    assert passing <= world.rows(sieve.where).keys()


@given(
    worlds.conditions(_contact(), SALESFORCE_NAMES),
    st.booleans(),
    st.lists(_stored(), min_size=1, max_size=4),
    settings_of_salesforce,
    worlds.zones,
    worlds.nows,
)
@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_sieve_of_one_condition_stops_no_row_that_passes(
    condition: Condition,
    negated: bool,
    rows: list[dict[str, AnyValue]],
    switches: Switches,
    zone: ZoneInfo,
    now: dt.datetime,
):
    tree = Not(condition) if negated else condition
    contact = _contact()
    sieve = to_soql(tree, contact, zone, now)
    note(f"{to_text(tree)}\n{sieve.where}")
    world = World(rows, switches)
    everything = world.rows(None)
    passing = {i for i, row in everything.items() if passes(tree, contact, row, zone, now)}
    assert passing <= world.rows(sieve.where).keys()
