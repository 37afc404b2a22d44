"""Asking for pages of a list while earlier ones are written: the network does not wait for the disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfvtui.remotes.answers import Page

MOST = 10
"""Pages that are asked for before they are taken: a second of Vitally's, in which a commit ends."""


@contextmanager
def ahead(pages: Iterator[Page]) -> Iterator[Iterator[Page]]:
    """Gives the same pages in their order, then the error that ended them; they are asked for one
    after the other in a thread of its own. Its end waits for the one that is under way."""
    pool = ThreadPoolExecutor(1)
    coming = deque(pool.submit(next, pages, None) for _ in range(MOST))

    def each() -> Iterator[Page]:
        while (page := coming.popleft().result()) is not None:
            coming.append(pool.submit(next, pages, None))
            yield page

    try:
        yield each()
    finally:
        pool.shutdown(cancel_futures=True)
