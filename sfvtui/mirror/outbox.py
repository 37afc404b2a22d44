"""The outbox: queued changes and their fields, at most one open one for each field of a target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sfvtui.domain.changes import Action, ChangeState, Origin, System, may_move
from sfvtui.mirror.columns import marks
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.store import Row, Store


@dataclass(frozen=True)
class FieldChange:
    """One field that a change writes.

    `name` is the API name, or the trait's key or attribute; `field` the pair's API name (empty for
    externalId and accountIds). Values are canonical, in Salesforce's terms. `seen_*` are the two
    sides that the decision saw. `held` keeps it from being sent, with the reason.
    """

    system: System
    name: str
    field: str
    before: str | None
    after: str | None
    origin: Origin
    why: str
    held: str | None = None
    edit_id: int | None = None
    first: bool = False
    replaces: bool = False
    waits: bool = False
    seen_salesforce: str | None = None
    seen_vitally: str | None = None


@dataclass(frozen=True)
class Target:
    """Whom a change writes to: a record, and the user that it is linked to (None: to be made)."""

    record_id: str
    user_id: str | None

    def key(self, system: System) -> str:
        """What one open change for each field is unique for."""
        if system is System.SALESFORCE:
            return f"salesforce:{self.record_id}"
        return f"vitally:{self.user_id}" if self.user_id else f"vitally:new:{self.record_id}"


@dataclass(frozen=True)
class Plan:
    """What a reconcile wants of one link: the fields to send, in place of those among the `open`
    ones (as `open_of` reads them) that are queued and came from reconciling."""

    target: Target
    open: Sequence[Row]
    wanted: Sequence[FieldChange]


def put_reconciled(store: Store, plans: Iterable[Plan], *, mapping: int, at: str) -> None:
    """Replaces what is queued for links and came from reconciling by what is wanted now.

    What stays the same keeps its number; what is being sent, unknown or a person's is not touched.
    """
    writing = _Writing(store, mapping, at)
    for plan in plans:
        writing.take(plan)
    writing.write()


class _Writing:
    """What plans change in the outbox, gathered to be written in a few statements."""

    def __init__(self, store: Store, mapping: int, at: str) -> None:
        self._store = store
        self._mapping = mapping
        self._at = at
        last = store.value("SELECT seq FROM sqlite_sequence WHERE name = 'change'")
        self._last: int = last or 0
        self._out: list[tuple[int, str]] = []
        self._again: set[int] = set()
        self._changes: list[tuple[object, ...]] = []
        self._fields: list[tuple[object, ...]] = []

    def take(self, plan: Plan) -> None:
        """Takes up the plan of one link."""
        wanted = {(plan.target.key(item.system), item.name): item for item in plan.wanted}
        ready: dict[str, int] = {}
        for row in plan.open:
            queued = row["state"] == ChangeState.QUEUED
            if queued and row["origin"] == Origin.RECONCILE:
                want = wanted.get((row["target"], row["name"]))
                if want is None or not _same(row, want):
                    self._out.append((row["change_id"], row["name"]))
                    continue
                del wanted[row["target"], row["name"]]
                if row["mapping"] != self._mapping:
                    self._again.add(row["change_id"])
            if queued and row["held"] is None and not row["waits"]:
                ready[row["target"]] = row["change_id"]
        for (key, _), item in wanted.items():
            change_id = ready.get(key) if item.held is None else None
            if change_id is None:
                change_id = self._new_change(plan.target, item)
                if item.held is None:
                    ready[key] = change_id
            self._fields.append(_field_row(change_id, key, item))

    def _new_change(self, target: Target, item: FieldChange) -> int:
        self._last += 1
        self._changes.append(
            (self._last, item.system.value, target.record_id, target.user_id, item.held,
             self._mapping, self._at)
        )  # fmt: skip
        return self._last

    def write(self) -> None:
        """Writes it all."""
        db = self._store.db
        db.executemany("DELETE FROM change_field WHERE change_id = ? AND name = ?", self._out)
        db.executemany(
            "UPDATE change SET mapping = ? WHERE change_id = ?",
            [(self._mapping, change_id) for change_id in self._again],
        )
        db.executemany(
            "INSERT INTO change(change_id, system, action, record_id, user_id, state, held,"
            " mapping, made_at) VALUES (?, ?, 'update', ?, ?, 'queued', ?, ?, ?)",
            self._changes,
        )
        db.executemany(_INSERT_FIELD, self._fields)
        db.executemany(
            "DELETE FROM change WHERE change_id = ? AND NOT EXISTS"
            " (SELECT 1 FROM change_field f WHERE f.change_id = change.change_id)",
            {(change_id,) for change_id, _ in self._out},
        )


def queued_reconciled(store: Store, target: Target) -> list[Row]:
    """The queued fields of a link that came from reconciling, with their changes' `held`."""
    return store.rows(
        "SELECT f.*, c.held FROM change_field f JOIN change c USING (change_id)"
        " WHERE f.open = 1 AND f.origin = 'reconcile' AND c.state = 'queued'"
        " AND f.target IN (?, ?)",
        target.key(System.SALESFORCE),
        target.key(System.VITALLY),
    )


