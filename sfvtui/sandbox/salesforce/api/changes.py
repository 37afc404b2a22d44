"""/updated and /deleted: ids that changed, and ids that went to the bin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sfvtui.sandbox.salesforce.api.calls import Call, Reply
from sfvtui.sandbox.salesforce.api.rows import entity_of
from sfvtui.sandbox.salesforce.clock import moment, stamp
from sfvtui.sandbox.salesforce.errors import ApiError, not_found

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

UPDATED_BACK = timedelta(days=30)
DELETED_BACK = timedelta(days=15)
MAX_IDS = 600_000


def updated(org: Org, call: Call, name: str) -> Reply:
    """`/sobjects/X/updated/?start=&end=`: start inclusive, end exclusive, seconds cut off."""
    entity = entity_of(org, name)
    if not entity.has("SystemModstamp"):
        raise not_found()
    start, end = _span(org, call, UPDATED_BACK)
    ids = [
        row["Id"] for row in org.table(entity.name) if start <= moment(row["SystemModstamp"]) < end
    ]
    if len(ids) > MAX_IDS:
        raise ApiError("EXCEEDED_ID_LIMIT", f"more than {MAX_IDS} ids")
    return Reply(body={"ids": ids, "latestDateCovered": _covered(org, end)})


def deleted(org: Org, call: Call, name: str) -> Reply:
    """`/sobjects/X/deleted/?start=&end=`."""
    entity = entity_of(org, name)
    start, end = _span(org, call, DELETED_BACK)
    gone = [
        {"id": row["Id"], "deletedDate": stamp(org.bin[row["Id"]].at)}
        for row in org.table(entity.name, deleted=True)
        if row.get("IsDeleted") and start <= org.bin[row["Id"]].at < end
    ]
    return Reply(
        body={
            "deletedRecords": gone,
            "earliestDateAvailable": stamp(org.now() - DELETED_BACK),
            "latestDateCovered": _covered(org, end),
        }
    )


def _covered(org: Org, end: datetime) -> str:
    """The end that was asked for, or the start of the longest running transaction."""
    return stamp(min(end, org.oldest_open()))


def _span(org: Org, call: Call, back: timedelta) -> tuple[datetime, datetime]:
    bounds = []
    for name in ("start", "end"):
        try:
            asked = datetime.fromisoformat(call.query.get(name, ""))
        except ValueError:
            message = f"Invalid value for parameter {name}"
            raise ApiError("INVALID_REPLICATION_DATE", message) from None
        if asked.tzinfo is None:
            asked = asked.replace(tzinfo=UTC)
        bounds.append(asked.replace(second=0, microsecond=0))
    start, end = bounds
    if start >= end:
        raise ApiError(
            "INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate"
        )
    if start < org.now() - back:
        raise ApiError(
            "INVALID_REPLICATION_DATE", f"startDate before org limit of {back.days} days"
        )
    return start, end
