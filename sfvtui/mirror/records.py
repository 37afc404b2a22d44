"""Records: what Salesforce answered, written where it changed; and one record read by its Id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.fields import Field
from sfvtui.domain.ids import key
from sfvtui.domain.lookalikes import name_key
from sfvtui.domain.matching import key_of
from sfvtui.domain.text import fold, trim
from sfvtui.domain.values import reader
from sfvtui.mirror import modifiers
from sfvtui.mirror.columns import marks, quoted
from sfvtui.mirror.filters import RecordFilter
from sfvtui.mirror.pages import Written, in_chunks
from sfvtui.mirror.store import Row, Store
from sfvtui.mirror.touched import touch, touch_keys


class Records:
    """Writes pages of Salesforce rows (flat: API name or path → value) into `record`."""

    def __init__(self, store: Store, bound: BoundMapping) -> None:
        self.store = store
        self.bound = bound
        self.readers = [(field.name, reader(field)) for field in bound.fields]
        self.columns = [
            "record_id", "match_key", "account_key", "external_id", "display_name", "email_key",
            "name_key", "gone_why", "master_id", "modified_at", "modified_by", "stamp_at",
            "folded_text",
        ]  # fmt: skip
        self.all_columns = self.columns + [field.name for field in bound.fields]

    def write(
        self, rows: Sequence[Mapping[str, Any]], *, narrow: bool = False, deleted: bool = False
    ) -> Written:
        """Writes one page in one transaction. `narrow` rows hold some fields only and no stamp.
        Rows of deleted records that the mirror does not have are passed over, but for `deleted`.

        An asked-for field that did not arrive stays as it is (unread, if it never was read). A
        row that is older than the mirror's (its stamp) is not believed: it was read before a
        write of ours, and arrived after it.
        """
        written = Written(read=len(rows))
        with self.store.write():
            if self.bound.modifier_name is not None:
                modifiers.note(self.store, _names(rows, self.bound.modifier_name))
            for chunk in in_chunks(rows):
                self._write(chunk, written, narrow=narrow, deleted=deleted)
        return written

    def _write(
        self, rows: Sequence[Mapping[str, Any]], written: Written, *, narrow: bool, deleted: bool
    ) -> None:
        by_id = {key(str(row["Id"])): row for row in rows}
        known = self._known(list(by_id))
        fresh, changed, touched_keys, touched = [], [], set(), []
        for record_id, row in by_id.items():
            old = known.get(record_id)
            if old is None and (narrow or (_deleted(row) and not deleted)):
                continue
            new = self.columns_of(record_id, row, old)
            if old is not None:
                stamp = new["stamp_at"]
                if stamp and stamp < old["stamp_at"]:
                    continue
                if tuple(new.values()) == tuple(old)[:-1]:
                    continue
                touched_keys.add(old["match_key"])
                touched.append(old["record_pk"])
                written.gone += new["gone_why"] is not None and old["gone_why"] is None
                changed.append((*new.values(), old["record_pk"]))
            else:
                fresh.append(tuple(new.values()))
            touched_keys.add(new["match_key"])
        names = ", ".join(quoted(name) for name in self.all_columns)
        if fresh:
            self.store.db.executemany(
                f"INSERT INTO record({names}) VALUES ({marks(self.all_columns)})", fresh
            )
            ids = [row[0] for row in fresh]
            self.store.db.execute(
                "INSERT OR IGNORE INTO touched SELECT record_pk FROM record"
                f" WHERE record_id IN ({marks(ids)})",
                ids,
            )
        if changed:
            sets = ", ".join(f"{quoted(name)} = ?" for name in self.all_columns)
            self.store.db.executemany(f"UPDATE record SET {sets} WHERE record_pk = ?", changed)
        touch(self.store, touched)
        touch_keys(self.store, touched_keys)
        written.changed += len(fresh) + len(changed)

    def _known(self, ids: list[str]) -> dict[str, Row]:
        names = ", ".join(quoted(name) for name in self.all_columns)
        found = self.store.rows(
            f"SELECT {names}, record_pk FROM record WHERE record_id IN ({marks(ids)})", *ids
        )
        return {row["record_id"]: row for row in found}

    def columns_of(
        self, record_id: str, row: Mapping[str, Any], old: Row | None
    ) -> dict[str, str | None]:
        """The row's columns, in the order of `all_columns`."""
        values: dict[str, str | None] = {}
        for field, read in self.readers:
            if field in row:
                values[field] = read(row[field])
            else:
                values[field] = old[field] if old is not None else None
        bound = self.bound
        display = _shown(values, bound.name_field)
        email = _shown(values, bound.email_field)

        def system(name: str, column: str) -> str:
            if name in row:
                return _stamp(row[name])
            return str(old[column] or "") if old is not None else ""

        deleted = _deleted(row)
        gone = None
        master = str(row.get("MasterRecordId") or "")
        if deleted:
            gone = "merged" if master else "deleted"
        elif "IsDeleted" not in row and old is not None and not row.get("SystemModstamp"):
            gone, master = old["gone_why"], old["master_id"] or ""
        modified_by = row.get("LastModifiedById", old["modified_by"] if old is not None else None)
        return {
            "record_id": record_id,
            "match_key": key_of(bound.mapping.match, values[bound.match_field.name]),
            "account_key": _shown(values, bound.account_field) or None,
            "external_id": values[bound.external_id_field.name] or None,
            "display_name": display or email or record_id,
            "email_key": fold(trim(email)) or None,
            "name_key": name_key(display) or None,
            "gone_why": gone,
            "master_id": key(master) if master else None,
            "modified_at": system("LastModifiedDate", "modified_at"),
            "modified_by": modified_by,
            "stamp_at": system("SystemModstamp", "stamp_at"),
            "folded_text": fold(" ".join([record_id, *(v for v in values.values() if v)])),
            **values,
        }

    def rebuild(self) -> None:
        """Computes every record's derived columns again from its mirrored values, after the mapping
        changed."""
        last = 0
        while True:
            rows = self.store.rows(
                "SELECT * FROM record WHERE record_pk > ? ORDER BY record_pk LIMIT 1000", last
            )
            if not rows:
                return
            last = rows[-1]["record_pk"]
            with self.store.write():
                sets = ", ".join(f"{quoted(name)} = ?" for name in self.all_columns)
                for row in rows:
                    new = self.columns_of(row["record_id"], {"Id": row["record_id"]}, row)
                    self.store.db.execute(
                        f"UPDATE record SET {sets} WHERE record_pk = ?",
                        (*new.values(), row["record_pk"]),
                    )


