"""The mapping tables: TOML to the mapping and back."""

from __future__ import annotations

import json
import re
from types import MappingProxyType

from sfvtui.config.tables import ROOT, Table, check_keys, parse_toml
from sfvtui.domain.mapping import (
    ATTRIBUTES,
    AccountRule,
    BlankRule,
    CreateRule,
    Mapping,
    MatchBy,
    MatchRule,
    OnConflict,
    Pair,
)

KEYS: dict[str, tuple[str, ...]] = {
    "mapping": ("object", "scope", "match", "create", "account", "fields"),
    "mapping.match": ("by", "field", "trait", "ignore_case"),
    "mapping.create": ("allowed", "filter", "external_id"),
    "mapping.account": ("field", "equals"),
    "mapping.fields[]": ("field", "trait", "editable", "on_conflict", "blanks", "values"),
    "mapping.fields[].blanks": ("to_vitally", "to_salesforce"),
}
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
_PATH = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)?", re.ASCII)


def parse_mapping(toml_text: str, file: str = "the mapping") -> Mapping:
    """The mapping of a text that holds the mapping tables and nothing else.

    Raises ConfigError; `file` is what it calls the text.
    """
    raw = parse_toml(toml_text, file)
    check_keys(raw, {ROOT: ("mapping",), **KEYS}, file)
    return read_mapping(Table(raw, file).table("mapping"))


def read_mapping(table: Table) -> Mapping:
    """The mapping of the table `[mapping]`, whose keys are known ones."""
    name = _name(table, "object", _NAME, 'an object\'s API name such as "Contact"')
    mapping = Mapping(
        object=name,
        scope=table.text("scope", ""),
        match=_match(table.table("match")),
        create=_create(table.table("create")),
        account=_account(table.table("account")),
        pairs=_pairs(table.tables("fields")),
    )
    return with_matching_kept(mapping)


def with_matching_kept(mapping: Mapping) -> Mapping:
    """The same mapping, where the match field and its trait never go blank by themselves."""
    match = mapping.match

    def matches(pair: Pair) -> bool:
        by_trait = match.by is MatchBy.TRAIT and pair.trait == match.trait
        return by_trait or pair.field.lower() == match.field.lower()

    return mapping._replace(
        pairs=tuple(
            pair._replace(to_vitally=BlankRule.NEVER, to_salesforce=BlankRule.NEVER)
            if matches(pair)
            else pair
            for pair in mapping.pairs
        ),
    )


def mapping_warnings(mapping: Mapping) -> tuple[str, ...]:
    """What a person should know of a mapping that is valid."""
    carried = {pair.trait for pair in mapping.pairs}
    if mapping.match.by is MatchBy.TRAIT:
        carried.add(mapping.match.trait)
    bare = [name for name in sorted(ATTRIBUTES) if name not in carried]
    if not mapping.create.allowed or not bare:
        return ()
    traits = " and one whose trait is ".join(bare)
    without = f"The mapping creates users without {' and '.join(bare)}: "
    return (f"{without}add a pair whose trait is {traits}.",)


def mapping_toml(mapping: Mapping) -> str:
    """The mapping tables as TOML, in one fixed form; `parse_mapping` returns the same mapping."""
    match, create, account = mapping.match, mapping.create, mapping.account
    lines = [
        "[mapping]",
        f"object = {_toml(mapping.object)}",
        f"scope = {_toml(mapping.scope)}",
        "",
        "[mapping.match]",
        f"by = {_toml(match.by.value)}",
        f"field = {_toml(match.field)}",
        *([f"trait = {_toml(match.trait)}"] if match.trait else []),
        f"ignore_case = {_toml(match.ignore_case)}",
        "",
        "[mapping.create]",
        f"allowed = {_toml(create.allowed)}",
        f"filter = {_toml(create.filter)}",
        f"external_id = {_toml(create.external_id)}",
        "",
        "[mapping.account]",
        f"field = {_toml(account.field)}",
        f"equals = {_toml(account.equals)}",
    ]
    for pair in mapping.pairs:
        lines += ["", "[[mapping.fields]]", *_pair_lines(pair)]
    return "\n".join(lines) + "\n"


