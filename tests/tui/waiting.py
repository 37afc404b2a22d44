"""Waiting for the screens: until every thread has answered and every answer was handled."""

from __future__ import annotations

import asyncio


async def idle(app, pilot):
    """Waits until all threads have answered and all answers were handled."""
    await handled(pilot)
    while not app.keys_are_done or any(not worker.is_finished for worker in app.workers):
        await asyncio.sleep(0.002)
        await handled(pilot)


async def handled(pilot):
    """Waits until every widget has handled what was sent to it, and what that sent on."""
    for _ in range(3):
        await pilot.pause()
