"""Salesforce's rows as rows of `record`: canonical values and keys, a column of a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.fields import Field
from sfvtui.domain.ids import key
from sfvtui.domain.lookalikes import name_key
from sfvtui.domain.matching import key_of
from sfvtui.domain.table import Rows, column, given
from sfvtui.domain.text import fold, trim
from sfvtui.domain.values import column_reader
from sfvtui.mirror.mirrored import Column
from sfvtui.mirror.store import Row

DERIVED = (
    "match_key", "account_key", "external_id", "display_name", "email_key", "name_key",
    "folded_text",
)  # fmt: skip
"""What is computed from the mirrored fields and the mapping alone."""

SYSTEM = ("gone_why", "master_id", "modified_at", "modified_by", "stamp_at")


class RecordRows:
    """Makes rows of `record` for one mapping. `columns` names their values, in order; `searched` the
    fields that search looks at beside the Id: name, e-mail, other Ids, and the mapped ones. Fields
    that only a filter names are for filters."""

    def __init__(self, bound: BoundMapping) -> None:
        self.bound = bound
        self.fields = [field.name for field in bound.fields]
        self._named = (bound.match_field, bound.account_field, bound.external_id_field,
                       bound.name_field, bound.email_field)  # fmt: skip
        found = {field.name for field in self._named if field is not None}
        found |= {pair.field.name for pair in bound.pairs}
        self.searched = [name for name in self.fields if name in found]
        self.columns = ["record_id", *DERIVED, *SYSTEM, *self.fields]
        self._readers = [(field.name, column_reader(field)) for field in bound.fields]

    @property
    def derived_by(self) -> str:
        """All that the columns `DERIVED` hang on, but for the values themselves."""
        named = [field and field.name for field in self._named]
        return repr((self.bound.mapping.match, named, self.searched))

    def of(
        self, ids: Sequence[str], rows: Rows, olds: Sequence[Row | None]
    ) -> list[tuple[str | None, ...]]:
        """The rows of `record` for a page: its Ids of 18 characters, its rows (flat: API name or
        path → value), and what the mirror has of each. A field that did not arrive stays as it
        was."""
        values = [_column(rows, olds, name, name, read) for name, read in self._readers]
        return list(
            zip(
                ids,
                *self.derived(ids, values),
                *_gone(rows, olds),
                _column(rows, olds, "LastModifiedDate", "modified_at", _stamps, unread=""),
                _column(rows, olds, "LastModifiedById", "modified_by", _or_none),
                _column(rows, olds, "SystemModstamp", "stamp_at", _stamps, unread=""),
                *values,
                strict=True,
            )
        )

    def derived(self, ids: Sequence[str], values: Sequence[Column]) -> list[Column]:
        """The columns `DERIVED`, from the records' Ids and their mirrored fields' columns."""
        bound = self.bound
        by_name = dict(zip(self.fields, values, strict=True))

        def of(field: Field | None) -> Column:
            return by_name[field.name] if field is not None else [None] * len(ids)

        match_values = by_name[bound.match_field.name]
        names, emails = of(bound.name_field), of(bound.email_field)
        shown = [n or e or i for n, e, i in zip(names, emails, ids, strict=True)]
        return [
            [key_of(bound.mapping.match, value) for value in match_values],
            [value or None for value in of(bound.account_field)],
            [value or None for value in by_name[bound.external_id_field.name]],
            shown,
            [fold(trim(email)) or None if email else None for email in emails],
            [name_key(name) or None if name else None for name in names],
            # A name or an e-mail may be in several fields: once is enough.
            [
                fold(" ".join(dict.fromkeys(filter(None, words))))
                for words in zip(ids, *(by_name[name] for name in self.searched), strict=True)
            ],
        ]


def are_deleted(rows: Rows) -> list[bool]:
    """Which rows are those of deleted records (a CSV says it as text)."""
    return [
        told is True or (isinstance(told, str) and told.lower() == "true")
        for told in given(rows, "IsDeleted")
    ]


def _column(
    rows: Rows, olds: Sequence[Row | None], name: str, of_mirror: str,
    read: Callable[[Sequence[Any]], Column], unread: str | None = None,
) -> Column:  # fmt: skip
    """What arrived under a name, read; where nothing did, what the mirror has."""
    try:
        return read(column(rows, name))
    except KeyError:
        return [
            read([row[name]])[0] if name in row else unread if old is None else old[of_mirror]
            for row, old in zip(rows, olds, strict=True)
        ]


def _gone(rows: Rows, olds: Sequence[Row | None]) -> tuple[Column, Column]:
    """Why records are gone, and the winners that they were merged into. A row that does not say (a
    narrow one) leaves both as they were."""
    winners = [key(str(one)) if one else None for one in given(rows, "MasterRecordId")]
    whys = [
        ("merged" if winner else "deleted") if is_deleted else None
        for is_deleted, winner in zip(are_deleted(rows), winners, strict=True)
    ]
    silent = zip(given(rows, "IsDeleted"), given(rows, "SystemModstamp"), olds, strict=True)
    for place, (told, stamp, old) in enumerate(silent):
        if told is None and not stamp and old is not None:
            whys[place], winners[place] = old["gone_why"], old["master_id"]
    return whys, winners


def _or_none(raws: Sequence[Any]) -> list[str | None]:
    return [raw or None for raw in raws]


def _stamps(raws: Sequence[Any]) -> list[str | None]:
    return [_stamp(raw) for raw in raws]


def _stamp(raw: object) -> str:
    text = str(raw or "")
    for ending in (".000+0000", "+0000", ".000Z", "+00:00"):
        if text.endswith(ending):
            return text[: -len(ending)] + "Z"
    return text
