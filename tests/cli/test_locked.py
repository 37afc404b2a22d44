"""A store that another process writes to: it is said who, soon, and nothing is changed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from sfvtui.config import load
from sfvtui.errors import StoreLocked
from sfvtui.mirror import store as mirror_store
from sfvtui.mirror.store import open_store, store_error


@pytest.fixture
def path(offline):
    offline.ok("status")
    return load(offline.config, {}).store.path


@pytest.fixture
def held(path):
    """Another process that writes to the store until it is told to end."""
    code = (
        "import sqlite3, sys\n"
        f"db = sqlite3.connect({str(path)!r}, isolation_level=None)\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "print('begun', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdin is not None
    process.stdout.readline()
    yield process
    process.communicate("")


def test_after_a_while_it_is_said_who_writes_and_then_it_goes_on(path, held, monkeypatch):
    monkeypatch.setattr(mirror_store, "SILENT_MILLISECONDS", 50)
    said = []

    def let_go(text: str) -> None:
        said.append(text)
        held.communicate("")

    with open_store(path) as store:
        store.waits = let_go
        with store.write():
            store.put("x", "y")
        assert store.get("x") == "y"
    assert len(said) == 1 and said[0].startswith("Waiting for the store: ")
    if Path("/proc/locks").exists():
        assert f"process {held.pid} (" in said[0]


def test_who_waits_too_long_is_told_and_nothing_is_changed(path, held, monkeypatch):
    monkeypatch.setattr(mirror_store, "SILENT_MILLISECONDS", 20)
    monkeypatch.setattr(mirror_store, "MILLISECONDS", 50)
    waiting = pytest.raises(sqlite3.OperationalError)
    with open_store(path) as store, waiting as caught, store.write():
        pass
    told = store_error(path, caught.value)
    assert isinstance(told, StoreLocked)
    assert str(path) in str(told) and "try again" in str(told)


def test_a_command_says_that_it_waits(offline, held):
    program = offline.start("pause", "vitally")
    assert program.stderr is not None
    line = program.stderr.readline()
    assert line.startswith("Waiting for the store: ")
    held.communicate("")
    assert program.wait() == 0
    program.communicate()
