"""The program around the screens: going, themes, help, palette, failures, leaving."""

from __future__ import annotations

import pytest

from sfvtui.tui import actions
from sfvtui.tui.themes import THEMES


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (250, 70), (40, 12)])
def test_every_screen_can_be_gone_to_at_every_size(stage, play, size):
    async def story():
        async with stage.open(size=size):
            for digit, place in enumerate(actions.PLACES, 1):
                await stage.press(str(digit), "down")
                assert stage.app.current_mode == place

    play(story())


def test_a_terminal_that_changes_its_size_is_followed(stage, play):
    async def story():
        async with stage.open(size=(80, 24)):
            for place in "1234567":
                await stage.press(place)
                for size in ((200, 60), (60, 16), (120, 40)):
                    await stage.pilot.resize_terminal(*size)
                    await stage.idle()
                    assert stage.screen.size == size

    play(story())


def test_a_terminal_below_the_smallest_size_is_told_so(stage, play):
    async def story():
        async with stage.open(size=(60, 16)):
            for place in "1234567":
                await stage.press(place)
                await stage.until(lambda: "60×16 is too small" in stage.status)
            await stage.pilot.resize_terminal(80, 24)
            await stage.until(lambda: "too small" not in stage.status)
            await stage.pilot.resize_terminal(20, 5)
            await stage.press("1", "2", "j", "k", "?", "escape", "3", "/", "escape")
            assert stage.app.current_mode == "records"

    play(story())


def test_the_theme_goes_round_and_is_kept(stage, play):
    async def story():
        async with stage.open():
            seen = [stage.app.theme]
            for _ in THEMES[1:]:
                stage.screen.do_theme()
                await stage.idle()
                seen.append(stage.app.theme)
            assert seen == [theme.name for theme in THEMES]
            assert stage.app.no_color
            kept = stage.app.theme
        async with stage.open():
            assert stage.app.theme == kept

    play(story())


def test_no_color_takes_every_colour_out_of_what_is_sent(stage, play, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def story():
        async with stage.open():
            await stage.press("3", "down")
            for strip in stage.screen._compositor.render_strips():
                for segment in strip:
                    style = segment.style
                    for colour in (style.color, style.bgcolor) if style else ():
                        assert colour is None or colour.is_default

    play(story())


def test_help_says_what_the_screen_is_for_its_keys_and_the_words(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "?")
            text = stage.screen._body.plain
            assert actions.PLACE_HELP["review"] in text
            for action in actions.at("review"):
                if action.keys:
                    assert action.help in text
            assert "the value of a pair that both sides last agreed on" in text

    play(story())


def test_the_palette_finds_commands_by_name_and_records_by_search(stage, play):
    async def story():
        name = stage.value("SELECT display_name FROM record WHERE record_state = 'linked' LIMIT 1")
        async with stage.open():
            await stage.press("ctrl+p")
            await stage.type("theme")
            await stage.press("enter")
            await stage.until(lambda: stage.app.theme != THEMES[0].name)
            await stage.press("colon")
            await stage.type(name)
            await stage.until(lambda: stage.screen.query_one("CommandList").option_count)
            await stage.press("enter")
            await stage.until(lambda: type(stage.screen).__name__ == "RecordScreen")

    play(story())


def test_home_counts_what_was_decided_on_another_screen(stage, play):
    async def story():
        async with stage.open():
            before = stage.app.desk.counts["states"]["unmatched"]
            await stage.press("2", "j", "a")
            await stage.until(lambda: stage.app.desk.counts["states"]["unmatched"] == before - 1)
            await stage.press("1")
            await stage.until(lambda: f"{before - 1}" in stage.shown("count"))

    play(story())


def test_the_footer_says_the_keys_of_a_line_that_is_typed_into(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f")
            footer = stage.screen.query_one("#footer")
            await stage.until(lambda: "Tab complete" in footer.text)
            await stage.press("escape")
            await stage.until(lambda: "Tab complete" not in footer.text)

    play(story())


def test_home_goes_to_the_list_that_a_line_counts(stage, play):
    async def story():
        async with stage.open():
            words = stage.shown("what")
            at = words.index("ambiguous matches")
            await stage.press(*["down"] * at, "enter")
            assert stage.app.current_mode == "review"
            assert stage.listing.view.group == "ambiguous"
            await stage.press("1")
            await stage.until(lambda: stage.app.current_mode == "home")
            at = next(i for i, text in enumerate(words) if "account churned" in text)
            await stage.press("g", *["down"] * at, "enter")
            assert stage.app.current_mode == "records"
            assert stage.listing.view.group == "flag:account_churned"
            assert stage.listing.count == int(
                stage.value("SELECT COUNT(*) FROM flag WHERE flag = 'account_churned'")
            )

    play(story())


def test_what_another_process_writes_is_seen_without_a_key(stage, play):
    async def story():
        from sfvtui.sync.context import Context
        from sfvtui.sync.review import ignore

        async with stage.open():
            await stage.press("2")
            before = stage.listing.count
            with Context.open(stage.settings) as context:
                ignore(context, [stage.listing.row.ident])
            await stage.until(lambda: stage.listing.count == before - 1)

    play(story())


def test_what_nobody_expected_is_one_screen_and_the_work_goes_on(stage, play):
    async def story():
        async with stage.open():
            stage.app.shows_failures = True
            await stage.press("3")
            stage.screen.do_sort = lambda: 1 / 0
            await stage.press("s")
            assert type(stage.screen).__name__ == "FailureScreen"
            assert "ZeroDivisionError" in stage.screen._text.plain
            await stage.press("escape", "down")
            assert type(stage.screen).__name__ == "RecordsScreen"

    play(story())


def test_the_id_and_a_value_are_copied_through_the_terminal(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "y")
            assert stage.app.clipboard == stage.listing.row.ident
            await stage.press("right", "right", "y")
            assert stage.app.clipboard == stage.listing.row.cell("Title").text

    play(story())


def test_every_key_of_every_screen_can_be_pressed(stage, play):
    """No key raises, whatever it finds; dialogs are left again."""

    async def story():
        async with stage.open(size=(120, 40)):
            for digit, place in enumerate(actions.PLACES, 1):
                for action in actions.at(place):
                    if action.name in ("quit", "pull", "push", "palette") or not action.keys:
                        continue
                    if len(action.where) > 3 and place != "records":
                        continue  # the same code on every list
                    await stage.press(str(digit), action.keys[0])
                    while not hasattr(stage.screen, "place"):
                        await stage.press("escape")
                        if type(stage.screen).__name__ == "Confirm":
                            await stage.press("n")
                    while len(stage.app.screen_stack) > 1:
                        stage.app.pop_screen()
                        await stage.idle()

    play(story())


def test_what_only_looks_holds_little_of_the_store(stage, play):
    async def story():
        async with stage.open():
            with stage.app.desk.reading() as store:
                assert store.value("PRAGMA cache_size") == -2000

    play(story())
