"""A first mapping: guessed from an object's describe, tried on a sample of Vitally's users."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sfvtui.domain.bound import bind, trait_value
from sfvtui.domain.fields import NUMBERS, Field, FieldType, SObject, parse_describe
from sfvtui.domain.filters.soql_text import quote
from sfvtui.domain.ids import id18
from sfvtui.domain.mapping import AccountRule, BlankRule, MatchBy, MatchRule, Pair
from sfvtui.domain.mapping import Mapping as Answers
from sfvtui.domain.matching import account_key, match_key
from sfvtui.domain.values import canonical
from sfvtui.errors import NotFound, RequestRefused, UnknownName

if TYPE_CHECKING:
    from sfvtui.remotes.salesforce import Salesforce
    from sfvtui.remotes.vitally import Vitally

FIELDS_TRIED = 8
ACCOUNT_FIELDS_TRIED = 3
USUAL = ("Title", "Department", "Phone", "MobilePhone")
ID_NAMES = (
    r"(product|vitally|app|saas|platform)_?user_?(id|key)?",
    r"user_?(id|uid|key|uuid)",
    r"external_?(user_?)?(id|key)|ext_?id",
    r"vitally",
    r"uuid|guid|(^|_)uid",
    r"^(login|member|customer|client)(_?(id|key|no|number))?$",
)
"""How fields are named that hold a product's user id, the likeliest first."""

_TRIED_TYPES = frozenset({FieldType.STRING, FieldType.EMAIL, FieldType.ID}) | NUMBERS

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Tried:
    """A match rule tried on the sample: of `asked` users that have a value for it, `matched` are
    found by exactly one record, and `shared` by several."""

    rule: MatchRule
    asked: int = 0
    matched: int = 0
    shared: int = 0

    @property
    def words(self) -> str:
        """The rule as a sentence."""
        theirs = "externalId" if self.rule.by is MatchBy.EXTERNAL_ID else self.rule.trait
        return f"{self.rule.field} = {theirs}"


@dataclass(frozen=True)
class Proposal:
    """A first mapping and what speaks for it. `records` counts the object's rows, `sampled` the
    users that were asked about; `tried` has the chosen rule first."""

    mapping: Answers
    sobject: SObject
    records: int
    sampled: int
    tried: tuple[Tried, ...]
    accounts_sampled: int = 0
    accounts_matched: int = 0
    notes: tuple[str, ...] = field(default=())


def propose(salesforce: Salesforce, vitally: Vitally, name: str) -> Proposal:
    """A first mapping of the object `name`. Reads only.

    Raises UnknownName for an object that this login cannot read or query.
    """
    own, account = _described(salesforce, name)
    users = _page(vitally.users(sort="updatedAt"))
    accounts = _page(vitally.accounts(sort="updatedAt"))
    tried = [_try(salesforce, own, rule, users) for rule in _rules(own, users)]
    chosen = _choose(own, tried)
    rule, sampled, matched = _account_rule(salesforce, own, account, accounts)
    mapping = Answers(object=own.name, match=chosen.rule, account=rule, pairs=_pairs(own))
    bind(mapping, own)
    others = sorted((one for one in tried if one is not chosen), key=lambda one: -one.matched)
    return Proposal(
        mapping=mapping,
        sobject=own,
        records=salesforce.count(f"FROM {own.name}"),
        sampled=len(users),
        tried=(chosen, *others),
        accounts_sampled=sampled,
        accounts_matched=matched,
        notes=tuple(_notes(own, users, chosen, sampled, matched)),
    )


def _described(salesforce: Salesforce, name: str) -> tuple[SObject, SObject | None]:
    """The object, and Account where it is looked up by it."""
    try:
        body = salesforce.describe(name)
    except NotFound as error:
        raise UnknownName(
            f"The organization has no object {name!r} that this login can read.",
            "Check its API name and the login's permissions.",
        ) from error
    own = parse_describe(body)
    if not own.queryable:
        raise UnknownName(f"{own.name} cannot be queried.", "Choose another object.")
    if _account_lookup(own) is None:
        return own, None
    try:
        account = parse_describe(salesforce.describe("Account"))
    except NotFound:
        return own, None
    return parse_describe(body, [account]), account


def _page(pages: Iterator[Any]) -> list[Row]:
    page = next(pages, None)
    return page.rows if page is not None else []


# --- which user is this record?


