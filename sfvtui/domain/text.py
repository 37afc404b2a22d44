"""Blanks and folding: how texts are trimmed and compared, everywhere the same."""

from __future__ import annotations

import unicodedata

ASCII_BLANKS = " \t\n\r\x0b\x0c"


def trim(text: str) -> str:
    """`text` without ASCII blanks at its ends. Other blanks (U+00A0, U+3000) are content.

    Source: Salesforce trims ASCII blanks on save and keeps the others.
    """
    return text.strip(ASCII_BLANKS)


def fold(text: str) -> str:
    """The form in which texts are searched, filtered and matched: NFC, casefold, NFC."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFC", text).casefold()
    return unicodedata.normalize("NFC", folded)


def nfc(text: str) -> str:
    """`text` in normal form C, in which texts that differ only in normal form are equal."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)
