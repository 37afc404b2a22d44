"""Completion of filter text: what may stand at the cursor, for the screens and the shell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sfvtui.domain.fields import Field, SObject
from sfvtui.domain.filters.operators import OPERATORS, Kind, Op, Takes, kind_of, takes
from sfvtui.domain.filters.parse import Parser, Place, Want
from sfvtui.domain.filters.text import quoted
from sfvtui.domain.filters.tokens import Lexeme, Token, tokens
from sfvtui.errors import FilterError


@dataclass(frozen=True)
class Suggestion:
    """`text` to put in the place of the input from `start` to `end`; `hint` says what it is."""

    text: str
    hint: str
    start: int
    end: int


def complete(
    text: str, obj: SObject, cursor: int | None = None, *, limit: int = 50
) -> list[Suggestion]:
    """What may stand at the cursor (by default the end), likelier first.

    Field names with their labels, the operators of the field's type, the values of a picklist
    (quoted), true and false, and, or, not. What is typed already is matched in any letter case,
    names also by words of their label. Empty where the text before is no filter.
    """
    before = text if cursor is None else text[:cursor]
    lexemes = tokens(before)
    partial = _partial(lexemes)
    at = partial.start if partial else len(before)
    rest = [each for each in lexemes if each.kind is not Token.END and each.end <= at]
    parser = Parser([*rest, Lexeme(Token.END, "", at, at)], obj)
    try:
        parser.parse()
    except FilterError:
        if parser.failed is None or parser.failed.kind is not Token.END:
            return []
    typed = partial.value if partial and partial.kind is Token.OPEN_TEXT else before[at:]
    found = _suggest(parser.place, obj, before, at, typed)
    if parser.place.want is Want.JOIN and parser.open and not typed:
        return [*found, Suggestion(")", "the end of the group", at, len(before))]
    return list(found)[:limit]


def _partial(lexemes: list[Lexeme]) -> Lexeme | None:
    """The token that the cursor is still in, or at the end of."""
    if len(lexemes) < 2:
        return None
    last, end = lexemes[-2], lexemes[-1]
    if last.kind in (Token.WORD, Token.OPEN_TEXT, Token.LITERAL) and last.end == end.start:
        return last
    return last if last.text in ("<", ">", "=") and last.end == end.start else None


def _suggest(place: Place, obj: SObject, before: str, at: int, typed: str) -> Iterator[Suggestion]:
    end = len(before)
    if place.want is Want.TERM:
        for name, label in _names(obj, typed):
            yield Suggestion(name, label, at, end)
        for word, hint in (("not", "the opposite of what follows"), ("(", "a group")):
            if word.startswith(typed.lower()):
                yield Suggestion(word, hint, at, end)
    if place.want in (Want.OPERATOR, Want.VALUE) and place.first and place.field:
        start = place.start
        yield from _operators(place.field, place.op, before[start:], start, end)
    if place.want is Want.VALUE and place.field and place.op:
        for value, hint in _values(place.field, place.op, typed):
            yield Suggestion(value, hint, at, end)
    if place.want in (Want.JOIN, Want.WORD):
        for word in ("and", "or") if place.want is Want.JOIN else (place.word,):
            if word.startswith(typed.lower()):
                yield Suggestion(word, "", at, end)


def _names(obj: SObject, typed: str) -> Iterator[tuple[str, str]]:
    """Names and labels that fit, those that begin so first; paths after an object's own."""
    wanted = typed.lower()
    found: list[tuple[int, str, str]] = []
    for name in obj.names():
        field = obj.field(name)
        if field is None or kind_of(field) is None:
            continue
        begins = name.lower().startswith(wanted)
        if begins or wanted in name.lower() or wanted in field.label.lower():
            found.append((not begins, name, field.label))
    yield from ((name, label) for _, name, label in sorted(found, key=lambda each: each[0]))


def _operators(
    field: Field, chosen: Op | None, typed: str, start: int, end: int
) -> Iterator[Suggestion]:
    """The operators that go on as was typed, but for one that stands there already."""
    kind = kind_of(field)
    wanted = " ".join(typed.lower().split())
    for op in OPERATORS[kind] if kind else ():
        if op.startswith(wanted) and not (op is chosen and wanted == op):
            yield Suggestion(op.value, _HINTS.get(takes(op), ""), start, end)


_HINTS = {
    Takes.LIST: "(one, or more)",
    Takes.TWO: "this and that, both included",
    Takes.DAYS: "N days",
}


def _values(field: Field, op: Op, typed: str) -> Iterable[tuple[str, str]]:
    kind = kind_of(field)
    wanted = typed.lower()
    if kind is Kind.BOOLEAN:
        return [(word, "") for word in ("true", "false") if word.startswith(wanted)]
    if kind not in (Kind.PICKLIST, Kind.MULTI) or takes(op) is Takes.DAYS:
        return []
    return [
        (quoted(each.value), _label(each.value, each.label, active=each.active))
        for each in sorted(field.picklist, key=lambda value: not value.active)
        if wanted in each.value.lower() or wanted in each.label.lower()
    ]


def _label(value: str, label: str, *, active: bool) -> str:
    shown = label if label != value else ""
    return shown if active else f"{shown} (inactive)".strip()
