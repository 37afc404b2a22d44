"""Forgetting a person for a privacy request, and pruning what is long past."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sfvtui.domain.ids import id18
from sfvtui.errors import Refused, UnknownName, UsageError
from sfvtui.mirror import forgetting, history, pending, pruning, records
from sfvtui.mirror.backup import is_store
from sfvtui.mirror.draft import remove_drafts
from sfvtui.mirror.forgetting import Person
from sfvtui.mirror.history import Entry
from sfvtui.mirror.lock import push_lock
from sfvtui.mirror.pruning import Past
from sfvtui.sync.acting import act
from sfvtui.sync.context import Context, Progress, iso
from sfvtui.sync.pull_salesforce import search_command
from sfvtui.sync.review import known_user

KEPT_AT_LEAST = dt.timedelta(hours=24)
"""The guard against loops counts what was sent within this time."""


# --- a person


def whom(ctx: Context, name: str) -> Person:
    """The person whom a record's Id, or a user's id or externalId, names. Raises UnknownName for
    nobody, Refused where something of them is on its way."""
    row = records.by_id(ctx.store, id18(name.strip()))
    if row is not None:
        who = forgetting.person(ctx.store, record_pk=row["record_pk"])
    else:
        try:
            user = known_user(ctx, name)
        except UnknownName:
            raise UnknownName(
                f"The mirror has no record and no user {name!r}.",
                "Name a record by Id, or a user by Vitally id or externalId; "
                f"`{search_command(name)}` finds the Id of a linked person, without --state those "
                "of the others.",
            ) from None
        who = forgetting.person(ctx.store, user_pk=user["user_pk"])
    going = [one for one in who.record_ids if pending.on_its_way(ctx.store, one)]
    going += [one for one in who.user_ids if pending.of_user_on_its_way(ctx.store, one)]
    if going:
        raise Refused(
            f"A change of {going[0]} is being sent, or its outcome is unknown; nothing was forgotten.",
            "Push first: `sfvtui push` finds out what became of it.",
        )
    return who


def forget(ctx: Context, name: str) -> str:
    """Erases a person's values from the store and its file; returns what was done, in sentences.

    Raises as `whom`, Busy where a push runs, and ReadOnlyError.
    """
    ctx.refuse_if_read_only("forgetting")
    store = ctx.store
    with push_lock(store, who=ctx.actor, at=ctx.now()):
        with act(ctx) as bound:
            who = whom(ctx, name)
            alike = forgetting.alike(store, who)
            names = [f.name for f in (bound.name_field, bound.email_field) if f is not None]
            forgetting.erase(store, who, names=names)
            entries = [
                *(Entry("forget", record_id=record_id) for record_id in who.record_ids),
                *(Entry("forget", user_id=user_id) for user_id in who.user_ids),
            ]
            batch = history.new_batch(store)
            for entry in entries:
                history.append(store, entry, at=ctx.now(), who=ctx.actor, batch=batch)
        ctx.progress(Progress("writing the store's file anew"))
        whole = forgetting.forget_pages(store)
        remove_drafts(store)
    found = [f"Forgotten: {who.words()}."]
    if not whole:
        found.append(
            "Another process still reads an older state: once it has ended, "
            "`sfvtui store forget` the same again, or the store's log keeps it until then."
        )
    if alike:
        found.append(
            f"Users that may be the same person stay as they are: {', '.join(alike)}. "
            "Forget them by their own ids."
        )
    copies = backups(store.path)
    if copies:
        listed = ", ".join(map(str, copies))
        found.append(f"These backups were not touched, nor any elsewhere: {listed}.")
    else:
        found.append("Backups elsewhere were not touched.")
    found.append(
        "The next full pull reads the person again, or an earlier one once something of them "
        "changes, unless both services have deleted them, or the scope leaves them out."
    )
    return " ".join(found)


def backups(store: Path) -> list[Path]:
    """The backups that lie beside a store: whatever their names, and other stores as well."""
    beside = (f for f in store.parent.iterdir() if f.is_file() and not f.samefile(store))
    return sorted(file for file in beside if is_store(file))


# --- the past


def past(ctx: Context, before: str) -> Past:
    """How much a prune would remove. Raises UsageError for an instant within the last day."""
    if before > iso(ctx.clock() - KEPT_AT_LEAST):
        raise UsageError(
            f"{before} is less than a day ago.",
            "The guard against loops needs the last 24 hours: name an earlier time.",
        )
    return pruning.past(ctx.store, before)


def prune(ctx: Context, before: str) -> str:
    """Removes history, ended changes and runs before an instant (ISO 8601 UTC) from the store and
    its file; returns what was done. Raises UsageError, and ReadOnlyError."""
    ctx.refuse_if_read_only("pruning")
    past(ctx, before)
    store = ctx.store
    with push_lock(store, who=ctx.actor, at=ctx.now()):
        with store.write():
            batch = history.new_batch(store)
            gone = pruning.prune(store, before)
            why = f"{gone.words()} before {before}"
            history.append(store, Entry("prune", why=why), at=ctx.now(), who=ctx.actor, batch=batch)
        ctx.progress(Progress("writing the store's file anew"))
        forgetting.forget_pages(store)
    return f"pruned {why}"
