"""The demo world: everything that can occur occurs in it, and a first sync writes little."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sfvtui.domain.bound import BoundMapping, bind
from sfvtui.domain.fields import FieldType, parse_describe
from sfvtui.domain.lookalikes import Person as LikePerson
from sfvtui.domain.lookalikes import compare
from sfvtui.domain.merge import Act, Decision, Sides, decide
from sfvtui.domain.values import canonical
from sfvtui.sandbox import people
from sfvtui.sandbox.vitally import Syncer
from sfvtui.sandbox.world import Person, World, demo, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

VALUES = tuple[str, str]


@pytest.fixture(scope="module")
def world() -> World:
    return demo()


def bound(world: World) -> BoundMapping:
    def described(name: str) -> Any:
        return world.org.objects[name].body("v62.0")

    account = parse_describe(described("Account"))
    return bind(world.mapping, parse_describe(described("Contact"), [account]))


def value(world: World, record: str, path: str) -> Any:
    """A stored value, also through AccountId."""
    first, dot, inner = path.partition(".")
    if not dot:
        return world.org.value(record, path)
    parent = world.org.value(record, f"{first}Id")
    return world.org.value(parent, inner) if parent else None


def sides(world: World, mapping: BoundMapping, record: str, user: str) -> dict[str, VALUES]:
    """Both canonical values of every pair of a link."""
    body = world.workspace.body(world.workspace.users[user])
    found = {}
    for pair in mapping.pairs:
        trait = pair.pair.trait
        theirs = body[trait] if pair.pair.is_attribute else body["traits"].get(trait)
        ours = canonical(pair.field, value(world, record, pair.name))
        found[pair.name] = (ours, pair.from_vitally(theirs))
    return found


def decisions(
    world: World, mapping: BoundMapping, links: Iterable[Person], base: dict[str, dict[str, VALUES]]
) -> dict[str, dict[str, Decision]]:
    """What the reconcile table says of every pair of these links, by record and field."""
    found = {}
    for link in links:
        assert link.record and link.user
        now = sides(world, mapping, link.record, link.user)
        before = base.get(link.record, {})
        found[link.record] = {
            pair.name: decide(
                pair.pair,
                pair.field,
                Sides(*now[pair.name], before[pair.name][0] if before else None),
            )
            for pair in mapping.pairs
        }
    return found


def matched(world: World) -> dict[str, tuple[str, str | None]]:
    """Every record's state by an independent reading of the rules, and its user."""
    rows = list(world.org.table("Contact"))
    keys = Counter(row.get("Product_User_Id__c") for row in rows)
    users: dict[str, list[str]] = {}
    for user in world.workspace.users.values():
        users.setdefault(user.external_id.strip(" \t\r\n"), []).append(user.id)
    accounts = Counter(
        account.traits["sfdc.Id"][:15]
        for account in world.workspace.accounts.values()
        if "sfdc.Id" in account.traits
    )
    found: dict[str, tuple[str, str | None]] = {}
    for row in rows:
        key = row.get("Product_User_Id__c")
        having = users.get(key, []) if key else []
        if key and (keys[key] > 1 or len(having) > 1):
            state: tuple[str, str | None] = ("ambiguous", None)
        elif having:
            state = ("linked", having[0])
        elif "vp" not in (row.get("Title") or "").lower():
            state = ("outside_filter", None)
        elif key and accounts[(row.get("AccountId") or "")[:15]] == 1:
            state = ("unmatched", None)
        else:
            state = ("held", None)
        found[row["Id"]] = state
    return found


# ---- what is in it


def test_the_same_seed_makes_the_same_world(world: World) -> None:
    def told(of: World) -> Any:
        titles = [row.get("Title") for row in of.org.table("Contact")]
        return of.stories, titles, [u.traits for u in of.workspace.users.values()]

    assert told(demo()) == told(world)
    assert told(demo(seed=2)) != told(world)


def test_it_has_the_size_that_was_asked_for(world: World) -> None:
    assert len(world.org.rows["Contact"]) == 300
    assert len(world.workspace.users) == 250
    assert len(world.workspace.accounts) == 40
    assert len(demo(records=700).org.rows["Contact"]) == 700
    assert not world.org.writes and not world.workspace.writes


def test_every_state_occurs_as_its_story_says(world: World) -> None:
    found = matched(world)
    assert Counter(state for state, _ in found.values()) == world.states()
    assert set(world.states()) == {"linked", "ambiguous", "outside_filter", "held", "unmatched"}
    for story, told in world.stories.items():
        for person in told:
            if person.record:
                state, user = found[person.record]
                assert state == story.split(",")[0], story
                if state == "linked":
                    assert user == person.user


