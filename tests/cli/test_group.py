"""A store that a group shares: its files are the group's whatever the umask, and nobody else's."""

from __future__ import annotations

import grp
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sfvtui.mirror import access
from tests.cli.conftest import Ended, Program

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"


@pytest.fixture
def group():
    """A group of this host that this person is in."""
    return grp.getgrgid(os.getegid()).gr_name


@pytest.fixture
def shared(offline, group):
    """The program, its store in a folder that there is not yet, shared by the group."""
    return share(offline, group)


def share(program: Program, group: str, path: str = "team/store.db") -> Program:
    text = program.config.read_text()
    store = f"[store]\ngroup = {json.dumps(group)}\npath = {json.dumps(path)}\n"
    program.config.write_text(text.replace('[store]\npath = "store.db"\n', store))
    assert store in program.config.read_text()
    return program


@pytest.mark.parametrize("umask", ["000", "022", "077"])
def test_files_are_the_groups_whatever_the_umask(shared, group, umask):
    words = " ".join(f"'{word}'" for word in shared.command("pause", "vitally"))
    subprocess.run(["sh", "-c", f"umask {umask}; {words}"], check=True, env=shared.env())
    folder = shared.config.parent / "team"
    shared.ok("store", "backup", str(folder / "copy.db"))
    shared("push")  # makes the lock
    assert mode(folder) == "2770"
    found = {file.name: mode(file) for file in folder.iterdir()}
    assert {"store.db", "copy.db"} <= set(found)
    assert set(found.values()) == {"0660"}
    assert {file.group() for file in (folder, *folder.iterdir())} == {group}


def test_what_sqlite_makes_beside_it_is_the_groups_too(shared):
    shared.ok("status")
    from sfvtui.config import load
    from sfvtui.mirror.store import open_store

    settings = load(shared.config, {})
    before = os.umask(0o077)
    try:
        with open_store(settings.store.path, settings.store.group) as store:
            store.put("x", "y")
            beside = [Path(f"{store.path}{end}") for end in ("-wal", "-shm")]
            assert [mode(file) for file in beside] == ["0660", "0660"]
    finally:
        os.umask(before)


def test_what_is_a_persons_own_stays_so(shared):
    shared("pull", SFVTUI_TEST_SECRET_THAT_IS_NOT_SET="x")
    logs = list(shared.home.rglob("*.log"))
    assert {mode(log) for log in logs} <= {"0600"}
    assert mode(shared.config) == "0600"


def test_a_store_that_becomes_shared_is_made_the_groups(offline, group):
    offline.ok("status")
    folder = offline.config.parent
    share(offline, group, "store.db")
    ended = offline("status")
    assert ended.code == 2 and f"chgrp {group} {folder} && chmod 2770 {folder}" in ended.stderr
    folder.chmod(0o2770)
    offline.ok("status")
    assert mode(folder / "store.db") == "0660"


def test_a_store_that_is_no_longer_shared_is_its_owners_again(shared):
    shared.ok("status")
    text = shared.config.read_text()
    shared.config.write_text("\n".join(ln for ln in text.splitlines() if "group" not in ln))
    shared.ok("status")
    assert mode(shared.config.parent / "team" / "store.db") == "0600"


def test_a_group_that_there_is_not(offline):
    ended = share(offline, "no-such-group")("status")
    assert ended.code == 2
    assert "There is no group no-such-group" in ended.stderr and "[store]" in ended.stderr


def test_a_group_that_one_is_not_in(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(os, "getegid", lambda: 4711)
    monkeypatch.setattr(os, "getgroups", list)
    with pytest.raises(access.StoreError) as caught:
        access.access_of("daemon")
    assert "You are not in the group daemon" in str(caught.value)
    assert "usermod -aG daemon uid 4711" in str(caught.value)


def test_doctor_looks_at_the_files(shared):
    shared.ok("status")
    store = shared.config.parent / "team" / "store.db"
    check = next(c for c in shared("doctor", "--json").json["checks"] if c["name"] == "store")
    assert check["ok"] is True and "shared with the group" in check["found"]
    copy = Path(f"{store}.20260131-100000-version-1")
    copy.touch(0o600)
    check = next(c for c in shared("doctor", "--json").json["checks"] if c["name"] == "store")
    assert check["ok"] is False and str(copy) in check["found"] and "chmod 660" in check["mend"]


# --- somebody else --------------------------------------------------------------------------------


class Somebody:
    """A person with a uid, a home and a config of their own, and perhaps the team's group."""

    def __init__(self, place: Path, uid: int, store: Path, group: str, *, member: bool) -> None:
        self.uid = uid
        self.gids = [grp.getgrnam(group).gr_gid] if member else []
        home = place / f"home{uid}"
        home.mkdir()
        config = home / "config.toml"
        config.write_text(
            f"[store]\npath = {json.dumps(str(store))}\ngroup = {json.dumps(group)}\n"
            + OFFLINE_CONNECTIONS
        )
        config.chmod(0o600)
        for path in (home, config):
            os.chown(path, uid, uid)
        self.program = Program(home, config)

    def __call__(self, *arguments: str) -> Ended:
        who = json.dumps([self.uid, self.gids])
        command = [*self.program.command(*arguments)]
        done = subprocess.run(
            [sys.executable, "-c", AS_SOMEBODY, who, *command[3:]],
            env=self.program.env(), cwd=Path.cwd(), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, umask=0o077,
        )  # fmt: skip
        assert "unexpected" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)


