"""Another object for the store: chosen from the org's describe, proposed, explained, adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui import paths
from sfvtui.config import load
from sfvtui.config.save import save_mapping
from sfvtui.mirror.emptying import unsent
from sfvtui.tui import facts
from sfvtui.tui.on_disk import go_by_config
from sfvtui.tui.proposal_view import proposal_text
from sfvtui.tui.widgets.dialogs import Choose, Confirm
from sfvtui.tui.words import plural
from sfvtui.tui.work import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from sfvtui.domain.guards import Guard
    from sfvtui.domain.mapping import Mapping as Answers
    from sfvtui.remotes.answers import ObjectName
    from sfvtui.sync.context import Context
    from sfvtui.sync.propose import Proposal
    from sfvtui.tui.screens.mapping import MappingScreen
    from sfvtui.tui.widgets.prose import Prose

QUESTION = "Which Salesforce object corresponds to a Vitally user?"


def choose_object(screen: MappingScreen) -> None:
    """Asks Salesforce for its objects, and a person for one of them; then proposes a mapping."""
    why = facts.idle(screen.facts())
    if screen.desk.read_only:
        why = "read-only: a store's object is not changed"
    if why:
        screen.say(f"can't change the object: {why}", "warn")
        return

    def run(context: Context, _: Callable[[Guard], bool]) -> list[ObjectName]:
        from sfvtui.sync.setup import mappable

        return mappable(context.salesforce())

    def then(found: list[ObjectName]) -> None:
        present = screen.draft.object if screen.draft else ""

        def chosen(name: str | None) -> None:
            if name is not None and name != present:
                _propose(screen, name)

        screen.app.push_screen(Choose(QUESTION, object_entries(found), current=present), chosen)

    job = Job("reading the objects of Salesforce", run, then)
    go_by_config(screen, lambda: screen.main.start(job))


def object_entries(found: list[ObjectName]) -> list[tuple[str, str, str]]:
    """Objects as a list to choose from: label, API name, whether it is a custom one."""
    return [(one.name, f"{one.label}  {one.name}", "custom" if one.custom else "") for one in found]


def _propose(screen: MappingScreen, name: str) -> None:
    """Proposes a first mapping of the object, says what changing to it means, and asks."""

    def run(context: Context, _: Callable[[Guard], bool]) -> Proposal:
        from sfvtui.sync.propose import propose

        return propose(context.salesforce(), context.vitally(), name)

    def then(proposal: Proposal) -> None:
        def answer(yes: bool | None) -> None:  # noqa: FBT001 (the framework's call)
            if yes:
                _adopt(screen, proposal.mapping)

        text = _means(screen).line().line("A first mapping, from what the org shows", "title")
        text.put(proposal_text(proposal))
        screen.app.push_screen(
            Confirm(f"Hold {name} from now on?", text, yes=f"hold {name}"), answer
        )

    screen.main.start(Job(f"a first mapping of {name}", run, then))


def _means(screen: MappingScreen) -> Prose:
    from sfvtui.tui.widgets.prose import Prose

    store = screen.desk.store
    held = store.get("object") or "nothing"
    text = Prose().line("What it means", "title")
    text.hang(2).line(f"· One store holds one object; this one holds {held}.")
    text.hang(2).line("· Its mirror, links and bases are dropped, and read anew by the next pull.")
    text.hang(2).line(f"· {plural(unsent(store), 'open change')} of the outbox go, unsent.", "warn")
    text.hang(2).line("· The history is kept, and a backup of the store is made first.")
    text.hang(2).line("· Nothing is changed in Salesforce or Vitally.")
    if screen.dirty:
        text.hang(2).line("· What was changed here and not saved goes, too.", "warn")
    text.hang(2).line("! To keep both, give the other object a config and store of its own.", "dim")
    return text


def _adopt(screen: MappingScreen, mapping: Answers) -> None:
    desk = screen.desk
    path, env = desk.config_path, desk.env

    def run(context: Context, _: Callable[[Guard], bool]) -> str:
        return adopt_object(context, path, env, mapping)

    def then(said: str) -> None:
        screen.saved_anew(load(path, env))
        backup = said.partition("; ")[2].partition(". ")[0]
        screen.main.current().say(f"{mapping.object} is held now; p pulls it; {backup}", "good")

    screen.main.start(Job(f"changing to {mapping.object}", run, then))


def adopt_object(context: Context, path: Path, env: Mapping[str, str], mapping: Answers) -> str:
    """Saves the mapping and runs `store adopt --object`; where that fails, the config is as it was.

    Returns what was done. Raises what saving and adopting raise.
    """
    from sfvtui.sync.adopt import adopt

    before = path.read_bytes()
    save_mapping(path, mapping)
    try:
        context.settings = load(path, env)
        return adopt(context, mapping.object)
    except BaseException:
        paths.write_private(path, before)
        raise
