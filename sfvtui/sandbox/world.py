"""Worlds for the sandbox: a seeded demo in which everything occurs, and large plain ones."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sfvtui.domain.lookalikes import name_key, near_names
from sfvtui.sandbox import demo_config, demo_later, demo_people, people, plain_world
from sfvtui.sandbox.salesforce.clock import Clock
from sfvtui.sandbox.salesforce.org import Org
from sfvtui.sandbox.vitally import Workspace
from sfvtui.sandbox.vitally.models import milliseconds
from sfvtui.sandbox.vitally.syncer import Syncer, vitally_value

if TYPE_CHECKING:
    from collections.abc import Mapping as MappingOf
    from collections.abc import Sequence
    from datetime import datetime

    from sfvtui.domain.mapping import Mapping


@dataclass(frozen=True)
class Company:
    """A company: its Salesforce Id, and its Vitally accounts by Vitally id (none, one, several)."""

    name: str
    id: str
    accounts: tuple[str, ...]
    domain: str


@dataclass(frozen=True)
class Person:
    """Somebody of the story: the record's Id, the user's Vitally id, or both."""

    record: str | None = None
    user: str | None = None


class World:
    """An org and a workspace, and the story of who is in them and why.

    `stories` says of everybody what they are there for. A story's first word is the state that the
    record has after the first pull (`linked, other formats`), `user` for users without a record,
    or `then` for what `second_day` did.
    """

    def __init__(self, seed: int = 1, clock: Clock | None = None) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.clock = clock or Clock()
        self.org = Org(clock=self.clock)
        self.workspace = Workspace(clock=self.clock, seed=seed)
        self.companies: list[Company] = []
        self.stories: dict[str, list[Person]] = {}
        self.mapping: Mapping = demo_config.demo_mapping()
        self.mapping_toml = demo_config.MAPPING_TOML
        self._began = self.clock()
        self._names: dict[str, list[str]] = {}

    # ---- asking

    def records(self, story: str) -> list[str]:
        """The record Ids of everybody whose story begins so."""
        return [p.record for s, p in self._told() if s.startswith(story) and p.record]

    def users(self, story: str) -> list[str]:
        """The Vitally ids of the users of everybody whose story begins so."""
        return [p.user for s, p in self._told() if s.startswith(story) and p.user]

    def states(self) -> dict[str, int]:
        """How many records have which state after the first pull with the demo mapping."""
        found = Counter(story.split(",")[0] for story, p in self._told() if p.record)
        return {state: n for state, n in found.items() if state != "then"}

    def clean(self, count: int) -> list[Person]:
        """That many linked people with equal values and no other story; each is given once."""
        left = self.stories["linked"]
        if count > len(left):
            raise ValueError(f"only {len(left)} plainly linked people are left")
        taken, self.stories["linked"] = left[-count:], left[:-count]
        return taken

    def _told(self) -> list[tuple[str, Person]]:
        return [(story, person) for story, people in self.stories.items() for person in people]

    # ---- making

    def tell(self, story: str, record: str | None = None, user: str | None = None) -> Person:
        """Note somebody under a story."""
        person = Person(record, user)
        self.stories.setdefault(story, []).append(person)
        return person

    def ago(self, days: float, spread: float = 0) -> datetime:
        """A moment so many days (and up to `spread` more) before the world began."""
        back = days + self.random.random() * spread
        return (self._began - timedelta(days=back)).replace(microsecond=0)

    def company(
        self,
        name: str,
        *,
        accounts: int = 1,
        industry: str = "Technology",
        short_id: bool = False,
    ) -> Company:
        """A company in Salesforce with so many Vitally accounts that hold its Id."""
        made = self.ago(600, 300)
        id_ = self.org.create(
            "Account",
            {"Name": name, "Industry": industry, "Type": "Customer - Direct"},
            CreatedDate=made,
            LastModifiedDate=made,
            SystemModstamp=made,
        )
        ids = []
        for copy in range(accounts):
            number = 1000 + len(self.workspace.accounts)
            account = self.workspace.create_account(
                f"acct-{number}",
                name if copy == 0 else f"{name} ({copy + 1})",
                traits={"sfdc.Id": id_[:15] if short_id else id_, "plan": "pro"},
                at=milliseconds(self.ago(500, 80)),
            )
            ids.append(account.id)
        slug = "".join(c for c in name.lower() if c.isascii() and c.isalnum())
        company = Company(name, id_, tuple(ids), f"{slug}.example")
        self.companies.append(company)
        return company

    def new_name(self, company: Company) -> tuple[str, str]:
        """A first and last name that is like no other in the company."""
        taken = self._names.setdefault(company.id, [])
        while True:
            first, last = people.name(self.random)
            key = name_key(f"{first} {last}")
            if not any(near_names(key, other) for other in taken):
                taken.append(key)
                return first, last

    def contact(self, company: Company | None, values: MappingOf[str, Any]) -> str:
        """A contact with these fields, made some time ago; returns its Id."""
        made = self.ago(250, 200)
        changed = self.ago(2, 200)
        return self.org.create(
            "Contact",
            {"AccountId": company.id if company else None, **values},
            CreatedDate=made,
            LastModifiedDate=changed,
            SystemModstamp=changed,
        )

    def user(
        self,
        external_id: str,
        *,
        like: str | None = None,
        accounts: Sequence[str] = (),
        name: str | None = None,
        email: str | None = None,
        traits: MappingOf[str, Any] | None = None,
    ) -> str:
        """A user, with the values of the record `like` where given; returns its Vitally id.

        `traits` come over those values; null leaves one out.
        """
        held = dict(self.mirrored(like)) if like else {}
        name = held.pop("name", None) if name is None else name
        email = held.pop("email", None) if email is None else email
        held |= traits or {}
        user = self.workspace.create_user(
            external_id,
            accounts=accounts,
            name=name,
            email=email,
            traits={key: value for key, value in held.items() if value is not None},
            at=milliseconds(self.ago(1, 200)),
        )
        return user.id

    def mirrored(self, record: str) -> dict[str, Any]:
        """What a user holds that is equal to the record by the mapping: trait or attribute."""
        found: dict[str, Any] = {}
        for pair in self.mapping.pairs:
            value = vitally_value(self.org, record, pair.field)
            found[pair.trait] = pair.values.get(value, value) if pair.values else value
        return found

    # ---- what happens later

    def second_day(self) -> None:
        """Let a day's work happen on both sides, after a first sync: see demo_later.py."""
        demo_later.second_day(self)

    def resync(self, *fields: str, creates: bool = False) -> int:
        """Vitally's own Salesforce sync runs once beside us; how many users it wrote.

        `fields` are Salesforce fields (default Title and Phone); `creates`: it also makes users,
        and brings deleted ones back.
        """
        syncer = Syncer(fields=fields or ("Title", "Phone"), creates=creates)
        return syncer.run(self.org, self.workspace)

    def change_both(self, person: Person, field: str, salesforce: Any, vitally: Any) -> None:
        """Change one pair of a link on both sides, in each side's own terms."""
        self.change_salesforce(person, field, salesforce)
        self.change_vitally(person, field, vitally)

    def change_salesforce(self, person: Person, field: str, value: Any) -> None:
        """A colleague changes a field of the record."""
        if person.record is None:
            raise ValueError("nobody's record")
        self.org.update(person.record, {field: value})

    def change_vitally(self, person: Person, field: str, value: Any) -> None:
        """Somebody changes the pair's trait or attribute of the user."""
        pair = self.mapping.pair(field)
        if person.user is None or pair is None:
            raise ValueError("nobody's user, or no pair")
        if pair.is_attribute:
            self.workspace.update_user(person.user, **{pair.trait: value})
        else:
            self.workspace.update_user(person.user, traits={pair.trait: value})

    def forget_writes(self) -> None:
        """Empty both logs of writes: what follows is what somebody else wrote."""
        self.org.writes.clear()
        self.workspace.writes.clear()


def demo(records: int = 300, seed: int = 1, clock: Clock | None = None) -> World:
    """The demo world: about five users for six records, the same for the same seed.

    Fewer than some 140 records are not possible: everything that can occur, the second day too,
    takes that many.
    """
    world = World(seed, clock)
    demo_people.populate(world, records)
    world.workspace.custom_fields = demo_people.custom_fields(world)
    world.forget_writes()
    return world


def plain(
    records: int = 100_000,
    *,
    users: int | None = None,
    differing: float = 0.01,
    seed: int = 1,
    clock: Clock | None = None,
) -> World:
    """A large world made quickly: `users` (default five of six records) are linked by id.

    `differing` is the share of the links of which a title differs. Its mapping has ten pairs.
    """
    world = World(seed, clock)
    world.mapping_toml = plain_world.MAPPING_TOML
    world.mapping = plain_world.mapping()
    plain_world.populate(world, records, records * 5 // 6 if users is None else users, differing)
    world.forget_writes()
    return world
