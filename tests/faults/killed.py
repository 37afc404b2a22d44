"""The real program, which kills itself at one of its commits: `killed.py before|after N ARGUMENTS…`.

Between a reply and the next request lie only commits: with them, and with the requests that a gate
holds, every step of a verb can be the last one.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading

_lock = threading.Lock()
_commits = 0


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Runs the program with a connection class that counts what it commits."""
    when, number = sys.argv[1], int(sys.argv[2])

    class Mortal(sqlite3.Connection):
        def commit(self) -> None:
            global _commits  # noqa: PLW0603 - one count for all threads
            with _lock:
                _commits += 1
                mine = _commits
            if mine == number and when == "before":
                _die()
            super().commit()
            if mine == number and when == "after":
                _die()

    connect = sqlite3.connect

    def mortal(*arguments: object, **options: object) -> sqlite3.Connection:
        return connect(*arguments, **{"factory": Mortal, **options})  # type: ignore[call-overload]

    sqlite3.connect = mortal  # type: ignore[assignment]
    from sfvtui.cli.run import run

    sys.exit(run(sys.argv[3:]))


if __name__ == "__main__":
    main()
