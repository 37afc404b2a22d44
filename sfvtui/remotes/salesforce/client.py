"""Salesforce as the engine needs it: pages of flat rows, guarded updates, typed errors."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from sfvtui.domain.ids import id18
from sfvtui.errors import CursorLost, Garbled, NotFound, RemoteError, RequestRefused
from sfvtui.remotes.answers import (
    ObjectName,
    Organization,
    Outcome,
    Page,
    Row,
    Usage,
    Write,
    WriteResult,
)
from sfvtui.remotes.salesforce import bulk, faults, rows, writes
from sfvtui.remotes.salesforce.faults import NAME, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sfvtui.config import NetworkSettings, SalesforceSettings
    from sfvtui.remotes.salesforce.transport import Transport

Guard = Literal["composite", "single"]
PAGE_HEADERS = {"Sforce-Query-Options": "batchSize=2000"}
LONGEST_QUERY = 2000
READ_AT_ONCE = 2000
QUERY_AT_ONCE = 400
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"/services/data/v[\d.]+/\w+/[\w-]+")
OBJECT = re.compile(r"\w+", re.ASCII)


def _silent(_line: str) -> None:
    """The log of a client that was given none."""


class Salesforce:
    """One organization. Nothing is asked before the first call; calls follow one another.

    `secret` resolves a secret reference, `log` takes one line a request (no secret, no values),
    `sleep` waits and may raise to stop. All errors are of sfvtui.errors: LoginRefused,
    Unreachable, Garbled, RequestRefused, NotFound, CursorLost, and Stopped (`api_reserve`,
    `daily_limit`). `guard` says how `update` sends: 25 guarded writes a call, or one.
    """

    def __init__(
        self,
        settings: SalesforceSettings,
        network: NetworkSettings,
        *,
        secret: Callable[[str], str],
        log: Callable[[str], None] = _silent,
        sleep: Callable[[float], None] = time.sleep,
        timeouts: tuple[float, float] | None = None,
    ) -> None:
        self.guard: Guard = "composite"
        self._settings = settings
        self._network = network
        self._secret = secret
        self._log = log
        self._sleep = sleep
        self._timeouts = timeouts
        self._organization: Organization | None = None

    @cached_property
    def _transport(self) -> Transport:
        from sfvtui.remotes.salesforce.session import TIMEOUTS
        from sfvtui.remotes.salesforce.transport import Transport

        return Transport(
            self._settings,
            self._network,
            secret=self._secret,
            log=self._log,
            sleep=self._sleep,
            timeouts=self._timeouts or TIMEOUTS,
        )

    def close(self) -> None:
        """Lets the connections go."""
        if "_transport" in self.__dict__:
            self._transport.close()

    # --- who ------------------------------------------------------------------------------------

    def connect(self) -> Organization:
        """Logs in and says whom we reached; asked once, then remembered."""
        if self._organization is None:
            token = self._transport.token()
            row = self._told("SELECT Id, IsSandbox FROM Organization LIMIT 1")
            info = self._transport.userinfo()
            org_id = token.org_id or _id(info.get("organization_id")) or _id(row.get("Id"))
            if not org_id:
                raise RemoteError(
                    SYSTEM,
                    f"{NAME} does not say which organization this login belongs to.",
                    "Give the app the scopes `api` and `openid`.",
                )
            user_id = token.user_id or _id(info.get("user_id"))
            is_sandbox = row.get("IsSandbox")
            self._organization = Organization(
                org_id=org_id,
                is_sandbox=is_sandbox if isinstance(is_sandbox, bool) else None,
                user_id=user_id,
                time_zone=self._time_zone(info, user_id),
                instance_url=str(token.instance),
                api_version=self._transport.version(),
            )
        return self._organization

    def _time_zone(self, info: dict[str, Any], user_id: str) -> str | None:
        zone = info.get("zoneinfo")
        if not zone and user_id:
            user = self._told(f"SELECT TimeZoneSidKey FROM User WHERE Id = '{user_id}'")
            zone = user.get("TimeZoneSidKey")
        return str(zone) if zone else None

    def _told(self, soql: str) -> Row:
        """The only row of a query; empty where this login may not ask or there is none."""
        try:
            page = next(self.query(soql))
        except (RequestRefused, NotFound, Garbled):
            return {}
        return dict(page.rows[0]) if page.rows else {}

    @property
    def usage(self) -> Usage | None:
        """The organization's calls as last told."""
        return self._transport.usage if "_transport" in self.__dict__ else None

    def server_time(self) -> datetime | None:
        """Salesforce's clock now, at the earliest; None before its first answer."""
        return self._transport.now() if "_transport" in self.__dict__ else None

    # --- what there is ----------------------------------------------------------------------------

    def objects(self) -> list[ObjectName]:
        """All objects that this login sees."""
        body = self._transport.call("GET", "sobjects")
        listed = body.get("sobjects") if isinstance(body, dict) else None
        if not isinstance(listed, list):
            raise Garbled(SYSTEM, f"{NAME} answered its list of objects in another shape.")
        return [
            ObjectName(
                name=str(one["name"]),
                label=str(one.get("label") or one["name"]),
                queryable=bool(one.get("queryable")),
                custom=bool(one.get("custom")),
            )
            for one in listed
            if isinstance(one, dict) and one.get("name")
        ]

    def describe(self, name: str) -> dict[str, Any]:
        """The raw describe of an object. Raises NotFound for one that is unknown or hidden."""
        body = self._transport.call("GET", f"sobjects/{_object(name)}/describe")
        if not (isinstance(body, dict) and isinstance(body.get("fields"), list)):
            raise Garbled(SYSTEM, f"{NAME} answered the describe of {name} in another shape.")
        return body

    # --- reading ----------------------------------------------------------------------------------

    def count(self, soql: str) -> int:
        """The number of rows of `SELECT COUNT() FROM …` (or of the text from FROM on)."""
        query = soql if soql.lstrip().lower().startswith("select") else f"SELECT COUNT() {soql}"
        total = self._first(query, all_rows=False).get("totalSize")
        if not isinstance(total, int):
            raise Garbled(SYSTEM, f"{NAME} answered a count without a number.")
        return total

    def query(
        self, soql: str, *, all_rows: bool = False, resume: str | None = None
    ) -> Iterator[Page]:
        """The pages of a query; `all_rows` adds deleted rows; `resume` is a page's `next`.

        Raises CursorLost where that is no longer valid (Salesforce keeps it for two days).
        """
        names = rows.asked(soql)
        answer = self._more(resume) if resume else self._first(soql, all_rows=all_rows)
        before = resume
        while True:
            records, following = answer.get("records"), answer.get("nextRecordsUrl")
            if not isinstance(records, list) or (not answer.get("done", True) and not following):
                raise Garbled(SYSTEM, f"{NAME} answered a query in another shape.")
            if following and following == before:
                raise Garbled(SYSTEM, f"{NAME} gave a page of a query that leads to itself.")
            total = answer.get("totalSize")
            yield Page(
                rows.flat(records, names),
                following,
                total if isinstance(total, int) else None,
                self._transport.answered_at(),
            )
            if not following:
                return
            before, answer = following, self._more(following)

    def bulk_query(
        self, soql: str, *, all_rows: bool = False, resume: str | None = None
    ) -> Iterator[Page]:
        """The pages of a Bulk API 2.0 query, in no order; cells are texts, an empty one for null.

        `resume` is a page's `next` (`JOB:LOCATOR`; valid for seven days, else CursorLost).
        """
        return bulk.pages(
            self._transport, soql, all_rows=all_rows, resume=resume, sleep=self._sleep
        )

    def read(
        self,
        name: str,
        ids: Sequence[str],
        fields: Sequence[str],
        *,
        keep_reserve: bool = True,
    ) -> dict[str, Row | None]:
        """The rows of these ids by their 18 characters; None: no id, unseen or deleted.

        Without `keep_reserve` the reserve of daily calls does not stop it: what was written is
        read back all the same.
        """
        with self._transport.spending(reserve=not keep_reserve):
            return self._read(name, ids, fields)

    def _read(self, name: str, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Row | None]:
        wanted = [id18(one) for one in ids]
        found: dict[str, Row | None] = {
            full or given: None for full, given in zip(wanted, ids, strict=True)
        }
        asked = list({field.lower(): field for field in ("Id", *fields)}.values())
        known = list(dict.fromkeys(one for one in wanted if one))
        by_query = any("." in field for field in asked)
        size = QUERY_AT_ONCE if by_query else READ_AT_ONCE
        for start in range(0, len(known), size):
            chunk = known[start : start + size]
            read = self._by_query if by_query else self._collection
            found.update(read(_object(name), chunk, asked))
        return found

    def _collection(self, name: str, ids: list[str], fields: list[str]) -> dict[str, Row]:
        """Source: REST API guide, sObject Collections: null for what is invalid or unseen."""
        body = self._transport.call(
            "POST", f"composite/sobjects/{name}", body={"ids": ids, "fields": fields}
        )
        if not isinstance(body, list) or len(body) != len(ids):
            raise Garbled(SYSTEM, f"{NAME} answered {len(ids)} ids with another number of rows.")
        pairs = zip(ids, body, strict=True)
        return {one: rows.flat([row], fields)[0] for one, row in pairs if isinstance(row, dict)}

    def _by_query(self, name: str, ids: list[str], fields: list[str]) -> dict[str, Row]:
        """A collection read knows no paths through a lookup; a query does."""
        listed = ",".join(f"'{one}'" for one in ids)
        soql = f"SELECT {','.join(fields)} FROM {name} WHERE Id IN ({listed})"
        found = [dict(row) for page in self.query(soql) for row in page.rows]
        return {full: row for row in found if (full := _id(row.get("Id")))}

    def _first(self, soql: str, *, all_rows: bool) -> dict[str, Any]:
        """The first page. A long query travels inside a composite call: an address is short."""
        verb = "queryAll" if all_rows else "query"
        encoded = quote(soql, safe="")
        if len(encoded) <= LONGEST_QUERY:
            return _object_body(
                self._transport.call("GET", verb, params={"q": soql}, headers=PAGE_HEADERS)
            )
        answer = self._transport.call(
            "POST",
            "composite",
            body={
                "allOrNone": False,
                "collateSubrequests": False,
                "compositeRequest": [
                    {
                        "method": "GET",
                        "url": f"/services/data/v{self._transport.version()}/{verb}?q={encoded}",
                        "referenceId": "query",
                        "httpHeaders": PAGE_HEADERS,
                    }
                ],
            },
        )
        parts = _object_body(answer).get("compositeResponse")
        part = parts[0] if isinstance(parts, list) and parts else None
        status = part.get("httpStatusCode") if isinstance(part, dict) else None
        if not isinstance(part, dict) or not isinstance(status, int):
            raise Garbled(SYSTEM, f"{NAME} answered a composite call in another shape.")
        if status != 200:
            raise faults.error(
                status, part.get("body"), changes=False, redact=self._transport.redact
            )
        return _object_body(part.get("body"))

    def _more(self, address: str) -> dict[str, Any]:
        if not CURSOR.fullmatch(address):
            raise CursorLost(SYSTEM, "The remembered page of the list is no address of a page.")
        try:
            return _object_body(self._transport.more(address, PAGE_HEADERS))
        except NotFound:
            raise CursorLost(SYSTEM, f"{NAME} no longer knows this page of the list.") from None

    # --- writing ----------------------------------------------------------------------------------

    def update(self, name: str, changes: Sequence[Write]) -> list[WriteResult]:
        """What became of each guarded write, in order; nothing is repeated that may have landed.

        Raises what stops them all (LoginRefused, Stopped) only where nothing was sent yet.
        """
        send = writes.composite if self.guard == "composite" else writes.single
        return send(self._transport, _object(name), changes)

    def prove_guard(
        self, name: str, record_id: str, values: dict[str, Any], kind: Guard = "composite"
    ) -> bool:
        """Whether a write with a date of 1970 is refused as moved, sent in this way.

        `values` are the row's present ones, so that a service which does not look at the date
        writes what is there already. Only a clear refusal proves the guard.
        """
        send = writes.composite if kind == "composite" else writes.single
        proof = Write(record_id, values, NEVER)
        return send(self._transport, _object(name), [proof])[0].outcome is Outcome.MOVED


def _object(name: str) -> str:
    if not OBJECT.fullmatch(name):
        raise NotFound(SYSTEM, f"{name!r} is no name of an object.")
    return name


def _object_body(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Garbled(SYSTEM, f"{NAME} answered in another shape.")
    return body


def _id(value: Any) -> str:
    return (id18(value) or "") if isinstance(value, str) else ""
