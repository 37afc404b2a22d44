"""A store can be checked, copied while it is used, and brought back."""

from __future__ import annotations

import sqlite3
import stat

import pytest

from sfvtui.domain.changes import ChangeState
from sfvtui.errors import StoreError
from sfvtui.mirror import backup, store
from sfvtui.mirror.schema import MIGRATIONS
from sfvtui.mirror.store import open_store


@pytest.fixture
def opened(tmp_path):
    """A store with a queued change, a parked one, and one that is being sent."""
    with open_store(tmp_path / "store.db") as found:
        for number, state in enumerate(("queued", "parked", "sending", "landed"), 1):
            found.db.execute(
                "INSERT INTO change(change_id, system, action, record_id, state, mapping, made_at)"
                " VALUES (?, 'salesforce', 'update', ?, ?, 1, '2026-01-01T00:00:00Z')",
                (number, f"r{number}", state),
            )
            found.db.execute(
                "INSERT INTO change_field(change_id, name, field, origin, why, target, open)"
                " VALUES (?, 'Title', 'Title', 'reconcile', '', ?, ?)",
                (number, f"salesforce:r{number}", int(state != "landed")),
            )
        yield found


def states(of) -> list[str]:
    return [row[0] for row in of.rows("SELECT state FROM change ORDER BY change_id")]


class TestBackups:
    def test_a_backup_is_one_file_of_its_owners_that_any_tool_can_read(self, opened, tmp_path):
        made = backup.backup(opened, tmp_path / "kept" / "copy.db")
        assert stat.S_IMODE(made.stat().st_mode) == 0o600
        assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
        assert [p.name for p in made.parent.iterdir()] == ["copy.db"]
        copy = sqlite3.connect(made)
        assert copy.execute("SELECT COUNT(*) FROM change").fetchone() == (4,)
        copy.close()

    def test_it_holds_what_is_still_in_the_log(self, opened, tmp_path):
        opened.put("late", "yes")
        made = backup.backup(opened, tmp_path / "copy.db")
        with open_store(made) as copy:
            assert copy.get("late") == "yes"

    def test_a_file_that_is_there_is_left_as_it_is(self, opened, tmp_path):
        taken = tmp_path / "copy.db"
        taken.write_text("mine")
        with pytest.raises(StoreError, match="exists already"):
            backup.backup(opened, taken)
        assert taken.read_text() == "mine"

    def test_one_that_fails_leaves_nothing(self, opened, tmp_path, monkeypatch):
        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(backup, "_copy", full)
        with pytest.raises(StoreError, match="full"):
            backup.backup(opened, tmp_path / "copy.db")
        assert not (tmp_path / "copy.db").exists()

    def test_a_place_that_cannot_be_written_is_named(self, opened, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match="cannot be made"):
            backup.backup(opened, tmp_path / "file" / "copy.db")

    def test_backups_beside_the_store_have_names_of_their_own(self, opened):
        first, second = backup.beside(opened, "adopt"), backup.beside(opened, "adopt")
        assert first != second and first.parent == opened.path.parent


class TestRestoring:
    def test_a_restored_store_takes_its_whole_outbox_as_unknown(self, opened, tmp_path):
        made = backup.backup(opened, tmp_path / "copy.db")
        with open_store(made) as restored:
            assert states(restored) == ["unknown", "unknown", "unknown", "landed"]
            assert restored.get(backup.RESTORED) is not None

    def test_the_store_that_was_copied_goes_on_as_it_was(self, opened, tmp_path):
        backup.backup(opened, tmp_path / "copy.db")
        with open_store(opened.path) as again:
            assert states(again) == ["queued", "parked", "sending", "landed"]

    def test_it_is_noticed_once(self, opened, tmp_path):
        made = backup.backup(opened, tmp_path / "copy.db")
        with open_store(made) as restored:
            restored.db.execute("UPDATE change SET state = ?", (ChangeState.QUEUED.value,))
        with open_store(made) as again:
            assert set(states(again)) == {"queued"}


