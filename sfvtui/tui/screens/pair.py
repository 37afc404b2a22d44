"""One pair of the mapping: added from two lists, changed rule by rule."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sfvtui.domain.mapping import BlankRule, OnConflict, Pair
from sfvtui.tui import pickers
from sfvtui.tui.widgets.dialogs import Ask, Choose

if TYPE_CHECKING:
    from sfvtui.tui.screens.mapping import MappingScreen

CONFLICT_RULES = {
    OnConflict.ASK: "a person decides",
    OnConflict.SALESFORCE: "Salesforce's value is taken",
    OnConflict.VITALLY: "Vitally's value is taken",
    OnConflict.NEWEST: "the side whose row changed last; a tie asks",
}
BLANK_RULES = {
    BlankRule.COPY: "the blank is copied",
    BlankRule.ASK: "a person decides",
    BlankRule.NEVER: "the other side keeps its value",
}


def add_pair(screen: MappingScreen) -> None:
    """Asks for a Salesforce field, then for its trait, and adds the pair at the end."""
    draft, sobject = screen.draft, screen.sobject
    if draft is None:
        return
    if sobject is None:
        screen.say("the object's fields are not known yet: p pulls first", "warn")
        return
    taken = [pair.field for pair in draft.pairs]

    def field_chosen(field: str | None) -> None:
        if field is not None:
            choose_trait(screen, field, f"sfdc.{field}", lambda trait: _added(screen, field, trait))

    entries = pickers.fields(screen.desk.store, sobject, without=taken)
    screen.app.push_screen(Choose("Mirror which Salesforce field?", entries), field_chosen)


def choose_trait(screen: MappingScreen, field: str, first: str, then: object) -> None:
    """Asks for the trait that mirrors a field."""
    taken = {p.trait for p in screen.draft.pairs if p.field != field} if screen.draft else set()
    entries = [e for e in pickers.traits(screen.desk.store, first=first) if e[0] not in taken]

    def chosen(trait: str | None) -> None:
        if trait is None:
            return
        if trait in taken:
            screen.say(f"{trait} mirrors another field already", "warn")
        elif callable(then):
            then(trait)

    question = f"Which trait of the user mirrors {field}?"
    screen.app.push_screen(Choose(question, entries, current=first, free=True), chosen)


def _added(screen: MappingScreen, field: str, trait: str) -> None:
    if screen.draft is not None:
        screen.take(screen.draft._replace(pairs=(*screen.draft.pairs, Pair(field, trait))))
        screen.listing.reload(wanted=len(screen.draft.pairs) - 1)


def edit_pair(screen: MappingScreen, at: int) -> None:
    """Asks what of a pair is to change, and changes it."""
    if screen.draft is None:
        return
    pair = screen.draft.pairs[at]
    entries = (
        ("trait", f"trait              {pair.trait}", ""),
        ("editable", f"editable           {'yes' if pair.editable else 'no'}", "Space turns it"),
        ("on_conflict", f"both changed       {pair.on_conflict}", CONFLICT_RULES[pair.on_conflict]),
        (
            "to_vitally",
            f"blank to Vitally   {pair.to_vitally}",
            BLANK_RULES[pair.to_vitally],
        ),
        (
            "to_salesforce",
            f"blank to Salesforce {pair.to_salesforce}",
            BLANK_RULES[pair.to_salesforce],
        ),
        ("values", f"table of values    {len(pair.values)}", "A = a; B = b"),
    )

    def chosen(name: str | None) -> None:
        if name is not None:
            _change(screen, at, pair, name)

    screen.app.push_screen(Choose(f"{pair.field}: change what?", entries), chosen)


def _change(screen: MappingScreen, at: int, pair: Pair, name: str) -> None:
    if name == "editable":
        screen.do_toggle()
    elif name == "trait":
        choose_trait(
            screen,
            pair.field,
            pair.trait,
            lambda trait: screen.take_pair(at, pair._replace(trait=trait)),
        )
    elif name == "values":
        _change_values(screen, at, pair)
    else:
        rules = CONFLICT_RULES if name == "on_conflict" else BLANK_RULES

        def chosen(rule: str | None) -> None:
            if rule is not None:
                screen.take_pair(at, _with_rule(pair, name, rule))

        entries = [(str(rule), str(rule), words) for rule, words in rules.items()]
        current = str(getattr(pair, name))
        screen.app.push_screen(Choose(f"{pair.field}: {name}", entries, current=current), chosen)


def _with_rule(pair: Pair, name: str, rule: str) -> Pair:
    if name == "on_conflict":
        return pair._replace(on_conflict=OnConflict(rule))
    if name == "to_vitally":
        return pair._replace(to_vitally=BlankRule(rule))
    return pair._replace(to_salesforce=BlankRule(rule))


def _change_values(screen: MappingScreen, at: int, pair: Pair) -> None:
    """The table of values as one line: `Salesforce = Vitally; …`."""
    now = "; ".join(f"{ours} = {theirs}" for ours, theirs in pair.values.items())

    def typed(text: str | None) -> None:
        if text is None:
            return
        table: dict[str, str] = {}
        for part in text.split(";"):
            ours, equals, theirs = part.partition("=")
            if part.strip() and not equals:
                screen.say(f"{part.strip()!r} is not Salesforce = Vitally", "warn")
                return
            if part.strip():
                table[ours.strip()] = theirs.strip()
        if len(set(table.values())) != len(table):
            screen.say("two Salesforce values have the same Vitally value", "warn")
            return
        screen.take_pair(at, pair._replace(values=MappingProxyType(table)))

    note = (
        "Salesforce value = Vitally value; others pass unchanged. Example: Buyer = buyer; VP = vp"
    )
    screen.app.push_screen(Ask(f"{pair.field}: table of values", now, note=note), typed)
