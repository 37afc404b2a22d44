"""Conflicts are settled, the outbox is pushed, the history is read; each with its keys."""

from __future__ import annotations

from sfvtui.mirror.store import open_store


async def on_kind(stage, kind):
    await stage.press("4")
    shown = stage.shown("kind")
    stage.listing.go(shown.index(kind))
    await stage.idle()


def test_taking_a_side_settles_the_conflict_and_queues_it(stage, play):
    async def story():
        async with stage.open():
            await on_kind(stage, "both changed")
            row = stage.listing.row
            await stage.press("<")
            assert "Salesforce's value is queued" in stage.status
            assert row.key not in list(stage.listing.window.order)
        assert stage.value("SELECT COUNT(*) FROM history WHERE what = 'resolve'") == 1

    play(story())


def test_undo_brings_the_conflict_back(stage, play):
    async def story():
        async with stage.open():
            await on_kind(stage, "both changed")
            row = stage.listing.row
            await stage.press(">")
            await stage.press("u")
            assert row.ident in [
                stage.listing.window.row_at(i).ident for i in range(stage.listing.count)
            ]

    play(story())


def test_another_value_is_typed_in_the_editor_of_its_type(stage, play):
    async def story():
        async with stage.open():
            await on_kind(stage, "both changed")
            while stage.listing.row.cell("field").text != "Title":
                await stage.press("down")
            record = stage.listing.row.ident
            await stage.press("e", "end", *["backspace"] * 60, *"COO", "enter")
        assert stage.value("SELECT value FROM edit WHERE record_id = ?", record) == "COO"

    play(story())


def test_a_half_typed_value_is_there_again_after_the_program_died(stage, play):
    async def story():
        async with stage.open():
            await on_kind(stage, "both changed")
            while stage.listing.row.cell("field").text != "Title":
                await stage.press("down")
            await stage.press("e", *"half")
            typed = stage.screen.text()
        async with stage.open():
            assert stage.screen.text() == typed
            await stage.press("enter")
            assert "what was typed is queued" in stage.status
        assert stage.value("SELECT COUNT(*) FROM edit WHERE value = ?", typed) == 1

    play(story())


def test_the_values_beside_a_typed_one_are_whole_in_a_small_terminal(stage, play):
    async def story():
        async with stage.open():
            await stage.press("4")
            stage.listing.go(stage.shown("field").index("Notes__c"))
            await stage.idle()
            await stage.press("e")
            about = stage.screen.query_one(".editor--about")
            assert about.size.height >= 4
            area = stage.screen.query_one("TextArea")
            assert area.region.bottom <= 24
            assert stage.screen.query_one(".dialog--keys").region.bottom <= 24
            if about.max_scroll_y:
                assert "Ctrl+" in str(stage.screen.query_one(".dialog--keys").render())
                await stage.press(*["ctrl+down"] * about.max_scroll_y)
                assert about.scroll_y == about.max_scroll_y

    play(story())


def test_a_side_that_there_is_not_says_so(stage, play):
    async def story():
        async with stage.open():
            await on_kind(stage, "no base")
            await stage.press("b")
            assert "no base to take" in stage.status

    play(story())


def test_all_conflicts_of_a_field_are_settled_like_the_last_one(stage, play):
    async def story():
        async with stage.open():
            await stage.press("4")
            fields = stage.shown("field")
            title = [i for i, name in enumerate(fields) if name == "Title"]
            stage.listing.go(title[0])
            await stage.press("<")
            await stage.press("=")
            assert f"all {len(title) - 1} conflicts of Title" in stage.screen._question
            await stage.press("y")
            assert "Title" not in stage.shown("field")

    play(story())


def test_a_long_text_is_shown_as_a_difference_and_a_set_by_its_members(stage, play):
    async def story():
        async with stage.open(size=(120, 40)):
            await stage.press("4")
            for field, sign in (("Notes__c", "{+"), ("Tags__c", "+")):
                stage.listing.go(stage.shown("field").index(field))
                await stage.until(lambda field=field: field in stage.panel)
                assert sign in stage.panel

    play(story())


