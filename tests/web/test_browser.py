"""The screens in headless Chromium: they open, take keys, decide, and close with the server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from pathlib import Path

import pytest

from tests.web.browser import CHROMIUM, chromium

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and not os.environ.get("SFVTUI_BROWSER"),
    reason="Chromium is not installed (Debian's package chromium; .ci/run installs it)",
)
"""SFVTUI_BROWSER: a missing one is a failure, not a reason to skip."""


CLOSED = """new Promise(done => {
    const look = () => document.body.classList.contains("-closed") && done(true);
    new MutationObserver(look).observe(document.body, { attributes: true });
    look();
})"""


def test_the_same_screens_open_take_keys_and_decide(served, tmp_path):
    async def story() -> None:
        async with chromium(tmp_path / "profile") as page:
            await page.open(served.url)
            await page.until(lambda: "ready to approve" in page.shown)
            await page.type("2")
            await page.until(lambda: " Review " in page.shown and "ambiguous 6" in page.shown)
            await page.type("j")
            await page.type("i")
            await page.until(lambda: "ignored 1" in page.shown)
            # It was painted, too: an empty page of this size takes a tenth of this.
            assert len(await page.picture()) > 30_000
            # Nothing was asked of anybody but this server, and nothing in the page failed.
            inside = (served.origin, served.origin.replace("http", "ws"), "data:")
            assert [url for url in page.asked if not url.startswith(inside)] == []
            assert [text for text in page.problems if "WebGL" not in text] == []

    asyncio.run(story())
    assert len(served.run("review", "list", "--state", "ignored")) == 1


def test_leaving_closes_the_screens_and_the_page_offers_them_again(served, tmp_path):
    async def story() -> None:
        async with chromium(tmp_path / "profile") as page:
            await page.open(served.url)
            await page.until(lambda: "ready to approve" in page.shown)
            await page.type("q")
            await page.evaluate(CLOSED, awaitPromise=True)
            assert "Open them again" in await page.evaluate("document.body.innerText")
            await page.evaluate("document.querySelector('button').click()")
            page.screen.reset()
            await page.until(lambda: "ready to approve" in page.shown)

    asyncio.run(story())


def test_the_screens_end_with_the_server(served, tmp_path):
    async def story() -> None:
        async with chromium(tmp_path / "profile") as page:
            await page.open(served.url)
            await page.until(lambda: "ready to approve" in page.shown)
            (screens,) = tabs(served)
            ended = os.pidfd_open(screens)
            served.program.kill()
            with os.fdopen(ended) as file:
                assert await asyncio.to_thread(select.select, [file], [], [], 60) != ([], [], [])

    asyncio.run(story())


def tabs(served) -> list[int]:
    """The processes of the screens that this server's tabs have opened."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
            if words[1:] == ["-m", "sfvtui", "--config", str(served.config)]:
                found.append(int(folder.name))
    return found
