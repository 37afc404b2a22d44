"""Verifying: both services are read again without trusting any stamp, and compared with the mirror."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sfvtui.domain.bound import BoundMapping, BoundPair
from sfvtui.domain.fields import Field
from sfvtui.domain.ids import id18
from sfvtui.domain.mapping import MatchBy
from sfvtui.domain.values import same, to_json
from sfvtui.errors import Cancelled, Refused
from sfvtui.mirror import accounts, pieces, verifying
from sfvtui.mirror.pages import in_chunks
from sfvtui.mirror.records import Records
from sfvtui.mirror.store import Row
from sfvtui.mirror.users import Users
from sfvtui.sync import costs, identity
from sfvtui.sync.context import Context, Progress
from sfvtui.sync.decide import refresh_scope
from sfvtui.sync.match import complete
from sfvtui.sync.mend import mend
from sfvtui.sync.prepare import prepare
from sfvtui.sync.pull_salesforce import (
    BULK_FROM,
    IDS_AT_ONCE,
    columns,
    parse_stamp,
    rows_by_id,
    sieve,
)


class Kind(StrEnum):
    """What the mirror had missed."""

    MISSED_CHANGE = "missed-change"
    """A value is not what the mirror has."""
    GONE = "gone"
    """The service no longer has it, or no longer shows it to this login."""
    UNSEEN = "unseen"
    """It was there when the mirror was last filled, and the mirror does not have it: a record or
    user that is listed and was passed over (or counted as gone), or a value that was not read."""
    NEW = "new"
    """It came after the last pull."""


@dataclass(frozen=True)
class Drift:
    """One difference between the mirror and a service, on the side of a record or of a user.

    `mirror` and `remote` are JSON values; `before` and `after` the same as the history keeps them.
    """

    kind: Kind
    record: str | None = None
    user: str | None = None
    field: str | None = None
    mirror: Any = None
    remote: Any = None
    before: str | None = None
    after: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The difference as commands print it."""
        return {
            "record": self.record,
            "user": self.user,
            "field": self.field,
            "mirror": self.mirror,
            "remote": self.remote,
            "kind": self.kind.value,
        }


@dataclass
class VerifyReport:
    """What was compared, what differed, and how much of that was mended."""

    records: int = 0
    users: int = 0
    drift: list[Drift] = field(default_factory=list)
    repaired: int = 0
    interrupted: bool = False

    def as_json(self) -> dict[str, Any]:
        """The report as commands print it."""
        return {
            "checked": {"records": self.records, "users": self.users},
            "drift": [one.as_json() for one in self.drift],
            "repaired": self.repaired,
        }


def verify(ctx: Context, *, sample: int | None = None, repair: bool = False) -> VerifyReport:
    """Reads ids and mapped values of both services again and compares them with the mirror.

    `sample`: only so many records and users, picked at random (what the mirror does not have at
    all shows in a whole verification only). `repair` then mends the mirror, never a service, and
    decides again what that touched. What it will cost is said first. Stopped, it reports what it
    had compared. Raises Refused before the first complete pull, ReadOnlyError for a repair.
    """
    if repair:
        ctx.refuse_if_read_only("repairing the mirror")
    identity.check_salesforce(ctx)
    identity.check_vitally(ctx)
    bound = prepare(ctx)
    if bound is None or not complete(ctx.store, bound):
        raise Refused("The mirror was not filled to the end yet.", "Pull first: `sfvtui pull`.")
    report = VerifyReport()
    verifying.begin(ctx.store)
    records, users = _Records(ctx, bound, report), _Users(ctx, bound, report)
    try:
        if sample is None:
            _say_cost(ctx, bound)
            records.whole()
            users.whole()
        else:
            _say_cost_of_sample(ctx, sample)
            records.some(verifying.some_records(ctx.store, sample))
            users.some(verifying.some_users(ctx.store, sample))
        if repair:
            report.repaired = mend(ctx, bound, report.drift)
    except Cancelled:
        report.interrupted = True
    identity.note_calls(ctx)
    return report


def _say_cost(ctx: Context, bound: BoundMapping) -> None:
    _, users = verifying.count(ctx.store)
    rows = ctx.salesforce().count(f"SELECT COUNT() FROM {bound.sobject.name}{sieve(ctx, bound)}")
    cost = costs.of_calls(
        costs.pages(rows, costs.ROWS_A_QUERY),
        costs.pages(users, costs.ROWS_A_LIST),
        per_minute=ctx.settings.vitally.requests_per_minute,
    )
    _say(ctx, rows, users, cost)


def _say_cost_of_sample(ctx: Context, sample: int) -> None:
    there = verifying.count(ctx.store)
    records, users = (min(sample, count) for count in there)
    cost = costs.of_calls(
        costs.pages(records, IDS_AT_ONCE), users,
        per_minute=ctx.settings.vitally.requests_per_minute,
    )  # fmt: skip
    _say(ctx, records, users, cost)