def test_the_mapping_has_a_pair_of_every_type(world: World) -> None:
    types = {pair.field.type for pair in bound(world).pairs}
    assert types >= set(FieldType) - {FieldType.UNSUPPORTED, FieldType.ENCRYPTED}
    editable = {pair.field.type for pair in bound(world).pairs if pair.pair.editable}
    assert editable >= {FieldType.STRING, FieldType.MULTIPICKLIST, FieldType.BOOLEAN}
    for pair in bound(world).pairs:
        assert pair.field.updateable or not pair.pair.editable


def test_a_first_sync_writes_a_modest_number_of_changes(world: World) -> None:
    links = [p for s, told in world.stories.items() if s.startswith("linked") for p in told]
    found = decisions(world, bound(world), links, {})
    acts = {
        record: {decision.act for decision in by_field.values()}
        for record, by_field in found.items()
    }
    updates = [record for record, kinds in acts.items() if Act.TO_VITALLY in kinds]
    assert 10 <= len(updates) <= 40
    assert not any(Act.TO_SALESFORCE in kinds for kinds in acts.values())
    assert set(updates) == set(
        world.records("linked, title differs")
        + world.records("linked, phone differs")
        + world.records("linked, trait missing")
        + world.records("linked, tags differ")
        + world.records("linked, checkbox")
        + world.records("linked, number with")
    )
    conflicts = [record for record, kinds in acts.items() if Act.CONFLICT in kinds]
    assert conflicts == world.records("linked, blank in Salesforce")[:2]
    stays = [record for record, kinds in acts.items() if Act.STAY in kinds]
    assert stays == world.records("linked, blank in Salesforce and never copied")


def test_values_in_other_forms_are_equal(world: World) -> None:
    mapping = bound(world)
    links = world.stories["linked, other forms"]
    for by_field in decisions(world, mapping, links, {}).values():
        assert {decision.act for decision in by_field.values()} == {Act.AGREE}
    raw = [
        world.workspace.users[link.user].traits.get("sfdc.Tags__c") for link in links if link.user
    ]
    assert "Beta;Champion" in raw


def test_those_who_look_alike_are_the_ones_that_are_meant(world: World) -> None:
    def account_of(record: str) -> frozenset[str]:
        company = next(c for c in world.companies if c.id == value(world, record, "AccountId"))
        return frozenset(company.accounts)

    ready = world.records("unmatched")
    records = [
        LikePerson(
            record,
            value(world, record, "Name"),
            value(world, record, "Email"),
            account_of(record),
        )
        for record in ready
    ]
    users = [
        LikePerson(u.id, u.name or "", u.email or "", frozenset(u.account_ids))
        for u in world.workspace.users.values()
    ]
    alike = {
        one.who
        for one in records
        for other in (*users, *records)
        if one.who != other.who and compare(one, other)
    }
    assert alike == set(
        world.records("unmatched, same e-mail")
        + world.records("unmatched, near name")
        + world.records("unmatched, two of a near name")
    )


def test_hostile_text_of_every_kind_is_stored_as_it_is(world: World) -> None:
    for what, first, last, title in people.HOSTILE:
        (record,) = [r for s in world.stories for r in world.records(s) if s.endswith(f": {what}")]
        assert value(world, record, "FirstName") == first
        assert value(world, record, "LastName") == last
        assert title.strip() in value(world, record, "Title")
    linked = world.users("linked, hostile text")
    names = {world.workspace.users[user].name for user in linked}
    assert any("\x1b]0;" in name for name in names if name)


def test_one_customer_has_left_and_has_people_of_both_kinds(world: World) -> None:
    churned = [a for a in world.workspace.accounts.values() if a.churned is not None]
    assert len(churned) == 1
    for user in world.users("linked, account churned"):
        assert world.workspace.users[user].account_ids == (churned[0].id,)
    assert len(world.records("unmatched, account churned")) == 1


def test_users_may_have_several_accounts_another_one_or_none(world: World) -> None:
    counts = [
        len(world.workspace.users[user].account_ids)
        for story in ("linked, several accounts", "linked, other account")
        for user in world.users(story)
    ]
    assert counts == [2, 2, 2, 1, 0]


# ---- the second day


@pytest.fixture(scope="module")
def later() -> tuple[World, dict[str, dict[str, Decision]]]:
    """A world after its second day, and the decisions over bases agreed on the first."""
    world = demo(seed=3)
    mapping = bound(world)
    links = list(world.stories["linked"])
    base = {
        link.record: sides(world, mapping, link.record, link.user)
        for link in links
        if link.record and link.user
    }
    world.second_day()
    alive = [
        link
        for link in links
        if link.user in world.workspace.users and link.record in world.org.rows["Contact"]
    ]
    return world, decisions(world, mapping, alive, base)


@pytest.mark.parametrize("records", [0, 60, 150])
def test_the_smallest_world_has_its_second_day_too(records):
    small = demo(records)
    assert small.users("linked")
    small.second_day()
    assert small.records("then, changed in Salesforce")


