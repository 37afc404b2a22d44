"""What the screens keep between starts: place, theme, columns, drafts. A private JSON file."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Any

from sfvtui import paths

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

log = logging.getLogger(__name__)

FILE_NAME = "screens.json"
CONFIGS_KEPT = 9
"""Other configs than this one whose places are remembered."""


def state_file(env: Mapping[str, str]) -> Path:
    """Where the screens keep their state: beside the log."""
    return paths.log_file(env).with_name(FILE_NAME)


class UiState:
    """Small answers by name, written whole at each change; a file that can't be used is ignored."""

    def __init__(self, path: Path | None, config: str = "") -> None:
        """`config` sets apart what belongs to one config; the theme belongs to all."""
        self._path = path
        self._all: dict[str, Any] = _read(path)
        kept = self._all.pop("configs", {})
        configs = kept if isinstance(kept, dict) else {}
        self._values: dict[str, Any] = configs.pop(config, {})
        self._all["configs"] = {
            **dict(list(configs.items())[-CONFIGS_KEPT:]),
            config: self._values,
        }

    @property
    def theme(self) -> str:
        """The theme's name; empty before one was chosen."""
        found = self._all.get("theme")
        return found if isinstance(found, str) else ""

    @theme.setter
    def theme(self, name: str) -> None:
        self._all["theme"] = name
        self._write()

    def get(self, *names: str) -> Any:
        """The value that was kept under these names; None where there is none."""
        found: Any = self._values
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def text(self, *names: str) -> str:
        """Like `get`, for a text; empty where there is none."""
        found = self.get(*names)
        return found if isinstance(found, str) else ""

    def keep(self, value: Any, *names: str) -> None:
        """Keeps a JSON value under these names (None forgets it) and writes the file."""
        if self.get(*names) == value:
            return
        inner = self._values
        for name in names[:-1]:
            deeper = inner.get(name)
            if not isinstance(deeper, dict):
                deeper = inner[name] = {}
            inner = deeper
        if value is None:
            inner.pop(names[-1], None)
        else:
            inner[names[-1]] = value
        self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        content = json.dumps(self._all, ensure_ascii=True, indent=1).encode()
        try:
            paths.private_folder(self._path.parent)
            _replace(self._path, content)
        except OSError as error:
            log.warning("the state of the screens was not kept: %s", error)


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all, but without waiting for the disk: this runs at each key of a draft."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, paths.PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    beside.replace(path)


def _read(path: Path | None) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
