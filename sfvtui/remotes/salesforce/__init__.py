"""Salesforce's REST API and Bulk API 2.0, as the engine needs them."""

from __future__ import annotations

from sfvtui.remotes.answers import (
    ObjectName,
    Organization,
    Outcome,
    Page,
    Usage,
    Write,
    WriteResult,
)
from sfvtui.remotes.salesforce.client import Salesforce

__all__ = [
    "ObjectName",
    "Organization",
    "Outcome",
    "Page",
    "Salesforce",
    "Usage",
    "Write",
    "WriteResult",
]
