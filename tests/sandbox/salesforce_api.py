"""A client of the local Salesforce for tests: bare HTTP, logged in."""

from __future__ import annotations

import json
from typing import Any

import httpx

from sfvtui.sandbox.salesforce import Org

LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


class Api:
    """Calls the data API of an org; paths are below `/services/data/v66.0/`."""

    def __init__(self, org: Org, client: httpx.Client) -> None:
        self.org = org
        self.client = client
        self.token = self.login().json()["access_token"]

    def login(self, path: str = "/services/oauth2/token", **form: str) -> httpx.Response:
        known = self.org.credentials
        usual = {
            "grant_type": "client_credentials",
            "client_id": known.client_id,
            "client_secret": known.client_secret,
        }
        return self.client.post(path, data={**usual, **form})

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        version: str = "v66.0",
        headers: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> httpx.Response:
        url = path if path.startswith("/") else f"/services/data/{version}/{path}"
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return self.client.request(method, url, content=content, headers=sent, params=params)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.call("GET", path, **options)

    def patch(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.call("PATCH", path, body, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        return self.call("POST", path, body, **options)

    def query(self, soql: str, resource: str = "query", **options: Any) -> Any:
        """The body of a query's first page."""
        return self.get(resource, params={"q": soql}, **options).json()

    def ids(self, where: str, resource: str = "query") -> list[str]:
        """The ids of the Contacts that a condition selects, in the order of their making."""
        body = self.query(f"SELECT Id FROM Contact WHERE {where}", resource)
        assert isinstance(body, dict), body
        return sorted(row["Id"] for row in body["records"])

    def code(self, where: str) -> str:
        """The error code of a condition that is refused."""
        body = self.query(f"SELECT Id FROM Contact WHERE {where}")
        return str(body[0]["errorCode"])

    def values(self, row_id: str, *fields: str) -> list[Any]:
        """What a read of a Contact shows of these fields."""
        body = self.get(f"sobjects/Contact/{row_id}?fields={','.join(fields)}").json()
        return [body[field] for field in fields]


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and first error code of a refusal."""
    return answer.status_code, answer.json()[0]["errorCode"]
