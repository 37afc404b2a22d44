"""A store that an earlier sfvtui made opens in this one, and nothing of it is lost."""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter

import pytest

from sfvtui.errors import StoreError
from sfvtui.mirror import backup, counts, search
from sfvtui.mirror.schema import MIGRATIONS
from sfvtui.mirror.store import open_store
from sfvtui.mirror.windows import Selection, record_keys

VERSIONS = range(1, len(MIGRATIONS) + 1)

FIRST = """
INSERT INTO meta VALUES ('object', 'Contact'), ('pulled:salesforce', '2026-01-01T00:00:00Z');
INSERT INTO mapping VALUES (1, '2026-01-01', 'ada', '[mapping]', NULL, NULL);
INSERT INTO describe VALUES ('Contact', '2026-01-01', '{}');
INSERT INTO pair(field, trait, signature, described) VALUES ('Title', 'sfdc.Title', 's', '{}');
ALTER TABLE record ADD COLUMN "Title" TEXT;
ALTER TABLE user ADD COLUMN "Title" TEXT;
ALTER TABLE base ADD COLUMN "Title" TEXT;
INSERT INTO record(record_pk, record_id, display_name, record_state, folded_text, "Title") VALUES
  (1, 'r1', 'Ada', 'linked', 'ada engineer', 'Engineer'), (2, 'r2', 'bob', 'held', 'bob', NULL),
  (3, 'r3', 'Cy', NULL, 'cy', '');
INSERT INTO user(user_pk, user_id, display_name, traits_json, missing_at, folded_text) VALUES
  (1, 'u1', 'Ada', '{"sfdc.Title":"Engineer"}', NULL, 'ada'), (2, 'u2', 'Old', '{}', '2025', 'old');
INSERT INTO account(account_id, traits_json) VALUES ('a1', '{}');
INSERT INTO user_account VALUES (1, 'a1');
INSERT INTO link(link_id, record_pk, user_pk, made_by, made_at) VALUES (1, 1, 1, 'rule', '2026');
INSERT INTO base VALUES (1, 'Engineer');
INSERT INTO flag VALUES (1, 'disagrees', 'why');
INSERT INTO ignored VALUES ('r9', 'ada', '2026', 'not one of us');
INSERT INTO stay VALUES (1, 'Title', 'a', 'b', 'kept');
INSERT INTO conflict(record_id, field, kind, why, since) VALUES ('r1', 'Title', 'blank', 'w', '2026');
INSERT INTO change(change_id, system, action, record_id, state, mapping, made_at) VALUES
  (1, 'vitally', 'update', 'r1', 'queued', 1, '2026');
INSERT INTO change_field(change_id, name, field, after, origin, why, target) VALUES
  (1, 'sfdc.Title', 'Title', 'b', 'reconcile', '', 'vitally:u1');
INSERT INTO run(run, started_at, who, host, pid) VALUES (1, '2026', 'ada', 'h', 1);
INSERT INTO history(entry, batch, at, who, what) VALUES (1, 1, '2026', 'ada', 'mapping');
"""
"""Something in the tables of the first version."""


def make(path, version):
    """A store as the sfvtui of this version left it; returns what its tables hold."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        for number, script in enumerate(MIGRATIONS[:version], 1):
            db.executescript(script)
            if number == 1:
                db.executescript(FIRST)
        db.execute(f"PRAGMA user_version = {version}")
        return contents(db)


def contents(db):
    found = {}
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        columns = [row[1] for row in db.execute(f'PRAGMA table_info("{table}")')]
        found[table] = columns, sorted(map(tuple, db.execute(f'SELECT * FROM "{table}"')), key=repr)
    return found


def schema(of):
    return {tuple(row) for row in of.rows("SELECT type, name, tbl_name FROM sqlite_schema")}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_older_store_held_is_found_again(tmp_path, version):
    path = tmp_path / "store.db"
    before = make(path, version)
    with open_store(path) as opened:
        assert opened.value("PRAGMA user_version") == len(MIGRATIONS)
        now = contents(opened.db)
        for table, (columns, rows) in before.items():
            kept, found = now[table]
            assert set(columns) <= set(kept), table
            places = [kept.index(column) for column in columns]
            same = Counter(tuple(row[at] for at in places) for row in found)
            assert Counter(rows) <= same, table
        assert backup.check(opened) == []
        assert counts.status(opened)["states"]["held"] == 1
        assert counts.status(opened)["users"] == 1
        assert counts.status(opened)["outbox"]["queued"] == 1
        search.refresh(opened)
        assert list(record_keys(opened, Selection(search="engineer"))) == [1]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_store_becomes_what_a_new_one_is(tmp_path, version):
    make(tmp_path / "old.db", version)
    with open_store(tmp_path / "old.db") as old, open_store(tmp_path / "new.db") as new:
        assert schema(old) == schema(new)


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "store.db"
    make(path, len(MIGRATIONS))
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        before = contents(db)
    with pytest.raises(StoreError, match="Use the newer sfvtui that wrote it"):
        open_store(path)
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert contents(db) == before
