"""The program's entrance: `sfvtui`, or `python -m sfvtui`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the commands with the process's arguments and ends with their exit code."""
    from sfvtui.cli.run import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
