"""POST /composite: up to 25 subrequests in one call, each with headers of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox.salesforce.api.calls import Call, Reply, refused, subcall
from sfvtui.sandbox.salesforce.errors import ApiError, PreconditionFailed

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org

MAX_SUBREQUESTS = 25
MAX_HEAVY = 5
_FORBIDDEN = frozenset({"accept", "authorization", "content-type"})
_CONDITIONS = ("if-unmodified-since", "if-modified-since", "if-match", "if-none-match")
_REFERENCE = re.compile(r"[A-Za-z0-9_]+", re.ASCII)
_USE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")

_HALTED = ApiError(
    "PROCESSING_HALTED",
    "The transaction was rolled back since another operation in the same transaction failed.",
)

Dispatch = Callable[["Org", Call], Reply]


def composite(org: Org, call: Call, dispatch: Dispatch) -> Reply:
    """Run the subrequests one after the other; always 200 unless the call itself is wrong.

    Source: REST API guide, Composite Resource. Without `collateSubrequests: false` the answers
    come grouped by resource, not in request order.
    """
    asked = call.record()
    parts = asked.get("compositeRequest")
    if not isinstance(parts, list) or not parts:
        raise ApiError("JSON_PARSER_ERROR", "compositeRequest is required")
    if len(parts) > MAX_SUBREQUESTS:
        raise ApiError(
            "LIMIT_EXCEEDED", f"A composite request can have at most {MAX_SUBREQUESTS} subrequests"
        )
    _check(parts)
    if asked.get("collateSubrequests", True):
        parts = sorted(parts, key=_resource)
    point = org.savepoint() if asked.get("allOrNone") else None
    answers: dict[str, Reply] = {}
    for part in parts:
        answers[part["referenceId"]] = _one(org, part, answers, dispatch)
    if point and any(reply.status >= 400 for reply in answers.values()):
        org.restore(point)
        for part in parts:
            # A Collections answer still says what it said before it was rolled back.
            kept = "/composite/sobjects" in part["url"]
            if answers[part["referenceId"]].status < 400 and not kept:
                answers[part["referenceId"]] = refused(_HALTED)
    return Reply(body={"compositeResponse": [_shown(*item) for item in answers.items()]})


def _check(parts: list[Any]) -> None:
    references = set()
    heavy = 0
    for part in parts:
        if not isinstance(part, dict) or not part.get("method") or not part.get("url"):
            raise ApiError("JSON_PARSER_ERROR", "method and url are required in a subrequest")
        reference = str(part.get("referenceId", ""))
        if not _REFERENCE.fullmatch(reference) or reference in references:
            message = f"Provided referenceId ('{reference}') must be unique, of letters, digits, _"
            raise ApiError("JSON_PARSER_ERROR", message)
        references.add(reference)
        for name in part.get("httpHeaders") or ():
            if name.lower() in _FORBIDDEN:
                message = f"The header {name} is not allowed in a subrequest"
                raise ApiError("INVALID_HTTP_HEADER", message)
        if re.search(r"/(?:query|queryAll)[/?]|/composite/sobjects", part["url"]):
            heavy += 1
    if heavy > MAX_HEAVY:
        message = f"A composite request can have at most {MAX_HEAVY} Collections or queries"
        raise ApiError("LIMIT_EXCEEDED", message)


def _resource(part: Mapping[str, Any]) -> tuple[str, str]:
    path = part["url"].partition("?")[0].split("/")
    return "/".join(path[:6]), part["method"]


def _one(
    org: Org, part: Mapping[str, Any], answers: Mapping[str, Reply], dispatch: Dispatch
) -> Reply:
    headers = {k.lower(): v for k, v in (part.get("httpHeaders") or {}).items()}
    if not org.switches.composite_honours_conditions:
        headers = {k: v for k, v in headers.items() if k not in _CONDITIONS}
    try:
        url = _filled(part["url"], answers)
        body = _filled(part.get("body"), answers)
        sub = subcall(part["method"].upper(), url, headers=headers, parsed=body, via="composite")
        if sub.segments[:1] == ("composite",) and sub.segments[1:2] != ("sobjects",):
            raise ApiError("INVALID_FIELD", "a composite resource can not be a subrequest")
        return dispatch(org, sub)
    except PreconditionFailed as error:
        return refused(error, empty=org.switches.precondition_body == "empty")
    except ApiError as error:
        return refused(error)


def _filled(value: Any, answers: Mapping[str, Reply]) -> Any:
    """The value with `@{reference.path}` replaced by what earlier answers hold."""
    if isinstance(value, dict):
        return {k: _filled(v, answers) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, answers) for v in value]
    if not isinstance(value, str) or "@{" not in value:
        return value

    def fill(match: re.Match[str]) -> str:
        reference, path = match.groups()
        try:
            found = answers[reference].body
            for step in re.findall(r"[A-Za-z0-9_]+", path):
                found = found[int(step)] if step.isdigit() else found[step]
        except (KeyError, IndexError, TypeError):
            message = f"Invalid reference specified. No value for {reference}{path} found."
            raise ApiError("PROCESSING_HALTED", message) from None
        return str(found)

    return _USE.sub(fill, value)


def _shown(reference: str, reply: Reply) -> dict[str, Any]:
    return {
        "body": reply.body,
        "httpHeaders": dict(reply.headers),
        "httpStatusCode": reply.status,
        "referenceId": reference,
    }
