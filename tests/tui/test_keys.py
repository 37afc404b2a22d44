"""Each key of the finding screens, by what it does to the mirror or to what is shown."""

from __future__ import annotations

import csv

import pytest

from sfvtui.tui import actions

UNMATCHED = "SELECT COUNT(*) FROM record WHERE record_state = 'unmatched'"


def test_an_approval_is_withdrawn(stage, play):
    async def story():
        async with stage.open():
            before = stage.value(UNMATCHED)
            await stage.press("2", "down", "a")
            assert stage.value("SELECT COUNT(*) FROM change WHERE action = 'create'") == 1
            await stage.press("tab", "tab", "tab", "r")
            await stage.until(lambda: stage.value("SELECT COUNT(*) FROM approval") == 0)
        assert stage.value(UNMATCHED) == before
        assert stage.value("SELECT COUNT(*) FROM history WHERE what IN ('withdraw', 'drop')") == 1

    play(story())


def test_a_range_and_a_mark_choose_what_is_ignored(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down", "v", "down", "down", "v", "G", "space")
            assert stage.listing.marked == 4
            await stage.press("i", "y")
        assert stage.value("SELECT COUNT(*) FROM ignored") == 4
        assert stage.value("SELECT COUNT(DISTINCT batch) FROM history WHERE what = 'ignore'") == 1

    play(story())


def test_shift_tab_shows_the_state_before(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "shift+tab")
            assert stage.listing.view.group == "outside_filter"
            await stage.press("tab")
            assert stage.listing.view.group == "unmatched"
            await stage.press("7", "tab", "tab", "shift+tab")
            assert stage.screen.question == 2

    play(story())


def test_movement_goes_to_the_ends_and_by_pages(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "G")
            window = stage.listing.window
            assert window.cursor == 298
            await stage.press("g")
            assert window.cursor == 0
            await stage.press("pagedown")
            page = window.cursor
            assert page > 5
            await stage.press("pageup", "j", "j", "k")
            assert window.cursor == 1
            await stage.press("end", "home")
            assert window.cursor == 0

    play(story())


def test_the_panel_scrolls_without_the_list(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down")
            await stage.until(lambda: "would be created" in stage.panel)
            panel, at = stage.screen.query_one("#detail"), stage.listing.window.cursor
            await stage.press("J")
            assert panel.scroll_offset.y == 3
            await stage.press("K")
            assert panel.scroll_offset.y == 0
            assert stage.listing.window.cursor == at

    play(story())


def test_hits_of_the_last_search_are_gone_through_in_the_whole_list(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "/")
            await stage.type("lovelace")
            await stage.press("enter", "escape", "g")
            names = []
            for key in ("n", "n", "N"):
                await stage.press(key)
                names.append(stage.listing.row.cell("name").text)
            assert "Lovelace" in names[0]
            assert names[2] == names[0]
            assert stage.listing.count == 299

    play(story())


def test_copying_takes_the_id_or_the_value_of_the_column(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "j", "y")
            assert stage.app.clipboard == stage.listing.row.ident
            await stage.press("right", "right", "y")
            title = stage.listing.column.name
            assert stage.app.clipboard == stage.listing.row.cell(title).text

    play(story())


def test_columns_are_widened_and_narrowed(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "right", "right")
            name = stage.listing.column.name
            before = stage.listing.choice.widths.get(name, stage.listing.column.width)
            await stage.press("+", "+", "-")
            assert stage.listing.choice.widths[name] == before + 2

    play(story())


def test_the_mouse_chooses_opens_sorts_and_presses_the_footer(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3")
            await stage.pilot.click("#list", offset=(10, 4))
            assert stage.listing.window.cursor == 3
            await stage.pilot.click("#list", offset=(8, 0))
            await stage.idle()
            assert stage.listing.view.sort == "name"
            assert stage.listing.view.reverse
            await stage.pilot.click("#list", offset=(10, 3), times=2)
            await stage.idle()
            assert stage.screen.place == "record"
            await stage.press("escape")
            footer = stage.screen.query_one("#footer")
            at = footer.text.index("search") + 1
            await stage.pilot.click("#footer", offset=(at, 0))
            await stage.idle()
            assert stage.screen.query_one("#search").input.has_focus

    play(story())


@pytest.mark.parametrize("place", ["home", "review", "records", "mapping"])
def test_a_key_that_cannot_act_says_why(stage, play, place):
    async def story():
        async with stage.open(read_only=True):
            await stage.press(str(actions.PLACES.index(place) + 1))
            for action in actions.at(place):
                why = action.why_not(stage.screen.facts())
                if why and action.keys:
                    await stage.press(action.keys[0])
                    assert f"can't {action.verb}: {why}"[:60] in stage.status

    play(story())


def test_q_leaves_and_the_next_start_is_here(stage, play):
    async def story():
        async with stage.open():
            await stage.press("6", "q")
            assert stage.app.return_value == 0
        async with stage.open():
            assert stage.app.current_mode == "history"

    play(story())


def test_what_a_list_shows_is_saved_as_csv_that_no_spreadsheet_runs(stage, play, tmp_path):
    async def story():
        file = tmp_path / "shown.csv"
        async with stage.open():
            await stage.press("3", "/")
            await stage.type("hostile")
            await stage.press("enter", "W")
            stage.screen.query_one("Input").value = str(file)
            await stage.press("enter")
            await stage.until(file.exists)
            names, count = stage.shown(), stage.listing.count
            await stage.until(lambda: f"saved {count} rows" in stage.status)
            await stage.press("W")
            stage.screen.query_one("Input").value = str(file)
            await stage.press("enter")
            assert stage.screen._question == "Write over this file?"
            await stage.press("enter", "n")
        assert file.stat().st_mode & 0o777 == 0o600
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert len(rows) == count
        assert [row["Name"].removeprefix("'") for row in rows] == names
        assert not any(row["Name"].startswith(("=", "@")) for row in rows)

    play(story())


def test_the_address_of_a_record_is_copied_for_a_browser(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "Y")
            url = stage.settings.salesforce.instance_url
            assert stage.app.clipboard == f"{url}/{stage.listing.row.ident}"

    play(story())


def test_help_says_where_the_files_are(stage, play):
    async def story():
        async with stage.open():
            await stage.press("1", "?")
            text = stage.screen._body.plain
            assert str(stage.config) in text
            assert str(stage.settings.store.path) in text

    play(story())
