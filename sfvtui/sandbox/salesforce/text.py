"""How the sandbox compares texts: ignoring case, as far as a switch says."""

from __future__ import annotations

import unicodedata

from sfvtui.sandbox.salesforce.switches import Switches


def fold(text: str, switches: Switches) -> str:
    """The form of a text in which two texts are equal for a filter."""
    match switches.folding:
        case "casefold":
            folded = unicodedata.normalize("NFC", text).casefold()
        case "lower":
            folded = text.lower()
        case _:
            folded = "".join(c.lower() if c.isascii() else c for c in text)
    if switches.accents_matter:
        return folded
    apart = unicodedata.normalize("NFD", folded)
    return "".join(c for c in apart if not unicodedata.combining(c))
