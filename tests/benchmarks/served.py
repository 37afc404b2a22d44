"""`python -m tests.benchmarks.served FOLDER`: a written world over HTTP, with nothing to compute.

Two ports of loopback: Salesforce's and Vitally's. Pages go from their files to the socket without
passing through Python. `--latency S` and `--vitally-latency S` wait so long before each page of a
list. The first line says where; `/moved` lets a thousand changes be seen on each side, `/calls`
tells how often each side was asked since it was last told.
"""

# ruff: noqa: T201 - it prints where it is
from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.benchmarks.answers import Answer, Answers

TOP = Path(__file__).parent.parent.parent
LIMITS = {"RateLimit-Limit": "1000, 1000;window=60", "RateLimit-Remaining": "999",
          "RateLimit-Reset": "1"}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    """Answers one side's requests, each connection in a thread of its own."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    answers: ClassVar[Answers]
    side: ClassVar[str]
    latency: ClassVar[float]
    calls: ClassVar[int]

    def log_message(self, *_: object) -> None:
        """Nothing is said of a request."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/moved":
            self.answers.moved = True
            self._send(Answer(b"{}"))
        elif parts.path == "/calls":
            told, type(self).calls = self.calls, 0
            self._send(Answer(json.dumps(told).encode()))
        else:
            type(self).calls += 1
            self._send(self._answer(parts.path, query))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.do_GET()

    def _answer(self, path: str, query: dict[str, str]) -> Answer:
        if self.side == "salesforce":
            return self.answers.salesforce(path, query, f"http://{self.headers['Host']}")
        return self.answers.vitally(path.removeprefix("/resources/"), query)

    def _send(self, answer: Answer) -> None:
        if answer.page and self.latency:
            time.sleep(self.latency)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        for name, value in (*answer.headers.items(), *LIMITS.items()):
            self.send_header(name, value)
        if answer.page is None:
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            return
        packed, number = answer.page
        start, length = packed.place(number)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.flush()
        end = start + length
        while start < end:
            start += os.sendfile(self.connection.fileno(), packed.fileno(), start, end - start)


class Server(ThreadingHTTPServer):
    """One side's port."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Who asked has gone: nobody is left to be told."""


def main() -> None:
    """Serves both sides until its standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--vitally-latency", type=float, default=0.0)
    chosen = parser.parse_args()
    answers, urls = Answers(chosen.folder), {}
    for side, latency in (("salesforce", chosen.latency), ("vitally", chosen.vitally_latency)):
        handler = type(side, (Handler,), {
            "answers": answers, "side": side, "latency": latency, "calls": 0,
        })  # fmt: skip
        server = Server(("127.0.0.1", 0), handler)
        urls[side] = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(urls), flush=True)
    sys.stdin.read()


class Served:
    """A running server of a written world, in a process of its own."""

    def __init__(self, urls: dict[str, str]) -> None:
        self.salesforce, self.vitally = urls["salesforce"], urls["vitally"]

    def move(self) -> None:
        """From now on a thousand changes of each side are seen."""
        _ask(f"{self.salesforce}/moved")

    def calls(self) -> tuple[int, int]:
        """How often Salesforce and Vitally were asked since this was last told."""
        return _ask(f"{self.salesforce}/calls"), _ask(f"{self.vitally}/calls")


def _ask(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        told = json.load(answer)
    return told if isinstance(told, int) else 0


@contextmanager
def served(folder: Path, latency: float = 0.0, vitally_latency: float = 0.0) -> Iterator[Served]:
    """Serves a written world while the block runs; seconds of latency before each page."""
    command = [sys.executable, "-m", "tests.benchmarks.served", str(folder), "--latency",
               str(latency), "--vitally-latency", str(vitally_latency)]  # fmt: skip
    with subprocess.Popen(
        command, cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield Served(json.loads(process.stdout.readline()))
        process.stdin.close()


if __name__ == "__main__":
    main()
