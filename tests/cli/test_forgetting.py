"""store forget and store prune: a person's values leave the store and its files; the past goes."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from sfvtui.config import load


def files(program) -> dict[str, bytes]:
    """The store's files, as they lie there, backups left out."""
    path = load(program.config, {}).store.path
    return {f"-{end}": Path(f"{path}{end}").read_bytes() for end in ("", "-wal", "-shm")
            if Path(f"{path}{end}").exists()}  # fmt: skip


def texts(value) -> set[str]:
    """All texts in a JSON value that are long enough to be somebody's own."""
    if isinstance(value, dict):
        return set().union(*map(texts, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(texts, value)) if value else set()
    # A day or an instant may be somebody else's stamp as well.
    if not isinstance(value, str) or len(value) < 5 or re.match(r"[\d-]+(T|$)", value):
        return set()
    return {value}


def held(program, sandbox) -> dict[str, set[str]]:
    """By record: what the two services hold of it and of its user that is part of nobody else's."""
    found = {}
    lines = [
        *program.ok("review", "list", "--json").lines,
        *program.ok("review", "list", "--state", "linked", "--json").lines,
    ]
    for line in lines:
        mine = texts(line["fields"])
        if line["user"]:
            user = sandbox.workspace.user(line["user"])
            mine |= texts([user.name, user.email, user.traits])
        found[line["record"]] = mine - {line["record"], line["user"]}
    for user in sandbox.workspace.users.values():
        if user.id not in {line["user"] for line in lines}:
            found[user.id] = texts([user.name, user.email, user.traits])
    said = {r: "\0".join(sorted(values)).lower() for r, values in found.items()}
    return {
        record: {v for v in mine
                 if not any(v.lower() in text for r, text in said.items() if r != record)}
        for record, mine in found.items()
        if record in {line["record"] for line in lines}
    }  # fmt: skip


def left(program, values) -> set[str]:
    """The values that are still in the store's files, in any letter case, also as JSON writes them."""
    raw = b"\0".join(files(program).values()).lower()
    return {
        v for v in values
        if v.lower().encode() in raw or json.dumps(v)[1:-1].lower().encode() in raw
    }  # fmt: skip


@pytest.fixture
def used(ready):
    """A program that was used: pushed, edited, with conflicts, an ignored record, and a log."""
    ready("sync", "--yes", "--allow", "max_blanks", "--waiting-ok")
    record = ready.editable()
    ready.ok("edit", record, "Title=Grand Vizier of Forgetting")
    ready.ok("review", "ignore", ready.first("unmatched")["record"], "--reason", "Ms Unforgettable")
    return ready, record


def test_after_a_forget_no_byte_of_a_persons_values_is_left(used, sandbox):
    program, edited = used
    own = held(program, sandbox)
    conflicted = [line["record"] for line in program.ok("conflicts", "--json").lines]
    ignored = program.first("ignored")["record"]
    others = [record for record in own if record not in {edited, ignored, *conflicted}][:2]
    for record in dict.fromkeys([edited, *conflicted[:2], ignored, *others]):
        values = own[record]
        if record == edited:
            values.add("Grand Vizier of Forgetting")
        if record == ignored:
            values.add("Ms Unforgettable")
        assert left(program, values) or not values, record
        said = program.ok("store", "forget", record, "--yes", "--json").json
        assert said["ok"] is True and record in said["found"]
        assert left(program, values) == set(), record
    assert program.ok("store", "check", "--json").json["ok"] is True
    # The others are as they were.
    kept = next(record for record in own if own[record] and record not in
                {edited, ignored, *conflicted, *others})  # fmt: skip
    assert left(program, own[kept]) == own[kept]


def test_ids_times_and_actors_stay(used):
    program, record = used
    user = next(ln["user"] for ln in program.ok("review", "list", "--state", "linked", "--json").lines
                if ln["record"] == record)  # fmt: skip
    before = program.ok("history", "--record", record, "--json").lines
    said = program.ok("store", "forget", user, "--yes", "--json").json["found"]
    assert record in said and user in said
    assert "next full pull reads the person again, or" in said and "ackups" in said
    after = program.ok("history", "--record", record, "--json").lines
    kept = ("entry", "batch", "run", "at", "who", "what", "record", "user", "system", "field")
    assert [{k: e[k] for k in kept} for e in before] == [
        {k: e[k] for k in kept} for e in after[: len(before)]
    ]
    assert {(e["before"], e["after"], e["why"]) for e in after} == {(None, None, "")}
    assert after[-1]["what"] == "forget"
    assert [ln for ln in program.ok("outbox", "--json").lines if ln["record"] == record] == []
    assert program("why", record).code == 2


def test_a_sync_goes_on_and_reads_the_person_again(used, sandbox):
    program, record = used
    program.ok("store", "forget", record, "--yes")
    before = len(sandbox.org.writes) + len(sandbox.workspace.writes)
    program.ok("pull", "--full")
    assert program.ok("why", record, "--json").json["state"] == "linked"
    program("push", "--yes", "--waiting-ok")
    assert program("sync", "--yes", "--waiting-ok", "--json").json["push"]["sent"] == 0
    assert len(sandbox.org.writes) + len(sandbox.workspace.writes) == before


def test_it_asks_first(pulled):
    record = pulled.editable()
    ended = pulled("store", "forget", record, "--json")
    assert ended.code == 3 and ended.last == "stopped: confirmation"
    assert ended.json["ok"] is False and record in ended.stderr
    assert pulled("store", "forget", record).stdout == "Nothing was changed: --yes confirms it.\n"
    assert pulled("store", "forget", record, "--yes", "--read-only").code == 2
    assert pulled.ok("why", record).stdout


def test_nobody(pulled):
    ended = pulled("store", "forget", "nobody", "--yes")
    assert ended.code == 2 and "no record and no user 'nobody'" in ended.stderr


def test_while_a_change_is_on_its_way_nobody_is_forgotten(pulled):
    record = pulled.editable()
    pulled.ok("edit", record, "Title=x")
    db = sqlite3.connect(load(pulled.config, {}).store.path)
    db.execute("UPDATE change SET state = 'unknown' WHERE record_id = ?", (record,))
    db.commit()
    db.close()
    ended = pulled("store", "forget", record, "--yes")
    assert ended.code == 1 and "sfvtui push" in ended.stderr


def test_backups_are_named_and_left(pulled):
    store = load(pulled.config, {}).store.path
    copy = store.parent / f"{store.name}.20260131-100000-adopt"
    pulled.ok("store", "backup", str(copy))
    other = store.parent / "bk.db"
    pulled.ok("store", "backup", str(other))
    (store.parent / "photos.db").write_bytes(b"SQLite format 3\x00 of something else")
    (store.parent / "notes.txt").write_text("nothing of ours")
    db = sqlite3.connect(store.parent / "theirs.db")
    db.execute("CREATE TABLE history(x)")
    db.commit()
    db.close()
    record = pulled.editable()
    said = pulled.ok("store", "forget", record, "--yes").stdout
    assert str(copy) in said and str(other) in said
    assert "notes.txt" not in said and "theirs.db" not in said and f"{store}," not in said


class TestPruning:
    def age(self, program, entries="1"):
        """Moves what is in the history, the ended changes and the runs two months back."""
        db = sqlite3.connect(load(program.config, {}).store.path)
        for table, columns in (
            ("history", ["at"]), ("change", ["sent_at", "made_at"]), ("run", ["ended_at"]),
        ):  # fmt: skip
            for column in columns:
                db.execute(f"UPDATE {table} SET {column} = '2026-01-01T00:00:00Z' WHERE {entries}")
        db.commit()
        db.close()

    def test_the_past_goes_and_what_open_things_need_stays(self, used):
        program, record = used
        before = program.ok("history", "--record", record, "--json").lines
        self.age(program)
        open_records = {
            line["record"]
            for command in ("outbox", "conflicts")
            for line in program.ok(command, "--json").lines
        }
        said = program.ok("store", "prune", "--before", "2026-02-01", "--yes", "--json").json
        assert said["ok"] is True and "entries of history" in said["found"]
        lines = program.ok("history", "--json").lines
        assert {line["record"] for line in lines[:-1]} <= open_records
        assert lines[-1]["what"] == "prune" and "before 2026-02-01" in lines[-1]["why"]
        assert len(program.ok("history", "--record", record, "--json").lines) == len(before)
        assert program.ok("store", "check", "--json").json["ok"] is True
        program.ok("undo", "--batch", str(before[-1]["batch"]))

    def test_what_is_newer_stays(self, used):
        program, _ = used
        before = program.ok("history", "--json").lines
        ended = program.ok("store", "prune", "--before", "2026-01-01", "--yes", "--json")
        assert "0 entries" in ended.json["found"]
        assert program.ok("history", "--json").lines[:-1] == before

    def test_the_last_day_is_needed(self, offline):
        ended = offline("store", "prune", "--before", "2099-01-01", "--yes")
        assert ended.code == 2 and "24 hours" in ended.stderr

    def test_it_asks_with_the_counts(self, used):
        program, _ = used
        self.age(program)
        ended = program("store", "prune", "--before", "2026-02-01")
        assert ended.code == 3 and "entries of history" in ended.stderr
        assert program("store", "prune").code == 2


def test_where_somebody_still_reads_an_older_state_it_is_said(pulled):
    from sfvtui.mirror import forgetting
    from sfvtui.mirror.store import open_store

    path = load(pulled.config, {}).store.path
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM record").fetchone()
    with open_store(path) as store:
        store.put("x", "y")
        store.db.execute("PRAGMA busy_timeout = 50")
        assert forgetting.forget_pages(store) is False
        reader.close()
        assert forgetting.forget_pages(store) is True
    assert not Path(f"{path}-wal").exists() or not Path(f"{path}-wal").stat().st_size