def _say(ctx: Context, records: int, users: int, cost: costs.Cost) -> None:
    found = f"{costs.many(records, 'record')} and {costs.many(users, 'user')}"
    ctx.note(f"Verifying {found} takes {cost.words()}.")


# --- Salesforce


class _Rollback(Exception):
    """Ends a transaction in which something was only tried."""


@dataclass
class _Records:
    """The comparison of records."""

    ctx: Context
    bound: BoundMapping
    report: VerifyReport

    def whole(self) -> None:
        """Everything that Salesforce lists, then by Id what the mirror has besides."""
        ctx, bound = self.ctx, self.bound
        source = f"{bound.sobject.name}{sieve(ctx, bound)}"
        total = ctx.salesforce().count(f"SELECT COUNT() FROM {source}")
        bulk = total >= BULK_FROM
        ask = ctx.salesforce().bulk_query if bulk else ctx.salesforce().query
        for page in ask(f"SELECT {', '.join(columns(bound))} FROM {source}"):
            rows = _by_id(page.rows)
            verifying.saw(ctx.store, verifying.RECORDS, rows)
            for chunk in in_chunks(list(rows)):
                self._compare({one: rows[one] for one in chunk}, listed=True)
            self.report.records += len(rows)
            ctx.progress(Progress("verifying records", self.report.records, total))
            ctx.stop_if_cancelled()
        self.some(verifying.records_not_seen(ctx.store))

    def some(self, ids: Sequence[str]) -> None:
        """These records, asked for by Id."""
        for chunk in in_chunks(ids, IDS_AT_ONCE):
            self._ask(chunk)
            self.report.records += len(chunk)
            self.ctx.progress(Progress("verifying records", self.report.records))
            self.ctx.stop_if_cancelled()

    def _ask(self, ids: Sequence[str]) -> None:
        found = rows_by_id(self.ctx, self.bound, ids)
        self._compare(found, listed=False)
        self._drift(Drift(Kind.GONE, record=one) for one in ids if one not in found)

    def _compare(self, rows: Mapping[str, Mapping[str, Any]], *, listed: bool) -> None:
        """Compares rows with the mirror. A listed one that is older than the mirror's is asked for
        by Id: somebody wrote it while the list was on its way."""
        known = verifying.records(self.ctx.store, list(rows))
        reader = Records(self.ctx.store, self.bound)
        unknown, older = {}, []
        for record_id, row in rows.items():
            old, deleted = known.get(record_id), str(row.get("IsDeleted")).lower() == "true"
            if old is None:
                if not deleted:
                    unknown[record_id] = row
                continue
            new = reader.columns_of(record_id, row, old)
            if deleted:
                if old["gone_why"] is None:
                    self._drift([Drift(Kind.GONE, record=record_id)])
            elif old["gone_why"] is not None:
                self._drift([Drift(Kind.UNSEEN, record=record_id)])
            elif listed and (new["stamp_at"] or "") < old["stamp_at"]:
                older.append(record_id)
            else:
                fields = [f for f in self.bound.fields if f.name in row]
                self._drift(_values(record_id, fields, old, new))
        for chunk in in_chunks(older, IDS_AT_ONCE):
            self._ask(chunk)
        self._drift(self._unknown(unknown))

    def _unknown(self, rows: Mapping[str, Mapping[str, Any]]) -> Iterable[Drift]:
        """Records that the mirror does not have, as far as they are in scope."""
        last = self.ctx.store.get("stamp:salesforce")
        for record_id in sorted(self._in_scope(rows)):
            stamp = rows[record_id].get("SystemModstamp")
            late = bool(stamp and last) and parse_stamp(str(stamp)) > parse_stamp(str(last))
            yield Drift(Kind.NEW if late else Kind.UNSEEN, record=record_id)

    def _in_scope(self, rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
        """Which rows are in scope: the mirror alone can say, so they are written and taken back."""
        store, found = self.ctx.store, set(rows)
        if self.bound.scope is None or not rows:
            return found
        try:
            with store.write():
                Records(store, self.bound).write(list(rows.values()))
                written = verifying.records(store, list(rows))
                pieces.take(store, [row["record_pk"] for row in written.values()])
                refresh_scope(self.ctx, self.bound)
                found = verifying.in_scope(store, list(rows))
                raise _Rollback
        except _Rollback:
            return found

    def _drift(self, found: Iterable[Drift]) -> None:
        self.report.drift.extend(found)


def _by_id(rows: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {id18(str(row["Id"])) or str(row["Id"]): row for row in rows}


def _values(
    record_id: str, fields: Iterable[Field], old: Row, new: Mapping[str, str | None]
) -> Iterable[Drift]:
    for one in fields:
        kind = _kind(one, old[one.name], new[one.name])
        if kind is not None:
            yield Drift(
                kind, record=record_id, field=one.name, before=old[one.name], after=new[one.name],
                mirror=to_json(one, old[one.name]), remote=to_json(one, new[one.name]),
            )  # fmt: skip


def _kind(one: Field, mirror: str | None, remote: str | None) -> Kind | None:
    if remote is None:
        return None
    if mirror is None:
        return Kind.UNSEEN
    return None if same(one, mirror, remote) else Kind.MISSED_CHANGE


# --- Vitally


@dataclass
class _Users:
    """The comparison of users."""

    ctx: Context
    bound: BoundMapping
    report: VerifyReport

    def whole(self) -> None:
        """Everything that Vitally lists, then by id what the mirror has besides."""
        ctx = self.ctx
        for page in ctx.vitally().users(sort="createdAt"):
            rows = {str(user["id"]): user for user in page.rows}
            verifying.saw(ctx.store, verifying.USERS, rows)
            self._compare(rows, listed=True)
            self.report.users += len(rows)
            ctx.progress(Progress("verifying users", self.report.users))
            ctx.stop_if_cancelled()
        self.some(verifying.users_not_seen(ctx.store))

    def some(self, ids: Sequence[str]) -> None:
        """These users, asked for by id."""
        for user_id in ids:
            self._ask(user_id)
            self.report.users += 1
            self.ctx.progress(Progress("verifying users", self.report.users))
            self.ctx.stop_if_cancelled()

    def _ask(self, user_id: str) -> None:
        there = self.ctx.vitally().user(user_id)
        if there is not None and str(there.get("id")) == user_id:
            self._compare({user_id: there}, listed=False)
            return
        known = verifying.users(self.ctx.store, [user_id]).get(user_id)
        if known is not None and known["missing_at"] is None:
            self.report.drift.append(Drift(Kind.GONE, user=user_id))

    def _compare(self, rows: Mapping[str, Mapping[str, Any]], *, listed: bool) -> None:
        """Compares users with the mirror. Lists may lag behind: a listed user who is older than the
        mirror's, or whom the mirror counts as deleted, is asked for by id."""
        known = verifying.users(self.ctx.store, list(rows))
        reader = Users(self.ctx.store, self.bound)
        for user_id, user in rows.items():
            old, new = known.get(user_id), reader.columns_of(user_id, user)
            if listed and old is not None:
                older = str(new["updated_at"]) < old["updated_at"]
                if older or old["missing_at"] is not None:
                    self._ask(user_id)
                    continue
            if old is None or old["missing_at"] is not None:
                self.report.drift.append(Drift(self._arrived(user, old), user=user_id))
            else:
                self.report.drift.extend(self._differences(user, old, new))

    def _arrived(self, user: Mapping[str, Any], old: Row | None) -> Kind:
        last = self.ctx.store.get("users_updated") or ""
        late = old is None and str(user.get("createdAt") or "") > last
        return Kind.NEW if late else Kind.UNSEEN

    def _differences(
        self, user: Mapping[str, Any], old: Row, new: Mapping[str, str | None]
    ) -> Iterable[Drift]:
        user_id, rule = str(user["id"]), self.bound.mapping.match
        pairs = [pair for pair in self.bound.pairs if not pair.missing]
        for pair in pairs:
            kind = _kind(pair.field, old[pair.name], new[pair.name])
            if kind is not None:
                yield _of_pair(kind, user_id, pair, old[pair.name], new[pair.name])
        plain = {"externalId": (old["external_id"], new["external_id"])}
        if rule.by is MatchBy.TRAIT and all(pair.pair.trait != rule.trait for pair in pairs):
            plain[rule.trait] = (old["match_key"], new["match_key"])
        for name, (ours, theirs) in plain.items():
            if ours != theirs:
                yield Drift(
                    Kind.MISSED_CHANGE, user=user_id, field=name, mirror=ours, remote=theirs,
                    before=ours, after=theirs,
                )  # fmt: skip
        here = sorted(accounts.of_user(self.ctx.store, old["user_pk"]))
        there = sorted({str(a["id"]) for a in user.get("accounts") or () if a.get("id")})
        if here != there:
            yield Drift(
                Kind.MISSED_CHANGE, user=user_id, field="accountIds", mirror=here, remote=there,
                before=json.dumps(here), after=json.dumps(there),
            )  # fmt: skip


def _of_pair(
    kind: Kind, user_id: str, pair: BoundPair, mirror: str | None, remote: str | None
) -> Drift:
    return Drift(
        kind, user=user_id, field=pair.name, before=mirror, after=remote,
        mirror=pair.shown_in_vitally(mirror), remote=pair.shown_in_vitally(remote),
    )  # fmt: skip
