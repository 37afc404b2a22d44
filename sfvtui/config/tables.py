"""Strict reading of TOML tables: what is wrong is named by file, key, found and expected."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

from sfvtui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from enum import StrEnum

ROOT = ""
SHOWN_CHARACTERS = 60
_DURATION = r"(\d+)\s*([smhd])"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

Word = TypeVar("Word", bound="StrEnum")


def parse_toml(text: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text. `file` is what an error calls it."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: this is not valid TOML: {error}.") from error


def check_keys(raw: dict[str, Any], schema: Mapping[str, tuple[str, ...]], file: str) -> None:
    """Raises ConfigError for the first key that no table of the schema knows.

    A schema gives the keys of each table by its dotted name; the entries of a list of tables have
    the list's name followed by `[]`. A table that it does not name is not looked into.
    """
    _check_table(raw, ROOT, ROOT, schema, file)


def _check_table(
    raw: dict[str, Any],
    name: str,
    shown: str,
    schema: Mapping[str, tuple[str, ...]],
    file: str,
) -> None:
    for key, value in raw.items():
        inner, inner_shown = _join(name, key), _join(shown, key)
        if key not in schema[name]:
            raise ConfigError(f"{file}: {inner_shown}: unknown key.", _nearest(name, key, schema))
        if isinstance(value, dict) and inner in schema:
            _check_table(value, inner, inner_shown, schema, file)
        elif isinstance(value, list) and f"{inner}[]" in schema:
            for number, entry in enumerate(value, start=1):
                if isinstance(entry, dict):
                    _check_table(entry, f"{inner}[]", f"{inner_shown}[{number}]", schema, file)


def _nearest(name: str, key: str, schema: Mapping[str, tuple[str, ...]]) -> str:
    import difflib  # only where something is wrong

    here = difflib.get_close_matches(key, schema[name], n=1)
    if here:
        return f"Did you mean {_join(name, here[0])}?"
    elsewhere = [_join(table, known) for table, keys in schema.items() for known in keys]
    same = [dotted for dotted in elsewhere if dotted.rpartition(".")[2] == key]
    if same:
        return f"Did you mean {same[0]}? That key belongs to another table."
    place = f"[{name}] knows" if name else "The file knows"
    return f"{place} {', '.join(schema[name])}."


class Table(NamedTuple):
    """One table of a file, read key by key. All readers raise ConfigError."""

    raw: dict[str, Any]
    file: str
    name: str = ROOT

    def has(self, key: str) -> bool:
        """Whether the key is there and not the empty text, which stands for nothing."""
        return bool(self.raw.get(key, "") != "")

    def table(self, key: str) -> Table:
        """The table of this key; an empty one where it is missing."""
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, f"a table [{self.dotted(key)}]")
        return Table(value, self.file, self.dotted(key))

    def tables(self, key: str) -> list[Table]:
        """The tables of `[[key]]`; none where it is missing."""
        value = self.raw.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.wrong(key, f"tables [[{self.dotted(key)}]]")
        return [
            Table(entry, self.file, f"{self.dotted(key)}[{number}]")
            for number, entry in enumerate(value, start=1)
        ]

    def text(
        self, key: str, default: str | None = None, *, expected: str = "text", secret: bool = False
    ) -> str:
        """The text of this key. Without a default it must be there and not empty."""
        value = self.raw.get(key, default)
        if value is None or (value == "" and default is None):
            self.missing(key, expected)
        if not isinstance(value, str):
            self.wrong(key, expected, secret=secret)
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self.raw.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, "true or false")
        return value

    def whole(self, key: str, default: int, *, least: int = 0) -> int:
        """A whole number, not below `least`."""
        value = self.raw.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.wrong(key, f"a whole number, {least} or more")
        return value

    def share(self, key: str, default: float) -> float:
        """A number from 0 to 1."""
        value = self.raw.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            self.wrong(key, "a share from 0 to 1, such as 0.2")
        return float(value)

    def duration(self, key: str, default: int) -> int:
        """Seconds, written as a number and s, m, h or d: `"24h"`."""
        value = self.raw.get(key)
        if value is None:
            return default
        expected = 'a length of time such as "30m", "24h" or "7d"'
        found = re.fullmatch(_DURATION, value.strip()) if isinstance(value, str) else None
        if found is None:
            self.wrong(key, expected)
        seconds = int(found[1]) * _SECONDS[found[2]]
        if seconds == 0:
            self.wrong(key, f"{expected}, above 0")
        return seconds

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word:
        """One word of an enumeration."""
        expected = _either(f'"{word}"' for word in words)
        value = self.raw.get(key, default)
        if value is None:
            self.missing(key, expected)
        for word in words:
            if value == word.value:
                return word
        return self.wrong(key, expected)

    def texts(self, key: str) -> dict[str, str]:
        """A table of texts; an empty one where it is missing."""
        value = self.raw.get(key, {})
        if not isinstance(value, dict):
            self.wrong(key, 'a table of texts, { "one" = "other" }')
        for inner, text in value.items():
            if not isinstance(text, str):
                Table(value, self.file, self.dotted(key)).wrong(inner, "text")
        return value

    def dotted(self, key: str) -> str:
        """The key's full name."""
        return _join(self.name, key)

    def missing(self, key: str, expected: str) -> NoReturn:
        """A key that must be there is not."""
        raise ConfigError(f"{self.file}: {self.dotted(key)} is missing; expected {expected}.")

    def wrong(self, key: str, expected: str, *, secret: bool = False) -> NoReturn:
        """A key holds what it cannot hold. A secret's own text is not shown."""
        value = self.raw.get(key)
        found = _kind(value) if secret else _found(value)
        raise ConfigError(f"{self.file}: {self.dotted(key)}: found {found}, expected {expected}.")

    def refuse(self, key: str, why: str, mend: str = "") -> NoReturn:
        """A key holds what it could hold, but not here."""
        raise ConfigError(f"{self.file}: {self.dotted(key)}: {why}", mend)


def _join(name: str, key: str) -> str:
    return f"{name}.{key}" if name else key


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _found(value: object) -> str:
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return text if len(text) <= SHOWN_CHARACTERS else f'{text[:SHOWN_CHARACTERS]}…"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    return _kind(value)


def _kind(value: object) -> str:
    for kinds, words in (
        (str, "text"),
        (bool, "true or false"),
        (int | float, "a number"),
        (list, "a list"),
        (dict, "a table"),
    ):
        if isinstance(value, kinds):
            return words
    return "a date or time"
