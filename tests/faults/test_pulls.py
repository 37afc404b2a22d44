"""Interrupted pulls go on where they stopped, nothing looks gone, and nothing that moved is missed."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sfvtui.errors import SfvtuiError
from sfvtui.mirror import choices, first_load, search
from sfvtui.mirror.store import Store
from sfvtui.mirror.windows import Selection, record_keys, record_total
from sfvtui.sandbox.faults import Answer, DropReply, Hold, Reset, Run
from sfvtui.sync import pull_salesforce, pull_vitally
from sfvtui.sync.pull import pull
from sfvtui.sync.rounds import sync
from tests.faults.place import Place, a_place, in_step, small_world, some, yes

MANY = " ".join(["ann bob cid dot eve fay gus", *(f"p{n}" for n in range(230))])


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Place]:
    """Some 240 people: several pages on both sides."""
    with a_place(tmp_path, small_world(MANY)) as place:
        place.world.org.page_size = 50
        yield place


def pulled(place: Place, **options: Any) -> Any:
    with place.context() as ctx:
        return pull(ctx, **options)


def pages(place: Place, side: str) -> list[str]:
    """The pages of the long list that were asked for."""
    wanted = {"salesforce": r"/query/01g|/query\?q=.*FirstName|/query\?q=SELECT\+Id%2C",
              "vitally": r"/users\?limit"}[side]  # fmt: skip
    return [seen.target for seen in place.faults(side).exchanges if re.search(wanted, seen.target)]


def is_whole(place: Place) -> None:
    """Every record and user is there, and linked; nothing looks gone."""
    assert len(place.rows("SELECT 1 FROM record WHERE gone_why IS NULL")) == 237
    assert len(place.rows("SELECT 1 FROM user WHERE missing_at IS NULL")) == 236
    assert len(place.rows("SELECT 1 FROM link WHERE status = 'live'")) == 236
    assert place.rows("SELECT 1 FROM pass") == []
    assert place.rows("SELECT 1 FROM seen") == []


def row_by_row(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is put off, all that comes touches what it has to do with, pages are small."""
    monkeypatch.setattr(first_load, "under_way", lambda *_: False)
    monkeypatch.setattr(pull_vitally, "HANDFUL", 1)
    place.world.org.page_size = 1


