"""The filter language: one tree, three forms (text, SQL on the mirror, SOQL), one meaning."""

from __future__ import annotations

from sfvtui.domain.filters.check import check
from sfvtui.domain.filters.complete import Suggestion, complete
from sfvtui.domain.filters.operators import OPERATORS, Kind, Op, Takes, kind_of, takes
from sfvtui.domain.filters.parse import parse
from sfvtui.domain.filters.predicate import Predicate, Row, passes, predicate
from sfvtui.domain.filters.soql import Left, Sieve, to_soql
from sfvtui.domain.filters.sql import to_sql
from sfvtui.domain.filters.text import to_text
from sfvtui.domain.filters.tree import (
    All,
    Any,
    Condition,
    Filter,
    Not,
    Value,
    all_of,
    any_of,
    conditions,
    depends_on_today,
    fields,
)

__all__ = [
    "OPERATORS",
    "All",
    "Any",
    "Condition",
    "Filter",
    "Kind",
    "Left",
    "Not",
    "Op",
    "Predicate",
    "Row",
    "Sieve",
    "Suggestion",
    "Takes",
    "Value",
    "all_of",
    "any_of",
    "check",
    "complete",
    "conditions",
    "depends_on_today",
    "fields",
    "kind_of",
    "parse",
    "passes",
    "predicate",
    "takes",
    "to_soql",
    "to_sql",
    "to_text",
]
