"""A store belongs to one organization, one workspace and one object, until it is told otherwise."""

from __future__ import annotations

import pytest

from sfvtui.mirror.store import open_store
from sfvtui.sandbox.serve import running_sandbox
from sfvtui.sandbox.world import World
from tests.sync.lab import TITLE, mapping

ACCOUNT_MAPPING = (
    '[mapping]\nobject = "Account"\n\n[mapping.match]\nby = "trait"\nfield = "Name"\ntrait = "name"\n'
    '\n[mapping.account]\nfield = "Id"\nequals = "sfdc.Id"\n\n[[mapping.fields]]\nfield = "Industry"\n'
)


@pytest.fixture
def used(lab):
    """A store with a link, an edit that was not sent, and a history."""
    record, user = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.ok("edit", record, "Title=New")
    return lab, record, user


@pytest.fixture
def moved(used, tmp_path):
    """The same, with a config that names another organization and workspace."""
    lab, *_ = used
    other = World(seed=99)
    other.org.org_id = "00D000000000009EAA"
    company = other.company("Elsewhere")
    other.org.create(
        "Contact", {"LastName": "There", "AccountId": company.id, "Product_User_Id__c": "q1"}
    )
    other.workspace.create_user("q1", accounts=company.accounts)
    with running_sandbox(world=other, directory=tmp_path / "other") as box:
        text = lab.config.read_text()
        text = text.replace(lab.box.salesforce_url, box.salesforce_url)
        text = text.replace(lab.box.vitally_url, box.vitally_url)
        lab.config.write_text(text)
        (lab.folder / "salesforce.secret").write_text(other.org.credentials.client_secret)
        (lab.folder / "vitally.secret").write_text(min(other.workspace.keys))
        yield lab, box


def backups(lab) -> list:
    return [p for p in lab.folder.iterdir() if p.name.endswith("-adopt")]


def test_another_organization_is_refused_until_it_is_adopted(moved):
    lab, _ = moved
    refused = lab.run("pull")
    assert refused.code == 2 and "store adopt" in refused.err
    lab.ok("store", "adopt", "--yes")
    lab.pull()
    assert lab.states() == {"linked": 1}


def test_the_history_is_kept_and_everything_else_dropped(moved):
    lab, box = moved
    before = lab.history()
    report = lab.ok("store", "adopt", "--yes").report
    assert set(report) == {"ok", "found"} and report["ok"] is True
    assert box.org.org_id in report["found"]
    after = lab.history()
    assert after[: len(before)] == before
    assert [line["what"] for line in after[len(before) :]] == ["adopt"]
    assert "2 open changes were dropped" in after[-1]["why"]
    status = lab.status()
    assert (status["records"], status["users"], status["conflicts"]) == (0, 0, 0)
    assert status["outbox"] == {"queued": 0, "unknown": 0, "parked": 0, "held": 0}
    assert lab.ok("store", "check").report["ok"] is True


def test_a_backup_is_made_first(moved):
    lab, _ = moved
    lab.ok("store", "adopt", "--yes")
    (kept,) = backups(lab)
    with open_store(kept) as store:
        assert store.value("SELECT COUNT(*) FROM link") == 1
        assert store.value("SELECT COUNT(*) FROM edit") == 1


def test_the_first_push_asks_again(moved):
    lab, box = moved
    lab.ok("store", "adopt", "--yes")
    lab.pull()
    stopped = lab.run("push")
    assert (stopped.code, stopped.last) == (3, "stopped: first_push")


def test_it_asks_and_changes_nothing_where_nobody_can_be_asked(used):
    lab, *_ = used
    done = lab.run("store", "adopt")
    assert (done.code, done.last) == (3, "stopped: confirmation")
    assert done.report["ok"] is False
    assert lab.status()["records"] == 1 and backups(lab) == []


def test_another_object_is_held_from_now_on(used):
    lab, *_ = used
    lab.use(ACCOUNT_MAPPING)
    refused = lab.run("status")
    assert refused.code == 2 and "store adopt --object Account" in refused.err
    assert lab.run("store", "adopt", "--yes").code == 2
    lab.ok("store", "adopt", "--object", "account", "--yes")
    lab.pull()
    assert lab.status()["records"] == 1


def test_an_object_that_the_config_does_not_map_is_refused(used):
    lab, *_ = used
    done = lab.run("store", "adopt", "--object", "Lead", "--yes")
    assert done.code == 2 and "maps Contact" in done.err


def test_an_object_that_the_organization_does_not_have_drops_nothing(used):
    lab, record, _ = used
    lab.use(mapping(TITLE, object_="Nonsense__c"))
    done = lab.run("store", "adopt", "--object", "Nonsense__c", "--yes")
    assert done.code == 2 and "Nonsense__c" in done.err
    lab.use(mapping(TITLE))
    assert lab.state(record) == "linked"


def test_a_login_that_is_refused_drops_nothing(used):
    lab, *_ = used
    (lab.folder / "vitally.secret").write_text("wrong")
    assert lab.run("store", "adopt", "--yes").code == 1
    assert lab.status()["records"] == 1 and backups(lab) == []


def test_read_only_refuses_it(used):
    lab, *_ = used
    assert lab.run("--read-only", "store", "adopt", "--yes").code == 2
    assert backups(lab) == []


def test_a_push_that_runs_is_not_disturbed(used):
    from sfvtui.mirror.lock import push_lock

    lab, *_ = used
    with lab.context() as context, push_lock(context.store, who="ada", at="now"):
        done = lab.run("store", "adopt", "--yes")
    assert done.code == 4 and "ada" in done.err
    assert lab.status()["records"] == 1
