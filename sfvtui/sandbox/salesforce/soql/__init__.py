"""SOQL: parsing a statement and running it on the org's rows."""

from __future__ import annotations

from sfvtui.sandbox.salesforce.soql.run import Result, run

__all__ = ["Result", "run"]
