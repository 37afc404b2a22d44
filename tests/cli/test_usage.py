"""Bad input: a message that says what, where and what to do; the right code; never a traceback."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest

from sfvtui import __version__
from sfvtui.config import load


def test_version(bare):
    assert bare.ok("--version").stdout == f"sfvtui {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["review", "--help"], ["push", "-h"]])
def test_help(bare, arguments):
    assert bare.ok(*arguments).stdout.startswith("Usage: sfvtui")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["pull", "--nonsense"], "--nonsense"),
        (["edit"], "RECORD"),
        (["review", "approve"], "Name RECORDs, or give --filter"),
        (["review", "approve", "x", "--filter", "y"], "Name RECORDs, or give --filter"),
        (["review", "unlink"], "Name one RECORD, or give --flag"),
        (["review", "list", "--state", "lost"], "'lost' is not one of"),
        (["review", "account", "x"], "--add or --replace"),
        (["resolve", "x", "Title"], "--take or --value"),
        (["resolve", "x", "Title", "--take", "base", "--value", "y"], "--take or --value"),
        (["edit", "x", "Title"], "'Title' is not FIELD=VALUE"),
        (["edit", "x", "Title=a", "Title=b"], "Title is given twice"),
        (["outbox", "drop", "x"], "'x' is not a valid integer"),
        (["history", "--since", "yesterday"], "'yesterday' is not a time"),
        (["push", "--allow", "everything"], "'everything' is not one of"),
        (["push", "--limit", "0"], "--limit"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(offline, arguments, words):
    ended = offline(*arguments)
    assert ended.code == 2
    assert words in ended.stderr
    assert ended.stdout == ""


def test_the_screens_need_a_terminal(offline):
    ended = offline()
    assert ended.code == 2 and "need a terminal" in ended.stderr


def test_a_missing_config(bare):
    ended = bare("status")
    assert ended.code == 2
    assert str(bare.home / ".config/sfvtui/config.toml") in ended.stderr
    assert "sfvtui demo" in ended.stderr


def test_a_broken_config_names_file_key_found_and_expected(offline):
    offline.config.write_text('[sync]\nmax_changes = "many"\n' + offline.config.read_text())
    ended = offline("status", "--json")
    assert ended.code == 2
    assert ended.stderr.startswith(f"sfvtui: {offline.config}: sync.max_changes: ")
    assert 'found "many", expected a whole number' in ended.stderr


@pytest.mark.parametrize(
    ("line", "new", "words"),
    [
        ("scope = .*", "scope = 'Titel is blank'", "mapping.scope: "),
        ("scope = .*", "scope = 'Title ~ 3'", "mapping.scope: "),
        ('field = "Title"', 'field = "Titel"', "mapping.fields: "),
    ],
)
def test_an_error_of_the_mapping_names_the_file_as_well(pulled, line, new, words):
    text = pulled.config.read_text()
    pulled.config.write_text(re.sub(f"^{line}$", new, text, count=1, flags=re.MULTILINE))
    ended = pulled("status")
    assert ended.code == 2
    assert ended.stderr.startswith(f"sfvtui: {pulled.config}: {words}"), ended.stderr


@pytest.mark.parametrize("group", [[], ["review"], ["outbox"], ["store"]])
def test_no_summary_of_a_command_is_cut(bare, group):
    text = bare(*group, "--help", COLUMNS="60").stdout
    assert "..." not in text.partition("Commands:")[2] and "Commands:" in text


def test_verbose_names_each_request_without_values_or_secrets(sfv, sandbox):
    ended = sfv.ok("pull", "--verbose")
    lines = [line for line in ended.stderr.splitlines() if line.endswith(" ms")]
    for system, path in (("salesforce", "/query"), ("vitally", "/resources/users")):
        mine = [line for line in lines if line.startswith(f"{system} GET ") and path in line]
        assert mine and all(re.search(r" 200 \d+ ms$", line) for line in mine)
    held = {user.email for user in sandbox.workspace.users.values() if user.email}
    log = next(sfv.home.rglob("sfvtui.log")).read_text()
    for text in (ended.stderr, log):
        assert not [email for email in held if email in text]
        assert "SELECT" not in text and "Bearer" not in text and "Basic " not in text


def test_a_secret_that_cannot_be_resolved(offline):
    ended = offline("pull")
    assert ended.code == 2
    assert "SFVTUI_TEST_SECRET_THAT_IS_NOT_SET is not set" in ended.stderr


@pytest.mark.parametrize(
    "command", ["status", "plan", "conflicts", "outbox", "history", "review list"]
)
def test_lists_work_offline_without_resolving_a_secret(offline, command):
    assert offline.ok(*command.split(), "--json").code == 0


def test_a_server_that_is_down(offline, monkeypatch):
    text = offline.config.read_text().replace(
        "https://acme.my.salesforce.com", "http://127.0.0.1:9"
    )
    offline.config.write_text(text)
    ended = offline("pull", SFVTUI_TEST_SECRET_THAT_IS_NOT_SET="x")
    assert ended.code == 1
    assert "127.0.0.1:9" in ended.stderr


def test_a_store_of_a_newer_version(offline):
    import sqlite3

    offline.ok("status")
    store = load(offline.config, {}).store.path
    with sqlite3.connect(store) as db:
        db.execute("PRAGMA user_version = 4711")
    db.close()
    ended = offline("status")
    assert ended.code == 2 and "newer" in ended.stderr


def test_a_store_that_is_none(offline):
    load(offline.config, {}).store.path.write_bytes(b"no database at all, but long enough" * 99)
    ended = offline("status")
    assert ended.code == 2 and "store" in ended.stderr


def test_what_is_written_is_its_owners(offline):
    offline.ok("status")
    store = load(offline.config, {}).store.path
    for path in store.parent.glob("store.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_global_options_may_stand_on_either_side(offline):
    before = offline.ok("--json", "status")
    after = offline.ok("status", "--json")
    assert before.json == after.json


def test_warnings_go_to_standard_error_and_not_with_quiet(offline):
    offline.config.chmod(0o644)
    assert "warning: " in offline.ok("status", "--json").stderr
    assert offline.ok("status", "--json", "--quiet").stderr == ""


def test_nothing_is_coloured_in_a_pipe(offline):
    assert "\x1b" not in offline.ok("status").stdout


def test_a_port_in_use(sandbox, bare):
    port = re.search(r":(\d+)", sandbox.salesforce_url[5:])[1]
    ended = bare("sandbox", "--salesforce-port", port)
    assert ended.code == 2
    assert port in ended.stderr and "--salesforce-port" in ended.stderr


@pytest.mark.parametrize("command", [["pull"], ["review", "list"], ["push"], ["demo"]])
def test_every_command_says_what_it_does(bare, command):
    text = bare.ok(*command, "--help").stdout
    assert "--json" in text


def test_a_closed_pipe_is_quiet(pulled):
    shell = " ".join(f"'{word}'" for word in pulled.command("review", "list", "--json"))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shell} | head -n 1"],
        env=pulled.env(),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path.cwd(),
    )
    assert done.returncode == 0 and done.stderr == "" and done.stdout.startswith("{")
