"""Reviewing: what a person decides of records that the rule could not, and of links."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sfvtui.domain.bound import BoundMapping
from sfvtui.domain.changes import Origin, System
from sfvtui.domain.ids import id18
from sfvtui.domain.lookalikes import LookAlike
from sfvtui.domain.states import Flag, State
from sfvtui.errors import UnknownName
from sfvtui.mirror import accounts, approvals, flags, history, links, mappings, outbox, users
from sfvtui.mirror.history import Entry
from sfvtui.mirror.outbox import FieldChange
from sfvtui.mirror.records import approvable
from sfvtui.mirror.store import Row
from sfvtui.mirror.touched import touch_alike
from sfvtui.sync import match
from sfvtui.sync.acting import Done, Refusal, act
from sfvtui.sync.alike import look_alikes
from sfvtui.sync.context import Context
from sfvtui.sync.decide import decide_records, filter_of
from sfvtui.sync.linking import (
    ignore_one,
    link_one,
    record_row,
    restore_one,
    state_reason,
    unlink_one,
)
from sfvtui.sync.pull_salesforce import known_record


def approve(
    ctx: Context, records: Sequence[str], *, wave: bool = False, shown: bool = False
) -> Done:
    """Approves records for creation as users. One that looks like somebody is refused unless
    `wave`, which waves on exactly those that are shown now.

    `shown`: the records are what a filter showed, so look-alikes, once-linked records and those of
    churned accounts are refused. Raises UnknownName for a record that there is not.
    """
    ctx.refuse_if_read_only("approving")
    done = Done(word="approved")
    with act(ctx, done.told) as bound:
        batch = history.new_batch(ctx.store)
        for record in records:
            record_id = known_record(ctx, record)
            reason = approve_one(ctx, bound, record_id, batch, wave=wave and not shown, shown=shown)
            _tell(done, record_id, reason)
    return done


def approve_one(
    ctx: Context, bound: BoundMapping, record_id: str, batch: int, *, wave: bool, shown: bool
) -> str | None:
    """Approves one record, in the caller's transaction; returns why not."""
    store = ctx.store
    row = record_row(ctx, record_id)
    if not match.complete(store, bound):
        return "both lists must be read to the end first: pull"
    again = row["record_state"] == State.APPROVED
    if row["record_state"] != State.UNMATCHED and not again:
        return state_reason(row)
    if shown:
        raised = flags.of_record(store, row["record_pk"])
        for flag, why in (
            (Flag.ONCE_LINKED, "it was linked once, and its user was deleted"),
            (Flag.ACCOUNT_CHURNED, "its account has churned"),
        ):
            if flag in raised:
                return f"{why}: approve it by name"
    waved = approvals.waved(store, record_id)
    alike = look_alikes(store, row, waved=waved)
    if alike and not wave:
        return _alike_reason(alike)
    if again and not alike:
        return "it is approved already"
    approvals.approve(
        store, record_id, who=ctx.actor, at=ctx.now(), waved=waved | {a.who for a in alike}
    )
    why = f"waved on beside {', '.join(a.who for a in alike)}" if alike else ""
    entry = Entry("approve", record_id=record_id, why=why)
    history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
    # At once, so that it counts as a look-alike of the next one of the same act.
    version = (mappings.latest(store) or (0, ""))[0]
    decide_records(ctx, bound, [row["record_pk"]], may_link=False, mapping=version)
    # Records that may now look like this one are decided again.
    touch_alike(store, row["email_key"], row["account_key"])
    return None


WAVE_ON = "Approve it by name with --yes to wave it on"
"""The way out for a command; a screen has another."""


def _alike_reason(alike: list[LookAlike]) -> str:
    shown = "; ".join(f"{a.who} {a.name} {a.email}: {a.because}".replace("  ", " ") for a in alike)
    return f"looks like {shown}. {WAVE_ON}"


def shown_by(ctx: Context, filter_text: str) -> list[str]:
    """The Ids of the unmatched records that a filter shows and that may be approved by one:
    neither look-alikes, nor once linked, nor of a churned account. Raises FilterError."""
    with act(ctx) as bound:
        chosen = filter_of(ctx, bound, bound.parse_filter(filter_text))
        return approvable(ctx.store, chosen)


def link(ctx: Context, record: str, user: str) -> Done:
    """Links a record and a user (Vitally id or externalId) by hand. Refused where either side has
    a live link. Raises UnknownName for a record or user that there is not."""
    ctx.refuse_if_read_only("linking")
    done = Done()
    with act(ctx, done.told):
        record_id = known_record(ctx, record)
        user_row = known_user(ctx, user)
        _tell(done, record_id, link_one(ctx, record_id, user_row, history.new_batch(ctx.store)))
    return done


