"""Long running writes: they appear late, with the stamps of their beginning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org


class Transaction:
    """Writes of a long running process: they appear late, with the stamps of its beginning."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self.started = org.now()
        self._steps: list[Callable[[], object]] = []

    def create(self, name: str, values: Mapping[str, Any], **options: Any) -> str:
        """Create a row at `commit`; returns the id that it will have."""
        row_id = self._org.next_id(self._org.objects[name])
        stamps = {"CreatedDate": self.started, **self._stamps()}
        self._steps.append(
            lambda: self._org.create(name, values, id=row_id, **{**stamps, **options})
        )
        return row_id

    def update(self, row_id: str, values: Mapping[str, Any], **options: Any) -> None:
        """Change a row at `commit`."""
        stamps = self._stamps()
        self._steps.append(lambda: self._org.update(row_id, values, **{**stamps, **options}))

    def commit(self) -> None:
        """Let all of it take effect at once."""
        with self._org.lock:
            for step in self._steps:
                step()
            self._org.closed(self)

    def _stamps(self) -> dict[str, datetime]:
        return {"LastModifiedDate": self.started, "SystemModstamp": self.started}