def _same(row: Row, want: FieldChange) -> bool:
    now = (row["before"], row["after"], row["held"], row["why"])
    return now == (want.before, want.after, want.held, want.why)


def add_field(
    store: Store, target: Target, item: FieldChange, *, mapping: int, at: str,
    batch: int | None = None,
) -> int:  # fmt: skip
    """Queues one field; it joins a queued change of the same target that may go as well. Returns
    the change's number."""
    key = target.key(item.system)
    change_id = None
    if item.held is None:
        change_id = ready_update(store, key, waits=item.waits)
    if change_id is None:
        change_id = new_change(
            store, target, item.system, Action.UPDATE, mapping=mapping, at=at,
            held=item.held, waits=item.waits, batch=batch,
        )  # fmt: skip
    insert_field(store, change_id, key, item)
    return int(change_id)


def ready_update(store: Store, key: str, *, waits: bool = False) -> int | None:
    """The queued update of a target that may go (or that `waits`); another field may join it."""
    found = store.value(
        "SELECT c.change_id FROM change c JOIN change_field f USING (change_id)"
        " WHERE f.target = ? AND f.open = 1 AND c.state = 'queued' AND c.held IS NULL"
        " AND c.waits = ? AND c.action = 'update' LIMIT 1",
        key,
        int(waits),
    )
    return None if found is None else int(found)


def move_field(store: Store, change_id: int, name: str, into: int) -> None:
    """Moves a field that was not sent into another queued change of the same target; its change
    goes with its last field."""
    store.db.execute(
        "UPDATE change_field SET change_id = ? WHERE change_id = ? AND name = ?",
        (into, change_id, name),
    )
    if not store.value("SELECT COUNT(*) FROM change_field WHERE change_id = ?", change_id):
        delete_change(store, change_id)


def new_change(
    store: Store, target: Target, system: System, action: Action, *, mapping: int, at: str,
    held: str | None = None, waits: bool = False, batch: int | None = None,
    external_id: str | None = None,
) -> int:  # fmt: skip
    """A new queued change without fields; returns its number."""
    cursor = store.db.execute(
        "INSERT INTO change(system, action, record_id, user_id, external_id, state, waits, held,"
        " mapping, made_at, batch) VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)",
        (system.value, action.value, target.record_id, target.user_id, external_id, int(waits),
         held, mapping, at, batch),
    )  # fmt: skip
    return int(cursor.lastrowid or 0)


def insert_field(store: Store, change_id: int, key: str, item: FieldChange) -> None:
    """Adds a field to a change; whatever open field of the same name the target had is replaced."""
    old = store.row(
        "SELECT change_id FROM change_field WHERE target = ? AND name = ? AND open = 1",
        key,
        item.name,
    )
    if old is not None:
        remove_field(store, old["change_id"], item.name, keep=change_id)
    store.db.execute(_INSERT_FIELD, _field_row(change_id, key, item))


_INSERT_FIELD = (
    "INSERT INTO change_field(change_id, name, field, before, after, origin, edit_id, why,"
    " first, replaces, target, open, seen_salesforce, seen_vitally)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)"
)


