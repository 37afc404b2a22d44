"""Consequences: what the match rule made of a person's decision, told and kept in the history."""

from __future__ import annotations

from collections.abc import Sequence

from sfvtui.domain.states import Flag
from sfvtui.mirror import flags, history, links, records
from sfvtui.mirror.history import Entry
from sfvtui.mirror.store import Row
from sfvtui.sync.context import Context

RULED = "the rule: "
"""How the reason of a link begins that the rule made because of a person's decision."""

LEFT = "undone: the rule had linked them"
"""Why of an unlink that undid such a link: the rule decides of the two again."""

CAUSES = {
    "ignore": "was ignored",
    "restore": "was restored",
    "unlink": "was unlinked",
    "link": "was linked by hand",
    "withdraw": "is not approved any more",
    "account": "got other accounts",
}
"""The decisions by which the rule may come to link somebody."""


def note(ctx: Context, act: Sequence[Row], ruled: Sequence[int]) -> list[str]:
    """Notes those of the links that the rule made which an act (its entries, the oldest first) led
    to, as part of it; returns what a person should know of them, and of links that the rule now
    disagrees with."""
    causes = [row for row in act if row["what"] in CAUSES and row["record_id"] is not None]
    if not causes:
        return []
    keys = {row["record_id"]: _key(ctx, row["record_id"]) for row in causes}
    # The newest decision about somebody who has a match value, and about a user.
    of_key = {keys[row["record_id"]]: row for row in causes}
    of_user = {row["user_id"]: row for row in causes if row["user_id"] is not None}
    found = []
    for link_id in ruled:
        link = links.who(ctx.store, link_id)
        if link is None:
            continue
        cause = of_key.get(link["match_key"]) or of_user.get(link["user_id"])
        if cause is not None:
            same_key = keys[cause["record_id"]] == link["match_key"]
            _note_link(ctx, link, cause, same_key=same_key)
            found.append(
                f"The rule now links {link['record_name'] or link['record_id']} to "
                f"{link['user_name'] or link['user_id']}."
            )
    return found + _disagreeing(ctx, causes, keys)


def _key(ctx: Context, record_id: str) -> str | None:
    row = records.by_id(ctx.store, record_id)
    return None if row is None else row["match_key"]


def _note_link(ctx: Context, link: Row, cause: Row, *, same_key: bool) -> None:
    who = "it" if cause["record_id"] == link["record_id"] else cause["record_id"]
    now = "only this record has the match value now" if same_key else "its user is free now"
    why = f"{RULED}{now}, {who} {CAUSES[cause['what']]}"
    entry = Entry("link", record_id=link["record_id"], user_id=link["user_id"], why=why)
    with ctx.store.write():
        history.append(ctx.store, entry, at=ctx.now(), who=ctx.actor, batch=cause["batch"])


def _record(link: Row) -> str:
    return (
        f"{link['record_name']} ({link['record_id']})" if link["record_name"] else link["record_id"]
    )


def _disagreeing(ctx: Context, causes: Sequence[Row], keys: dict[str, str | None]) -> list[str]:
    """The links of others with which a restored record makes the rule disagree."""
    found = []
    restored = {row["record_id"] for row in causes if row["what"] == "restore"}
    for key in sorted({keys[one] or "" for one in restored} - {""}):
        for link in links.with_key(ctx.store, key):
            why = flags.of_record(ctx.store, link["record_pk"]).get(Flag.DISAGREES)
            if why is not None and link["record_id"] not in restored:
                found.append(
                    f"The link of {_record(link)} to {link['user_name'] or link['user_id']} now "
                    f"disagrees with the rule: {why}. "
                    f"`sfvtui review unlink {link['record_id']}` takes it apart."
                )
    return found
