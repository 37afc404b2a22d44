"""`python -m tests.benchmarks.download FOLDER SALESFORCE VITALLY`: the pages of a pull, and no more.

What a line alone takes: each side reads page after page on one connection, both at once, and looks
at nothing. Prints the seconds of each side, and of both, as JSON.
"""

# ruff: noqa: T201 - it prints what it measured
from __future__ import annotations

import http.client
import json
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.answers import JOB, VERSION
from tests.benchmarks.packed import Packed
from tests.benchmarks.world import cursor, locator


def paths(folder: Path) -> tuple[list[str], list[str]]:
    """The addresses of all pages of the two sides, in the order in which a pull asks for them."""
    data = f"/services/data/v{VERSION}"
    if (folder / "bulk").exists():
        pages = range(len(Packed(folder / "bulk")))
        salesforce = [f"{data}/jobs/query/{JOB}/results?locator={n or ''}" for n in pages]
    else:
        pages = range(len(Packed(folder / "records")))
        salesforce = [f"{data}/query/{locator(n)}" for n in pages]
    vitally = [
        f"/resources/{name}?limit=100&sortBy=createdAt&from={cursor(n)}"
        for name in ("accounts", "users")
        for n in range(len(Packed(folder / name)))
    ]
    return salesforce, vitally


def main() -> None:
    """Downloads both sides at once."""
    folder, *urls = sys.argv[1:]
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        sides = list(pool.map(_download, urls, paths(Path(folder))))
    print(json.dumps([*sides, time.perf_counter() - started]))


def _download(url: str, addresses: Iterable[str]) -> float:
    started, into = time.perf_counter(), bytearray(1 << 20)
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    for address in addresses:
        connection.request("GET", address)
        answer = connection.getresponse()
        while answer.readinto(into):
            pass
    connection.close()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
