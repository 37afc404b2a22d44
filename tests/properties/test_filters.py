from __future__ import annotations

import datetime as dt
import sqlite3
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from sfvtui.domain.fields import SObject, parse_describe
from sfvtui.domain.filters import (
    Filter,
    Not,
    fields,
    parse,
    to_text,
)
from sfvtui.domain.filters.predicate import passes, predicate
from sfvtui.domain.filters.soql import to_soql
from sfvtui.domain.filters.sql import to_sql
from sfvtui.domain.text import fold
from sfvtui.domain.values import canonical
from sfvtui.errors import FilterError
from sfvtui.sandbox.salesforce import catalog
from sfvtui.sandbox.salesforce.org import Org
from sfvtui.sandbox.salesforce.soql import run
from sfvtui.sandbox.salesforce.switches import Switches
from tests.properties import filter_worlds as worlds
from tests.properties.filter_worlds import Case, Column

Row = dict[str, str | None]

cases = worlds.cases(worlds.OBJ, worlds.NAMES)


def often(examples: int) -> settings:
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def mirrored(obj: SObject, rows: list[dict[str, object]]) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        mirror: Row = {}
        for name, value in row.items():
            field = obj.field(name)
            assert field is not None
            if not isinstance(value, str | bool | int) and value is not None:
                value = str(value)  # noqa: PLW2901
            mirror[name] = canonical(field, value)
        found.append(mirror)
    return found


@given(cases)
@often(300)
def test_the_text_of_a_filter_parses_to_the_same_filter(case: Case):
    text = to_text(case.tree)
    note(text)
    assert parse(text, worlds.OBJ) == case.tree
    assert parse(text) == case.tree


@pytest.mark.parametrize("name", worlds.NAMES)
def test_a_condition_means_what_its_text_says_in_the_mirror_too(name):
    @given(worlds.columns(worlds.OBJ, name))
    @often(60)
    def holds(column: Column):
        rows = mirrored(worlds.OBJ, column.rows)
        odd: list[Row] = [{name: value} for value in (None, "", *worlds.STRANGERS)]
        with Mirror(rows + odd) as mirror:
            for condition in column.conditions:
                note(to_text(condition))
                decide = predicate(condition, worlds.OBJ, column.zone, column.now)
                for row in rows:
                    plain = worlds.plainly(condition, worlds.OBJ, row, column.zone, column.now)
                    assert decide(row) is plain, row
                selected = decided(mirror, condition, column.zone, column.now)
                assert selected == [decide(row) for row in rows + odd]

    holds()


@given(cases)
@often(300)
def test_a_filter_means_what_its_text_says(case: Case):
    note(str(case))
    for row in mirrored(worlds.OBJ, case.rows):
        found = passes(case.tree, worlds.OBJ, row, case.zone, case.now)
        assert found is worlds.plainly(case.tree, worlds.OBJ, row, case.zone, case.now), row


@given(cases, st.data())
@often(300)
def test_the_mirror_selects_the_rows_that_pass_and_leaves_the_unread_undecided(
    case: Case, data: st.DataObject
):
    note(str(case))
    rows = mirrored(worlds.OBJ, case.rows)
    for row in rows:
        for name in row:
            if data.draw(st.integers(0, 3)) == 0:
                row[name] = None
    with Mirror(rows) as mirror:
        selected = decided(mirror, case.tree, case.zone, case.now)
    assert selected == [passes(case.tree, worlds.OBJ, row, case.zone, case.now) for row in rows]


@given(cases, st.data())
@often(300)
def test_a_row_is_undecided_only_where_an_unread_value_could_decide_it(
    case: Case, data: st.DataObject
):
    note(str(case))
    for row in mirrored(worlds.OBJ, case.rows):
        unread = data.draw(st.sets(st.sampled_from(sorted(row))))
        known = passes(case.tree, worlds.OBJ, row, case.zone, case.now)
        less = {name: None if name in unread else value for name, value in row.items()}
        found = passes(case.tree, worlds.OBJ, less, case.zone, case.now)
        assert known is not None
        assert found in (known, None)
        if found is None:
            assert unread.intersection(fields(case.tree))


SCRAPS = [
    *("Title", "Spend", "Seen", "Tags", "not", "and", "or", "(", ")", ",", "is", "one", "of"),
    *("blank", "contains", '"a"', '"', "\\", "5", "2026-01-31", "in", "last", "days", "between"),
    *("true", "=", "<", "includes", "any", "."),
]


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(SCRAPS)).map(" ".join)))
@often(600)
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


class Mirror:
    """The rows in a table such as the mirror's."""

    def __init__(self, rows: list[Row]) -> None:
        self.connection = sqlite3.connect(":memory:")
        self.connection.create_function("fold", 1, fold, deterministic=True)
        columns = ", ".join(f'"{name}" TEXT' for name in worlds.NAMES)
        self.connection.execute(f"CREATE TABLE record ({columns}) STRICT")
        marks = ", ".join("?" * len(worlds.NAMES))
        self.connection.executemany(
            f"INSERT INTO record VALUES ({marks})",
            [[row.get(name) for name in worlds.NAMES] for row in rows],
        )

    def __enter__(self) -> sqlite3.Connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()


