"""Limits and sessions: a clean stop in the middle with all else queued, and one new login where one helps."""

from __future__ import annotations

from typing import Any

import pytest

from sfvtui.errors import LoginRefused
from sfvtui.sandbox.faults import Answer, Run
from sfvtui.sandbox.world import plain
from sfvtui.sync.pull import pull
from sfvtui.sync.push import push
from sfvtui.sync.rounds import sync
from tests.faults.place import Place, a_place, small_world, some, with_work, yes
from tests.faults.test_faults import unfaulted


def pushed(place: Place) -> Any:
    with place.context() as ctx:
        return push(ctx, confirm=yes)


def reserve(place: Place, share: float) -> None:
    """The config sets a share of the daily calls aside."""
    path = place.sandbox.config_path
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("client_id =", f"daily_calls_reserve = {share}\nclient_id ="), encoding="utf-8"
    )


def finishes(place: Place) -> None:
    """Without limits the rest is sent, and it ends as where there was no limit."""
    place.world.org.usage.max = 100_000
    place.clear()
    for _ in range(3):
        place.world.clock.advance(20)
        with place.context() as ctx:
            if not sync(ctx, confirm=yes).push.sent:
                break
    worlds, writes, history = unfaulted()
    assert place.writes() == writes
    assert place.worlds() == worlds
    assert place.history() == history


@pytest.mark.parametrize("calls", some(range(5), 3))
def test_the_reserve_stops_a_push_in_the_middle_and_the_rest_stays_queued(calls, working):
    place = working
    reserve(place, 0.5)
    place.world.org.usage.max = 2 * (place.world.org.usage.used + calls)
    place.world.org.usage.used = place.world.org.usage.max // 2 - calls
    ended = place.run("push")
    report = ended.json
    assert ended.code == 3, (report, ended.stderr)
    assert ended.last == "stopped: api_reserve"
    assert report["unknown"] == 0, "what was written is read back all the same"
    assert report["left"] > 0
    assert set(place.states()) <= {"queued", "landed"}
    finishes(place)


@pytest.mark.parametrize("calls", some(range(2, 10), 5))
def test_the_daily_limit_stops_a_push_in_the_middle_and_the_rest_stays_queued(calls, working):
    place = working
    place.world.org.usage.max = place.world.org.usage.used + calls
    reserve(place, 0.0)
    ended = place.run("push")
    report = ended.json
    assert set(place.states()) <= {"queued", "landed", "unknown"}
    if report["unknown"]:
        assert ended.code == 1, "what could not be read back is not known"
    elif ended.code:
        assert ended.code == 3, (report, ended.stderr)
        assert ended.last == "stopped: daily_limit"
        assert report["left"] > 0
    finishes(place)


def test_the_reserve_stops_a_pull_which_goes_on_afterwards(agreed):
    place = agreed
    reserve(place, 0.5)
    place.world.org.usage.max = 2 * place.world.org.usage.used + 10
    place.world.org.page_size = 1
    ended = place.run("pull", "--full")
    assert (ended.code, ended.last) == (3, "stopped: api_reserve")
    place.world.org.usage.max = 100_000
    assert place.ok("pull").json["salesforce"]["mode"] == "full"
    assert len(place.rows("SELECT 1 FROM link WHERE status = 'live'")) == 6


@pytest.mark.parametrize("calls", some([1, 2, 3, 5], 2))
def test_sessions_that_die_after_a_few_calls_change_nothing(calls, place):
    place.world.org.page_size = 1
    with_work(place)
    place.world.org.sessions.expire_after(calls)
    finishes(place)
    assert place.world.org.sessions.opened > 2


def test_a_session_that_dies_inside_the_guarded_write_is_renewed_with_its_guard(working):
    place = working
    died = Run(place.world.org.sessions.expire)
    place.salesforce.add(died, method="POST", path="composite$", body="Head of Data")
    report = pushed(place)
    assert report.failure is None
    guarded = [
        seen for seen in place.salesforce.exchanges
        if b"Head of Data" in seen.body and seen.target.endswith("composite")
    ]  # fmt: skip
    assert [seen.status for seen in guarded] == [401, 200]
    assert all(seen.body.count(b"If-Unmodified-Since") == 3 for seen in guarded)
    finishes(place)


