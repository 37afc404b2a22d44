"""How a list of any length is drawn: a header, and the rows of its window that are on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from sfvtui.domain.text import fold
from sfvtui.tui.source import View
from sfvtui.tui.widgets.cells import clip, hits, write
from sfvtui.tui.widgets.columns import GAP, Choice, place
from sfvtui.tui.widgets.window import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from sfvtui.tui.source import Column, Row, Source
    from sfvtui.tui.widgets.columns import Placed

BETWEEN = " " * GAP
GUTTER = 3
GONE = "no longer there"
HEADER = 1


class DrawnList(Widget):
    """Draws a window on a `Source`: each line of the screen is a row read by its key."""

    COMPONENT_CLASSES = {
        "list--header",
        "list--column",
        "list--cursor",
        "list--away",
        "list--marked",
        "list--hit",
        "list--good",
        "list--info",
        "list--warn",
        "list--bad",
        "list--dim",
    }
    DEFAULT_CSS = """
    DrawnList {
        height: 1fr; width: 1fr; color: $foreground; background: $background;
        & > .list--header { color: $dim; }
        & > .list--column { color: $primary; text-style: bold; }
        & > .list--cursor { background: $row; color: $row-text; text-style: bold; }
        & > .list--away { background: $row-away; }
        & > .list--marked { color: $mark; }
        & > .list--hit { color: $hit; text-style: underline; }
        & > .list--good { color: $success; }
        & > .list--info { color: $primary; }
        & > .list--warn { color: $warning; }
        & > .list--bad { color: $error; }
        & > .list--dim { color: $dim; }
        &:nocolor > .list--cursor { text-style: reverse; }
        &:nocolor > .list--marked { text-style: bold; }
        &:nocolor > .list--column { text-style: bold underline; }
    }
    """

    def __init__(
        self,
        source: Source,
        *,
        view: View | None = None,
        choice: Choice | None = None,
        empty: str = "nothing here",
        name: str | None = None,
        id: str | None = None,  # noqa: A002 (the framework's name)
    ) -> None:
        super().__init__(name=name, id=id)
        self.window = Window(source)
        self.view = view or View()
        self.choice = choice or Choice.from_json(None, source.columns)
        self.empty = empty
        self.whole = False
        self.last_search = ""
        self.error = ""
        self.column_name = ""
        self._placed: list[Placed] = []
        self._looks: dict[str, Style] = {}

    # --- what is shown

    @property
    def source(self) -> Source:
        """What the list reads from."""
        return self.window.source

    @property
    def row(self) -> Row | None:
        """The row under the cursor."""
        return self.window.row_at(self.window.cursor)

    @property
    def count(self) -> int:
        """How many rows the list shows, as far as they were read."""
        return len(self.window.order)

    @property
    def marked(self) -> int:
        """How many rows are marked."""
        return len(self.window.marks)

    @property
    def column(self) -> Column | None:
        """The column that ← → chose."""
        shown = self.choice.visible(self.source.columns)
        found = next((c for c in shown if c.name == self.column_name), None)
        return found or next(iter(shown), None)

    # --- drawing

    def _refresh_rows(self) -> None:
        """Draws all rows again; the header stays."""
        self.refresh(Region(0, HEADER, self.size.width, max(0, self.size.height - HEADER)))

    def _refresh_row(self, position: int) -> None:
        y = position - self.window.top + HEADER
        if HEADER <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def render_lines(self, crop: Region) -> list[Strip]:
        # Styles are the same for all lines of a drawing, and each costs more than a line's text.
        self._looks = {"": self.rich_style}
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, plain = self.size.width, self._look("")
        if y == 0:
            self._placed = place(
                self.source.columns,
                self.choice,
                width - GUTTER,
                self.column.name if self.column else "",
            )
            return self._header(width)
        position = self.window.top + y - HEADER
        if position < self.count:
            return self._row_strip(position, width)
        if y == min(2, self.size.height - 1) and not self.count:
            words = self.error or (self.empty if self.whole else "reading…")
            style = self._look("bad" if self.error else "dim")
            return _strip([(clip(f"   {write(words)}", width), style)], width, width, plain)
        return Strip.blank(width, plain)

    def _header(self, width: int) -> Strip:
        base = self._look("header")
        parts: list[tuple[str, Style]] = [(" " * GUTTER, base)]
        for placed in self._placed:
            title = placed.column.title
            if self.view.sort == placed.column.name:
                title += " ▼" if self.view.reverse else " ▲"
            chosen = self.column is not None and placed.column.name == self.column.name
            style = base + self._partial("column") if chosen else base
            parts.append((clip(title, placed.width, right=placed.column.right), style))
            parts.append((BETWEEN, base))
        return _strip(parts[:-1], self._drawn_cells, width, base)

    def _row_strip(self, position: int, width: int) -> Strip:
        row, key = self.window.row_at(position), self.window.order[position]
        here = position == self.window.cursor
        marked = key in self.window.marks or self.window.in_range(position)
        base = self._look(("cursor" if self.has_focus else "away") if here else "")
        gutter = f"{'▸' if here else ' '}{'●' if marked else ' '} "
        parts = [(gutter, self._look("marked") if marked and not here else base)]
        if row is None:
            return _strip([*parts, (GONE, base)], GUTTER + len(GONE), width, base)
        words = fold(self.view.search or self.last_search).split()
        for placed in self._placed:
            cell = row.cell(placed.column.name)
            tone = cell.tone or row.tone
            style = self._look(tone) if tone and not here else base
            text = clip(write(cell.text), placed.width, right=placed.column.right)
            if words:
                parts.extend(hits(text, words, style, style + self._partial("hit")))
            else:
                parts.append((text, style))
            parts.append((BETWEEN, base))
        return _strip(parts[:-1], self._drawn_cells, width, base)

    @property
    def _drawn_cells(self) -> int:
        """How many cells gutter and columns take together."""
        last = self._placed[-1] if self._placed else None
        return GUTTER + last.x + last.width if last else 0

    def _look(self, name: str) -> Style:
        """The style of a tone on the list's own; of the list where it has no name."""
        found = self._looks.get(name)
        if found is None:
            found = self._looks[name] = self._looks[""] + self._partial(name)
        return found

    def _partial(self, name: str) -> Style:
        return self.get_component_rich_style(f"list--{name}", partial=True)


def _strip(parts: Sequence[tuple[str, Style]], cells: int, width: int, base: Style) -> Strip:
    """A line of parts that are `cells` wide together, as wide as `width`.

    It has as few segments as styles allow: each costs bytes on a slow line.
    """
    joined: list[tuple[str, Style]] = []
    for text, style in (*parts, (" " * (width - cells), base)):
        if joined and (joined[-1][1] == style or not (text.strip() or style.reverse)):
            joined[-1] = (joined[-1][0] + text, joined[-1][1])
        else:
            joined.append((text, style))
    strip = Strip([Segment(text, style) for text, style in joined], max(cells, width))
    return strip.crop(0, width)
