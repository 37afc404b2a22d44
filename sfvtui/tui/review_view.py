"""What the review says of a record: the user it would become, who looks like it, who fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sfvtui.domain.values import show
from sfvtui.mirror import accounts, approvals
from sfvtui.mirror.choices import candidates
from sfvtui.sync.alike import look_alikes
from sfvtui.sync.creation import compose
from sfvtui.sync.why import match_words
from sfvtui.tui.changes import plain
from sfvtui.tui.record_view import load, state_line, value
from sfvtui.tui.widgets.cells import clip, only_blanks_differ, with_blanks, write
from sfvtui.tui.widgets.prose import Prose
from sfvtui.tui.words import FLAG_WORDS, STATE_WORDS, ago

if TYPE_CHECKING:
    from sfvtui.domain.lookalikes import LookAlike
    from sfvtui.mirror.store import Row
    from sfvtui.tui.desk import Desk
    from sfvtui.tui.record_view import RecordView

SIDE = 22
WIDEST = 30
"""Cells of a column of names: as many as they need, up to this."""

NAMES = 16
BESIDE = 3
"""Users that stand beside a record in one table."""


def review_text(desk: Desk, record_id: str, width: int) -> Prose | None:
    """Everything that helps to judge one record, for a panel of so many cells."""
    view = load(desk, record_id)
    if view is None or desk.bound is None:
        return None
    text = Prose().add(f"{view.name}  ", "strong").put(state_line(view))
    if view.user is None and (values := match_words(desk.bound, view.row)):
        text.hang(2).line(f"  {values}", "dim")
    for flag, why in view.flags:
        if flag != "look_alike":
            text.add(f"! {FLAG_WORDS.get(flag, flag)}", "warn").line(f"  {why}")
    if view.state == "ignored":
        text.put(_ignored(desk, record_id))
    if view.state == "ambiguous":
        return text.put(_candidates(desk, view, width))
    if view.state in ("unmatched", "held", "approved"):
        text.put(_alikes(desk, view))
        text.put(_creation(desk, view))
    else:
        text.line()
        for pair in view.pairs:
            if pair.salesforce:
                text.hang(SIDE + 1).add(f"{pair.pair.name:<{SIDE}} ", "dim").line(
                    *value(pair.pair, pair.salesforce)
                )
    return text


def alikes_of(desk: Desk, row: Row) -> list[LookAlike]:
    """Who looks like a record, those left out that a person waved on."""
    waved = approvals.waved(desk.store, row["record_id"])
    return look_alikes(desk.store, row, waved=waved)


def _alikes(desk: Desk, view: RecordView) -> Prose:
    text = Prose()
    for alike in alikes_of(desk, view.row):
        text.add("looks like ", "warn").add(f"{alike.name}  ", "strong")
        text.line(f"{alike.email}  {alike.because}  ({alike.who})")
    return text


def _creation(desk: Desk, view: RecordView) -> Prose:
    """The user that the record would become, as it would be sent today."""
    bound, store = desk.bound, desk.store
    assert bound is not None
    row = view.row
    have = set(row.keys())
    values = {field.name: row[field.name] for field in bound.fields if field.name in have}
    own = accounts.of_rule(store, row["account_key"])
    names = accounts.names(store, own)
    words = (
        "waits in the outbox as" if view.state == "approved" else "would be created in Vitally as"
    )
    text = Prose().line(words, "dim")
    items = compose(bound, values, own)
    side = min(WIDEST, max((len(item.name) for item in items), default=SIDE))
    for item in items:
        if item.name == "accountIds":
            shown = ", ".join(names.get(a) or a for a in own)
            where = f"(by {bound.mapping.account.field})"
            text.fact("account", f"{shown or 'none'}  {where}", width=side)
        else:
            text.fact(item.name, plain(item.after or ""), width=side)
    return text


def _ignored(desk: Desk, record_id: str) -> Prose:
    row = approvals.ignored(desk.store, record_id)
    if row is None:
        return Prose()
    reason = row["reason"] or "no reason was given"
    return Prose().line(f"ignored by {row['who']}, {ago(row['at'], desk.clock())}: {reason}", "dim")


def _candidates(desk: Desk, view: RecordView, width: int) -> Prose:
    """The record beside each user that fits, and the records that share its match value."""
    users, records = candidates(desk.store, view.row["record_pk"])
    text = Prose()
    for other in records:
        text.add("shared with ", "warn").add(other["display_name"], "strong")
        state = STATE_WORDS.get(other["record_state"], other["record_state"])
        text.line(f"  {other['record_id']}  {state}")
    if not users:
        text.line("no user has the match value", "dim")
    for start in range(0, len(users), BESIDE):
        text.line().put(_beside(view, users[start : start + BESIDE], width))
    whom = "one of these users, or any other" if users else "a user that you look for"
    text.line().line(f"l links it to {whom}", "dim")
    return text


def _apart(values: list[str]) -> list[str]:
    """Values whose blanks alone tell some from the first one, with blanks in sight."""
    if any(only_blanks_differ(values[0], other) for other in values[1:]):
        return [with_blanks(value) for value in values]
    return values


def _beside(view: RecordView, users: list[Row], width: int) -> Prose:
    """A record and some users in columns; fields that are the same everywhere in one line."""
    room = max(8, (width - NAMES - 2 * len(users)) // (len(users) + 1))
    text = Prose().add(" " * NAMES).add(clip("the record", room), "title")
    for number, _ in enumerate(users, 1):
        text.add("  ").add(clip(f"user {number}", room), "title")
    text.line()
    rows: list[tuple[str, list[str]]] = [
        ("externalId", ["", *(u["external_id"] or "" for u in users)]),
        ("Vitally id", ["", *(u["user_id"] for u in users)]),
        ("name", [view.name, *(u["display_name"] for u in users)]),
        ("account", [view.account, *(u["accounts"] or "none" for u in users)]),
        ("linked to", ["", *(u["linked_name"] or "" for u in users)]),
    ]
    for pair in view.pairs:
        values = [pair.salesforce, *(user[pair.pair.name] for user in users)]
        rows.append((pair.pair.name, _apart([show(pair.pair.field, v or "") for v in values])))
    same = []
    for name, shown in rows:
        if not any(shown):
            continue
        if len(set(shown)) == 1:
            same.append(name)
            continue
        text.add(clip(name, NAMES - 1) + " ", "dim").add(clip(write(shown[0]), room))
        for value_shown in shown[1:]:
            differs = bool(shown[0]) and value_shown != shown[0]
            text.add("  ").add(clip(write(value_shown), room), "warn" if differs else "")
        text.line()
    return text.fact("the same", ", ".join(same) or "nothing", "dim", width=NAMES - 1)
