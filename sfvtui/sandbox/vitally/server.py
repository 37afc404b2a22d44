"""The Vitally REST API over a workspace, as an ASGI application.

Shapes, statuses and texts follow recorded answers and Vitally's documentation (docs/services.md);
what neither says is a switch of the workspace.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from sfvtui.sandbox.vitally import schema
from sfvtui.sandbox.vitally.models import Account, User, iso, milliseconds
from sfvtui.sandbox.vitally.switches import Duplicate
from sfvtui.sandbox.vitally.workspace import API, DuplicateExternalId, UnknownId, Workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from sfvtui.sandbox.vitally.index import Key

PAGE = 100
_SORTS = ("createdAt", "updatedAt")
_STATUSES = ("active", "churned", "activeOrChurned")
_Row = TypeVar("_Row", User, Account)


class _Answer(Exception):
    """Ends a request with this status and body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def vitally_app(workspace: Workspace) -> ASGIApp:
    """The API of one workspace. Every answer carries the rate-limit headers."""
    api = _Api(workspace)

    async def answer(request: Request) -> Response:
        body = await request.body()
        with workspace.lock:
            try:
                api.admit(request)
                status, content = api.answer(request, body)
            except _Answer as ended:
                status, content = ended.status, ended.body
        payload = b"" if status == 204 else _encode(content)
        headers = workspace.rate_limit.headers()
        if status != 204:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Response(payload, status, headers)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    endpoint: Callable[[Request], Awaitable[Response]] = answer
    return Starlette(routes=[Route("/{path:path}", endpoint, methods=methods)])


