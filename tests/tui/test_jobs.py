"""Long work runs beside the keys, is seen, and can be stopped."""

from __future__ import annotations


def test_a_pull_brings_in_what_changed_and_says_so(live, play):
    async def story():
        async with live.open():
            live.sandbox.world.second_day()
            await live.press("p")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert live.status.startswith("─ ✓ pulled in")
            assert live.app.desk.health.salesforce.state == "connected"

    play(story())


def test_a_push_lands_what_the_plan_showed(live, play):
    async def story():
        async with live.open():
            waiting = live.value("SELECT COUNT(*) FROM change WHERE state = 'queued'")
            assert waiting
            await live.press("P", "y")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert f"{waiting} landed" in live.status
            await live.press("6")
            assert live.listing.row.facts["run"] == 1
            await live.press("1", "2", "down", "a", "P", "y")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.press("6", "g")
            assert live.listing.row.cell("what").text == "create"
            await live.until(lambda: "externalId" in live.panel)
            assert "{" not in live.panel
        assert live.value("SELECT COUNT(*) FROM change WHERE state = 'queued'") == 0

    play(story())


def test_a_guard_asks_before_the_first_write(live, play):
    async def story():
        from dataclasses import replace

        settings = live.settings
        tight = replace(settings, sync=replace(settings.sync, max_changes=1))
        async with live.open(settings=tight):
            await live.pilot.press("P")
            await live.pilot.pause()
            await live.pilot.press("y")
            await live.until(lambda: "all the same" in getattr(live.screen, "_question", ""))
            assert "max_changes" in live.screen._body.plain
            await live.pilot.press("n")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert "max_changes" in live.status
        assert live.value("SELECT COUNT(*) FROM change WHERE state = 'queued'")

    play(story())


def test_a_lost_connection_is_a_word_in_the_head_line(live, play):
    async def story():
        async with live.open():
            from dataclasses import replace

            gone = replace(live.settings.vitally, base_url="http://127.0.0.1:9")
            live.app.desk.use(replace(live.settings, vitally=gone))
            await live.press("p")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            head = live.app.current().query_one("#head").text
            assert "unreachable" in head
            await live.press("escape", "2", "down", "i")
            assert "ignored" in live.status

    play(story())


def test_esc_stops_the_job_and_everything_not_done_stays_queued(live, play):
    async def story():
        async with live.open():
            waiting = live.value("SELECT COUNT(*) FROM change WHERE state = 'queued'")
            await live.pilot.press("P")
            await live.pilot.pause()
            await live.pilot.press("y")
            await live.pilot.press("escape")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            left = live.value("SELECT COUNT(*) FROM change WHERE state = 'queued'")
            done = live.value("SELECT COUNT(*) FROM change WHERE state = 'landed'")
            assert left + done >= waiting

    play(story())
