"""A store that needs no look at the mapping is shown at once; any other is decided first."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from sfvtui.config import parse_mapping
from sfvtui.domain.values import to_json
from sfvtui.mirror import mappings, touched
from sfvtui.sync.prepare import prepare
from sfvtui.sync.settled import settled
from tests.sync.lab import PHONE, TITLE, mapping

LOOK = """
import json, sys
from sfvtui.cli.run import run
code = run(["--config", sys.argv[1], *sys.argv[2:], "--json"])
print(json.dumps(sorted(sys.modules)))
"""
SPARED = (
    "sfvtui.domain.bound", "sfvtui.domain.filters", "sfvtui.domain.guards", "sfvtui.mirror.search",
    "sfvtui.sync.prepare", "sfvtui.config.save", "difflib", "getpass", "logging", "msgspec",
    "socket", "ssl", "tempfile", "zoneinfo",
)  # fmt: skip
OF_LISTS = ("sfvtui.domain.fields", "sfvtui.domain.values", "sfvtui.mirror.queries", "decimal")


@pytest.fixture
def looked(lab):
    """A store that was pulled, decided and looked at."""
    lab.pair("p1")
    lab.pull()
    lab.ok("status")
    return lab


def test_a_store_that_was_looked_at_is_settled(looked):
    with looked.context() as ctx:
        assert settled(ctx)


def test_nothing_is_settled_before_the_first_pull(lab):
    lab.ok("status")
    with lab.context() as ctx:
        assert not settled(ctx)


def test_another_mapping_is_looked_at(looked):
    looked.use(mapping(TITLE))
    with looked.context() as ctx:
        assert not settled(ctx)
    looked.ok("status")
    with looked.context() as ctx:
        prepare(ctx)
        assert settled(ctx)
    looked.use(mapping(TITLE, PHONE))
    with looked.context() as ctx:
        assert not settled(ctx)


def test_what_was_touched_is_decided_first(looked):
    with looked.context() as ctx:
        touched.touch_all(ctx.store)
        assert not settled(ctx)
        prepare(ctx)
        assert settled(ctx)


def test_another_describe_is_looked_at(looked):
    with looked.context() as ctx:
        body = json.loads(ctx.store.value("SELECT json FROM describe WHERE object = 'Contact'"))
        mappings.save_describe(ctx.store, "Contact", ctx.now(), body)
        assert not settled(ctx)


@pytest.mark.parametrize(("scope", "lasts"), [("", True), ("Last_QBR__c in last 2 days", False)])
def test_another_day_is_looked_at_where_a_filter_asks_for_it(labs, scope, lasts):
    lab = labs(mapping(TITLE, scope=scope))
    lab.pair("p1")
    lab.pull()
    with lab.context() as ctx:
        prepare(ctx)
        assert settled(ctx)
        later = ctx.clock() + timedelta(days=1)
        ctx.clock = lambda: later
        assert settled(ctx) is lasts


def look(lab, *words):
    """What a command prints in a process of its own, line by line, and what it imported."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(lab.config), *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    *lines, modules = map(json.loads, done.stdout.splitlines())
    return lines, modules


def test_a_look_at_a_settled_store_imports_next_to_nothing(looked):
    [report], modules = look(looked, "status")
    assert report["states"]["linked"] == 1
    assert [name for name in (*SPARED, *OF_LISTS) if name in modules] == []


@pytest.mark.parametrize("words", ["plan", "review list --flag disagrees --limit 50", "outbox"])
def test_a_list_of_a_settled_store_binds_no_mapping(looked, words):
    _, modules = look(looked, *words.split())
    assert "sfvtui.mirror.queries" in modules
    assert [name for name in SPARED if name in modules] == []


LISTED = (
    TITLE + 'values = { "Boss" = "B" }\n',
    PHONE,
    'field = "Score__c"\n',
    'field = "Account.Name"\ntrait = "company"\n',
)


def test_what_is_kept_for_lists_is_what_the_bound_mapping_shows(labs):
    lab = labs(mapping(*LISTED, scope="Region__c is not blank"))
    lab.pair("p1", Title="Boss")
    lab.pull()
    lab.ok("status")
    with lab.context() as ctx:
        kept, bound = mappings.listing(ctx.store), mappings.current(ctx.store)
        assert kept.as_json() == bound.listing().as_json()
        for pair in bound.pairs:
            for value in ("", "Boss", "12.50", "true"):
                assert kept.pair(pair.name).shown_in_vitally(value) == pair.shown_in_vitally(value)
                assert to_json(kept.pair(pair.name).field, value) == to_json(pair.field, value)


def test_what_is_kept_for_lists_goes_with_the_describe_it_was_made_of(looked):
    with looked.context() as ctx:
        body = json.loads(ctx.store.value("SELECT json FROM describe WHERE object = 'Contact'"))
        phone = next(field for field in body["fields"] if field["name"] == "Phone")
        phone["type"] = "string"
        mappings.save_describe(ctx.store, "Contact", ctx.now(), body)
        bound = mappings.current(ctx.store)
        assert mappings.listing(ctx.store).as_json() == bound.listing().as_json()


def test_the_kept_mapping_is_the_configs(looked):
    with looked.context() as ctx:
        found = mappings.settled(ctx.store)
        assert parse_mapping(found.toml) == ctx.mapping and not found.daily
