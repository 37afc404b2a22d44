"""Saving what a list shows: its rows and its columns, as CSV that no spreadsheet runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sfvtui import paths
from sfvtui.csv_cells import rows as csv_rows
from sfvtui.tui.widgets.dialogs import Ask, Confirm
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sfvtui.tui.screens.lists import ListScreen
    from sfvtui.tui.source import Row

AT_ONCE = 500
"""Rows that are read between two looks at the keys."""

MARK = "\ufeff"
"""What spreadsheets know UTF-8 by."""


def ask_save(screen: ListScreen) -> None:
    """Asks for a file, then writes what the list shows into it."""
    count = screen.listing.count
    day = screen.desk.clock().date().isoformat()
    name = f"sfvtui-{screen.place}-{day}.csv"

    def typed(text: str | None) -> None:
        if text and text.strip():
            _ask_over(screen, Path(text.strip()).expanduser().absolute())

    note = "The rows and columns that the list shows, as CSV that only you can read."
    screen.app.push_screen(
        Ask(f"Save {plural(count, 'row')} to which file?", name, note=note), typed
    )


def _ask_over(screen: ListScreen, path: Path) -> None:
    """Writes the file; one that is there already only after a yes."""

    def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
        if yes:
            screen.run_worker(_save(screen, path), group="save")

    if path.exists():
        text = Prose().line(str(path))
        screen.app.push_screen(Confirm("Write over this file?", text, yes="write over it"), answer)
    else:
        answer(True)


async def _save(screen: ListScreen, path: Path) -> None:
    """Reads all rows, a few at a time so that no key waits, and writes the file whole."""
    windowed = screen.listing
    order, columns = windowed.window.order, windowed.choice.visible(windowed.source.columns)
    found: list[Row] = []
    for start in range(0, len(order), AT_ONCE):
        keys = order[start : start + AT_ONCE]
        known = windowed.source.rows(keys)
        found.extend(known[key] for key in keys if key in known)
        await asyncio.sleep(0)

    def lines() -> Iterator[tuple[str, ...]]:
        for row in found:
            yield (row.ident, *(row.cell(column.name).text for column in columns))

    header = ("id", *(column.named.lower() for column in columns))
    text = MARK + "".join(f"{line}\r\n" for line in csv_rows(header, lines()))
    try:
        paths.write_private(path, text.encode())
    except OSError as error:
        screen.say(f"{path} was not written: {error.strerror}", "bad")
    else:
        screen.say(f"saved {plural(len(found), 'row')} to {path}", "good")
