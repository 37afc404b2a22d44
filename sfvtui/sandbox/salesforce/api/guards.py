"""Conditional requests: If-Unmodified-Since and the like, compared with a row's stamps.

Source: REST API guide, Conditional Requests: whole seconds, an equal date passes, a newer row is
412; ETag and If-Match for Account only.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from sfvtui.sandbox.salesforce.api.calls import Call
from sfvtui.sandbox.salesforce.clock import moment
from sfvtui.sandbox.salesforce.errors import PreconditionFailed

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce.org import Org
    from sfvtui.sandbox.salesforce.records import Row


def check_unmodified(org: Org, call: Call, name: str, row: Row) -> None:
    """Raise 412 where the row is newer than the call's date, 400 for a date that is none."""
    since = call.date("if-unmodified-since")
    if not org.switches.guard_honoured:
        return
    stamped = row.get(org.switches.guard_compares)
    if since is not None and stamped and moment(stamped) > since:
        raise PreconditionFailed
    wanted = call.headers.get("if-match")
    if wanted is not None and name == "Account" and wanted not in {"*", etag(row)}:
        raise PreconditionFailed


def unchanged(call: Call, name: str, row: Row) -> bool:
    """Whether a read may be answered with 304."""
    since = call.date("if-modified-since")
    if since is not None and row.get("LastModifiedDate"):
        return moment(row["LastModifiedDate"]) <= since
    known = call.headers.get("if-none-match")
    return known is not None and name == "Account" and known == etag(row)


def etag(row: Row) -> str:
    """The tag of a version of a row."""
    version = f"{row['Id']} {row.get('SystemModstamp')}"
    return f'"{hashlib.blake2b(version.encode(), digest_size=12).hexdigest()}"'


def describe_unchanged(call: Call, changed_at: datetime) -> bool:
    """Whether a describe may be answered with 304 (whole seconds)."""
    since = call.date("if-modified-since")
    return since is not None and changed_at.replace(microsecond=0) <= since
