"""A store that needs no look at the mapping is shown at once; any other is decided first."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta

import pytest

from sfvtui.config import parse_mapping
from sfvtui.mirror import mappings, touched
from sfvtui.sync.prepare import prepare
from sfvtui.sync.settled import settled
from tests.sync.lab import PHONE, TITLE, mapping

LOOK = """
import json, sys
from sfvtui.cli.run import run
code = run(["--config", sys.argv[1], "status", "--json"])
print(json.dumps(sorted(sys.modules)))
"""
SPARED = (
    "sfvtui.domain.bound", "sfvtui.domain.fields", "sfvtui.domain.filters", "sfvtui.mirror.queries",
    "sfvtui.sync.prepare", "sfvtui.config.save", "decimal", "difflib", "logging", "msgspec",
    "socket", "ssl", "tempfile", "zoneinfo",
)  # fmt: skip


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


def test_a_look_at_a_settled_store_imports_next_to_nothing(looked):
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(looked.config)], capture_output=True, text=True, check=True
    )
    report, modules = map(json.loads, done.stdout.splitlines())
    assert report["states"]["linked"] == 1
    assert [name for name in SPARED if name in modules] == []


def test_the_kept_mapping_is_the_configs(looked):
    with looked.context() as ctx:
        found = mappings.settled(ctx.store)
        assert parse_mapping(found.toml) == ctx.mapping and not found.daily
