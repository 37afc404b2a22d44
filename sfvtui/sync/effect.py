"""What a mapping would do, before it is saved.

Where the draft keeps all links it is tried on the mirror itself; else on a copy of the store, by
the very verbs that would do it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sfvtui.config import mapping_toml
from sfvtui.domain.states import State
from sfvtui.mirror import mappings, pending, records
from sfvtui.mirror.counts import status
from sfvtui.mirror.draft import draft_of
from sfvtui.mirror.store import Store
from sfvtui.mirror.touched import touch_all
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_touched
from sfvtui.sync.prepare import prepare
from sfvtui.sync.trial import Figures, trial

if TYPE_CHECKING:
    from sfvtui.domain.bound import BoundMapping
    from sfvtui.domain.mapping import Mapping


@dataclass(frozen=True)
class Effect:
    """What a mapping would do with what is mirrored now.

    `states` counts records as `status` does; `held` by reason; `to_salesforce` and `to_vitally`
    count values by field; `unread` names the fields that the mirror has not read, of which
    nothing is known. Where `share` is less than 1, only so much of what the draft may change was
    counted so far, and the figures are what all of it comes to by that.
    """

    states: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    to_salesforce: dict[str, int] = field(default_factory=dict)
    to_vitally: dict[str, int] = field(default_factory=dict)
    conflicts: int = 0
    unread: tuple[str, ...] = ()
    share: float = 1.0


def _nobody(_: Effect) -> None:
    """Who is told where nobody listens."""


def effect(ctx: Context, draft: Mapping, tell: Callable[[Effect], None] = _nobody) -> Effect:
    """Counts what `draft` would do, as if both lists had been read to the end. Offline. `tell` gets
    what was found so far, where that is sooner.

    Raises Cancelled where the context says so, UnknownName and FilterError for a draft that the
    org's describe does not bear out.
    """
    here = trial(ctx, draft, lambda figures: tell(_of_figures(ctx, draft, figures)))
    if here is not None:
        return _of_figures(ctx, draft, here)
    settings = ctx.settings._replace(mapping=draft, mapping_text=mapping_toml(draft))
    with draft_of(ctx.store, ctx.cancelled) as store:
        return _count(Context(settings, store, ctx.actor, ctx.clock, cancelled=ctx.cancelled))


def _of_figures(ctx: Context, draft: Mapping, figures: Figures) -> Effect:
    sent: dict[str, dict[str, int]] = {"salesforce": {}, "vitally": {}}
    for (system, name), count in sorted(figures.values.items()):
        if count:
            sent[system][name] = count
    bound = mappings.bound(ctx.store, draft)
    return Effect(
        states={state.value: figures.states[state] for state in State},
        held=_by_kind(figures.held),
        to_salesforce=sent["salesforce"],
        to_vitally=sent["vitally"],
        conflicts=figures.conflicts,
        unread=() if bound is None else unread(ctx.store, bound),
        share=figures.share,
    )


def _count(ctx: Context) -> Effect:
    store = ctx.store
    store.put("may_link", "yes")
    ctx.progress = lambda _: ctx.stop_if_cancelled()
    bound = prepare(ctx)
    if bound is None:
        return Effect()
    for side in ("salesforce", "vitally"):
        store.put(f"complete:{side}", bound.match_signature)
    store.put("may_link", "yes")
    touch_all(store)
    decide_touched(ctx, bound, may_link=True)
    counts = status(store)
    held = Counter(records.held_reasons(store))
    sent: dict[str, dict[str, int]] = {"salesforce": {}, "vitally": {}}
    for system, name, count in pending.counts_by_field(store):
        sent[system][name] = count
    return Effect(
        states=counts["states"],
        held=_by_kind(held),
        to_salesforce=sent["salesforce"],
        to_vitally=sent["vitally"],
        conflicts=counts["conflicts"],
        unread=unread(store, bound),
    )


def unread(store: Store, bound: BoundMapping) -> tuple[str, ...]:
    """The fields of a mapping that the mirror has not read for any row."""
    return tuple(f.name for f in bound.fields if records.never_read(store, f.name))


def _by_kind(reasons: Counter[str]) -> dict[str, int]:
    """Reasons to hold without the values that tell one record's from another's."""
    found: Counter[str] = Counter()
    for reason, count in reasons.items():
        words = reason.split(" ")
        kept = [w for w in words if not any(char.isdigit() for char in w)]
        found[" ".join(kept).rstrip(":, ")] += count
    return dict(found)
