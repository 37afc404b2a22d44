"""Records: what Salesforce answered, written where it changed; and one record read by its Id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.ids import key
from sfvtui.domain.table import Rows, column, given
from sfvtui.mirror import modifiers
from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.mirrored import Column, Mirrored
from sfvtui.mirror.pages import ROWS, Written, in_chunks
from sfvtui.mirror.record_rows import DERIVED, RecordRows, are_deleted
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch, touch_keys


class Records:
    """Writes pages of Salesforce rows (flat: API name or path → value) into `record`."""

    def __init__(self, store: Store, bound: BoundMapping) -> None:
        self.store = store
        self.bound = bound
        self.shape = RecordRows(bound)
        self.table = Mirrored(store, "record", self.shape.columns)
        self._match_key, self._gone, self._stamp = map(
            self.shape.columns.index, ("match_key", "gone_why", "stamp_at")
        )

    def write(
        self, rows: Rows, *, narrow: bool = False, deleted: bool = False, first: bool = False
    ) -> Written:
        """Writes one page in one transaction. `narrow` rows hold some fields only and no stamp.
        Rows of deleted records that the mirror does not have are passed over, but for `deleted`.
        A `first` load touches nothing: when it has ended, everything is decided.

        An asked-for field that did not arrive stays as it is (unread, if it never was read). A
        row that is older than the mirror's (its stamp) is not believed: it was read before a
        write of ours, and arrived after it.
        """
        written = Written(read=len(rows))
        with self.store.write():
            if self.bound.modifier_name is not None:
                modifiers.note(self.store, _names(rows, self.bound.modifier_name))
            for page in in_chunks(rows, ROWS):
                ids = [key(str(one)) for one in column(page, "Id")]
                known, gone = self.table.known(ids), are_deleted(page)
                # Of a row that is shown twice, the last one counts.
                places = [
                    place
                    for record_id, place in {one: n for n, one in enumerate(ids)}.items()
                    if record_id in known or not (narrow or (gone[place] and not deleted))
                ]
                if len(places) == len(ids):
                    self._write(ids, page, known, written, first=first)
                else:
                    some, some_ids = [page[n] for n in places], [ids[n] for n in places]
                    self._write(some_ids, some, known, written, first=first)
        return written

    def _write(
        self, ids: Sequence[str], rows: Rows, known: Mapping[str, Row], written: Written, *,
        first: bool,
    ) -> None:  # fmt: skip
        fresh, changed = [], []
        olds = [known.get(record_id) for record_id in ids]
        for new, old in zip(self.shape.of(ids, rows, olds), olds, strict=True):
            if old is None:
                fresh.append(new)
                continue
            written.numbers.append(old["record_pk"])
            stamp = new[self._stamp]
            if not (stamp and stamp < old["stamp_at"]) and new != tuple(old)[1:]:
                changed.append((old, new))
                written.gone += old["gone_why"] is None and new[self._gone] is not None
        numbers = self.table.insert(fresh)
        self.table.update(changed)
        written.numbers += numbers
        written.changed += len(fresh) + len(changed)
        if not first:
            touch(self.store, [*numbers, *(old["record_pk"] for old, _ in changed)])
            news = [*fresh, *(new for _, new in changed)]
            keys = {new[self._match_key] for new in news}
            touch_keys(self.store, keys.union(old["match_key"] for old, _ in changed))

    def columns_of(
        self, record_id: str, row: Mapping[str, Any], old: Row | None
    ) -> dict[str, str | None]:
        """What a row would be in the mirror, by column."""
        (values,) = self.shape.of([record_id], [row], [old])
        return dict(zip(self.shape.columns, values, strict=True))

    def rebuild(self) -> None:
        """Computes every record's derived columns again from its mirrored values, after the mapping
        changed; what comes out the same is not written."""

        def derived(rows: Sequence[Row]) -> list[Column]:
            ids = [row["record_id"] for row in rows]
            return self.shape.derived(ids, [[row[n] for row in rows] for n in self.shape.fields])

        self.table.revise(DERIVED, derived, self.shape.derived_by)


def _names(rows: Rows, path: str) -> dict[str, str]:
    """The last modifiers of a page by Id, where it has their names."""
    pairs = set(zip(given(rows, "LastModifiedById"), given(rows, path), strict=True))
    return {one: name for one, name in pairs if one and name}


# --- one record


def by_id(store: Store, record_id: str | None) -> Row | None:
    """The record of this 18-character Id."""
    return store.row("SELECT * FROM record WHERE record_id = ?", record_id)


def by_pk(store: Store, record_pk: int) -> Row | None:
    """The record of this number."""
    return store.row("SELECT * FROM record WHERE record_pk = ?", record_pk)


def pk_of(store: Store, record_id: str | None) -> int | None:
    """The number of the record of this Id."""
    found = store.value("SELECT record_pk FROM record WHERE record_id = ?", record_id)
    return None if found is None else int(found)


def names(store: Store, record_ids: Sequence[str]) -> dict[str, str]:
    """The names of these records, by Id; one without a name has its Id."""
    rows = store.rows(
        f"SELECT record_id, display_name FROM record WHERE record_id IN ({marks(record_ids)})",
        *record_ids,
    )
    return {row["record_id"]: row["display_name"] or row["record_id"] for row in rows}


def value(store: Store, record_id: str, field: str) -> str | None:
    """What the mirror holds of a record's field; None where it was not read."""
    sql = f"SELECT {quoted(field)} FROM record WHERE record_id = ?"
    found: str | None = store.value(sql, record_id)
    return found


