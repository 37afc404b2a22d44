"""What administrators do to an org: permissions, fields, automation, locks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce import formulas
from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.salesforce.describes import ObjectType
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.ids import id18
from sfvtui.sandbox.salesforce.records import DuplicateRule, Row
from sfvtui.sandbox.salesforce.switches import Switches
from sfvtui.sandbox.salesforce.values import WrongType, stored

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

Trigger = Callable[["Org", Row | None, dict[str, Any]], None]
"""Called before a save with the old row (None on create) and the new one, which it may change or
refuse by raising ApiError."""

Formula = Callable[["Org", Row], Any]


@dataclass
class _RowLock:
    parent: str
    times: int | None


class Administration:
    """The objects of an org, who may do what with their fields, and what happens on a save.

    `triggers` and `validations` are by object, `formulas` by object and field.
    """

    def __init__(
        self,
        objects: Iterable[Mapping[str, Any]],
        clock: Callable[[], datetime] | None,
        switches: Switches | None,
    ) -> None:
        self.clock: Callable[[], datetime] = clock or Clock()
        self.switches = switches or Switches()
        self.lock = threading.RLock()
        self.objects: dict[str, ObjectType] = {}
        self.rows: dict[str, dict[str, Row]] = {}
        self.triggers: dict[str, list[Trigger]] = {}
        self.validations: dict[str, list[Trigger]] = {}
        self.formulas: dict[tuple[str, str], Formula] = dict(formulas.STANDARD)
        self.duplicate_rules: list[DuplicateRule] = []
        self._row_locks: dict[str, _RowLock] = {}
        self._approval_locks: set[str] = set()
        for describe in objects:
            self.add_object(describe)

    def now(self) -> datetime:
        """The time that rows are stamped with."""
        return self.clock()

    def object(self, name: str) -> ObjectType | None:
        """The object of this name, in any case."""
        found = self.objects.get(name)
        if found is None:
            wanted = name.lower()
            found = next((o for o in self.objects.values() if o.name.lower() == wanted), None)
        return found

    def object_of(self, row_id: str) -> ObjectType | None:
        """The object that an id belongs to, by its key prefix."""
        prefix = row_id[:3]
        return next((o for o in self.objects.values() if o.key_prefix == prefix), None)

    def add_object(self, describe: Mapping[str, Any]) -> None:
        """Add an object by its describe (catalog.py makes them)."""
        made = ObjectType(describe, self.now())
        self.objects[made.name] = made
        self.rows[made.name] = {}

    def hide_field(self, name: str, *fields: str) -> None:
        """Take away the right to read fields: as if they did not exist."""
        self._permit(name, lambda found: found.hidden.update(fields))

    def show_field(self, name: str, *fields: str) -> None:
        """Give the right to read back."""
        self._permit(name, lambda found: found.hidden.difference_update(fields))

    def make_read_only(self, name: str, *fields: str) -> None:
        """Take away the right to edit fields."""
        self._permit(name, lambda found: found.read_only.update(fields))

    def make_editable(self, name: str, *fields: str) -> None:
        """Give the right to edit back."""
        self._permit(name, lambda found: found.read_only.difference_update(fields))

    def _permit(self, name: str, act: Callable[[ObjectType], None]) -> None:
        with self.lock:
            act(self.objects[name])
            if self.switches.describe_stamp_follows_permissions:
                self.objects[name].changed_at = self.now()

    def change_field(self, name: str, changed: str, **attributes: Any) -> None:
        """Change a field's describe: `type=`, `length=`, `picklistValues=`, `updateable=` and the like.

        Values that are none of a new type are lost, as in Salesforce.
        """
        with self.lock:
            found = self.objects[name]
            found.change(changed, **attributes)
            found.changed_at = self.now()
            info = found.field(changed)
            if info is None or "type" not in attributes:
                return
            for row_id, row in self.rows[name].items():
                held = row.get(changed)
                try:
                    kept = stored(info, None if held is None else str(held), self.switches)
                except WrongType:
                    kept = False if info.type == "boolean" else None
                self.rows[name][row_id] = {**row, changed: kept}

    def add_field(self, name: str, *describes: Mapping[str, Any]) -> None:
        """Add fields by their describes (`catalog.field` makes them)."""
        with self.lock:
            self.objects[name].add(*describes)
            self.objects[name].changed_at = self.now()

    def remove_field(self, name: str, removed: str) -> None:
        """Delete a field and what it held."""
        with self.lock:
            self.objects[name].remove(removed)
            self.objects[name].changed_at = self.now()

    def on_save(self, name: str, trigger: Trigger) -> None:
        """Run `trigger` before every save of the object."""
        self.triggers.setdefault(name, []).append(trigger)

    def validate(self, name: str, rule: Trigger) -> None:
        """Run `rule` after the triggers of every save by the API; it raises ApiError to refuse."""
        self.validations.setdefault(name, []).append(rule)

    def lock_row(self, row_id: str, parent: str | None = None, times: int | None = None) -> None:
        """Let saves of a row fail with UNABLE_TO_LOCK_ROW, naming the parent, `times` times."""
        full = id18(row_id) or row_id
        found = self.object_of(full)
        row = self.rows[found.name].get(full, {}) if found else {}
        self._row_locks[full] = _RowLock(parent or row.get("AccountId") or full, times)

    def unlock_row(self, row_id: str) -> None:
        """End what `lock_row` or `lock_for_approval` began."""
        self._row_locks.pop(id18(row_id) or row_id, None)
        self._approval_locks.discard(id18(row_id) or row_id)

    def lock_for_approval(self, row_id: str) -> None:
        """Let saves of a row fail with ENTITY_IS_LOCKED."""
        self._approval_locks.add(id18(row_id) or row_id)

    def check_locks(self, row_id: str) -> None:
        """Raise what a lock on the row makes the API say."""
        if row_id in self._approval_locks:
            raise ApiError("ENTITY_IS_LOCKED", "the entity is locked for editing", [])
        held = self._row_locks.get(row_id)
        if held is None:
            return
        if held.times is not None:
            held.times -= 1
            if held.times <= 0:
                del self._row_locks[row_id]
        raise ApiError(
            "UNABLE_TO_LOCK_ROW",
            f"unable to obtain exclusive access to this record or 1 records: {held.parent}",
            [],
        )
