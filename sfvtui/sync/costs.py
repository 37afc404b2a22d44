"""What a verb will cost, said beforehand: calls of each service, and minutes."""

from __future__ import annotations

from dataclasses import dataclass

ROWS_A_QUERY = 2000
"""Rows on one page of a query. Source: SOQL and SOSL reference, query options (batchSize)."""

ROWS_A_LIST = 100
"""Users or accounts on one page of a list. Source: Vitally REST API, Pagination."""

SALESFORCE_SECONDS = 0.7
VITALLY_SECONDS = 0.25
"""What one call usually takes."""


@dataclass(frozen=True)
class Cost:
    """Calls of each service, and the seconds that they take one after the other."""

    salesforce: int
    vitally: int
    seconds: float

    def words(self) -> str:
        """The cost in words for a sentence."""
        minutes = round(self.seconds / 60)
        took = "less than a minute" if minutes < 1 else f"about {many(minutes, 'minute')}"
        return (
            f"about {many(self.salesforce, 'call')} of Salesforce and {self.vitally} of Vitally,"
            f" {took}"
        )


def of_calls(salesforce: int, vitally: int, *, per_minute: int) -> Cost:
    """The cost of so many calls; Vitally takes `per_minute` at most."""
    pace = max(VITALLY_SECONDS, 60 / per_minute if per_minute else 0.0)
    return Cost(salesforce, vitally, salesforce * SALESFORCE_SECONDS + vitally * pace)


ALWAYS = 6
"""Calls of Salesforce that every pull takes: login, identity, describes, the newest stamp."""

WRITES_A_CALL = 25
"""Guarded writes in one composite call; a read goes before it, and one follows."""

CALLS_AN_UPDATE, CALLS_A_CREATION = 2, 3
"""Calls of Vitally: read and write; two searches and the write."""


def of_pull(records: int, users: int, accounts: int, *, whole: bool, per_minute: int) -> Cost:
    """The cost of a pull, by what the mirror holds: a whole one reads all of it again, another
    some pages of what moved."""
    if not whole:
        return of_calls(ALWAYS + 1, 4, per_minute=per_minute)
    vitally = pages(users, ROWS_A_LIST) + pages(accounts, ROWS_A_LIST) + 2
    return of_calls(ALWAYS + pages(records, ROWS_A_QUERY), vitally, per_minute=per_minute)


def of_push(salesforce: int, updates: int, creations: int, *, per_minute: int) -> Cost:
    """The cost of pushing so many changes to Salesforce, updates and creations to Vitally."""
    ours = 3 * pages(salesforce, WRITES_A_CALL) if salesforce else 0
    sources = pages(updates + creations, 100) if updates + creations else 0
    theirs = 1 + CALLS_AN_UPDATE * updates + CALLS_A_CREATION * creations
    return of_calls(1 + ours + sources, theirs, per_minute=per_minute)


def pages(rows: int, size: int) -> int:
    """How many pages of `size` a list of `rows` has: one at least."""
    return max(1, -(-rows // size))


def many(number: int, noun: str) -> str:
    """A number with its noun: `1 call`, `2 calls`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
