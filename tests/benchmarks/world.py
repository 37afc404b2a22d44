"""A world of any size, written fast: what both services answer, page by page, as bytes in files.

Everybody is a function of a number, so that nothing but one page is ever held. Nine of ten records
have a user and nine of ten users a record; a hundredth of the pairs' titles differ. Names are
composed of syllables, so that they are as many, and as unlike each other, as people's are.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sfvtui.config import parse_mapping
from sfvtui.domain.bound import bind
from sfvtui.domain.fields import parse_describe
from sfvtui.sandbox import people, plain_world
from sfvtui.sandbox.salesforce.ids import make_id
from sfvtui.sandbox.salesforce.org import Org
from sfvtui.sync import pull_salesforce
from tests.benchmarks.packed import pack

FILTER = "filter = 'Title contains \"VP\"'"
WIDER = (
    "FirstName is not blank and LastName is not blank and Role__c is not blank"
    " and Region__c is not blank and Channel__c is not blank and Spend__c >= 0 and Discount__c >= 0"
)
MAPPING_TOML = plain_world.MAPPING_TOML.replace(FILTER, f"{FILTER[:-1]} and {WIDER}'")
"""Ten pairs; the filter for creations makes it 25 fields that are read of each record."""

RECORDS_A_PAGE, USERS_A_PAGE, ACCOUNTS_A_PAGE, BULK_PAGE = 2000, 100, 100, 10_000
MOVED = 1000
"""How many of each side change, for an incremental pull."""

BEGIN, STEP, STAMPS = datetime(2023, 1, 1, tzinfo=UTC), timedelta(minutes=10), 50_000
MOVED_AT = "2024-03-01T09:00:00"
"""Stamps: a year's, ten minutes apart, in the order of the numbers; and one of all that moved."""


def _words(text: str, between: str = " ") -> tuple[str, ...]:
    return tuple(text.split(between))


STARTS = _words(
    "Al An Ar Ba Bel Ber Bran Car Chan Cor Dal Dom Du El Fer Fon Gar Gol Ham Har Hol Ib Jan Kal Kov"
    " Lan Lind Lo Mar Mon Mur Nor Os Pet Ram Ros San Sten Tor Val Wil Zim"
)
MIDDLES = _words(
    "a an ar be bu ci da de di du e el en er fa ga go he i in ja ka ke la le li lo ma me mi mo na ne"
    " ni no o ol on or ra"
)
ENDS = _words(
    "berg by ck dale den dez do don dou ev fors gard ges ham hoff ic in kin ko ler ley lund mann mi"
    " nen ner no nov ov quist rez ri rs sen ska son stein ton tti ux"
)
TEAMS = _words(
    "Platform|Payments|Growth|Data|Security|Mobile|Billing|Search|Risk|Partners|Field|Europe|Asia"
    "|Mid-market|Enterprise|Public Sector|Healthcare|Retail|Energy|Insight|Launch|Quality|Tools",
    "|",
)
TITLES = (*people.VP_TITLES[:2], *people.OTHER_TITLES, *people.OTHER_TITLES[1:])
OWNER = make_id("005", 1)


def mixed(number: int, salt: int) -> int:
    """32 bits that look random; for one salt no two numbers below 2**32 have the same."""
    x = (number * 2654435761 + salt * 0x9E3779B1) & 0xFFFFFFFF
    x ^= x >> 16
    x = (x * 0x45D9F3B) & 0xFFFFFFFF
    return x ^ (x >> 16)


def name_of(number: int) -> tuple[str, str]:
    """First and last name."""
    x = mixed(number, 1)
    last = STARTS[x % 42] + MIDDLES[(x >> 6) % 40] + ENDS[(x >> 12) % 40]
    return people.FIRST_NAMES[(x >> 18) % len(people.FIRST_NAMES)], last


