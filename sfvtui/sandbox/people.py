"""What the sandbox's people and companies are made of: words, hostile ones included, and values."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from random import Random

    from sfvtui.sandbox.world import Company

FIRST_NAMES = [
    "Ada",
    "Ben",
    "Cy",
    "Dana",
    "Elif",
    "Farid",
    "Grace",
    "Hana",
    "Ivan",
    "Jun",
    "Kofi",
    "Lena",
    "Mateo",
    "Noor",
    "Olga",
    "Priya",
    "Quinn",
    "Rosa",
    "Sami",
    "Tove",
    "Uma",
    "Viktor",
    "Wen",
    "Ximena",
    "Yuki",
    "Zainab",
    "Amélie",
    "Björn",
    "Chloé",
    "Dženana",
    "Émile",
    "Füsun",
    "Gonçalo",
    "Håkon",
    "Íris",
    "Jürgen",
    "Kübra",
    "Łukasz",
    "Márton",
    "Naïm",
    "Øyvind",
    "Paweł",
    "Raúl",
    "Søren",
    "Þóra",
    "Ülle",
    "Vũ",
    "Zoë",
]

LAST_NAMES = [
    "Smith",
    "Jones",
    "Okafor",
    "Nakamura",
    "Silva",
    "Novak",
    "Haddad",
    "Fischer",
    "Rossi",
    "Larsen",
    "Kowalski",
    "Petrov",
    "Nguyen",
    "Garcia",
    "Müller",
    "Dubois",
    "Andersson",
    "O'Neill",
    "McKay",
    "Van-Dijk",
    "Öztürk",
    "Ünal",
    "Ångström",
    "Żak",
    "Çelik",
    "Šimek",
    "Lovelace",
    "Hopper",
    "Turing",
    "Knuth",
    "Liskov",
    "Hamilton",
    "Backus",
    "Perlis",
    "Wirth",
    "Hoare",
    "Dijkstra",
    "Thompson",
    "Ritchie",
    "Kernighan",
    "Lamport",
    "Tanenbaum",
    "Gosling",
    "Stroustrup",
    "Matsumoto",
    "Torvalds",
    "Berners",
    "Shannon",
    "Boole",
    "Babbage",
    "Ibarra",
    "Castellanos",
    "Oyelaran",
    "Mbeki",
    "Achebe",
    "Iyer",
    "Chaudhry",
    "Rahman",
    "Tanaka",
    "Watanabe",
    "Kim",
    "Park",
    "Choi",
]

COMPANIES = """Analytical Co|Northwind Traders|Globex|Initech|Umbrella Logistics|Hooli|Stark Fabrication
Wayne Shipping|Acme Rockets|Soylent Foods|Tyrell Optics|Cyberdyne Robotics|Wonka Sweets|Vandelay Imports
Duff Brewing|Oscorp Chemicals|Massive Dynamic|Blue Sun|Gringotts Finance|Ollivander Crafts|Monsters Energy
Pied Piper|Dunder Paper|Sterling Ads|Los Pollos|Bluth Homes|Prestige Sound|Kwik Retail|Nakatomi Trading
Weyland Mining|Aperture Labs|Black Mesa Research|Zorin Semiconductors|Virtucon|Spectre Travel|Rekall Holidays
Veridian Dynamics|Ziffcorp|Planet Express|Momcorp|Gizmonic Institute|Sirius Devices""".replace(
    "\n", "|"
).split("|")

INDUSTRIES = ("Technology", "Banking", "Retail", "Energy", "Manufacturing", "Healthcare")

VP_TITLES = (
    "VP Engineering",
    "VP Finance",
    "SVP Operations",
    "VP Customer Success",
    "EVP & General Counsel",
    "VP, Data",
    "Deputy VP of Sales",
)
OTHER_TITLES = (
    "Engineer",
    "Account Manager",
    "Head of Support",
    "Data Analyst",
    "Director of Product",
    "Office Manager",
    "Chief of Staff",
    "CTO",
    "Controller",
    "Designer",
)

REGIONS = ("EMEA", "APAC", "Americas")
ROLES = ("Decision Maker", "Economic Buyer", "End User")
TAGS = ("Champion", "Beta", "Admin", "Detractor")
CHANNELS = ("Call", "Mail")

NOTES = (
    "Asked for the quarterly numbers.",
    "Prefers mail.\nNever calls back on a Friday.",
    "Met at the users' day; wants single sign-on.",
)

#: Text that must be shown and never obeyed: what it is, first name, last name, title.
HOSTILE = (
    ("escape sequence", "Eve\x1b[31m", "Escape\x1b[0m", "Red \x1b[2J\x1b[H title"),
    ("terminal title", "Osc", "Title\x1b]0;owned\x07", "Bell \x07 and backspace \x08"),
    ("markup", "[red]Mark[/red]", "Up[/]", "[bold]VP[/bold] of [link=x]Links[/link]"),
    ("html", "<b>Hyper</b>", "&amp; Text", "<script>alert('VP')</script>"),
    ("right to left", "شيماء", "العربي", "نائب الرئيس"),
    ("bidi override", "\u202eadA\u202c", "\u2067Isolate\u2069", "\u202ereenignE\u202c"),
    ("emoji", "👩‍💻", "Zwj 🏳️‍🌈", "👨‍👩‍👧‍👦 Family office"),
    (
        "combining marks",
        "Z\u0351\u036b\u0343a\u030al\u0301g\u0310o\u0303",
        "E\u0301clair",
        "Cafe\u0301 lead",
    ),
    ("zero width", "Ze\u200bro", "Wid\u200dth\ufeff", "In\u2060visible"),
    ("full width", "全角", "デｰタ", "ＶＰ ｏｆ ｗｉｄｔｈ"),
    ("very long", "Bartholomew-Maximilian-Montgomery-Third", "L" * 80, "Vice " * 25),
    ("line ends", "New", "Line", "Two\nlines"),
    ("looks like a formula", "=1+1", "@SUM(A1)", "-2+3+cmd|' /C calc'!A0"),
    ("quotes", "Robert'); DROP TABLE", 'Quo"te', "\\backslash\\ 'n' \"quotes\""),
)


def name(random: Random) -> tuple[str, str]:
    """A first and a last name."""
    return random.choice(FIRST_NAMES), random.choice(LAST_NAMES)


def particulars(random: Random, day: date, account_id: str) -> dict[str, Any]:
    """Values for the fields of every other type, some of them blank; `day` is some past day."""
    seconds = random.randrange(86_400)
    values: dict[str, Any] = {
        "Phone": f"+{random.choice((1, 44, 49, 61, 81))} 555 {random.randrange(1_000, 9_999)}",
        "NPS__c": random.randrange(11),
        "Last_QBR__c": day,
        "Tags__c": ";".join(tag for tag in TAGS if random.random() < 0.4) or None,
        "Role__c": random.choice(ROLES),
        "Region__c": random.choice(REGIONS),
        "Spend__c": Decimal(random.randrange(10_000_000)) / 100,
        "Last_Seen__c": f"{day + timedelta(days=2)}T{_clock(seconds)}.000+0000",
        "Notes__c": random.choice(NOTES),
        "Logins__c": random.randrange(2_000),
        "Discount__c": Decimal(random.randrange(300)) / 10,
        "Profile__c": f"https://people.example/{random.randrange(100_000)}",
        "Channel__c": random.choice(CHANNELS),
        "Standup__c": _clock(seconds // 900 * 900) + ".000Z",
        "Sponsor__c": account_id,
        "Signature__c": "<p>With <b>kind</b> regards</p>",
    }
    kept = {field: value if random.random() > 0.15 else None for field, value in values.items()}
    return {**kept, "Opted_In__c": random.random() < 0.5}


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def email(first: str, last: str, company: Company, number: str | int) -> str:
    """An address at the company that nobody else has; `number` makes it so."""
    return f"{_ascii(first)}.{_ascii(last)}.{number}@{company.domain}"


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join(c for c in plain if c.isalnum()) or "x"
