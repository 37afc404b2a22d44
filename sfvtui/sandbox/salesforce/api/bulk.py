"""Bulk API 2.0 query jobs: states, result pages by locator, CSV."""

from __future__ import annotations

import base64
import csv
import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.api.calls import Call, Reply
from sfvtui.sandbox.salesforce.clock import stamp
from sfvtui.sandbox.salesforce.errors import ApiError, not_found
from sfvtui.sandbox.salesforce.ids import make_id
from sfvtui.sandbox.salesforce.soql import Result, run
from sfvtui.sandbox.salesforce.values import csv_text

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

_LINE_ENDS = {"LF": "\n", "CRLF": "\r\n"}
_DELIMITERS = {
    "COMMA": ",",
    "TAB": "\t",
    "SEMICOLON": ";",
    "PIPE": "|",
    "CARET": "^",
    "BACKQUOTE": "`",
}
_FINAL = frozenset({"JobComplete", "Failed", "Aborted"})
DEFAULT_PAGE = 50_000


@dataclass
class Job:
    """A query job. `locators` are the offsets of the pages that were handed out."""

    id: str
    operation: str
    query: str
    version: str
    created: str
    line_end: str
    delimiter: str
    state: str = "UploadComplete"
    polls: int = 0
    error: str = ""
    result: Result | None = None
    locators: dict[str, int] = field(default_factory=dict)


def create(org: Org, call: Call) -> Reply:
    """`POST /jobs/query`."""
    asked = call.record()
    operation, query = asked.get("operation"), asked.get("query")
    if operation not in {"query", "queryAll"} or not isinstance(query, str) or not query:
        raise ApiError("INVALIDJOB", "operation and query are required")
    line_end = asked.get("lineEnding", "LF")
    delimiter = asked.get("columnDelimiter", "COMMA")
    if line_end not in _LINE_ENDS or delimiter not in _DELIMITERS:
        raise ApiError("INVALIDJOB", "unknown lineEnding or columnDelimiter")
    if org.switches.bulk_bad_query_fails == "at create":
        _result(org, operation, query)
    job = Job(
        id=make_id("750", len(org.jobs) + 1),
        operation=operation,
        query=query,
        version=call.version,
        created=stamp(org.now()),
        line_end=line_end,
        delimiter=delimiter,
    )
    org.jobs[job.id] = job
    return Reply(body=_shown(org, job))


def status(org: Org, job_id: str) -> Reply:
    """`GET /jobs/query/ID`: the job moves on with every look at it."""
    job = _job(org, job_id)
    if job.state not in _FINAL:
        job.polls += 1
        job.state = "InProgress"
        if job.polls > org.switches.bulk_polls:
            _complete(org, job)
    return Reply(body=_shown(org, job))


def _complete(org: Org, job: Job) -> None:
    try:
        job.result = _result(org, job.operation, job.query)
        job.state = "JobComplete"
    except ApiError as error:
        job.state = "Failed"
        job.error = f"{error.code}: {error.message}"


def _result(org: Org, operation: str, query: str) -> Result:
    result = run(org, query, deleted=operation == "queryAll", bulk=True)
    uses = result.query.uses
    refused = {"OFFSET"} | (
        {"ORDER BY", "LIMIT"} if org.switches.bulk_refuses_order_and_limit else set()
    )
    if result.query.count or uses & refused:
        raise ApiError(
            "API_ERROR", "The query uses a clause that is not supported in Bulk API 2.0 queries"
        )
    if not result.entity.has("SystemModstamp"):
        message = f"Entity '{result.entity.name}' is not supported by the Bulk API."
        raise ApiError("INVALIDENTITY", message)
    return result


def change(org: Org, call: Call, job_id: str) -> Reply:
    """`PATCH /jobs/query/ID {"state":"Aborted"}`."""
    job = _job(org, job_id)
    if call.record().get("state") != "Aborted" or job.state in _FINAL:
        raise ApiError("INVALIDJOBSTATE", f"Job in state {job.state} can only be read or deleted")
    job.state = "Aborted"
    return Reply(body=_shown(org, job))


def delete(org: Org, job_id: str) -> Reply:
    """`DELETE /jobs/query/ID`: only when it is done."""
    job = _job(org, job_id)
    if job.state not in _FINAL:
        raise ApiError("INVALIDJOBSTATE", f"Job in state {job.state} can not be deleted")
    del org.jobs[job.id]
    return Reply(204)


def results(org: Org, call: Call, job_id: str) -> Reply:
    """`GET /jobs/query/ID/results?locator=&maxRecords=`: a page of CSV, as often as asked."""
    job = _job(org, job_id)
    if job.version != call.version:
        message = "The API version of the job and of the request are different"
        raise ApiError("VERSION_MISMATCH", message, status=409)
    if job.result is None:
        raise ApiError("INVALIDJOBSTATE", f"Job in state {job.state} has no results")
    locator = call.query.get("locator", "")
    start = job.locators.get(locator) if locator else 0
    if start is None:
        raise ApiError("INVALID_QUERY_LOCATOR", "invalid locator")
    size = _page_size(org, call, job.result)
    rows = job.result.rows[start : start + size]
    following = "null"
    if start + len(rows) < len(job.result.rows):
        following = base64.urlsafe_b64encode(f"{job.id}{start + size}".encode()).decode()
        job.locators[following] = start + size
    headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": str(len(rows))}
    return Reply(200, _csv(org, job, job.result, rows), headers, "text/csv;charset=UTF-8")


def _page_size(org: Org, call: Call, result: Result) -> int:
    asked = call.query.get("maxRecords", "")
    size = max(1, int(asked)) if asked.isdigit() else DEFAULT_PAGE
    most = org.page_size
    if callable(most):
        return most(result.entity.name, size)
    return size if most is None else min(size, most)


def _csv(org: Org, job: Job, result: Result, rows: Any) -> str:
    """UTF-8, header first, every value quoted; columns as the query asks for them."""
    out = io.StringIO(newline="")
    writer = csv.writer(
        out,
        delimiter=_DELIMITERS[job.delimiter],
        lineterminator=_LINE_ENDS[job.line_end],
        quoting=csv.QUOTE_ALL,
    )
    writer.writerow([path.name for path in result.paths])
    columns = [(path.read, path.info) for path in result.paths]
    for row in rows:
        writer.writerow([csv_text(info, read(row), org.switches) for read, info in columns])
    return out.getvalue()


def _job(org: Org, job_id: str) -> Job:
    job = org.jobs.get(job_id)
    if not isinstance(job, Job):
        raise not_found()
    return job


def _shown(org: Org, job: Job) -> dict[str, Any]:
    found = re.search(r"\bFROM\s+(\w+)", job.query, re.IGNORECASE)
    shown: dict[str, Any] = {
        "id": job.id,
        "operation": job.operation,
        "object": found.group(1) if found else None,
        "createdById": org.user_id,
        "createdDate": job.created,
        "systemModstamp": stamp(org.now()),
        "state": job.state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.version.removeprefix("v")),
        "lineEnding": job.line_end,
        "columnDelimiter": job.delimiter,
    }
    if job.result is not None:
        shown["numberRecordsProcessed"] = len(job.result.rows)
        shown["retries"] = 0
        shown["totalProcessingTime"] = 1
    if job.error:
        shown["errorMessage"] = job.error
    return shown
