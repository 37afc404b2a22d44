"""Which version of the API is spoken. Source: REST API guide, Versions."""

from __future__ import annotations

from typing import Any

KNOWN = range(60, 68)
"""The versions whose behaviour sfvtui knows."""


def configured(text: str | None) -> str:
    """`62.0` of `62.0`, `v62.0` or `62`; empty where none is configured."""
    bare = (text or "").strip().lstrip("v")
    return f"{bare}.0" if bare.isdigit() else bare


def newest(offered: Any) -> str | None:
    """The newest version of the body of GET /services/data that sfvtui knows too, if any."""
    listed = offered if isinstance(offered, list) else []
    texts = [str(one.get("version", "")) for one in listed if isinstance(one, dict)]
    majors = {int(major) for text in texts if (major := text.partition(".")[0]).isdigit()}
    common = majors & set(KNOWN)
    return f"{max(common)}.0" if common else None
