"""The mapping in words: its answers, its effect, and what saving another one changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.domain.mapping import MatchBy
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import STATE_MEANINGS, STATE_SIGNS, STATE_TONES, STATE_WORDS, number

if TYPE_CHECKING:
    from sfvtui.domain.mapping import Mapping, Pair
    from sfvtui.sync.effect import Effect

QUESTIONS = (
    "Which Salesforce object corresponds to a Vitally user?",
    "How do records match users?",
    "May unmatched records create users?",
    "Which fields are mirrored, and may they be edited?",
)


def by_words(mapping: Mapping) -> str:
    """The match rule as a sentence."""
    theirs = "externalId" if mapping.match.by is MatchBy.EXTERNAL_ID else mapping.match.trait
    case = ", letter case ignored" if mapping.match.ignore_case else ""
    return f"{mapping.match.field} equals {theirs}{case}"


def blanks_words(pair: Pair) -> str:
    """A pair's rules for blanks, both directions."""
    return f"→V {pair.to_vitally}, →S {pair.to_salesforce}"


def changes(old: Mapping | None, new: Mapping) -> list[str]:
    """What saving `new` in place of `old` changes, a sentence each."""
    if old is None:
        return ["the first mapping of this store"]
    found = []
    for words, before, after in (
        ("the object", old.object, new.object),
        ("the scope", old.scope or "everything", new.scope or "everything"),
        ("the match rule", by_words(old), by_words(new)),
        ("unmatched records create users", _yes(old.create.allowed), _yes(new.create.allowed)),
        ("the create filter", old.create.filter or "none", new.create.filter or "none"),
        ("a new user's externalId", old.external_id_field, new.external_id_field),
        (
            "the account rule",
            f"{old.account.field} equals {old.account.equals}",
            f"{new.account.field} equals {new.account.equals}",
        ),
    ):
        if before != after:
            found.append(f"{words}: {before} → {after}")
    before_pairs = {pair.field: pair for pair in old.pairs}
    after_pairs = {pair.field: pair for pair in new.pairs}
    found += [f"{name} is no longer mirrored" for name in before_pairs if name not in after_pairs]
    for name, pair in after_pairs.items():
        was = before_pairs.get(name)
        if was is None:
            found.append(f"{name} is mirrored as {pair.trait}, {_editable(pair)}")
        elif was != pair:
            found.append(f"{name}: {_pair_changes(was, pair)}")
    if list(before_pairs) != list(after_pairs) and set(before_pairs) == set(after_pairs):
        found.append("the order of the fields")
    return found


def consequences(old: Mapping | None, new: Mapping) -> list[str]:
    """What follows from saving, beside the changed answers themselves."""
    if old is None:
        return []
    found = ["The next push shows its plan and asks, once."]
    if (old.object, old.scope, old.match) != (new.object, new.scope, new.match):
        found.append(
            "Links that the rule made and that nothing was sent for are made anew, after the next "
            "pull has read both sides to the end."
        )
    before = {pair.field: (pair.trait, dict(pair.values)) for pair in old.pairs}
    void = [p.field for p in new.pairs if before.get(p.field) != (p.trait, dict(p.values))]
    if void:
        found.append(f"No base yet for {', '.join(void)}: Salesforce's values go to Vitally first.")
    return found


def _pair_changes(was: Pair, now: Pair) -> str:
    found = []
    for words, before, after in (
        ("trait", was.trait, now.trait),
        ("editable", _yes(was.editable), _yes(now.editable)),
        ("both changed", str(was.on_conflict), str(now.on_conflict)),
        ("blanks", blanks_words(was), blanks_words(now)),
        ("values", f"{len(was.values)} mapped", f"{len(now.values)} mapped"),
    ):
        if before != after:
            found.append(f"{words} {before} → {after}")
    if was.values != now.values and not any(f.startswith("values") for f in found):
        found.append("other values")
    return ", ".join(found)


def _yes(value: bool) -> str:  # noqa: FBT001 (a word for it)
    return "yes" if value else "no"


def _editable(pair: Pair) -> str:
    return "editable" if pair.editable else "not editable"


# --- effect


def effect_text(effect: Effect | None, present: Effect | None, question: int) -> Prose:
    """What the draft would do, with what the saved mapping does beside it where they differ."""
    if effect is None:
        return Prose().line("counting…", "dim")
    text = Prose()
    if effect.share < 1:
        text.line(f"about, by {effect.share:.0%} of it; counting…", "dim")
    if effect.unread:
        text.line(f"not read yet: {', '.join(effect.unread)}", "warn")
        text.line(
            "r reads them now, its cost said first; until then they count for nothing.", "dim"
        )
        text.line()
    if question <= 3:
        for state, sign in STATE_SIGNS.items():
            text.put(_state(state, sign, effect, present))
    if question == 3 and effect.held:
        text.line().line("Held, because", "title")
        for reason, count in sorted(effect.held.items(), key=lambda item: -item[1]):
            text.fact(f"{number(count):>7}", reason, width=7)
    if question == 4:
        text.put(_values("Values that would change in Vitally", effect.to_vitally))
        text.put(_values("Values that would change in Salesforce", effect.to_salesforce))
        text.line()
        noun = "conflict" if effect.conflicts == 1 else "conflicts"
        text.fact(f"{number(effect.conflicts):>7}", f"{noun} for a person", width=7)
    return text


def _state(state: str, sign: str, effect: Effect, present: Effect | None) -> Prose:
    now = effect.states.get(state, 0)
    text = Prose().add(f"  {sign} ", STATE_TONES[state] if now else "dim")
    text.add(f"{STATE_WORDS[state]:<15}{number(now):>9}", "" if now else "dim")
    before = present.states.get(state, 0) if present else now
    if before != now:
        text.add(f"  {now - before:+d}", "warn")
    elif now:
        text.hang(30).add(f"  {STATE_MEANINGS[state]}", "dim")
    return text.line()


def _values(title: str, counts: dict[str, int]) -> Prose:
    text = Prose().add(title, "title").line(f"  {number(sum(counts.values()))}")
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        text.fact(f"{number(count):>7}", name, width=7)
    return text
