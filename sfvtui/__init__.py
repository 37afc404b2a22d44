"""sfvtui keeps Salesforce and Vitally in step, from a terminal."""

from __future__ import annotations

__version__ = "0.1.0"
VERSION_LINE = f"sfvtui {__version__}"
"""What `sfvtui --version` prints."""
