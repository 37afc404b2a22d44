"""Forgetting and pruning leave the others, and undo, what they need."""

from __future__ import annotations

from sfvtui.mirror.draft import FOLDER
from sfvtui.sync.edit_file import MOST
from tests.sync.lab import BY_EMAIL, TITLE, mapping


def test_who_shared_the_match_value_of_a_forgotten_user_is_decided_again(labs):
    lab = labs(mapping(TITLE, match=BY_EMAIL))
    record = lab.contact("p1", Email="a@x.example", Title="T")
    first = lab.user("one", name="Ann Xavier", email="a@x.example")
    lab.user("two", name="Zoe Quist", email="a@x.example")
    lab.pull()
    assert lab.state(record) == "ambiguous"
    lab.ok("store", "forget", first, "--yes")
    assert lab.state(record) == "linked"


def test_what_a_user_held_leaves_the_changes_of_who_once_had_it(lab):
    record, user = lab.pair("p1", {"Title": "Old"}, **{"sfdc.Title": "Secret of Ann"})
    lab.sync()
    other = lab.contact("zzz", LastName="Realann")
    lab.pull()
    lab.ok("review", "unlink", record)
    lab.ok("review", "link", other, user)
    lab.push()
    lab.ok("store", "forget", other, "--yes")
    with lab.context() as context:
        path = context.store.path
    assert b"Secret of Ann" not in path.read_bytes()


def test_a_drop_can_be_undone_after_the_past_of_its_change_is_pruned(lab):
    record, _ = lab.pair("p1", {"Title": "Old"})
    lab.settled()
    lab.change(record, Title="New")
    lab.pull()
    with lab.context() as context, context.store.write():
        context.store.db.execute("UPDATE change SET made_at = '2001-01-01T00:00:00Z'")
    lab.ok("outbox", "drop", str(lab.plan()[0]["change"]))
    entry = lab.history(what="drop")[-1]["entry"]
    lab.ok("store", "prune", "--before", "2002-01-01", "--yes")
    lab.ok("undo", str(entry))
    assert [line["why"] for line in lab.plan()] == ["Salesforce changed"]


def test_a_file_with_a_refused_line_and_nobody_to_ask_ends_with_1(lab, tmp_path):
    fits, moved = (lab.pair(f"p{n}", {"Title": "Old"})[0] for n in range(2))
    lab.settled()
    file = tmp_path / "e.csv"
    file.write_text(f"record,Title,Title (old)\n{fits},New,Old\n{moved},New,Wrong\n")
    assert lab.run("edit", "--from", str(file)).code == 1
    assert lab.plan() == []


def test_what_a_killed_draft_left_of_the_store_is_forgotten_too(lab):
    record, _ = lab.pair("p1", {"Title": "Secret of Ann"}, **{"sfdc.Title": "Secret of Ann"})
    lab.sync()
    with lab.context() as context:
        folder = context.store.path.parent / f"{FOLDER}left"
        folder.mkdir()
        (folder / "draft.db").write_bytes(context.store.path.read_bytes())
    lab.ok("store", "forget", record, "--yes")
    assert not folder.exists()


def test_a_file_too_long_to_be_one_action_is_refused_whole(lab, tmp_path):
    file = tmp_path / "e.csv"
    file.write_text("record,Title\n" + "003ak0000000001AAA,New\n" * (MOST + 1))
    refused = lab.run("edit", "--from", str(file), "--yes")
    assert refused.code == 1
    assert "10,000 go at once" in refused.err