def _tell(done: Done, record_id: str, reason: str | None) -> None:
    if reason is None:
        done.done.append(record_id)
    else:
        done.refused.append(Refusal(record_id, reason))


def unlink(ctx: Context, record: str) -> Done:
    """Unlinks one record and remembers the two as not the same person."""
    ctx.refuse_if_read_only("unlinking")
    done = Done()
    with act(ctx, done.told):
        record_id = known_record(ctx, record)
        batch = history.new_batch(ctx.store)
        _tell(done, record_id, unlink_one(ctx, record_id, batch, apart=True))
    return done


def flagged(ctx: Context, flag: str, filter_text: str = "") -> list[str]:
    """The Ids of the linked records with this flag that a filter shows."""
    with act(ctx) as bound:
        chosen = filter_of(ctx, bound, bound.parse_filter(filter_text))
        return flags.linked_records(ctx.store, flag, chosen)


def unlink_these(ctx: Context, records: Sequence[str]) -> Done:
    """Unlinks exactly these records in one act, without remembering them as different people."""
    ctx.refuse_if_read_only("unlinking")
    done = Done()
    with act(ctx, done.told):
        batch = history.new_batch(ctx.store)
        for record in records:
            record_id = known_record(ctx, record)
            _tell(done, record_id, unlink_one(ctx, record_id, batch, apart=False))
    return done


def ignore(ctx: Context, records: Sequence[str], reason: str = "") -> Done:
    """Ignores records that have no link: they leave the lists, and do not count as sharing."""
    ctx.refuse_if_read_only("ignoring")
    done = Done()
    with act(ctx, done.told):
        batch = history.new_batch(ctx.store)
        for record in records:
            record_id = known_record(ctx, record)
            _tell(done, record_id, ignore_one(ctx, record_id, reason, batch))
    return done


def restore(ctx: Context, records: Sequence[str]) -> Done:
    """Returns ignored records to what the rule says of them now."""
    ctx.refuse_if_read_only("restoring")
    done = Done()
    with act(ctx, done.told):
        batch = history.new_batch(ctx.store)
        for record in records:
            record_id = known_record(ctx, record)
            _tell(done, record_id, restore_one(ctx, record_id, batch))
    return done


def account(ctx: Context, record: str, how: str) -> Done:
    """Queues the full set of accounts of a linked record's user, with the record's present account
    added (`add`) or in place of the others (`replace`)."""
    ctx.refuse_if_read_only("changing accounts")
    done = Done()
    with act(ctx, done.told):
        store = ctx.store
        record_id = known_record(ctx, record)
        row = record_row(ctx, record_id)
        bound_link = links.load(store, row["record_pk"])
        of_record = accounts.of_rule(store, row["account_key"])
        if bound_link is None or row["in_scope"] != 1:
            done.refused.append(Refusal(record_id, state_reason(row)))
            return done
        if len(of_record) != 1:
            found = "no Vitally account" if not of_record else f"{len(of_record)} Vitally accounts"
            done.refused.append(
                Refusal(record_id, f"{found} for {row['account_key'] or 'a blank'}")
            )
            return done
        now = accounts.of_user(store, bound_link.user["user_pk"])
        wanted = sorted({*now, *of_record}) if how == "add" else list(of_record)
        if set(wanted) == set(now):
            done.refused.append(Refusal(record_id, "its user has exactly these accounts already"))
            return done
        batch = history.new_batch(store)
        item = FieldChange(
            System.VITALLY, "accountIds", "", json.dumps(now), json.dumps(wanted),
            Origin.ACCOUNT, f"accounts changed by {ctx.actor}",
        )  # fmt: skip
        version = (mappings.latest(store) or (0, ""))[0]
        outbox.add_field(store, bound_link.target, item, mapping=version, at=ctx.now(), batch=batch)
        links.lasts(store, bound_link.link_id)
        entry = Entry(
            "account", record_id=record_id, user_id=bound_link.target.user_id,
            system=System.VITALLY, field="accountIds", before=item.before, after=item.after,
            why=how,
        )  # fmt: skip
        history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
        done.done.append(record_id)
    return done


def known_user(ctx: Context, name: str) -> Row:
    """The user of this Vitally id or externalId. Raises UnknownName, also for an externalId that
    several users have."""
    rows = users.named(ctx.store, name)
    if not rows and (same := id18(name)) is not None:
        rows = users.of_external_id(ctx.store, same)
    if not rows:
        raise UnknownName(
            f"The mirror has no user {name!r}.",
            "Name it by Vitally id or externalId, or pull first.",
        )
    there = [row for row in rows if row["missing_at"] is None]
    if len(there) > 1 and rows[0]["user_id"] != name:
        found = ", ".join(row["user_id"] for row in there)
        raise UnknownName(f"Several users have the externalId {name!r}.", f"Name one of {found}.")
    return rows[0]
