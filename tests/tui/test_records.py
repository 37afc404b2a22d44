"""Records: search, filter, sort, marks, columns; one record and its editors."""

from __future__ import annotations

import pytest


def test_search_narrows_as_it_is_typed_and_esc_gives_the_list_back(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "/")
            await stage.type("ada ")
            names = stage.shown()
            assert names
            assert len(names) < 20
            await stage.press("enter")
            assert stage.listing.has_focus
            key = stage.listing.window.key
            await stage.press("escape")
            assert stage.listing.count == 299
            assert stage.listing.window.key == key
            await stage.press("n")
            assert "ada" in stage.listing.row.cell("name").text.lower() or stage.listing.row

    play(story())


def test_a_search_finds_ids_e_mails_and_mapped_fields(stage, play):
    async def story():
        record = stage.value("SELECT record_id FROM record WHERE record_state = 'linked' LIMIT 1")
        async with stage.open():
            await stage.press("3", "/")
            await stage.type(record)
            assert [stage.listing.window.row_at(0).ident] == [record]
            assert stage.listing.count == 1

    play(story())


def test_a_filter_shows_what_it_says_and_a_wrong_one_says_where(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f")
            await stage.type("Titel contains ")
            await stage.press("enter")
            note = str(stage.screen.query_one("#filter .bar--note").render())
            assert "Title" in note
            stage.screen.query_one("#filter").input.value = ""
            await stage.type('Title contains "VP"')
            await stage.press("enter")
            assert stage.listing.count
            assert all("vp" in title.lower() for title in stage.shown("Title"))
            assert stage.listing.total == 299

    play(story())


def test_tab_completes_field_names_operators_and_picklist_values(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "f")
            await stage.type("Rol")
            await stage.press("tab")
            assert stage.screen.query_one("#filter").input.value == "Role__c "
            await stage.type("is ")
            offered = [o.text for o in stage.screen.query_one("#filter")._offers]
            assert any("Decision Maker" in text for text in offered)

    play(story())


def test_the_column_under_the_cursor_sorts_and_again_turns_round(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "right", "right", "s")
            column = stage.listing.column.name
            shown = [text for text in stage.shown(column) if text]
            assert shown == sorted(shown, key=str.lower)
            await stage.press("S")
            turned = [text for text in stage.shown(column) if text]
            assert [t.lower() for t in turned] == sorted((t.lower() for t in turned), reverse=True)

    play(story())


def test_hidden_and_widened_columns_are_kept_between_starts(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "right", "+", "c")
            await stage.press("down", "down", "down", "space", "escape")
            chosen = stage.listing.choice
            assert chosen.widths
        async with stage.open():
            assert stage.listing.choice == chosen

    play(story())


def test_the_place_is_kept_while_rows_come_and_go(stage, play):
    async def story():
        async with stage.open():
            await stage.press("3", "pagedown", "down")
            name = stage.listing.row.cell("name").text
            line = stage.listing.window.cursor - stage.listing.window.top
            from sfvtui.mirror.store import open_store

            with open_store(stage.folder / "store.db") as store:
                store.db.execute(
                    "UPDATE record SET record_state = NULL WHERE record_pk IN (SELECT record_pk"
                    " FROM record WHERE record_state IS NOT NULL"
                    " ORDER BY display_name COLLATE NOCASE LIMIT 5)"
                )
            stage.app.mirror_changed()
            await stage.idle()
            assert stage.listing.count == 294
            assert stage.listing.row.cell("name").text == name
            assert stage.listing.window.cursor - stage.listing.window.top == line

    play(story())


def linked(stage, where="1"):
    return stage.value(
        "SELECT r.record_id FROM record r JOIN link l USING (record_pk) WHERE l.status = 'live'"
        " AND r.in_scope = 1 AND r.record_id NOT IN (SELECT record_id FROM conflict)"
        f" AND {where} ORDER BY r.record_id LIMIT 1"
    )


async def open_field(stage, record, field):
    stage.app.open_record(record)
    await stage.idle()
    while stage.screen.pair.pair.name != field:
        await stage.press("down")


@pytest.mark.parametrize(
    ("field", "keys", "stored"),
    [
        ("Title", ["end", *["backspace"] * 60, *"CTO", "enter"], "CTO"),
        ("Phone", ["end", *["backspace"] * 60, *"12345", "enter"], "12345"),
        ("NPS__c", ["end", *["backspace"] * 9, *"77", "enter"], "77"),
        ("Opted_In__c", ["space", "enter"], None),
        ("Role__c", [*"buyer", "enter"], "Economic Buyer"),
        ("Notes__c", ["ctrl+a", *"a", "enter", *"b", "ctrl+s"], None),
    ],
)
def test_each_type_has_an_editor_and_the_edit_waits_in_the_outbox(stage, play, field, keys, stored):
    async def story():
        record = linked(stage, f'"{field}" IS NOT NULL')
        async with stage.open():
            await open_field(stage, record, field)
            before = stage.screen.pair.salesforce
            await stage.press("e", *keys)
            edit = stage.value("SELECT value FROM edit WHERE record_id = ?", record)
            assert edit is not None
            assert edit != before
            if stored is not None:
                assert edit.startswith(stored)
            assert stage.screen.row.cell("edit").text.startswith("*")
        assert stage.value(
            "SELECT COUNT(*) FROM change WHERE record_id = ? AND state = 'queued'", record
        )

    play(story())


def test_marks_choose_the_members_of_a_set(stage, play):
    async def story():
        record = linked(stage, "Tags__c = '[\"Beta\"]' OR Tags__c = ''")
        async with stage.open():
            await open_field(stage, record, "Tags__c")
            await stage.press("e", "space", "down", "space", "enter")
        assert stage.value("SELECT value FROM edit WHERE record_id = ?", record).startswith("[")

    play(story())


def test_a_wrong_value_is_said_while_typing_and_not_taken(stage, play):
    async def story():
        record = linked(stage, "NPS__c <> ''")
        async with stage.open():
            await open_field(stage, record, "NPS__c")
            await stage.press("e", *"x")
            message = str(stage.screen.query_one(".editor--message").render())
            assert "not a whole number" in message
            await stage.press("enter")
            assert type(stage.screen).__name__ == "LineEditor"
        assert stage.value("SELECT COUNT(*) FROM edit") == 0

    play(story())


def test_esc_never_loses_typed_work_without_a_question(stage, play):
    async def story():
        record = linked(stage, "Title <> ''")
        async with stage.open():
            await open_field(stage, record, "Title")
            await stage.press("e", *"abc", "escape")
            assert type(stage.screen).__name__ == "Confirm"
            await stage.press("n")
            assert stage.screen.text().endswith("abc")
            await stage.press("escape", "y")
            assert type(stage.screen).__name__ == "RecordScreen"
        assert stage.value("SELECT COUNT(*) FROM edit") == 0

    play(story())


def test_what_was_typed_is_there_again_after_the_program_died(stage, play):
    async def story():
        record = linked(stage, "Title <> ''")
        async with stage.open():
            await open_field(stage, record, "Title")
            await stage.press("e", *"half")
            typed = stage.screen.text()
        async with stage.open():
            assert stage.screen.text() == typed
            await stage.press("escape", "y")
            assert stage.screen.pair.pair.name == "Title"
        async with stage.open():
            assert type(stage.screen).__name__ == "RecordScreen"
            await stage.press("e")
            assert stage.screen.text() != typed

    play(story())


def test_blank_undo_and_the_next_record(stage, play):
    async def story():
        record = linked(stage, "Phone <> ''")
        async with stage.open():
            await open_field(stage, record, "Phone")
            await stage.press("x")
            assert stage.value("SELECT value FROM edit WHERE record_id = ?", record) == ""
            await stage.press("u")
            assert stage.value("SELECT COUNT(*) FROM edit") == 0
            await stage.press("]")
            assert "not from a list" in stage.status
            await stage.press("escape", "3", "enter")
            first = stage.screen._record_id
            await stage.press("]")
            assert stage.screen._record_id != first
            await stage.press("[")
            assert stage.screen._record_id == first

    play(story())


def test_what_happens_next_with_a_pair_is_in_the_panel(stage, play):
    async def story():
        record = linked(stage, "Phone <> ''")
        async with stage.open():
            await open_field(stage, record, "Phone")
            await stage.until(lambda: "nothing: both sides agree" in stage.panel)
            await stage.press("x")
            await stage.until(lambda: "the next push writes blank to Salesforce" in stage.panel)
            await stage.press("u")
            await stage.until(lambda: "nothing: both sides agree" in stage.panel)

    play(story())


def test_an_edit_typed_back_is_gone_and_undo_brings_it_back(stage, play):
    async def story():
        record = linked(
            stage,
            "Phone <> '' AND Phone = (SELECT u.Phone FROM user u WHERE u.user_pk = l.user_pk)",
        )
        async with stage.open():
            await open_field(stage, record, "Phone")
            before = stage.screen.pair.salesforce
            await stage.press("x", "e")
            stage.screen.query_one("Input").value = before
            await stage.press("enter")
            assert "the edit is gone" in stage.status
            assert stage.value("SELECT COUNT(*) FROM edit") == 0
            await stage.press("u")
            assert "taken back" in stage.status
            assert stage.value("SELECT value FROM edit WHERE record_id = ?", record) == ""
            await stage.press("u")
            assert stage.value("SELECT COUNT(*) FROM edit") == 0

    play(story())


def test_no_column_of_a_record_is_narrower_in_a_wider_terminal(stage, play):
    async def story():
        record, widths = linked(stage), {}
        for size in ((80, 24), (120, 40)):
            async with stage.open(size=size):
                stage.app.open_record(record)
                await stage.idle()
                widths[size] = stage.listing.size.width
                title = stage.screen.query_one("#title").text
                assert title.count("linked") == 1
        assert widths[120, 40] >= widths[80, 24]

    play(story())


def test_a_field_that_is_not_editable_says_so(stage, play):
    async def story():
        async with stage.open():
            await open_field(stage, linked(stage), "Last_QBR__c")
            await stage.press("e")
            assert "not editable in the mapping" in stage.status

    play(story())


def test_why_explains_a_field_end_to_end(stage, play):
    async def story():
        async with stage.open():
            await open_field(stage, linked(stage), "Title")
            await stage.press("w")
            text = stage.screen._body.plain
            for word in ("rule", "base", "Salesforce", "Vitally", "next", "History"):
                assert word in text

    play(story())


def test_text_of_the_services_never_controls_the_terminal(stage, play):
    async def story():
        async with stage.open(size=(120, 40)):
            await stage.press("3")
            for row in range(stage.listing.count // 30 + 1):
                stage.listing.go(row * 30)
                await stage.pilot.pause()
                for y in range(stage.listing.size.height):
                    text = stage.listing.render_line(y).text
                    assert "\x1b" not in text
                    assert not any("\u202a" <= char <= "\u202e" for char in text)
                    from rich.cells import cell_len

                    assert cell_len(text) == stage.listing.size.width
            assert any("[red]" in name for name in stage.shown())

    play(story())


def test_unlinking_asks_and_one_undo_links_again(stage, play):
    async def story():
        record = linked(stage)
        live = "SELECT COUNT(*) FROM link l JOIN record r USING (record_pk) WHERE r.record_id = ?"
        async with stage.open():
            await open_field(stage, record, "Title")
            await stage.press("U", "n")
            assert stage.value(f"{live} AND status = 'live'", record) == 1
            await stage.press("U", "y")
            assert stage.value(f"{live} AND status = 'live'", record) == 0
            await stage.press("e")
            assert "only linked records can be edited" in stage.status
            await stage.press("u")
            assert stage.value(f"{live} AND status = 'live'", record) == 1

    play(story())


def test_the_user_s_accounts_are_queued(stage, play):
    async def story():
        record = stage.value(
            "SELECT r.record_id FROM flag f JOIN record r USING (record_pk)"
            " WHERE f.flag = 'other_account' AND r.record_state = 'linked' LIMIT 1"
        )
        async with stage.open():
            await open_field(stage, record, "Title")
            await stage.press("A", "enter")
            assert "done; u takes it back" in stage.status
            sql = "SELECT COUNT(*) FROM change_field WHERE origin = 'account' AND open = 1"
            assert stage.value(sql) == 1
            await stage.press("u")
            assert stage.value(sql) == 0

    play(story())


def test_the_history_of_a_record_opens_over_it(stage, play):
    async def story():
        record = linked(stage, "Phone <> ''")
        async with stage.open():
            await open_field(stage, record, "Phone")
            await stage.press("x", "h")
            assert stage.shown("what")[0] == "edit"
            assert set(stage.shown("name")) == {stage.listing.row.cell("name").text}
            await stage.press("escape")
            assert type(stage.screen).__name__ == "RecordScreen"

    play(story())


def test_both_sides_of_one_record_are_fetched_now(live, play):
    async def story():
        record = linked(live, "Title <> ''")
        live.sandbox.org.update(record, {"Title": "Fetched by itself"})
        async with live.open():
            await open_field(live, record, "Title")
            await live.press("R")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert live.screen.pair.salesforce == "Fetched by itself"
            assert "pulled in" in live.status

    play(story())
