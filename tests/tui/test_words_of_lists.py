"""What lists and their questions say: why a list is empty, what was taken back, what stays."""

from __future__ import annotations

import csv
import os
import subprocess
import sys

from sfvtui.cli.csv_text import read
from sfvtui.sync.context import Context
from sfvtui.sync.edit import edit
from sfvtui.sync.edit_file import Wish, plan_file
from sfvtui.sync.pace import figures
from sfvtui.sync.push import push
from sfvtui.tui.widgets.cells import only_blanks_differ, with_blanks
from tests.tui.conftest import connected
from tests.tui.test_records import linked


def footer(stage):
    return stage.app.current().query_one("#footer").text


def line(widget):
    return str(widget.render())


def test_searching_everybody_drops_what_records_showed_last(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3")
            everybody = stage.listing.count
            stage.screen.show_group("flag:account_churned")
            await stage.idle()
            await stage.press("f")
            stage.screen.query_one("#filter").input.value = 'Title contains "VP"'
            await stage.press("enter")
            assert stage.listing.count < everybody
            await stage.press("1", "/")
            assert stage.app.current_mode == "records"
            assert (stage.listing.view.group, stage.listing.view.filter) == ("", "")
            assert stage.listing.count == everybody

    play(story())


def test_an_empty_list_says_what_hides_its_rows(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3")
            everybody = stage.listing.count
            await stage.press("/")
            await stage.type("nobody at all")
            await stage.press("enter")
            said = f"search hides all {everybody}; Esc clears it"
            await stage.until(lambda: stage.listing.empty == said)
            await stage.press("f")
            stage.screen.query_one("#filter").input.value = 'Title contains "VP"'
            await stage.press("enter")
            both = f"search and filter hide all {everybody}; Esc clears them"
            await stage.until(lambda: stage.listing.empty == both)
            await stage.press("2", "/")
            await stage.type("nobody at all")
            await stage.press("enter")
            await stage.until(lambda: stage.listing.empty == "search hides all 16; Esc clears it")
            await stage.press("escape")
            assert stage.listing.count == 16

    play(story())


def test_one_half_of_an_edit_says_what_the_other_side_keeps(live, play):
    with connected(live.settings) as context:
        record = linked(live, "Title <> ''")
        edit(context, record, {"Title": "Chief of tests"})
        push(context, confirm=lambda _: True)

    async def story():
        async with live.open(size=(120, 40)):
            await live.press("6")
            at = next(
                at
                for at in range(live.listing.count)
                if (row := live.listing.window.row_at(at)).cell("what").text == "update"
                and row.cell("system").text == "Vitally"
                and row.facts["record"] == record
            )
            live.listing.go(at)
            await live.press("U")
            await live.until(lambda: type(live.screen).__name__ == "Confirm")
            text = live.screen._body.plain
            assert "Salesforce keeps Chief of tests; entry" in text
            assert "the edit, takes back both" in text
            await live.press("y")
            assert "queued to take back; P sends it" in live.status

    play(story())


def test_undo_says_what_it_took_back(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down")
            name = stage.listing.row.cell("name").text
            await stage.press("i", "u")
            assert f"taken back: ignore {name}" in stage.status

    play(story())


def test_a_saved_list_of_people_is_taken_back_by_edit(stage, play, tmp_path):
    file = tmp_path / "shown.csv"

    async def story():
        async with stage.open(size=(120, 40)):
            await stage.press("3", "W")
            stage.screen.query_one("Input").value = str(file)
            await stage.press("enter")
            await stage.until(lambda: f"saved {stage.listing.count} rows" in stage.status)

    play(story())
    data = file.read_bytes()
    assert data.startswith(b"record,")
    columns, lines = read(data, str(file))
    assert {"state", "Title", "Email", "account name"} <= set(columns)
    values = [name for name in columns if name in ("Title", "Email", "Name")]
    wishes = [
        Wish(line.number, line.record, {name: line.cells[name] for name in values}, {})
        for line in lines
    ]
    with Context.open(stage.settings) as context:
        plan = plan_file(context, wishes)
    assert (plan.edits, plan.refused) == ({}, [])
    assert plan.unchanged == len(lines) > 200


def test_the_columns_of_a_saved_list_are_known_to_edit(stage, play, tmp_path):
    file = tmp_path / "review.csv"

    async def story():
        async with stage.open(size=(120, 40)):
            await stage.press("2", "W")
            stage.screen.query_one("Input").value = str(file)
            await stage.press("enter")
            await stage.until(lambda: "saved" in stage.status)

    play(story())
    with file.open(encoding="utf-8", newline="") as text:
        assert next(csv.reader(text))[0] == "record"
    command = [sys.executable, "-m", "sfvtui", "edit", "--from", str(file), "--dry-run"]
    env = {**os.environ, **stage.env, "SFVTUI_CONFIG": str(stage.config)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_question_over_a_filter_has_its_keys_in_the_footer(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f")
            await stage.type("Titel")
            assert "complete" in footer(stage)
            await stage.press("escape")
            assert "throw it away" in footer(stage)
            assert "complete" not in footer(stage)
            await stage.press("n")
            assert "complete" in footer(stage)

    play(story())


def test_after_a_wrong_filter_one_key_clears_the_line(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f")
            await stage.type("Titel contains x")
            await stage.press("enter")
            assert "column 1" in line(stage.screen.query_one("#filter .bar--note"))
            await stage.press("ctrl+u")
            assert stage.screen.query_one("#filter").input.value == ""

    play(story())


def test_a_search_for_a_user_without_a_hit_says_so(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "l")
            assert "≠ marks what a user has else" in stage.screen._note
            await stage.type("nobody at all")
            options = stage.screen.query_one("OptionList")
            assert "no free user has that" in str(options.get_option_at_index(0).prompt)
            await stage.press("enter")
            assert type(stage.screen).__name__ == "ChooseUser"

    play(story())


def test_values_that_differ_in_blanks_alone_show_them():
    assert only_blanks_differ("Ada  Nguyen", "Ada Nguyen")
    assert not only_blanks_differ("Ada Nguyen", "Ada Nguyen")
    assert not only_blanks_differ("Ada", "Eva")
    assert with_blanks("Ada  Nguyen ") == "Ada··Nguyen·"


def test_unlinking_a_merged_record_names_its_user(stage, play):
    record = stage.value("SELECT record_id FROM conflict WHERE kind = 'merged'")

    async def story():
        async with stage.open():
            stage.app.open_record(record)
            await stage.idle()
            await stage.press("U")
            text = stage.screen._body.plain
            assert "no user" not in text
            assert "The record and the user " in text
            await stage.press("y")
            await stage.idle()
            await stage.until(lambda: "its record is gone (merged) and has no user" in stage.panel)

    play(story())


def test_marks_leave_the_present_tab_in_sight_at_eighty_columns(stage, play):
    async def story():
        async with stage.open():
            for digit, words in (("2", "unmatched 16"), ("5", "all")):
                await stage.press(digit, "*")
                title = stage.screen.query_one("#title").text
                assert words in title
                assert "marked" in stage.screen.query_one("#place").text
                room = 80 - len(stage.screen.query_one("#place").text)
                assert len(title.rstrip()) <= room

    play(story())


def test_same_for_the_field_is_in_the_footer_once_it_can_act(stage, play):
    async def story():
        async with stage.open():
            await stage.press("4")
            shown = stage.shown("kind")
            stage.listing.go(shown.index("both changed"))
            await stage.press("<")
            assert "= same for the field" in footer(stage)

    play(story())


def test_the_size_that_is_too_small_is_the_present_one(stage, play):
    async def story():
        async with stage.open(size=(60, 15)):
            assert "60×15 is too small" in stage.status
            await stage.pilot.resize_terminal(40, 10)
            await stage.until(lambda: "40×10 is too small" in stage.status)

    play(story())


def test_holding_one_half_of_an_edit_says_that_the_other_goes_along(stage, play):
    record = linked(stage, "Title <> ''")
    with Context.open(stage.settings) as context:
        edit(context, record, {"Title": "Chief of tests"})

    async def story():
        async with stage.open():
            await stage.press("5", "tab", "/")
            await stage.type("chief of tests")
            await stage.press("enter")
            if not stage.listing.count:
                await stage.press("escape")
                rows = range(stage.listing.count)
                at = [stage.listing.window.row_at(i).facts["record"] for i in rows].index(record)
                stage.listing.go(at)
            await stage.press("h")
            assert "Hold 1 change and its other half, to Vitally, back?" in stage.screen._question
            await stage.press("enter")
            assert "1 change and its other half, to Vitally, held back" in stage.status

    play(story())


def test_a_push_is_counted_as_one_number_over_both_systems(live):
    told = []
    with connected(live.settings) as context:
        edit(context, linked(live, "Title <> ''"), {"Title": "Chief of tests"})
        whole = live.value("SELECT COUNT(*) FROM change WHERE state = 'queued' AND held IS NULL")
        context.progress = told.append
        push(context, confirm=lambda _: True)
    figured = [figures(one) for one in told if one.what.startswith("pushing to ")]
    first = [text for text in figured if text.startswith("0 of ")]
    assert first == [f"0 of {whole}"]
    assert f"{whole} of {whole}" in figured
