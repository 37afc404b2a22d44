"""Secret references: what stands in the config instead of a secret, and the secret it names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sfvtui.errors import SecretError

COMMAND_SECONDS = 60
REFERENCE = re.compile(r"(env|file|keyring|cmd):(.+)", re.DOTALL)
_resolved: set[str] = set()


def is_reference(text: str) -> bool:
    """Whether the text names a secret (`env:`, `file:`, `keyring:`, `cmd:`) and is not itself one."""
    return REFERENCE.fullmatch(text) is not None


def resolved() -> frozenset[str]:
    """Every secret that this process has resolved: what no log may hold."""
    return frozenset(_resolved)


def resolve_secret(reference: str) -> str:
    """The secret that the reference names; a text that is no reference is the secret itself.

    Raises SecretError, which names the reference and never holds the secret. A line end at the
    end of a file or of a command's output is not part of the secret.
    """
    found = REFERENCE.fullmatch(reference)
    if found is None:
        _resolved.add(reference)
        return reference
    kind, name = found.groups()
    secret = {"env": _env, "file": _file, "keyring": _keyring, "cmd": _cmd}[kind](name)
    if not secret:
        raise SecretError(
            f"The secret {kind}:{_shown(kind, name)} is empty.", "Put the secret there."
        )
    _resolved.add(secret)
    return secret


def _env(name: str) -> str:
    secret = os.environ.get(name)
    if secret is None:
        raise SecretError(
            f"The secret env:{name} cannot be resolved: the variable {name} is not set.",
            f"Set it before you start sfvtui: export {name}=…",
        )
    return secret


def _file(name: str) -> str:
    path = Path(name).expanduser()
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SecretError(
            f"The secret file:{name} cannot be resolved: {why}.",
            "Name a file that you can read and that holds nothing but the secret.",
        ) from None


def _keyring(name: str) -> str:
    service, slash, entry = name.partition("/")
    if not (service and slash and entry):
        raise SecretError(
            f"The secret keyring:{name} cannot be resolved: it names no entry.",
            "Write keyring:SERVICE/NAME.",
        )
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise SecretError(
            f"The secret keyring:{name} cannot be resolved: the keyring library is not installed.",
            "Install it: pip install 'sfvtui[keyring]'.",
        ) from None
    try:
        secret: str | None = keyring.get_password(service, entry)
    except keyring.errors.KeyringError as error:
        raise SecretError(
            f"The secret keyring:{name} cannot be resolved: the keyring did not answer "
            f"({type(error).__name__}).",
            "Unlock the keyring; a host without one needs env:, file: or cmd: instead.",
        ) from None
    if secret is None:
        raise SecretError(
            f"The secret keyring:{name} cannot be resolved: the keyring has no such entry.",
            f"Put it there: keyring set {service} {entry}",
        )
    return secret


def _cmd(command: str) -> str:
    import shlex
    import subprocess

    try:
        words = shlex.split(command)
        shown = f"cmd:{words[0]}" + (" …" if len(words) > 1 else "")
    except (ValueError, IndexError):
        raise SecretError(
            "A secret cmd: cannot be resolved: the command's quotes are not closed, "
            "or it is empty.",
            "Write cmd:PROGRAM ARGUMENT…; it is run without a shell.",
        ) from None
    try:
        done = subprocess.run(  # noqa: S603 - the person's own command, from their own config
            words,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=COMMAND_SECONDS,
        )
        secret = done.stdout.decode("utf-8").rstrip("\r\n")
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        raise SecretError(
            f"The secret {shown} cannot be resolved: {_command_failure(error)}.",
            "Run the command by hand to see why; it is run without a shell.",
        ) from None
    if done.returncode != 0:
        raise SecretError(
            f"The secret {shown} cannot be resolved: "
            f"the command ended with code {done.returncode}.",
            "Run the command by hand to see why; it is run without a shell.",
        )
    return secret


def _command_failure(error: Exception) -> str:
    if isinstance(error, OSError):
        return str(error.strerror)
    if isinstance(error, UnicodeDecodeError):
        return "what it printed is not UTF-8 text"
    return f"it did not end within {COMMAND_SECONDS} seconds"


def _shown(kind: str, name: str) -> str:
    """A command's arguments may hold what nobody should read: only its program is shown."""
    words = name.split(maxsplit=1) if kind == "cmd" else []
    if not words:
        return name
    return words[0] + (" …" if len(words) > 1 else "")
