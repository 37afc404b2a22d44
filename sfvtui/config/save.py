"""Saving the mapping into the config, and leaving everything before it as it is."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from sfvtui import paths
from sfvtui.config.mapping import mapping_toml, parse_mapping, with_matching_kept
from sfvtui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sfvtui.domain.mapping import Mapping

_BOM = b"\xef\xbb\xbf"
# What a scan of TOML must step over whole, so that a line that begins with [ is a table's header
# and nothing else: comments, the four kinds of text, and the brackets of lists and inline tables.
_TOKEN = re.compile(
    rb"""(?P<comment>\#[^\n]*)
    | (?P<text>\"\"\"(?:\\.|(?!\"\"\").)*\"\"\"\"{0,2} | '''(?:(?!''').)*''''{0,2}
        | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
    | (?P<open>[\[{]) | (?P<close>[\]}])
    | (?P<equals>=) | (?P<newline>\n)""",
    re.VERBOSE | re.DOTALL,
)


def save_mapping(path: Path, mapping: Mapping) -> None:
    """Puts the mapping into the config at `path`, whole or not at all (0600).

    Everything before the first mapping table stays as it is, byte for byte. Raises ConfigError
    where the file cannot be written or the mapping tables are not its last.
    """
    try:
        before = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: the config cannot be read: {error.strerror}.") from error
    head = _head(before, path)
    newline = "\r\n" if b"\r\n" in before else "\n"
    gap = b"" if not head or head.endswith(b"\n") else newline.encode()
    text = mapping_toml(with_matching_kept(mapping))
    parse_mapping(text, f"{path}: the mapping was not saved")
    try:
        paths.write_private(path, head + gap + text.replace("\n", newline).encode())
    except OSError as error:
        raise ConfigError(
            f"{path}: the mapping was not saved: {error.strerror}.",
            "The file is as it was. Make it and its folder writable, then save again.",
        ) from error


def _head(content: bytes, path: Path) -> bytes:
    """What stands before the first mapping table."""
    start = next(
        (place for place, name in _headers(content) if name == "mapping"),
        len(content),
    )
    head, tail = content[:start], content[start:]
    if "mapping" in _tables(head, path) or set(_tables(tail, path)) - {"mapping"}:
        raise ConfigError(
            f"{path}: the mapping was not saved: the mapping tables are not the last of the file.",
            "Move [mapping] and all tables whose names begin with mapping to its end.",
        )
    return head


def _headers(content: bytes) -> Iterator[tuple[int, str]]:
    """Where each table's header line begins, and the first part of the table's name."""
    depth, in_value, line = 0, False, 0
    for token in _TOKEN.finditer(content):
        kind = token.lastgroup
        if kind == "newline":
            line = token.end()
            in_value = in_value and depth > 0
        elif kind == "equals":
            in_value = True
        elif kind == "open" and in_value:
            depth += 1
        elif kind == "close" and in_value:
            depth -= 1
        elif kind == "open" and content[line : token.start()].strip() in (b"", _BOM):
            end = content.find(b"\n", line)
            header = content[token.start() : end if end >= 0 else len(content)]
            yield token.start() if content[:line] == b"" else line, _first_name(header)


def _first_name(header: bytes) -> str:
    try:
        return next(iter(tomllib.loads(header.strip().decode("utf-8"))), "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return ""


def _tables(content: bytes, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: the mapping was not saved: the file is not valid TOML: {error}.",
        ) from error