class TestMigrations:
    NEXT = "CREATE TABLE later(x TEXT) STRICT;\n"

    def test_a_store_is_backed_up_before_its_tables_change(self, opened, monkeypatch):
        path = opened.path
        opened.close()
        monkeypatch.setattr(store, "MIGRATIONS", (*MIGRATIONS, self.NEXT))
        with open_store(path) as newer:
            assert newer.columns("later") == ["x"]
        (kept,) = [p for p in path.parent.iterdir() if "-version-" in p.name]
        monkeypatch.setattr(store, "MIGRATIONS", MIGRATIONS)
        with open_store(kept) as older:
            assert older.columns("later") == []
            assert len(states(older)) == 4

    def test_a_new_store_needs_no_backup(self, tmp_path):
        with open_store(tmp_path / "new.db"):
            pass
        assert not [p for p in tmp_path.iterdir() if "-version-" in p.name]

    def test_a_damaged_store_is_not_migrated(self, opened, monkeypatch):
        path = opened.path
        opened.close()
        monkeypatch.setattr(store, "MIGRATIONS", (*MIGRATIONS, self.NEXT))
        monkeypatch.setattr(backup, "damage", lambda _: ["row 3 missing from index"])
        with pytest.raises(StoreError, match="was not migrated: row 3 missing"):
            open_store(path)
        monkeypatch.setattr(store, "MIGRATIONS", MIGRATIONS)
        with open_store(path) as same:
            assert same.columns("later") == []


class TestChecks:
    def test_a_whole_store_has_no_problems(self, tmp_path):
        with open_store(tmp_path / "store.db") as found:
            assert backup.check(found) == []
            assert "0 records" in backup.contents(found)

    @pytest.mark.parametrize("what", backup.INVARIANTS)
    def test_each_broken_promise_is_found(self, tmp_path, what):
        with open_store(tmp_path / "store.db") as found:
            _break(found, what)
            assert any(what in problem for problem in backup.check(found))

    def test_a_row_that_names_what_is_not_there_is_found(self, tmp_path):
        with open_store(tmp_path / "store.db") as found:
            found.db.execute("PRAGMA foreign_keys = OFF")
            found.db.execute("INSERT INTO stay VALUES (7, 'Title', 'a', 'b', '')")
            assert backup.check(found) == ["a row of stay names one of link that there is not"]

    def test_a_damaged_file_is_found(self, tmp_path):
        path = tmp_path / "store.db"
        with open_store(path) as found:
            found.db.executemany(
                "INSERT INTO ignored VALUES (?, 'ada', '2026', ?)",
                [(f"r{n}", "x" * 500) for n in range(500)],
            )
            found.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data = bytearray(path.read_bytes())
        data[-10 * 4096 :] = b"\x00" * (10 * 4096)
        path.write_bytes(data)
        with open_store(path) as found:
            assert backup.check(found) != []


def _break(of, what: str) -> None:
    """Breaks one promise in a new store, whatever keeps it otherwise."""
    of.db.execute("PRAGMA foreign_keys = OFF")
    for index in ("link_live_record", "link_live_user", "one_open_change"):
        of.db.execute(f"DROP INDEX {index}")

    def link(record, user):
        of.db.execute(
            "INSERT INTO link(record_pk, user_pk, made_by, made_at) VALUES (?, ?, 'x', 'x')",
            (record, user),
        )

    def change(state, number=1, action="update"):
        of.db.execute(
            "INSERT INTO change(change_id, system, action, record_id, state, mapping, made_at)"
            " VALUES (?, 'vitally', ?, 'r', ?, 1, 'x')",
            (number, action, state),
        )

    def field(opened, number=1, edit=None):
        of.db.execute(
            "INSERT INTO change_field(change_id, name, field, origin, why, target, open, edit_id)"
            " VALUES (?, 'Title', 'Title', 'edit', '', 't', ?, ?)",
            (number, opened, edit),
        )

    match what:
        case "a record with two live links":
            link(1, 1), link(1, 2)
        case "a user with two live links":
            link(1, 1), link(2, 1)
        case "a field with two open changes":
            change("queued"), change("queued", 2), field(1), field(1, 2)
        case "an ended change with an open field":
            change("landed"), field(1)
        case "an open change with a closed field":
            change("queued"), field(0)
        case "an open change without a field":
            change("queued")
        case "an open field of an edit that there is not":
            change("queued"), field(1, edit=9)
        case "an edit that nothing sends":
            of.db.execute(
                "INSERT INTO edit(link_id, record_id, field, value, saw_salesforce, saw_vitally,"
                " origin, who, at) VALUES (1, 'r', 'Title', 'a', 'b', 'c', 'edit', 'x', 'x')"
            )
        case "a queued creation that nobody approved":
            change("queued", action="create"), field(1)
        case "a kept count that is not what there is":
            of.db.execute("UPDATE tally SET n = 7 WHERE name = 'held'")