def _rules(own: SObject, users: Sequence[Row]) -> Iterator[MatchRule]:
    """The match rules worth trying, likeliest first."""
    by_id = MatchBy.EXTERNAL_ID
    ids = [one for one in _texts(user.get("externalId") for user in users) if _is_of(own, one)]
    if ids:
        yield MatchRule(by_id, "Id")
    for found in _id_fields(own)[:FIELDS_TRIED]:
        yield MatchRule(by_id, found.name)
    keys = {key for user in users for key in (user.get("traits") or {})}
    for key in sorted(keys):
        if any(_is_of(own, one) for one in _texts(trait_value(user, key) for user in users)):
            yield MatchRule(MatchBy.TRAIT, "Id", key)
    email = _email(own)
    if email is not None:
        if any("@" in one for one in _texts(user.get("externalId") for user in users)):
            yield MatchRule(by_id, email.name, ignore_case=True)
        yield MatchRule(MatchBy.TRAIT, email.name, "email", ignore_case=True)


def _is_of(own: SObject, text: str) -> bool:
    """Whether a text is an Id of this object."""
    full = id18(text)
    return full is not None and full[:3] == own.key_prefix


def _id_fields(own: SObject) -> list[Field]:
    fields = [f for f in own.fields.values() if _name_rank(f) < _UNLIKELY or f.external_id]
    usable = [f for f in fields if f.type in _TRIED_TYPES and f.filterable and not f.calculated]
    return sorted(usable, key=lambda f: (_name_rank(f), not f.external_id, not f.unique))


_UNLIKELY = len(ID_NAMES)


def _name_rank(found: Field) -> int:
    """How much a custom field's name sounds like a user's id; the lower the more."""
    if not found.name.endswith("__c"):
        return _UNLIKELY
    name = found.name.removesuffix("__c").lower()
    ranks = (i for i, shape in enumerate(ID_NAMES) if re.search(shape, name))
    return next(ranks, _UNLIKELY)


def _try(salesforce: Salesforce, own: SObject, rule: MatchRule, users: Sequence[Row]) -> Tried:
    """Asks Salesforce for the values that the sample has."""
    source = own.field(rule.field)
    assert source is not None
    wanted = [
        user.get("externalId") if rule.by is MatchBy.EXTERNAL_ID else trait_value(user, rule.trait)
        for user in users
    ]
    keys = {key for raw in wanted if (key := match_key(rule, source, raw)) is not None}
    values = {canonical(source, raw) for raw in wanted}
    held = Counter(
        match_key(rule, source, raw) for raw in _held(salesforce, own.name, source, values)
    )
    return Tried(
        rule,
        asked=len(keys),
        matched=sum(1 for key in keys if held[key] == 1),
        shared=sum(1 for key in keys if held[key] > 1),
    )


def _held(salesforce: Salesforce, name: str, source: Field, values: set[str]) -> list[object]:
    """The field's value in every row that has one of these values; none where it may not be asked."""
    if source.type in NUMBERS:
        literals = sorted(one for one in values if re.fullmatch(r"-?\d+(\.\d+)?", one))
    elif source.type is FieldType.ID:
        literals = sorted(quote(one) for one in values if id18(one))
    else:
        literals = sorted(quote(one) for one in values if one)
    if not literals:
        return []
    soql = f"SELECT {source.name} FROM {name} WHERE {source.name} IN ({','.join(literals)})"
    try:
        return [row.get(source.name) for page in salesforce.query(soql) for row in page.rows]
    except RequestRefused:
        return []


def _choose(own: SObject, tried: list[Tried]) -> Tried:
    """An id field that finds at least half as many as anything else, then what finds most; where
    nothing finds anybody, a field that sounds like a user's id, then e-mail, then the Id."""
    most = max((one.matched for one in tried), default=0)
    ids = [one for one in tried if one.rule.by is MatchBy.EXTERNAL_ID]
    if most:
        best = max(ids, key=lambda one: one.matched, default=Tried(MatchRule()))
        if best.matched * 2 >= most:
            return best
        return next(one for one in tried if one.matched == most)
    for one in ids:
        found = own.field(one.rule.field)
        if found is not None and _name_rank(found) < _UNLIKELY:
            return one
    by_email = [one for one in tried if one.rule.trait == "email"]
    return by_email[0] if by_email else Tried(MatchRule(MatchBy.EXTERNAL_ID, "Id"))


# --- which account does it belong to?


