"""What the two services answer to a pull of a written world: pages of its files, and little else.

The same answers go over HTTP (`served.py`) and straight into the clients (`data.py`).
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sfvtui.sandbox.salesforce.ids import make_id
from tests.benchmarks.packed import Packed
from tests.benchmarks.world import BULK_PAGE, RECORDS_A_PAGE

VERSION = "66.0"
JOB, ORGANIZATION = make_id("750", 1), make_id("00D", 1)


@dataclass(frozen=True)
class Answer:
    """One answer: a body of its own, or a page of a file; `page` names it `(list, number)`."""

    body: bytes = b""
    page: tuple[Packed, int] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json"
    status: int = 200

    def content(self) -> bytes:
        """The whole body."""
        return self.page[0][self.page[1]] if self.page else self.body


def _told(value: Any) -> Answer:
    return Answer(json.dumps(value).encode())


class Answers:
    """Both services, over a folder that `write_world` wrote. `moved` shows a thousand changes of
    each side to those who ask what moved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.moved = False
        self.about: dict[str, Any] = json.loads((folder / "world.json").read_text())

    @cached_property
    def bulk(self) -> Packed:
        """Pages of CSV."""
        return Packed(self.folder / "bulk")

    @cached_property
    def records(self) -> Packed:
        """Pages of a query."""
        return Packed(self.folder / "records")

    @cached_property
    def users(self) -> Packed:
        """Pages of all users."""
        return Packed(self.folder / "users")

    @cached_property
    def accounts(self) -> Packed:
        """Pages of all accounts."""
        return Packed(self.folder / "accounts")

    @cached_property
    def _recent(self) -> tuple[Packed, Packed]:
        return Packed(self.folder / "recent"), Packed(self.folder / "recent-moved")

    @cached_property
    def _users_moved(self) -> Packed:
        return Packed(self.folder / "users-moved")

    # --- Salesforce

    def salesforce(self, path: str, query: Mapping[str, str], base: str = "") -> Answer:
        """The answer at a path below the host; `query` are its parameters."""
        if path == "/services/data":
            return _told([{"label": "x", "url": f"/services/data/v{VERSION}", "version": VERSION}])
        if path.endswith("/services/oauth2/token"):
            who = f"{base}/id/{ORGANIZATION}/{self.about['owner']}"
            return _told({"access_token": "token", "instance_url": base, "id": who})
        if path.endswith("/services/oauth2/userinfo"):
            return _told({"organization_id": ORGANIZATION, "zoneinfo": "UTC"})
        below = path.partition(f"/v{VERSION}/")[2]
        if below == "sobjects/Contact/describe":
            return Answer((self.folder / "describe.json").read_bytes())
        if below in {"query", "queryAll"}:
            return self._query(query["q"])
        if below.startswith("query/"):
            return Answer(page=(self.records, int(below.rpartition("-")[2]) // RECORDS_A_PAGE))
        if below.startswith("jobs/query"):
            return self._bulk(below, query)
        return Answer(b'[{"errorCode":"NOT_FOUND","message":"not here"}]', status=404)

    def _query(self, soql: str) -> Answer:
        if "COUNT()" in soql:
            return _told({"totalSize": self.about["size"], "done": True, "records": []})
        if "ORDER BY SystemModstamp" in soql:
            at = "2024-03-01T09:00:00" if self.moved else self.about["newest"]
            return self._only({"SystemModstamp": f"{at}.000+0000"})
        if "FROM Organization" in soql:
            return self._only({"Id": ORGANIZATION, "IsSandbox": True})
        if " WHERE Id IN " in soql:
            return _told({"totalSize": 0, "done": True, "records": []})
        if " WHERE SystemModstamp >= " in soql:
            return Answer(page=(self._recent[self.moved], 0))
        return Answer(page=(self.records, 0))

    @staticmethod
    def _only(row: Mapping[str, Any]) -> Answer:
        return _told({"totalSize": 1, "done": True, "records": [row]})

    def _bulk(self, below: str, query: Mapping[str, str]) -> Answer:
        if not below.endswith("/results"):
            size = self.about["size"]
            return _told({"id": JOB, "state": "JobComplete", "numberRecordsProcessed": size})
        number = int(query.get("locator") or 0)
        last = number + 1 == len(self.bulk)
        size = min(BULK_PAGE, self.about["size"] - number * BULK_PAGE)
        headers = {
            "Sforce-Locator": "null" if last else str(number + 1),
            "Sforce-NumberOfRecords": str(size),
        }
        return Answer(page=(self.bulk, number), headers=headers, kind="text/csv;charset=UTF-8")

    # --- Vitally

    def vitally(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer at a path below /resources/."""
        number = json.loads(urlsafe_b64decode(query["from"]))["page"] if "from" in query else 0
        if path == "accounts":
            return Answer(page=(self.accounts, number))
        if path == "users":
            moved = self.moved and query.get("sortBy") == "updatedAt"
            return Answer(page=(self._users_moved if moved else self.users, number))
        if path == "customFields":
            return _told([])
        if re.fullmatch(r"(users|accounts)/[\w-]+", path):
            return _told({"id": path.partition("/")[2]})
        return Answer(b'{"error":"Not found"}', status=404)
