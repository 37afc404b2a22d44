"""The demo world's second day: what people do on both sides after a first sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfvtui.sandbox.world import Person, World


def second_day(world: World) -> None:
    """Change, blank, merge, delete and move; each act is a story that begins with `then`.

    Meant for a world whose links have their bases: after a first sync. Without one, what both
    sides changed is a first comparison and no conflict.
    """
    _changes(world)
    _conflicts(world)
    _blanks(world)
    _gone(world)
    _merged(world)
    _users(world)
    _companies(world)
    _arrivals(world)


def _then(world: World, what: str, person: Person) -> Person:
    return world.tell(f"then, {what}", person.record, person.user)


def _changes(world: World) -> None:
    for number, person in enumerate(world.clean(5)):
        world.change_salesforce(person, "Title", f"Promoted {number}")
        _then(world, "changed in Salesforce", person)
    for number, person in enumerate(world.clean(3)):
        world.change_vitally(person, "Title", f"Self-described {number}")
        _then(world, "changed in Vitally", person)
    for person in world.clean(2):
        world.change_vitally(person, "Last_QBR__c", "2020-02-29")
        _then(world, "changed in Vitally, not editable", person)
    for person in world.clean(1):
        world.change_both(person, "Title", "Agreed", "Agreed")
        _then(world, "changed to the same on both sides", person)
    for person in world.clean(1):
        # Role__c has a table of values: the same value by two names.
        world.change_both(person, "Role__c", "Decision Maker", "decision_maker")
        _then(world, "changed to the same by its other name", person)


def _conflicts(world: World) -> None:
    for number, person in enumerate(world.clean(2)):
        world.change_both(person, "Title", f"SVP Engineering {number}", f"CTO {number}")
        _then(world, "title changed on both sides", person)
    for person in world.clean(1):
        world.change_both(person, "Tags__c", "Beta;Admin", ["Detractor", "Beta", "Champion"])
        _then(world, "tags changed on both sides", person)
    for person in world.clean(1):
        text = "The first line stays.\nThe second one was written in {}.\nThe third stays too."
        world.change_both(person, "Notes__c", text.format("Salesforce"), text.format("Vitally"))
        _then(world, "notes changed on both sides", person)
    for field, salesforce, vitally, rule in (
        ("NPS__c", 3, 9, "salesforce"),
        ("Logins__c", 100, 200, "newest"),
    ):
        for person in world.clean(1):
            world.change_both(person, field, salesforce, vitally)
            _then(world, f"changed on both sides, settled by {rule}", person)


def _blanks(world: World) -> None:
    for person in world.clean(2):
        world.change_salesforce(person, "Title", None)
        _then(world, "blanked in Salesforce", person)
    for person in world.clean(2):
        world.change_vitally(person, "Title", None)
        _then(world, "blanked in Vitally", person)
    for person in world.clean(1):
        world.change_salesforce(person, "Email", None)
        _then(world, "e-mail blanked in Salesforce, which is never copied", person)


def _gone(world: World) -> None:
    deleted, purged, unshared = world.clean(3)
    for person, act, what in (
        (deleted, world.org.delete, "deleted in Salesforce"),
        (purged, world.org.hard_delete, "deleted without a trace"),
        (unshared, world.org.unshare, "no longer shared"),
    ):
        if person.record:
            act(person.record)
        _then(world, what, person)
    record = world.records("outside_filter")[-1]
    world.org.delete(record)
    world.tell("then, deleted without a link", record)


def _merged(world: World) -> None:
    winner = world.records("outside_filter")[-2]
    (loser,) = world.clean(1)
    if loser.record:
        world.org.merge(winner, loser.record)
    world.tell("then, merged into a record without a link", winner, loser.user)
    one, other = world.clean(2)
    if one.record and other.record:
        world.org.merge(one.record, other.record)
    _then(world, "merged, the winner", one)
    _then(world, "merged, the loser of two links", other)


def _users(world: World) -> None:
    gone, marked, renamed = world.clean(3)
    if gone.user and marked.user and renamed.record:
        world.workspace.delete_user(gone.user, immediately=True)
        world.workspace.delete_user(marked.user, immediately=False)
        world.org.update(renamed.record, {"Product_User_Id__c": "renamed-1"})
    _then(world, "user deleted", gone)
    _then(world, "user marked to be deleted", marked)
    _then(world, "match value changed", renamed)


def _companies(world: World) -> None:
    (moved,) = world.clean(1)
    if moved.record:
        world.org.update(moved.record, {"AccountId": world.companies[1].id})
    _then(world, "moved to another company", moved)
    world.org.update(world.companies[5].id, {"Name": "Renamed Holding", "Industry": "Energy"})
    world.workspace.churn(world.companies[6].accounts[0])


def _arrivals(world: World) -> None:
    company = world.companies[7]
    first, last = world.new_name(company)
    record = world.org.create(
        "Contact",
        {
            "FirstName": first,
            "LastName": last,
            "Title": "VP Growth",
            "AccountId": company.id,
            "Product_User_Id__c": "new-1",
            "Email": f"new.1@{company.domain}",
        },
    )
    world.tell("then, a new VP", record)
    # Somebody signs up whom the first pull found unmatched, and somebody takes a held one's place.
    waiting = world.stories["unmatched"][0].record
    if waiting:
        user = world.workspace.create_user(
            str(world.org.value(waiting, "Product_User_Id__c")),
            accounts=company.accounts,
            name=str(world.org.value(waiting, "Name")),
        )
        world.tell("then, an unmatched record's user signed up", waiting, user.id)
    held = world.records("held, no id")[0]
    world.org.update(held, {"Product_User_Id__c": "found-1"})
    world.tell("then, held no longer", held)
