"""The answers of the first three questions: what they are, and how each is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfvtui.domain.mapping import MatchBy
from sfvtui.tui import pickers
from sfvtui.tui.widgets.dialogs import Choose
from sfvtui.tui.widgets.filter_dialog import FilterDialog

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sfvtui.domain.fields import SObject
    from sfvtui.domain.mapping import Mapping
    from sfvtui.tui.screens.mapping import MappingScreen


@dataclass(frozen=True)
class Answer:
    """One answer: its name, its words, how it is shown now."""

    name: str
    words: str
    shown: str


def answers(mapping: Mapping, question: int) -> list[Answer]:
    """The answers of a question, those left out that do not matter as things stand."""
    match, create, account = mapping.match, mapping.create, mapping.account
    by_trait = match.by is MatchBy.TRAIT
    if question == 1:
        return [
            Answer("object", "Salesforce object", mapping.object),
            Answer("scope", "which rows are mirrored", mapping.scope or "all of them"),
        ]
    if question == 2:
        found = [
            Answer(
                "by",
                "a field holds the user's ID?",
                "no: a field equals a trait" if by_trait else "yes: it equals externalId",
            ),
            Answer("match_field", "Salesforce field", match.field),
        ]
        if by_trait:
            found.append(Answer("match_trait", "Vitally trait", match.trait))
        case = "ignored" if match.ignore_case else "counts"
        return [*found, Answer("ignore_case", "letter case", case)]
    if question == 3:
        found = [
            Answer(
                "allowed",
                "may create users?",
                "yes, after review" if create.allowed else "no: update only",
            )
        ]
        if create.allowed:
            found.append(Answer("create_filter", "which records", create.filter or "all of them"))
            if by_trait:
                found.append(Answer("external_id", "externalId from", create.external_id))
        return [
            *found,
            Answer("account_field", "account: record's field", account.field),
            Answer("account_equals", "account: equals", account.equals),
        ]
    return []


def change(screen: MappingScreen, answer: Answer) -> None:
    """Changes an answer: a yes or no at once, anything else in a picker."""
    draft, sobject = screen.draft, screen.sobject
    if draft is None:
        return
    at_once = _AT_ONCE.get(answer.name)
    if at_once is not None:
        screen.take(at_once(draft))
        return
    if answer.name == "object":
        from sfvtui.tui.screens.another_object import choose_object

        choose_object(screen)
        return
    if sobject is None:
        screen.say("the object's fields are not known yet: p pulls first", "warn")
        return
    if answer.name in ("scope", "create_filter"):
        _change_filter(screen, draft, answer, sobject)
        return

    def chosen(name: str | None) -> None:
        if name is not None:
            screen.take(_WITH[answer.name](draft, name))

    entries, free = _entries(screen, sobject, answer)
    screen.app.push_screen(Choose(answer.words, entries, current=answer.shown, free=free), chosen)


def _change_filter(screen: MappingScreen, draft: Mapping, answer: Answer, sobject: SObject) -> None:
    now = draft.scope if answer.name == "scope" else draft.create.filter

    def typed(text: str | None) -> None:
        if text is not None:
            screen.take(_WITH[answer.name](draft, text))

    where = ("drafts", "mapping", answer.name)
    dialog = FilterDialog(
        f"Filter: {answer.words}",
        now,
        sobject,
        draft=screen.desk.ui.get(*where),
        keep=lambda text: screen.desk.ui.keep(text, *where),
    )
    screen.app.push_screen(dialog, typed)


def _entries(
    screen: MappingScreen, sobject: SObject, answer: Answer
) -> tuple[Sequence[pickers.Entry], bool]:
    """What may be chosen, and whether something else may be typed."""
    store = screen.desk.store
    if answer.name == "match_trait":
        return pickers.traits(store), True
    if answer.name == "account_equals":
        return pickers.of_accounts(store), True
    return pickers.fields(store, sobject, plain=True), False


_AT_ONCE: dict[str, Callable[[Mapping], Mapping]] = {
    "by": lambda m: m._replace(
        match=m.match._replace(
            by=MatchBy.EXTERNAL_ID if m.match.by is MatchBy.TRAIT else MatchBy.TRAIT,
            trait="" if m.match.by is MatchBy.TRAIT else m.match.trait or "email",
            ignore_case=m.match.by is not MatchBy.TRAIT,
        ),
    ),
    "ignore_case": lambda m: m._replace(
        match=m.match._replace(ignore_case=not m.match.ignore_case)
    ),
    "allowed": lambda m: m._replace(create=m.create._replace(allowed=not m.create.allowed)),
}
_WITH: dict[str, Callable[[Mapping, str], Mapping]] = {
    "scope": lambda m, text: m._replace(scope=text),
    "match_field": lambda m, name: m._replace(match=m.match._replace(field=name)),
    "match_trait": lambda m, name: m._replace(match=m.match._replace(trait=name)),
    "create_filter": lambda m, text: m._replace(create=m.create._replace(filter=text)),
    "external_id": lambda m, name: m._replace(create=m.create._replace(external_id=name)),
    "account_field": lambda m, name: m._replace(account=m.account._replace(field=name)),
    "account_equals": lambda m, name: m._replace(account=m.account._replace(equals=name)),
}
