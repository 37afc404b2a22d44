"""The commands for the store's file, on the real program, offline."""

from __future__ import annotations

import sqlite3

import pytest


@pytest.fixture
def kept(offline):
    """The program, and the file of its store."""
    offline.ok("status")
    return offline, offline.config.parent / "store.db"


def test_a_whole_store_is_told_with_what_it_holds(kept):
    program, path = kept
    report = program.ok("store", "check", "--json").json
    assert set(report) == {"ok", "found"} and report["ok"] is True
    assert str(path) in report["found"] and "0 records" in report["found"]
    assert str(path) in program.ok("store", "check").stdout


@pytest.mark.parametrize("text", ["not a database, but long enough to be looked at" * 50])
def test_a_file_that_is_no_store_is_told(kept, text):
    program, path = kept
    path.write_text(text)
    ended = program("store", "check", "--json")
    assert ended.code == 1
    assert ended.json["ok"] is False and "damaged" in ended.json["found"]


def test_a_store_of_a_newer_version_is_refused(kept):
    program, path = kept
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 999")
    db.close()
    assert program("store", "check").code == 2
    assert program("store", "backup", str(path.parent / "copy.db")).code == 2


def test_a_backup_is_written_once(kept):
    program, path = kept
    copy = path.parent / "copy.db"
    report = program.ok("store", "backup", str(copy), "--json").json
    assert report["ok"] is True and str(copy) in report["found"]
    again = program("store", "backup", str(copy))
    assert again.code == 2 and "exists already" in again.stderr


def test_adopting_needs_the_services(kept):
    program, _ = kept
    ended = program("store", "adopt", "--yes")
    assert ended.code == 2 and "SFVTUI_TEST_SECRET" in ended.stderr