def _names(rows: Sequence[Mapping[str, Any]], path: str) -> dict[str, str]:
    """The last modifiers of a page by Id, where it has their names."""
    return {
        row["LastModifiedById"]: name
        for row in rows
        if (name := row.get(path)) and row.get("LastModifiedById")
    }


def _shown(values: Mapping[str, str | None], field: Field | None) -> str:
    return (values.get(field.name) or "") if field is not None else ""


def _deleted(row: Mapping[str, Any]) -> bool:
    return str(row.get("IsDeleted", "")).lower() == "true"


def _stamp(raw: object) -> str:
    text = str(raw or "")
    for ending in (".000+0000", "+0000", ".000Z", "+00:00"):
        if text.endswith(ending):
            return text[: -len(ending)] + "Z"
    return text


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


def value(store: Store, record_id: str, field: str) -> str | None:
    """What the mirror holds of a record's field; None where it was not read."""
    sql = f"SELECT {quoted(field)} FROM record WHERE record_id = ?"
    found: str | None = store.value(sql, record_id)
    return found


def set_state(store: Store, record_pk: int, state: str | None, why: str) -> None:
    """Sets a record's state and its reason, in the caller's transaction."""
    store.db.execute(
        "UPDATE record SET record_state = ?, state_why = ? WHERE record_pk = ?",
        (state, why, record_pk),
    )


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
        f"SELECT record_id FROM record WHERE record_state = 'unmatched' AND ({test})"
        " AND record_pk NOT IN (SELECT record_pk FROM flag WHERE flag IN"
        " ('look_alike', 'once_linked', 'account_churned')) ORDER BY record_pk",
        *values,
    )
    return [row[0] for row in rows]


def held_reasons(store: Store) -> list[str]:
    """Why records are held: one reason for each."""
    return [r[0] for r in store.rows("SELECT state_why FROM record WHERE record_state = 'held'")]


def forget(store: Store, name: str) -> None:
    """Makes a mirrored Salesforce field unread in every record: the next pull reads it again."""
    if name.lower() in {column.lower() for column in store.columns("record")}:
        store.db.execute(f"UPDATE record SET {quoted(name)} = NULL")
        store.put(f"unread:{name}", "yes")


def all_read(store: Store) -> None:
    """Notes that every record was read whole: no field is unread any more."""
    store.db.execute("DELETE FROM meta WHERE name LIKE 'unread:%'")
