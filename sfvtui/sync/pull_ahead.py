"""Asking for the next page of a list while the one before is written: the network never waits."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sfvtui.remotes.answers import Page


def ahead(pages: Iterator[Page]) -> Generator[Page, None, None]:
    """The same pages in their order, then the error that ended them; each was asked for, in a thread
    of its own, as soon as the one before had come. Closing it waits for what was asked for."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = pool.submit(next, pages, None)
            yield page
