"""CSV both ways: lists that spreadsheets open safely, and edits of many records from a file."""

from __future__ import annotations

import csv
import io

import pytest

from sfvtui import csv_cells
from sfvtui.cli import csv_text


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def people(pulled):
    """The program, and three unflagged linked records with what `review list --csv` says of them."""
    taken = {line["record"] for line in pulled.ok("conflicts", "--json").lines}
    rows = table(pulled.ok("review", "list", "--state", "linked", "--csv").stdout)
    free = [row for row in rows if not row["flags"] and row["record"] not in taken]
    return pulled, free[:3]


def write(program, rows, **options):
    """Writes the rows as a file; its path."""
    path = program.config.parent / "people.csv"
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, **options)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
    return str(path)


class TestLists:
    def test_a_review_list_has_the_keys_and_the_fields_as_columns(self, pulled):
        lines = pulled.ok("review", "list", "--json").lines
        rows = table(pulled.ok("review", "list", "--csv").stdout)
        assert len(rows) == len(lines)
        assert list(rows[0]) == [
            "record", "state", "flags", "reason", "user", "candidates", *lines[0]["fields"],
        ]  # fmt: skip
        for row, line in zip(rows, lines, strict=True):
            assert (row["record"], row["state"]) == (line["record"], line["state"])
            for name, value in line["fields"].items():
                assert csv_text.unguarded(row[name]) == csv_cells.cell(value)

    def test_the_history_has_the_keys_as_columns(self, pulled):
        record = pulled.editable()
        pulled.ok("edit", record, "Title==1+1", "Phone=+1 555 010-9999")
        lines = pulled.ok("history", "--record", record, "--json").lines
        rows = table(pulled.ok("history", "--record", record, "--csv").stdout)
        assert [list(row) for row in rows] == [list(line) for line in lines]
        after = {row["field"]: row["after"] for row in rows if row["what"] == "edit"}
        assert after == {"Title": "'=1+1", "Phone": "+1 555 010-9999"}

    @pytest.mark.parametrize("command", [["review", "list"], ["history"]])
    def test_csv_and_json_are_not_one(self, pulled, command):
        for arguments in (["--csv", "--json"], ["--json", "--csv"]):
            ended = pulled(*command, *arguments)
            assert ended.code == 2 and "--csv or --json" in ended.stderr

    def test_before_the_first_pull_there_is_a_header(self, offline):
        assert offline.ok("review", "list", "--csv").stdout.startswith("record,state,")
        assert offline.ok("history", "--csv").stdout.startswith("entry,batch,")


class TestEditing:
    def test_a_file_is_queued_as_one_action_that_one_undo_takes_back(self, people):
        program, rows = people
        before = program.ok("plan", "--json").stdout
        file = write(
            program, [{"record": r["record"], "Title": f"Chief {n}"} for n, r in enumerate(rows)]
        )
        ended = program.ok("edit", "--from", file, "--yes", "--json")
        assert [line["record"] for line in ended.lines] == [row["record"] for row in rows]
        for line in ended.lines:
            (edit,) = line["edits"]
            assert set(line) == {"record", "edits"} and edit["field"] == "Title"
            assert set(edit) == {"field", "before", "after"}
            assert set(edit["before"]) == {"salesforce", "vitally"}
        entries = program.ok("history", "--json").lines[-3:]
        (batch,) = {entry["batch"] for entry in entries}
        assert f"undo --batch {batch}" in ended.stderr
        program.ok("undo", "--batch", str(batch))
        assert program.ok("plan", "--json").stdout == before

    def test_what_a_list_wrote_wants_nothing(self, pulled):
        before = pulled.ok("plan", "--json").stdout
        text = pulled.ok("review", "list", "--csv").stdout
        text += pulled.ok("review", "list", "--state", "linked", "--csv").stdout.split("\n", 1)[1]
        file = pulled.config.parent / "all.csv"
        file.write_text(text)
        ended = pulled.ok("edit", "--from", str(file), "--yes", "--json")
        assert ended.stdout == "" and "0 values of 0 records" in ended.stderr
        assert pulled.ok("plan", "--json").stdout == before

    def test_the_same_file_again_wants_nothing_more(self, people):
        program, rows = people
        file = write(program, [{"record": rows[0]["record"], "Title": "Chief", "Title (old)":
                                rows[0]["Title"]}])  # fmt: skip
        program.ok("edit", "--from", file, "--yes")
        again = program.ok("edit", "--from", file, "--yes", "--json")
        assert again.stdout == "" and "1 line without a change" in again.stderr

    def test_an_old_value_that_is_none_refuses_that_record_with_both(self, people):
        program, rows = people
        file = write(program, [
            {"record": rows[0]["record"], "Title": "New", "Title (old)": "Never Was This"},
            {"record": rows[1]["record"], "Title": "New", "Title (old)": rows[1]["Title"]},
        ])  # fmt: skip
        ended = program("edit", "--from", file, "--yes", "--json")
        assert ended.code == 1
        good, bad = ended.lines
        assert good["record"] == rows[1]["record"]
        assert bad["record"] == rows[0]["record"]
        assert (bad["refused"]["line"], bad["refused"]["column"]) == (2, "Title")
        assert "Never Was This" in bad["refused"]["reason"]
        assert csv_text.unguarded(rows[0]["Title"]) in bad["refused"]["reason"]
        assert "line 2, Title: " in ended.stderr

    def test_a_record_is_refused_whole_and_the_others_are_not(self, people):
        program, rows = people
        unlinked = program.first("unmatched")["record"]
        file = write(program, [
            {"record": rows[0]["record"], "Title": "x", "NPS__c": "many"},
            {"record": rows[1]["record"], "Title": "y", "NPS__c": "7"},
            {"record": unlinked, "Title": "z", "NPS__c": "7"},
            {"record": "003000000000000AAA", "Title": "z", "NPS__c": "7"},
            {"record": "nobody", "Title": "z", "NPS__c": "7"},
            {"record": rows[2]["record"], "Title": "z", "NPS__c": "7"},
            {"record": rows[2]["record"][:15], "Title": "z", "NPS__c": "7"},
        ])  # fmt: skip
        ended = program("edit", "--from", file, "--yes", "--json")
        assert ended.code == 1
        refused = {line["refused"]["line"]: line["refused"] for line in ended.lines[1:]}
        assert ended.lines[0]["record"] == rows[1]["record"]
        assert set(refused) == {2, 4, 5, 6, 7, 8}
        assert refused[2]["column"] == "NPS__c" and "unmatched" in refused[4]["reason"]
        assert refused[5]["column"] == refused[6]["column"] == "record"
        assert "line 8" in refused[7]["reason"] and "line 7" in refused[8]["reason"]
        planned = {line["record"] for line in program.ok("outbox", "--json").lines
                   if any(f["after"] == "x" for f in line["fields"])}  # fmt: skip
        assert planned == set()

    def test_it_is_a_plan_until_somebody_says_yes(self, people):
        program, rows = people
        before = program.ok("plan", "--json").stdout
        file = write(program, [{"record": rows[0]["record"], "Title": ""}])
        ended = program("edit", "--from", file)
        assert ended.code == 3 and ended.last == "stopped: confirmation"
        assert "→ (blank)" in ended.stdout and "1 value of 1 record would be queued" in ended.stderr
        assert program.ok("edit", "--from", file, "--dry-run", "--json").lines[0]["edits"]
        assert program("edit", "--from", file, "--yes", "--read-only").code == 2
        assert program.ok("plan", "--json").stdout == before

    def test_a_field_that_is_only_listed_may_stand_there_unchanged(self, people):
        program, rows = people
        row = {"record": rows[0]["record"], "Title": "Chief", "AccountId": rows[0]["AccountId"]}
        program.ok("edit", "--from", write(program, [row]), "--yes")
        ended = program("edit", "--from", write(program, [{**row, "AccountId": "x"}]), "--yes")
        assert ended.code == 1 and "line 2, AccountId" in ended.stderr


