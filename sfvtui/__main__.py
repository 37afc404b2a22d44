"""The program's entrance: `sfvtui`, or `python -m sfvtui`."""

from __future__ import annotations

import gc
import sys

from sfvtui import VERSION_LINE

GARBAGE = 100_000
"""New objects after which garbage is looked for."""


def main() -> None:
    """Runs the commands with the process's arguments and ends with their exit code."""
    if sys.argv[1:] == ["--version"]:  # scripts ask for it: at once, without the commands
        sys.stdout.write(f"{VERSION_LINE}\n")
        return
    # A command ends before garbage is worth looking for: looking takes a sixth of `status`.
    gc.set_threshold(GARBAGE)
    try:
        from sfvtui.cli.run import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the commands could take it
        code = 130
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
