"""A draft that began from another mapping: its own changes, put on what the config has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sfvtui.domain.mapping import Mapping, Pair

T = TypeVar("T")


def redraft(began: Mapping, draft: Mapping, now: Mapping) -> Mapping:
    """`now` with what `draft` changed of `began`, answer by answer and field by field.

    Where both changed the same answer, the draft's stands: it is shown and said before it is saved.
    """

    def chosen(before: T, mine: T, theirs: T) -> T:
        return theirs if mine == before else mine

    return now._replace(
        scope=chosen(began.scope, draft.scope, now.scope),
        match=chosen(began.match, draft.match, now.match),
        create=chosen(began.create, draft.create, now.create),
        account=chosen(began.account, draft.account, now.account),
        pairs=_pairs(began, draft, now),
    )


def _pairs(began: Mapping, draft: Mapping, now: Mapping) -> tuple[Pair, ...]:
    before = {pair.field: pair for pair in began.pairs}
    mine = {pair.field: pair for pair in draft.pairs}
    found: list[Pair] = []
    for pair in now.pairs:
        was, wanted = before.get(pair.field), mine.get(pair.field)
        if wanted is None:
            if was is None:
                found.append(pair)
        else:
            found.append(pair if wanted == was else wanted)
    there = {pair.field for pair in now.pairs}
    found += [p for p in draft.pairs if p.field not in there and before.get(p.field) != p]
    return tuple(found)
