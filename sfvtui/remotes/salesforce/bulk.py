"""Bulk API 2.0 query jobs: create, wait, read the pages of CSV.

Source: Bulk API 2.0 guide, Query Jobs; Get Results for a Query Job.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any, TypeVar

from sfvtui.domain.table import Table
from sfvtui.errors import CursorLost, Garbled, NotFound, Problem, RequestRefused, Unreachable
from sfvtui.remotes.answers import Page
from sfvtui.remotes.salesforce.faults import NAME, SYSTEM, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests

    from sfvtui.remotes.salesforce.transport import Transport

PAGE_ROWS = 10_000
FIRST_WAIT = 1.0
LONGEST_WAIT = 15.0
LONGEST_JOB = 4 * 3600.0
LONGEST_CELL = 1 << 24
LAST_PAGE = "null"
CHUNK = 1 << 16

T = TypeVar("T")


def pages(
    transport: Transport,
    soql: str,
    *,
    all_rows: bool,
    resume: str | None,
    sleep: Callable[[float], None],
) -> Iterator[Page]:
    """The pages of a query job's result, in no order; see Salesforce.bulk_query."""
    job, _, locator = (resume or "").partition(":")
    if not job:
        job = _create(transport, soql, all_rows=all_rows)
    total = _finished(transport, job, sleep)
    while True:
        rows, following = _page(transport, job, locator)
        token = f"{job}:{following}" if following else None
        yield Page(rows, token, total, transport.answered_at())
        if not following:
            return
        if following == locator:
            raise Garbled(SYSTEM, f"{NAME} gave a page of the bulk job {job} that leads to itself.")
        locator = following


def _create(transport: Transport, soql: str, *, all_rows: bool) -> str:
    job = transport.call(
        "POST",
        "jobs/query",
        body={
            "operation": "queryAll" if all_rows else "query",
            "query": soql,
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        },
    )
    if not (isinstance(job, dict) and job.get("id")):
        raise Garbled(SYSTEM, f"{NAME} created a bulk job without an id.")
    return str(job["id"])


def _finished(transport: Transport, job: str, sleep: Callable[[float], None]) -> int | None:
    """How many rows the job found, once it has; waits longer from time to time."""
    wait, waited = FIRST_WAIT, 0.0
    while True:
        told = _told(lambda: transport.call("GET", f"jobs/query/{job}"), job)
        state = told.get("state") if isinstance(told, dict) else None
        match state:
            case "JobComplete":
                rows = told.get("numberRecordsProcessed")
                return rows if isinstance(rows, int) else None
            case "Failed":
                said = transport.redact(str(told.get("errorMessage") or "no reason given"))
                raise RequestRefused(SYSTEM, [Problem("BULK_JOB_FAILED", said)])
            case "Aborted":
                raise CursorLost(SYSTEM, f"The bulk job {job} was aborted.")
        if waited >= LONGEST_JOB:
            raise Unreachable(SYSTEM, f"The bulk job {job} did not end within four hours.")
        sleep(wait)
        waited += wait
        wait = min(LONGEST_WAIT, wait * 1.5)


def _page(transport: Transport, job: str, locator: str) -> tuple[Table, str | None]:
    params = {"maxRecords": str(PAGE_ROWS)}
    if locator:
        params["locator"] = locator

    def read(response: requests.Response) -> tuple[Table, str | None]:
        following = response.headers.get("Sforce-Locator")
        rows = _rows(response, job)
        told = response.headers.get("Sforce-NumberOfRecords", "")
        if told.isdigit() and int(told) != len(rows):
            raise Garbled(SYSTEM, f"A page of the bulk job {job} is cut short.")
        return rows, None if following in (None, "", LAST_PAGE) else following

    return _told(lambda: transport.download(f"jobs/query/{job}/results", params, read), job)


def _told(ask: Callable[[], T], job: str) -> T:
    """What `ask` returns; a job that is gone, or of another API version, is CursorLost."""
    try:
        return ask()
    except NotFound:
        raise CursorLost(SYSTEM, f"{NAME} no longer knows the bulk job {job}.") from None
    except Refusal as refused:
        if refused.status == 409:
            raise CursorLost(
                SYSTEM, f"The bulk job {job} was made with another API version."
            ) from None
        raise


def _rows(response: requests.Response, job: str) -> Table:
    """The rows of a page; a null is an empty text, as the CSV shows it.

    Lines are split by the CSV reader alone: values hold line ends of every kind.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    text = io.TextIOWrapper(
        io.BufferedReader(_Body(response), CHUNK), encoding="utf-8-sig", newline=""
    )
    reader = csv.reader(text)
    try:
        names = next(reader, [])
        rows = [cells for cells in reader if cells]
        whole = all(len(cells) == len(names) for cells in rows)
    except (ValueError, csv.Error):
        whole = False
    if not whole:
        raise Garbled(SYSTEM, f"A page of the bulk job {job} is no CSV of its columns.")
    return Table(names, rows)


class _Body(io.RawIOBase):
    """A streamed answer as a file."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__()
        self._chunks = response.iter_content(CHUNK)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)
