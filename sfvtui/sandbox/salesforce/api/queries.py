"""query and queryAll: first pages, further pages, dead locators."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.api.calls import Call, Reply
from sfvtui.sandbox.salesforce.api.shapes import row_shape
from sfvtui.sandbox.salesforce.cursors import Cursor
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.soql import Result, run

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

DEFAULT_BATCH = 2000
SMALLEST_BATCH = 200
_BATCH = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)


def query(org: Org, call: Call, *, deleted: bool) -> Reply:
    """`GET /query?q=` and `GET /queryAll?q=`: the first page."""
    statement = call.query.get("q")
    if not statement:
        raise ApiError("MALFORMED_QUERY", "A query string has to be specified")
    result = run(org, statement, deleted=deleted)
    if result.query.count:
        return Reply(body={"totalSize": len(result.rows), "done": True, "records": []})
    show = row_shape(org, result.entity, result.paths, call.version)
    cursor = Cursor(result.entity.name, result.rows, show, _batch(org, call, result), org.now())
    return Reply(body=_page(org, call, cursor, None, 0, "queryAll" if deleted else "query"))


def more(org: Org, call: Call, locator: str) -> Reply:
    """`GET /query/LOCATOR`: a further page; it may be read again."""
    found = org.cursors.find(locator)
    if found is None:
        raise ApiError(
            "INVALID_QUERY_LOCATOR",
            "invalid query locator",
            status=org.switches.dead_cursor_status,
        )
    name, cursor, start = found
    return Reply(body=_page(org, call, cursor, name, start, call.segments[0]))


def _batch(org: Org, call: Call, result: Result) -> int:
    asked = _BATCH.search(call.headers.get("sforce-query-options", ""))
    size = int(asked.group(1)) if asked else DEFAULT_BATCH
    size = min(max(size, SMALLEST_BATCH), DEFAULT_BATCH)
    if result.long and org.switches.small_pages_for_long_text:
        size = min(size, SMALLEST_BATCH)
    most = org.page_size
    if callable(most):
        return most(result.entity.name, size)
    return size if most is None else min(size, most)


def _page(
    org: Org, call: Call, cursor: Cursor, name: str | None, start: int, resource: str
) -> dict[str, Any]:
    end = start + cursor.batch
    rows = cursor.rows[start:end]
    if org.switches.cursor_values == "live":
        table = org.rows[cursor.object]
        rows = [table.get(row["Id"], row) for row in rows]
    page: dict[str, Any] = {"totalSize": len(cursor.rows), "done": end >= len(cursor.rows)}
    if not page["done"]:
        name = name or org.cursors.open(cursor)
        page["nextRecordsUrl"] = f"/services/data/{call.version}/{resource}/{name}-{end}"
    page["records"] = [cursor.show(row) for row in rows]
    return page
