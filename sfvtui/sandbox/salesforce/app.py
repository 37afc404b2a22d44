"""The org as an ASGI app: HTTP in, plain calls out, headers on every answer."""

from __future__ import annotations

import gzip
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from sfvtui.sandbox.salesforce.api import login
from sfvtui.sandbox.salesforce.api.calls import Call, Reply, http_date, segments
from sfvtui.sandbox.salesforce.api.dispatch import answer, versions

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from sfvtui.sandbox.salesforce.org import Org

MAX_URI = 16_384
_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"]
_JSON = msgspec.json.Encoder(decimal_format="number")


def salesforce_app(org: Org) -> ASGIApp:
    """The app that serves the org."""

    async def endpoint(request: Request) -> Response:
        return _response(org, request, _reply(org, request, await request.body()))

    return Starlette(debug=True, routes=[Route("/{path:path}", endpoint, methods=_METHODS)])


def _reply(org: Org, request: Request, body: bytes) -> Reply:
    raw_path = request.scope["raw_path"].decode("ascii").partition("?")[0]
    query = request.scope["query_string"].decode("ascii", "replace")
    headers = {k.lower(): v for k, v in request.headers.items()}
    uri = len(raw_path) + len(query)
    if uri > MAX_URI:
        return _page(414, "URI Too Long")
    if uri + sum(len(k) + len(v) for k, v in headers.items()) > MAX_URI:
        return _page(431, "Request Header Fields Too Large")
    if headers.get("content-encoding", "") == "gzip":
        body = gzip.decompress(body)
    base = f"{request.url.scheme}://{headers.get('host', 'localhost')}"
    parts = segments(raw_path)
    asked = dict(parse_qsl(query, keep_blank_values=True))
    match (request.method, *parts):
        case ("POST", "services", "oauth2", "token"):
            with org.lock:
                return login.token(org, body, headers, base)
        case ("GET" | "POST", "services", "oauth2", "userinfo"):
            with org.lock:
                return login.userinfo(org, headers)
        case ("GET", "services", "data"):
            return versions()
        case (method, "services", "data", version, *rest):
            method = asked.get("_HttpMethod", method)
            below = tuple(rest)
            return answer(org, Call(method, version, below, asked, headers, body))
    return _page(404, "Not Found")


def _page(status: int, words: str) -> Reply:
    page = f"<html><head><title>{escape(words)}</title></head><body>{escape(words)}</body></html>"
    return Reply(status, page, content_type="text/html;charset=UTF-8")


def _response(org: Org, request: Request, reply: Reply) -> Response:
    headers = {
        **reply.headers,
        "Date": http_date(org.now() + timedelta(seconds=org.date_skew)),
    }
    path = request.url.path.rstrip("/")
    if path.startswith("/services/data/"):
        headers["Sforce-Limit-Info"] = org.usage.header
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    text = isinstance(reply.body, str)
    content = reply.body.encode("utf-8", "surrogatepass") if text else _JSON.encode(reply.body)
    headers["Content-Type"] = reply.content_type
    accepts = "gzip" in request.headers.get("accept-encoding", "")
    if org.switches.gzip and accepts and len(content) > 2000:
        content = gzip.compress(content, compresslevel=1)
        headers["Content-Encoding"] = "gzip"
    return Response(content, status_code=reply.status, headers=headers)