class _Api:
    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._switches = workspace.switches

    def admit(self, request: Request) -> None:
        """Ends the request unless its key is right and the limit leaves room for it."""
        header = request.headers.get("authorization")
        if header is None:
            raise _Answer(401, {"error": "Authorization header not present."})
        if _user_of(header) not in self._workspace.keys:
            raise _Answer(401, {"error": "Unauthorized"})
        if not self._workspace.rate_limit.take(write=request.method not in ("GET", "HEAD")):
            raise _Answer(429, {"error": "Too Many Requests"})

    def answer(self, request: Request, body: bytes) -> tuple[int, Any]:
        self._workspace.settle()
        # Ids are taken from the raw path: an externalId may hold an encoded slash.
        raw = request.scope.get("raw_path") or request.url.path.encode()
        parts = tuple(unquote(part) for part in raw.decode("ascii").strip("/").split("/"))
        match parts:
            case ("resources", "users", *rest):
                return self._about_users(request, rest, body)
            case ("resources", "accounts", *rest):
                return self._about_accounts(request, rest, body)
            case ("resources", "customFields") if request.method == "GET":
                return 200, self._custom_fields(request)
        raise _Answer(404, {"error": "Not found"})

    def _about_users(self, request: Request, rest: list[str], body: bytes) -> tuple[int, Any]:
        match request.method, rest:
            case "GET", []:
                return 200, self._users(request)
            case "GET", ["search"]:
                return 200, self._search(request)
            case "GET", [name]:
                return 200, self._workspace.body(self._user(name))
            case "POST", []:
                return self._create_user(_parsed(body))
            case "PUT", [name]:
                return 200, self._change_user(name, _parsed(body))
            case "DELETE", [name]:
                return self._delete_user(name, request.query_params.get("deleteOn"))
        raise _Answer(404, {"error": "Not found"})

    def _about_accounts(self, request: Request, rest: list[str], body: bytes) -> tuple[int, Any]:
        match request.method, rest:
            case "GET", []:
                return 200, self._accounts(request)
            case "GET", [name]:
                return 200, self._account(name).body()
            case "GET", [name, "users"]:
                return 200, self._members(name, request)
            case "POST", []:
                return self._create_account(_parsed(body))
            case "PUT", [name]:
                return 200, self._change_account(name, _parsed(body))
            case "DELETE", [name]:
                self._workspace.delete_account(self._account(name).id, by=API)
                return 204, None
        raise _Answer(404, {"error": "Not found"})

    # ---- users

    def _users(self, request: Request) -> dict[str, Any]:
        limit, sort, start = self._paging(request)
        order = self._workspace.order(sort)
        found = order.before(start, limit + 1)
        users = [self._workspace.as_listed(user_id) for _, user_id in found]
        bodies = [self._workspace.body(user) for user in users if user]
        return self._page(bodies, limit, sort)

    def _members(self, name: str, request: Request) -> dict[str, Any]:
        account = self._workspace.accounts.get(name)
        if account is None:
            raise _Answer(404, {"error": "Not found"})
        limit, sort, start = self._paging(request)
        users = [user for user in self._workspace.listed() if account.id in user.account_ids]
        rows = _newest_first(users, sort, start)[: limit + 1]
        return self._page([self._workspace.body(user) for user in rows], limit, sort)

    def _search(self, request: Request) -> dict[str, Any]:
        query = request.query_params
        given = [name for name in ("externalId", "email", "emailSubdomain") if name in query]
        if len(given) != 1:
            text = "Exactly one of externalId, email or emailSubdomain is required."
            raise _Answer(400, {"error": text})
        wanted = query[given[0]]
        users = self._workspace.findable(given[0], wanted)
        found = [user for user in users if self._hit(user, given[0], wanted)]
        found.sort(key=lambda user: (user.updated, user.id), reverse=True)
        return {"results": [self._workspace.body(user) for user in found]}

    def _hit(self, user: User, name: str, wanted: str) -> bool:
        if name == "externalId":
            return user.external_id == wanted
        email = user.email or ""
        if name == "emailSubdomain":
            return email.lower().endswith("@" + wanted.lower())
        if self._switches.email_search_ignores_case:
            return email.lower() == wanted.lower()
        return email == wanted

    def _create_user(self, body: Any) -> tuple[int, Any]:
        _refuse(
            schema.user_errors(
                body, creating=True, refuse_unknown=self._switches.unknown_properties_refused
            )
        )
        self._check_traits(body)
        self._check_organizations(body)
        existing = self._workspace.user(body["externalId"])
        try:
            user = self._workspace.create(body, by=API)
        except DuplicateExternalId as error:
            status = 409 if self._switches.duplicate is Duplicate.CONFLICT else 400
            text = f"User with externalId {error} already exists"
            raise _Answer(status, {"error": text}) from error
        except UnknownId as error:
            raise self._unknown_account(error) from error
        status = 200 if existing is user else self._switches.create_status
        return status, self._workspace.body(user)

    def _change_user(self, name: str, body: Any) -> dict[str, Any]:
        user = self._user(name)
        _refuse(
            schema.user_errors(
                body, creating=False, refuse_unknown=self._switches.unknown_properties_refused
            )
        )
        self._check_traits(body)
        self._check_organizations(body)
        try:
            return self._workspace.body(self._workspace.change(user.id, body, by=API))
        except UnknownId as error:
            raise self._unknown_account(error) from error

    def _delete_user(self, name: str, day: str | None) -> tuple[int, Any]:
        user = self._user(name)
        on = None
        if day is not None:
            try:
                moment = datetime.fromisoformat(day)
            except ValueError as error:
                raise _Answer(400, {"error": f"deleteOn is not a date: {day}"}) from error
            on = milliseconds(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
        self._workspace.delete_user(user.id, on=on, by=API)
        return 204, None

    def _user(self, name: str) -> User:
        user = self._workspace.user(name)
        if user is None:
            raise _Answer(404, {"error": "Not found"})
        return user

    def _check_traits(self, body: dict[str, Any]) -> None:
        if self._switches.trait_types_checked:
            types = {field.path: field.type for field in self._workspace.custom_fields}
            _refuse(schema.trait_errors(body.get("traits", {}), types))

    def _check_organizations(self, body: dict[str, Any]) -> None:
        # The sandbox's workspaces have no organizations, so that any id is an unknown one.
        for unknown in body.get("organizationIds", ()):
            text = f"Organization not found: {unknown}"
            raise _Answer(self._switches.unknown_account_status, {"error": text})

    def _unknown_account(self, error: UnknownId) -> _Answer:
        text = f"Account not found: {error}"
        return _Answer(self._switches.unknown_account_status, {"error": text})

    # ---- accounts

    def _accounts(self, request: Request) -> dict[str, Any]:
        limit, sort, start = self._paging(request)
        status = request.query_params.get("status", "active")
        if status not in _STATUSES:
            _refuse([schema.enum_error("status", _STATUSES)])
        accounts = [
            account
            for account in self._workspace.accounts.values()
            if status == "activeOrChurned" or (account.churned is None) == (status == "active")
        ]
        rows = _newest_first(accounts, sort, start)[: limit + 1]
        return self._page([account.body() for account in rows], limit, sort)

    def _account(self, name: str) -> Account:
        account = self._workspace.account(name)
        if account is None:
            raise _Answer(404, {"error": "Not found"})
        return account

    def _create_account(self, body: Any) -> tuple[int, Any]:
        _refuse(
            schema.account_errors(
                body, creating=True, refuse_unknown=self._switches.unknown_properties_refused
            )
        )
        try:
            account = self._workspace.create_account(
                body["externalId"], body["name"], traits=body.get("traits"), by=API
            )
        except DuplicateExternalId as error:
            text = f"Account with externalId {error} already exists"
            raise _Answer(409, {"error": text}) from error
        return self._switches.create_status, account.body()

    def _change_account(self, name: str, body: Any) -> dict[str, Any]:
        account = self._account(name)
        _refuse(
            schema.account_errors(
                body, creating=False, refuse_unknown=self._switches.unknown_properties_refused
            )
        )
        changed = self._workspace.update_account(
            account.id, name=body.get("name"), traits=body.get("traits"), by=API
        )
        return changed.body()

    # ---- lists

    def _custom_fields(self, request: Request) -> list[dict[str, Any]]:
        if request.query_params.get("model", "users") != "users":
            return []
        fields = [
            field
            for field in self._workspace.custom_fields
            if self._switches.list_integration_traits or field.path.startswith("vitally.custom.")
        ]
        return [field.body() for field in sorted(fields, key=lambda field: field.label)]

    def _paging(self, request: Request) -> tuple[int, str, Key | None]:
        """limit, sortBy and the place of `from`. Unknown parameters are ignored, as seen live."""
        query = request.query_params
        sort = query.get("sortBy", "updatedAt")
        if sort not in _SORTS:
            _refuse([schema.enum_error("sortBy", _SORTS)])
        text = query.get("limit", str(PAGE))
        if not text.isdecimal():
            _refuse([schema.integer_error("limit")])
        limit = int(text)
        if limit < 1:
            _refuse([schema.minimum_error("limit", 1)])
        if limit > PAGE:
            if not self._switches.limit_clamped:
                _refuse([schema.maximum_error("limit", PAGE)])
            limit = PAGE
        return limit, sort, _place(query["from"]) if query.get("from") else None

    def _page(self, bodies: list[dict[str, Any]], limit: int, sort: str) -> dict[str, Any]:
        more = len(bodies) > limit or (self._switches.empty_last_page and len(bodies) == limit)
        results = bodies[:limit]
        page: dict[str, Any] = {"results": results, "next": None}
        if more:
            last = results[-1]
            page["next"] = _cursor(last[sort], last["id"])
        if self._switches.at_end:
            page["atEnd"] = not more
        return page


def _newest_first(rows: Iterable[_Row], sort: str, start: Key | None) -> list[_Row]:
    def key(row: _Row) -> Key:
        return (row.created if sort == "createdAt" else row.updated, row.id)

    return sorted((r for r in rows if start is None or key(r) < start), key=key, reverse=True)


def _cursor(value: str, id_: str) -> str:
    text = json.dumps({"sortValue": value, "id": id_}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _place(cursor: str) -> Key:
    try:
        held = json.loads(base64.b64decode(cursor, validate=True))
        stamp = milliseconds(datetime.fromisoformat(held["sortValue"]))
        if iso(stamp) == held["sortValue"]:
            return stamp, str(held["id"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        pass
    raise _Answer(400, {"error": "Invalid cursor"})


def _user_of(header: str) -> str | None:
    """The user name of a Basic header; None where it is none."""
    scheme, _, coded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(coded.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise _Answer(400, {"error": f"Unexpected token in JSON: {error}"}) from error


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


def _refuse(errors: list[schema.Error]) -> None:
    if errors:
        raise _Answer(400, {"error": {"message": "validation failed", "errors": errors}})


def _encode(content: Any) -> bytes:
    try:
        return msgspec.json.encode(content)
    except UnicodeEncodeError:  # a lone surrogate, which JSON can only hold as an escape
        return json.dumps(content, separators=(",", ":")).encode("ascii")
