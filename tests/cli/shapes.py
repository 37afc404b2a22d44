"""The shapes of what `--json` prints, as docs/commands.md gives them, and whether a value has one."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent.parent / "docs" / "commands.md"
TOKEN = re.compile(r'\s*("[^"]*"|[{}\[\]:,|]|[A-Za-z]\w*)')


def read() -> dict[str, Any]:
    """The shapes by command; a list's is of its lines."""
    section = DOCS.read_text("utf-8").partition("## What `--json` prints")[2]
    (block,) = re.findall(r"^```text\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    found = {}
    for line in block.splitlines():
        command, _, text = line.partition(": ")
        found[command] = Shape(text.removeprefix("lines ")).whole()
    return found


class Shape:
    """A parser of one shape: alternatives are a tuple, lists a list of one, enumerations a set."""

    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text), text

    def whole(self) -> Any:
        shape = self.either()
        assert self.tokens == []
        return shape

    def take(self, wanted: str = "") -> str:
        token = self.tokens.pop(0)
        assert not wanted or token == wanted, (token, wanted)
        return token

    def either(self) -> tuple[Any, ...]:
        found = [self.one()]
        while self.tokens and self.tokens[0] == "|":
            self.take()
            found.append(self.one())
        return tuple(found)

    def one(self) -> Any:
        token = self.take()
        if token == "{":
            inner = {}
            while self.tokens[0] != "}":
                key = self.take()
                self.take(":")
                inner[key.strip('"') if key[0] == '"' else ...] = self.either()
                if self.tokens[0] == ",":
                    self.take()
            self.take("}")
            return inner
        if token == "[":
            inner = self.either()
            self.take("]")
            return [inner]
        return set(token.strip('"').split("|")) if token[0] == '"' else token


def wrong(value: Any, shape: Any, shapes: dict[str, Any], where: str = "") -> str | None:
    """Why a value has not this shape; None where it has."""
    if isinstance(shape, tuple):
        found = [wrong(value, one, shapes, where) for one in shape]
        return None if None in found else found[0]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where}: {value!r} is no list"
        return _first(wrong(v, shape[0], shapes, f"{where}[{n}]") for n, v in enumerate(value))
    if isinstance(shape, set):
        return None if value in shape else f"{where}: {value!r} is none of {sorted(shape)}"
    if isinstance(shape, dict):
        return _object(value, shape, shapes, where)
    return None if _word(value, shape, shapes) else f"{where}: {value!r} is no {shape}"


def _object(value: Any, shape: dict[Any, Any], shapes: dict[str, Any], where: str) -> str | None:
    if not isinstance(value, dict):
        return f"{where}: {value!r} is no object"
    if ... in shape:
        return _first(wrong(v, shape[...], shapes, f"{where}.{k}") for k, v in value.items())
    needed = {key for key, inner in shape.items() if "absent" not in inner}
    if not needed <= set(value) <= set(shape):
        return f"{where}: has {sorted(value)}, expected {sorted(shape)}"
    return _first(wrong(v, shape[k], shapes, f"{where}.{k}") for k, v in value.items())


def _word(value: Any, word: str, shapes: dict[str, Any]) -> bool:
    match word:
        case "null" | "absent":
            return value is None
        case "true" | "false":
            return value is (word == "true")
        case "n":
            return isinstance(value, int) and not isinstance(value, bool)
        case "x":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "id" | "text":
            return isinstance(value, str)
        case "T":
            return isinstance(value, str) and dt.datetime.fromisoformat(value).tzinfo == dt.UTC
        case "v":
            return value is None or isinstance(value, str | int | float | bool | list)
        case _:
            return wrong(value, shapes[word], shapes) is None


def _first(found: Any) -> str | None:
    return next((one for one in found if one is not None), None)


def check(command: str, lines: str) -> list[Any]:
    """The values that a command printed, which must have the command's shape."""
    shapes = read()
    values = [json.loads(line) for line in lines.splitlines()]
    for value in values:
        problem = wrong(value, shapes[command], shapes, command)
        assert problem is None, problem
    return values
