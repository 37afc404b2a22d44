"""The log: JSON lines in a file of its owner's, rotated, with every known secret taken out."""

from __future__ import annotations

import datetime as dt
import json
import logging
import logging.handlers
import os
import re
import traceback
from typing import TYPE_CHECKING

from sfvtui import paths
from sfvtui.secrets import resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

BYTES, FILES = 1_000_000, 3
REMOVED = "[removed]"
_CREDENTIALS = re.compile(
    r"(?i)((?:bearer|basic)\s+)[^\s'\",;]+"
    r"|((?:access_token|refresh_token|client_secret|password|assertion|api_key)"
    r"(?:%3D|['\"]?\s*[=:]\s*['\"]?))[^\s'\"&,;}]+"
    r"|\b00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?![^\s'\",;]+"
    r"|\bsk_(?:live|test)_[^\s'\",;]+"
)


class Log:
    """Writes events. What `secrets` returns when one is written does not appear in it."""

    def __init__(self, file: Path, secrets: Callable[[], Iterable[str]] = resolved) -> None:
        self.file = file
        self._secrets = secrets
        self._handler: logging.Handler | None = None

    def write(self, event: str, **facts: str | int) -> None:
        """One event: what happened, and its facts."""
        at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        safe = {
            name: self.redact(fact) if isinstance(fact, str) else fact
            for name, fact in facts.items()
        }
        line = json.dumps({"at": at, "event": self.redact(event), **safe})
        self._open().handle(logging.makeLogRecord({"msg": line}))

    def unexpected(self, error: BaseException) -> None:
        """What nobody expected, with where it happened."""
        trace = "".join(traceback.format_exception(error))
        self.write("unexpected", error=type(error).__name__, trace=trace)

    def redact(self, text: str) -> str:
        """The text without known secrets, tokens and what looks like credentials."""
        for secret in self._secrets():
            text = text.replace(secret, REMOVED)
        return _CREDENTIALS.sub(_without_credentials, text)

    def _open(self) -> logging.Handler:
        if self._handler is None:
            paths.private_folder(self.file.parent)
            os.close(os.open(self.file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, paths.PRIVATE_FILE))
            handler = logging.handlers.RotatingFileHandler(
                self.file, maxBytes=BYTES, backupCount=FILES, encoding="utf-8"
            )
            handler.rotator = _rotate
            self._handler = handler
        return self._handler

    def close(self) -> None:
        """Closes the file; the next event opens it again."""
        if self._handler is not None:
            self._handler.close()
            self._handler = None


def _rotate(source: str, target: str) -> None:
    """Moves the full file away and leaves an empty one that only its owner reads."""
    os.replace(source, target)  # noqa: PTH105 - the handler speaks in texts
    os.close(os.open(source, os.O_CREAT | os.O_WRONLY, paths.PRIVATE_FILE))


def _without_credentials(found: re.Match[str]) -> str:
    return (found[1] or found[2] or "") + REMOVED
