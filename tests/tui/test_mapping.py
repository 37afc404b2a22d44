"""Mapping: four questions, their effect before they are saved, saved in words."""

from __future__ import annotations

from sfvtui.config import load


async def question(stage, number):
    await stage.press("7")
    while stage.screen.question != number:
        await stage.press("tab")


async def counted(stage):
    await stage.until(lambda: stage.screen._effect is not None)
    await stage.idle()


def test_the_effect_of_what_is_saved_is_what_status_counts(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 1)
            await counted(stage)
            counts = stage.app.desk.counts["states"]
            assert stage.screen._effect.states == counts

    play(story())


def test_another_filter_is_counted_before_it_is_saved_and_saved_in_words(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 3)
            await counted(stage)
            before = stage.screen._effect
            await stage.press("down", "enter")
            stage.screen.query_one("FilterBar").input.value = ""
            await stage.type('Title contains "Director"')
            await stage.press("enter")
            await stage.until(lambda: stage.screen._effect != before)
            assert stage.screen._effect.states["linked"] == before.states["linked"]
            assert stage.screen.dirty
            assert load(stage.config, stage.env).mapping == stage.settings.mapping
            await stage.press("ctrl+s")
            text = stage.screen._body.plain
            assert 'the create filter: Title contains "VP" → Title contains "Director"' in text
            await stage.press("enter", "y")
            assert not stage.screen.dirty
            saved = load(stage.config, stage.env).mapping
            assert saved.create.filter == 'Title contains "Director"'
            unmatched = stage.screen._present.states["unmatched"]
        assert (
            stage.value("SELECT COUNT(*) FROM record WHERE record_state = 'unmatched'") == unmatched
        )
        assert stage.value("SELECT COUNT(*) FROM history WHERE what = 'mapping'") == 2

    play(story())


def test_a_field_is_added_from_two_lists_and_removed_again(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 4)
            pairs = len(stage.screen.draft.pairs)
            await stage.press("a")
            await stage.type("department")
            await stage.press("enter")
            assert stage.screen._shown[0] == "sfdc.Department"
            await stage.press("enter")
            added = stage.screen.draft.pairs[-1]
            assert (added.field, added.trait, added.editable) == (
                "Department", "sfdc.Department", False,
            )  # fmt: skip
            await stage.until(lambda: stage.screen._effect and stage.screen._effect.unread)
            assert stage.screen._effect.unread == ("Department",)
            await stage.until(lambda: "not read yet: Department" in stage.panel)
            await stage.press("space")
            assert stage.screen.draft.pairs[-1].editable
            await stage.press("x")
            assert len(stage.screen.draft.pairs) == pairs
            assert not stage.screen.dirty

    play(story())


def test_the_rules_of_a_pair_are_changed_one_by_one(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 4)
            await stage.press("e", "down", "down", "enter", "down", "enter")
            assert stage.screen.draft.pairs[0].on_conflict == "salesforce"
            await stage.press("e", *["down"] * 5, "enter")
            await stage.type("VP = vp; CTO = cto")
            await stage.press("enter")
            assert dict(stage.screen.draft.pairs[0].values) == {"VP": "vp", "CTO": "cto"}

    play(story())


def test_a_draft_is_there_again_at_the_next_start_and_can_be_thrown_away(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 3)
            await stage.press("space")
            draft = stage.screen.draft
            assert not draft.create.allowed
        async with stage.open():
            await stage.press("7")
            assert stage.screen.draft == draft
            await stage.press("ctrl+z", "y")
            assert not stage.screen.dirty

    play(story())


def test_the_match_rule_by_a_trait_is_counted(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 2)
            await counted(stage)
            await stage.press("space")
            assert stage.screen.draft.match.by == "trait"
            assert stage.screen.draft.match.trait == "email"
            await stage.press("down", "enter")
            await stage.type("email")
            await stage.press("enter")
            assert stage.screen.draft.match.field == "Email"
            await stage.until(lambda: stage.screen._effect.states != stage.screen._present.states)
            assert stage.screen._effect.states["linked"]

    play(story())


def test_a_former_version_comes_back_as_the_draft(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 3)
            await stage.press("space", "ctrl+s", "y")
            assert stage.value("SELECT COUNT(*) FROM mapping") == 2
            await stage.press("V", "down", "enter")
            assert stage.screen.draft == stage.settings.mapping
            assert stage.screen.dirty

    play(story())


def test_read_only_saves_nothing(stage, play):
    async def story():
        async with stage.open(read_only=True):
            await question(stage, 3)
            await stage.press("space", "ctrl+s")
            assert "read-only" in stage.status
        assert load(stage.config, stage.env).mapping == stage.settings.mapping

    play(story())


def test_a_filter_that_does_not_parse_is_not_taken(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 1)
            await stage.press("down", "enter")
            await stage.type("Nope is 1")
            await stage.press("enter")
            assert type(stage.screen).__name__ == "FilterDialog"
            stage.screen.query_one("FilterBar").input.value = ""
            await stage.press("escape")
            assert stage.screen.draft.scope == ""

    play(story())
