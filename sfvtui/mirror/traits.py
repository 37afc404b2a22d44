"""Traits as the JSON text that the mirror keeps: all of them, numbers with all their digits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

_ENCODER = msgspec.json.Encoder(decimal_format="number")


def to_text(traits: Mapping[str, Any]) -> str:
    """Traits as JSON text, numbers with all digits that came."""
    return _ENCODER.encode(traits).decode()


def from_text(text: str) -> dict[str, Any]:
    """The traits that a JSON text holds, fractions as Decimal."""
    found: dict[str, Any] = json.loads(text, parse_float=Decimal)
    return found
