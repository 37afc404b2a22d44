"""A record's state, and the flags that stand beside it: the words of every list and count."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """A record's state: the first of these, in this order, that fits."""

    GONE = "gone"
    LINKED = "linked"
    APPROVED = "approved"
    IGNORED = "ignored"
    AMBIGUOUS = "ambiguous"
    OUTSIDE_FILTER = "outside_filter"
    HELD = "held"
    UNMATCHED = "unmatched"


class Flag(StrEnum):
    """What stands beside a record's state."""

    DISAGREES = "disagrees"
    OUT_OF_SCOPE = "out_of_scope"
    OTHER_ACCOUNT = "other_account"
    ONCE_LINKED = "once_linked"
    LOOK_ALIKE = "look_alike"
    ACCOUNT_CHURNED = "account_churned"
