"""The config written under the running screens: noticed, said, and never written over unseen."""

from __future__ import annotations

from sfvtui.config import load
from sfvtui.config.save import save_mapping
from sfvtui.domain.mapping import Pair
from sfvtui.tui.on_disk import go_by_config
from sfvtui.tui.redraft import redraft
from tests.tui.test_mapping import question


def write_pairs(stage, *names):
    """Another program adds fields to the config's mapping."""
    mapping = load(stage.config, stage.env).mapping
    added = tuple(Pair(name, f"sfdc.{name}") for name in names)
    save_mapping(stage.config, mapping._replace(pairs=(*mapping.pairs, *added)))


def fields(mapping):
    return [pair.field for pair in mapping.pairs]


async def toggled(stage):
    """A draft that makes the last field editable or not; says which it was."""
    await question(stage, 4)
    await stage.press("G", "space")
    if not stage.screen.dirty:
        await stage.press("g", "space")
    assert stage.screen.dirty
    return next(
        (new.field, new.editable)
        for new, old in zip(stage.screen.draft.pairs, stage.settings.mapping.pairs, strict=True)
        if new != old
    )


def test_a_draft_begins_again_from_a_config_that_was_written_meanwhile(stage, play):
    async def story():
        async with stage.open():
            name, editable = await toggled(stage)
            write_pairs(stage, "Department", "Fax")
            await stage.press("ctrl+s")
            await stage.until(lambda: type(stage.screen).__name__ == "Overtaken")
            text = stage.screen.text.plain
            assert "Department is mirrored as sfdc.Department" in text
            assert "Fax is mirrored as sfdc.Fax" in text
            assert "Department is no longer mirrored" in text
            assert name in text
            await stage.press("b")
            assert fields(stage.screen.draft)[-2:] == ["Department", "Fax"]
            assert stage.screen.draft.pair(name).editable is editable
            await stage.press("ctrl+s")
            assert "no longer mirrored" not in stage.screen._body.plain
            await stage.press("y")
            saved = load(stage.config, stage.env).mapping
            assert fields(saved)[-2:] == ["Department", "Fax"]
            assert saved.pair(name).editable is editable

    play(story())


def test_writing_over_a_config_names_every_difference_and_asks(stage, play):
    async def story():
        async with stage.open():
            await toggled(stage)
            write_pairs(stage, "Department", "Fax")
            await stage.press("ctrl+s")
            await stage.until(lambda: type(stage.screen).__name__ == "Overtaken")
            await stage.press("escape")
            assert "Fax" in fields(load(stage.config, stage.env).mapping)
            await stage.press("ctrl+s", "o")
            text = stage.screen._body.plain
            assert "Department is no longer mirrored" in text
            assert "Fax is no longer mirrored" in text
            await stage.press("y")
            assert "Fax" not in fields(load(stage.config, stage.env).mapping)

    play(story())


def test_a_config_written_while_the_question_stands_is_not_written_over(stage, play):
    async def story():
        async with stage.open():
            await toggled(stage)
            await stage.press("ctrl+s")
            assert type(stage.screen).__name__ == "Confirm"
            write_pairs(stage, "Fax")
            await stage.press("y")
            assert "Fax" in fields(load(stage.config, stage.env).mapping)
            assert stage.screen.dirty

    play(story())


def test_coming_to_mapping_shows_the_config_as_it_is_now(stage, play):
    async def story():
        async with stage.open():
            await question(stage, 4)
            await stage.press("1")
            write_pairs(stage, "Fax")
            await stage.press("7")
            await stage.idle()
            assert fields(stage.screen.draft)[-1] == "Fax"
            assert not stage.screen.dirty
            assert "the config was written: Fax is mirrored as sfdc.Fax" in stage.status
        assert stage.value("SELECT COUNT(*) FROM mapping") == 2

    play(story())


def test_home_and_mapping_notice_a_config_that_was_written(stage, play):
    async def story():
        async with stage.open():
            write_pairs(stage, "Fax")
            stage.screen.watch_config()
            await stage.idle()
            assert "the config was written: Fax" in stage.status
            await question(stage, 4)
            write_pairs(stage, "Department")
            stage.screen.watch_config()
            await stage.idle()
            assert fields(stage.screen.draft)[-2:] == ["Fax", "Department"]

    play(story())


def test_a_push_and_a_decision_go_by_the_config_as_it_is_now(stage, play):
    async def story():
        async with stage.open():
            await stage.press("5")
            write_pairs(stage, "Fax")
            await stage.press("P")
            await stage.idle()
            assert fields(stage.app.desk.settings.mapping)[-1] == "Fax"
            assert type(stage.screen).__name__ == "Confirm"
            await stage.press("n", "2")
            write_pairs(stage, "Department")
            await stage.press("a")
            await stage.idle()
            assert fields(stage.app.desk.settings.mapping)[-1] == "Department"
        assert stage.value("SELECT COUNT(*) FROM mapping") == 3

    play(story())


def test_a_config_that_cannot_be_used_stops_a_push_and_is_left_alone(stage, play):
    async def story():
        async with stage.open():
            await stage.press("5")
            broken = stage.config.read_text(encoding="utf-8") + "\nfields = [[["
            stage.config.write_text(broken, encoding="utf-8")
            await stage.press("P")
            assert "config.toml" in stage.app.current().status.text
            await stage.press("escape")
            assert not go_by_config(stage.screen)
        assert stage.config.read_text(encoding="utf-8") == broken

    play(story())


def test_a_kept_draft_knows_at_the_next_start_what_it_began_from(stage, play):
    async def story():
        async with stage.open():
            await toggled(stage)
        write_pairs(stage, "Fax")
        async with stage.open(settings=load(stage.config, stage.env)):
            await stage.press("7", "ctrl+s")
            await stage.until(lambda: type(stage.screen).__name__ == "Overtaken")
            assert "Fax is no longer mirrored" in stage.screen.text.plain

    play(story())


def test_a_redraft_keeps_what_either_side_changed(stage):
    began = stage.settings.mapping
    first, second, *_ = began.pairs
    draft = began._replace(scope="Title is not blank", pairs=began.pairs[1:])
    theirs = second._replace(editable=not second.editable)
    now = began._replace(pairs=(first, theirs, *began.pairs[2:], Pair("Fax", "sfdc.Fax")))
    found = redraft(began, draft, now)
    assert found.scope == "Title is not blank"
    assert fields(found) == [*fields(began)[1:], "Fax"]
    assert found.pairs[0] == theirs
