"""The program's entrance: `sfvtui`, or `python -m sfvtui`."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the commands with the process's arguments and ends with their exit code."""
    try:
        from sfvtui.cli.run import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the commands could take it
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
