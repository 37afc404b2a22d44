"""Completion: what bash, zsh and fish offer, driven as each of them does, offline and read-only."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

SHELLS = ["bash", "zsh", "fish"]


@pytest.fixture
def shell(pulled, tmp_path):
    """Asks a shell's completion protocol: the words that a line may go on with, and their help."""

    def offered(kind: str, *words: str) -> dict[str, str]:
        line = " ".join(["sfvtui", *words])
        env = {"COMP_WORDS": line, "COMP_CWORD": str(len(words)), "_SFVTUI_COMPLETE":
               f"{kind}_complete", "SFVTUI_CONFIG": str(pulled.config)}  # fmt: skip
        if kind == "fish":
            env["COMP_CWORD"] = words[-1]
        done = subprocess.run(
            [sys.executable, "-m", "sfvtui"], env=pulled.env(**env), capture_output=True,
            text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        lines = done.stdout.strip("\n").splitlines()
        if kind == "zsh":
            return {v.replace("\\:", ":"): h for v, h in zip(lines[1::3], lines[2::3], strict=True)}
        values = [line.partition(",")[2].partition("\t") for line in lines]
        return {value: help_ for value, _, help_ in values}

    return offered


@pytest.fixture
def linked(pulled):
    lines = pulled.ok("review", "list", "--state", "linked", "--json").lines
    return next(ln for ln in lines if re.fullmatch(r"[A-Za-z]+ [A-Za-z]+", ln["fields"]["Name"]))


@pytest.mark.parametrize("kind", SHELLS)
def test_ids_and_names_of_records(shell, linked, kind):
    record, name = linked["record"], linked["fields"]["Name"]
    assert record in shell(kind, "why", record[:16])
    begin = name.split()[0].lower()[:3]
    found = shell(kind, "edit", begin)
    assert f"{name.replace(' ', '_')}/{record}" in found
    assert all(one.lower().startswith(begin) for one in found)
    more = name.replace(" ", "_")[: len(name) - 1]
    assert f"{name.replace(' ', '_')}/{record}" in shell(kind, "edit", more)
    assert record in shell(kind, "history", "--record", record[:16])


def test_a_completed_name_is_taken_for_its_id(pulled, linked):
    named = f"{linked['fields']['Name'].replace(' ', '_')}/{linked['record']}"
    assert pulled.ok("why", named, "--json").json["record"] == linked["record"]


@pytest.mark.parametrize("kind", SHELLS)
def test_fields_states_flags_and_words(shell, linked, kind):
    record = linked["record"]
    assert "Title=" in shell(kind, "edit", record, "ti")
    assert "Account.Name=" not in shell(kind, "edit", record, "Acc")  # not editable
    assert "Account.Name" in shell(kind, "why", record, "acc")
    assert "Opted_In__c=true" in shell(kind, "edit", record, "Opted_In__c=t")
    assert set(shell(kind, "review", "list", "--state", "un")) == {"unmatched"}
    assert set(shell(kind, "review", "list", "--flag", "look")) == {"look_alike"}
    assert set(shell(kind, "push", "--allow", "max_b")) == {"max_blanks"}
    assert set(shell(kind, "pause", "s")) == {"salesforce"}
    assert "status" in shell(kind, "sta")


@pytest.mark.parametrize("kind", SHELLS)
def test_users_conflicts_and_numbers(shell, pulled, linked, kind):
    assert linked["user"] in shell(kind, "review", "link", linked["record"], linked["user"][:8])
    conflict = next(ln for ln in pulled.ok("conflicts", "--json").lines if ln["field"])
    assert conflict["field"] in shell(kind, "resolve", conflict["record"], conflict["field"][:1])
    pulled.ok("edit", linked["record"], "Title=x")
    change = next(ln for ln in pulled.ok("outbox", "--json").lines)
    number = str(change["change"])
    assert change["record"] in shell(kind, "outbox", "drop", number)[number] or kind == "bash"
    last = pulled.ok("history", "--json").lines[-1]
    assert str(last["batch"]) in shell(kind, "undo", "--batch", str(last["batch"])[:1])
    assert str(last["entry"]) in shell(kind, "undo", str(last["entry"])[:1])


def test_nothing_is_said_where_something_is_wrong(shell, pulled):
    text = pulled.config.read_text()
    pulled.config.write_text("[sync")
    assert shell("bash", "edit", "003") == {}
    pulled.config.write_text(text.replace('path = "', 'path = "nowhere/'))
    assert shell("bash", "edit", "003") == {}
    assert not (pulled.config.parent / "nowhere").exists()


def test_a_locked_store_is_read_and_an_old_one_left_as_it_is(shell, pulled, linked):
    import sqlite3

    from sfvtui.config import load

    db = sqlite3.connect(load(pulled.config, {}).store.path, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    assert linked["record"] in shell("bash", "why", linked["record"][:16])
    db.execute("ROLLBACK")
    db.execute("PRAGMA user_version = 1")
    assert shell("bash", "why", linked["record"][:16]) == {}
    assert db.execute("PRAGMA user_version").fetchone() == (1,)
    db.close()


# --- the shells themselves ------------------------------------------------------------------------


@pytest.fixture
def path(pulled, tmp_path) -> dict[str, str]:
    """The environment of a shell in which `sfvtui` is this program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "sfvtui"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sfvtui "$@"\n')
    program.chmod(0o755)
    env = pulled.env(SFVTUI_CONFIG=str(pulled.config), PYTHONPATH=str(Path.cwd()))
    return {**env, "PATH": f"{folder}:{env['PATH']}"}


def run(env, *command: str) -> list[str]:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


def bash(env, *words: str) -> list[str]:
    """What bash completes the last word to; it takes FIELD, = and VALUE for three words."""
    listed = " ".join(f"'{word}'" for word in ("sfvtui", *words))
    script = f"""
        compopt() {{ echo "compopt" "$@"; }}
        eval "$(_SFVTUI_COMPLETE=bash_source sfvtui)"
        COMP_WORDS=({listed}); COMP_CWORD={len(words)}
        _sfvtui_completion sfvtui
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return [one for one in run(env, "bash", "-c", textwrap.dedent(script)) if one]


def test_bash(path, linked):
    record = linked["record"]
    assert bash(path, "why", record[:16]).count(record) == 1
    assert bash(path, "edit", record, "Titl") == ["compopt -o nospace", "Title="]
    assert bash(path, "edit", record, "Opted_In__c", "=", "t") == ["true"]
    assert bash(path, "edit", record, "Opted_In__c", "=") == ["true", "false"]
    assert bash(path, "stat") == ["status"]


@pytest.mark.skipif(not shutil.which("fish"), reason="there is no fish here")
def test_fish(path, linked):
    record, name = linked["record"], linked["fields"]["Name"].replace(" ", "_")

    def offered(line: str) -> list[str]:
        script = f"_SFVTUI_COMPLETE=fish_source sfvtui | source; complete -C '{line}'"
        return [one.partition("\t")[0] for one in run(path, "fish", "--no-config", "-c", script)]

    assert record in offered(f"sfvtui why {record[:16]}")
    assert f"{name}/{record}" in offered(f"sfvtui edit {name[:4].lower()}")
    assert "Title=" in offered(f"sfvtui edit {record} Ti")


@pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh here")
def test_zsh_takes_the_script(path):
    script = """
        autoload -Uz compinit; compinit -u -D
        eval "$(_SFVTUI_COMPLETE=zsh_source sfvtui)"; print -l ${_comps[sfvtui]}
    """
    assert run(path, "zsh", "-f", "-c", script) == ["_sfvtui_completion"]