# --- several records


def vanish(store: Store, record_ids: Sequence[str]) -> int:
    """Notes, in the caller's transaction, that these records do not answer any more, and touches
    them and who shares their match values. Returns how many were not gone before."""
    rows = store.rows(
        "SELECT record_pk, match_key FROM record WHERE gone_why IS NULL"
        f" AND record_id IN ({marks(record_ids)})",
        *record_ids,
    )
    store.db.executemany(
        "UPDATE record SET gone_why = 'vanished' WHERE record_pk = ?",
        [(row["record_pk"],) for row in rows],
    )
    touch_keys(store, {row["match_key"] for row in rows})
    touch(store, [row["record_pk"] for row in rows])
    return len(rows)


def missing_winners(store: Store) -> list[str]:
    """The Ids of the records that linked ones were merged into (at once, or by way of another), and
    that the mirror does not have."""
    rows = store.rows(
        "SELECT DISTINCT r.master_id FROM record r"
        " LEFT JOIN record w ON w.record_id = r.master_id"
        " WHERE r.gone_why = 'merged' AND w.record_pk IS NULL"
        " AND (EXISTS (SELECT 1 FROM link l WHERE l.record_pk = r.record_pk"
        "  AND l.status = 'live')"
        " OR EXISTS (SELECT 1 FROM record c JOIN link l USING (record_pk)"
        "  WHERE c.master_id = r.record_id AND l.status = 'live'))"
    )
    return [row[0] for row in rows]


def never_read(store: Store, field: str) -> bool:
    """Whether the mirror holds the field of no record at all."""
    sql = f"SELECT EXISTS (SELECT 1 FROM record WHERE {quoted(field)} IS NOT NULL)"
    return not store.value(sql)


def approvable(store: Store, chosen: RecordFilter) -> list[str]:
    """The Ids of the unmatched records that a filter shows and that may be approved by one."""
    test, values = chosen.sql()
    rows = store.rows(
        "SELECT record_id FROM record WHERE record_state <> 'linked'"
        f" AND record_state = 'unmatched' AND ({test})"
        " AND record_pk NOT IN (SELECT record_pk FROM flag WHERE flag IN"
        " ('look_alike', 'once_linked', 'account_churned')) ORDER BY record_pk",
        *values,
    )
    return [row[0] for row in rows]


def held_reasons(store: Store) -> list[str]:
    """Why records are held: one reason for each."""
    # The first test names the index that leaves out the linked ones.
    rows = store.rows(
        "SELECT state_why FROM record WHERE record_state <> 'linked' AND record_state = 'held'"
    )
    return [row[0] for row in rows]


def forget(store: Store, name: str) -> None:
    """Makes a mirrored Salesforce field unread in every record: the next pull reads it again."""
    if name.lower() in {column.lower() for column in store.columns("record")}:
        store.db.execute(f"UPDATE record SET {quoted(name)} = NULL")
        store.put(f"unread:{name}", "yes")


def all_read(store: Store) -> None:
    """Notes that every record was read whole: no field is unread any more."""
    store.db.execute("DELETE FROM meta WHERE name LIKE 'unread:%'")