def _account_lookup(own: SObject) -> Field | None:
    """The lookup to Account: the standard one, else the first."""
    found = [f for f in own.fields.values() if f.refers_to == ("Account",)]
    return next((f for f in found if f.name == "AccountId"), found[0] if found else None)


def _account_rule(
    salesforce: Salesforce, own: SObject, account: SObject | None, accounts: Sequence[Row]
) -> tuple[AccountRule, int, int]:
    """The account rule by which most of the sample's accounts are found; how many there are, and
    how many it finds."""
    lookup = _account_lookup(own)
    if lookup is None or account is None:
        return AccountRule(), len(accounts), 0
    best, most = AccountRule(lookup.name), 0
    for rule, source in _account_rules(lookup, account, accounts):
        wanted = [trait_value(one, rule.equals) for one in accounts]
        keys = {key for raw in wanted if (key := account_key(source, raw))}
        held = Counter(
            account_key(source, raw) for raw in _held(salesforce, "Account", source, keys)
        )
        matched = sum(1 for key in keys if held[key] == 1)
        if matched > most:
            best, most = rule, matched
    return best, len(accounts), most


def _account_rules(
    lookup: Field, account: SObject, accounts: Sequence[Row]
) -> Iterator[tuple[AccountRule, Field]]:
    """Account rules worth trying, each with the Account's field that it compares."""
    own_id = account.field("Id")
    keys = ["externalId", *sorted({k for one in accounts for k in (one.get("traits") or {})})]
    for key in keys:
        held = _texts(trait_value(one, key) for one in accounts)
        if own_id is not None and any(_is_of(account, one) for one in held):
            yield AccountRule(lookup.name, key), own_id
    named = [f for f in account.fields.values() if f.external_id and f.type in _TRIED_TYPES]
    for found in named[:ACCOUNT_FIELDS_TRIED]:
        if lookup.relationship:
            yield AccountRule(f"{lookup.relationship}.{found.name}", "externalId"), found


# --- what is kept equal?


def _pairs(own: SObject) -> tuple[Pair, ...]:
    """Name, e-mail and the usual fields, as far as this login can read them; none editable."""
    pairs = []
    name = next((f for f in own.fields.values() if f.name_field), None)
    if name is not None:
        pairs.append(_attribute(name.name, "name"))
    email = _email(own)
    if email is not None:
        pairs.append(_attribute(email.name, "email"))
    for word in USUAL:
        found = own.field(word) or own.field(f"{word}__c")
        if found is not None and found.type is not FieldType.UNSUPPORTED:
            pairs.append(Pair(found.name, f"sfdc.{found.name}"))
    return tuple(pairs)


def _attribute(name: str, attribute: str) -> Pair:
    """The pair of a user's own attribute, which never goes blank by itself."""
    never = BlankRule.NEVER
    return Pair(name, attribute, to_vitally=never, to_salesforce=never)


def _email(own: SObject) -> Field | None:
    """The e-mail field: the standard one, else the first."""
    found = [f for f in own.fields.values() if f.type is FieldType.EMAIL]
    return next((f for f in found if f.name == "Email"), found[0] if found else None)


def _notes(
    own: SObject, users: Sequence[Row], chosen: Tried, accounts: int, matched: int
) -> Iterator[str]:
    """What a person should know before they take the proposal."""
    if not users:
        yield "Vitally has no users to try a match on: the match rule is a guess by the fields' names."
    elif not chosen.matched:
        yield (
            "No user of the sample is found by any field that was tried: the match rule is a guess "
            "by the fields' names. Answer question 2 on the screen Mapping."
        )
    if chosen.shared:
        yield (
            f"{chosen.shared} users of the sample are found by several records each: "
            "those records will be ambiguous, for a person to link."
        )
    if accounts and not matched:
        yield (
            "No Vitally account of the sample names its Salesforce account: records could not "
            "create users until mapping.account is set."
        )
    if not own.updateable:
        yield f"This login may not update {own.name}: values can only go to Vitally."
    others = sorted({k for u in users for k in (u.get("traits") or {}) if k.startswith("sfdc.")})
    if others:
        shown = ", ".join(others[:3])
        yield (
            f"Users hold traits such as {shown} already: Vitally's own Salesforce sync may run as "
            "well (docs/beside-vitally-sync.md)."
        )


def _texts(raws: Iterable[object]) -> list[str]:
    return [raw.strip() for raw in raws if isinstance(raw, str) and raw.strip()]
