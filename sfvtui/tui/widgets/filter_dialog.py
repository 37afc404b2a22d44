"""A filter text in a dialog: typed, completed and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widgets import Static

from sfvtui.domain import filters
from sfvtui.domain.filters.complete import complete
from sfvtui.tui.widgets.bars import Bar, FilterBar
from sfvtui.tui.widgets.dialogs import Dialog, ask_throw_away
from sfvtui.tui.widgets.prose import safe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from sfvtui.domain.fields import SObject
    from sfvtui.domain.filters.complete import Suggestion


class FilterDialog(Dialog["str | None"]):
    """Ends with the filter text, or None where nothing is to change.

    `keep` takes what is typed at each key, and None once it is done with; `draft` is what it took
    last before the program ended.
    """

    def __init__(
        self,
        title: str,
        text: str,
        sobject: SObject,
        *,
        draft: str | None = None,
        keep: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._title, self._text, self._sobject = title, text, sobject
        self._draft, self._keep = draft, keep

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(safe(self._title), classes="dialog--title")
            yield FilterBar(self._check, self._offers)
            yield Static(
                safe("Tab complete   ↑ ↓ choose   Enter take   empty: everything   Esc back"),
                classes="dialog--keys",
            )

    def on_mount(self) -> None:
        self.query_one(FilterBar).open(self._text if self._draft is None else self._draft)

    def _check(self, text: str) -> object:
        return filters.parse(text, self._sobject)

    def _offers(self, text: str, cursor: int) -> Sequence[Suggestion]:
        return complete(text, self._sobject, cursor)

    @on(Bar.Typed)
    def _filter_typed(self, event: Bar.Typed) -> None:
        if event.done:
            text = event.text.strip()
            self._end(None if text == self._text else text)
        else:
            self._keep(event.text)

    def _end(self, answer: str | None) -> None:
        self._keep(None)
        self.dismiss(answer)

    @on(Bar.Closed)
    def _filter_closed(self) -> None:
        typed = self.query_one(FilterBar).input.value
        if typed.strip() == self._text.strip():
            self._end(None)
        else:
            ask_throw_away(self, typed, lambda: self._end(None))