class TestFiles:
    @pytest.mark.parametrize(
        "dress",
        [
            lambda text: b"\xef\xbb\xbf" + text.encode(),
            lambda text: text.replace("\n", "\r\n").encode(),
            lambda text: text.replace("\n", "\r").encode(),
            lambda text: text.replace(",", ";").encode(),
            lambda text: text.replace(",", "\t").encode(),
            lambda text: b"sep=;\r\n" + text.replace(",", ";").encode(),
            lambda text: text.replace("record", " Record ").encode(),
            lambda text: (text + "\n,\n\n").encode(),
            lambda text: text.rstrip("\n").encode(),
        ],
    )
    def test_what_spreadsheets_write_is_read(self, dress):
        columns, (line,) = csv_text.read(dress('record,Title\n003x,"Head of\u00a0Ö ""X"""\n'), "f")
        assert columns == ["Title"]
        assert (line.record, line.cells) == ("003x", {"Title": 'Head of\u00a0Ö "X"'})

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            (b"", "is empty"),
            (b"Id,Title\nx,y\n", "no column `record`"),
            (b"record,Title,title\nx,y,z\n", "line 1: the column title stands there twice"),
            (b"record,,Title\nx,y,z\n", "column 2 has no name"),
            (b"record,Title\nx,y\nx\n", "line 3 has 1 cells, the header 2, so Title has none"),
            (b"record,Title\nx,a,b\n", "line 2 has 3 cells"),
            (b"record,Title\n,y\n", "line 2: the column `record` is empty"),
            (b'record,Title\nx,"y\n', "line 2: this is not CSV"),
            (b"record,Title\nx,\xff\n", "line 2 is not UTF-8"),
            ("record,Title\n".encode("utf-16"), "UTF-16"),
            (b"record,Title\nx,\x00\n", "line 2 holds a NUL"),
        ],
    )
    def test_what_cannot_be_read_surely_is_refused_whole(self, people, data, words):
        program, _ = people
        path = program.config.parent / "odd.csv"
        path.write_bytes(data)
        ended = program("edit", "--from", str(path), "--yes")
        assert ended.code == 2 and words in ended.stderr and str(path) in ended.stderr

    def test_columns_that_are_none(self, people):
        program, rows = people
        for row, words in (
            ({"Titel": "x"}, "Did you mean Title?"),
            ({"Title (old)": "x"}, "none `Title`"),
            ({}, "no column of a field"),
        ):
            file = write(program, [{"record": rows[0]["record"], **row}])
            ended = program("edit", "--from", file, "--yes")
            assert ended.code == 2 and words in ended.stderr

    def test_a_file_that_there_is_not(self, people):
        ended = people[0]("edit", "--from", "/nowhere/people.csv")
        assert ended.code == 2 and "/nowhere/people.csv" in ended.stderr

    def test_a_line_is_counted_where_it_begins(self):
        text = b'record,Title\nx,"a\nb"\ny,c\n'
        assert [line.number for line in csv_text.read(text, "f")[1]] == [2, 4]
