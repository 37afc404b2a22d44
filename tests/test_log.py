"""The log holds what happened, for its owner only, and no secret."""

from __future__ import annotations

import json
import stat

import pytest

from sfvtui import log as logs
from sfvtui.log import REMOVED, Log


def lines(log: Log) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.file.read_text().splitlines()]


@pytest.fixture
def log(tmp_path):
    opened = Log(tmp_path / "deep" / "er" / "sfvtui.log", lambda: {'s3 "cret'})
    yield opened
    opened.close()


def test_nothing_is_made_before_the_first_event(log):
    assert not log.file.exists()


def test_an_event_is_a_line_of_json(log):
    log.write("GET /x", status=200)
    (line,) = lines(log)
    assert line["event"] == "GET /x" and line["status"] == 200 and "at" in line


def test_only_the_owner_can_read_it_also_after_it_was_rotated(log, monkeypatch):
    monkeypatch.setattr(logs, "BYTES", 200)
    for number in range(20):
        log.write("event", number=number)
    files = list(log.file.parent.iterdir())
    assert len(files) == logs.FILES + 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(log.file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "text",
    [
        's3 "cret',
        "Authorization: Bearer 00Dxx0000001gPL!AR8AQJXg5oj8jXSgxJfA0lBog.39AsX.LVpxezPwuX5VAIrrbbHMuol7GQxnMeYMN7cj8EoWr78nt1u44zU31IbYNNJguseu",
        "Basic c2VjcmV0X2tleTo=",
        "grant_type=password&password=hunter2&x=y",
        '{"access_token": "abcdef", "id": 1}',
        "key sk_live_abcdef",
    ],
)
def test_no_secret_and_nothing_that_looks_like_one(log, text):
    log.write(text)
    log.unexpected(ValueError(text))
    written = log.file.read_text()
    assert REMOVED in written
    for secret in ("cret", "AR8AQ", "c2VjcmV0", "hunter2", "abcdef"):
        assert secret not in written.replace(REMOVED, "")
