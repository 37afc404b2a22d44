"""Soak: rounds in virtual time, with people at work on both sides and one request in twenty failing.

At the end store and both worlds agree, and each write that a service took is in the history, with
what it replaced. Plain pytest runs a few minutes' worth; `-m whole` some hours'.
"""

from __future__ import annotations

import contextlib
import random
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest

from sfvtui.errors import Refused, SfvtuiError
from sfvtui.sandbox.faults import (
    Action,
    Answer,
    DropReply,
    Reset,
    Truncate,
    expired_session,
    html,
    too_many,
    wrong_json,
)
from sfvtui.sync.edit import edit
from sfvtui.sync.resolve import resolve
from sfvtui.sync.review import approve
from sfvtui.sync.rounds import sync
from tests.faults.place import Place, a_place, in_step, small_world, yes
from tests.faults.test_others import accounted, accounted_in_vitally

LINKED = [f"p{number}" for number in range(12)]
ALONE = [f"q{number}" for number in range(4)]
FIELDS = ("Title", "Phone", "NPS__c")


def fault(chance: random.Random, side: str) -> Action:
    """A fault of a service."""
    found: list[Action] = [
        Reset(), DropReply(), Answer(500, "{}"), Answer(500, "{}", after_effect=True), html(502),
        html(503), too_many(1), too_many(), Truncate(10), wrong_json(),
    ]  # fmt: skip
    if side == "salesforce":
        found.append(expired_session())
    return chance.choice(found)


class Soak:
    """One world in which much happens."""

    def __init__(self, place: Place, seed: int) -> None:
        self.place = place
        self.chance = random.Random(seed)
        self.number = 0

    def value(self, field: str) -> object:
        """A value that was never there before (numbers have three digits)."""
        self.number += 1
        return self.number % 1000 if field == "NPS__c" else f"{field} {self.number}"

    def others(self) -> None:
        """Somebody changes something on a side."""
        name, field = self.chance.choice(LINKED), self.chance.choice(FIELDS)
        if self.chance.random() < 0.5:
            self.place.change_salesforce(name, **{field: self.value(field)})
        else:
            self.place.change_vitally(name, **{field: self.value(field)})

    def ours(self) -> None:
        """A person edits, approves, or settles a conflict."""
        with self.place.context() as ctx, contextlib.suppress(Refused):
            match self.chance.randrange(4):
                case 0:
                    approve(ctx, [self.place.record(self.chance.choice(ALONE))])
                case 1:
                    self.settle_one()
                case _:
                    field = self.chance.choice(FIELDS)
                    edit(
                        ctx,
                        self.place.record(self.chance.choice(LINKED)),
                        {field: str(self.value(field))},
                    )

    def settle_one(self) -> None:
        """A conflict is settled, either way."""
        open_ones = self.place.rows("SELECT record_id, field FROM conflict WHERE field <> ''")
        if open_ones:
            record, field = self.chance.choice(open_ones)
            with self.place.context() as ctx:
                resolve(ctx, record, field, take=self.chance.choice(["salesforce", "vitally"]))

    def round(self) -> None:
        """A sync, with others at work and faults on the way."""
        for _ in range(self.chance.randrange(4)):
            self.others()
        for _ in range(self.chance.randrange(2)):
            self.ours()
        for side in ("salesforce", "vitally"):
            for number in range(1, 60):
                if self.chance.random() < 0.05:
                    self.place.faults(side).add(fault(self.chance, side), nth=number)
        with self.place.context() as ctx, contextlib.suppress(SfvtuiError):
            sync(ctx, confirm=yes)
        self.place.clear()
        self.place.world.clock.advance(self.chance.choice([0, 1, 60, 3600]))

    def end(self) -> None:
        """Nobody does anything any more, and all conflicts are settled."""
        for _ in range(30):
            self.place.world.clock.advance(90_000)
            with self.place.context() as ctx:
                report = sync(ctx, confirm=yes).push
            assert report.failure is None, report.failure
            if not self.place.rows("SELECT 1 FROM conflict") and not report.sent:
                return
            self.settle_one()
        raise AssertionError(f"it never ends: {report}")


def agrees(place: Place) -> None:
    """Both worlds agree, nothing is open, and every write is accounted for, once."""
    assert set(place.states()) <= {"landed", "conflict", "dropped"}
    for name in [*LINKED, *ALONE]:
        row = place.row(name)
        if place.world.workspace.user(f"u-{name}") is None:
            continue
        person = place.person(name)
        for field in FIELDS:
            assert str(row[field]) == str(person[f"sfdc.{field}"]), (name, field)
    accounted(place)
    accounted_in_vitally(place, [])
    org, workspace = place.world.org, place.world.workspace
    written = Counter(
        (w.id, field) for w in org.writes if w.by == org.user_id and w.changed for field in w.values
    )
    noted = Counter(
        place.rows(
            "SELECT record_id, field FROM history WHERE system = 'salesforce' AND what = 'update'"
            " AND (outcome = 'landed' OR outcome LIKE 'stored%')"
        )
    )
    assert written == noted
    created = [w.id for w in workspace.written() if w.action == "create"]
    assert sorted(created) == sorted(
        row[0] for row in place.rows("SELECT user_id FROM history WHERE what = 'create'")
    )
    assert len({w.sent["externalId"] for w in workspace.written() if w.action == "create"}) == len(
        created
    )


def soaked(folder: Path, seed: int, rounds: int) -> None:
    world = small_world(" ".join([*LINKED, *ALONE]), unlinked=" ".join(ALONE))
    with a_place(folder, world) as place:
        in_step(place)
        soak = Soak(place, seed)
        for _ in range(rounds):
            soak.round()
        soak.end()
        agrees(place)


@pytest.mark.parametrize("seed", [1])
def test_a_short_soak_ends_in_agreement(seed, tmp_path):
    soaked(tmp_path, seed, 12)


@pytest.mark.whole
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_soak_of_hours_ends_in_agreement(seed, tmp_path):
    soaked(tmp_path, seed, 60)


@pytest.mark.whole
def test_memory_does_not_grow_with_the_rounds(tmp_path):
    world = small_world(" ".join([*LINKED, *ALONE]), unlinked=" ".join(ALONE))
    with a_place(tmp_path, world) as place:
        in_step(place)
        soak = Soak(place, 5)
        for _ in range(20):
            soak.round()
        tracemalloc.start()
        for _ in range(10):
            soak.round()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(40):
            soak.round()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert after - before < 8_000_000
