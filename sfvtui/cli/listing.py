"""Lists that turn out empty: standard error says so, for silence could mean anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfvtui.cli.session import Session
    from sfvtui.sync.context import Context


class Counting:
    """Lines as they pass, counted."""

    def __init__(self, lines: Iterable[dict[str, Any]]) -> None:
        self.count = 0
        self._lines = lines

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for line in self._lines:
            self.count += 1
            yield line


def say_empty(session: Session, context: Context, text: str) -> None:
    """Says what an empty list means; before the first pull, that nothing can be listed yet. A
    script that asked for JSON is told nothing."""
    from sfvtui.mirror import mappings

    if session.out.json:
        return
    pulled = mappings.listing(context.store) is not None
    session.out.note(text if pulled else "The mirror is empty: sfvtui pull")


def list_or_say(
    session: Session, context: Context, lines: Iterable[dict[str, Any]], people: Any, empty: str
) -> None:
    """Prints a list, or what its being empty means."""
    found = Counting(lines)
    session.out.lines(found, people)
    # Where nothing is to be printed, nothing was read either.
    if not found.count and not session.out.quiet:
        say_empty(session, context, empty)
