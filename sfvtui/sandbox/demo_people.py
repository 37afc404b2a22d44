"""The people of the demo world: every state that a record can have, and why it has it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sfvtui.sandbox import people
from sfvtui.sandbox.vitally import CustomField
from sfvtui.sandbox.vitally.models import milliseconds

if TYPE_CHECKING:
    from sfvtui.sandbox.world import Company, World

#: Companies by their place in the list; those before them are ordinary customers.
_CHURNED, _TWICE, _UNKNOWN = 36, 37, 38
_ORDINARY = 36

NEEDED_LATER = 33
"""How many plainly linked people the second day takes; even the smallest world has them."""


def populate(world: World, records: int) -> None:
    """Companies, contacts and users: everything special first, then plainly linked people."""
    _companies(world, max(len(people.COMPANIES), records // 7))
    cast = _Cast(world)
    cast.differing()
    cast.same_in_other_forms()
    cast.several_accounts()
    cast.ambiguous()
    cast.held()
    cast.unmatched()
    cast.hostile()
    cast.outside(max(12, records * 14 // 100))
    cast.users_alone(max(12, records * 64 // 1000))
    for _ in range(max(NEEDED_LATER, records - len(world.org.rows["Contact"]))):
        cast.linked("linked")


def custom_fields(world: World) -> list[CustomField]:
    """The trait definitions that the workspace lists: all of the mapping, and two of its own."""
    kinds = {
        "multipicklist": "multiselect",
        "boolean": "boolean",
        "date": "date",
        "datetime": "datetime",
        "textarea": "textarea",
        "int": "number",
        "double": "number",
        "currency": "number",
        "percent": "number",
    }
    made = milliseconds(world.ago(400))
    found = [
        CustomField(_uuid(world), "Next step", "vitally.custom.nextSteps", "textarea", made),
        CustomField(_uuid(world), "Persona", "vitally.custom.persona", "multiselect", made),
    ]
    contact = world.org.objects[world.mapping.object]
    for pair in world.mapping.pairs:
        if pair.is_attribute:
            continue
        info = contact.field(pair.field)
        kind = kinds.get(info.type, "string") if info else "string"
        label = pair.trait.removeprefix("sfdc.").removesuffix("__c").replace("_", " ")
        found.append(CustomField(_uuid(world), label, pair.trait, kind, made))
    return found


def _uuid(world: World) -> str:
    return f"{world.random.getrandbits(32):08x}-0000-4000-8000-{world.random.getrandbits(48):012x}"


def _companies(world: World, count: int) -> None:
    for place in range(count):
        round_, index = divmod(place, len(people.COMPANIES))
        world.company(
            people.COMPANIES[index] + (f" {round_ + 1}" if round_ else ""),
            accounts=_accounts_of(place),
            industry=people.INDUSTRIES[place % len(people.INDUSTRIES)],
            short_id=place % 5 == 4,
        )
    world.workspace.churn(world.companies[_CHURNED].accounts[0])
    world.workspace.create_account("internal", "Internal Test Account")


def _accounts_of(place: int) -> int:
    if place == _TWICE:
        return 2
    return 0 if _UNKNOWN <= place < len(people.COMPANIES) else 1


class _Cast:
    """Makes one kind of people after the other."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.random
        self._number = 4710

    # ---- linked

    def linked(self, story: str, **traits: Any) -> tuple[str, str]:
        """A contact and its user; `traits` differ from the contact's values. Both ids."""
        return self._linked(story, self._company(), {}, traits)

    def differing(self) -> None:
        """Links whose first comparison finds a difference: some twenty."""
        for _ in range(8):
            self.linked("linked, title differs", **{"sfdc.Title": "Intern"})
        for _ in range(4):
            self.linked("linked, phone differs", **{"sfdc.Phone": "+1 555 0000"})
        for _ in range(3):
            self._linked(
                "linked, trait missing", self._company(), {"NPS__c": 52}, {"sfdc.NPS__c": None}
            )
        for _ in range(2):
            traits = {"sfdc.Tags__c": ["Admin", "Detractor"]}
            self._linked(
                "linked, tags differ", self._company(), {"Tags__c": "Champion;Beta"}, traits
            )
        for _ in range(2):
            self.linked("linked, checkbox unknown in Vitally", **{"sfdc.Opted_In__c": None})
        self._linked(
            "linked, number with too many digits",
            self._company(),
            {"NPS__c": 7},
            {"sfdc.NPS__c": "seven"},
        )
        for field, trait, value in (
            ("Title", "sfdc.Title", "Only Vitally knows this title"),
            ("Phone", "sfdc.Phone", "+44 20 7946 0000"),
        ):
            self._linked(
                "linked, blank in Salesforce", self._company(), {field: None}, {trait: value}
            )
        self._linked(
            "linked, blank in Salesforce and never copied",
            self._company(),
            {"Notes__c": None},
            {"sfdc.Notes__c": "Written in Vitally."},
        )

    def same_in_other_forms(self) -> None:
        """Links whose values are equal, though written in another form: nothing to send."""
        story = "linked, other forms"
        seen = "2026-11-02T09:30:00.000+0000"
        forms: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
            ({"Tags__c": "Champion;Beta"}, {"sfdc.Tags__c": "Beta;Champion"}),
            ({"Tags__c": "Champion;Beta"}, {"sfdc.Tags__c": ["Beta", "Champion", "Beta"]}),
            ({"NPS__c": 52}, {"sfdc.NPS__c": "52"}),
            ({"NPS__c": 52}, {"sfdc.NPS__c": 52.0}),
            ({"Spend__c": Decimal("12.50")}, {"sfdc.Spend__c": "12.5"}),
            ({"Last_Seen__c": seen}, {"sfdc.Last_Seen__c": "2026-11-02T10:30:00+01:00"}),
            ({"Last_Seen__c": seen}, {"sfdc.Last_Seen__c": 1_793_611_800_000}),
            ({"Title": "Cafe\u0301 owner"}, {"sfdc.Title": "Caf\u00e9 owner"}),
            ({"Title": "Controller"}, {"sfdc.Title": "  Controller\n"}),
            ({"Notes__c": "One\r\nTwo"}, {"sfdc.Notes__c": "One\nTwo"}),
            ({"Phone": None}, {"sfdc.Phone": ""}),
            ({"Opted_In__c": True}, {"sfdc.Opted_In__c": "true"}),
            ({"Last_QBR__c": date(2026, 9, 30)}, {"sfdc.Last_QBR__c": "2026-09-30T00:00:00.000Z"}),
        )
        for values, traits in forms:
            self._linked(story, self._company(), values, traits)
        company = self._company()
        record = self._contact(company, {"Email": f"Mixed.Case@{company.domain}"})
        user = self._user(record, company, email=f"mixed.case@{company.domain}")
        self._world.tell(story, record, user)
        company = self._company()
        record = self._contact(company, {"Sponsor__c": company.id})
        user = self._user(record, company, traits={"sfdc.Sponsor__c": company.id[:15]})
        self._world.tell(story, record, user)
        for strange in ("  padded-id ", "pat+tag@example.com", "a/b?c=d#e", "100%25", "ключ-7"):
            company = self._company()
            record = self._contact(company, {"Product_User_Id__c": strange})
            user = self._user(record, company, external_id=strange)
            self._world.tell("linked, strange id", record, user)

    def several_accounts(self) -> None:
        """Users with several accounts, with another one, with none; and a churned customer's."""
        world = self._world
        for _ in range(3):
            one, two = self._random.sample(world.companies[:_ORDINARY], 2)
            record = self._contact(one, {})
            user = self._user(record, one, accounts=(two.accounts[0], one.accounts[0]))
            world.tell("linked, several accounts", record, user)
        for accounts in ((world.companies[1].accounts[0],), ()):
            company = world.companies[0]
            record = self._contact(company, {})
            user = self._user(record, company, accounts=accounts)
            world.tell("linked, other account", record, user)
        for _ in range(4):
            self._linked("linked, account churned", world.companies[_CHURNED], {}, {})

    # ---- not linked

    def ambiguous(self) -> None:
        """Records and users that share a match value, either way."""
        world = self._world
        shared = self._next()
        for title in ("VP Sales", "Engineer"):
            record = self._contact(self._company(), {"Product_User_Id__c": shared, "Title": title})
            world.tell("ambiguous, two records share a user", record)
        world.tell(
            "user, shared by two records",
            user=world.user(shared, accounts=self._company().accounts, name="Shared Login"),
        )
        nobody = self._next()
        for title in ("VP Research", "VP Research", "Designer"):
            record = self._contact(self._company(), {"Product_User_Id__c": nobody, "Title": title})
            world.tell("ambiguous, records share a value that no user has", record)
        twice = self._next()
        company = self._company()
        record = self._contact(company, {"Product_User_Id__c": twice})
        world.tell("ambiguous, two users have the value", record)
        for external_id in (twice, f"{twice} "):
            user = self._user(record, company, external_id=external_id)
            world.tell("user, one of two with the value", user=user)

    def held(self) -> None:
        """VPs who lack something that a new user needs."""
        world = self._world
        for _ in range(4):
            record = self._contact(self._company(), self._vp(Product_User_Id__c=None))
            world.tell("held, no id", record)
        for place in range(_UNKNOWN, _UNKNOWN + 3):
            record = self._contact(world.companies[place], self._vp())
            world.tell("held, account not in Vitally", record)
        world.tell("held, no account at all", self._contact(None, self._vp()))
        record = self._contact(world.companies[_TWICE], self._vp())
        world.tell("held, several Vitally accounts", record)

    def unmatched(self) -> None:
        """VPs who are ready to be approved, and those whom a person should look at first."""
        world = self._world
        for _ in range(8):
            world.tell("unmatched", self._contact(self._company(), self._vp()))
        record = self._contact(world.companies[_CHURNED], self._vp())
        world.tell("unmatched, account churned", record)
        company = world.companies[2]
        record = self._contact(company, self._vp(FirstName="Ada", LastName="Lovelace"))
        world.tell("unmatched, same e-mail as a user", record)
        email = str(world.org.value(record, "Email"))
        world.tell(
            "user, same e-mail as an unmatched record",
            user=world.user(
                "legacy-1", accounts=company.accounts, name="A. L.", email=email.upper()
            ),
        )
        company = world.companies[3]
        record = self._contact(company, self._vp(FirstName="Grace", LastName="Hopperton"))
        world.tell("unmatched, near name of a user", record)
        world.tell(
            "user, near name of an unmatched record",
            user=world.user(
                "legacy-2",
                accounts=company.accounts,
                name="Hoperton, Gráce",
                email="gh@old.example",
            ),
        )
        company = world.companies[4]
        for first in ("Margaret", "Margarete"):
            record = self._contact(company, self._vp(FirstName=first, LastName="Hamilton"))
            world.tell("unmatched, two of a near name", record)

    def hostile(self) -> None:
        """People whose names and titles must be shown and never obeyed."""
        world = self._world
        for number, (what, first, last, title) in enumerate(people.HOSTILE):
            values = {"FirstName": first, "LastName": last, "Title": title}
            values["Email"] = f"hostile.{number}@example.com"
            if what in ("escape sequence", "markup"):
                record = self._contact(self._company(), {**values, "Title": f"VP {title}"})
                world.tell(f"unmatched, hostile text: {what}", record)
            elif what == "html":
                record = self._contact(world.companies[_UNKNOWN], values)
                world.tell(f"held, hostile text: {what}", record)
            elif what in ("quotes", "bidi override"):
                record = self._contact(self._company(), values)
                world.tell(f"outside_filter, hostile text: {what}", record)
            else:
                self._linked(f"linked, hostile text: {what}", self._company(), values, {})

    def outside(self, count: int) -> None:
        """Contacts of whom the company makes no users."""
        world = self._world
        record = self._contact(self._company(), {"Product_User_Id__c": "CASE-1"})
        world.tell("outside_filter, a user's id in another case", record)
        company = self._company()
        world.tell(
            "user, a record's id in another case",
            user=world.user("case-1", accounts=company.accounts, name="Lower Case"),
        )
        for number in range(count):
            without = {"Product_User_Id__c": None} if number % 2 else {}
            record = self._contact(self._company(), without)
            world.tell("outside_filter", record)

    def users_alone(self, count: int) -> None:
        """Users of the product whom Salesforce does not know."""
        world = self._world
        for _ in range(count):
            company = self._company()
            first, last = world.new_name(company)
            world.tell(
                "user, not in Salesforce",
                user=world.user(
                    self._next(),
                    accounts=company.accounts,
                    name=f"{first} {last}",
                    email=people.email(first, last, company, self._number),
                    traits={"vitally.custom.nextSteps": "Invite to the webinar"},
                ),
            )
        world.tell(
            "user, no name", user=world.user("nobody@example.com", accounts=company.accounts)
        )

    # ---- one person

    def _linked(
        self, story: str, company: Company, values: dict[str, Any], traits: dict[str, Any]
    ) -> tuple[str, str]:
        record = self._contact(company, values)
        user = self._user(record, company, traits=traits)
        self._world.tell(story, record, user)
        return record, user

    def _user(
        self,
        record: str,
        company: Company,
        *,
        external_id: str | None = None,
        email: str | None = None,
        accounts: tuple[str, ...] | None = None,
        traits: dict[str, Any] | None = None,
    ) -> str:
        return self._world.user(
            external_id or str(self._world.org.value(record, "Product_User_Id__c")),
            like=record,
            accounts=company.accounts[:1] if accounts is None else accounts,
            email=email,
            traits=traits,
        )

    def _contact(self, company: Company | None, values: dict[str, Any]) -> str:
        world, random = self._world, self._random
        home = company or world.companies[0]
        first, last = world.new_name(home)
        uid = self._next()
        ordinary = {
            "FirstName": first,
            "LastName": last,
            "Email": people.email(
                values.get("FirstName", first), values.get("LastName", last), home, uid
            ),
            "Title": random.choice(people.OTHER_TITLES),
            "Product_User_Id__c": uid,
            **people.particulars(random, world.ago(5, 300).date(), home.id),
        }
        return world.contact(company, {**ordinary, **values})

    def _vp(self, **values: Any) -> dict[str, Any]:
        return {"Title": self._random.choice(people.VP_TITLES), **values}

    def _company(self) -> Company:
        # The first five belong to people whose company matters.
        return self._random.choice(self._ordinary())

    def _ordinary(self) -> list[Company]:
        companies = self._world.companies
        return [*companies[5:_ORDINARY], *companies[len(people.COMPANIES) :]]

    def _next(self) -> str:
        self._number += 1
        return str(self._number)
