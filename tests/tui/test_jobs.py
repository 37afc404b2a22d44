"""Long work runs beside the keys, is seen, and can be stopped."""

from __future__ import annotations

import asyncio


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
            assert f"{waiting} changes landed" in live.status
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

        settings = live.settings
        tight = settings._replace(sync=settings.sync._replace(max_changes=1))
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
            gone = live.settings.vitally._replace(base_url="http://127.0.0.1:9")
            live.app.desk.use(live.settings._replace(vitally=gone))
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


def head(stage):
    from sfvtui.tui.widgets.prose import ProseView

    return stage.screen.query_one(ProseView)._text.plain


def test_a_push_shows_what_lands_while_it_runs_and_its_summary_can_be_read_again(live, play):
    async def story():
        async with live.open(size=(120, 40)):
            with live.sandbox.vitally_faults.hold(method="PUT") as gate:
                await live.pilot.press("P")
                await live.until(lambda: hasattr(live.screen, "_question"))
                await live.pilot.press("y")
                await asyncio.to_thread(gate.wait)
                live.app.show_job()
                await live.until(lambda: "changes" in head(live) or "pushing" in head(live))
                assert "Esc stops after the change in flight" in head(live)
                assert "█" in head(live) or "░" in head(live)
                assert "is running" in live.screen.query_one("#title").text
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            said = head(live)
            assert "changes landed" in said
            assert "values" in said
            # The cursor stays on what it stood on when the first lines came: the newest is on top.
            await live.press("g")
            await live.until(
                lambda: live.listing.row and "landed" in live.listing.row.cell("outcome").text
            )
            await live.press("6")
            assert type(live.screen).__name__ == "HistoryScreen"
            await live.press("o")
            assert type(live.screen).__name__ == "RunScreen"
            assert head(live) == said
            await live.press("escape", "1")
            assert type(live.screen).__name__ == "HomeScreen"

    play(story())


def test_a_push_goes_on_beside_the_keys_and_says_how_it_ended(live, play):
    async def story():
        async with live.open():
            with live.sandbox.vitally_faults.hold(method="PUT") as gate:
                await live.pilot.press("P")
                await live.until(lambda: hasattr(live.screen, "_question"))
                await live.pilot.press("y")
                await asyncio.to_thread(gate.wait)
                await live.pilot.press("b")
                await live.until(lambda: type(live.screen).__name__ == "HomeScreen")
                await live.pilot.press("3")
                await live.until(lambda: type(live.screen).__name__ == "RecordsScreen")
                live.app.show_job()
                assert "pushing to Vitally" in live.status
                assert "Esc stops" in live.status
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert "changes landed" in live.status

    play(story())


def test_esc_stops_a_push_after_the_change_in_flight_and_says_so(live, play):
    async def story():
        async with live.open():
            with live.sandbox.vitally_faults.hold(method="PUT") as gate:
                await live.pilot.press("P")
                await live.until(lambda: hasattr(live.screen, "_question"))
                await live.pilot.press("y")
                await asyncio.to_thread(gate.wait)
                await live.pilot.press("escape")
                await live.until(lambda: "stopping after the change in flight" in head(live))
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert "Stopped by a person" in head(live)
            assert "left" in head(live)
            assert live.value("SELECT COUNT(*) FROM change WHERE state = 'sending'") == 0
            assert (
                live.value("SELECT json_extract(summary_json, '$.stopped') FROM run") == "a person"
            )

    play(story())


def test_a_long_pull_of_everything_says_its_cost_and_asks(stage, play, monkeypatch):
    async def story():
        from sfvtui.mirror.store import open_store

        monkeypatch.setattr("sfvtui.tui.screens.jobs.ASKS_FROM", 0.0)
        with open_store(stage.folder / "store.db") as store:
            store.put("full_at", "2020-01-01T00:00:00Z")
        async with stage.open():
            await stage.press("p")
            assert "Pull everything again?" in stage.screen._question
            body = stage.screen._body.plain
            assert "calls of Salesforce" in body
            assert "full_pull_every" in body
            await stage.press("n")
            assert stage.app.desk.work.job is None

    play(story())


