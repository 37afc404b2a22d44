"""A store that is brought back from a backup sends nothing twice, and loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sfvtui.sandbox.faults import Answer
from tests.sync.lab import TITLE, mapping


@pytest.fixture
def kept(labs):
    lab = labs(mapping(TITLE))
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    return lab, record, user


def bring_back(lab, copy: Path) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{lab.folder / 'store.db'}{suffix}").unlink(missing_ok=True)
    shutil.copy(copy, lab.folder / "store.db")


def test_what_was_sent_after_the_backup_is_not_sent_again(kept):
    lab, record, user = kept
    lab.ok("edit", record, "Title=New")
    lab.ok("store", "backup", str(lab.folder / "copy.db"))
    lab.push()
    bring_back(lab, lab.folder / "copy.db")
    assert lab.status()["outbox"] == {"queued": 0, "unknown": 2, "parked": 0, "held": 0}
    assert lab.writes_of(lab.push) == []
    assert lab.status()["outbox"]["unknown"] == 0
    assert lab.base(record, "Title") == "New"
    assert lab.writes_of(lab.sync) == []


def test_what_was_not_sent_is_sent_once(kept):
    lab, record, user = kept
    lab.ok("edit", record, "Title=New")
    lab.ok("store", "backup", str(lab.folder / "copy.db"))
    bring_back(lab, lab.folder / "copy.db")
    assert len(lab.writes_of(lab.push)) == 2
    assert (lab.of_record(record), lab.of_user(user)) == ("New", "New")
    assert lab.writes_of(lab.sync) == []


def test_a_user_that_was_made_after_the_backup_is_not_made_again(labs):
    lab = labs(mapping(TITLE, create="allowed = true\nfilter = 'Title contains \"VP\"'\n"))
    record = lab.contact("p9", Title="VP Sales")
    lab.sync()
    lab.ok("review", "approve", record)
    lab.ok("store", "backup", str(lab.folder / "copy.db"))
    lab.push()
    bring_back(lab, lab.folder / "copy.db")
    assert lab.writes_of(lab.push) == []
    assert lab.state(record) == "linked"
    assert len(lab.workspace.users) == 1


def test_what_moved_meanwhile_is_a_conflict(kept):
    lab, record, user = kept
    lab.ok("edit", record, "Title=New")
    lab.ok("store", "backup", str(lab.folder / "copy.db"))
    lab.change(record, Title="Theirs")
    bring_back(lab, lab.folder / "copy.db")
    assert lab.writes_of(lab.push) == []
    assert lab.conflict()["edit"] == "New"


def test_a_parked_change_is_parked_again(kept):
    lab, record, user = kept
    lab.change(record, Title="New")
    lab.pull()
    refusal = Answer(422, '{"message": "sfdc.Title is not wanted"}')
    lab.box.vitally_faults.add(refusal, method="PUT")
    assert lab.run("push", "--yes").report["parked"] == 1
    lab.ok("store", "backup", str(lab.folder / "copy.db"))
    bring_back(lab, lab.folder / "copy.db")
    assert lab.status()["outbox"]["unknown"] == 1
    assert lab.writes_of(lab.push) == []
    assert lab.status()["outbox"]["parked"] == 1
