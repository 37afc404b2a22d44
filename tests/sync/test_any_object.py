"""A custom object in Contact's place; days in the login's zone; values that are hard to carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from sfvtui.sync.context import Context
from tests.sync.lab import TITLE, lab_in, mapping

MEMBER = mapping(
    'field = "Name"\ntrait = "name"\neditable = true\n',
    'field = "Email__c"\ntrait = "email"\n',
    'field = "Seats__c"\neditable = true\n',
    'field = "Joined__c"\neditable = true\n',
    'field = "Level__c"\neditable = true\n',
    'field = "Groups__c"\neditable = true\n',
    'field = "Account__r.Name"\ntrait = "company"\n',
    match='by = "external-id"\nfield = "Login__c"\n',
    create="allowed = true\nfilter = 'Level__c is \"Owner\"'\n",
    account='field = "Account__c"\nequals = "sfdc.Id"\n',
    object_="Member__c",
)


def member(lab, login, **values):
    made = {"Name": f"Member {login}", "Account__c": lab.company.id, "Login__c": login, **values}
    old = lab.org.now() - timedelta(days=9)
    return lab.org.create(
        "Member__c", made, CreatedDate=old, LastModifiedDate=old, SystemModstamp=old
    )


def test_a_custom_object_stands_in_for_contact(labs):
    lab = labs(MEMBER)
    record = member(
        lab, "m1", Seats__c=3, Level__c="Member", Groups__c="Red;Blue", Email__c="a@x.example"
    )
    user = lab.user(
        "m1", name="Somebody", traits={"sfdc.Seats__c": "3.0", "sfdc.Groups__c": ["Blue", "Red"]}
    )
    lab.settled()
    found = lab.workspace.user(user)
    assert (found.name, found.email) == ("Member m1", "a@x.example")
    assert found.traits["company"] == "Acme Rockets"
    lab.ok("edit", record, "Name=Ann Lee", "Seats__c=5", "Groups__c=Green;Red", "Level__c=Guest")
    lab.settled()
    assert lab.of_record(record, "Name") == "Ann Lee"
    assert sorted(lab.of_user(user, "sfdc.Groups__c")) == ["Green", "Red"]
    assert lab.run("edit", record, "Level__c=Nonsense").code == 1


def test_a_custom_object_creates_users_by_its_own_account_lookup_and_looks_alike_by_its_own_name(
    labs,
):
    lab = labs(MEMBER)
    record = member(lab, "m1", Name="Ann Lee", Level__c="Owner", Email__c="ann@x.example")
    alike = member(lab, "m2", Name="Zed Qu", Level__c="Owner", Email__c="ANN@x.example")
    held = member(lab, "m3", Name="Bob Ray", Level__c="Owner", Account__c=None)
    near = lab.user("m9", name="Anne Lee")
    lab.pull()
    assert lab.state(held) == "held"
    done = lab.run("review", "approve", record)
    assert near in done.report["refused"][0]["reason"]
    lab.ok("review", "approve", record, "--yes")
    assert lab.run("review", "approve", alike).code == 1
    lab.settled()
    made = lab.workspace.user("m1")
    assert (made.name, made.email, made.account_ids) == (
        "Ann Lee",
        "ann@x.example",
        lab.company.accounts,
    )


def test_records_of_a_custom_object_are_deleted_and_restored(labs):
    lab = labs(MEMBER)
    record = member(lab, "m1")
    user = lab.user("m1")
    lab.settled()
    lab.tick()
    lab.org.delete(record)
    lab.sync()
    assert lab.state(record) == "gone"
    lab.tick()
    lab.org.undelete(record)
    lab.sync()
    assert lab.review(record)["user"] == user


def test_an_object_that_there_is_not_ends_with_2(labs):
    lab = labs()
    lab.use(MEMBER.replace("Member__c", "No_Such__c"))
    done = lab.run("pull")
    assert done.code == 2
    assert "No_Such__c" in done.err


# --- days and zones


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Niue", "America/New_York"])
def test_days_are_those_of_the_salesforce_login(tmp_path, monkeypatch, zone, labs):
    lab = labs(mapping(TITLE, 'field = "Last_QBR__c"\n'))
    lab.org.time_zone = zone
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    records = {
        days: lab.contact(f"p{days}", Last_QBR__c=(today + timedelta(days=days)).isoformat())
        for days in (-3, -2, 0, 1, 2, 3)
    }
    lab.pull()
    by_id = {record: days for days, record in records.items()}

    def shown(text):
        return {by_id[line["record"]] for line in lab.ok("review", "list", "--filter", text).lines}

    assert shown("Last_QBR__c in last 2 days") == {-2, 0}
    assert shown("Last_QBR__c in next 2 days") == {0, 1, 2}
    assert shown(f"Last_QBR__c before {today}") == {-3, -2}


def test_a_scope_of_relative_days_is_tested_again_the_next_day(labs, monkeypatch):
    lab = labs(mapping(TITLE, scope="Last_QBR__c in last 2 days"))
    lab.org.time_zone = "UTC"
    today = datetime.now(UTC).date()
    record, _ = lab.pair("p1", {"Title": "CEO", "Last_QBR__c": today.isoformat()})
    lab.settled()
    later = datetime.now(UTC) + timedelta(days=3)
    now = Context.open

    def in_three_days(settings):
        made = now(settings)
        made.clock = lambda: later
        return made

    monkeypatch.setattr(Context, "open", in_three_days)
    assert lab.review(record)["flags"] == ["out_of_scope"]


# --- values


def one(labs, field, **more):
    lab = labs(mapping(f'field = "{field}"\neditable = true\n', **more))
    return lab, f"sfdc.{field}"


@pytest.mark.parametrize(
    ("field", "salesforce", "vitally"),
    [
        ("NPS__c", 3, 3.0), ("NPS__c", 3, "3"), ("NPS__c", 3, "3.00"), ("NPS__c", None, ""),
        ("Score__c", 12.5, "12.50"), ("Score__c", Decimal("0.125"), 0.13),
        ("Spend__c", 139000000, 1.39e8),
        ("Ledger_No__c", 123456789012345678, "123456789012345678"),
        ("Opted_In__c", True, "true"), ("Opted_In__c", False, "FALSE"),
        ("Last_QBR__c", "2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("Last_Seen__c", "2026-01-31T10:00:00.000+0000", 1769853600000),
        ("Last_Seen__c", "2026-01-31T10:00:00.000+0000", "2026-01-31T10:00:00.789Z"),
        ("Last_Seen__c", "2026-01-31T10:00:00.000+0000", "2026-01-31T12:00:00+02:00"),
        ("Tags__c", "Beta;Champion", ["Champion", "Beta"]), ("Tags__c", "Beta;Champion", "Champion;Beta"),
        ("Tags__c", None, []), ("Title", None, "   "), ("Title", "CEO", " CEO\n"),
        ("Title", "Caf\u00e9", "Cafe\u0301"), ("Email", "Ann@X.example", "ann@x.example"),
        ("Notes__c", "a\r\nb", "a\nb"), ("Standup__c", "10:00:00.000Z", "10:00"),
    ],
)  # fmt: skip
def test_formats_never_cause_a_write(labs, field, salesforce, vitally):
    lab, trait = one(labs, field)
    lab.pair("p1", {field: salesforce}, **{trait: vitally})
    assert lab.writes_of(lab.sync) == []
    assert lab.conflicts() == [] and lab.status()["outbox"]["held"] == 0
    assert lab.writes_of(lambda: lab.pull("--full")) == []


@pytest.mark.parametrize(
    ("field", "salesforce", "vitally"),
    [
        ("Title", "\u00a0CEO", "CEO"), ("Title", "C\u200bEO", "CEO"), ("Title", "CEO", "ceo"),
        ("Ledger_No__c", 123456789012345678, "123456789012345679"),
        ("Last_QBR__c", "2026-01-31", "2026-01-30"),
        ("Last_Seen__c", "2026-01-31T10:00:00.000+0000", "2026-01-31T10:00:01Z"),
        ("Tags__c", "Beta", ["Beta", "Champion"]),
        ("Opted_In__c", False, None),
    ],
)  # fmt: skip
def test_what_differs_goes_over_exactly(labs, field, salesforce, vitally):
    lab, trait = one(labs, field)
    record, user = lab.pair("p1", {field: salesforce}, **{trait: vitally})
    lab.settled()
    assert lab.conflicts() == []
    assert lab.of_user(user, trait) is not None
    line = lab.ok("review", "list", "--state", "linked").lines[0]
    assert line["record"] == record


def test_numbers_of_18_digits_go_over_as_text_and_come_back_exactly(labs):
    lab, trait = one(labs, "Ledger_No__c")
    record, user = lab.pair("p1", {"Ledger_No__c": 1})
    lab.settled()
    lab.change(record, Ledger_No__c=123456789012345678)
    lab.settled()
    assert lab.of_user(user, trait) == "123456789012345678"
    lab.change(user, **{trait: "999999999999999999"})
    lab.settled()
    assert lab.of_record(record, "Ledger_No__c") == 999999999999999999
    lab.use(mapping('field = "Ledger_No__c"\neditable = true\non_conflict = "newest"\n'))
    assert lab.plan() == []


def test_numbers_are_rounded_half_up_at_the_scale_and_not_written_back(labs):
    lab, trait = one(labs, "Score__c")
    record, user = lab.pair("p1", {"Score__c": Decimal("2.345")})
    lab.settled()
    assert float(lab.of_user(user, trait)) == pytest.approx(2.35, abs=0.01)
    lab.change(user, **{trait: 2.675})
    lab.settled()
    assert lab.of_record(record, "Score__c") == Decimal("2.68")


def test_a_blank_checkbox_in_vitally_gets_salesforces_value(labs):
    lab, trait = one(labs, "Opted_In__c")
    record, user = lab.pair("p1", {"Opted_In__c": True})
    lab.settled()
    lab.change(user, **{trait: None})
    lab.settled()
    assert (lab.of_record(record, "Opted_In__c"), lab.of_user(user, trait)) == (True, True)
    lab.change(user, **{trait: False})
    lab.settled()
    assert lab.of_record(record, "Opted_In__c") is False


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("NPS__c", "many"), ("Last_QBR__c", "2026-02-30"), ("Last_QBR__c", "2026-01-31T10:00:00Z"),
        ("Last_Seen__c", "yesterday"), ("Role__c", "Gatekeeper"), ("Role__c", "Unknown"),
        ("Interests__c", ["API", "a;b"]), ("Title", "x" * 129), ("NPS__c", 1000), ("Opted_In__c", "maybe"),
        ("Title", "\U0001f600" * 65), ("Last_QBR__c", "1699-12-31"),
    ],
)  # fmt: skip
def test_what_salesforce_would_refuse_is_held_and_said(labs, field, wrong):
    lab, trait = one(labs, field)
    good = {"NPS__c": 1, "Last_QBR__c": "2026-01-01", "Role__c": "End User", "Interests__c": "API",
            "Title": "CEO", "Opted_In__c": True, "Last_Seen__c": "2026-01-31T10:00:00.000+0000"}  # fmt: skip
    record, user = lab.pair("p1", {field: good[field]})
    lab.settled()
    kept = lab.of_record(record, field)
    lab.change(user, **{trait: wrong})
    assert lab.writes_of(lambda: lab.run("sync", "--yes")) == []
    (line,) = lab.plan()
    assert field in line["held"]
    assert lab.of_record(record, field) == kept
    assert lab.of_user(user, trait) == wrong


def test_a_long_text_goes_over_whole(labs):
    lab, trait = one(labs, "Biography__c")
    record, user = lab.pair("p1", {"Biography__c": "x"})
    lab.settled()
    text = ("Ünï\u202e<b>\x1b[31m 'quoted' \"\\ " * 2000)[:32767] + "z"
    lab.change(record, Biography__c=text)
    lab.settled()
    assert lab.of_user(user, trait) == text
    lab.change(user, **{trait: text[:-1] + "y"})
    lab.settled()
    assert lab.of_record(record, "Biography__c") == text[:-1] + "y"


def test_control_and_direction_characters_are_sent_unchanged(labs):
    lab, trait = one(labs, "Nickname__c")
    record, user = lab.pair("p1", {"Nickname__c": "x"})
    lab.settled()
    text = "\u202eevil\u2066 \x1b[2J \u200d [bold]x[/] \u00a0"
    lab.change(user, **{trait: text})
    lab.settled()
    assert lab.of_record(record, "Nickname__c") == text


def test_a_value_table_translates_both_ways(labs):
    table = 'field = "Role__c"\neditable = true\nvalues = { "Decision Maker" = "decision_maker" }\n'
    lab = labs(mapping(table))
    record, user = lab.pair("p1", {"Role__c": "Decision Maker"})
    assert lab.of_user(user, "sfdc.Role__c") == "decision_maker"
    assert lab.writes_of(lab.sync) == []
    lab.change(record, Role__c="End User")
    lab.settled()
    assert lab.of_user(user, "sfdc.Role__c") == "End User", "others pass unchanged"
    lab.change(user, **{"sfdc.Role__c": "decision_maker"})
    lab.pull()
    assert lab.planned() == {("salesforce", "Role__c", "End User", "Decision Maker")}
    lab.settled()
    assert lab.of_record(record, "Role__c") == "Decision Maker"
    report = lab.ok("edit", record, "Role__c=End User").report
    assert report["edits"][0]["before"] == {
        "salesforce": "Decision Maker",
        "vitally": "decision_maker",
    }


def test_a_value_whose_text_stands_for_another_in_vitally_is_held(labs):
    table = 'field = "Region__c"\neditable = true\nvalues = { "EMEA" = "APAC" }\n'
    lab = labs(mapping(table))
    record, user = lab.pair("p1", {"Region__c": "EMEA"})
    lab.settled()
    lab.change(record, Region__c="APAC")
    assert lab.writes_of(lab.sync) == []
    assert "APAC" in lab.plan()[0]["held"]


def test_a_value_table_of_numbers_and_sets(labs):
    pairs = (
        'field = "NPS__c"\neditable = true\nvalues = { "9" = "promoter" }\n',
        'field = "Tags__c"\neditable = true\nvalues = { "Beta" = "beta tester" }\n',
    )
    lab = labs(mapping(*pairs))
    record, user = lab.contact("p1", NPS__c=1, Tags__c="Admin"), lab.user("p1")
    lab.settled()
    lab.change(record, NPS__c=9, Tags__c="Beta;Admin")
    lab.settled()
    assert lab.of_user(user, "sfdc.NPS__c") == "promoter"
    assert sorted(lab.of_user(user, "sfdc.Tags__c")) == ["Admin", "beta tester"]
    lab.change(user, **{"sfdc.Tags__c": ["beta tester"]})
    lab.settled()
    assert lab.of_record(record, "Tags__c") == "Beta"


def test_values_in_json_are_canonical(labs):
    fields = ("Score__c", "Tags__c", "Opted_In__c", "Last_QBR__c", "Last_Seen__c", "Nickname__c")
    lab = labs(mapping(*(f'field = "{f}"\n' for f in fields)))
    lab.pair("p1", {"Score__c": 2.5, "Tags__c": "Beta;Admin", "Opted_In__c": True,
                    "Last_QBR__c": "2026-01-31", "Last_Seen__c": "2026-01-31T10:00:00Z"})  # fmt: skip
    lab.pull()
    (line,) = lab.ok("review", "list", "--state", "linked").lines
    assert {f: line["fields"][f] for f in fields} == {
        "Score__c": 2.5, "Tags__c": ["Admin", "Beta"], "Opted_In__c": True,
        "Last_QBR__c": "2026-01-31", "Last_Seen__c": "2026-01-31T10:00:00Z", "Nickname__c": None,
    }  # fmt: skip


def test_what_salesforce_rounds_trims_and_reorders_settles_in_one_push(tmp_path):
    pairs = ('field = "Score__c"\neditable = true\n', 'field = "Tags__c"\neditable = true\n')
    with lab_in(tmp_path, mapping(*pairs)) as lab:
        lab.org.switches.round_to_scale = True
        record, user = lab.pair("p1", {"Score__c": 1, "Tags__c": "Beta"})
        lab.settled()
        lab.change(
            user, **{"sfdc.Score__c": "1.005", "sfdc.Tags__c": ["Champion", "Beta", "Admin"]}
        )
        lab.settled()
        assert lab.of_record(record, "Tags__c") == "Champion;Beta;Admin"
