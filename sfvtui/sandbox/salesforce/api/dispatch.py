"""The data API: from a call to the function that answers it, in one visible table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.sandbox.salesforce.api import (
    bulk,
    changes,
    collections,
    login,
    queries,
    rows,
)
from sfvtui.sandbox.salesforce.api.calls import Call, Reply, http_date, refused
from sfvtui.sandbox.salesforce.api.composite import composite
from sfvtui.sandbox.salesforce.api.guards import describe_unchanged
from sfvtui.sandbox.salesforce.errors import (
    ApiError,
    PreconditionFailed,
    not_found,
    session_invalid,
)

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

NEWEST = 67
OLDEST = 31
RETIRED = range(7, OLDEST)


def versions() -> Reply:
    """`GET /services/data`: without a login, not counted."""
    seasons = ("Spring", "Summer", "Winter")
    return Reply(
        body=[
            {
                "label": f"{seasons[number % 3]} '{(number + 13) // 3}",
                "url": f"/services/data/v{number}.0",
                "version": f"{number}.0",
            }
            for number in range(OLDEST, NEWEST + 1)
        ]
    )


def answer(org: Org, call: Call) -> Reply:
    """The reply to a top-level call: version, session and daily limit first, then the call."""
    with org.lock:
        try:
            _check_version(call.version)
            if not org.sessions.use(login.bearer(call.headers)):
                raise session_invalid()
            if org.usage.used >= org.usage.max:
                raise ApiError(
                    "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403
                )
            org.usage.used += 1
            return dispatch(org, call)
        except PreconditionFailed as error:
            return refused(error, empty=org.switches.precondition_body == "empty")
        except ApiError as error:
            return refused(error)


def _check_version(version: str) -> None:
    number = version.removeprefix("v").removesuffix(".0")
    if not number.isdigit() or int(number) > NEWEST or version != f"v{number}.0":
        raise not_found()
    if int(number) in RETIRED:
        message = f"API version {number}.0 is no longer available"
        raise ApiError("GONE", message, status=410)


def dispatch(org: Org, call: Call) -> Reply:
    """The reply to a call or subrequest; raises ApiError."""
    match (call.method, *call.segments):
        case ("GET", "query"):
            return queries.query(org, call, deleted=False)
        case ("GET", "queryAll"):
            return queries.query(org, call, deleted=True)
        case ("GET", "query" | "queryAll", locator):
            return queries.more(org, call, locator)
        case ("GET", "sobjects"):
            return _objects(org, call)
        case ("GET", "sobjects", name, "describe"):
            return _describe(org, call, name)
        case ("GET", "sobjects", name, "updated"):
            return changes.updated(org, call, name)
        case ("GET", "sobjects", name, "deleted"):
            return changes.deleted(org, call, name)
        case ("POST", "sobjects", name):
            return rows.create(org, call, name)
        case ("GET", "sobjects", name):
            return Reply(body={"objectDescribe": rows.entity_of(org, name).head(call.version)})
        case ("GET", "sobjects", name, row_id):
            return rows.read(org, call, name, row_id)
        case ("PATCH", "sobjects", name, row_id):
            return rows.update(org, call, name, row_id)
        case ("DELETE", "sobjects", name, row_id):
            return rows.delete(org, call, name, row_id)
        case ("GET", "sobjects", name, field, value):
            return rows.read_by_key(org, call, name, field, value)
        case ("PATCH", "sobjects", name, field, value):
            return rows.upsert(org, call, name, field, value)
        case ("POST", "composite"):
            return composite(org, call, dispatch)
        case ("POST", "composite", "sobjects"):
            return collections.create(org, call)
        case ("PATCH", "composite", "sobjects"):
            return collections.update(org, call)
        case ("DELETE", "composite", "sobjects"):
            return collections.delete(org, call)
        case ("GET" | "POST", "composite", "sobjects", name):
            return collections.read(org, call, name)
        case ("PATCH", "composite", "sobjects", name, field):
            return collections.upsert(org, call, name, field)
        case ("POST", "jobs", "query"):
            return bulk.create(org, call)
        case ("GET", "jobs", "query", job):
            return bulk.status(org, job)
        case ("PATCH", "jobs", "query", job):
            return bulk.change(org, call, job)
        case ("DELETE", "jobs", "query", job):
            return bulk.delete(org, job)
        case ("GET", "jobs", "query", job, "results"):
            return bulk.results(org, call, job)
        case ("GET", "limits"):
            return _limits(org)
        case ("GET",):
            base = f"/services/data/{call.version}"
            names = ("sobjects", "query", "queryAll", "composite", "limits", "jobs")
            return Reply(body={name: f"{base}/{name}" for name in names})
    raise not_found()


def _objects(org: Org, call: Call) -> Reply:
    newest = max(found.changed_at for found in org.objects.values())
    if describe_unchanged(call, newest):
        return Reply(304)
    shown = [found.head(call.version) for found in org.objects.values()]
    return Reply(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown})


def _describe(org: Org, call: Call, name: str) -> Reply:
    found = rows.entity_of(org, name)
    changed = {"Last-Modified": http_date(found.changed_at)}
    if describe_unchanged(call, found.changed_at):
        return Reply(304, headers=changed)
    return Reply(body=found.body(call.version), headers=changed)


def _limits(org: Org) -> Reply:
    left = max(0, org.usage.max - org.usage.used)
    return Reply(
        body={
            "DailyApiRequests": {"Max": org.usage.max, "Remaining": left},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000 - len(org.jobs)},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        }
    )
