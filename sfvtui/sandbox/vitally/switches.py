"""What nobody outside Vitally knows of its REST API, each point a switch.

The defaults are the likelier answers; a client must be right under either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Duplicate(StrEnum):
    """What POST does with an externalId that a user has already."""

    CONFLICT = "conflict"
    BAD_REQUEST = "bad-request"
    UPSERT = "upsert"


class AccountsOnUpdate(StrEnum):
    """What PUT does with `accountIds`."""

    REPLACE = "replace"
    UNION = "union"


class DeletedTrait(StrEnum):
    """What becomes of a trait that was sent as null."""

    DROP = "drop"
    NULL = "null"


class Deletion(StrEnum):
    """What DELETE does with a user when no day is named."""

    DELAYED = "delayed"
    IMMEDIATE = "immediate"


class Limiter(StrEnum):
    """How the rate limit counts: both wordings stood in Vitally's documentation."""

    BUCKET = "bucket"
    WINDOW = "window"


@dataclass
class Switches:
    """The open points. Set an attribute at any time; the next request obeys it.

    `delete_grace`, `read_delay` and `drop_orphans_after` are in seconds; None means never.
    """

    duplicate: Duplicate = Duplicate.CONFLICT
    create_status: int = 200
    unknown_account_status: int = 400
    accounts_on_update: AccountsOnUpdate = AccountsOnUpdate.REPLACE
    identical_update_moves: bool = True
    deleted_trait: DeletedTrait = DeletedTrait.DROP
    trait_types_checked: bool = False
    unknown_properties_refused: bool = False
    deletion: Deletion = Deletion.DELAYED
    delete_grace: float = 7 * 86_400
    drop_orphans_after: float | None = None
    read_delay: float = 0.0
    limit_clamped: bool = True
    empty_last_page: bool = False
    at_end: bool = True
    email_search_ignores_case: bool = True
    list_integration_traits: bool = True
    echo_account_ids: bool = False
    newer_user_keys: bool = False
    limiter: Limiter = Limiter.BUCKET
    requests_per_minute: int = 1000
    write_cost: int = 1
