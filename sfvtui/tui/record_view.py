"""One record as the screens show it: its pairs with both sides, base, edit and conflict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sfvtui.domain.values import same, show
from sfvtui.mirror import (
    accounts,
    conflicts,
    edits,
    flags,
    links,
    mappings,
    modifiers,
    records,
    stays,
)
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import FLAG_WORDS, STATE_SIGNS, STATE_TONES, STATE_WORDS, ago

if TYPE_CHECKING:
    from sfvtui.domain.bound import BoundPair
    from sfvtui.mirror.store import Row
    from sfvtui.tui.desk import Desk


@dataclass(frozen=True)
class PairView:
    """A pair of a record: canonical values (None: not read, no base, no edit), and its troubles."""

    pair: BoundPair
    salesforce: str | None
    vitally: str | None
    base: str | None = None
    edit: str | None = None
    edited_by: str = ""
    conflict: str = ""
    stay: str = ""
    paused: str = ""
    next: str = ""
    """What happens next with it, where that was asked for."""

    @property
    def differs(self) -> bool:
        """Whether the two sides hold different values."""
        if self.salesforce is None or self.vitally is None:
            return False
        return not same(self.pair.field, self.salesforce, self.vitally)

    def not_editable(self, *, linked: bool) -> str:
        """Why this pair takes no edit; empty text where it does."""
        name = self.pair.name
        if not linked:
            return "only linked records can be edited"
        if not self.pair.pair.editable:
            return f"{name} is not editable in the mapping"
        if self.paused:
            return f"{name} is paused: {self.paused}"
        if not self.pair.field.updateable:
            return f"this login may not write {name} in Salesforce"
        if self.salesforce is None or self.vitally is None:
            return f"{name} was not read yet, p pulls"
        return ""


@dataclass(frozen=True)
class RecordView:
    """A record with everything the screens say of it."""

    row: Row
    user: Row | None
    account: str
    modified_by: str
    flags: tuple[tuple[str, str], ...]
    pairs: tuple[PairView, ...]

    @property
    def record_id(self) -> str:
        """The record's 18-character Id."""
        return str(self.row["record_id"])

    @property
    def name(self) -> str:
        """The name that people know it by."""
        return str(self.row["display_name"])

    @property
    def user_words(self) -> str:
        """The user by externalId, or by Vitally's own id."""
        if self.user is None:
            return "no user"
        return str(self.user["external_id"] or self.user["user_id"])

    @property
    def state(self) -> str:
        """The record's state, or `out of scope` where it left every list."""
        return str(self.row["record_state"] or "")


def load(desk: Desk, record_id: str, *, steps: bool = False) -> RecordView | None:
    """The record with this Id; None where the mirror has none. `steps`: with what happens next."""
    store = desk.store
    row = records.by_id(store, record_id)
    if row is None:
        return None
    link = links.load(store, row["record_pk"])
    pairs = []
    paused = mappings.paused(store)
    asked = conflicts.of_record(store, record_id)
    kept = stays.reasons(store, link.link_id) if link is not None else {}
    have = set(row.keys())
    follows: dict[str, str] = {}
    if steps and desk.bound is not None and all(pair.name in have for pair in desk.bound.pairs):
        from sfvtui.sync.why import next_steps

        follows = next_steps(store, desk.bound, row, link)
    for pair in desk.bound.pairs if desk.bound else ():
        if pair.name not in have:
            pairs.append(PairView(pair, None, None))
            continue
        edit = edits.latest_of(store, link.link_id, pair.name) if link else None
        pairs.append(
            PairView(
                pair,
                row[pair.name],
                link.user[pair.name] if link else None,
                base=link.base[pair.name] if link and link.base is not None else None,
                edit=edit["value"] if edit else None,
                edited_by=f"{edit['who']}, {ago(edit['at'], desk.clock())}" if edit else "",
                conflict=asked[pair.name]["kind"] if pair.name in asked else "",
                stay=kept.get(pair.name, ""),
                paused=paused.get(pair.name, ""),
                next=follows.get(pair.name, ""),
            )
        )
    named = accounts.names(store, accounts.of_rule(store, row["account_key"]))
    return RecordView(
        row,
        link.user if link else None,
        min(named.values(), default=""),
        modifiers.name_of(store, row["modified_by"]) or row["modified_by"] or "",
        tuple(flags.of_record(store, row["record_pk"]).items()),
        tuple(pairs),
    )


def value(pair: BoundPair, canonical: str | None, missing: str = "not read") -> tuple[str, str]:
    """A value for a panel and its tone: unread and blank are said, not left empty."""
    if canonical is None:
        return missing, "dim"
    if canonical == "":
        return "blank", "dim"
    return show(pair.field, canonical), ""


def record_summary(desk: Desk, record_id: str) -> Prose | None:
    """A record for the panel beside a list."""
    view = load(desk, record_id)
    if view is None:
        return None
    text = Prose().line(view.name, "strong").put(state_line(view))
    for flag, why in view.flags:
        text.add(f"! {FLAG_WORDS.get(flag, flag)}", "warn").line(f"  {why}")
    text.line()
    text.fact("Salesforce", view.record_id).fact("Vitally", view.user_words)
    text.fact("Account", view.account or "none in Vitally")
    by = f" by {view.modified_by}" if view.modified_by else ""
    text.fact("Changed", f"{ago(view.row['modified_at'], desk.clock())}{by}").line()
    for pair in view.pairs:
        _pair_line(text, pair, linked=view.user is not None)
    return text


def state_line(view: RecordView) -> Prose:
    """A record's state, and why it has it."""
    word, why = state_words(view)
    text = Prose().hang(2).add(word, STATE_TONES.get(view.state, "dim"))
    return text.line(why)


def state_words(view: RecordView, why: str = "") -> tuple[str, str]:
    """The sign and word of a record's state, and why it has it (or `why`), no word said twice."""
    words, why = STATE_WORDS.get(view.state, "out of scope"), why or view.row["state_why"] or ""
    if why.startswith(words):
        why = why.removeprefix(words)
    elif why:
        why = f"  {why}"
    return f"{STATE_SIGNS.get(view.state, ' ')} {words}", why


def _pair_line(text: Prose, pair: PairView, *, linked: bool) -> None:
    text.hang(23).add(f"{pair.pair.name:<22} ", "dim").add(*value(pair.pair, pair.salesforce))
    if linked and pair.differs:
        text.add("  ≠ ", "warn").add(*value(pair.pair, pair.vitally))
    if pair.edit is not None:
        text.add("  → ", "info").add(*value(pair.pair, pair.edit))
    text.line("  conflict" if pair.conflict else "", "bad")
