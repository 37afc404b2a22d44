"""Large worlds without stories, made quickly: for measuring."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sfvtui.config import parse_mapping
from sfvtui.sandbox import people
from sfvtui.sandbox.salesforce.clock import stamp
from sfvtui.sandbox.vitally import User
from sfvtui.sandbox.vitally.models import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sfvtui.domain.mapping import Mapping
    from sfvtui.sandbox.world import World

MAPPING_TOML = """\
[mapping]
object = "Contact"
scope = ''

[mapping.match]
by = "external-id"
field = "Product_User_Id__c"

[mapping.create]
allowed = true
filter = 'Title contains "VP"'

[mapping.account]
field = "AccountId"
equals = "sfdc.Id"
""" + "".join(
    f'\n[[mapping.fields]]\nfield = "{field}"\n{more}'
    for field, more in (
        ("Title", "editable = true\n"),
        ("Phone", "editable = true\n"),
        ("Name", 'trait = "name"\n'),
        ("Email", 'trait = "email"\n'),
        ("NPS__c", "editable = true\n"),
        ("Last_QBR__c", ""),
        ("Tags__c", "editable = true\n"),
        ("Opted_In__c", "editable = true\n"),
        ("Last_Seen__c", ""),
        ("Logins__c", ""),
    )
)

_BATCH = 10_000


def mapping() -> Mapping:
    """The mapping of MAPPING_TOML: ten pairs."""
    return parse_mapping(MAPPING_TOML)


def populate(world: World, records: int, users: int, differing: float) -> None:
    """Contacts and users that match by number; users beyond the records stand alone.

    Rows are put where the servers keep them, without the checks and triggers of a save.
    """
    for number in range(max(1, min(2_000, records // 25))):
        world.company(f"Company {number}")
    rows = world.org.rows["Contact"]
    stamps = _stamps()
    for number in range(records):
        row = _row(world, number, stamps[number % len(stamps)])
        rows[row["Id"]] = row
    for start in range(0, users, _BATCH):
        numbers = range(start, min(start + _BATCH, users))
        world.workspace.load(_users(world, numbers, records, differing))


def _stamps() -> list[str]:
    """Seconds of the past year: many rows share one, as after bulk loads."""
    begin = datetime(2025, 11, 1, tzinfo=UTC)
    return [stamp(begin + timedelta(seconds=61 * n)) for n in range(50_000)]


def _person(number: int) -> tuple[str, str]:
    first = people.FIRST_NAMES[number % len(people.FIRST_NAMES)]
    last = people.LAST_NAMES[number // len(people.FIRST_NAMES) % len(people.LAST_NAMES)]
    return first, last


def _title(number: int) -> str:
    titles = people.VP_TITLES if number % 10 == 0 else people.OTHER_TITLES
    return f"{titles[number % len(titles)]} {number % 997}"


def _tags(number: int) -> list[str]:
    return [tag for place, tag in enumerate(people.TAGS) if number >> place & 1]


def _row(world: World, number: int, at: str) -> dict[str, Any]:
    first, last = _person(number)
    return {
        "Id": world.org.next_id(world.org.objects["Contact"]),
        "IsDeleted": False,
        "MasterRecordId": None,
        "AccountId": world.companies[number % len(world.companies)].id,
        "FirstName": first,
        "LastName": last,
        "Name": f"{first} {last}",
        "Email": f"person.{number}@company.example",
        "Title": _title(number),
        "Phone": f"+1 555 {number:07d}",
        "Product_User_Id__c": f"p{number}",
        "NPS__c": None if number % 7 == 0 else Decimal(number % 11),
        "Last_QBR__c": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "Tags__c": ";".join(_tags(number)) or None,
        "Opted_In__c": number % 3 == 0,
        "Last_Seen__c": f"2026-0{number % 9 + 1}-11T{number % 24:02d}:00:00.000+0000",
        "Logins__c": number % 2_000,
        "OwnerId": world.org.colleague_id,
        "CreatedDate": at,
        "CreatedById": world.org.colleague_id,
        "LastModifiedDate": at,
        "LastModifiedById": world.org.colleague_id,
        "SystemModstamp": at,
    }


def _users(world: World, numbers: range, records: int, differing: float) -> Iterator[User]:
    random = world.random
    begin = milliseconds(datetime(2025, 11, 1, tzinfo=UTC))
    for number in numbers:
        first, last = _person(number)
        company = world.companies[number % len(world.companies)]
        differs = number < records and random.random() < differing
        at = begin + number * 29
        traits: dict[str, Any] = {
            "sfdc.Title": "Somebody" if differs else _title(number),
            "sfdc.Phone": f"+1 555 {number:07d}",
            "sfdc.NPS__c": None if number % 7 == 0 else number % 11,
            "sfdc.Last_QBR__c": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            "sfdc.Tags__c": _tags(number),
            "sfdc.Opted_In__c": number % 3 == 0,
            "sfdc.Last_Seen__c": f"2026-0{number % 9 + 1}-11T{number % 24:02d}:00:00.000Z",
            "sfdc.Logins__c": number % 2_000,
        }
        yield User(
            id=str(uuid.UUID(int=random.getrandbits(128), version=4)),
            external_id=f"p{number}",
            created=at,
            updated=at,
            name=f"{first} {last}",
            email=f"person.{number}@company.example",
            traits=traits,
            account_ids=company.accounts,
        )
