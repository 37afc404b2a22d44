"""A store that can't be used: a clear message, nothing half-written, nothing sent without its intent."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import subprocess

import pytest

from sfvtui.sandbox.faults import Run
from tests.faults.place import Ended, Place, with_work

ROOT = __file__.rpartition("/tests/")[0]


def _may_mount() -> bool:
    """Whether a small disk of our own can be had here (Linux, user namespaces)."""
    if not shutil.which("unshare"):
        return False
    tried = subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


small_disk = pytest.mark.skipif(not _may_mount(), reason="no user namespaces here")


def on_a_small_disk(place: Place, script: str) -> Ended:
    """Runs a shell script where the sandbox's folder is a disk of 3 MB with the store on it.

    `sfv` is the program; `fill` fills the disk, `free` frees it, `protect` makes it read-only.
    """
    folder = place.store.parent
    sfv = shlex.join(place.command())
    text = f"""
        cp -a {folder} {place.home}/kept && mount -t tmpfs -o size=3m,mode=700 tmpfs {folder} &&
        cp -a {place.home}/kept/. {folder}/ || exit 99
        export HOME={place.home} PYTHONPATH={ROOT}
        sfv() {{ {sfv} "$@" </dev/null; }}
        fill() {{ cat /dev/zero > {folder}/filler 2>/dev/null; }}
        free() {{ rm {folder}/filler; }}
        protect() {{ mount -o remount,ro {folder}; }}
        {script}
    """
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", text],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 99, done.stderr
    assert "Traceback" not in done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


@small_disk
def test_on_a_full_disk_nothing_is_sent_and_nothing_is_half_written(place):
    with_work(place)
    ended = on_a_small_disk(
        place, "fill; sfv push; code=$?; free; sfv store check || exit 98; exit $code"
    )
    assert "full" in ended.stderr, ended
    assert ended.code in (1, 2)
    assert place.writes() == {}, "what could not be committed was not sent"


@small_disk
def test_a_disk_that_fills_up_in_the_middle_loses_nothing(place):
    with_work(place)
    # It fills up just before the first write takes effect: its outcome cannot be kept.
    (place.home / "go").touch()
    place.salesforce.add(
        Run(lambda: _wait_for_the_filler(place)), method="POST", path="composite$", nth=2
    )
    script = f"""
        (while [ -e {place.home}/go ]; do sleep 0.05; done; fill; touch {place.home}/filled) &
        sfv push; echo "first $?" >&2
        wait; free; sfv push; echo "second $?" >&2
        sfv store check || exit 98; sfv push
    """
    ended = on_a_small_disk(place, script)
    assert "full" in ended.stderr, ended
    assert "second 0" in ended.stderr, ended
    assert ended.code == 0, ended
    assert len(place.writes()) == 7
    assert all(count == 1 for count in place.writes().values())


def _wait_for_the_filler(place: Place) -> None:
    import time

    (place.home / "go").unlink()
    for _ in range(400):
        if (place.home / "filled").exists():
            return
        time.sleep(0.02)
    raise TimeoutError("the disk was not filled")


@small_disk
def test_a_read_only_disk_is_named_and_nothing_is_sent(place):
    with_work(place)
    ended = on_a_small_disk(place, "protect; sfv push")
    assert ended.code == 2, ended
    assert "cannot be written" in ended.stderr
    assert place.writes() == {}


@pytest.mark.whole
def test_a_store_that_another_program_locks_is_named_and_nothing_is_sent(working):
    place = working
    other = sqlite3.connect(place.store, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        ended = place.run("push")
    finally:
        other.rollback()
        other.close()
    assert ended.code == 1, ended
    assert "Waiting for the store" in ended.stderr and "is locked: " in ended.stderr
    assert place.writes() == {}
    place.ok("push")


@pytest.mark.parametrize("where", ["head", "middle"])
def test_a_damaged_store_is_named_and_nothing_is_sent(where, working):
    place = working
    with sqlite3.connect(place.store) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    size = place.store.stat().st_size
    with place.store.open("r+b") as file:
        file.seek(0 if where == "head" else 8192)
        file.write(b"\xff" * (4096 if where == "head" else size - 12_288))
    ended = place.run("push")
    assert ended.code == 2, ended
    assert "damaged" in ended.stderr
    assert "store check" in ended.stderr
    assert place.writes() == {}


def test_a_store_of_a_newer_version_is_refused(working):
    place = working
    with sqlite3.connect(place.store) as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    ended = place.run("push")
    assert ended.code == 2
    assert "999" in ended.stderr
    assert place.writes() == {}


def test_a_store_that_was_brought_back_reads_everything_back_first(working):
    """What the backup shows as queued was sent after it was made: none of it happens twice."""
    place = working
    backup = place.home / "backup.db"
    place.ok("store", "backup", str(backup))
    place.ok("push")
    writes = place.writes()
    assert len(writes) == 7
    for suffix in ("", "-wal", "-shm"):
        place.store.with_name(f"store.db{suffix}").unlink(missing_ok=True)
    shutil.copy(backup, place.store)
    assert place.run("status").json["outbox"]["unknown"] > 0
    place.ok("push")
    assert place.writes() == writes
    place.world.clock.advance(30)
    place.ok("sync")
    assert place.writes() == writes


def test_the_intent_is_on_disk_before_a_byte_is_sent(working):
    """Nothing is written to a service that was not committed first, by a connection that waits for
    the disk."""
    place = working
    seen: list[tuple[str, int]] = []

    def look() -> None:
        db = sqlite3.connect(place.store)
        sending = db.execute("SELECT COUNT(*) FROM change WHERE state = 'sending'").fetchone()[0]
        db.close()
        seen.append(("sending", sending))

    place.salesforce.add(Run(look), method="POST", path="composite$", nth=2)
    place.vitally.add(Run(look), method="PUT", times=3)
    place.vitally.add(Run(look), method="POST")
    place.ok("push")
    assert seen == [("sending", 3), *[("sending", 1)] * 4]
    with place.context() as ctx:
        assert ctx.store.value("PRAGMA synchronous") == 2
        assert ctx.store.value("PRAGMA journal_mode") == "wal"
