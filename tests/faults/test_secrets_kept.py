"""Security: secrets stay out of every byte that is left behind, and hostile text controls nothing."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from sfvtui.sandbox.faults import Answer, Reset, redirect
from sfvtui.sandbox.salesforce.errors import ApiError
from tests.faults.place import Place, some, with_work

SECRET = "gr4nd-Secret/of+Salesforce=="
KEY = "V1tally~Key.without-a-prefix"
TOKEN = "00Dak0000000007!Token_of.the-session"
READY = base64.b64encode(f"{KEY}:".encode()).decode()
ALL = (SECRET, KEY, TOKEN, READY)


@pytest.fixture
def guarded(place: Place) -> Place:
    """A place whose secrets can be told from everything else."""
    org = place.world.org
    org.credentials.client_secret = SECRET
    place.world.workspace.keys = {KEY}
    opened = org.sessions.open

    def always_this() -> str:
        session = opened()
        org.sessions._alive[TOKEN] = org.sessions._alive.pop(session)
        return TOKEN

    org.sessions.open = always_this  # type: ignore[method-assign]
    folder = place.sandbox.config_path.parent
    (folder / "salesforce.secret").write_text(SECRET, encoding="utf-8")
    (folder / "vitally.secret").write_text(KEY, encoding="utf-8")
    return place


def left_behind(place: Place) -> dict[Path, bytes]:
    """All bytes on disk, but for the secrets' own files."""
    folders = (place.home, place.sandbox.config_path.parent)
    return {
        path: path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".secret"
    }


def is_clean(place: Place, *outputs: str) -> None:
    """No secret stands in what was printed or left behind."""
    for secret in ALL:
        for text in outputs:
            assert secret not in text
        for path, content in left_behind(place).items():
            assert secret.encode() not in content, f"{path} holds a secret"


ECHOES = [
    ("salesforce", "POST", "oauth2/token", Answer(
        400, json.dumps({"error": "invalid_grant", "error_description": f"no: {SECRET}"}))),
    ("salesforce", "GET", "describe", Answer(
        400, json.dumps([{"errorCode": f"BAD_{TOKEN}", "message": f"Bearer {TOKEN} {SECRET}"}]))),
    ("salesforce", "GET", "queryAll", Answer(
        500, f"<html>Authorization: Bearer {TOKEN}</html>", {"content-type": "text/html"})),
    ("salesforce", "POST", "composite/sobjects", redirect(f"https://x.example/?t={TOKEN}")),
    ("salesforce", "POST", "composite$", Answer(
        403, json.dumps([{"errorCode": "X", "message": f"{TOKEN}"}]))),
    ("vitally", "GET", "accounts/", Answer(401, json.dumps({"error": f"bad key {KEY}"}))),
    ("vitally", "GET", r"users\?", Answer(400, json.dumps({"error": {"message": READY}}))),
    ("vitally", "PUT", "users/", Answer(400, json.dumps({"error": f"Basic {READY} {KEY}"}))),
    ("vitally", "POST", "users$", Answer(409, json.dumps({"error": f"{KEY} already exists"}))),
    ("vitally", "GET", "search", Answer(404, json.dumps({"error": KEY}))),
]  # fmt: skip


@pytest.mark.parametrize("echo", some(ECHOES, ECHOES[7]), ids=[f"{e[0]} {e[2]}" for e in ECHOES])
def test_a_server_that_echoes_a_secret_teaches_it_to_nobody(echo, guarded):
    place = guarded
    side, method, path, answer = echo
    with_work(place)
    place.faults(side).add(answer, method=method, path=path, times=8)
    told = [place.run("--verbose", *command) for command in (["sync"], ["status"], ["outbox"])]
    told += [place.run("history"), place.run("doctor")]
    is_clean(place, *(end.stdout + end.stderr for end in told))
    place.clear()
    place.run("sync")
    is_clean(place)


