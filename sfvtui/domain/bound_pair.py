"""A pair bound to its Salesforce field: its values between the two services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sfvtui.domain import values
from sfvtui.domain.fields import NUMBERS, Field, FieldType
from sfvtui.domain.mapping import Pair
from sfvtui.domain.text import trim


@dataclass(frozen=True)
class BoundPair:
    """A pair and its Salesforce field. `missing`: the org no longer shows the field, or shows it
    with another type (the one here is as it was when the pair was made)."""

    pair: Pair
    field: Field
    missing: bool = False

    @property
    def name(self) -> str:
        """The pair's name everywhere: its Salesforce API name."""
        return self.field.name

    @property
    def signature(self) -> str:
        """What makes the pair the same pair; when it changes, its bases are void."""
        table = ",".join(f"{k}={v}" for k, v in sorted(self.pair.values.items()))
        return f"{self.field.name}|{self.pair.trait}|{self.field.type}|{table}"

    @cached_property
    def _table(self) -> Mapping[str, str]:
        """Canonical value (or member) in Salesforce → text in Vitally."""
        kind = _TEXT if self.field.type is FieldType.MULTIPICKLIST else self.field
        return {values.canonical(kind, ours): trim(v) for ours, v in self.pair.values.items()}

    @cached_property
    def _back(self) -> Mapping[str, str]:
        return {theirs: ours for ours, theirs in self._table.items()}

    def vitally_problem(self, value: str) -> str | None:
        """Why a canonical value cannot be told in Vitally: it passes unchanged, and its text stands
        for another value there. None where it can."""
        table = self._table
        several = self.field.type is FieldType.MULTIPICKLIST
        for one in values.members(value) if several else (value,):
            if one not in table and one in self._back:
                return f"{one!r} stands for {self._back[one]!r} in Vitally (mapping.fields.values)."
        return None

    @cached_property
    def _read(self) -> Callable[[object], str]:
        return values.reader(self.field)

    @cached_property
    def _read_column(self) -> Callable[[Sequence[object]], list[str]]:
        return values.column_reader(self.field)

    def column_from_vitally(self, raws: Sequence[object]) -> list[str]:
        """`from_vitally` of many users' values."""
        return [self.from_vitally(raw) for raw in raws] if self._back else self._read_column(raws)

    def from_vitally(self, raw: object) -> str:
        """A Vitally value as a canonical value in Salesforce's terms (by the pair's values)."""
        if not self._back:
            return self._read(raw)
        if self.field.type is FieldType.MULTIPICKLIST:
            found = values.members(values.canonical(self.field, raw))
            return values.multi(self._back.get(member, member) for member in found)
        # The table is of texts in Vitally: they are looked up before the field's type reads them.
        text = values.canonical(_TEXT, raw)
        return values.canonical(self.field, self._back.get(text, raw))

    def to_vitally(self, value: str) -> values.Json:
        """A canonical value as what is sent to Vitally (by the pair's values)."""
        if self.pair.values and value:
            if self.field.type is FieldType.MULTIPICKLIST:
                members = values.members(value)
                return sorted(self._table.get(member, member) for member in members)
            if value in self._table:
                return self._table[value]
        return values.to_vitally(self.field, value)

    def shown_in_vitally(self, value: str | None) -> values.Json:
        """A canonical value as commands show Vitally's side: in Vitally's own terms."""
        if value and (self.pair.values or self.field.type in NUMBERS):
            return self.to_vitally(value)
        return values.to_json(self.field, value)


_TEXT = Field(name="", label="", type=FieldType.STRING)