def in_bulk(_: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another API, which gives rows in no order, in large pages."""
    monkeypatch.setattr(pull_salesforce, "BULK_FROM", 1)


@pytest.mark.parametrize("otherwise", [row_by_row, in_bulk])
def test_a_mirror_is_the_same_however_it_was_filled(otherwise, tmp_path, monkeypatch):
    found = []
    for folder in ("as ever", "otherwise"):
        with a_place(tmp_path / folder, small_world(MANY)) as place:
            if folder == "otherwise":
                otherwise(place, monkeypatch)
            pulled(place)
            is_whole(place)
            found.append(place.mirror())
    assert found[0] == found[1]
    assert "('record_by_match_key',)" in found[0]["indexes"]


@pytest.mark.parametrize("side", ["salesforce", "vitally"])
def test_indexes_that_a_killed_first_load_put_off_are_made_by_the_next(side, large):
    place, gate = large, Hold()
    place.faults(side).add(gate, path=r"/query/01g|/users\?.*from=", nth=2)
    assert place.kill_at(gate, "pull")
    gate.release()
    place.clear()
    assert place.rows("SELECT 1 FROM index_to_make"), "they were put off"
    with place.context() as ctx:
        read = len(place.rows("SELECT 1 FROM record"))
        shown = record_keys(ctx.store, Selection())
        assert len(shown) == read > 0, "what was read is shown"
        assert record_total(ctx.store, Selection()) == read
        assert len(record_keys(ctx.store, Selection(), limit=5)) == 5
    pulled(place)
    is_whole(place)
    assert place.rows("SELECT 1 FROM index_to_make") == []
    made = {row[0] for row in place.rows("SELECT name FROM sqlite_schema WHERE type = 'index'")}
    assert {"record_by_match_key", "user_by_match_key", "user_account_by_account"} <= made


def test_what_a_pull_reads_can_be_searched_though_it_never_came_to_its_end(large, monkeypatch):
    place = large
    monkeypatch.setattr(search, "CHUNK", 10)
    monkeypatch.setattr(search, "PAUSE", 0.001)
    indexed = threading.Event()
    add_new = search._add_new

    def added(store: Store, side: search.Side) -> bool:
        if side is search.RECORDS:
            indexed.set()
        return add_new(store, side)

    monkeypatch.setattr(search, "_add_new", added)
    place.salesforce.add(Run(lambda: indexed.wait(20)), path=r"/query/01g", nth=3)
    place.vitally.add(Reset(), path=r"/users\?.*from=", nth=2, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place)
    with place.context() as ctx:
        assert search.found(ctx.store, search.RECORDS, ["acme"]) is not None, "by its index"
        assert len(record_keys(ctx.store, Selection(search="acme"))) == 237
    place.clear()
    pulled(place)
    is_whole(place)
    with place.context() as ctx:
        assert len(record_keys(ctx.store, Selection(search="acme"))) == 237
        assert len(choices.search_users(ctx.store, "acme", 1000)) == 236
        assert ctx.store.get(search.USERS.reached) == "236"


@pytest.mark.parametrize("page", some([1, 2, 3, 4], 2))
def test_an_interrupted_list_of_salesforce_goes_on_at_its_page(page, large):
    place = large
    place.salesforce.add(Reset(), path=r"/query/01g", nth=page, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place)
    assert len(place.rows("SELECT 1 FROM record")) == 50 * page
    assert place.rows("SELECT 1 FROM link") == [], "no links from half a list"
    assert place.rows("SELECT 1 FROM record WHERE gone_why IS NOT NULL") == []
    place.clear()
    place.salesforce.exchanges.clear()
    report = pulled(place)
    assert report.salesforce.read == 237 - 50 * page, "what was read is not read again"
    is_whole(place)


@pytest.mark.parametrize("page", [2, 3])
def test_an_interrupted_list_of_vitally_goes_on_at_its_page(page, large):
    place = large
    place.vitally.add(Reset(), path=r"/users\?.*createdAt", nth=page, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place)
    assert len(place.rows("SELECT 1 FROM user")) == 100 * (page - 1)
    assert place.rows("SELECT 1 FROM link") == []
    place.clear()
    report = pulled(place)
    assert report.vitally.read == 236 - 100 * (page - 1)
    is_whole(place)


@pytest.mark.parametrize("side", ["salesforce", "vitally"])
def test_a_full_pull_that_is_interrupted_makes_nothing_look_gone(side, large):
    place = large
    pulled(place)
    is_whole(place)
    place.faults(side).add(Reset(), path=r"/query/01g|/users\?.*createdAt", nth=2, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place, full=True)
    assert place.rows("SELECT 1 FROM record WHERE gone_why IS NOT NULL") == []
    assert place.rows("SELECT 1 FROM user WHERE missing_at IS NOT NULL") == []
    assert len(place.rows("SELECT 1 FROM link WHERE status = 'live'")) == 236
    place.clear()
    pulled(place)
    is_whole(place)


@pytest.mark.parametrize("status", [400, 404])
def test_a_cursor_that_died_begins_the_list_anew_and_misses_nobody(status, large):
    place = large
    place.world.org.switches.dead_cursor_status = status
    place.salesforce.add(Reset(), path=r"/query/01g", nth=2, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place)
    place.clear()
    # While nobody looked: a record that was read is removed without a trace.
    (gone,) = place.rows("SELECT record_id FROM record LIMIT 1")[0]
    place.world.org.hard_delete(gone)
    place.world.clock.advance(3 * 86_400)
    pulled(place)
    assert len(place.rows("SELECT 1 FROM link WHERE status = 'live'")) in (235, 236)
    left = place.rows("SELECT record_id FROM record WHERE record_state IS NOT NULL")
    assert (gone,) not in left, "the new list does not have it"
    assert len(left) == 236


def test_a_cursor_of_vitally_that_died_begins_the_list_anew(large):
    place = large
    place.vitally.add(Reset(), path=r"/users\?.*createdAt", nth=2, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place)
    place.clear()
    place.vitally.add(Answer(400, '{"error":"bad cursor"}'), path=r"/users\?.*from=")
    pulled(place)
    is_whole(place)


def test_a_bulk_job_is_resumed_and_a_lost_one_is_made_anew(large, monkeypatch):
    place = large
    monkeypatch.setattr(pull_salesforce, "BULK_FROM", 1)
    place.salesforce.add(DropReply(), path=r"results\?.*locator", nth=2, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place)
    read = len(place.rows("SELECT 1 FROM record"))
    assert 0 < read < 237
    place.clear()
    place.salesforce.exchanges.clear()
    pulled(place)
    assert place.salesforce.count("POST", "jobs/query") == 0, "the job is still there"
    is_whole(place)

    place.salesforce.add(DropReply(), path=r"results\?.*locator", nth=2, times=None)
    with pytest.raises(SfvtuiError):
        pulled(place, full=True)
    place.clear()
    place.world.org.jobs.clear()
    pulled(place)
    is_whole(place)


@pytest.mark.parametrize("skew", some([0.0, 600.0, -600.0], 600.0))
@pytest.mark.parametrize("full", [True, False], ids=["full", "incremental"])
@pytest.mark.parametrize("seed", some(range(5), 0))
def test_what_changes_while_a_pull_reads_is_seen_by_the_next(skew, full, seed, large):
    place = large
    place.world.org.date_skew = skew
    in_step(place)
    chance = random.Random(seed)
    names = [n for n in MANY.split() if n != "eve"]
    place.world.clock.advance(3600)

    def somebody() -> None:
        for _ in range(3):
            name = chance.choice(names)
            place.change_salesforce(name, Title=f"S {chance.random():.6f}")
            name = chance.choice(names)
            place.change_vitally(name, Phone=f"+{chance.randrange(10**9)}")
        place.world.clock.advance(chance.choice([0, 1, 30]))

    somebody()
    for faults in (place.salesforce, place.vitally):
        faults.add(Run(somebody), method="GET", times=None)
    pulled(place, full=full)
    place.clear()
    pulled(place)
    for record_id, title, phone in place.rows("SELECT record_id, Title, Phone FROM record"):
        row = place.world.org.get(record_id)
        assert (title, phone) == (row["Title"] or "", row["Phone"] or "")
    mirrored = place.rows("SELECT user_id, traits_json ->> '$.\"sfdc.Phone\"' FROM user")
    for user_id, phone in mirrored:
        assert phone == place.world.workspace.users[user_id].traits["sfdc.Phone"]


def test_a_row_that_is_committed_late_with_an_old_stamp_is_seen(agreed):
    place = agreed
    late = place.world.org.begin()
    late.update(place.record("ann"), {"Title": "Late"})
    place.world.clock.advance(120)
    place.change_salesforce("bob", Title="In time")
    pulled(place)
    late.commit()
    pulled(place)
    with place.context() as ctx:
        sync(ctx, confirm=yes)
    assert place.person("ann")["sfdc.Title"] == "Late"


def test_lists_that_lag_never_undo_what_was_written(agreed):
    place = agreed
    place.change_salesforce("ann", Title="New")
    place.world.workspace.lag.hold()
    with place.context() as ctx:
        assert sync(ctx, confirm=yes).push.landed == 1
    for _ in range(2):
        place.world.clock.advance(60)
        with place.context() as ctx:
            assert sync(ctx, confirm=yes).push.sent == 0
    assert place.person("ann")["sfdc.Title"] == "New"
    place.world.workspace.lag.release()
    with place.context() as ctx:
        assert sync(ctx, confirm=yes).push.sent == 0
