"""The next start is where the last one ended, however it ended: nothing typed is lost."""

from __future__ import annotations


async def rested(stage):
    """The cursor rests, and its place is kept."""
    await stage.until(lambda: stage.screen._rest_timer is None)


def test_search_sort_and_row_are_there_again(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "/")
            await stage.type("vp")
            await stage.press("enter", "right", "right", "s", "down", "down")
            await rested(stage)
            view, name = stage.listing.view, stage.listing.row.cell("name").text
            assert view.search == "vp" and view.sort != "name"
        async with stage.open():
            assert stage.app.current_mode == "records"
            assert stage.listing.view == view
            assert stage.listing.row.cell("name").text == name
            assert stage.screen.query_one("#search").display
            await stage.press("escape")
            assert stage.listing.view.search == ""

    play(story())


def test_a_filter_is_there_again_on_each_list_of_its_own(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f")
            await stage.type('Title contains "VP"')
            await stage.press("enter", "2")
            assert stage.listing.view.filter == ""
        async with stage.open():
            assert stage.app.current_mode == "review"
            assert stage.listing.view.filter == ""
            await stage.press("3")
            assert stage.listing.view.filter == 'Title contains "VP"'
            assert stage.screen.query_one("#filter").display
            assert 0 < stage.listing.count < 299

    play(story())


def test_an_open_record_and_its_field_are_there_again(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "down", "enter", "]", "down", "down")
            await rested(stage)
            record, field = stage.screen._record_id, stage.listing.row.ident
        async with stage.open():
            assert stage.screen.place == "record"
            assert stage.screen._record_id == record
            assert stage.listing.row.ident == field
            await stage.press("escape")
            assert stage.screen.place == "records"
            assert stage.listing.row.ident == record
        async with stage.open():
            assert stage.screen.place == "records"

    play(story())


def test_a_record_that_left_the_mirror_is_not_opened_again(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "enter")
            await rested(stage)
            stage.app.desk.ui.keep(["003000000000000AAA", 2], "record", "records")
        async with stage.open():
            assert stage.screen.place == "records"

    play(story())


def test_the_history_of_one_record_leaves_the_history_where_it_was(stage, play):
    async def story():
        async with stage.open():
            await stage.press("6", "down", "down", "down")
            await rested(stage)
            row = stage.listing.row.ident
            await stage.press("3", "h", "/")
            await stage.type("x")
            await stage.press("enter")
        async with stage.open():
            await stage.press("6")
            assert stage.listing.view.search == ""
            assert stage.listing.row.ident == row

    play(story())


def test_a_filter_that_is_being_typed_outlives_the_program(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f")
            await stage.type("Title contai")
        async with stage.open():
            bar = stage.screen.query_one("#filter")
            assert bar.input.value == "Title contai"
            assert bar.input.has_focus
            await stage.type('ns "VP"')
            await stage.press("enter")
            assert stage.listing.view.filter == 'Title contains "VP"'
        async with stage.open():
            assert not stage.screen.query_one("#filter").input.has_focus

    play(story())


def test_escape_asks_before_it_drops_a_typed_filter(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f", "escape")
            assert stage.screen.place == "records"
            await stage.press("f")
            await stage.type("Title is blank")
            await stage.press("escape")
            assert type(stage.screen).__name__ == "Confirm"
            await stage.press("enter", "n")
            bar = stage.screen.query_one("#filter")
            assert bar.input.value == "Title is blank"
            assert bar.input.has_focus
            await stage.press("escape", "y")
            assert not bar.display
            assert stage.listing.has_focus
            assert stage.listing.view.filter == ""

    play(story())


def test_a_reason_that_is_being_typed_is_kept_for_its_record(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "I")
            await stage.type("left the")
        async with stage.open():
            await stage.press("down", "I")
            assert stage.screen.query_one("Input").value == ""
            await stage.press("escape", "up", "I")
            assert stage.screen.query_one("Input").value == "left the"
            await stage.press("escape")
            assert type(stage.screen).__name__ == "Confirm"
            await stage.press("n")
            await stage.type(" company")
            await stage.press("enter")
        assert stage.values("SELECT reason FROM ignored") == ["left the company"]

    play(story())


def test_a_filter_of_the_mapping_that_is_being_typed_is_kept(stage, play):
    async def story():
        async with stage.open():
            await stage.press("7", "down", "enter")
            await stage.type("Title")
        async with stage.open():
            await stage.press("down", "enter")
            assert stage.screen.query_one("FilterBar").input.value == "Title"

    play(story())


def test_what_was_typed_into_the_set_up_is_there_again_but_for_pasted_secrets(stage, play):
    async def story():
        async with stage.open(settings=None):
            await stage.type("acme")
            await stage.press("enter")
            await stage.type("3mvg9")
            await stage.press("enter")
            await stage.type("s3cret")
        assert b"s3cret" not in (stage.folder / "state" / "sfvtui" / "screens.json").read_bytes()
        async with stage.open(settings=None):
            answers = stage.screen.answers
            assert (answers["instance_url"], answers["client_id"]) == ("acme", "3mvg9")
            assert not answers.get("client_secret")

    play(story())


def test_searching_from_home_takes_what_is_typed_behind_the_key(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "enter", "1")
            await stage.pilot.press("/", *"lov")
            await stage.until(lambda: stage.app.current_mode == "records")
            await stage.until(lambda: stage.listing.view.search == "lov")
            assert stage.screen.place == "records"
            await stage.press("escape", "enter", "1")
            await stage.press(*["down"] * 7, "enter")
            assert stage.screen.place == "records"
            assert stage.listing.view.group.startswith("flag:")

    play(story())


def test_the_columns_of_the_mapping_are_there_when_it_is(live, play):
    async def story():
        async with live.open():
            with live.app.desk.store.write():
                live.app.desk.store.db.execute("DELETE FROM describe")
            live.app.desk.bind()
            assert live.app.desk.bound is None
            await live.press("3")
            few = [column.name for column in live.listing.source.columns]
            assert "Title" not in few
            await live.press("p")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.until(lambda: "Title" in [c.name for c in live.listing.source.columns])
            await live.idle()
            shown = live.listing.choice.visible(live.listing.source.columns)
            assert [c.name for c in shown if c.name in ("Title", "Email")] == ["Title", "Email"]
            assert len(shown) < 8

    play(story())
