"""What is decided for many records at once, against the pure functions asked one by one."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sfvtui.config import load, parse_mapping
from sfvtui.domain.bound import bind
from sfvtui.domain.fields import parse_describe
from sfvtui.domain.lookalikes import Person, compare, name_key
from sfvtui.domain.matching import Candidate, Creation, Facts, Match, hold_reason, match, state_of
from sfvtui.mirror.columns import ensure_columns
from sfvtui.mirror.store import open_store
from sfvtui.mirror.touched import touch_all
from sfvtui.sandbox.demo_config import write_config
from sfvtui.sandbox.salesforce.org import Org
from sfvtui.sync import decide
from sfvtui.sync.context import Context

TOML = """
[mapping]
object = "Contact"
scope = 'Phone is not "9"'
[mapping.match]
by = "external-id"
field = "Product_User_Id__c"
[mapping.create]
allowed = {allowed}
filter = 'Title contains "VP"'
[mapping.account]
field = "AccountId"
equals = "sfdc.Id"
[[mapping.fields]]
field = "Title"
"""
DESCRIBE = parse_describe(Org().objects["Contact"]._describe)
BOUND = {
    allowed: bind(parse_mapping(TOML.format(allowed=str(allowed).lower())), DESCRIBE)
    for allowed in (False, True)
}
KEYS = st.sampled_from([None, None, "a", "b", "c"])
NAMES = st.sampled_from(
    ["", "Ann Lee", "Anne Lee", "Lee, Ann", "Bartholomew Finn", "Bartolomew Fin"]
)
EMAILS = st.sampled_from(["", "", "x@y.z", "q@y.z"])
ACCOUNTS = {"A": ("a1",), "B": ("b1", "b2"), "C": ()}
RECORD = st.fixed_dictionaries(
    {
        "key": KEYS,
        "account": st.sampled_from(["", "A", "A", "B", "C"]),
        "title": st.sampled_from(["VP Sales", "VP Sales", "Clerk", None]),
        "phone": st.sampled_from(["1", "1", "1", "9"]),
        "name": NAMES,
        "email": EMAILS,
        "gone": st.sampled_from([None, None, None, "deleted", "vanished"]),
        "ignored": st.sampled_from([None, None, None, "a colleague"]),
        "approved": st.sampled_from([None, None, [], ["user u0", "record r0"]]),
        "link": st.sampled_from([None, None, None, "live", "gone", "user_deleted"]),
    }
).map(lambda one: one if one["ignored"] is None else {**one, "approved": None})  # it ends that
USER = st.fixed_dictionaries(
    {
        "key": KEYS,
        "accounts": st.sets(st.sampled_from(["a1", "b1", "b2"]), max_size=2),
        "name": NAMES,
        "email": EMAILS,
        "missing": st.sampled_from([False, False, False, True]),
    }
)
WORLD = st.fixed_dictionaries(
    {
        "records": st.lists(RECORD, min_size=1, max_size=6),
        "users": st.lists(USER, max_size=6),
        "apart": st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=3),
        "churned": st.sets(st.sampled_from(["a1", "b1", "b2"]), max_size=2),
        "allowed": st.booleans(),
        "ready": st.sampled_from([True, True, True, False]),
    }
)


def linked_pairs(world):
    """The n-th record has its link, of whatever status, with the n-th user; what cannot be is left
    out: a live link of who is gone, one that would come back."""
    found = {}
    for n, (record, user) in enumerate(zip(world["records"], world["users"], strict=False)):
        there = record["gone"] is None and not user["missing"]
        if record["link"] == "live" and there:
            found[n] = "live"
        elif record["link"] == "gone" and record["gone"] is not None:
            found[n] = "gone"
        elif record["link"] == "user_deleted" and user["missing"]:
            found[n] = "user_deleted"
    return found


def fill(store, bound, world):
    """Writes a world into an empty store."""
    db = store.db
    for key, ids in ACCOUNTS.items():
        for one in ids:
            db.execute(
                "INSERT INTO account VALUES (?, NULL, ?, '', ?, '', '{}')",
                (one, key, "2026-01-01" if one in world["churned"] else None),
            )
    for n, user in enumerate(world["users"]):
        db.execute(
            "INSERT INTO user(user_pk, user_id, external_id, match_key, display_name, email_text,"
            " email_key, name_key, traits_json, missing_at, Title)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}', ?, '')",
            (n + 1, f"u{n}", user["key"], user["key"], user["name"], user["email"],
             user["email"] or None, name_key(user["name"]) or None,
             "2026" if user["missing"] else None),
        )  # fmt: skip
        db.executemany(
            "INSERT INTO user_account VALUES (?, ?)", [(n + 1, a) for a in user["accounts"]]
        )
    for n, record in enumerate(world["records"]):
        db.execute(
            "INSERT INTO record(record_pk, record_id, match_key, account_key, external_id,"
            " display_name, email_key, name_key, gone_why, Title, Phone, AccountId,"
            " Product_User_Id__c) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (n + 1, f"r{n}", record["key"], record["account"] or None, record["key"],
             record["name"], record["email"] or None, name_key(record["name"]) or None,
             record["gone"], record["title"], record["phone"], record["account"],
             record["key"] or ""),
        )  # fmt: skip
        if record["ignored"] is not None:
            db.execute("INSERT INTO ignored VALUES (?, 'me', '', ?)", (f"r{n}", record["ignored"]))
        if record["approved"] is not None:
            waved = json.dumps(record["approved"])
            db.execute("INSERT INTO approval VALUES (?, 'me', '', ?)", (f"r{n}", waved))
    for n, status in linked_pairs(world).items():
        db.execute(
            "INSERT INTO link(record_pk, user_pk, made_by, made_at, why, status)"
            " VALUES (?, ?, 'me', '', 'by eye', ?)",
            (n + 1, n + 1, status),
        )
    db.executemany(
        "INSERT INTO apart VALUES (?, ?, '', '')", [(f"r{r}", f"u{u}") for r, u in world["apart"]]
    )
    if world["ready"]:
        for side in ("salesforce", "vitally"):
            store.put(f"complete:{side}", bound.match_signature)
    touch_all(store)


def naive(world, bound):
    """State, reason and flags of each record, and who is linked with whom, asked one by one."""
    records, users = world["records"], world["users"]
    pairs = linked_pairs(world)
    links = {r: r for r, status in pairs.items() if status == "live"}

    def scoped(record):
        return record["phone"] != "9"

    def counts(r):
        record = records[r]
        return record["gone"] is None and (
            r in links or (scoped(record) and record["ignored"] is None)
        )

    def sharing(key):
        return sum(records[r]["key"] == key and counts(r) for r in range(len(records)))

    def having(key):
        return [u for u in range(len(users)) if users[u]["key"] == key and not users[u]["missing"]]

    def listed(r):
        record = records[r]
        if r in links:
            return True
        return pairs.get(r) == "gone" if record["gone"] else scoped(record)

    def verdict(r):
        key = records[r]["key"]
        if r in links or records[r]["gone"] or key is None or not listed(r):
            return Match() if key is not None or r in links else match(None, 0, ())
        back = {u: o for o, u in links.items()}
        fits = tuple(
            Candidate(f"u{u}", f"r{back[u]}" if u in back else None, (r, u) in world["apart"])
            for u in having(key)
        )
        return match(key, sharing(key), fits)

    said = {r: verdict(r) for r in range(len(records))}
    made = {}
    for r, one in said.items():
        if one.user_id and world["ready"] and records[r]["ignored"] is None and listed(r):
            made[r] = int(one.user_id[1:])
    rule_made = set(made)
    links.update(made)
    approved = {
        r for r in range(len(records))
        if records[r]["approved"] is not None and listed(r) and records[r]["gone"] is None
        and r not in links and not said[r].ambiguous
    }  # fmt: skip
    found = {}
    for r, record in enumerate(records):
        accounts = ACCOUNTS.get(record["account"], ())
        churned = sorted(a for a in accounts if a in world["churned"])
        flags = {"account_churned": f"account {churned[0]} has churned"} if churned else {}
        if not listed(r):
            found[f"r{r}"] = (None, "", {})
            continue
        if r in links:
            user = users[links[r]]
            who = f"user {user['key'] or 'u' + str(links[r])}"
            by_rule = r in rule_made
            why = (
                f"linked by the match rule to {who}"
                if by_rule
                else f"linked to {who} by me: by eye"
            )
            if not scoped(record):
                flags["out_of_scope"] = "its record left the scope"
            if record["key"] is None or user["key"] != record["key"]:
                flags["disagrees"] = "the match values differ"
            elif sharing(record["key"]) > 1:
                flags["disagrees"] = "several records share the match value"
            elif len(having(record["key"])) > 1:
                flags["disagrees"] = "several users have the match value"
            if accounts and not set(accounts) & user["accounts"]:
                flags["other_account"] = f"its account {accounts[0]} is not among its user's"
            found[f"r{r}"] = ("linked", why, flags)
            continue
        passes = world["allowed"] and record["title"] != "Clerk"
        held = None
        if passes:
            held = "Title was not read yet: pull" if record["title"] is None else hold_reason(
                Creation(
                    record["key"] or "", "Product_User_Id__c",
                    next((f"u{u}" for u in having(record["key"])), None) if record["key"] else None,
                    record["account"], "AccountId", accounts,
                )
            )  # fmt: skip
        if world["allowed"] and not record["gone"] and (passes or r in approved or (
            record["approved"] is not None and said[r].ambiguous and passes
        )):  # fmt: skip
            alike = look_alikes(world, r, approved)
            if alike:
                flags["look_alike"] = alike
        if pairs.get(r) == "user_deleted":
            flags["once_linked"] = "its user was deleted in Vitally"
        state, why = state_of(
            Facts(
                gone=record["gone"] is not None, approved=r in approved, ignored=record["ignored"],
                match=said[r], allowed=world["allowed"], passes=passes, held=held,
                complete=world["ready"],
            )
        )  # fmt: skip
        found[f"r{r}"] = (state.value, "gone" if record["gone"] else why, flags)
    return found, {f"r{r}": f"u{u}" for r, u in links.items()}


def look_alikes(world, r, approved):
    """Who looks like a record: their names, in any order."""
    record = world["records"][r]
    waved = record["approved"] or ()

    def person(who, one, accounts):
        return Person(who, one["name"], one["email"], frozenset(accounts))

    me = person(f"record r{r}", record, ACCOUNTS.get(record["account"], ()))
    others = [
        person(f"user u{u}", user, user["accounts"])
        for u, user in enumerate(world["users"])
        if not user["missing"]
    ]
    for o in approved:
        other = world["records"][o]
        if o != r and f"record r{r}" not in other["approved"]:
            same = other["account"] == record["account"]
            others.append(person(f"record r{o}", other, me.accounts if same else ()))
    alike = [compare(me, other) for other in others if other.who not in waved]
    return sorted(f"{one.who}: {one.because}" for one in alike if one)


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """A config without anything but what must be."""
    nowhere = "http://127.0.0.1:1"
    return write_config(
        tmp_path_factory.mktemp("config"), nowhere, nowhere,
        client_id="-", client_secret="-", vitally_key="-", mapping=TOML.format(allowed="true"),
    )  # fmt: skip


def alone(**more):
    """A record of nobody else."""
    return {
        "key": None, "account": "", "title": "VP Sales", "phone": "1", "name": "", "email": "",
        "gone": None, "ignored": None, "approved": None, "link": None, **more,
    }  # fmt: skip


# Who leaves the scope shares no match value any more, though it is decided in a later piece.
LEAVES_LATER = {
    "records": [alone(), alone(key="b", approved=[]), alone(), alone(key="b", phone="9")],
    "users": [], "apart": set(), "churned": set(), "allowed": False, "ready": True,
}  # fmt: skip


@pytest.mark.parametrize("piece", [2, 5000])
@given(world=WORLD)
@example(world=LEAVES_LATER)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_many_at_once_are_decided_as_one_by_one(
    world, piece, config, tmp_path_factory, monkeypatch
):
    monkeypatch.setattr(decide, "PIECE", piece)
    bound = BOUND[world["allowed"]]
    with open_store(tmp_path_factory.mktemp("world") / "store.db") as store:
        ensure_columns(store, bound)
        fill(store, bound, world)
        ctx = Context(load(config, {}), store, "me")
        decide.decide_touched(ctx, bound, may_link=True)
        # Once more: approvals that ended by now count for nobody.
        touch_all(store)
        decide.decide_touched(ctx, bound, may_link=True)
        expected, links = naive(world, bound)
        found = {}
        for row in store.rows("SELECT * FROM record"):
            flags = {
                flag: sorted(why.split("; ")) if flag == "look_alike" else why
                for flag, why in store.rows(
                    "SELECT flag, why FROM flag WHERE record_pk = ?", row["record_pk"]
                )
            }
            why = "gone" if row["record_state"] == "gone" else row["state_why"]
            found[row["record_id"]] = (row["record_state"], why, flags)
        assert found == expected
        made = store.rows(
            "SELECT r.record_id, u.user_id FROM link l JOIN record r USING (record_pk)"
            " JOIN user u USING (user_pk) WHERE l.status = 'live'"
        )
        assert {row[0]: row[1] for row in made} == links
