"""A pair's value, typed in the editor of its type over whatever screen shows the pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.tui.record_view import value
from sfvtui.tui.widgets.editors import editor_for
from sfvtui.tui.widgets.prose import Prose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sfvtui.sync.edit import EditReport
    from sfvtui.tui.record_view import PairView, RecordView
    from sfvtui.tui.screens.base import SfvScreen


def open_editor(screen: SfvScreen, view: RecordView, pair: PairView, note: str = "") -> None:
    """Opens the editor; what it ends with is queued. `note` is said above the two sides."""
    desk, record, name = screen.desk, view.record_id, pair.pair.name
    about = Prose()
    if note:
        about.line(note, "warn")
    for side, known in (("Salesforce", pair.salesforce), ("Vitally", pair.vitally)):
        about.hang(12).add(f"{side:<11} ", "dim").line(*value(pair.pair, known))
    draft = desk.ui.get("drafts", record, name)
    open_at = ("editor", screen.main.current_mode, screen.place)

    def keep(text: str | None) -> None:
        desk.ui.keep(text, "drafts", record, name)

    def typed(text: str | None) -> None:
        desk.ui.keep(None, *open_at)
        if text is not None:
            queue(screen, record, {name: text})

    editor = editor_for(pair.pair.field)(
        pair.pair.field,
        pair.edit if pair.edit is not None else pair.salesforce or "",
        title=f"{pair.pair.field.label} of {view.name}",
        about=about,
        draft=draft if isinstance(draft, str) else None,
        keep=keep,
    )
    desk.ui.keep([record, name], *open_at)
    screen.app.push_screen(editor, typed)


def left_open(screen: SfvScreen) -> tuple[str, str] | None:
    """The record and the pair whose editor was open over this screen when the program ended; asked
    once."""
    open_at = ("editor", screen.main.current_mode, screen.place)
    kept = screen.desk.ui.get(*open_at)
    screen.desk.ui.keep(None, *open_at)
    if isinstance(kept, list) and len(kept) == 2 and not screen.desk.read_only:
        return str(kept[0]), str(kept[1])
    return None


def queue(screen: SfvScreen, record_id: str, values: dict[str, str]) -> None:
    """Queues typed values, and says what became of them."""
    from sfvtui.sync.edit import edit

    def then(report: EditReport) -> None:
        if not report.edits:
            screen.say("both sides have this value already: nothing is queued")
        elif all(_both_have(item) for item in report.edits):
            screen.say("the edit is gone, both sides have this value; u brings it back", "good")
        else:
            names = ", ".join(str(item["field"]) for item in report.edits)
            screen.say(f"{names} is queued; P pushes, u takes it back", "good")

    screen.decide(lambda context: edit(context, record_id, values), then)


def _both_have(item: Mapping[str, Any]) -> bool:
    """Whether what was typed is what both sides have: the edit before it is gone, none is queued."""
    before = item["before"]
    return bool(before["salesforce"] == item["after"] == before["vitally"])
