"""The words that the sandbox's people and companies are made of, hostile ones included."""

from __future__ import annotations

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
