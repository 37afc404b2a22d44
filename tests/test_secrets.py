"""Secret references: what they resolve to, and what is said where they do not."""

from __future__ import annotations

import sys
import types

import pytest

from sfvtui.errors import SecretError
from sfvtui.secrets import is_reference, resolve_secret, resolved


def test_a_text_that_is_no_reference_is_the_secret_itself():
    assert resolve_secret("s3cret:with colon") == "s3cret:with colon"
    assert not is_reference("s3cret:with colon")


def test_a_variable(monkeypatch):
    monkeypatch.setenv("SFVTUI_TEST", "from the variable")
    assert resolve_secret("env:SFVTUI_TEST") == "from the variable"


def test_a_file_without_its_last_line_end(tmp_path):
    (tmp_path / "secret").write_bytes(b"first\nsecond\r\n")
    assert resolve_secret(f"file:{tmp_path / 'secret'}") == "first\nsecond"


def test_a_command_without_a_shell(tmp_path):
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint(sys.argv[1:])\n")
    program.chmod(0o700)
    assert resolve_secret(f"cmd:{program} 'a b' $HOME ; c") == "['a b', '$HOME', ';', 'c']"


def test_the_keyring(monkeypatch):
    errors = types.ModuleType("keyring.errors")
    errors.KeyringError = type("KeyringError", (Exception,), {})
    keyring = types.ModuleType("keyring")
    keyring.errors = errors
    keyring.get_password = lambda service, name: f"{service} {name}" if name == "key" else None
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    assert resolve_secret("keyring:sfvtui/key") == "sfvtui key"
    with pytest.raises(SecretError, match="no such entry"):
        resolve_secret("keyring:sfvtui/none")


def test_a_missing_keyring_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretError, match=r"sfvtui\[keyring\]"):
        resolve_secret("keyring:sfvtui/key")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("env:SFVTUI_NOT_THERE", "the variable SFVTUI_NOT_THERE is not set"),
        ("file:/nowhere/at/all", "No such file"),
        ("file:/", "directory"),
        ("keyring:sfvtui", "SERVICE/NAME"),
        ("cmd:'", "quotes are not closed"),
        ("cmd:/nowhere/at/all --token abc", "No such file"),
        ("cmd:false --token abc", "ended with code 1"),
        ("cmd:true --token abc", "is empty"),
        ("cmd:false", "The secret cmd:false cannot"),
        ("cmd:true", "The secret cmd:true is"),
        ("cmd:false --token abc", "The secret cmd:false … cannot"),
    ],
)
def test_a_reference_that_cannot_be_resolved_says_why(reference, words):
    with pytest.raises(SecretError) as error:
        resolve_secret(reference)
    assert words in str(error.value)
    assert "abc" not in str(error.value)


def test_an_empty_variable_is_no_secret(monkeypatch):
    monkeypatch.setenv("SFVTUI_TEST", "")
    with pytest.raises(SecretError, match="is empty"):
        resolve_secret("env:SFVTUI_TEST")


def test_what_was_resolved_is_known_to_the_log(monkeypatch):
    monkeypatch.setenv("SFVTUI_TEST", "known afterwards")
    resolve_secret("env:SFVTUI_TEST")
    assert "known afterwards" in resolved()
