"""The recorded session is one that can be played: each step changes the screen, and is drawn."""

from __future__ import annotations

import asyncio
from xml.etree import ElementTree as ET

from tests.tui.pictures import IMAGES, second_day
from tests.tui.recording import STORY, record

SVG = "{http://www.w3.org/2000/svg}"


def test_the_story_can_be_played_and_each_step_shows_something_else(tmp_path):
    with second_day(tmp_path) as (config, clock):
        session = ET.fromstring(asyncio.run(record(config, clock)))
    said = [text.text for text in session.iter(f"{SVG}text") if text.get("class") == "said"]
    assert said == [caption for _, _, caption in STORY]
    shown = " ".join(text.text or "" for text in session.iter(f"{SVG}text"))
    for words in ("ready to approve", "approved", "Push ", "Vitally's value is queued"):
        assert words in shown, words
    assert all(frames(session, number) for number in range(1, len(STORY)))


def frames(session, number):
    """Whether any row begins to be shown with this step."""
    total = sum(seconds for _, seconds, _ in STORY)
    begins = f"{sum(seconds for _, seconds, _ in STORY[:number]) / total:.4f}"
    rows = [group.find(f"{SVG}animate") for group in session.iter(f"{SVG}g")]
    return any(begins in row.get("keyTimes").split(";") for row in rows if row is not None)


def test_the_session_in_the_documents_is_a_recording_of_this_story():
    text = (IMAGES / "session.svg").read_text(encoding="utf-8")
    assert [
        c for _, _, c in STORY if c.replace(">", "&gt;").replace("'", "&#x27;") not in text
    ] == []
