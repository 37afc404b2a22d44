"""Salesforce's rows as rows of `record`: canonical values and keys, a column of a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.fields import Field
from sfvtui.domain.ids import key
from sfvtui.domain.lookalikes import name_key
from sfvtui.domain.matching import key_of
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
    """Makes rows of `record` for one mapping. `columns` names their values, in order."""

    def __init__(self, bound: BoundMapping) -> None:
        self.bound = bound
        self.fields = [field.name for field in bound.fields]
        self.columns = ["record_id", *DERIVED, *SYSTEM, *self.fields]
        self._readers = [(field.name, column_reader(field)) for field in bound.fields]

    def of(
        self, ids: Sequence[str], rows: Sequence[Mapping[str, Any]], olds: Sequence[Row | None]
    ) -> list[tuple[str | None, ...]]:
        """The rows of `record` for a page: its Ids of 18 characters, its rows (flat: API name or
        path → value), and what the mirror has of each. A field that did not arrive stays as it
        was."""
        values = [_column(rows, olds, name, name, read) for name, read in self._readers]
        gone = [_gone(row, old) for row, old in zip(rows, olds, strict=True)]
        return list(
            zip(
                ids,
                *self.derived(ids, values),
                [why for why, _ in gone],
                [master for _, master in gone],
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
            [fold(" ".join(filter(None, words))) for words in zip(ids, *values, strict=True)],
        ]


def is_deleted(row: Mapping[str, Any]) -> bool:
    """Whether a row is that of a deleted record (a CSV says it as text)."""
    told = row.get("IsDeleted")
    return told is True or (isinstance(told, str) and told.lower() == "true")


def _column(
    rows: Sequence[Mapping[str, Any]], olds: Sequence[Row | None], name: str, column: str,
    read: Callable[[Sequence[Any]], Column], unread: str | None = None,
) -> Column:  # fmt: skip
    """What arrived under a name, read; where nothing did, what the mirror has."""
    try:
        return read([row[name] for row in rows])
    except KeyError:
        return [
            read([row[name]])[0] if name in row else unread if old is None else old[column]
            for row, old in zip(rows, olds, strict=True)
        ]


def _gone(row: Mapping[str, Any], old: Row | None) -> tuple[str | None, str | None]:
    """Why a record is gone, and the winner that it was merged into. A row that does not say (a
    narrow one) leaves it as it was."""
    master = row.get("MasterRecordId")
    if is_deleted(row):
        return ("merged", key(str(master))) if master else ("deleted", None)
    if old is not None and "IsDeleted" not in row and not row.get("SystemModstamp"):
        return old["gone_why"], old["master_id"]
    return None, key(str(master)) if master else None


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