class World:
    """`size` records, as many users, an account for each twenty-five."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.accounts = max(1, size // 25)
        self.linked = size * 9 // 10
        self.describe = Org().objects["Contact"]._describe
        bound = bind(parse_mapping(MAPPING_TOML), parse_describe(self.describe))
        self.columns = pull_salesforce.columns(bound)
        if bound.modifier_name:
            self.columns.append(bound.modifier_name)
        self._paths = [(name, name.partition(".")) for name in self.columns]
        self._stamps = [(BEGIN + n * STEP).strftime("%Y-%m-%dT%H:%M:%S") for n in range(STAMPS)]
        step = max(1, self.linked // MOVED)
        self.moved = [n * step for n in range(min(MOVED, self.linked))]
        """The numbers of the records that move, and of the users; half of them are a pair."""

    def stamp(self, number: int) -> str:
        """When it was last changed, without fraction and zone."""
        return self._stamps[number * STAMPS // self.size]

    @property
    def newest(self) -> str:
        """The newest stamp before anything moved."""
        return self.stamp(self.size - 1)

    # --- Salesforce

    def record(self, number: int, *, moved: bool = False) -> dict[str, str]:
        """A record's values as JSON texts."""
        x, y = mixed(number, 2), mixed(number, 3)
        first, last = name_of(number)
        at = MOVED_AT if moved else self.stamp(number)
        return {
            "Id": f'"{make_id("003", number + 1)}"',
            "IsDeleted": "false",
            "MasterRecordId": "null",
            "AccountId": f'"{make_id("001", number % self.accounts + 1)}"',
            "FirstName": f'"{first}"',
            "LastName": f'"{last}"',
            "Name": f'"{first} {last}"',
            "Email": f'"{self.email(number, last)}"',
            "Title": f'"{self.title(number)}{", moved" if moved else ""}"',
            "Phone": f'"{self.phone(number)}"',
            "Product_User_Id__c": f'"u{mixed(number, 5):08x}"',
            "NPS__c": "null" if x % 7 == 0 else f"{x % 11}.0",
            "Last_QBR__c": f'"2023-{x % 12 + 1:02d}-{y % 28 + 1:02d}"',
            "Tags__c": f'"{";".join(self.tags(number))}"' if x & 15 else "null",
            "Opted_In__c": "true" if y & 1 else "false",
            "Last_Seen__c": f'"2023-0{x % 9 + 1}-11T{y % 24:02d}:{x % 60:02d}:00.000+0000"',
            "Logins__c": str(y % 2000),
            "Role__c": f'"{people.ROLES[x % 3]}"',
            "Region__c": f'"{people.REGIONS[y % 3]}"',
            "Channel__c": f'"{people.CHANNELS[y % 2]}"',
            "Spend__c": f"{x % 900_000}.{y % 90 + 10}",
            "Discount__c": f"{y % 30}.{x % 10}",
            "LastModifiedDate": f'"{at}.000+0000"',
            "LastModifiedById": f'"{OWNER}"',
            "LastModifiedBy.Name": '"Kim Colleague"',
            "SystemModstamp": f'"{at}.000+0000"',
        }

    @staticmethod
    def email(number: int, last: str) -> str:
        return f"{last.lower()}.{number:x}@{STARTS[number % 42].lower()}{number % 997}.example"

    @staticmethod
    def title(number: int) -> str:
        x = mixed(number, 4)
        return f"{TITLES[x % len(TITLES)]}, {TEAMS[(x >> 8) % len(TEAMS)]}"

    @staticmethod
    def phone(number: int) -> str:
        x = mixed(number, 6)
        return f"+{x % 90 + 10} {x // 90 % 1000:03d} {x // 90_000 % 10_000:04d}"

    @staticmethod
    def tags(number: int) -> list[str]:
        x = mixed(number, 2) & 15
        return [tag for place, tag in enumerate(people.TAGS) if x >> place & 1]

    def as_json(self, record: dict[str, str]) -> str:
        """A record as a query's page shows it."""
        url = f"/services/data/v66.0/sobjects/Contact/{record['Id'][1:-1]}"
        values = ",".join(
            [
                f'"{parent}":{{"attributes":{{"type":"User"}},"{inner}":{record[name]}}}'
                if inner
                else f'"{name}":{record[name]}'
                for name, (parent, _, inner) in self._paths
            ]
        )
        return f'{{"attributes":{{"type":"Contact","url":"{url}"}},{values}}}'

    def as_csv(self, record: dict[str, str]) -> str:
        """A record as a Bulk page shows it: every value quoted, null empty, instants with a Z."""
        cells = [record[name] for name in self.columns]
        texts = ["" if cell == "null" else cell.strip('"') for cell in cells]
        return '"' + '","'.join(texts).replace("+0000", "Z") + '"\n'

    # --- Vitally

    def user(self, number: int, account: Callable[[int], str], *, moved: bool = False) -> str:
        """A user as JSON text: of the record of that number, or (from `linked` on) of nobody."""
        who = number if number < self.linked else number + self.size
        x, y = mixed(who, 2), mixed(who, 3)
        first, last = name_of(who)
        created = f"{self.stamp(number)}.{number % 1000:03d}Z"
        updated = f"{MOVED_AT}.{number % 1000:03d}Z" if moved else created
        title = "Somebody" if number % 100 == 37 else self.title(who)
        tags = "null" if not x & 15 else json.dumps(self.tags(who))
        return (
            f'{{"id":"{user_id(number)}","createdAt":"{created}","updatedAt":"{updated}",'
            f'"externalId":"u{mixed(who, 5):08x}","accounts":[{account(number % self.accounts)}],'
            f'"organizations":[],"name":"{first} {last}","email":"{self.email(who, last)}",'
            f'"avatar":null,"traits":{{"sfdc.Title":"{title}",'
            f'"sfdc.Phone":"{self.phone(who)}{" 99" if moved else ""}",'
            f'"sfdc.NPS__c":{"null" if x % 7 == 0 else x % 11},'
            f'"sfdc.Last_QBR__c":"2023-{x % 12 + 1:02d}-{y % 28 + 1:02d}","sfdc.Tags__c":{tags},'
            f'"sfdc.Opted_In__c":{"true" if y & 1 else "false"},'
            f'"sfdc.Last_Seen__c":"2023-0{x % 9 + 1}-11T{y % 24:02d}:{x % 60:02d}:00.000Z",'
            f'"sfdc.Logins__c":{y % 2000},"plan":"{("free", "team", "scale")[x % 3]}",'
            f'"vitally.custom.lastLogin":{1_600_000_000_000 + y},"seats":{x % 50}}},'
            f'"firstKnown":"{created}","lastSeenTimestamp":"{created}",'
            f'"lastInboundMessageTimestamp":null,"lastOutboundMessageTimestamp":null,'
            f'"npsLastScore":null,"npsLastFeedback":null,"npsLastRespondedAt":null,'
            f'"unsubscribedFromConversations":false,"unsubscribedFromConversationsAt":null,'
            f'"deactivatedAt":null,"segments":[],"joinDate":"{created}"}}'
        )

    def account(self, number: int) -> str:
        """An account as JSON text, as it stands inside a user."""
        x = mixed(number, 7)
        at = f"{self._stamps[number * STAMPS // self.accounts]}.000Z"
        name = f"{STARTS[x % 42]}{MIDDLES[(x >> 6) % 40]} {TEAMS[(x >> 12) % len(TEAMS)]} {number}"
        return (
            f'{{"id":"{account_id(number)}","createdAt":"{at}","updatedAt":"{at}",'
            f'"externalId":"c{number}","name":"{name}",'
            f'"traits":{{"sfdc.Id":"{make_id("001", number + 1)}","sfdc.Website":'
            f'"https://{x:x}.example","plan":"scale","sfdc.Industry":"Technology"}},'
            '"organizationId":null,"accountOwnerId":null,"mrr":null,"nextRenewalDate":null,'
            '"churnedAt":null,"firstSeenTimestamp":null,"lastSeenTimestamp":null,'
            '"lastInboundMessageTimestamp":null,"lastOutboundMessageTimestamp":null,'
            '"trialEndDate":null,"usersCount":25,"npsDetractorCount":0,"npsPassiveCount":0,'
            '"npsPromoterCount":0,"npsScore":null,"healthScore":null,"csmId":null,'
            '"accountExecutiveId":null,"segments":[]}'
        )


