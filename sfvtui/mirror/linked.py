"""Linked records: their states and flags, for all of the piece in a few statements."""

from __future__ import annotations

from sfvtui.mirror.pieces import LIVE, SEVERAL_USERS, SHARES
from sfvtui.mirror.store import Store

_WHY = (
    "CASE WHEN l.made_by = ?"
    " THEN 'linked by the match rule to user ' || COALESCE(u.external_id, u.user_id)"
    " ELSE 'linked to user ' || COALESCE(u.external_id, u.user_id) || ' by ' || l.made_by"
    "  || CASE WHEN l.why = '' THEN '' ELSE ': ' || l.why END END"
)

FLAGS = {
    "out_of_scope": "CASE WHEN r.in_scope <> 1 THEN 'its record left the scope' END",
    "disagrees": (
        "CASE WHEN r.match_key IS NULL OR u.match_key IS NULL OR u.match_key <> r.match_key"
        f" THEN 'the match values differ' WHEN {SHARES}"
        f" THEN 'several records share the match value' WHEN {SEVERAL_USERS}"
        " THEN 'several users have the match value' END"
    ),
    "other_account": (
        "CASE WHEN NOT EXISTS (SELECT 1 FROM user_account ua CROSS JOIN account a USING (account_id)"
        " WHERE ua.user_pk = u.user_pk AND a.rule_key = r.account_key) THEN"
        " 'its account ' || (SELECT MIN(a.account_id) FROM account a"
        " WHERE a.rule_key = r.account_key) || ' is not among its user''s' END"
    ),
    "account_churned": (
        "'account ' || (SELECT MIN(a.account_id) FROM account a"
        " WHERE a.rule_key = r.account_key AND a.churned_at IS NOT NULL) || ' has churned'"
    ),
}
"""The flags of a linked record: for each, why it is raised, NULL where it is not."""


def note_states(store: Store, *, rule: str) -> None:
    """Lists state and reason of the piece's linked records, where they are news, in `states`.
    `rule` is who made the links that the match rule made."""
    store.db.execute(
        "INSERT INTO new_state SELECT record_pk, 'linked', why FROM"
        f" (SELECT r.record_pk, r.record_state, r.state_why, {_WHY} AS why {LIVE}"
        " WHERE r.gone_why IS NULL) WHERE (record_state, state_why) IS NOT ('linked', why)",
        (rule,),
    )


def raised(store: Store) -> dict[int, dict[str, str]]:
    """The flags that are to be raised on the piece's linked records: number → flag → why. Records
    without any are left out."""
    columns = ", ".join(f"{why} AS {flag}" for flag, why in FLAGS.items())
    some = " OR ".join(f"{flag} IS NOT NULL" for flag in FLAGS)
    rows = store.rows(
        f"SELECT * FROM (SELECT r.record_pk, {columns} {LIVE} WHERE r.gone_why IS NULL)"
        f" WHERE {some}"
    )
    return {
        row["record_pk"]: {flag: row[flag] for flag in FLAGS if row[flag] is not None}
        for row in rows
    }
