"""Review: judge one, and the next is there; nothing leaves before a push."""

from __future__ import annotations

import pytest


def test_approving_queues_a_user_and_moves_on(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down")
            first, second = stage.shown()[1:3]
            await stage.press("a")
            assert stage.status.startswith(f"─ ✓ approved {first}")
            assert stage.listing.row.cell("name").text == second
            assert first not in stage.shown()
        assert stage.value("SELECT COUNT(*) FROM change WHERE action = 'create'") == 1
        assert stage.value("SELECT COUNT(*) FROM history WHERE what = 'approve'") == 1

    play(story())


def test_one_key_each_judges_many_in_a_row(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2")
            plain = [n for n in stage.shown() if n]
            await stage.press("i", "i", "i")
            assert stage.shown() == plain[3:]
        assert stage.value("SELECT COUNT(*) FROM ignored") == 3

    play(story())


def test_a_look_alike_is_approved_only_after_a_question_without_a_default(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2")
            marks = stage.shown("mark")
            at = next(
                i
                for i, mark in enumerate(marks)
                if mark == "!" and "look" in stage.listing.window.row_at(i).cell("flags").text
            )
            stage.listing.go(at)
            await stage.press("a")
            assert type(stage.screen).__name__ == "Confirm"
            await stage.press("enter")
            assert type(stage.screen).__name__ == "Confirm"
            await stage.press("n")
            assert stage.value("SELECT COUNT(*) FROM approval") == 0
            await stage.press("a", "y")
        assert stage.value("SELECT COUNT(*) FROM approval") == 1

    play(story())


def test_marked_rows_are_approved_together_after_the_number_was_said(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2")
            await stage.press("*", "a")
            question = stage.screen._question
            assert question == "Approve 16 records?"
            await stage.press("y")
            approved = stage.value("SELECT COUNT(*) FROM approval")
            assert 0 < approved < 16
            assert type(stage.screen).__name__ == "Pager"
            await stage.press("escape", "u")
            assert stage.value("SELECT COUNT(*) FROM approval") == 0
        assert stage.value("SELECT COUNT(DISTINCT batch) FROM history WHERE what = 'approve'") == 1

    play(story())


def test_undo_takes_the_last_judgement_back(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down")
            name = stage.listing.row.cell("name").text
            await stage.press("i")
            assert name not in stage.shown()
            await stage.press("u")
            assert name in stage.shown()
            assert "taken back" in stage.status
        assert stage.value("SELECT COUNT(*) FROM ignored") == 0

    play(story())


def test_ignoring_with_a_reason_keeps_it(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "I")
            await stage.type("left the company")
            await stage.press("enter")
        assert stage.values("SELECT reason FROM ignored") == ["left the company"]

    play(story())


def test_an_ambiguous_record_is_linked_to_the_candidate_that_was_chosen(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "tab")
            assert len(stage.shown()) == 6
            before = stage.value("SELECT COUNT(*) FROM link WHERE made_by <> 'rule'")
            await stage.press("l")
            assert type(stage.screen).__name__ == "ChooseUser"
            await stage.press("down", "enter")
            assert "linked" in stage.status
            assert stage.value("SELECT COUNT(*) FROM link WHERE made_by <> 'rule'") == before + 1
            await stage.press("u")
        assert stage.value("SELECT COUNT(*) FROM link WHERE made_by <> 'rule'") == before

    play(story())


def test_candidates_stand_side_by_side_with_what_differs(stage, play):
    async def story():
        async with stage.open(size=(120, 40)):
            await stage.press("2", "tab")
            await stage.until(lambda: "user 2" in stage.panel)
            assert "the same" in stage.panel

    play(story())


def test_the_panel_shows_the_user_that_would_be_created(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down")
            name, title = (stage.listing.row.cell(column).text for column in ("name", "Title"))
            await stage.until(lambda: stage.panel.startswith(name))
            assert "would be created in Vitally as" in stage.panel
            assert "externalId" in stage.panel
            assert title in stage.panel

    play(story())


def test_a_restored_record_is_what_the_rule_says_again(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down", "i")
            await stage.press("tab", "tab", "tab", "tab")
            assert stage.listing.view.group == "ignored"
            assert len(stage.shown()) == 1
            await stage.press("r")
            assert stage.shown() == []
        assert stage.value("SELECT COUNT(*) FROM ignored") == 0

    play(story())


@pytest.mark.parametrize("key", ["a", "i", "l", "P", "I"])
def test_read_only_refuses_and_says_so(stage, play, key):
    async def story():
        async with stage.open(read_only=True):
            await stage.press("2", key)
            assert "read-only" in stage.status
        assert stage.value("SELECT COUNT(*) FROM approval") == 0
        assert stage.value("SELECT COUNT(*) FROM ignored") == 0

    play(story())


def test_the_state_and_the_row_are_there_again_at_the_next_start(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "tab", "tab", "down", "down")
            await stage.until(lambda: stage.app.desk.ui.get("at", "review") is not None)
            await stage.until(
                lambda: stage.app.desk.ui.get("at", "review") == stage.listing.window.key
            )
            name = stage.listing.row.cell("name").text
        async with stage.open():
            assert stage.app.current_mode == "review"
            assert stage.listing.view.group == "held"
            assert stage.listing.row.cell("name").text == name

    play(story())


def test_undo_leads_back_to_the_row_that_was_judged(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", *["down"] * 9)
            name = stage.listing.row.cell("name").text
            await stage.press("i", "i", "up", "up", "u", "u")
            assert stage.listing.row.cell("name").text == name

    play(story())


def test_marked_rows_offer_only_what_their_state_allows(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "*")
            assert "restore" not in stage.screen.query_one("#footer").text
            await stage.press("r")
            assert "can't restore: it is unmatched, not ignored or approved" in stage.status
            await stage.press("escape", "tab", "*", "a")
            assert "can't approve: it is ambiguous" in stage.status

    play(story())


def test_why_names_the_rule_and_the_value_that_found_nobody(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "down")
            value = stage.value(
                "SELECT Product_User_Id__c FROM record WHERE record_id = ?", stage.listing.row.ident
            )
            said = f'Product_User_Id__c is "{value}", to equal externalId'
            await stage.until(lambda: said in stage.panel)
            await stage.press("w")
            await stage.until(lambda: type(stage.screen).__name__ == "Pager")
            assert f"no user has the match value: {said}" in stage.screen._body.plain

    play(story())


def test_users_to_link_to_differ_to_the_eye_and_fit_the_smallest_terminal(stage, play):
    async def story():
        async with stage.open():
            await stage.press("2", "tab", "l")
            dialog = stage.screen
            options = dialog.query_one("OptionList")
            lines = [str(option.prompt).splitlines() for option in options.options]
            assert len(lines) > 1
            assert len({tuple(line) for line in lines}) == len(lines)
            assert all(len(line) == 2 for line in lines)
            assert all(len(part) <= options.size.width for line in lines for part in line)
            for (name, _, _), line in zip(dialog._entries(""), lines, strict=True):
                assert name in line[1]
                assert dialog.rows[name]["external_id"] in line[1]
            record = stage.app.current().listing.row
            assert record.cell("name").text in dialog._question
            assert record.cell("name").text in dialog._note
            assert not any("≠" in line[0] for line in lines)
            await stage.type("a")
            others = [str(option.prompt) for option in dialog.query_one("OptionList").options]
            assert any("≠" in other.splitlines()[0] for other in others[len(lines) :])

    play(story())
