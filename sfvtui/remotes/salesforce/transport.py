"""One way to Salesforce: simple-salesforce on a session of ours, with tokens that we renew.

simple-salesforce is never given credentials: its own renewal would drop the headers of a guarded
write. It speaks https only; http on loopback is done below it, in the session's adapter.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import requests
from simple_salesforce.api import Salesforce as SimpleSalesforce
from simple_salesforce.exceptions import SalesforceError

from sfvtui.config import Auth
from sfvtui.errors import (
    Garbled,
    LoginRefused,
    RemoteError,
    ReplyLost,
    SfvtuiError,
    Stopped,
    Unreachable,
)
from sfvtui.remotes import exact_json, web
from sfvtui.remotes.answers import Usage
from sfvtui.remotes.http_date import from_http
from sfvtui.remotes.retry import Lasting, passes, repeat
from sfvtui.remotes.salesforce import versions
from sfvtui.remotes.salesforce.faults import NAME, SYSTEM, SessionDied, error
from sfvtui.remotes.salesforce.login import Token, log_in
from sfvtui.remotes.salesforce.session import TIMEOUTS, Redirected, Session, Timeouts, never_sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sfvtui.config import NetworkSettings, SalesforceSettings

T = TypeVar("T")


class Transport:
    """Requests to one organization: logged in, counted, repeated only where that is safe."""

    def __init__(
        self,
        settings: SalesforceSettings,
        network: NetworkSettings,
        *,
        secret: Callable[[str], str],
        log: Callable[[str], None],
        sleep: Callable[[float], None],
        timeouts: Timeouts = TIMEOUTS,
    ) -> None:
        self._settings = settings
        self._redact = web.Redactor()
        self._secret = self._redact.resolver(secret)
        self._log = log
        self._sleep = sleep
        self._lock = threading.RLock()
        self._session = Session(network, timeouts)
        self._session.hooks["response"].append(self._note)
        self._token: Token | None = None
        self._api: _Api | None = None
        self._version = versions.configured(settings.api_version)
        self._date: tuple[datetime, float] | None = None
        self._spends = False
        self.usage: Usage | None = None

    # --- what is known of the session -------------------------------------------------------

    def token(self) -> Token:
        """The session in use, after a login where there was none. Errors as `call`."""
        self._patiently(self._ready, changes=False)
        assert self._token is not None
        return self._token

    def version(self) -> str:
        """The API version in use, such as `62.0`. Errors as `call`."""
        self._patiently(self._ready, changes=False)
        return self._version

    def now(self) -> datetime | None:
        """Salesforce's clock, at the earliest: its last Date and the time gone by since."""
        if self._date is None:
            return None
        date, seen = self._date
        return date + timedelta(seconds=int(time.monotonic() - seen))

    def answered_at(self) -> datetime:
        """The Date of the last answer; this machine's clock where it had none."""
        return self._date[0] if self._date else datetime.now(UTC).replace(microsecond=0)

    def redact(self, text: str) -> str:
        """The text without any secret that was in use here."""
        return self._redact(text)

    def close(self) -> None:
        """Lets the connections go; the session at Salesforce stays (others may share it)."""
        self._session.close()

    # --- requests -----------------------------------------------------------------------------

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        changes: bool = False,
    ) -> Any:
        """The decoded answer of one REST call below /services/data/vX/ (None where it is empty).

        `changes` where the call is a write: then nothing is repeated that may have taken effect,
        and a reply that did not come is ReplyLost. Raises the errors of faults.error, Garbled,
        Unreachable, LoginRefused, and Stopped where the reserve or the daily limit is reached.
        """
        data = None if body is None else exact_json.encode(body)

        def once() -> Any:
            return self._logged_in(
                lambda api: api.restful(
                    path,
                    params=dict(params) if params else None,
                    method=method,
                    data=data,
                    headers=dict(headers or {}),
                ),
                f"{method} {path}",
                changes=changes,
            )

        return self._patiently(once, changes=changes)

    def more(self, address: str, headers: Mapping[str, str]) -> Any:
        """The decoded answer at the path that a query's page gave for the next one."""

        def once() -> Any:
            return self._logged_in(
                lambda api: api.query_more(address, identifier_is_url=True, headers=dict(headers)),
                "GET query page",
                changes=False,
            )

        return self._patiently(once, changes=False)

    def download(
        self, path: str, params: Mapping[str, str], read: Callable[[requests.Response], T]
    ) -> T:
        """What `read` makes of a streamed CSV answer; read again whole after a passing fault."""

        def fetch(api: _Api) -> T:
            headers = {**api.headers, "Accept": "text/csv"}
            with self._session.get(
                api.base_url + path, params=dict(params), headers=headers, stream=True
            ) as response:
                if response.status_code != 200:
                    raise self._error(response.status_code, _content(response), changes=False)
                return read(response)

        def once() -> T:
            return self._logged_in(fetch, f"GET {path}", changes=False)

        return self._patiently(once, changes=False)

    def userinfo(self) -> dict[str, Any]:
        """What OpenID's userinfo says of this login; empty where it says nothing.

        It is asked for beside the API and may be closed to a token that the API takes, so that a
        refusal here says nothing about the session.
        """
        with self._lock:
            api = self._ready()
            try:
                response = self._session.get(f"{api.oauth2_url}userinfo", headers=dict(api.headers))
                body = exact_json.decode(response.content)
            except (requests.RequestException, ValueError):
                return {}
        return body if response.status_code == 200 and isinstance(body, dict) else {}

    # --- below the calls ------------------------------------------------------------------------

    def _patiently(self, act: Callable[[], T], *, changes: bool) -> T:
        return repeat(act, passing=partial(passes, changes=changes), sleep=self._sleep)

    def _logged_in(self, act: Callable[[_Api], T], what: str, *, changes: bool) -> T:
        """`act`, once more with all its headers after a new login where the session was over."""
        with self._lock:
            api = self._ready()
            self._keep_reserve()
            try:
                return self._guarded(act, api, what, changes=changes)
            except SessionDied:
                self._log(f"{SYSTEM} the session is over, logging in again")
            api = self._renewed()
            try:
                return self._guarded(act, api, what, changes=changes)
            except SessionDied:
                raise LoginRefused(
                    SYSTEM,
                    f"{NAME} refuses the session that it has just given.",
                    "Check that the login may use the API, and from this network.",
                ) from None

    def _guarded(self, act: Callable[[_Api], T], api: _Api, what: str, *, changes: bool) -> T:
        try:
            return act(api)
        except SalesforceError as failed:
            raise self._error(failed.status, failed.content, changes=changes) from None
        except requests.RequestException as failed:
            raise self._no_answer(failed, what, changes=changes) from None
        except Garbled as failed:
            if changes:
                raise ReplyLost(
                    SYSTEM, f"{failed.message} Whether the write took effect is not known."
                ) from None
            raise
        except Exception as failed:
            # Whatever else went wrong: a write that may have left has no known outcome.
            if changes and not isinstance(failed, SfvtuiError):
                raise ReplyLost(
                    SYSTEM, f"{NAME}'s reply was lost: whether the write took effect is not known."
                ) from failed
            raise

    def _ready(self) -> _Api:
        with self._lock:
            if self._api is None:
                self._token = self._new_token()
                self._session.allow(self._token.instance)
                if not self._version:
                    self._version = self._newest_version(self._token.instance)
                self._api = _Api(self._token, self._session, self._version)
            return self._api

    def _renewed(self) -> _Api:
        """A new login. An access token can only be renewed by what its reference gives now."""
        old, self._api = self._token, None
        known = old.access_token if old else ""
        given = self._settings.auth is Auth.ACCESS_TOKEN
        if given and self._secret(self._settings.access_token).strip() == known:
            raise LoginRefused(
                SYSTEM,
                f"{NAME} no longer takes the access token.",
                "Get a new one for salesforce.access_token, or choose another salesforce.auth, "
                "which can renew itself.",
            )
        return self._ready()

    def _new_token(self) -> Token:
        host = web.safe_origin(self._settings.instance_url, "salesforce.instance_url")
        self._session.allow(host)
        return log_in(self._settings, self._secret, self._post_form, self._redact)

    def _post_form(self, url: str, form: dict[str, str]) -> tuple[int, Any]:
        try:
            response = self._session.post(
                web.secured(url), data=form, headers={"Accept": "application/json"}
            )
            content = response.content
        except requests.RequestException as failed:
            raise self._no_answer(failed, "POST the login", changes=False) from None
        if response.status_code in (408, 420, 429) or response.status_code >= 500:
            raise self._error(response.status_code, _content(response), changes=False)
        try:
            return response.status_code, exact_json.decode(content)
        except ValueError:
            return response.status_code, None

    def _newest_version(self, instance: web.Origin) -> str:
        """The newest API version that both know."""
        try:
            response = self._session.get(web.secured(f"{instance}/services/data"))
            offered = exact_json.decode(response.content)
        except requests.RequestException as failed:
            raise self._no_answer(failed, "GET /services/data", changes=False) from None
        except ValueError:
            offered = None
        if response.status_code >= 500:
            raise self._error(response.status_code, offered, changes=False)
        version = versions.newest(offered)
        if version is None:
            raise RemoteError(
                SYSTEM,
                f"{instance} offers no API version that sfvtui knows "
                f"({versions.KNOWN[0]}.0 to {versions.KNOWN[-1]}.0).",
                "Check salesforce.instance_url.",
            )
        return version

    @contextmanager
    def spending(self, *, reserve: bool) -> Iterator[None]:
        """Where `reserve`: calls in the block may use up what is set aside of the daily calls."""
        with self._lock:
            self._spends = reserve
            try:
                yield
            finally:
                self._spends = False

    def _keep_reserve(self) -> None:
        if self._spends:
            return
        reserve, usage = self._settings.daily_calls_reserve, self.usage
        if usage is None or usage.limit <= 0 or reserve <= 0 or usage.left >= reserve:
            return
        raise Stopped(
            "api_reserve",
            f"{usage.used} of the organization's {usage.limit} daily calls are used: less than "
            f"the reserve of {reserve:.0%} is left.",
            "Wait until calls fall out of the 24 hours, or lower salesforce.daily_calls_reserve.",
        )

    def _error(self, status: int, content: Any, *, changes: bool) -> SfvtuiError:
        return error(status, content, changes=changes, redact=self._redact)

    def _no_answer(
        self, failed: requests.RequestException, what: str, *, changes: bool
    ) -> RemoteError:
        why = web.reason(failed)
        self._log(f"{SYSTEM} {what}: no answer, {why}")
        host = urlsplit(self._settings.instance_url).netloc
        if isinstance(failed, Redirected):
            return RemoteError(
                SYSTEM,
                f"{NAME} redirects to {failed.target}, where secrets are not sent.",
                "Check salesforce.instance_url.",
            )
        if mend := web.lasting(failed):
            return Lasting(SYSTEM, f"{NAME} ({host}) is not connected: {why}.", mend)
        if not changes or never_sent(failed):
            return Unreachable(
                SYSTEM, f"{NAME} ({host}) cannot be reached: {why}.", "Check the network."
            )
        return ReplyLost(
            SYSTEM,
            f"{NAME}'s reply was lost ({why}): whether the write took effect is not known.",
        )

    def _note(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Reads what every answer tells beside its body, errors included."""
        request, took = response.request, response.elapsed.total_seconds() * 1000
        path = self._redact(urlsplit(str(request.url)).path)
        self._log(f"{SYSTEM} {request.method} {path} {response.status_code} {took:.0f} ms")
        self.usage = _usage(response.headers.get("Sforce-Limit-Info")) or self.usage
        date = from_http(response.headers.get("Date"))
        if date is not None:
            self._date = (date, time.monotonic())


class _Api(SimpleSalesforce):
    """simple-salesforce with a token of ours, exact numbers and no pretty printing."""

    def __init__(self, token: Token, session: requests.Session, version: str) -> None:
        super().__init__(
            session_id=token.access_token,
            instance=token.instance.netloc,
            session=session,
            version=version,
        )
        self.headers.pop("X-PrettyPrint", None)

    def parse_result_to_json(self, result: requests.Response) -> Any:
        """The body; Garbled where it is no JSON object or list."""
        try:
            body = exact_json.decode(result.content)
        except ValueError:
            body = None
        if not isinstance(body, dict | list):
            raise Garbled(
                SYSTEM,
                f"{NAME} answered {result.status_code} with something that is no data.",
                "A proxy or a maintenance page may stand in between; try again later.",
            )
        return body


def _content(response: requests.Response) -> Any:
    try:
        return exact_json.decode(response.content)
    except ValueError:
        return None


def _usage(header: str | None) -> Usage | None:
    """Of `api-usage=10018/100000; …`. Source: REST API guide, Limit Info Header."""
    for part in (header or "").split(";"):
        name, _, numbers = part.strip().partition("=")
        used, slash, limit = numbers.partition("/")
        if name == "api-usage" and slash and used.isdigit() and limit.isdigit():
            return Usage(int(used), int(limit))
    return None