def decided(
    mirror: sqlite3.Connection, tree: Filter, zone: ZoneInfo, now: dt.datetime
) -> list[bool | None]:
    """What the mirror says of each row, in their order."""
    expression, parameters = to_sql(tree, worlds.OBJ, zone, now)
    found = mirror.execute(f"SELECT {expression} FROM record ORDER BY rowid", parameters)
    return [None if value is None else bool(value) for (value,) in found]


# --- Salesforce

SALESFORCE_NAMES = (
    "Title",
    "Notes__c",
    "Badge_Code__c",
    "Greeting__c",
    "Biography__c",
    "Role__c",
    "Region__c",
    "Channel__c",
    "Tags__c",
    "Interests__c",
    "Opted_In__c",
    "Logins__c",
    "Ledger_No__c",
    "Spend__c",
    "Last_QBR__c",
    "Last_Seen__c",
    "Standup__c",
    "AccountId",
    "Account.Name",
    "Account.Tier__c",
    "Account.AnnualRevenue",
    "Account.IsDeleted",
)

switches = st.builds(
    Switches,
    null_logic=st.sampled_from(("two-valued", "three-valued")),
    folding=st.sampled_from(("casefold", "lower", "ascii")),
    accents_matter=st.booleans(),
    empty_text_is_null=st.booleans(),
    line_ends=st.sampled_from(("kept", "crlf")),
    round_to_scale=st.booleans(),
)


@lru_cache
def contact() -> SObject:
    bodies = {body["name"]: body for body in catalog.objects()}
    return parse_describe(bodies["Contact"], [parse_describe(bodies["Account"])])


@lru_cache
def org() -> Org:
    found = Org()
    # A formula may give blanks at its ends, which no stored text has.
    found.formulas["Contact", "Greeting__c"] = lambda _, row: (
        f" Dear {row.get('FirstName') or ''}" if row.get("LastName") else " "
    )
    return found


class World:
    """Rows in an org, and as the mirror has them when a query read them."""

    def __init__(self, rows: list[dict[str, object]], how: Switches) -> None:
        self.org = org()
        self.org.switches = how
        self.org.rows["Contact"], self.org.rows["Account"] = {}, {}
        self.names = tuple(rows[0])
        for row in rows:
            own = {name: value for name, value in row.items() if "." not in name}
            if "Greeting__c" in own:  # "Dear " and the first name
                own["FirstName"] = own.pop("Greeting__c")
                own["LastName"] = None if own["FirstName"] == "none" else "Doe"
            parent = {
                name.partition(".")[2]: value
                for name, value in row.items()
                if "." in name and value is not None
            }
            if parent and not own.get("AccountId"):
                own["AccountId"] = self.org.create("Account", parent)
            self.org.create("Contact", own)

    def rows(self, where: str | None) -> dict[str, Row]:
        """The mirrored rows of a query, by Id."""
        statement = f"SELECT Id, {', '.join(self.names)} FROM Contact"
        result = run(self.org, statement + (f" WHERE {where}" if where else ""))
        found = {}
        for row in result.rows:
            mirror: Row = {}
            for path in result.paths:
                field = contact().field(path.name)
                assert field is not None
                mirror[path.name] = canonical(field, path.read(row))
            found[row["Id"]] = mirror
        return found


def assert_nothing_is_stopped(world: World, tree: Filter, zone: ZoneInfo, now: dt.datetime) -> None:
    sieve = to_soql(tree, contact(), zone, now)
    note(f"{to_text(tree)}\n{sieve.where}")
    everything = world.rows(None)
    run = predicate(tree, contact(), zone, now)
    passing = {record for record, row in everything.items() if run(row)}
    through = world.rows(sieve.where).keys()
    assert passing <= through, [everything[record] for record in passing - through]


@pytest.mark.parametrize("name", SALESFORCE_NAMES)
def test_the_sieve_of_a_field_stops_no_row_that_passes_however_salesforce_compares(name):
    @given(worlds.columns(contact(), name), switches)
    @often(80)
    def holds(column: Column, how: Switches):
        world = World(column.rows, how)
        for condition in column.conditions:
            assert_nothing_is_stopped(world, condition, column.zone, column.now)
            assert_nothing_is_stopped(world, Not(condition), column.zone, column.now)

    holds()


@given(worlds.cases(contact(), SALESFORCE_NAMES, most=4), switches)
@often(250)
def test_the_sieve_of_a_filter_stops_no_row_that_passes(case: Case, how: Switches):
    assert_nothing_is_stopped(World(case.rows, how), case.tree, case.zone, case.now)
