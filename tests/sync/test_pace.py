"""The pace of a job: rate and time left, of one thing or of both services at once."""

from __future__ import annotations

from sfvtui.sync.context import Progress
from sfvtui.sync.pace import Meter, said, span_words


def test_a_line_says_what_how_much_at_what_pace_and_what_is_left():
    meter = Meter()
    meter.note(Progress("verifying records", 0, 10_000), 0)
    assert said(meter, 0) == "verifying records 0 of 10 000"
    meter.note(Progress("verifying records", 1000, 10_000), 10)
    assert said(meter, 10) == "verifying records 1 000 of 10 000 100/s · about 90 s left" or (
        said(meter, 10) == "verifying records 1 000 of 10 000 100/s · about 2 min left"
    )


def test_both_services_are_said_side_by_side():
    meter = Meter()
    for now, records, users in ((0, 0, 0), (10, 500, 20)):
        meter.note(Progress("reading Salesforce", records, 1000, "salesforce"), now)
        meter.note(Progress("reading Vitally", users, None, "vitally"), now)
    assert said(meter, 10) == "reading Salesforce 500 of 1 000 50/s · reading Vitally 20 2.0/s"


def test_what_has_no_figures_is_said_alone():
    meter = Meter()
    meter.note(Progress("writing the store's file anew"), 0)
    assert said(meter, 5) == "writing the store's file anew"


def test_a_span_is_said_in_the_largest_unit_that_divides_it():
    said = [span_words(seconds) for seconds in (1, 45, 60, 5400, 86_400, 604_800)]
    assert said == ["1 s", "45 s", "1 min", "90 min", "24 h", "7 days"]
