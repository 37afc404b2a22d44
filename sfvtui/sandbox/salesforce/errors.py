"""The errors that the data API answers with, in its own codes and words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class ApiError(Exception):
    """A refusal: `status` is the HTTP status, `problems` the list of the body.

    Source: REST API guide, Status Codes and Error Responses.
    """

    def __init__(
        self, code: str, message: str, fields: Iterable[str] | None = None, *, status: int = 400
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = None if fields is None else list(fields)

    def body(self) -> list[dict[str, Any]]:
        """As a top-level answer: `errorCode`, and `fields` where there are any."""
        problem: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            problem["fields"] = self.fields
        return [problem]

    def row(self) -> dict[str, Any]:
        """As one row of a Collections answer: `statusCode` instead of `errorCode`."""
        return {
            "statusCode": self.code,
            "message": self.message,
            "fields": self.fields or [],
        }


class PreconditionFailed(ApiError):
    """412: the row is newer than the date of If-Unmodified-Since (or ETag differs)."""

    def __init__(self) -> None:
        super().__init__(
            "ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE",
            "The entity was modified after the date of the precondition",
            status=412,
        )


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    """404 NOT_FOUND: unknown object, row or resource."""
    return ApiError("NOT_FOUND", message, status=404)


def no_external_id(name: str) -> ApiError:
    """404 for an upsert key that is none, or an id that cannot be one."""
    return not_found(f"Provided external ID field does not exist or is not accessible: {name}")


def is_deleted() -> ApiError:
    """404 for a row in the bin (merged ones too)."""
    return ApiError("ENTITY_IS_DELETED", "entity is deleted", [], status=404)


def no_such_column(name: str, entity: str) -> ApiError:
    """A field that does not exist, or that this user may not see, in a write."""
    return ApiError("INVALID_FIELD", f"No such column '{name}' on sobject of type {entity}")


def session_invalid() -> ApiError:
    """401: nothing was applied."""
    return ApiError("INVALID_SESSION_ID", "Session expired or invalid", status=401)