def _field_row(change_id: int, key: str, item: FieldChange) -> tuple[object, ...]:
    return (
        change_id, item.name, item.field, item.before, item.after, item.origin.value,
        item.edit_id, item.why, int(item.first), int(item.replaces), key,
        item.seen_salesforce, item.seen_vitally,
    )  # fmt: skip


def remove_field(store: Store, change_id: int, name: str, *, keep: int | None = None) -> None:
    """Takes a field that was not sent out of its change, and the change with its last field."""
    store.db.execute("DELETE FROM change_field WHERE change_id = ? AND name = ?", (change_id, name))
    if change_id != keep and not store.value(
        "SELECT COUNT(*) FROM change_field WHERE change_id = ?", change_id
    ):
        store.db.execute("DELETE FROM change WHERE change_id = ?", (change_id,))


def take_out(store: Store, item: Row) -> None:
    """Takes a field that is queued or parked out of the outbox (`item` with its change's state); a
    parked change goes with its last field, and is kept as dropped."""
    others = store.value(
        "SELECT COUNT(*) FROM change_field WHERE change_id = ? AND name <> ?",
        item["change_id"],
        item["name"],
    )
    if item["state"] == ChangeState.PARKED and not others:
        move(store, item["change_id"], ChangeState.DROPPED)
    else:
        remove_field(store, item["change_id"], item["name"])


def move(store: Store, change_id: int, state: ChangeState, **columns: object) -> None:
    """Moves a change to a state, by the legal moves only, and sets columns of it.

    Raises ValueError for a move that the state machine does not have: a defect, never data.
    """
    now = ChangeState(store.value("SELECT state FROM change WHERE change_id = ?", change_id))
    if now is not state and not may_move(now, state):
        raise ValueError(f"change {change_id} cannot go from {now} to {state}")
    sets = "".join(f", {name} = ?" for name in columns)
    store.db.execute(
        f"UPDATE change SET state = ?{sets} WHERE change_id = ?",
        (state.value, *columns.values(), change_id),
    )
    if state in (ChangeState.LANDED, ChangeState.CONFLICT, ChangeState.DROPPED):
        store.db.execute("UPDATE change_field SET open = 0 WHERE change_id = ?", (change_id,))


def split(store: Store, change_id: int, names: Iterable[str]) -> int:
    """Moves some fields of a change into a new one of the same target; returns its number."""
    row = store.row("SELECT * FROM change WHERE change_id = ?", change_id)
    assert row is not None
    cursor = store.db.execute(
        "INSERT INTO change(system, action, record_id, user_id, external_id, state, waits, held,"
        " mapping, attempts, run, made_at, batch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (row["system"], row["action"], row["record_id"], row["user_id"], row["external_id"],
         row["state"], row["waits"], row["held"], row["mapping"], row["attempts"], row["run"],
         row["made_at"], row["batch"]),
    )  # fmt: skip
    new_id = int(cursor.lastrowid or 0)
    for name in names:
        store.db.execute(
            "UPDATE change_field SET change_id = ? WHERE change_id = ? AND name = ?",
            (new_id, change_id, name),
        )
    return new_id


def fields_of(store: Store, change_id: int) -> list[Row]:
    """A change's fields, in the order of their names."""
    return store.rows("SELECT * FROM change_field WHERE change_id = ? ORDER BY name", change_id)


def open_fields(store: Store, target: Target) -> dict[tuple[str, str], Row]:
    """The open fields of a link on both sides, by (system, name), with state, held and waits."""
    rows = store.rows(
        "SELECT f.*, c.state, c.held, c.waits, c.system, c.mapping FROM change_field f"
        " JOIN change c USING (change_id) WHERE f.open = 1 AND f.target IN (?, ?)",
        target.key(System.SALESFORCE),
        target.key(System.VITALLY),
    )
    return {(row["system"], row["name"]): row for row in rows}


def open_of(store: Store, targets: Sequence[Target]) -> dict[str, list[Row]]:
    """The open fields of links on both sides, by the key of their target, with state, held, waits,
    system and mapping of each one's change."""
    found: dict[str, list[Row]] = {}
    for some in in_chunks([t.key(system) for t in targets for system in System]):
        for row in store.rows(
            "SELECT f.*, c.state, c.held, c.waits, c.system, c.mapping FROM change_field f"
            f" JOIN change c USING (change_id) WHERE f.open = 1 AND f.target IN ({marks(some)})",
            *some,
        ):
            found.setdefault(row["target"], []).append(row)
    return found


