"""Records as rows of a list: columns from the mapping, cells from the mirror."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sfvtui.domain.fields import NUMBERS, FieldType
from sfvtui.domain.values import show
from sfvtui.mirror.windows import Selection, record_keys, record_rows, record_total
from sfvtui.tui.source import Cell, Column, Row
from sfvtui.tui.sources import MirrorSource
from sfvtui.tui.words import FLAG_WORDS, STATE_SIGNS, STATE_TONES, STATE_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sfvtui.domain.bound import BoundMapping
    from sfvtui.domain.fields import Field
    from sfvtui.mirror.store import Row as Found
    from sfvtui.tui.desk import Desk

SIGN_TONES = {state: STATE_TONES[state] for state in ("ambiguous", "held", "gone")}
"""Only what is out of the ordinary has a colour in a list: each change of colour in a row costs
some forty bytes, and a held key repaints many rows over a slow line."""

NOT_READ = Cell("not read", "dim")
NOT_DECIDED = "not yet"
"""The state of a record while the lists are being read for the first time."""


def columns(bound: BoundMapping | None, shown: Sequence[str]) -> tuple[Column, ...]:
    """The columns of a list of records; `shown` names those that show at first."""
    fixed = (
        Column("sign", "", 1, 1, sortable=False, words="the state's sign"),
        Column("name", "NAME", 22, 18, 2, optional=False),
        Column("state", "STATE", 10, 6),
        Column("account", "ACCOUNT", 16, 6, 1),
        Column("user", "USER", 18, 6, 1),
        Column("why", "WHY", 30, 10, 3),
        Column("open", "OPEN", 6, 4, sortable=False),
        Column("mark", "", 2, 2, sortable=False, words="! where it has a flag"),
        Column("flags", "FLAGS", 14, 6, 1, sortable=False),
        Column("changed", "CHANGED", 16, 10),
        Column("id", "ID", 18, 18, sortable=False),
    )
    fields = tuple(_field_column(field) for field in (bound.listed if bound else ()))
    taken = {"name"} | ({bound.name_field.name.lower()} if bound and bound.name_field else set())
    own = [c for c in fields if c.name.lower() not in taken and c.name != "Id"]
    places = {name: at for at, name in enumerate(shown)}
    last = len(places)
    found = sorted((*fixed, *own), key=lambda c: places.get(c.name, last))
    return tuple(
        Column(c.name, c.title, c.width, c.least, c.grow, c.right, c.sortable, c.optional,
               shown=c.name in places, words=c.words)
        for c in found
    )  # fmt: skip


def _field_column(field: Field) -> Column:
    right = field.type in NUMBERS
    width = {FieldType.DATE: 10, FieldType.DATETIME: 20, FieldType.BOOLEAN: 7}.get(field.type, 18)
    title = field.name.removesuffix("__c").replace("_", " ").upper()
    return Column(field.name, title, 10 if right else width, 6, 0 if right else 2, right)


def source(
    desk: Desk, shown: Sequence[str], select: Callable[[str], Selection] = lambda _: Selection()
) -> MirrorSource:
    """The records of the mirror as a list."""
    bound = desk.bound
    fields = {f.name: f for f in bound.listed} if bound else {}

    def draw(key: int, row: Found) -> Row:
        return _draw(key, row, fields)

    return MirrorSource(
        desk, columns(bound, shown), keys=record_keys, rows=record_rows, draw=draw, select=select,
        total=record_total,
    )  # fmt: skip


def _draw(key: int, row: Found, fields: dict[str, Field]) -> Row:
    return Row(
        key,
        row["record_id"],
        _Cells(row, fields),
        facts={
            "state": row["record_state"] or "",
            "record": row["record_id"],
            "user": row["user_id"] or "",
            "user_name": row["user_name"] or "",
            "name": row["display_name"],
            "why": row["state_why"],
            "flags": (row["flags"] or "").split(),
        },
    )


class _Cells(Mapping[str, "str | Cell"]):
    """The cells of a record, each made when it is drawn: most columns are not shown."""

    def __init__(self, row: Found, fields: dict[str, Field]) -> None:
        self._row, self._fields = row, fields

    def __getitem__(self, name: str) -> str | Cell:
        if name in _FIXED:
            return _FIXED[name](self._row)
        field = self._fields[name]
        have = self._row.keys()
        value = self._row[name] if name in have else None
        return NOT_READ if value is None else show(field, value)

    def __iter__(self) -> Iterator[str]:
        return iter({**_FIXED, **self._fields})

    def __len__(self) -> int:
        return len({**_FIXED, **self._fields})


def _sign(row: Found) -> Cell:
    state = row["record_state"] or ""
    return Cell(STATE_SIGNS.get(state, " "), SIGN_TONES.get(state, ""))


def _state(row: Found) -> Cell:
    state = row["record_state"] or ""
    return Cell(STATE_WORDS.get(state, state or NOT_DECIDED), STATE_TONES.get(state, ""))


def _flags(row: Found) -> Cell:
    flags = (row["flags"] or "").split()
    return Cell(", ".join(FLAG_WORDS.get(f, f) for f in flags), "warn")


def _open(row: Found) -> str:
    """What waits for a push or a person: `*2` edits, `≠1` conflicts."""
    edits = f"*{row['edits']}" if row["edits"] else ""
    conflicts = f"≠{row['conflicts']}" if row["conflicts"] else ""
    return f"{edits} {conflicts}".strip()


_FIXED: dict[str, Callable[[Found], str | Cell]] = {
    "sign": _sign,
    "name": lambda row: row["display_name"],
    "state": _state,
    "account": lambda row: row["account_name"] or "",
    "user": lambda row: row["user_name"] or "",
    "why": lambda row: Cell(row["state_why"], "dim"),
    "open": lambda row: Cell(_open(row), "warn"),
    "mark": lambda row: Cell("!" if row["flags"] else "", "warn"),
    "flags": _flags,
    "changed": lambda row: row["modified_at"].replace("T", " ")[:16],
    "id": lambda row: row["record_id"],
}


def selection(group: str) -> Selection:
    """What a view's group means: a state, `flag:` and a flag, or everybody."""
    if group.startswith("flag:"):
        return Selection(flag=group.removeprefix("flag:"))
    return Selection(states=(group,)) if group else Selection()
