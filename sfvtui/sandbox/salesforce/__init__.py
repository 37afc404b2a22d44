"""A local Salesforce: the state of an org in plain Python, and the HTTP interface to it."""

from __future__ import annotations

from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.salesforce.errors import ApiError
from sfvtui.sandbox.salesforce.org import DuplicateRule, Org, Transaction, Write
from sfvtui.sandbox.salesforce.switches import Switches

__all__ = ["ApiError", "Clock", "DuplicateRule", "Org", "Switches", "Transaction", "Write"]
