"""What happens to rows outside the API, and how it shows in the local Salesforce."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sfvtui.sandbox import faults as f
from sfvtui.sandbox.salesforce import Org
from tests.sandbox.salesforce_api import Api, problem

if TYPE_CHECKING:
    from sfvtui.sandbox.salesforce import Clock

START = "2026-03-10T15:30:20.000+0000"


@pytest.fixture
def account(org: Org) -> str:
    return org.create("Account", {"Name": "Acme", "Industry": "Energy"})


@pytest.fixture
def row(org: Org, clock: Clock, account: str) -> str:
    made = org.create("Contact", {"LastName": "Doe", "AccountId": account})
    clock.advance(100)
    return made


def stamps(org: Org, row_id: str) -> tuple[bool, bool]:
    """Whether SystemModstamp and LastModifiedDate have moved since the row was made."""
    row = org.get(row_id)
    return row["SystemModstamp"] > START, row["LastModifiedDate"] > START


def test_a_colleagues_change_moves_both_stamps(org: Org, row: str) -> None:
    org.update(row, {"Title": "x"})
    assert stamps(org, row) == (True, True)
    assert org.value(row, "LastModifiedById") == org.colleague_id


def test_a_system_change_moves_system_modstamp_only(org: Org, row: str) -> None:
    org.touch(row)
    assert stamps(org, row) == (True, False)


def test_a_formula_changes_without_a_stamp(
    api: Api, org: Org, clock: Clock, row: str, account: str
) -> None:
    org.set_quietly(row, Last_QBR__c="2026-03-01")
    assert api.values(row, "Account_Industry__c", "Days_Since_QBR__c") == ["Energy", 9.0]
    org.update(account, {"Industry": "Banking"})
    clock.advance(24 * 3600)
    api.token = api.login().json()["access_token"]
    assert api.values(row, "Account_Industry__c", "Days_Since_QBR__c") == ["Banking", 10.0]
    assert stamps(org, row) == (False, False)


def test_a_late_commit_appears_with_a_stamp_older_than_rows_already_read(
    api: Api, org: Org, clock: Clock, row: str
) -> None:
    late = org.begin()
    made = late.create("Contact", {"LastName": "Late"})
    late.update(row, {"Title": "late"})
    clock.advance(10)
    early = org.create("Contact", {"LastName": "Early"})
    assert api.ids(f"LastName IN ('Late', 'Early') AND Id != '{row}'") == [early]
    end = {"start": "2026-03-10T15:00:00Z", "end": "2026-03-10T16:00:00Z"}
    body = api.get("sobjects/Contact/updated/", params=end).json()
    assert body["latestDateCovered"] == "2026-03-10T15:32:00.000+0000"
    late.commit()
    assert sorted(api.ids("LastName IN ('Late', 'Early')")) == sorted([made, early])
    assert org.value(made, "SystemModstamp") < org.value(early, "SystemModstamp")
    assert org.value(row, "Title") == "late"


def test_stamps_can_be_given(org: Org) -> None:
    made = org.create("Contact", {"LastName": "x"}, CreatedDate="2020-01-01T00:00:00.000+0000")
    assert org.value(made, "LastModifiedDate") == "2020-01-01T00:00:00.000+0000"
    with pytest.raises(TypeError):
        org.update(made, {}, Title="x")
    with pytest.raises(KeyError):
        org.update(made, {"Titel": "x"})


# Deleted, merged, gone


def test_deleted_rows_show_in_query_all_with_moved_stamps(api: Api, org: Org, row: str) -> None:
    org.delete(row)
    assert api.ids("LastName = 'Doe'") == []
    where = f"IsDeleted = true AND SystemModstamp > {START.replace('+0000', 'Z')}"
    assert api.ids(where, "queryAll") == [row]
    org.undelete(row)
    assert api.ids("LastName = 'Doe'") == [row]


def test_a_deleted_account_takes_its_contacts_along_and_brings_them_back(
    org: Org, row: str, account: str
) -> None:
    other = org.create("Contact", {"LastName": "x", "Sponsor__c": account})
    org.delete(account)
    assert org.value(row, "IsDeleted") is True
    assert (org.value(other, "IsDeleted"), org.value(other, "Sponsor__c")) == (False, None)
    org.undelete(account)
    assert org.value(row, "IsDeleted") is False


def test_a_merge_names_the_winner_and_moves_the_children(api: Api, org: Org, row: str) -> None:
    loser = org.create("Contact", {"LastName": "Doe 2"})
    child = org.create("Contact", {"LastName": "child", "ReportsToId": loser})
    org.merge(row, loser[:15])
    soql = f"SELECT IsDeleted, MasterRecordId FROM Contact WHERE Id = '{loser}'"
    (found,) = api.query(soql, "queryAll")["records"]
    assert (found["IsDeleted"], found["MasterRecordId"]) == (True, row)
    assert org.value(child, "ReportsToId") == row
    assert problem(api.patch(f"sobjects/Contact/{loser}", {"Title": "x"})) == (
        404,
        "ENTITY_IS_DELETED",
    )


def test_the_bin_is_emptied_by_time_or_by_hand(api: Api, org: Org, clock: Clock, row: str) -> None:
    other = org.create("Contact", {"LastName": "Doe"})
    org.delete(row)
    org.delete(other)
    org.empty_bin(other)
    with pytest.raises(KeyError):
        org.undelete(other)
    assert len(api.ids("IsDeleted = true", "queryAll")) == 2
    clock.advance(25 * 3600)
    api.token = api.login().json()["access_token"]
    assert api.ids("IsDeleted = true", "queryAll") == [row]
    clock.advance(15 * 24 * 3600)
    api.token = api.login().json()["access_token"]
    assert api.ids("IsDeleted = true", "queryAll") == []
    with pytest.raises(KeyError):
        org.undelete(row)


@pytest.mark.parametrize("vanish", [Org.hard_delete, Org.unshare])
def test_purged_and_unshared_rows_vanish_alike(api: Api, org: Org, row: str, vanish: Any) -> None:
    vanish(org, row)
    assert api.ids("LastName = 'Doe'", "queryAll") == []
    assert problem(api.get(f"sobjects/Contact/{row}")) == (404, "NOT_FOUND")
    assert problem(api.patch(f"sobjects/Contact/{row}", {}))[1] == "INVALID_CROSS_REFERENCE_KEY"
    body = {"ids": [row], "fields": ["Id"]}
    assert api.post("composite/sobjects/Contact", body).json() == [None]


def test_a_shared_row_is_back(api: Api, org: Org, row: str) -> None:
    org.unshare(row)
    org.share(row)
    assert api.ids("LastName = 'Doe'") == [row]


# updated and deleted


def test_updated_cuts_seconds_and_takes_the_start_but_not_the_end(
    api: Api, org: Org, clock: Clock, row: str
) -> None:
    def updated(start: str, end: str) -> Any:
        params = {"start": f"2026-03-10T{start}Z", "end": f"2026-03-10T{end}Z"}
        return api.get("sobjects/Contact/updated/", params=params).json()

    # The row was made at 15:30:20.
    body = updated("15:30:59", "15:31:59")
    assert body == {"ids": [row], "latestDateCovered": "2026-03-10T15:31:00.000+0000"}
    assert updated("15:29:00", "15:30:59")["ids"] == []
    assert updated("15:31:00", "15:31:59")[0]["errorCode"] == "INVALID_REPLICATION_DATE"


def test_deleted_lists_what_went_to_the_bin(api: Api, org: Org, row: str) -> None:
    org.delete(row)
    params = {"start": "2026-03-10T15:00:00+00:00", "end": "2026-03-10T16:00:00+00:00"}
    body = api.get("sobjects/Contact/deleted/", params=params).json()
    assert body["deletedRecords"] == [{"id": row, "deletedDate": "2026-03-10T15:32:00.000+0000"}]
    assert body["earliestDateAvailable"] == "2026-02-23T15:32:00.000+0000"
    assert body["latestDateCovered"] == "2026-03-10T15:32:00.000+0000"
    params["start"] = "2026-02-20T15:00:00Z"
    answer = api.get("sobjects/Contact/deleted/", params=params)
    assert problem(answer) == (400, "INVALID_REPLICATION_DATE")
    assert api.get("sobjects/Contact/updated/", params=params).status_code == 200


# Other writers and other processes


def test_another_writer_can_come_between_read_and_write(
    api: Api, org: Org, faults: f.Faults, row: str
) -> None:
    faults.add(f.Run(lambda: org.update(row, {"Title": "theirs"})), method="PATCH")
    since = {"If-Unmodified-Since": "Tue, 10 Mar 2026 15:30:20 GMT"}
    answer = api.patch(f"sobjects/Contact/{row}", {"Title": "mine"}, headers=since)
    assert answer.status_code == 412
    assert org.value(row, "Title") == "theirs"


def test_a_write_takes_effect_though_its_reply_is_lost(
    api: Api, org: Org, faults: f.Faults, row: str
) -> None:
    faults.add(f.DropReply(), method="PATCH")
    with pytest.raises(Exception, match="without sending"):
        api.patch(f"sobjects/Contact/{row}", {"Title": "mine"})
    assert org.value(row, "Title") == "mine"


def test_another_process_can_act_on_the_org(api: Api, org: Org, row: str) -> None:
    def act(do: str, **more: Any) -> Any:
        answer = api.client.post("/__sandbox__/state", json={"do": do, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    made = act("create", object="Contact", values={"LastName": "x", "NPS__c": 3})["id"]
    act("update", id=made, values={"Title": "y"}, stamps={"SystemModstamp": START})
    assert act("row", id=made)["Title"] == "y"
    assert act("row", id=made)["NPS__c"] == "3"
    assert act("writes", after=len(org.writes) - 1)[0]["values"] == {"Title": "y"}
    act("merge", winner=row, loser=made)
    for do in ("touch", "unshare", "share", "delete", "undelete", "hard_delete"):
        act(do, id=row)
    assert [entry["Id"] for entry in act("rows", object="Contact")] == [made]
    act("hide_field", object="Contact", fields=["Title"])
    act("switch", name="null_logic", value="three-valued")
    act("usage", used=99_000)
    act("expire_sessions", calls=0)
    act("skew", seconds=5)
    act("kill_cursors")
    act("advance", seconds=60)
    assert api.get("limits").status_code == 401
    assert org.switches.null_logic == "three-valued"
    assert api.client.post("/__sandbox__/state", json={"do": "nonsense"}).status_code == 400


def test_another_org_has_other_ids(org: Org) -> None:
    other = Org(instance="bZ", is_sandbox=False)
    assert other.org_id != org.org_id
    assert other.create("Contact", {"LastName": "x"}) != org.create("Contact", {"LastName": "x"})
