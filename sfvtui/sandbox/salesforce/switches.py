"""One switch for each behaviour of Salesforce that its documentation leaves open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass
class Switches:
    """What the documentation does not settle, or what an administrator decides.

    A client must work with every setting; the defaults are the likeliest behaviour. A running
    server follows a change at once.
    """

    # Logging in
    password_flow: bool = False
    """Username-password OAuth: blocked by default in orgs made since Summer '23."""
    login_hosts: set[str] = field(
        default_factory=lambda: {"login.salesforce.com", "test.salesforce.com"}
    )
    """Host names (without port) at which client credentials are refused."""
    userinfo_dead_token_status: int = 403
    """What `/services/oauth2/userinfo` answers to a token that is not alive."""

    # Queries
    null_logic: Literal["two-valued", "three-valued"] = "two-valued"
    """two-valued: `!=`, NOT IN, EXCLUDES and NOT keep rows whose field is null; three-valued: SQL."""
    empty_text_is_null: bool = True
    """`= ''` in a filter means `= null`."""
    date_literals_zone: Literal["user", "UTC"] = "user"
    """Whose midnights bound TODAY, LAST_N_DAYS:n and the like."""
    folding: Literal["casefold", "lower", "ascii"] = "casefold"
    """How far text comparison ignores case: ß and the like are the difference."""
    accents_matter: bool = True
    """Whether é equals e in a filter."""
    id_order: Literal["ascii", "folded"] = "ascii"
    """The order of ids in ORDER BY and in < and >."""
    scattered: bool = True
    """Rows of a query without ORDER BY, and of every Bulk query, come in no order."""
    dead_cursor_status: Literal[400, 404] = 400
    """The status with INVALID_QUERY_LOCATOR."""
    cursor_values: Literal["live", "snapshot"] = "live"
    """Whether later pages show the rows as they are now, or as they were at the first page."""
    small_pages_for_long_text: bool = True
    """Pages of rows with long text hold 200 rows at most."""
    large_numbers_in_e: bool = True
    """JSON shows numbers from ten million on as 1.39E8."""

    # Bulk API 2.0
    bulk_large_numbers_in_e: bool = False
    """The same in CSV."""
    bulk_bad_query_fails: Literal["at create", "later"] = "at create"
    bulk_polls: int = 1
    """How often a job says InProgress before it is complete."""
    bulk_refuses_order_and_limit: bool = False
    """The newest text of the guide refuses ORDER BY and LIMIT; older ones allow them."""

    # Guarded writes
    guard_compares: Literal["LastModifiedDate", "SystemModstamp"] = "LastModifiedDate"
    """The stamp that If-Unmodified-Since is compared with."""
    guard_honoured: bool = True
    """Off: an object for which the condition is ignored."""
    composite_honours_conditions: bool = True
    """Whether a subrequest's If-Unmodified-Since counts inside POST /composite."""
    precondition_body: Literal["errors", "empty"] = "errors"
    """The body of a 412."""
    unknown_row_status: Literal[400, 404] = 404
    """The status with INVALID_CROSS_REFERENCE_KEY for a row that is not there."""

    collections_read_paths: bool = False
    """Whether a Collections read takes parents' fields, such as Account.Name."""

    # Values on save
    line_ends: Literal["kept", "crlf"] = "kept"
    """What a text area does to the line ends that it is sent."""
    multipicklist_order: Literal["definition", "sent"] = "definition"
    round_to_scale: bool = False
    """Whether a number is rounded to the field's scale when it is stored."""
    length_counts: Literal["code points", "utf-16"] = "code points"
    null_boolean_refused: bool = True
    """Off: null is stored as false."""
    control_characters: Literal["kept", "dropped"] = "kept"
    """What becomes of control characters other than tab and line ends."""
    rich_text_rewritten: bool = True
    """Whether the server normalises the HTML of rich text (here: `<br/>` to `<br>`)."""

    # Stamps
    delete_moves_stamps: bool = True

    # HTTP
    gzip: bool = True
    describe_stamp_follows_permissions: bool = True
    """Whether a change of permissions makes If-Modified-Since on a describe answer 200."""
