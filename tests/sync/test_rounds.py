"""Rounds go on until somebody stops them, whatever a round came to."""

from __future__ import annotations

import pytest

from sfvtui.errors import LoginRefused, ReadOnlyError, SfvtuiError, StoreError
from sfvtui.sandbox.faults import html
from sfvtui.sync.rounds import watch


class Watched:
    """The rounds of a watch that is stopped after so many; `between` is done after each."""

    def __init__(self, lab, rounds: int, *, between=lambda _: None, first=None) -> None:
        self.told: list = []
        self.slept = 0.0
        with lab.context() as context:
            context.cancelled = lambda: len(self.told) >= rounds
            context.sleep = self.sleep
            confirm = first or (lambda _: True)

            def tell(done) -> None:
                self.told.append(done)
                between(len(self.told))

            watch(context, 60, tell=tell, first=confirm, later=confirm if not first else _no)

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def _no(_) -> bool:
    return False


def test_each_round_reports_what_it_did(lab):
    record, user = lab.pair("p1", {"Title": "Old"})

    def between(number: int) -> None:
        if number == 1:
            lab.change(record, Title="New")

    watched = Watched(lab, 3, between=between)
    assert [done.push.landed for done in watched.told] == [0, 1, 0]
    assert lab.of_user(user) == "New"


def test_so_many_seconds_lie_between_two_rounds(lab):
    lab.pair("p1")
    watched = Watched(lab, 3)
    assert watched.slept == pytest.approx(120, abs=1)


def test_a_round_that_fails_is_told_and_the_next_one_tried(lab):
    lab.pair("p1", {"Title": "Old"})
    rule = lab.box.vitally_faults.add(html(503), times=None)

    def between(number: int) -> None:
        if number == 1:
            lab.box.vitally_faults.remove(rule)

    watched = Watched(lab, 2, between=between)
    assert isinstance(watched.told[0], SfvtuiError)
    assert watched.told[1].pull.salesforce.read == 1


def test_a_secret_that_was_changed_is_read_anew(lab):
    lab.pair("p1")
    secret = lab.folder / "vitally.secret"
    good = secret.read_text()

    def between(number: int) -> None:
        if number == 1:
            secret.write_text("wrong")
            lab.workspace.keys = {"another"}
        if number == 2:
            secret.write_text("another")

    watched = Watched(lab, 3, between=between)
    assert isinstance(watched.told[1], LoginRefused)
    assert good not in str(watched.told[1])
    assert watched.told[2].pull.vitally.mode == "incremental"


def test_confirmations_hold_for_the_first_round_only(lab):
    record, _ = lab.pair("p1", {"Title": "Old"})
    lab.pair("p2", {"Title": "Old"})

    def between(number: int) -> None:
        # A change of the mapping: its first push asks again.
        with lab.context() as context:
            context.store.db.execute("UPDATE mapping SET confirmed_at = NULL")
        lab.change(record, Title=f"New {number}")

    watched = Watched(lab, 2, between=between, first=lambda _: True)
    assert watched.told[0].push.guard is None
    assert watched.told[1].push.guard["rule"] == "first_push"


def test_what_makes_a_first_round_impossible_ends_it(labs):
    lab = labs(sync="read_only = true")
    lab.pair("p1")
    with pytest.raises(ReadOnlyError):
        Watched(lab, 2)


def test_a_store_that_belongs_elsewhere_later_is_told(lab):
    lab.pair("p1")

    def between(_: int) -> None:
        with lab.context() as context:
            context.store.put("org_id", "00D000000000009EAA")

    watched = Watched(lab, 2, between=between)
    assert isinstance(watched.told[1], StoreError)


def test_a_full_disk_is_told_in_words(lab, monkeypatch):
    import sqlite3

    from sfvtui.sync import rounds

    lab.pair("p1")
    real = rounds.pull

    def full(ctx):
        monkeypatch.setattr(rounds, "pull", real)
        raise sqlite3.OperationalError("database or disk is full")

    def between(number: int) -> None:
        if number == 1:
            monkeypatch.setattr(rounds, "pull", full)

    watched = Watched(lab, 3, between=between)
    assert "is full" in str(watched.told[1])
    assert watched.told[2].push.landed == 0