def user_id(number: int) -> str:
    """A user's Vitally id."""
    x, y = mixed(number, 8), mixed(number, 9)
    return f"{x:08x}-{y >> 16:04x}-4{y & 0xFFF:03x}-8{x >> 20:03x}-{x ^ y:08x}{number & 0xFFFF:04x}"


def account_id(number: int) -> str:
    """An account's Vitally id."""
    x = mixed(number, 10)
    return f"{x:08x}-acc0-4{x & 0xFFF:03x}-8000-{number:012x}"


# --- pages


def cursor(page: int) -> str:
    """Vitally's cursor of a page."""
    return urlsafe_b64encode(json.dumps({"sortValue": 0, "page": page}).encode()).decode()


def query_page(rows: list[str], total: int, following: int | None) -> bytes:
    """The body of a query's page; `following` is the next page's number."""
    address = f'"nextRecordsUrl":"/services/data/v66.0/query/{locator(following)}",'
    more = '"done":true,' if following is None else f'"done":false,{address}'
    return f'{{"totalSize":{total},{more}"records":[{",".join(rows)}]}}'.encode()


def locator(page: int | None) -> str:
    """The end of the address of a query's page."""
    return f"01gak0000000000AAA-{(page or 0) * RECORDS_A_PAGE}"


def list_page(rows: list[str], following: int | None) -> bytes:
    """The body of a page of one of Vitally's lists."""
    after = "null" if following is None else f'"{cursor(following)}"'
    end = "true" if following is None else "false"
    return f'{{"results":[{",".join(rows)}],"next":{after},"atEnd":{end}}}'.encode()


