"""Saving what a list shows: its rows and its columns, as CSV that no spreadsheet runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from sfvtui import paths
from sfvtui.csv_cells import SAID
from sfvtui.csv_cells import rows as csv_rows
from sfvtui.domain.values import to_json
from sfvtui.mirror.windows import record_rows
from sfvtui.tui.widgets.dialogs import Ask, Confirm
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sfvtui.tui.screens.lists import ListScreen
    from sfvtui.tui.source import Column

    Draw = Callable[[Sequence[int]], Iterator[Sequence[object]]]

AT_ONCE = 500
"""Rows that are read between two looks at the keys."""

_SAID = dict(zip(("name", "account", "open", "changed"), SAID, strict=True))
_OF_REVIEW = {"sign": "state", "state": "state", "mark": "flags", "flags": "flags",
              "why": "reason", "user": "user"}  # fmt: skip
_CELLS = {"state": "state", "flags": "flags", "reason": "why", "user": "user"}
"""Columns that `review list --csv` has as well, and the cells of a row that say them."""


def ask_save(screen: ListScreen) -> None:
    """Asks for a file, then writes what the list shows into it."""
    count = screen.listing.count
    day = screen.desk.clock().date().isoformat()
    name = f"sfvtui-{screen.place}-{day}.csv"

    def typed(text: str | None) -> None:
        if text and text.strip():
            _ask_over(screen, Path(text.strip()).expanduser().absolute())

    note = "The rows and columns that the list shows, as CSV that only you can read."
    if screen.of_people:
        note += "\n`sfvtui edit --from` takes it back, with values changed."
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
    header, draw = _people(screen, columns) if screen.of_people else _shown(screen, columns)
    found: list[Sequence[object]] = []
    for start in range(0, len(order), AT_ONCE):
        found.extend(draw(order[start : start + AT_ONCE]))
        await asyncio.sleep(0)
    text = "".join(f"{line}\r\n" for line in csv_rows(header, found))
    try:
        paths.write_private(path, text.encode())
    except OSError as error:
        screen.say(f"{path} was not written: {error.strerror}", "bad")
    else:
        screen.say(f"saved {plural(len(found), 'row')} to {path}", "good")


def _shown(screen: ListScreen, columns: Sequence[Column]) -> tuple[Sequence[str], Draw]:
    """The header, and the cells as the list shows them."""
    source = screen.listing.source

    def draw(keys: Sequence[int]) -> Iterator[Sequence[object]]:
        known = source.rows(keys)
        for row in (known[key] for key in keys if key in known):
            yield (row.ident, *(row.cell(column.name).text for column in columns))

    return ("record", *(column.named.lower() for column in columns)), draw


def _people(screen: ListScreen, columns: Sequence[Column]) -> tuple[Sequence[str], Draw]:
    """The header and cells of a list of records, as `edit --from` takes them: fields by API name,
    with values as they are typed; what is no field by the names that it passes over."""
    desk, source = screen.desk, screen.listing.source
    fields = {field.name: field for field in (desk.bound.listed if desk.bound else ())}
    named = desk.bound.name_field.name if desk.bound and desk.bound.name_field else ""
    header: dict[str, str] = {}
    for column in columns:
        name = named if column.name == "name" and named in fields else column.name
        if name in fields:
            header.setdefault(name, name)
        elif name in _OF_REVIEW:
            header.setdefault(_OF_REVIEW[name], _CELLS[_OF_REVIEW[name]])
        elif name in _SAID:
            header.setdefault(_SAID[name], name)

    def draw(keys: Sequence[int]) -> Iterator[Sequence[object]]:
        known, raw = source.rows(keys), record_rows(desk.store, keys)
        for key in keys:
            if key not in known or key not in raw:
                continue
            row, values = known[key], raw[key]
            yield (
                row.ident,
                *(
                    to_json(fields[name], values[name] or "")
                    if name in fields
                    else row.cell(cell).text
                    for name, cell in header.items()
                ),
            )

    return ("record", *header), draw
