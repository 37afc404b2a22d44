"""Where sfvtui keeps its files: the XDG places, and files that only their owner can read."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def config_file(env: Mapping[str, str]) -> Path:
    """The config that is used where none is named."""
    return _xdg(env, "XDG_CONFIG_HOME", ".config") / "sfvtui" / "config.toml"


def store_file(env: Mapping[str, str]) -> Path:
    """The store that is used where the config names none."""
    return _xdg(env, "XDG_DATA_HOME", ".local/share") / "sfvtui" / "store.db"


def log_file(env: Mapping[str, str]) -> Path:
    """The log, in the place for what a program remembers between its runs."""
    return _xdg(env, "XDG_STATE_HOME", ".local/state") / "sfvtui" / "sfvtui.log"


def expand(text: str, env: Mapping[str, str]) -> Path:
    """A path as a person writes it: `~` is the home folder of `env`."""
    if text == "~" or text.startswith("~/"):
        return _home(env) / text[2:]
    return Path(text).expanduser()


def private_folder(folder: Path) -> None:
    """Makes the folder, and what is missing above it, for its owner only (0700).

    A folder that exists is left as it is.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Writes the whole file or nothing, 0600, through a symbolic link to the file it names.

    Raises FileExistsError where a device, a pipe or a folder stands there: it is not replaced.
    """
    import tempfile  # only where something is written

    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "it is no file", str(target))
    private_folder(target.parent)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # 0600
    written = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.replace(target)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _xdg(env: Mapping[str, str], name: str, default: str) -> Path:
    """The folder that the variable names; a relative one is ignored (XDG base directories)."""
    named = Path(env.get(name, ""))
    return named if named.is_absolute() else _home(env) / default


def _home(env: Mapping[str, str]) -> Path:
    named = env.get("HOME")
    return Path(named) if named else Path.home()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