def creation_of(store: Store, record_id: str) -> Row | None:
    """The open creation of a record's user."""
    return store.row(
        "SELECT * FROM change WHERE record_id = ? AND action = 'create'"
        " AND state IN ('queued', 'sending', 'unknown', 'parked')",
        record_id,
    )


def delete_change(store: Store, change_id: int) -> None:
    """Removes a change that was never sent."""
    store.db.execute("DELETE FROM change WHERE change_id = ?", (change_id,))


# --- one change, and what is set of it


def change(store: Store, change_id: int) -> Row:
    """A change that there is."""
    row = store.row("SELECT * FROM change WHERE change_id = ?", change_id)
    assert row is not None
    return row


def alone(store: Store, change_id: int, name: str) -> int:
    """Takes a field into a change of its own, where others share it; returns that one's number."""
    others = store.value(
        "SELECT COUNT(*) FROM change_field WHERE change_id = ? AND name <> ?", change_id, name
    )
    return split(store, change_id, [name]) if others else change_id


def hold(store: Store, change_id: int, held: str | None) -> None:
    """Holds a change for a reason, or lets it go."""
    store.db.execute("UPDATE change SET held = ? WHERE change_id = ?", (held, change_id))


def wait_no_longer(store: Store, change_id: int) -> None:
    """What the change waited for has landed."""
    store.db.execute("UPDATE change SET waits = 0 WHERE change_id = ?", (change_id,))


def carry(store: Store, change_id: int, name: str, after: str) -> None:
    """A field of a change carries another value."""
    store.db.execute(
        "UPDATE change_field SET after = ? WHERE change_id = ? AND name = ?",
        (after, change_id, name),
    )


def attempt(store: Store, change_id: int) -> None:
    """Counts one more attempt to send a change."""
    store.db.execute("UPDATE change SET attempts = attempts + 1 WHERE change_id = ?", (change_id,))


def made(store: Store, change_id: int, user_id: str) -> None:
    """A creation has made this user."""
    store.db.execute("UPDATE change SET user_id = ? WHERE change_id = ?", (user_id, change_id))


def compose_anew(
    store: Store, change_id: int, *, held: str | None, mapping: int, external_id: str | None
) -> None:
    """Empties a queued creation, to be composed anew."""
    store.db.execute("DELETE FROM change_field WHERE change_id = ?", (change_id,))
    store.db.execute(
        "UPDATE change SET held = ?, mapping = ?, external_id = ? WHERE change_id = ?",
        (held, mapping, external_id, change_id),
    )


# --- several changes


def gather(store: Store, change_id: int, user_id: str) -> None:
    """Takes a user's other updates that may go now into this one: one write to one user."""
    for other in store.rows(
        "SELECT change_id FROM change WHERE user_id = ? AND system = 'vitally' AND state = 'queued'"
        " AND held IS NULL AND waits = 0 AND action = 'update' AND change_id <> ?",
        user_id,
        change_id,
    ):
        store.db.execute(
            "UPDATE change_field SET change_id = ? WHERE change_id = ?",
            (change_id, other["change_id"]),
        )
        delete_change(store, other["change_id"])


def to_winner(store: Store, loser: str, winner: str) -> None:
    """What waits for a record (its Id) that was merged away goes to the winner."""
    store.db.execute(
        "UPDATE change_field SET target = ? WHERE target = ? AND open = 1",
        (f"salesforce:{winner}", f"salesforce:{loser}"),
    )
    store.db.execute(
        "UPDATE change SET record_id = ? WHERE record_id = ?"
        " AND state IN ('queued', 'parked', 'unknown')",
        (winner, loser),
    )
    store.db.execute(
        "UPDATE OR REPLACE held_back SET record_id = ? WHERE record_id = ?", (winner, loser)
    )


def under_mapping(store: Store, version: int) -> None:
    """All that is queued was decided, or will be decided again, under this mapping."""
    store.db.execute("UPDATE change SET mapping = ? WHERE state = 'queued'", (version,))
