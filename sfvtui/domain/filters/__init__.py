"""The filter language: one tree, three forms (text, SQL on the mirror, SOQL), one meaning.

Here is the tree with its text, which every bound mapping has; what compiles it (`sql`, `soql`,
`predicate`) or helps to type it (`complete`) is imported where it is used.
"""

from __future__ import annotations

from sfvtui.domain.filters.check import check
from sfvtui.domain.filters.operators import OPERATORS, Kind, Op, Takes, kind_of, takes
from sfvtui.domain.filters.parse import parse
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
    "Not",
    "Op",
    "Takes",
    "Value",
    "all_of",
    "any_of",
    "check",
    "conditions",
    "depends_on_today",
    "fields",
    "kind_of",
    "parse",
    "takes",
    "to_text",
]