def _match(table: Table) -> MatchRule:
    by = table.word("by", MatchBy, MatchBy.EXTERNAL_ID)
    trait = table.text("trait", "")
    if by is MatchBy.TRAIT and not trait:
        table.missing("trait", 'with by = "trait": "name", "email", or a trait\'s key')
    return MatchRule(
        by=by,
        field=_name(table, "field", _PATH, "the API name of the Salesforce field that matches"),
        trait=trait,
        ignore_case=table.flag("ignore_case", default=by is MatchBy.TRAIT),
    )


def _create(table: Table) -> CreateRule:
    return CreateRule(
        allowed=table.flag("allowed", default=False),
        filter=table.text("filter", ""),
        external_id=_name(table, "external_id", _PATH, "a field's API name", default="Id"),
    )


def _account(table: Table) -> AccountRule:
    return AccountRule(
        field=_name(table, "field", _PATH, "a field's API name", default="AccountId"),
        equals=table.text("equals", "externalId") or "externalId",
    )


def _pairs(tables: list[Table]) -> tuple[Pair, ...]:
    pairs: list[Pair] = []
    for table in tables:
        pair = _pair(table)
        for other in pairs:
            if other.field.lower() == pair.field.lower():
                table.refuse("field", f"{pair.field} stands in another pair already.")
            if other.trait == pair.trait:
                table.refuse("trait", f"{pair.trait} stands in the pair of {other.field} already.")
        pairs.append(pair)
    return tuple(pairs)


def _pair(table: Table) -> Pair:
    field = _name(table, "field", _PATH, 'a Salesforce field\'s API name such as "Title"')
    trait = table.text("trait", "") or f"sfdc.{field}"
    editable = table.flag("editable", default=False)
    if editable and "." in field:
        table.refuse(
            "editable", f"{field} is a field of a parent, and such a pair is never editable."
        )
    blanks = table.table("blanks")
    never = trait in ATTRIBUTES
    return Pair(
        field=field,
        trait=trait,
        editable=editable,
        on_conflict=table.word("on_conflict", OnConflict, OnConflict.ASK),
        to_vitally=blanks.word(
            "to_vitally", BlankRule, BlankRule.NEVER if never else BlankRule.COPY
        ),
        to_salesforce=blanks.word(
            "to_salesforce", BlankRule, BlankRule.NEVER if never else BlankRule.ASK
        ),
        values=_values(table),
    )


def _values(table: Table) -> MappingProxyType[str, str]:
    values = table.texts("values")
    seen: dict[str, str] = {}
    for salesforce, vitally in values.items():
        if vitally in seen:
            table.refuse(
                "values",
                f"{seen[vitally]!r} and {salesforce!r} both stand for {vitally!r}, "
                "expected one to one.",
            )
        if not salesforce or not vitally:
            table.refuse("values", "a blank has no other value; the rules for blanks say what is.")
        seen[vitally] = salesforce
    return MappingProxyType(dict(values))


def _name(
    table: Table, key: str, shape: re.Pattern[str], expected: str, default: str | None = None
) -> str:
    name = table.text(key, default, expected=expected) or default or ""
    if shape.fullmatch(name) is None:
        table.wrong(key, expected)
    return name


def _pair_lines(pair: Pair) -> list[str]:
    blanks = f"to_vitally = {_toml(pair.to_vitally.value)}"
    blanks += f", to_salesforce = {_toml(pair.to_salesforce.value)}"
    lines = [
        f"field = {_toml(pair.field)}",
        f"trait = {_toml(pair.trait)}",
        f"editable = {_toml(pair.editable)}",
        f"on_conflict = {_toml(pair.on_conflict.value)}",
        f"blanks = {{ {blanks} }}",
    ]
    if pair.values:
        values = ", ".join(f"{_toml(s)} = {_toml(v)}" for s, v in pair.values.items())
        lines.append(f"values = {{ {values} }}")
    return lines


def _toml(value: str | bool) -> str:  # noqa: FBT001 - a value of a file, not a switch
    if isinstance(value, bool):
        return "true" if value else "false"
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    # JSON's escapes are TOML's; it leaves DEL as it is, which TOML forbids.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
