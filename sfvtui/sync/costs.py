"""What reading will cost, said beforehand: calls of each service, and minutes."""

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


def pages(rows: int, size: int) -> int:
    """How many pages of `size` a list of `rows` has: one at least."""
    return max(1, -(-rows // size))


def many(number: int, noun: str) -> str:
    """A number with its noun: `1 call`, `2 calls`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
