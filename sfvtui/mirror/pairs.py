"""Pairs of a piece's links: sides that are equal to the letter agree here, in a few statements; the
others are read for the reconcile table to decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sfvtui.domain.merge import Sides
from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.outbox import Target
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.pieces import LIVE
from sfvtui.mirror.store import Store

_BUSY = (
    "(EXISTS (SELECT 1 FROM change c WHERE c.record_id = r.record_id"
    "  AND c.state NOT IN ('landed', 'conflict', 'dropped'))"
    " OR EXISTS (SELECT 1 FROM conflict c WHERE c.link_id = l.link_id)"
    " OR EXISTS (SELECT 1 FROM stay s WHERE s.link_id = l.link_id))"
)
"""Whether anything of a link's record is queued, asked, or kept. Of the others equal sides simply
agree."""

_NO_BASES = "NOT EXISTS (SELECT 1 FROM base b WHERE b.link_id = l.link_id)"

_PRESENT = "r.in_scope = 1 AND r.gone_why IS NULL"


def agree(store: Store, names: Sequence[str]) -> tuple[int, list[int]]:
    """Moves the bases of the piece's links to the value, for each of these pairs whose sides are
    equal to the letter, where nothing of the link is queued, asked or kept.

    Returns how many bases moved, and the links that need judgement, in their order.
    """
    moved, unlike = _compare(store, names)
    if moved:
        _move_bases(store, names)
    if store.value(f"SELECT EXISTS (SELECT 1 FROM live l WHERE {_NO_BASES})"):
        more, unlike_new = _first_bases(store, names)
        moved, unlike = moved + more, sorted({*unlike, *unlike_new})
    return moved, unlike


def _compare(store: Store, names: Sequence[str]) -> tuple[int, list[int]]:
    """Of the links that have bases: how many of these are to move, and the links to be judged."""
    columns = [quoted(name) for name in names]
    other = " OR ".join(f"b.{c} IS NOT r.{c} OR b.{c} IS NOT u.{c}" for c in columns) or "0"
    unlike = " OR ".join(f"r.{c} <> u.{c}" for c in columns) or "0"
    moves = " + ".join(f"((r.{c} = u.{c} AND b.{c} IS NOT r.{c}) IS TRUE)" for c in columns) or "0"
    rows = store.rows(
        f"SELECT l.link_id, {_BUSY}, ({unlike}) IS TRUE, {moves} {LIVE}"
        f" CROSS JOIN base b ON b.link_id = l.link_id WHERE ({_PRESENT} AND ({other})) OR {_BUSY}"
    )
    moved = sum(n for _, busy, _, n in rows if not busy)
    return moved, [link_id for link_id, busy, unlike, _ in rows if busy or unlike]


def _move_bases(store: Store, names: Sequence[str]) -> None:
    columns = [quoted(name) for name in names]
    kept = ", ".join(
        f"CASE WHEN r.{c} = u.{c} THEN r.{c} ELSE b.{c} END AS c{i}" for i, c in enumerate(columns)
    )
    moves = " OR ".join(f"(r.{c} = u.{c} AND b.{c} IS NOT r.{c})" for c in columns)
    sets = ", ".join(f"{c} = new.c{i}" for i, c in enumerate(columns))
    store.db.execute(
        f"WITH new AS MATERIALIZED (SELECT l.link_id, {kept} {LIVE}"
        f" CROSS JOIN base b ON b.link_id = l.link_id"
        f" WHERE {_PRESENT} AND NOT {_BUSY} AND ({moves}))"
        f" UPDATE base SET {sets} FROM new WHERE base.link_id = new.link_id"
    )


def _first_bases(store: Store, names: Sequence[str]) -> tuple[int, list[int]]:
    """Gives new links their bases; how many values agree, and the links to be judged."""
    columns = [quoted(name) for name in names]
    equal = "".join(f", CASE WHEN r.{c} = u.{c} THEN r.{c} END" for c in columns)
    count = " + ".join(f"({c} IS NOT NULL)" for c in columns) or "0"
    calm = store.rows(
        f"INSERT INTO base({', '.join(['link_id', *columns])}) SELECT l.link_id{equal} {LIVE}"
        f" WHERE {_NO_BASES} AND {_PRESENT} AND NOT {_BUSY} RETURNING link_id, {count}"
    )
    others = store.rows(
        f"INSERT INTO base(link_id) SELECT l.link_id FROM live l WHERE {_NO_BASES} RETURNING link_id"
    )
    unlike = [link_id for link_id, agreed in calm if agreed < len(names)]
    return sum(agreed for _, agreed in calm), [*unlike, *(row[0] for row in others)]


class Compared(NamedTuple):
    """A live link with the values of both sides and the bases, in the order of the pairs' names.

    `present`: whether its record is in scope, and not gone.
    """

    link_id: int
    target: Target
    present: bool
    modified: str
    updated: str
    salesforce: Sequence[str | None]
    vitally: Sequence[str | None]
    base: Sequence[str | None]

    def settled(self, at: int) -> bool:
        """Whether both sides of a pair are the base, to the letter."""
        return self.salesforce[at] == self.vitally[at] == self.base[at] is not None

    def sides(self, at: int) -> Sides:
        """The three values of a pair, and the rows' stamps."""
        return Sides(
            self.salesforce[at], self.vitally[at], self.base[at], self.modified, self.updated
        )


def read(
    store: Store, link_ids: Sequence[int], names: Sequence[str]
) -> Iterator[Sequence[Compared]]:
    """These links with all that the table asks for, in pieces."""
    n = len(names)
    values = "".join(f", {side}.{quoted(name)}" for side in "rub" for name in names)
    for some in in_chunks(link_ids):
        rows = store.rows(
            "SELECT l.link_id, r.record_id, u.user_id, r.in_scope = 1 AND r.gone_why IS NULL,"
            f" r.modified_at, u.updated_at{values} FROM link l"
            " CROSS JOIN record r ON r.record_pk = l.record_pk"
            " CROSS JOIN user u ON u.user_pk = l.user_pk"
            f" CROSS JOIN base b ON b.link_id = l.link_id WHERE l.link_id IN ({marks(some)})"
            " ORDER BY l.link_id",
            *some,
        )
        yield [
            Compared(
                row[0], Target(row[1], row[2]), bool(row[3]), row[4], row[5],
                row[6 : 6 + n], row[6 + n : 6 + 2 * n], row[6 + 2 * n :],
            )
            for row in rows
        ]  # fmt: skip
