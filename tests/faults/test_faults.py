"""Fault matrix: every kind of call × every kind of fault; nothing is lost, nothing happens twice.

A whole round (sync) runs while one request of a kind meets a fault; then, the fault gone, rounds
run until one sends nothing. Both worlds must end as they do without a fault, and each write must
have taken effect once. Waiting is virtual. Plain pytest runs the writes and a few reads; `-m whole`
runs all cells.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from sfvtui.errors import SfvtuiError
from sfvtui.sandbox.faults import (
    Action,
    Answer,
    Drip,
    DropReply,
    Reset,
    Truncate,
    expired_session,
    html,
    too_many,
    wrong_json,
)
from sfvtui.sync.rounds import sync
from tests.faults.place import Place, a_place, some, with_work, yes

CALLS = {
    "login": ("salesforce", "POST", "oauth2/token"),
    "versions": ("salesforce", "GET", "/services/data$"),
    "organization": ("salesforce", "GET", "Organization"),
    "userinfo": ("salesforce", "GET", "userinfo"),
    "describe": ("salesforce", "GET", "describe"),
    "newest stamp": ("salesforce", "GET", r"queryAll.*LIMIT\+1"),
    "first page": ("salesforce", "GET", r"queryAll/?\?q=.*WHERE"),
    "next page": ("salesforce", "GET", r"queryAll/01g"),
    "read before the write": ("salesforce", "POST", "composite/sobjects/Contact"),
    "proof of the guard": ("salesforce", "POST", "composite$"),
    "guarded writes": ("salesforce", "POST", "composite$", 2),
    "read back": ("salesforce", "POST", "composite/sobjects/Contact", 2),
    "known account": ("vitally", "GET", "accounts/"),
    "accounts": ("vitally", "GET", r"accounts\?"),
    "users": ("vitally", "GET", r"users\?"),
    "user": ("vitally", "GET", "users/[0-9a-f]{8}-"),
    "update": ("vitally", "PUT", "users/"),
    "search": ("vitally", "GET", "search"),
    "create": ("vitally", "POST", "users$"),
}

FAULTS: dict[str, Action] = {
    "reply lost after the effect": DropReply(),
    "reset before the effect": Reset(),
    "500": Answer(500, '[{"errorCode":"UNKNOWN_EXCEPTION","message":"An unexpected error"}]'),
    "500 after the effect": Answer(500, "[]", after_effect=True),
    "502 in HTML": html(502),
    "503 in HTML": html(503),
    "429 with a hint": too_many(2),
    "429 without a hint": too_many(),
    "cut body": Truncate(20),
    "slow drip": Drip(0.01, 200),
    "expired session": expired_session(),
    "other JSON after the effect": wrong_json(),
}

WRITES = ("guarded writes", "update", "create")


@functools.cache
def unfaulted() -> tuple[dict[str, Any], Counter[str], list[str]]:
    """Both worlds, the writes and the history where nothing goes wrong."""
    with TemporaryDirectory() as folder, a_place(Path(folder)) as place:
        with_work(place)
        assert _rounds(place) <= 2
        return place.worlds(), place.writes(), place.history()


def _rounds(place: Place) -> int:
    """Rounds until one sends nothing: at most three are needed."""
    for number in range(1, 4):
        place.world.clock.advance(20)
        with place.context() as ctx:
            report = sync(ctx, confirm=yes).push
        assert report.failure is None, report.failure
        if not report.sent:
            return number
    raise AssertionError(f"it never ends: {report}")


def _cell(call: str, fault: str, place: Place) -> None:
    side, method, path, *nth = CALLS[call]
    place.world.org.page_size = 1
    with_work(place)
    rule = place.faults(side).add(FAULTS[fault], method=method, path=path, nth=(nth or [1])[0])
    with place.context() as ctx, contextlib.suppress(SfvtuiError):
        sync(ctx, confirm=yes)
    assert rule.fired == 1, "no such call was made"
    assert set(place.states()) <= {"queued", "unknown", "landed", "parked"}
    place.clear()
    _rounds(place)
    worlds, writes, history = unfaulted()
    assert place.writes() == writes
    assert place.worlds() == worlds
    assert place.history() == history
    assert set(place.states()) == {"landed"}


@pytest.mark.parametrize(
    "fault",
    some(
        FAULTS,
        "reply lost after the effect",
        "reset before the effect",
        "other JSON after the effect",
    ),
)
@pytest.mark.parametrize("call", WRITES)
def test_a_write_that_meets_a_fault_takes_effect_once(call, fault, place):
    _cell(call, fault, place)


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("login", "503 in HTML"),
        ("read back", "reply lost after the effect"),
        ("next page", "expired session"),
        ("users", "other JSON after the effect"),
        ("search", "cut body"),
    ],
)
def test_a_read_that_meets_a_fault_loses_nothing(call, fault, place):
    _cell(call, fault, place)


@pytest.mark.whole
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", [call for call in CALLS if call not in WRITES])
def test_any_call_that_meets_a_fault_loses_nothing(call, fault, place):
    _cell(call, fault, place)
