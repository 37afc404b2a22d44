"""The config on disk beside the running screens: its mapping is read anew where it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.config import load
from sfvtui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sfvtui.config import Settings
    from sfvtui.tui.screens.base import SfvScreen

Stamp = tuple[int, int, int]
"""What tells one writing of a file from another: when, how long, and which file it is."""

WATCH_SECONDS = 2.0
"""How often Home and Mapping ask whether the config was written."""


class ConfigFile:
    """The config's file, which is parsed again only where it was written since it last was."""

    def __init__(self, path: Path, env: Mapping[str, str]) -> None:
        self._path, self._env = path, env
        self._read: Stamp | None = None
        self._told: Stamp | None = None

    def taken(self) -> None:
        """What stands in the file now is known."""
        self._read = self._stamp()

    def written(self) -> Settings | None:
        """The settings where the file was written since; None where it was not. Raises ConfigError
        at each call for a file that cannot be used."""
        now = self._stamp()
        if now is not None and now == self._read:
            return None
        found = load(self._path, self._env)
        self._read = now
        return found

    def is_news(self) -> bool:
        """Whether what was found wrong with the file, as it stands there, was not told yet."""
        now = self._stamp()
        before, self._told = self._told, now
        return before != now

    def _stamp(self) -> Stamp | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def go_by_config(
    screen: SfvScreen, then: Callable[[], object] = lambda: None, *, watching: bool = False
) -> bool:
    """Has all screens go by the mapping that the config has now; `then` follows.

    Returns whether it is another one than before. A config that cannot be used is told of and stops
    what was to follow; `watching` tells of it once only. While a job runs nothing is read: the job
    goes on by the mapping that it began with.
    """
    desk = screen.desk
    if desk.settings is None or desk.work.job is not None:
        then()
        return False
    before = desk.settings.mapping
    try:
        changed = desk.read_mapping()
    except ConfigError as error:
        if desk.file.is_news() or not watching:
            screen.tell_error(error)
        return False
    if not changed:
        then()
        return False
    from sfvtui.tui.mapping_words import changes

    main, mapping = screen.main, desk.settings.mapping
    found = (
        "there is no mapping any more" if mapping is None else "; ".join(changes(before, mapping))
    )
    main.renew_screens()
    for one in main.all_screens():
        one.mapping_changed()

    def told() -> None:
        main.current().say(f"the config was written: {found}", "warn")
        then()

    if mapping is None:
        told()
    else:
        main.prepare(told)
    return True
