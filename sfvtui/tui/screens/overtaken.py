"""The question before a draft is saved that the config has overtaken: begin again, or write over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from sfvtui.tui.mapping_words import changes
from sfvtui.tui.widgets.dialogs import Dialog
from sfvtui.tui.widgets.prose import Prose, ProseView, safe

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.content import Content

    from sfvtui.domain.mapping import Mapping

Answer = Literal["again", "over"]


class Overtaken(Dialog["Answer | None"]):
    """Says what the file and the draft changed of what the draft began from."""

    BINDINGS = [
        Binding("b", "answer('again')", show=False),
        Binding("o", "answer('over')", show=False),
        Binding("n,escape,q", "answer('')", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, began: Mapping | None, draft: Mapping, now: Mapping | None) -> None:
        super().__init__()
        self.text = _differences(began, draft, now)
        self._rebased = began is not None and now is not None and began.object == now.object

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            question = "The config's mapping was changed since this draft began"
            yield Static(safe(question), classes="dialog--title")
            with VerticalScroll(classes="dialog--body", can_focus=False):
                yield ProseView(self.text)
            yield Static(self._keys(), classes="dialog--keys")

    def _keys(self) -> Content:
        kept = ", this draft's changes on it" if self._rebased else ""
        text = Prose().add(" b ", "key").line(f" begin again from the config{kept}")
        text.add(" o ", "key").add(" write over it, after a yes    ")
        return text.add(" Esc ", "key").add(" neither").content

    def action_answer(self, answer: str) -> None:
        self.dismiss("again" if answer == "again" else "over" if answer == "over" else None)

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _differences(began: Mapping | None, draft: Mapping, now: Mapping | None) -> Prose:
    text = Prose().line("The config", "title")
    for line in changes(began, now) if now is not None else ("it has no mapping any more",):
        text.hang(2).line(f"· {line}")
    text.line("This draft", "title")
    for line in changes(began, draft):
        text.hang(2).line(f"· {line}")
    text.line("Writing over the config would change it so", "title")
    for line in changes(now, draft):
        text.hang(2).line(f"· {line}", "warn")
    return text
