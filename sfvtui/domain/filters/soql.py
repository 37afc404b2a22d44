"""A filter as a looser SOQL sieve: it may let rows through that fail, and never stops one that
passes. The mirror decides.

What Salesforce takes as equal is documented only in part: letter case does not count; whether
accents, ligatures and ß do is not known; numbers are stored unrounded; formulas keep the blanks at
their ends. So a text is only asked for by what is certain of it, and a negated text, where
Salesforce's wider notion of equal would stop rows that pass, is not asked for at all.

Source: SOQL and SOSL Reference (logical operators, quoted string escapes, LIKE, null, INCLUDES,
date formats), and the limits of a statement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sfvtui.domain.fields import Field, FieldType, SObject
from sfvtui.domain.filters import soql_text
from sfvtui.domain.filters.meaning import (
    Bound,
    Holds,
    Meaning,
    Members,
    OneOf,
    Part,
    Within,
    decimal_text,
    meaning,
)
from sfvtui.domain.filters.operators import Kind, kind_of
from sfvtui.domain.filters.soql_text import Unsaid, either, listed, quote
from sfvtui.domain.filters.tree import All, Any, Condition, Filter, Not

LIMIT = 3_500
"""Characters of a sieve. Salesforce allows 4,000 in a WHERE; a pull adds bounds of its own."""

LONG_TEXT = 255
"""A text area longer than this cannot be filtered."""

SURE_DIGITS = 14
"""Numbers are stored as 64-bit floats, which hold 15 digits: these and one for half a unit."""


@dataclass(frozen=True)
class Left:
    """A condition that Salesforce is not asked about, and why, as the end of a sentence."""

    condition: Condition
    why: str


@dataclass(frozen=True)
class Sieve:
    """What Salesforce is asked, and what only the mirror decides.

    `where` is a WHERE without the word, or None where nothing can be said. The mirror tries every
    condition on every row again, those of the sieve too.
    """

    where: str | None
    left: tuple[Left, ...] = ()


def to_soql(
    tree: Filter | None,
    obj: SObject,
    zone: ZoneInfo,
    now: dt.datetime,
    *,
    limit: int = LIMIT,
) -> Sieve:
    """The sieve of a filter, of at most `limit` characters.

    Relative dates become absolute ones of `now` in `zone`, since the bounds of Salesforce's own
    date literals are documented contradictorily. Raises FilterError where the tree does not fit
    the object.
    """
    if tree is None:
        return Sieve(None)
    said: list[str] = []
    left: list[Left] = []
    room = limit
    for part in _Sifter(obj, zone, now).conjuncts(tree, negated=False):
        if part.where is None:
            left += part.left
        elif len(part.where) <= room:
            room -= len(part.where) + len(" AND ")
            said.append(part.where)
            left += part.left
        else:
            left += [Left(found, "the query would be too long") for found in part.conditions]
    return Sieve(" AND ".join(said) or None, tuple(left))


@dataclass(frozen=True)
class _Part:
    """What is said of a part of the tree, and what is left of it."""

    where: str | None
    left: tuple[Left, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class _Sifter:
    obj: SObject
    zone: ZoneInfo
    now: dt.datetime

    def conjuncts(self, tree: Filter, *, negated: bool) -> list[_Part]:
        """The parts that must all hold. A negation goes inwards: of known values a filter is true
        or false, so De Morgan is exact, and each condition is loosened where it stands."""
        if isinstance(tree, Not):
            return self.conjuncts(tree.item, negated=not negated)
        if isinstance(tree, Condition):
            return [self.condition(tree, negated=negated)]
        if isinstance(tree, Any if negated else All):
            return [part for item in tree.items for part in self.conjuncts(item, negated=negated)]
        return [self.alternatives([self.whole(item, negated=negated) for item in tree.items])]

    def whole(self, tree: Filter, *, negated: bool) -> _Part:
        parts = self.conjuncts(tree, negated=negated)
        said = [part.where for part in parts if part.where is not None]
        return _Part(
            soql_text.both(said) if said else None,
            tuple(each for part in parts for each in part.left),
            tuple(each for part in parts for each in part.conditions),
        )

    def alternatives(self, parts: list[_Part]) -> _Part:
        """Any of these: where one says nothing, nothing can be said of all."""
        found = tuple(each for part in parts for each in part.conditions)
        said = [part.where for part in parts if part.where is not None]
        if len(said) == len(parts):
            return _Part(either(said), tuple(each for p in parts for each in p.left), found)
        why = {id(each.condition): each.why for part in parts for each in part.left}
        beside = "it is an alternative to one that Salesforce is not asked about"
        return _Part(None, tuple(Left(c, why.get(id(c), beside)) for c in found), found)

    def condition(self, condition: Condition, *, negated: bool) -> _Part:
        asked = meaning(condition, self.obj, self.zone, self.now)
        asked = Meaning(asked.field, asked.test, asked.negated is not negated)
        try:
            return _Part(self.say(condition, asked), (), (condition,))
        except Unsaid as reason:
            return _Part(None, (Left(condition, str(reason)),), (condition,))

    def say(self, condition: Condition, asked: Meaning) -> str:
        field, test = asked.field, asked.test
        if not _filterable(field):
            raise Unsaid(f"Salesforce cannot filter on {field.name}")
        if isinstance(test, OneOf) and test.texts == {""}:
            return self.blank(field, negated=asked.negated)
        if isinstance(test, Within):
            return _within(field, test, negated=asked.negated)
        if kind_of(field) is Kind.BOOLEAN:
            return self.boolean(asked)
        if isinstance(test, OneOf) and not test.folded:
            return _exact(field, test.texts, negated=asked.negated)
        if asked.negated:
            if isinstance(test, OneOf) and "" in test.texts:
                return f"{field.name} != null"
            raise Unsaid("which texts Salesforce takes as equal is not known to the letter")
        typed = [str(value) for value in condition.values]
        return self.text(field, test, typed)

    def text(self, field: Field, test: OneOf | Part | Members, typed: list[str]) -> str:
        """A positive test of texts. `typed` are the literals as they were written."""
        if isinstance(test, Members):
            return _members(field, test)
        if kind_of(field) is Kind.PICKLIST:
            return soql_text.picklist(field, test, typed)
        formula = self.formula(field)
        if isinstance(test, Part):
            return soql_text.part(field, typed[0], test.where, formula=formula)
        if formula and "" in test.texts:
            raise Unsaid("a formula may give blanks that are not null")
        return soql_text.equal(field, typed, formula=formula)

    def blank(self, field: Field, *, negated: bool) -> str:
        if field.type is FieldType.BOOLEAN:
            raise Unsaid("to Salesforce a blank checkbox is an unticked one")
        if negated:
            return f"{field.name} != null"
        if kind_of(field) is Kind.TEXT and self.formula(field):
            raise Unsaid("a formula may give blanks that are not null")
        return f"{field.name} = null"

    def boolean(self, asked: Meaning) -> str:
        """`= null` means unticked; a parent that is not there has no checkbox at all."""
        name, test = asked.field.name, asked.test
        value = next(iter(test.texts), "") if isinstance(test, OneOf) else ""
        if not asked.negated:
            return f"{name} = {value}"
        if value != "true":
            raise Unsaid("to Salesforce a blank checkbox is an unticked one")
        return either([f"{name} = false", f"{name} = null", *self.no_parent(asked.field)])

    def no_parent(self, field: Field) -> list[str]:
        first, dot, _ = field.name.partition(".")
        lookup = self.obj.lookup(first) if dot else None
        return [f"{lookup.name} = null"] if lookup else []

    def formula(self, field: Field) -> bool:
        """Whether a value is put together by Salesforce; of a parent's field, whether it is there.

        A person's Name is, as formulas are.
        """
        first, dot, rest = field.name.partition(".")
        if not dot:
            return field.calculated or field.compound
        lookup = self.obj.lookup(first)
        parent = self.obj.parents.get(lookup.refers_to[0]) if lookup else None
        inner = parent.field(rest) if parent else None
        return inner is None or inner.calculated or inner.compound


def _filterable(field: Field) -> bool:
    if field.type in (FieldType.RICH_TEXT, FieldType.ENCRYPTED, FieldType.TIME):
        return False
    if field.type is FieldType.TEXTAREA and field.length > LONG_TEXT:
        return False
    return field.filterable


def _exact(field: Field, texts: Iterable[str], *, negated: bool) -> str:
    """One of some numbers, days, instants or ids; blanks said in words of their own."""
    kind = kind_of(field)
    values = sorted(set(texts) - {""})
    blank = "" in texts
    name = field.name
    if kind is Kind.ID:
        values = [quote(value) for value in values]
    if negated:
        certain = [value for value in values if kind is Kind.ID or _sayable(field, value)]
        unlike = listed(name, certain, negated=True)
        if blank:
            return soql_text.both([f"{name} != null", *unlike])
        if not unlike:
            raise Unsaid("Salesforce cannot be asked for such a value")
        return either([f"{name} = null", *unlike])
    if kind is not Kind.ID and not all(_sayable(field, value) for value in values):
        if blank:
            raise Unsaid("Salesforce cannot be asked for such a value")
        return f"{name} != null"
    said = [f"{name} = null"] if blank else []
    if kind is Kind.NUMBER and field.type is not FieldType.INT:
        for value in values:
            units = int(value.replace(".", ""))
            near = [_number(field, units, -5, ">="), _number(field, units, 5, "<=")]
            said.append(soql_text.both(near))
    else:
        said += listed(name, values)
    return either(said) if said else f"{name} != null"


def _sayable(field: Field, value: str) -> bool:
    """Whether a canonical value can stand in SOQL with a certain meaning."""
    if kind_of(field) is Kind.NUMBER:
        return _certain(field, int(value.replace(".", "")))
    return "1700" <= value[:4] < "4000"


def _certain(field: Field, units: int) -> bool:
    if field.type is FieldType.INT:
        return abs(units) < 2**31
    return len(str(abs(units))) <= SURE_DIGITS


def _within(field: Field, test: Within, *, negated: bool) -> str:
    """Bounds, or (negated) a value beyond one of them, or blank."""
    if negated:
        beyond = [_bound(field, _OPPOSITE[bound.word], bound) for bound in test.bounds]
        said = [each for each in beyond if each is not None]
        if len(said) < len(beyond):
            raise Unsaid("Salesforce cannot be asked for such a value")
        return either([f"{field.name} = null", *said])
    inside = [_bound(field, bound.word, bound) for bound in test.bounds]
    said = [each for each in inside if each is not None]
    return soql_text.both(said) if said else f"{field.name} != null"


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _bound(field: Field, word: str, bound: Bound) -> str | None:
    """One comparison, or None where Salesforce cannot be asked for it with a certain meaning."""
    to = bound.to
    if isinstance(to, str):
        return f"{field.name} {word} {to}" if "1700" <= to[:4] < "4000" else None
    if not _certain(field, to):
        return None
    if field.type is FieldType.INT:
        return f"{field.name} {word} {to}"
    # A stored number lies within half a unit of the mirrored one, which is rounded to the scale.
    halves = 5 if word in (">", "<=") else -5
    return _number(field, to, halves, word.rstrip("=") + "=")


def _number(field: Field, units: int, tenths: int, word: str) -> str:
    return f"{field.name} {word} {decimal_text(units * 10 + tenths, field.scale + 1)}"


def _members(field: Field, test: Members) -> str:
    """Members by the values of the picklist that fold alike. Where the picklist is open to any
    text, or a literal holds the separator, only that the set is not empty."""
    name = field.name
    if not field.restricted or any(";" in text for text in test.texts):
        return f"{name} != null"
    alike = [soql_text.alike(field, text) for text in sorted(test.texts)]
    if test.how is Holds.ANY:
        values = [quote(value) for values in alike for value in values]
        return f"{name} INCLUDES ({', '.join(values)})" if values else f"{name} != null"
    each = [f"{name} INCLUDES ({', '.join(map(quote, values))})" for values in alike]
    return soql_text.both([f"{name} != null", *each])