def test_the_time_left_is_said_by_what_is_left_at_the_measured_pace():
    from sfvtui.sync.context import Progress
    from sfvtui.sync.pace import Meter, left_words, rate_words
    from sfvtui.tui.pace import variants

    meter = Meter()
    meter.note(Progress("pushing to Salesforce", 0, 100, ahead=30), 0.0)
    assert meter.left(1.0) is None
    meter.note(Progress("pushing to Salesforce", 50, 100, ahead=30), 10.0)
    assert meter.left(10.0) == 10 + 30
    assert meter.left(20.0) == 20 + 30, "what stands still takes longer"
    meter.note(Progress("pushing to Vitally", 0, 10), 21.0)
    assert meter.left(21.0) is None, "another thing has a pace of its own"
    meter.note(Progress("pushing to Vitally", 10, 10), 25.0)
    assert meter.left(25.0) == 0
    both = Meter()
    both.note(Progress("reading Salesforce", 0, 100, "salesforce"), 0.0)
    both.note(Progress("reading Vitally", 0, None, "vitally"), 0.0)
    both.note(Progress("reading Salesforce", 50, 100, "salesforce"), 10.0)
    assert both.left(10.0) is None, "of one side nothing can be said"
    both.note(Progress("reading Vitally", 20, 200, "vitally"), 10.0)
    assert both.left(10.0) == 90, "the slower side says when both are done"
    full = "".join(part.text for part in next(iter(variants(both, 10.0))))
    assert full == "Salesforce 50 of 100 5.0/s · Vitally 20 of 200 2.0/s  about 2 min left"
    assert [left_words(s) for s in (1, 7, 61, 300)] == [
        "a moment left", "about 7 s left", "about 65 s left", "about 5 min left",
    ]  # fmt: skip
    assert [rate_words(r) for r in (None, 0.25, 350.2)] == ["", "0.2/s", "350/s"]


def test_what_a_service_refused_is_named_with_the_way_to_mend_it(live, play):
    async def story():
        from sfvtui.mirror.store import open_store
        from sfvtui.sync.edit import edit

        record = live.value(
            "SELECT r.record_id FROM record r JOIN link l USING (record_pk) WHERE l.status = 'live'"
            " AND r.in_scope = 1 AND r.record_id NOT IN (SELECT record_id FROM conflict) LIMIT 1"
        )
        live.sandbox.org.lock_for_approval(record)
        async with live.open():
            with live.app.desk.context() as context:
                edit(context, record, {"Title": "Chief of Tests"})
            await live.press("P", "y")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            with open_store(live.folder / "store.db") as store:
                name = store.value("SELECT display_name FROM record WHERE record_id = ?", record)
            said = head(live)
            assert "1 parked" in said
            assert f"{name}: the entity is locked" in said
            assert "Unlock the record" in said
            assert "t tries again" in said

    play(story())


def test_a_verification_says_its_cost_finds_what_was_missed_and_mends_the_mirror(live, play):
    async def story():
        record = live.value("SELECT record_id FROM record WHERE in_scope = 1 LIMIT 1")
        live.sandbox.org.update(record, {"Title": "Never pulled"})
        async with live.open():
            await live.app.current().run_action("do('verify')")
            await live.idle()
            assert "of Salesforce and" in live.screen._body.plain
            await live.press("y")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert "1 difference" in live.screen._question
            assert "Never pulled" in live.screen._body.plain
            await live.press("y")
            await live.until(lambda: live.app.desk.work.job is None)
            await live.idle()
            assert "1 mended" in live.status
        assert live.value("SELECT Title FROM record WHERE record_id = ?", record) == "Never pulled"

    play(story())
