"""Guarded updates: 25 in one composite call, or one by one, each with its own precondition.

Source: REST API guide, Conditional Requests; Composite (httpHeaders of a subrequest).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sfvtui.domain.ids import id18
from sfvtui.errors import Problem, SfvtuiError, Unreachable
from sfvtui.remotes.answers import Outcome, Write, WriteResult
from sfvtui.remotes.http_date import to_http
from sfvtui.remotes.salesforce import faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sfvtui.remotes.salesforce.transport import Transport

AT_ONCE = 25
NOT_TRIED = Problem("NOT_TRIED", "not sent: an earlier request of the same push had to stop")


def composite(transport: Transport, name: str, writes: Sequence[Write]) -> list[WriteResult]:
    """What became of each write, in order; up to 25 go in one call, each guarded by its own date.

    Raises what stops all of them (login, limits, no connection) where nothing was sent yet; later
    it ends the rest as NOT_SENT.
    """
    results: list[WriteResult] = []
    for chunk in _chunks(writes):
        try:
            results += _together(transport, name, chunk)
        except SfvtuiError as failed:
            fate = faults.outcome_of(failed)
            if fate is None and not results:
                raise
            outcome, problems = fate or (Outcome.NOT_SENT, (NOT_TRIED,))
            results += [WriteResult(write.record_id, outcome, problems) for write in chunk]
            if fate is None or isinstance(failed, Unreachable):
                return results + _not_tried(writes[len(results) :])
    return results


def single(transport: Transport, name: str, writes: Sequence[Write]) -> list[WriteResult]:
    """As `composite`, with one call a write."""
    results: list[WriteResult] = []
    for write in writes:
        try:
            _alone(transport, name, write)
        except SfvtuiError as failed:
            fate = faults.outcome_of(failed)
            if fate is None and not results:
                raise
            outcome, problems = fate or (Outcome.NOT_SENT, (NOT_TRIED,))
            results.append(WriteResult(write.record_id, outcome, problems))
            if fate is None or isinstance(failed, Unreachable):
                return results + _not_tried(writes[len(results) :])
        else:
            results.append(WriteResult(write.record_id, Outcome.LANDED))
    return results


def _together(transport: Transport, name: str, writes: Sequence[Write]) -> list[WriteResult]:
    version = transport.version()
    requests = [
        {
            "method": "PATCH",
            "url": f"/services/data/v{version}/{_path(name, write)}",
            "referenceId": f"write{number}",
            "httpHeaders": _headers(write),
            "body": write.values,
        }
        for number, write in enumerate(writes)
    ]
    answer = transport.call(
        "POST",
        "composite",
        body={"allOrNone": False, "collateSubrequests": False, "compositeRequest": requests},
        changes=True,
    )
    parts = answer.get("compositeResponse") if isinstance(answer, dict) else None
    listed = [part for part in parts or () if isinstance(part, dict)]
    by_reference = {part.get("referenceId"): part for part in listed}
    return [
        _result(transport, write, by_reference.get(f"write{number}"))
        for number, write in enumerate(writes)
    ]


def _result(transport: Transport, write: Write, part: dict[str, Any] | None) -> WriteResult:
    status = part.get("httpStatusCode") if part else None
    if part is None or not isinstance(status, int):
        lost = Problem("NO_ANSWER", "the answer says nothing of this write")
        return WriteResult(write.record_id, Outcome.UNKNOWN, (lost,))
    if 200 <= status < 300:
        return WriteResult(write.record_id, Outcome.LANDED)
    problems = faults.problems(part.get("body"), transport.redact, status)
    outcome = faults.outcome(status, problems)
    return WriteResult(write.record_id, outcome, () if outcome is Outcome.MOVED else problems)


def _alone(transport: Transport, name: str, write: Write) -> None:
    transport.call(
        "PATCH", _path(name, write), body=write.values, headers=_headers(write), changes=True
    )


def _path(name: str, write: Write) -> str:
    record_id = id18(write.record_id)
    if record_id is None:
        raise ValueError(f"{write.record_id!r} is no record id")
    return f"sobjects/{name}/{record_id}"


def _headers(write: Write) -> dict[str, str]:
    """The guard, and no assignment rules: an update must not hand the record to somebody else."""
    return {
        "If-Unmodified-Since": to_http(write.unmodified_since),
        "Sforce-Auto-Assign": "FALSE",
    }


def _not_tried(writes: Sequence[Write]) -> list[WriteResult]:
    return [WriteResult(write.record_id, Outcome.NOT_SENT, (NOT_TRIED,)) for write in writes]


def _chunks(writes: Sequence[Write]) -> Iterator[list[Write]]:
    waiting = iter(writes)
    while chunk := list(islice(waiting, AT_ONCE)):
        yield chunk
