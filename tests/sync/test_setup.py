"""A first mapping is proposed by what the org has and by whom its values would find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sfvtui.config import load, mapping_toml, parse_mapping
from sfvtui.domain.mapping import BlankRule, MatchBy, Pair
from sfvtui.errors import LoginRefused, SecretError, UnknownName
from sfvtui.sandbox.salesforce.catalog import field
from sfvtui.sync.propose import Proposal
from sfvtui.sync.setup import Setup, only_a_reference


@pytest.fixture
def setup(lab) -> Iterator[Setup]:
    """A set-up whose connections are tested."""
    settings = load(lab.config, {})
    made = Setup(sleep=lab.tick)
    made.try_salesforce(settings.salesforce)
    made.try_vitally(settings.vitally)
    yield made
    made.close()


def proposed(setup: Setup, name: str = "Contact") -> Proposal:
    found = setup.propose(name)
    # What is proposed is a mapping that a config can hold.
    assert parse_mapping(mapping_toml(found.mapping)) == found.mapping
    return found


def people(lab, count: int = 5, **values: str) -> None:
    """So many people on both sides, with the same e-mail; `values` may use {n}."""
    for n in range(count):
        told = {name: text.format(n=n) for name, text in values.items()}
        lab.contact(told.pop("key", None), Email=f"p{n}@acme.example", **told)
        lab.user(f"u-{n}", email=f"P{n}@acme.example")


# --- connections ----------------------------------------------------------------------------------


def test_what_answers_is_told(lab):
    settings = load(lab.config, {})
    setup = Setup()
    reached = setup.try_salesforce(settings.salesforce)
    assert lab.org.org_id in reached.found and "API 67.0" in reached.found
    reached = setup.try_vitally(settings.vitally)
    assert settings.vitally.base_url in reached.found
    assert reached.notes == ("This workspace has no users yet.",)
    setup.close()


def test_nothing_is_written_to_either_service(lab, setup):
    people(lab, key="u-{n}")
    assert lab.writes_of(lambda: proposed(setup)) == []


def test_the_object_must_be_one_that_the_login_sees(setup):
    with pytest.raises(UnknownName, match="Contcat"):
        setup.propose("Contcat")


def test_a_proposal_needs_both_connections():
    with pytest.raises(LoginRefused, match="not connected"):
        Setup().propose()


def test_objects_begin_with_contact(setup):
    names = [one.name for one in setup.objects()]
    assert names[0] == "Contact" and "Member__c" in names


def test_a_secret_that_was_typed_is_used_before_it_is_saved(lab, tmp_path):
    settings = load(lab.config, {}).vitally
    reference = f"file:{tmp_path / 'not-there'}"
    key = Path(settings.api_key.removeprefix("file:")).read_text()
    setup = Setup(pasted={reference: key})
    assert setup.try_vitally(type(settings)(settings.base_url, reference)).found
    assert key not in repr(setup)
    setup.close()


def test_a_text_that_is_no_reference_is_refused_without_repeating_it():
    assert only_a_reference("env:NAME", "key") == "env:NAME"
    with pytest.raises(SecretError) as caught:
        only_a_reference("sk_live_x", "key")
    assert "sk_live_x" not in str(caught.value)


# --- which user is this record? -------------------------------------------------------------------


def test_an_id_field_is_chosen_by_whom_it_finds(lab, setup):
    # Badge_Code__c holds the externalId, though Product_User_Id__c sounds more like it.
    people(lab, Badge_Code__c="u-{n}", key="other-{n}")
    found = proposed(setup)
    assert found.mapping.match.by is MatchBy.EXTERNAL_ID
    assert found.mapping.match.field == "Badge_Code__c"
    assert (found.tried[0].matched, found.sampled) == (5, 5)
    assert found.records == 5


def test_an_id_is_preferred_to_an_email_that_finds_a_few_more(lab, setup):
    people(lab, 4, key="u-{n}")
    lab.contact(None, Email="late@acme.example")
    lab.user("u-late", email="late@acme.example")
    assert proposed(setup).mapping.match.field == "Product_User_Id__c"


def test_without_an_id_people_match_by_email(lab, setup):
    people(lab)
    match = proposed(setup).mapping.match
    assert (match.by, match.field, match.trait) == (MatchBy.TRAIT, "Email", "email")
    assert match.ignore_case


def test_a_trait_that_holds_the_records_id_is_found(lab, setup):
    for n in range(3):
        record = lab.contact(None, Email=f"a{n}@acme.example")
        lab.user(f"u-{n}", email=f"b{n}@acme.example", traits={"sfdc.Id": record[:15]})
    found = proposed(setup)
    assert (found.mapping.match.field, found.mapping.match.trait) == ("Id", "sfdc.Id")
    assert found.tried[0].matched == 3
    assert any("own Salesforce sync" in note for note in found.notes)


def test_users_whose_external_id_is_the_records_id(lab, setup):
    for _ in range(3):
        lab.user(lab.contact(None))
    match = proposed(setup).mapping.match
    assert (match.by, match.field) == (MatchBy.EXTERNAL_ID, "Id")


def test_a_number_field_can_be_the_id(lab, setup):
    lab.org.add_field("Contact", field("App_User_Id__c", "double", precision=18, externalId=True))
    for n in range(3):
        lab.contact(None, App_User_Id__c=100 + n)
        lab.user(str(100 + n))
    found = proposed(setup)
    assert found.mapping.match.field == "App_User_Id__c"
    assert found.tried[0].matched == 3


def test_values_on_several_records_are_told(lab, setup):
    people(lab, 3, key="u-{n}")
    lab.contact("u-0")
    found = proposed(setup)
    assert found.mapping.match.field == "Product_User_Id__c"
    assert (found.tried[0].matched, found.tried[0].shared) == (2, 1)
    assert any("ambiguous" in note for note in found.notes)


def test_with_nobody_to_try_it_on_the_names_decide_and_it_is_said(lab, setup):
    lab.contact("x")
    found = proposed(setup)
    assert found.mapping.match.field == "Product_User_Id__c"
    assert any("no users to try" in note for note in found.notes)
    lab.user("nobody")
    assert any("No user of the sample" in note for note in proposed(setup).notes)


# --- which account, and what is kept equal? -------------------------------------------------------


def test_the_account_rule_is_what_finds_accounts(lab, setup):
    people(lab, 1, key="u-{n}")
    found = proposed(setup)
    assert (found.mapping.account.field, found.mapping.account.equals) == ("AccountId", "sfdc.Id")
    assert (found.accounts_matched, found.accounts_sampled) == (1, 1)


def test_accounts_may_be_found_by_an_id_of_the_parent(lab, setup):
    account = next(iter(lab.workspace.accounts.values()))
    account.traits.clear()
    lab.org.update(lab.company.id, {"Customer_Id__c": account.external_id})
    found = proposed(setup)
    rule = found.mapping.account
    assert (rule.field, rule.equals) == ("Account.Customer_Id__c", "externalId")
    assert found.accounts_matched == 1


def test_accounts_that_name_no_salesforce_account_are_told(lab, setup):
    next(iter(lab.workspace.accounts.values())).traits.clear()
    assert any("mapping.account" in note for note in proposed(setup).notes)


def test_the_usual_fields_are_pairs_and_none_is_editable(lab, setup):
    found = proposed(setup).mapping
    assert [(pair.field, pair.trait) for pair in found.pairs] == [
        ("Name", "name"),
        ("Email", "email"),
        ("Title", "sfdc.Title"),
        ("Department", "sfdc.Department"),
        ("Phone", "sfdc.Phone"),
        ("MobilePhone", "sfdc.MobilePhone"),
    ]
    assert not any(pair.editable for pair in found.pairs)
    never = BlankRule.NEVER
    assert found.pairs[0] == Pair("Name", "name", to_vitally=never, to_salesforce=never)
    assert not found.create.allowed


def test_a_custom_object_has_its_own_fields(setup):
    found = proposed(setup, "Member__c").mapping
    assert found.account.field == "Account__c"
    assert [pair.field for pair in found.pairs] == ["Name", "Email__c"]


def test_what_the_login_may_not_read_is_not_proposed(lab, setup):
    lab.org.hide_field("Contact", "Title")
    assert "Title" not in [pair.field for pair in proposed(setup).mapping.pairs]
