"""The state of one Salesforce org, and what people and processes other than the API do to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sfvtui.sandbox.salesforce import catalog
from sfvtui.sandbox.salesforce.administration import Administration
from sfvtui.sandbox.salesforce.clock import stamp
from sfvtui.sandbox.salesforce.cursors import Cursors
from sfvtui.sandbox.salesforce.describes import ObjectType
from sfvtui.sandbox.salesforce.ids import id18, make_id
from sfvtui.sandbox.salesforce.records import (
    STAMPS,
    Binned,
    Row,
    Savepoint,
    Usage,
    Write,
    stamps_from,
)
from sfvtui.sandbox.salesforce.saving import Caller, save
from sfvtui.sandbox.salesforce.sessions import Credentials, Sessions
from sfvtui.sandbox.salesforce.switches import Switches
from sfvtui.sandbox.salesforce.transactions import Transaction


class Org(Administration):
    """One org. Every method may be called from any thread while a server serves the org.

    Values go in as Python values or as JSON values of the API; ids in 15 or 18 characters come
    out as 18. The methods below act at once and without the API's checks, but with the same
    trimming and triggers, in the name of another user (`by` says another). Stamps can be given
    as keywords: `CreatedDate=`, `LastModifiedDate=`, `SystemModstamp=`, `CreatedById=`,
    `LastModifiedById=` (a datetime or the API's text).

    `instance` are two characters that all ids of the org have in them: another org has others.
    """

    def __init__(
        self,
        *,
        is_sandbox: bool = True,
        time_zone: str = "America/New_York",
        clock: Callable[[], datetime] | None = None,
        objects: Iterable[Mapping[str, Any]] | None = None,
        switches: Switches | None = None,
        instance: str = "ak",
    ) -> None:
        super().__init__(catalog.objects() if objects is None else objects, clock, switches)
        self.date_skew = 0.0
        """Seconds by which the Date header runs ahead of the stamps of rows."""
        self.is_sandbox = is_sandbox
        self._instance = instance
        self._time_zone = time_zone
        self.org_id = make_id("00D", 7, instance)
        self.user_id = make_id("005", 1, instance)
        """The user of the API."""
        self.colleague_id = make_id("005", 2, instance)
        """The person who does what is done directly."""
        self.instance_url: str | None = None
        """What a token answer names; None: the address at which the token was asked for."""
        self.credentials = Credentials()
        self.sessions = Sessions(self.now, self.org_id)
        self.cursors = Cursors(self.now)
        self.usage = Usage()
        self.writes: list[Write] = []
        self.page_size: Callable[[str, int], int] | int | None = None
        """A most that pages may hold: a number, or a function of object and the size asked for."""
        self.bin: dict[str, Binned] = {}
        self.jobs: dict[str, Any] = {}
        self._unshared: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._open: list[Transaction] = []
        self._found()

    def _found(self) -> None:
        """The rows every org has: itself and its two users."""
        born = self.now() - timedelta(days=900)
        stamps = {"CreatedDate": born, "LastModifiedDate": born, "SystemModstamp": born}
        common: dict[str, Any] = {"TimeZoneSidKey": self.time_zone}
        self._plant(
            "Organization",
            self.org_id,
            {**common, "Name": "Sandbox", "IsSandbox": self.is_sandbox, "InstanceName": "SBX1"},
            stamps,
        )
        people = ((self.user_id, "Integration", "User"), (self.colleague_id, "Robin", "Colleague"))
        for user_id, first, last in people:
            person = {
                **common,
                "FirstName": first,
                "LastName": last,
                "Username": self.credentials.username if user_id == self.user_id else "robin@x.io",
                "Email": f"{first.lower()}@example.com",
                "IsActive": True,
                "LocaleSidKey": "en_US",
            }
            self._plant("User", user_id, person, stamps)

    def _plant(
        self, name: str, row_id: str, values: Mapping[str, Any], stamps: Mapping[str, Any]
    ) -> None:
        if name in self.objects:
            self.create(name, values, id=row_id, **stamps)
        self.writes.clear()

    # What is there

    @property
    def time_zone(self) -> str:
        """The time zone of the API's user, such as `Europe/Berlin`; may be set."""
        return self._time_zone

    @time_zone.setter
    def time_zone(self, name: str) -> None:
        self._time_zone = name
        if "User" in self.objects:
            self.set_quietly(self.user_id, TimeZoneSidKey=name)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the API's user."""
        return ZoneInfo(self.time_zone)

    def get(self, row_id: str) -> Row:
        """The stored row of an id, deleted or not; KeyError if there is none."""
        full = self._full(row_id)
        return self.rows[self._type(full).name][full]

    def value(self, row_id: str, name: str) -> Any:
        """One value of a row as stored; formulas are computed."""
        full = self._full(row_id)
        row = self.get(full)
        formula = self.formulas.get((self._type(full).name, name))
        return formula(self, row) if formula else row.get(name)

    def find(self, name: str, **values: Any) -> list[str]:
        """The ids of undeleted rows that hold these stored values."""
        return [
            row_id
            for row_id, row in self.rows[name].items()
            if not row.get("IsDeleted") and all(row.get(k) == v for k, v in values.items())
        ]

    def table(self, name: str, *, deleted: bool = False) -> Iterator[Row]:
        """The rows that the API's user sees; with `deleted` also those in the bin."""
        now = self.now()
        for row_id, row in self.rows[name].items():
            if row_id in self._unshared:
                continue
            if row.get("IsDeleted") and not (deleted and self._in_bin(row_id, now)):
                continue
            yield row

    def seen(self, row_id: str) -> Row | None:
        """The row if the API's user sees it: undeleted, or in the bin; else None."""
        found = self.object_of(row_id)
        row = self.rows[found.name].get(row_id) if found else None
        if row is None or row_id in self._unshared:
            return None
        if row.get("IsDeleted") and not self._in_bin(row_id, self.now()):
            return None
        return row

    def _in_bin(self, row_id: str, now: datetime) -> bool:
        kept = self.bin.get(row_id)
        return kept is not None and kept.shows(now)

    # What people do to rows

    def create(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        id: str | None = None,  # noqa: A002
        by: str | None = None,
        **stamps: datetime | str,
    ) -> str:
        """Create a row of the object; returns its id. `id` asks for a certain one."""
        with self.lock:
            found = self.objects[name]
            caller = Caller(by or self.colleague_id, stamps=stamps_from(stamps), new_id=id)
            return save(self, found, None, values, caller)

    def update(
        self, row_id: str, values: Mapping[str, Any], *, by: str | None = None, **stamps: Any
    ) -> None:
        """Change a row, as a colleague does; equal values move the stamps too."""
        with self.lock:
            full = self._full(row_id)
            caller = Caller(by or self.colleague_id, stamps=stamps_from(stamps))
            save(self, self._type(full), full, values, caller)

    def touch(self, row_id: str, **stamps: Any) -> None:
        """A system change: SystemModstamp moves, LastModifiedDate does not."""
        with self.lock:
            full = self._full(row_id)
            given = stamps_from(stamps) or {"SystemModstamp": stamp(self.now())}
            self._replace(full, given)

    def set_quietly(self, row_id: str, **values: Any) -> None:
        """Put stored values into a row without stamps, triggers or log."""
        with self.lock:
            self._replace(self._full(row_id), values)

    def delete(self, row_id: str, *, by: str | None = None, via: str = "direct") -> None:
        """Move a row to the bin; the Contacts of an Account go with it."""
        with self.lock:
            full = self._full(row_id)
            if self.get(full).get("IsDeleted"):
                return
            self._bin(full, by or self.colleague_id, via, None)
            for name, reference in self._children(self._type(full).name):
                for child_id in self.find(name, **{reference: full}):
                    if (name, reference) == ("Contact", "AccountId"):
                        self._bin(child_id, by or self.colleague_id, via, full)
                    else:
                        moved = {reference: None, "SystemModstamp": stamp(self.now())}
                        self._replace(child_id, moved)

    def undelete(self, row_id: str, *, by: str | None = None) -> None:
        """Take a row out of the bin, and the rows that went with it."""
        with self.lock:
            full = self._full(row_id)
            kept = self.bin.get(full)
            if kept is None or not kept.restorable(self.now()):
                raise KeyError(f"{full} is not in the bin")
            together = [full, *(i for i, b in self.bin.items() if b.cascaded_from == full)]
            for each in together:
                del self.bin[each]
                values = {"IsDeleted": False, "MasterRecordId": None}
                self._record(each, values, by or self.colleague_id, "direct", "undelete")

    def empty_bin(self, row_id: str) -> None:
        """Purge a row from the bin: queryAll shows it for a day more, nobody can undelete it."""
        with self.lock:
            self.bin[self._full(row_id)].emptied_at = self.now()

    def hard_delete(self, row_id: str) -> None:
        """Remove a row without any trace."""
        with self.lock:
            full = self._full(row_id)
            del self.rows[self._type(full).name][full]
            self.bin.pop(full, None)

    def unshare(self, row_id: str) -> None:
        """Hide a row from the API's user; nothing else happens to it."""
        with self.lock:
            self._unshared.add(self._full(row_id))

    def share(self, row_id: str) -> None:
        """Show an unshared row again."""
        with self.lock:
            self._unshared.discard(self._full(row_id))

    def merge(self, winner: str, loser: str, *, by: str | None = None) -> None:
        """Merge two rows: the loser is deleted with MasterRecordId, its children move over."""
        with self.lock:
            kept, lost = self._full(winner), self._full(loser)
            who = by or self.colleague_id
            for name, reference in self._children(self._type(lost).name):
                for child_id in self.find(name, **{reference: lost}):
                    self._record(child_id, {reference: kept}, who, "direct", "update")
            self._record(kept, {}, who, "direct", "merge")
            self._bin(lost, who, "direct", None, {"MasterRecordId": kept})

    def begin(self) -> Transaction:
        """Open a transaction: what it writes appears at `commit`, stamped with the time now."""
        with self.lock:
            opened = Transaction(self)
            self._open.append(opened)
            return opened

    def oldest_open(self) -> datetime:
        """The start of the longest running transaction, or now."""
        return min((t.started for t in self._open), default=self.now())

    # What the other modules of the server need

    def next_id(self, found: ObjectType) -> str:
        """A new id for a row of the object."""
        while True:
            number = self._numbers.get(found.name, 0) + 1
            self._numbers[found.name] = number
            made = make_id(found.key_prefix, number, self._instance)
            if made not in self.rows[found.name]:
                return made

    def log(
        self,
        kind: str,
        old: Row | None,
        new: Row,
        values: Mapping[str, Any],
        by: str,
        via: str,
    ) -> None:
        """Add a write that took effect to `writes`."""
        was = old or {}
        changed = {k: v for k, v in new.items() if v != was.get(k) and k not in STAMPS}
        self.writes.append(
            Write(
                number=len(self.writes) + 1,
                at=self.now(),
                kind=kind,
                object=self._type(new["Id"]).name,
                id=new["Id"],
                values=dict(values),
                before={k: was.get(k) for k in values},
                changed=changed,
                by=by,
                via=via,
            )
        )

    def savepoint(self) -> Savepoint:
        """The rows as they are, to roll back to."""
        rows = {name: dict(table) for name, table in self.rows.items()}
        return Savepoint(rows, dict(self.bin), len(self.writes))

    def restore(self, point: Savepoint) -> None:
        """Undo everything since the savepoint, the log of writes included."""
        self.rows = {name: dict(table) for name, table in point.rows.items()}
        self.bin = dict(point.bin)
        del self.writes[point.writes :]

    def closed(self, done: Transaction) -> None:
        """A transaction has ended."""
        self._open.remove(done)

    def _full(self, row_id: str) -> str:
        full = id18(row_id)
        if full is None:
            raise KeyError(f"not an id: {row_id!r}")
        return full

    def _type(self, full: str) -> ObjectType:
        found = self.object_of(full)
        if found is None:
            raise KeyError(f"no object has ids like {full}")
        return found

    def _replace(self, full: str, values: Mapping[str, Any]) -> None:
        table = self.rows[self._type(full).name]
        table[full] = {**table[full], **values}

    def _record(self, full: str, values: Mapping[str, Any], by: str, via: str, kind: str) -> None:
        """A logged change of stored values that moves the stamps but calls no trigger."""
        old = self.get(full)
        now = stamp(self.now())
        moved = {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": by}
        if kind == "delete" and not self.switches.delete_moves_stamps:
            moved = {"SystemModstamp": now}
        self._replace(full, {**values, **moved})
        self.log(kind, old, self.get(full), values, by, via)

    def _bin(
        self,
        full: str,
        by: str,
        via: str,
        cascaded_from: str | None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.bin[full] = Binned(self.now(), cascaded_from=cascaded_from)
        self._record(full, {"IsDeleted": True, **(extra or {})}, by, via, "delete")

    def _children(self, parent: str) -> list[tuple[str, str]]:
        """The (object, reference field) that point at rows of the parent object."""
        return [
            (found.name, info.name)
            for found in self.objects.values()
            for info in found.fields
            if parent in info.refers_to and info.name != "MasterRecordId"
        ]