def test_a_dropped_change_leaves_the_difference(stage, play):
    async def story():
        async with stage.open():
            await stage.press("5")
            before = stage.listing.count
            stays = stage.value("SELECT COUNT(*) FROM stay")
            await stage.press("d", "y")
            assert stage.listing.count == before - 1
        assert stage.value("SELECT COUNT(*) FROM stay") == stays + 1

    play(story())


def test_tab_shows_one_system_alone(stage, play):
    async def story():
        async with stage.open():
            await stage.press("5", "tab")
            assert set(stage.shown("system")) == {"Salesforce"}
            await stage.press("tab")
            assert set(stage.shown("system")) == {"Vitally"}

    play(story())


def test_a_push_shows_its_plan_and_sends_nothing_without_a_yes(stage, play):
    async def story():
        async with stage.open():
            await stage.press("P")
            assert stage.screen._question.startswith("Push 36 changes")
            assert "new links would be replaced" in stage.screen._body.plain
            await stage.press("enter", "n")
        assert stage.value("SELECT COUNT(*) FROM run") == 0

    play(story())


def test_history_is_shown_by_record_and_opened(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down", "i", "6")
            assert stage.listing.row.cell("what").text == "ignore"
            name = stage.listing.row.cell("name").text
            await stage.press("r")
            assert set(stage.shown("name")) == {name}
            await stage.press("r")
            assert stage.listing.count > 1
            await stage.press("enter")
            assert type(stage.screen).__name__ == "RecordScreen"

    play(story())


def test_a_decision_is_taken_back_from_the_history(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down", "i", "6", "U", "y")
            assert "taken back" in stage.status
        assert stage.value("SELECT COUNT(*) FROM ignored") == 0

    play(story())


def test_a_change_is_held_back_with_a_reason_released_and_both_taken_back(stage, play):
    async def story():
        async with stage.open():
            await stage.press("5")
            while stage.listing.row.facts["state"] != "queued":
                await stage.press("down")
            number = stage.listing.row.key
            await stage.press("r")
            assert "not held back" in stage.status
            await stage.press("h", *"wait", "enter")
            assert stage.value("SELECT reason FROM held_back LIMIT 1") == "wait"
            stage.listing.go(list(stage.listing.window.order).index(number))
            await stage.until(lambda: ": wait" in stage.panel)
            await stage.press("r")
            assert stage.value("SELECT COUNT(*) FROM held_back") == 0
            await stage.press("u")
            assert stage.value("SELECT COUNT(*) FROM held_back")
            await stage.press("u")
            assert stage.value("SELECT COUNT(*) FROM held_back") == 0
            assert stage.value("SELECT held FROM change WHERE change_id = ?", number) is None

    play(story())


def test_marked_changes_are_held_back_as_one_action(stage, play):
    async def story():
        async with stage.open():
            await stage.press("5", "*", "h", "escape")
            assert stage.value("SELECT COUNT(*) FROM held_back") == 0
            await stage.press("h", "enter", "P")
            assert "nothing to push" in stage.status
            assert (
                stage.value("SELECT COUNT(DISTINCT batch) FROM history WHERE what = 'pause'") == 1
            )

    play(story())


def test_the_base_is_taken(stage, play):
    async def story():
        async with stage.open():
            await on_kind(stage, "both changed")
            row = stage.listing.row
            field = row.cell("field").text
            base = stage.value(
                "SELECT base FROM conflict WHERE record_id = ? AND field = ?", row.ident, field
            )
            await stage.press("b")
            assert "the base is queued" in stage.status
        assert stage.value("SELECT value FROM edit WHERE record_id = ?", row.ident) == base

    play(story())


def test_the_edit_is_taken_where_there_is_one(stage, play):
    async def story():
        async with stage.open():
            await on_kind(stage, "both changed")
            await stage.press("E")
            assert "there is no edit to take" in stage.status
            row = stage.listing.row
            with open_store(stage.folder / "store.db") as store:
                store.db.execute(
                    "UPDATE conflict SET edit = '42', kind = 'edit-moved' WHERE record_id = ?",
                    (row.ident,),
                )
            stage.app.mirror_changed()
            await stage.idle()
            field = stage.listing.row.cell("field").text
            await stage.press("E")
            assert "the edit is queued" in stage.status, field
        assert stage.value("SELECT value FROM edit WHERE record_id = ?", row.ident) == "42"

    play(story())


def test_marked_conflicts_take_a_side_after_a_yes_and_one_undo_takes_all_back(stage, play):
    async def story():
        async with stage.open():
            await stage.press("4")
            before = stage.listing.count
            await stage.press("*", ">")
            asked = stage.screen._question
            assert "Take Vitally's value for" in asked
            await stage.press("n")
            assert stage.listing.count == before
            await stage.press(">", "y")
            assert stage.listing.count < before
            await stage.press("u")
            assert stage.listing.count == before

    play(story())


def test_a_parked_change_is_tried_again(stage, play):
    async def story():
        number = stage.value("SELECT MIN(change_id) FROM change WHERE state = 'queued'")
        with open_store(stage.folder / "store.db") as store:
            store.db.execute(
                "UPDATE change SET state = 'parked', code = 'ENTITY_IS_LOCKED', message = 'locked',"
                " mend = 'Unlock the record', attempts = 2 WHERE change_id = ?",
                (number,),
            )
        async with stage.open():
            await stage.press("5", "shift+tab")
            assert list(stage.listing.window.order) == [number]
            await stage.until(lambda: "Unlock the record" in stage.panel)
            assert "tried 2 times" in stage.panel
            await stage.press("h")
            assert "can't hold back: it is parked" in stage.status
            await stage.press("t")
            assert "queued again" in stage.status
            assert stage.listing.count == 0
            assert "nothing is parked" in stage.listing.empty
        assert stage.value("SELECT state FROM change WHERE change_id = ?", number) == "queued"

    play(story())


def test_a_run_is_shown_alone_and_a_changed_mapping_is_opened(live, play):
    async def story():
        async with live.open():
            await live.press("P", "y", "6", "R")
            assert {
                live.listing.window.row_at(i).facts["run"] for i in range(live.listing.count)
            } == {1}
            await live.press("R", "G")
            assert live.listing.row.cell("what").text == "mapping"
            await live.press("o")
            assert "can't open its run: this entry was not part of a push" in live.status
            await live.press("enter")
            assert "after" in live.screen._body.plain

    play(story())


def test_a_parked_change_is_mended_where_it_stands(stage, play):
    async def story():
        number, record = stage.value("SELECT MIN(change_id) FROM change WHERE state = 'queued'"), ""
        record = stage.value("SELECT record_id FROM change WHERE change_id = ?", number)
        with open_store(stage.folder / "store.db") as store:
            store.db.execute(
                "UPDATE change SET state = 'parked', code = 'STRING_TOO_LONG', message = 'too long',"
                " mend = 'Shorten the value' WHERE change_id = ?",
                (number,),
            )
        async with stage.open():
            await stage.press("5", "shift+tab", "e")
            assert "too long" in stage.screen._about.plain
            await stage.press("end", *["backspace"] * 60, *"CTO")
        async with stage.open():
            assert stage.screen.text() == "CTO"
            await stage.press("enter")
            assert "Title is queued" in stage.status
            assert stage.listing.count == 0
        assert stage.value("SELECT value FROM edit WHERE record_id = ?", record) == "CTO"
        assert stage.value("SELECT state FROM change WHERE change_id = ?", number) == "dropped"

    play(story())
