"""The operators of the filter language: their words, what they take, and which fields have them."""

from __future__ import annotations

from enum import Enum, StrEnum

from sfvtui.domain.fields import IDS, NUMBERS, TEXTS, Field, FieldType


class Op(StrEnum):
    """An operator, by its words in the filter text."""

    IS = "is"
    IS_NOT = "is not"
    CONTAINS = "contains"
    NOT_CONTAINS = "does not contain"
    STARTS = "starts with"
    ENDS = "ends with"
    ONE_OF = "is one of"
    NOT_ONE_OF = "is not one of"
    BLANK = "is blank"
    NOT_BLANK = "is not blank"
    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    BETWEEN = "between"
    INCLUDES_ANY = "includes any"
    INCLUDES_ALL = "includes all"
    EXCLUDES = "excludes"
    IN_LAST = "in last"
    IN_NEXT = "in next"
    BEFORE = "before"
    AFTER = "after"


class Takes(Enum):
    """What follows an operator."""

    NOTHING = 0
    VALUE = 1
    TWO = 2
    LIST = 3
    DAYS = 4


RELATIVE = frozenset({Op.IN_LAST, Op.IN_NEXT})

_TAKES = {
    Op.BLANK: Takes.NOTHING,
    Op.NOT_BLANK: Takes.NOTHING,
    Op.BETWEEN: Takes.TWO,
    Op.ONE_OF: Takes.LIST,
    Op.NOT_ONE_OF: Takes.LIST,
    Op.INCLUDES_ANY: Takes.LIST,
    Op.INCLUDES_ALL: Takes.LIST,
    Op.EXCLUDES: Takes.LIST,
    Op.IN_LAST: Takes.DAYS,
    Op.IN_NEXT: Takes.DAYS,
}

EQUALITY = frozenset({Op.IS, Op.IS_NOT, Op.EQ, Op.NE, Op.ONE_OF, Op.NOT_ONE_OF})
"""The operators to which `""` is a value of every field: it stands for blank."""

PARTS = frozenset({Op.CONTAINS, Op.NOT_CONTAINS, Op.STARTS, Op.ENDS})
MEMBERS = frozenset({Op.INCLUDES_ANY, Op.INCLUDES_ALL, Op.EXCLUDES})


def takes(op: Op) -> Takes:
    """What follows this operator in the filter text."""
    return _TAKES.get(op, Takes.VALUE)


class Kind(StrEnum):
    """The kinds of fields that a filter tells apart, by a word for people."""

    TEXT = "text"
    PICKLIST = "picklist"
    MULTI = "multi-select picklist"
    NUMBER = "number"
    BOOLEAN = "checkbox"
    DATE = "date"
    DATETIME = "date and time"
    TIME = "time"
    ID = "Id"


_KINDS = {
    FieldType.PICKLIST: Kind.PICKLIST,
    FieldType.COMBOBOX: Kind.PICKLIST,
    FieldType.MULTIPICKLIST: Kind.MULTI,
    FieldType.BOOLEAN: Kind.BOOLEAN,
    FieldType.DATE: Kind.DATE,
    FieldType.DATETIME: Kind.DATETIME,
    FieldType.TIME: Kind.TIME,
}


def kind_of(field: Field) -> Kind | None:
    """The kind of a field; None for a type that no filter can ask about (addresses, files)."""
    if field.type in NUMBERS:
        return Kind.NUMBER
    if field.type in IDS:
        return Kind.ID
    return _KINDS.get(field.type) or (Kind.TEXT if field.type in TEXTS else None)


_IS = (Op.IS, Op.IS_NOT)
_ONE_OF = (Op.ONE_OF, Op.NOT_ONE_OF)
_BLANK = (Op.BLANK, Op.NOT_BLANK)
_EQUALS = (Op.EQ, Op.NE)
_ORDER = (Op.LT, Op.LE, Op.GT, Op.GE, Op.BETWEEN)
_TEXT = (Op.CONTAINS, Op.NOT_CONTAINS, Op.STARTS, Op.ENDS)
_DAYS = (Op.IN_LAST, Op.IN_NEXT, Op.BEFORE, Op.AFTER)
_MEMBERS = (Op.INCLUDES_ANY, Op.INCLUDES_ALL, Op.EXCLUDES)

OPERATORS: dict[Kind, tuple[Op, ...]] = {
    Kind.TEXT: (*_IS, *_TEXT, *_ONE_OF, *_BLANK, *_EQUALS),
    Kind.PICKLIST: (*_IS, *_ONE_OF, *_TEXT, *_BLANK, *_EQUALS),
    Kind.MULTI: (*_MEMBERS, *_BLANK, *_IS, *_EQUALS),
    Kind.NUMBER: (*_EQUALS, *_ORDER, *_BLANK, *_IS, *_ONE_OF),
    Kind.BOOLEAN: (*_IS, *_BLANK, *_EQUALS),
    Kind.DATE: (*_DAYS, *_EQUALS, *_ORDER, *_BLANK, *_IS, *_ONE_OF),
    Kind.DATETIME: (*_DAYS, *_EQUALS, *_ORDER, *_BLANK, *_IS, *_ONE_OF),
    Kind.TIME: (*_EQUALS, *_ORDER, *_BLANK, *_IS, *_ONE_OF),
    Kind.ID: (*_IS, *_ONE_OF, *_BLANK, *_EQUALS),
}
"""The operators of each kind of field, the likelier first."""
