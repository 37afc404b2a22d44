"""Vitally's REST API, as the engine needs it."""

from __future__ import annotations

from sfvtui.remotes.answers import Limits, Outcome, Page, SendResult
from sfvtui.remotes.vitally.client import Vitally

__all__ = ["Limits", "Outcome", "Page", "SendResult", "Vitally"]
