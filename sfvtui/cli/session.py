"""What one run of the program knows: the global options, the settings, the log."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from sfvtui import paths

if TYPE_CHECKING:
    from pathlib import Path

    from sfvtui.cli.output import ExitCode, Output
    from sfvtui.config import Settings
    from sfvtui.log import Log


@dataclass
class Session:
    """The state that the global options fill and the commands read."""

    out: Output
    config: Path | None = None
    read_only: bool = False
    code: ExitCode | None = None
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @cached_property
    def settings(self) -> Settings:
        """The config's settings; its warnings are printed once."""
        from sfvtui.config import load

        settings = load(self.config, self.env)
        for warning in settings.warnings:
            self.out.warn(warning)
        return settings.with_read_only() if self.read_only else settings

    @cached_property
    def log(self) -> Log:
        """The log of this run; its file is made by the first event."""
        from sfvtui.log import Log

        return Log(paths.log_file(self.env))

    def secret(self, reference: str) -> str:
        """The secret of the reference, which the log will not hold."""
        from sfvtui.secrets import resolve_secret

        secret = resolve_secret(reference)
        self.log.secrets.add(secret)
        return secret

    def event(self, text: str) -> None:
        """One line of what the services were asked: to the log, and shown with --verbose."""
        self.log.write(text)
        self.out.detail(self.log.redact(text))
