"""The mapping's versions: listed, compared with what is saved, and brought back as the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.config import parse_mapping
from sfvtui.errors import ConfigError
from sfvtui.mirror import mappings
from sfvtui.tui.mapping_words import changes
from sfvtui.tui.widgets.cells import clip, write
from sfvtui.tui.widgets.dialogs import Choose, room_of
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import plural

if TYPE_CHECKING:
    from textual.content import Content

    from sfvtui.domain.mapping import Mapping
    from sfvtui.tui.screens.drafting import Drafting

VERSIONS_SHOWN = 100


class ChooseVersion(Choose):
    """Versions on two lines each: when and by whom, and what bringing it back would change."""

    def draw(self, entry: tuple[str, str, str]) -> Content:
        name, words, note = entry
        room = room_of(self.app) - 2
        text = Prose().add("● " if name == self._current else "  ").line(clip(write(words), room))
        return text.add("    ").add(clip(write(note), room - 2), "dim").content


def choose_version(screen: Drafting) -> None:
    """Lists the versions, the latest first; the chosen one becomes the draft."""
    rows = mappings.versions(screen.desk.store, VERSIONS_SHOWN)
    found = {str(row["version"]): _parsed(row["toml"]) for row in rows}
    saved = screen.saved
    now = next((name for name, mapping in found.items() if mapping == saved), "")
    entries = [
        (
            str(row["version"]),
            f"version {row['version']}   {row['at'][:16].replace('T', ' ')} by {row['who']}",
            _difference(saved, found[str(row["version"])]),
        )
        for row in rows
    ]

    def chosen(version: str | None) -> None:
        mapping = found[version] if version is not None else None
        if mapping is None:
            return
        if saved is not None and mapping.object != saved.object:
            screen.say(
                f"version {version} maps {mapping.object}; Enter on the object changes to it",
                "warn",
            )
            return
        screen.take(mapping)
        screen.say(f"version {version} is the draft; Ctrl+S says what it changes")

    screen.app.push_screen(ChooseVersion("Bring back which version?", entries, current=now), chosen)


def _parsed(text: str) -> Mapping | None:
    """A version; None for one that this program can no longer read."""
    try:
        return parse_mapping(text)
    except ConfigError:
        return None


def _difference(saved: Mapping | None, version: Mapping | None) -> str:
    """What bringing a version back would change of what is saved."""
    if version is None:
        return "it can no longer be read"
    found = changes(saved, version)
    if not found:
        return "it is what is saved"
    return f"{plural(len(found), 'change')}: {'; '.join(found)}"
