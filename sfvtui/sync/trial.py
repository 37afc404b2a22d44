"""A draft that keeps all links, tried on the mirror itself: first figures at once, all in the end.

Such a draft differs from the saved mapping in whether and which records become users, or in how
pairs are decided. Only what it can change is counted anew, piece by piece, and nothing is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sfvtui.config import mapping_toml
from sfvtui.domain.bound import BoundMapping, BoundPair
from sfvtui.domain.changes import Origin
from sfvtui.domain.mapping import Mapping
from sfvtui.domain.matching import Facts, state_of
from sfvtui.domain.states import State
from sfvtui.mirror import (
    clock,
    considered,
    facts,
    mappings,
    pending,
    pieces,
    records,
    touched,
    waiting,
)
from sfvtui.mirror.considered import Considered
from sfvtui.mirror.counts import status
from sfvtui.mirror.store import Store
from sfvtui.sync.context import Context
from sfvtui.sync.decide import filter_of
from sfvtui.sync.match import complete, needed, why_held
from sfvtui.sync.prepare import fits
from sfvtui.sync.reconcile import reconcile

Values = Counter[tuple[str, str]]
"""How many values wait, by system and field."""


@dataclass
class Figures:
    """What a draft comes to. `share` is how much of what it may change was counted so far (0 to 1);
    what was counted stands for the rest."""

    states: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    """By reason."""
    values: Values = field(default_factory=Counter)
    conflicts: int = 0
    share: float = 1.0

    def copy(self, share: float) -> Figures:
        """The same, with another share."""
        return Figures(
            self.states.copy(), self.held.copy(), self.values.copy(), self.conflicts, share
        )

    def add(self, more: Figures, times: float) -> None:
        """Adds others, so many times."""
        for state, count in more.states.items():
            self.states[state] += round(count * times)
        for reason, count in more.held.items():
            self.held[reason] += round(count * times)
        for half, count in more.values.items():
            self.values[half] += round(count * times)
        self.conflicts += round(more.conflicts * times)


def trial(ctx: Context, draft: Mapping, tell: Callable[[Figures], None]) -> Figures | None:
    """The figures of a draft; `tell` gets them as they become surer. None for a draft that does more
    than this way can tell, or for a mirror that is not settled.

    Raises Cancelled where the context says so, UnknownName and FilterError for a draft that the
    org's describe does not bear out.
    """
    one = _Trial.of(ctx, draft)
    return None if one is None else one.count(tell)


@dataclass
class _Trial:
    ctx: Context
    bound: BoundMapping
    creates_anew: bool
    """Whether the draft asks anew who becomes a user."""
    pairs: tuple[BoundPair, ...]
    """Those that it decides otherwise."""
    left: tuple[str, ...]
    """The pairs that it has no more."""

    @classmethod
    def of(cls, ctx: Context, draft: Mapping) -> _Trial | None:
        """The trial of a draft; None where this way cannot tell all."""
        store, saved = ctx.store, ctx.settings.mapping
        before = None if saved is None else mappings.bound(store, saved)
        after = mappings.bound(store, draft)
        if saved is None or before is None or after is None or not _settled(ctx, before):
            return None
        parts = (draft.object, draft.scope, draft.match, draft.account, draft.external_id_field)
        if parts != (
            saved.object, saved.scope, saved.match, saved.account, saved.external_id_field
        ):  # fmt: skip
            return None
        if {f.name for f in after.fields} - {f.name for f in before.fields}:
            return None
        changed = []
        for pair in after.pairs:
            old = before.pair(pair.name)
            if old is None or (old.signature, old.missing) != (pair.signature, pair.missing):
                return None
            if old.pair != pair.pair:
                changed.append(pair)
        left = tuple(pair.name for pair in before.pairs if after.pair(pair.name) is None)
        return cls(ctx, after, draft.create != saved.create, tuple(changed), left)

    def count(self, tell: Callable[[Figures], None]) -> Figures:
        """Counts, and tells after each piece what all would come to by those that were counted."""
        parts = list(self._parts())
        total = sum(part.considered.pieces for part in parts)
        as_it_is = self._as_it_is()
        figures = as_it_is
        for done, part in enumerate(_in_turn(parts), 1):
            self.ctx.stop_if_cancelled()
            part.considered.take(next(part.numbers))
            part.found.add(part.of_piece(), 1.0)
            part.done += 1
            figures = as_it_is.copy(done / total)
            for one in parts:
                figures.add(one.found, one.considered.pieces / max(one.done, 1))
            if done < total and all(one.done for one in parts):
                tell(figures)
        return figures

    def _parts(self) -> Iterator[_Part]:
        store = self.ctx.store
        if self.creates_anew:
            yield _Part(considered.new_people(store), self._new_people)
        if self.pairs:
            yield _Part(considered.linked(store), self._values)

    def _as_it_is(self) -> Figures:
        """What stays as it is, and where nothing is counted anew, all."""
        store, names = self.ctx.store, [pair.name for pair in self.pairs]
        kept = status(store)["states"]
        if self.creates_anew:
            kept.update(dict.fromkeys(considered.NEW_PEOPLE, 0))
        values: Values = Counter()
        for system, name, count in pending.counts_by_field(store):
            if name not in names:
                values[system, name] = count
        for name in self.left:
            for row in pending.queued_of_field(store, name):
                if row["origin"] == Origin.RECONCILE:
                    values[row["system"], name] -= 1
        held = [] if self.creates_anew else records.held_reasons(store)
        return Figures(
            Counter(kept), Counter(held), +values,
            considered.conflicts_elsewhere(store, names, self.left),
        )  # fmt: skip

    def _new_people(self) -> Figures:
        """The states of the piece's records, none of which has a link."""
        store, bound = self.ctx.store, self.bound
        create = filter_of(self.ctx, bound, bound.create)
        rows = facts.of_piece(store, needed(bound), create)
        allowed = bound.mapping.create.allowed
        passing = [row for row in rows if allowed and row["passes_filter"] != 0]
        taken = facts.taken(store, {row["external_id"] for row in passing if row["external_id"]})
        accounts = facts.accounts(store, {r["account_key"] for r in passing if r["account_key"]})
        found = Figures()
        for row in passing:
            held = why_held(bound, row, taken, accounts)
            state, why = state_of(Facts(allowed=True, passes=True, held=held))
            found.states[state] += 1
            if state is State.HELD:
                found.held[why] += 1
        found.states[State.OUTSIDE_FILTER] += len(rows) - len(passing)
        return found

    def _values(self) -> Figures:
        """What the changed pairs of the piece's links come to."""
        store, names = self.ctx.store, [pair.name for pair in self.pairs]
        found = Figures()
        with considered.tried(store):
            pieces.take_links(store)
            reconcile(self.ctx, replace(self.bound, pairs=self.pairs), mapping=0)
            for system, name, count in considered.values_of_piece(store, names):
                found.values[system, name] = count
            found.conflicts = considered.conflicts_of_piece(store, names)
        return found


class _Part:
    """One kind of records that a draft may change, and what those counted so far come to."""

    def __init__(self, considered_: Considered, of_piece: Callable[[], Figures]) -> None:
        self.considered = considered_
        self.numbers = considered_.mixed()
        self.of_piece = of_piece
        self.found = Figures()
        self.done = 0


def _in_turn(parts: Sequence[_Part]) -> Iterator[_Part]:
    """The parts, each once for each of its pieces, in turn."""
    for number in range(max((part.considered.pieces for part in parts), default=0)):
        yield from (part for part in parts if number < part.considered.pieces)


def _settled(ctx: Context, saved: BoundMapping) -> bool:
    """Whether everything in the store was decided, by the saved mapping, from complete lists, and
    nothing waits for a pull to link it."""
    store: Store = ctx.store
    return (
        fits(store, mapping_toml(saved.mapping), saved)
        and complete(store, saved)
        and store.get("may_link") == "yes"
        and store.get("day") == clock.day(store, ctx.clock())
        and not touched.anything(store)
        and not waiting.anything(store)
    )
