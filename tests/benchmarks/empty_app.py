"""The least that a program on Textual does: an app with one line of text, which each key changes."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Static


class EmptyApp(App[None]):
    """Says how many keys it has seen."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        self._keys = 0

    def compose(self) -> ComposeResult:
        yield Static("1 of nothing", id="text")

    def on_key(self) -> None:
        self._keys += 1
        self.query_one("#text", Static).update(f"{self._keys + 1} of nothing")


if __name__ == "__main__":
    EmptyApp().run()