def test_a_refusal_that_names_a_secret_is_kept_without_it(guarded):
    place = guarded
    with_work(place)

    def rule(_org: Any, _old: Any, _new: dict[str, Any]) -> None:
        raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", f"not with {TOKEN} and {SECRET}", [])

    place.world.org.validate("Contact", rule)
    ended = place.run("push")
    assert ended.code == 1
    assert "not with" in ended.json["problems"][0]["message"]
    is_clean(place, ended.stdout, ended.stderr, place.run("outbox").stdout)


def test_no_secret_stands_in_the_process_list(guarded):
    place = guarded
    with_work(place)
    with place.vitally.hold(method="PUT") as gate:
        process = place.start("push")
        gate.wait()
        for name in ("cmdline", "environ"):
            seen = Path(f"/proc/{process.pid}/{name}").read_bytes()
            assert not any(secret.encode() in seen for secret in ALL)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_what_is_written_is_for_its_owner_only(guarded):
    place = guarded
    old = os.umask(0)
    try:
        with_work(place)
        place.ok("push")
    finally:
        os.umask(old)
    for path in left_behind(place):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    for folder in [*place.home.rglob("*"), place.store.parent]:
        if folder.is_dir():
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_folders_that_are_made_for_a_store_are_for_its_owner_only(place):
    path = place.sandbox.config_path
    text = path.read_text(encoding="utf-8").replace("store.db", "deep/down/store.db")
    path.write_text(text, encoding="utf-8")
    old = os.umask(0)
    try:
        place.ok("pull")
    finally:
        os.umask(old)
    for folder in (path.parent / "deep", path.parent / "deep" / "down"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202eevil\u2066\u200b[bold]x[/bold]\x9b31m\r\n\x00end"


def test_hostile_text_controls_no_terminal_in_any_commands_output(place):
    with_work(place)
    place.change_salesforce("ann", Phone=HOSTILE)
    place.change_vitally("bob", Phone=HOSTILE)
    place.change_vitally("cid", Title=HOSTILE)
    place.world.workspace.update_user(place.user("dot"), name=HOSTILE)

    def rule(_org: Any, _old: Any, _new: dict[str, Any]) -> None:
        raise ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", HOSTILE, [])

    place.world.org.validate("Contact", rule)
    place.vitally.add(Answer(400, json.dumps({"error": HOSTILE})), method="POST")
    commands = [
        ["--verbose", "sync"], ["push"], ["outbox"], ["plan"], ["history"], ["conflicts"],
        ["review", "list"], ["review", "list", "--state", "linked"], ["why", place.record("ann")],
    ]  # fmt: skip
    seen = ""
    for arguments in commands:
        ended = place.run(*arguments, json=False)
        found = CONTROLS.search(ended.stdout + ended.stderr)
        assert not found, (arguments, found)
        seen += ended.stdout
    assert "owned" in seen, "it is shown, escaped"
    stored = place.rows("SELECT 1 FROM record WHERE Phone LIKE '%' || ? || '%'", "\x1b]0;owned\x07")
    assert stored, "it is kept as it came"


def test_hostile_text_is_sent_unchanged(agreed):
    place = agreed
    place.change_vitally("bob", Title=HOSTILE.replace("\r\n", " ").replace("\x00", ""))
    place.run("sync")
    assert place.row("bob")["Title"] == HOSTILE.replace("\r\n", " ").replace("\x00", "")


@pytest.mark.parametrize("status", some([301, 302, 307, 308], 308))
def test_no_secret_follows_a_redirect_to_another_place(status, working, tmp_path):
    from tests.faults.place import a_place

    with a_place(tmp_path / "other") as other:
        for side, url in (
            ("salesforce", other.sandbox.salesforce_url),
            ("vitally", other.sandbox.vitally_url),
        ):
            working.faults(side).add(redirect(f"{url}/resources/users", status), times=None)
            ended = working.run("push")
            assert ended.code == 1
            assert "redirect" in ended.stderr
            working.clear()
        assert not other.salesforce.exchanges
        assert not other.vitally.exchanges
    working.salesforce.add(Reset(), method="POST", path="oauth2/token")
    working.ok("push")
