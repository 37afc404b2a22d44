"""The panel beside or under a list: what the row under the cursor is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll

from sfvtui.tui.widgets.prose import Prose, ProseView

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Detail(VerticalScroll, can_focus=False):
    """A text that scrolls with `J` and `K`."""

    DEFAULT_CSS = """
    Detail { padding: 0 1; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        color: $foreground; }
    """

    def __init__(self, *, id: str = "detail") -> None:  # noqa: A002 (the framework's name)
        super().__init__(id=id)
        self._shown = Prose()

    def compose(self) -> ComposeResult:
        yield ProseView()

    def show(self, text: Prose) -> None:
        """Shows another text from its beginning; the same one stays where it is."""
        if text.same_as(self._shown):
            return
        self._shown = text
        self.query_one(ProseView).update(text)
        self.scroll_home(animate=False)

    def turn(self, lines: int) -> None:
        """Scrolls by so many lines."""
        self.scroll_relative(y=lines, animate=False)
