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
            await stage.press("V")
            now, before = (note for _, _, note in stage.screen._entries)
            assert now == "it is what is saved"
            assert before == "1 change: unmatched records create users: no → yes"
            await stage.press("down", "enter")
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


def test_a_draft_reads_what_the_mirror_has_not_read_after_its_cost_was_said(live, play):
    async def story():
        async with live.open():
            await question(live, 4)
            await live.press("a")
            await live.type("region")
            await live.press("enter", "enter")
            await live.until(lambda: live.screen._effect and live.screen._effect.unread)
            await live.until(lambda: "r reads them now" in live.panel)
            await live.press("r")
            assert live.screen._question == "Read Region__c now?"
            assert "It costs about 1 call of Salesforce" in live.screen._body.plain
            await live.press("enter", "y")
            await live.until(lambda: "read Region__c of" in live.status)
            await live.until(lambda: live.screen._effect and not live.screen._effect.unread)
            assert live.screen._effect.to_vitally["Region__c"]
            await live.press("r")
            assert "can't read new fields: the mirror has read all of its fields" in live.status
            assert load(live.config, live.env).mapping == live.settings.mapping
        assert live.value("SELECT COUNT(*) FROM change_field WHERE field = 'Region__c'") == 0
        assert live.value("SELECT value FROM meta WHERE name = 'unread:Region__c'") == "yes"

    play(story())


def test_a_field_that_comes_back_is_read_anew_and_not_taken_from_earlier(live, play):
    async def story():
        async with live.open():
            await question(live, 4)
            at = [p.field for p in live.screen.draft.pairs].index("Phone")
            await live.press(*["down"] * at, "x", "ctrl+s", "y")
            await live.press("a")
            await live.type("phone")
            await live.press("enter", "enter", "ctrl+s", "y")
            await live.until(lambda: not live.screen.dirty)
            assert live.screen.draft.pairs[-1].field == "Phone"
        assert live.value("SELECT COUNT(*) FROM record WHERE Phone IS NOT NULL") == 0
        assert live.value("SELECT value FROM meta WHERE name = 'unread:Phone'") == "yes"

    play(story())


def test_another_object_is_held_after_it_was_said_what_that_means(live, play):
    async def story():
        async with live.open():
            await live.press("3", "7", "enter")
            await live.until(lambda: type(live.screen).__name__ == "Choose")
            await live.type("vitally")
            names = live.screen._shown
            await live.press("escape")
            assert live.screen.draft == live.settings.mapping
            await live.press("enter")
            await live.until(lambda: type(live.screen).__name__ == "Choose")
            await live.type("account")
            name = live.screen._shown[0]
            await live.press("enter")
            await live.until(lambda: type(live.screen).__name__ == "Confirm")
            assert live.screen._question == f"Hold {name} from now on?"
            text = live.screen._body.plain
            assert "The history is kept, and a backup of the store is made first." in text
            await live.press("enter", "space")
            assert load(live.config, live.env).mapping.object == "Contact"
            await live.press("y")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.until(lambda: "p pulls it" in live.status)
            assert load(live.config, live.env).mapping.object == name
            await live.press("3")
            assert live.listing.count == 0
        assert live.value("SELECT COUNT(*) FROM record") == 0
        assert live.value("SELECT COUNT(*) FROM history WHERE what = 'adopt'") == 1
        assert list(live.folder.glob("*adopt*"))
        assert names is not None

    play(story())


def test_where_the_other_object_is_refused_the_config_is_as_it_was(live, play, monkeypatch):
    from sfvtui.errors import StoreError

    def refuse(*_):
        raise StoreError("No.", "Try later.")

    monkeypatch.setattr("sfvtui.sync.adopt.adopt", refuse)

    async def story():
        before = live.config.read_bytes()
        async with live.open():
            await live.press("7", "enter")
            await live.until(lambda: type(live.screen).__name__ == "Choose")
            await live.type("account")
            await live.press("enter")
            await live.until(lambda: type(live.screen).__name__ == "Confirm")
            await live.press("y")
            await live.until(lambda: "No." in live.status)
        assert live.config.read_bytes() == before

    play(story())


def test_read_only_does_not_change_the_object(stage, play):
    async def story():
        async with stage.open(read_only=True):
            await stage.press("7", "enter")
            assert "can't change the object: read-only" in stage.status

    play(story())