@pytest.mark.parametrize(
    ("story", "field", "act", "kind"),
    [
        ("changed in Salesforce", "Title", "to_vitally", None),
        ("changed in Vitally", "Title", "to_salesforce", None),
        ("changed in Vitally, not editable", "Last_QBR__c", "to_vitally", None),
        ("changed to the same on both sides", "Title", "agree", None),
        ("changed to the same by its other name", "Role__c", "agree", None),
        ("title changed on both sides", "Title", "conflict", "both-changed"),
        ("tags changed on both sides", "Tags__c", "conflict", "both-changed"),
        ("notes changed on both sides", "Notes__c", "conflict", "both-changed"),
        ("changed on both sides, settled by salesforce", "NPS__c", "to_vitally", None),
        ("blanked in Salesforce", "Title", "to_vitally", None),
        ("blanked in Vitally", "Title", "conflict", "blank"),
        ("e-mail blanked in Salesforce, which is never copied", "Email", "stay", None),
    ],
)
def test_a_days_work_reaches_every_row_of_the_table(
    later: tuple[World, dict[str, dict[str, Decision]]],
    story: str,
    field: str,
    act: str,
    kind: str | None,
) -> None:
    world, found = later
    people_of_story = world.stories[f"then, {story}"]
    assert people_of_story
    for person in people_of_story:
        decision = found[str(person.record)][field]
        assert (decision.act, decision.kind) == (act, kind), decision.why


def test_a_days_work_deletes_merges_and_moves(
    later: tuple[World, dict[str, dict[str, Decision]]],
) -> None:
    world, _ = later
    contacts = world.org.rows["Contact"]
    (deleted,) = world.records("then, deleted in Salesforce")
    (purged,) = world.records("then, deleted without a trace")
    (unshared,) = world.records("then, no longer shared")
    assert contacts[deleted]["IsDeleted"]
    assert purged not in contacts
    assert world.org.seen(unshared) is None
    (winner,) = world.records("then, merged, the winner")
    (loser,) = world.records("then, merged, the loser")
    assert contacts[loser]["MasterRecordId"] == winner
    (taker,) = world.records("then, merged into a record without a link")
    assert any(row.get("MasterRecordId") == taker for row in contacts.values())
    (gone,) = world.users("then, user deleted")
    (marked,) = world.users("then, user marked")
    assert gone not in world.workspace.users
    assert world.workspace.users[marked].delete_on is not None
    (signed_up,) = world.stories["then, an unmatched record's user signed up"]
    assert matched(world)[str(signed_up.record)] == ("linked", signed_up.user)
    assert matched(world)[world.records("then, held no longer")[0]][0] == "unmatched"


# ---- the second syncer


def test_vitallys_own_sync_overwrites_sfdc_traits_and_leaves_nulls() -> None:
    world = demo(seed=4)
    syncer = Syncer(fields=("Title", "Tags__c", "Last_Seen__c", "Account.Name"), epoch=True)
    assert syncer.run(world.org, world.workspace) > 0
    assert syncer.run(world.org, world.workspace) == 0
    (link,) = world.stories["linked, title differs"][:1]
    user = world.workspace.users[str(link.user)]
    assert user.traits["sfdc.Title"] == value(world, str(link.record), "Title")
    blank = next(p for p in world.stories["linked, blank in Salesforce"] if p.record)
    assert world.workspace.users[str(blank.user)].traits["sfdc.Title"] is None
    assert {write.by for write in world.workspace.writes} == {"syncer"}
    assert isinstance(
        next(
            stamp
            for u in world.workspace.users.values()
            if (stamp := u.traits.get("sfdc.Last_Seen__c"))
        ),
        int,
    )


def test_vitallys_own_sync_brings_deleted_users_back() -> None:
    world = demo(seed=4)
    user = world.users("linked")[-1]
    world.workspace.delete_user(user, immediately=True)
    Syncer().run(world.org, world.workspace)
    assert user not in world.workspace.users
    Syncer(creates=True).run(world.org, world.workspace)
    assert user in world.workspace.users
    ready = world.records("unmatched")[0]
    assert world.workspace.user(value(world, ready, "Product_User_Id__c")) is not None


# ---- large worlds


def test_a_large_world_is_plain_and_links_by_id() -> None:
    world = plain(records=5_000, differing=0.02)
    found = matched(world)
    assert Counter(state for state, _ in found.values())["linked"] == 4_166
    mapping = bound(world)
    links = [Person(record, user) for record, (state, user) in found.items() if state == "linked"]
    by_record = decisions(world, mapping, links, {})
    differing = [
        record
        for record, by_field in by_record.items()
        if {d.act for d in by_field.values()} != {Act.AGREE}
    ]
    assert 40 <= len(differing) <= 130
    assert all(by_record[record]["Title"].act is Act.TO_VITALLY for record in differing)
    fresh = world.org.create("Contact", {"LastName": "New"})
    assert len(world.org.rows["Contact"]) == 5_001
    assert fresh not in found
