"""Vitally's users as rows of `user`: canonical values and keys, a column of a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sfvtui.domain.bound import ATTRIBUTES, BoundMapping
from sfvtui.domain.lookalikes import name_key
from sfvtui.domain.matching import key_of
from sfvtui.domain.text import fold, trim
from sfvtui.domain.values import column_reader
from sfvtui.mirror import traits
from sfvtui.mirror.mirrored import Column

OWN = (
    "user_id", "external_id", "display_name", "email_text", "email_key", "name_key", "traits_json",
    "updated_at", "missing_at",
)  # fmt: skip
"""What hangs on no mapping."""


class UserRows:
    """Makes rows of `user` for one mapping. `columns` names their values, in order."""

    def __init__(self, bound: BoundMapping) -> None:
        self.bound = bound
        self.mapped = ["match_key", "folded_text", *(pair.name for pair in bound.pairs)]
        self.columns = [*OWN, *self.mapped]
        self._read_key = column_reader(bound.match_field)

    @property
    def mapped_by(self) -> str:
        """All that the columns `mapped` hang on, but for the users themselves."""
        fields = (self.bound.match_field, *(pair.field for pair in self.bound.pairs))
        types = [(field.type, field.scale) for field in fields]
        pairs = [pair.signature for pair in self.bound.pairs]
        return repr((self.bound.mapping.match, types, pairs))

    def of(
        self, ids: Sequence[str], users: Sequence[Mapping[str, Any]]
    ) -> list[tuple[str | None, ...]]:
        """The rows of `user` for a page of users, as the API gives them."""
        external = [
            None if (given := user.get("externalId")) is None else str(given) for user in users
        ]
        names, emails = _texts(users, "name"), _texts(users, "email")
        return list(
            zip(
                ids,
                external,
                [n or e or x or i for n, e, x, i in zip(names, emails, external, ids, strict=True)],
                emails,
                [fold(email) or None for email in emails],
                [name_key(name) or None for name in names],
                [traits.to_text(user.get("traits") or {}) for user in users],
                [str(user.get("updatedAt") or "") for user in users],
                [None] * len(ids),
                *self.of_mapping(ids, users, external),
                strict=True,
            )
        )

    def of_mapping(
        self, ids: Sequence[str], users: Sequence[Mapping[str, Any]], external: Column
    ) -> list[Column]:
        """The columns `mapped`: match key, searched text, and the pairs' values."""
        held = [t if isinstance(t := user.get("traits"), dict) else {} for user in users]
        keys = self._read_key([self.bound.user_key_source(user) for user in users])
        pairs = []
        for pair in self.bound.pairs:
            trait = pair.pair.trait
            source = users if trait in ATTRIBUTES else held
            pairs.append(pair.column_from_vitally([one.get(trait) for one in source]))
        words = (ids, external, _texts(users, "name"), _texts(users, "email"), *pairs)
        return [
            [key_of(self.bound.mapping.match, value) for value in keys],
            # A pair may be the name or the e-mail: once is enough.
            [fold(" ".join(dict.fromkeys(filter(None, w)))) for w in zip(*words, strict=True)],
            *pairs,
        ]


def _texts(users: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    return [trim(str(user.get(name) or "")) for user in users]
