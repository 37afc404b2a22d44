"""What nobody expected, on one screen: what was being done, that nothing is lost, where the log is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Static

from sfvtui.tui.widgets.dialogs import Dialog
from sfvtui.tui.widgets.prose import Prose, ProseView

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult


class FailureScreen(Dialog[bool]):
    """Goes on where it can; ends with True where the person would rather leave."""

    BINDINGS = [
        Binding("escape,enter", "answer(False)", show=False),
        Binding("q,ctrl+c", "answer(True)", show=False),
    ]

    def __init__(self, error: BaseException, place: str, log: Path | None) -> None:
        super().__init__()
        text = Prose().line("Something unexpected happened.", "bad").line()
        text.fact("on", place).fact("error", f"{type(error).__name__}: {error}")
        text.line().line(
            "Nothing is lost: what was decided, typed or queued is in the store, and what was "
            "being typed is kept as a draft. Nothing was sent that the history does not show."
        )
        if log is not None:
            text.line().fact("log", str(log))
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield ProseView(self._text)
            yield Static("Esc go on   q leave", classes="dialog--keys", markup=False)

    def action_answer(self, leave: bool) -> None:  # noqa: FBT001 (the framework's call)
        self.dismiss(leave)
