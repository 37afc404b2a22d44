"""Pausing a system from the palette, with a reason, and resuming it."""

from __future__ import annotations

from sfvtui.tui import actions


def test_a_system_is_paused_with_a_reason_and_resumed(stage, play):
    async def story():
        async with stage.open():
            stage.screen.action_do("pause_system")
            await stage.idle()
            await stage.type("vitally")
            await stage.press("enter", "enter")
            assert "needs a reason" in stage.status
            assert stage.value("SELECT COUNT(*) FROM history WHERE what = 'pause'") == 0
            stage.screen.action_do("pause_system")
            await stage.idle()
            await stage.type("vitally")
            await stage.press("enter")
            await stage.type("an incident")
            await stage.press("enter")
            assert "an incident" in stage.status
            assert "nothing is sent to it" in stage.status
            await stage.until(lambda: stage.app.desk.health.paused == 1)
            stage.screen.action_do("resume_system")
            await stage.idle()
            assert stage.screen._question == "Resume Vitally?"
            await stage.press("y")
            assert "Vitally is resumed" in stage.status
            stage.screen.action_do("resume_system")
            assert "none is paused" in stage.status
        whats = stage.values("SELECT what FROM history WHERE system = 'vitally' ORDER BY entry")
        assert whats[-2:] == ["pause", "resume"]

    play(story())


def test_pausing_is_in_the_palette_and_refused_where_nothing_may_be_decided(stage, play):
    assert actions.find("pause_system", "outbox")

    async def story():
        async with stage.open(read_only=True):
            stage.screen.action_do("pause_system")
            assert "can't pause a system: read-only" in stage.status

    play(story())