def _pages(
    rows: Iterable[str], total: int, size: int, body: Callable[[list[str], int | None], bytes]
) -> Iterator[bytes]:
    left = iter(rows)
    last = max(1, -(-total // size)) - 1
    for page in range(last + 1):
        taken = [row for _, row in zip(range(min(size, total - page * size)), left, strict=False)]
        yield body(taken, page + 1 if page < last else None)


def write_world(folder: Path, size: int) -> None:
    """Writes what both services answer of a world of this size; kept for the next benchmark."""
    done = folder / "world.json"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    world = World(size)
    (folder / "describe.json").write_text(json.dumps(world.describe))
    header = '"' + '","'.join(world.columns) + '"\n'
    if size < pull_salesforce.BULK_FROM:
        records = (world.as_json(world.record(n)) for n in range(size))
        pack(
            folder / "records",
            _pages(records, size, RECORDS_A_PAGE, lambda rows, more: query_page(rows, size, more)),
        )
    else:
        lines = (world.as_csv(world.record(n)) for n in range(size))
        pack(
            folder / "bulk",
            _pages(lines, size, BULK_PAGE, lambda rows, _: (header + "".join(rows)).encode()),
        )
    inside = [world.account(n) for n in range(world.accounts)]
    users = (world.user(n, inside.__getitem__) for n in reversed(range(size)))
    pack(folder / "users", _pages(users, size, USERS_A_PAGE, list_page))
    whole = (f'{text[:-1]},"keyRoles":[]}}' for text in reversed(inside))
    pack(folder / "accounts", _pages(whole, world.accounts, ACCOUNTS_A_PAGE, list_page))
    _write_moved(folder, world, inside)
    about = {"size": size, "newest": world.newest, "owner": OWNER}
    done.write_text(json.dumps(about))


def _write_moved(folder: Path, world: World, inside: list[str]) -> None:
    """What the lists of what moved show: the last rows of all, and after the move also those."""
    last = [n for n in range(max(0, world.size - 50), world.size) if world.stamp(n) == world.newest]
    calm = [world.as_json(world.record(n)) for n in last]
    moved = [world.as_json(world.record(n, moved=True)) for n in world.moved]
    pack(folder / "recent", [query_page(calm, len(calm), None)])
    pack(folder / "recent-moved", [query_page(moved + calm, len(moved + calm), None)])
    half = len(world.moved) // 2
    numbers = [n + (place >= half) for place, n in enumerate(world.moved)]
    users = [world.user(n, inside.__getitem__, moved=True) for n in reversed(numbers)]
    others = [n for n in range(max(0, world.size - USERS_A_PAGE), world.size) if n not in numbers]
    users += [world.user(n, inside.__getitem__) for n in reversed(others)]
    pack(folder / "users-moved", _pages(users, len(users), USERS_A_PAGE, list_page))