def test_a_changed_secret_of_salesforce_ends_in_a_clear_stop_with_nothing_lost(working):
    place = working
    place.salesforce.add(
        Run(lambda: _lock_out(place)), method="POST", path="composite/sobjects", nth=1
    )
    ended = place.run("push")
    assert ended.code == 1
    assert "invalid_client" in ended.stderr
    assert set(place.states()) == {"queued"}
    place.world.org.credentials.client_secret = "sandbox-secret"
    finishes(place)


def _lock_out(place: Place) -> None:
    place.world.org.sessions.expire()
    place.world.org.credentials.client_secret = "another"


@pytest.mark.parametrize(
    "path", some([("PUT", "users/"), ("POST", "users$"), ("GET", "users/")], ("PUT", "users/"))
)
def test_a_revoked_key_of_vitally_ends_in_a_clear_stop_with_nothing_lost(path, working):
    place = working
    key = min(place.world.workspace.keys)
    revoke = Run(place.world.workspace.keys.clear)
    place.vitally.add(revoke, method=path[0], path=path[1])
    ended = place.run("push")
    assert ended.code == 1
    assert "api_key" in ended.stderr
    assert key not in ended.stderr
    assert ended.json["unknown"] == 0, "nothing was applied"
    assert set(place.states()) <= {"queued", "landed"}
    place.world.workspace.keys.add(key)
    finishes(place)


def test_a_used_up_rate_limit_is_waited_out(working):
    place = working
    place.vitally.add(Answer(429, "{}", {"ratelimit-reset": "3"}), method="PUT", times=3)
    assert pushed(place).failure is None
    assert place.vitally.count("PUT") == 3 + 3
    finishes(place)


def test_a_rate_limit_that_never_ends_leaves_all_else_queued(working):
    place = working
    place.vitally.add(Answer(429, "{}"), method="PUT", times=None)
    report = pushed(place)
    assert report.unknown == 0
    assert place.states()["queued"] >= 3
    assert report.problems or report.failure
    finishes(place)


def test_a_bulk_pull_survives_sessions_that_end_in_its_middle(place, monkeypatch):
    from sfvtui.sync import pull_salesforce

    monkeypatch.setattr(pull_salesforce, "BULK_FROM", 1)
    place.world.org.page_size = 2
    place.world.org.sessions.expire_after(2)
    with place.context() as ctx:
        pull(ctx)
    assert len(place.rows("SELECT 1 FROM record")) == 7
    assert len(place.rows("SELECT 1 FROM link WHERE status = 'live'")) == 6


def test_a_password_that_is_wrong_from_the_start_is_refused_at_once(place):
    place.world.org.credentials.client_secret = "another"
    with place.context() as ctx, pytest.raises(LoginRefused):
        pull(ctx)
    assert place.salesforce.count("POST", "token") == 1


@pytest.mark.parametrize("skew", [-600.0, 600.0])
def test_ten_minutes_of_clock_skew_change_nothing(skew, tmp_path):
    with a_place(tmp_path, small_world()) as place:
        place.world.org.date_skew = skew
        with_work(place)
        finishes(place)


def test_the_source_of_a_hundred_changes_to_vitally_is_read_in_one_call(tmp_path):
    world = plain(60, users=60, differing=0)
    with a_place(tmp_path, world) as place:
        with place.context() as ctx:
            sync(ctx, confirm=yes)
        for number, record_id in enumerate(world.org.rows["Contact"]):
            world.org.update(record_id, {"Title": f"Moved {number}"})
        world.clock.advance(30)
        with place.context() as ctx:
            pull(ctx)
        place.salesforce.exchanges.clear()
        report = pushed(place)
        assert report.landed == 60
        assert place.salesforce.count("POST", "composite/sobjects/Contact") == 1
