"""Headless Chromium for tests: opens a page, types, and reads what the page's terminal was sent."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pyte

CHROMIUM = shutil.which("chromium")
SECONDS = 60
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root in a container has no other way
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--remote-debugging-port=0",
    "--window-size=1200,800",
)


class Page:
    """One tab. `shown` is the text of the terminal in it; `asked` the addresses it asked for."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.screen = pyte.Screen(80, 24)
        self.asked: list[str] = []
        self.problems: list[str] = []
        self._stream = pyte.ByteStream(self.screen)
        self._socket = socket
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @property
    def shown(self) -> str:
        return "\n".join(self.screen.display)

    async def say(self, method: str, **params: Any) -> Any:
        number = len(self._answers) + 1
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        return await asyncio.wait_for(answer, SECONDS)

    async def open(self, url: str) -> None:
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.say(f"{domain}.enable")
        await self.say("Page.navigate", url=url)

    async def type(self, text: str) -> None:
        for key in text:
            for kind in ("keyDown", "keyUp"):
                await self.say("Input.dispatchKeyEvent", type=kind, key=key, text=key)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until it is so."""
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def evaluate(self, expression: str, **options: Any) -> Any:
        """The value of a line of the page's script."""
        said = await self.say(
            "Runtime.evaluate", expression=expression, returnByValue=True, **options
        )
        return said["result"].get("value")

    async def picture(self) -> bytes:
        """A PNG of the page."""
        return base64.b64decode((await self.say("Page.captureScreenshot"))["data"])

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                answer = self._answers[told["id"]]
                if "error" in told:
                    answer.set_exception(RuntimeError(str(told["error"])))
                else:
                    answer.set_result(told["result"])
                continue
            self._note(told["method"], told["params"])
            self._changed.set()

    def _note(self, method: str, told: dict[str, Any]) -> None:
        match method:
            case "Network.webSocketFrameReceived" if told["response"]["opcode"] == 2:
                self._stream.feed(base64.b64decode(told["response"]["payloadData"]))
            case "Network.webSocketFrameSent" if told["response"]["opcode"] == 1:
                kind, *rest = json.loads(told["response"]["payloadData"])
                if kind == "resize":
                    self.screen.resize(rest[0]["height"], rest[0]["width"])
            case "Network.requestWillBeSent":
                self.asked.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self.asked.append(told["url"])
            case "Log.entryAdded":
                self.problems.append(told["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.problems.append(told["exceptionDetails"]["text"])


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Page]:
    """A tab of a Chromium of its own."""
    assert CHROMIUM
    running = await asyncio.create_subprocess_exec(
        CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        port = await asyncio.wait_for(_port(running), SECONDS)
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = await answer.json()
            tab = next(tab for tab in tabs if tab["type"] == "page")
            async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                yield page
                page._reading.cancel()
    finally:
        running.terminate()
        await running.communicate()


async def _port(running: asyncio.subprocess.Process) -> int:
    """Where it listens for us: it says so among much else."""
    assert running.stderr
    while line := (await running.stderr.readline()).decode():
        if line.startswith("DevTools listening on ws://"):
            return int(line.split(":")[2].split("/")[0])
    raise RuntimeError("Chromium did not start")