AS_SOMEBODY = """
import importlib, json, os, pkgutil, sys
import sfvtui

# Where Python lies in root's home, nobody else can import: all comes before the uid changes.
for found in pkgutil.walk_packages(sfvtui.__path__, "sfvtui."):
    if not found.name.startswith(("sfvtui.tui", "sfvtui.sandbox", "sfvtui.__main__")):
        importlib.import_module(found.name)
import encodings.idna, encodings.utf_8_sig, getpass, grp, pwd, socket, sqlite3, zoneinfo
from sfvtui.cli.run import run

uid, gids = json.loads(sys.argv[1])
os.setgroups(gids)
os.setgid(uid)
os.setuid(uid)
sys.exit(run(sys.argv[2:]))
"""
OFFLINE_CONNECTIONS = """
[salesforce]
instance_url = "https://acme.my.salesforce.com"
client_id = "x"
client_secret = "env:SFVTUI_TEST_SECRET_THAT_IS_NOT_SET"

[vitally]
subdomain = "acme"
api_key = "env:SFVTUI_TEST_SECRET_THAT_IS_NOT_SET"

[mapping]
object = "Contact"

[mapping.match]
field = "Ext__c"
"""


@pytest.fixture
def team():
    """Ada, who makes the store, Bob of the same group, and Eve, who is not in it."""
    place = Path(tempfile.mkdtemp(prefix="sfvtui-team"))
    place.chmod(0o755)
    folder = place / "team"
    folder.mkdir()
    name = "games"
    os.chown(folder, 54321, grp.getgrnam(name).gr_gid)
    folder.chmod(0o2770)
    store = folder / "store.db"
    yield tuple(
        Somebody(place, uid, store, name, member=member)
        for uid, member in ((54321, True), (54322, True), (54323, False))
    )
    shutil.rmtree(place)


@needs_root
def test_two_people_share_a_store_and_a_third_does_not(team):
    ada, bob, eve = team
    assert ada("pause", "vitally", "--reason", "ada says so").code == 0
    assert "ada says so" in bob("status").stdout
    assert bob("resume", "vitally").code == 0
    assert ada("push").code == 1  # nothing was pulled; the lock is ada's
    assert bob("push").code == 1
    assert ada("store", "backup", str(ada.program.config.parent / "copy.db")).code == 0
    who = {line["who"] for line in bob("history", "--json").lines if line["system"]}
    assert who == {"uid 54321", "uid 54322"}
    refused = eve("status")
    assert refused.code == 2 and "You are not in the group games" in refused.stderr
    eve.gids = []
    text = eve.program.config.read_text().replace('group = "games"\n', "")
    eve.program.config.write_text(text)
    assert eve("status").code == 2
    modes = {f.name: mode(f) for f in Path(ada.program.config.parent.parent / "team").iterdir()}
    assert set(modes.values()) == {"0660"}, modes


@needs_root
def test_a_folder_of_somebody_else_is_named_with_what_its_owner_types(team):
    ada, bob, _ = team
    folder = ada.program.config.parent.parent / "team"
    folder.chmod(0o2775)
    os.chown(folder, 54321, 54321)
    ended = bob("status")
    assert ended.code == 2 and f"chgrp games {folder}" in ended.stderr
    assert "uid 54321" in ended.stderr and "Its owner can mend that" in ended.stderr


@needs_root
def test_a_file_of_somebody_else_that_keeps_the_group_out_is_named(team):
    ada, bob, _ = team
    assert ada("status").code == 0
    store = ada.program.config.parent.parent / "team" / "store.db"
    store.chmod(0o600)
    ended = bob("status")
    assert ended.code == 2 and str(store) in ended.stderr and "chmod 660" in ended.stderr
    assert ada("status").code == 0  # its owner mends it by using it
    assert bob("status").code == 0
