"""A real browser, where the machine has one: Chromium without a window, driven by its own protocol."""

import json
import shutil
import tempfile
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp
import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LISTENING = "DevTools listening on "


class Page:
    """One page of the browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = count(1)

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """One call of the DevTools protocol; what happens meanwhile is not listened to."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            answer = json.loads((await self._socket.receive(timeout=30)).data)
            if answer.get("id") == number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    async def open(self, url: str) -> None:
        """Go there; does not wait until it is loaded."""
        await self.call("Page.navigate", url=url)

    async def value(self, expression: str) -> Any:
        """What an expression of JavaScript is on the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")


@asynccontextmanager
async def browser_page(*, scripts: bool = True, width: int = 390, height: int = 844) -> AsyncIterator[Page]:
    """An empty page of a browser of its own. Skips the test, aloud, where there is none."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is installed")
    options = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run")
    with tempfile.TemporaryDirectory(prefix="banstream-browser-", ignore_cleanup_errors=True) as folder:
        running = await create_subprocess_exec(
            program, *options, f"--user-data-dir={folder}", "about:blank", stderr=PIPE, limit=2**20
        )
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.ws_connect(await _page(http, running), max_msg_size=0) as socket,
            ):
                page = Page(socket)
                screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": True}
                await page.call("Emulation.setDeviceMetricsOverride", **screen)
                await page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
                yield page
        finally:
            running.terminate()
            await running.communicate()


async def _page(http: aiohttp.ClientSession, running: Process) -> str:
    assert running.stderr
    while line := (await running.stderr.readline()).decode():
        if line.startswith(_LISTENING):
            port = line.removeprefix(_LISTENING).split("/")[2]
            async with http.get(f"http://{port}/json") as answer:
                pages = await answer.json()
            return str(next(each["webSocketDebuggerUrl"] for each in pages if each["type"] == "page"))
    raise AssertionError(f"the browser ended with {await running.wait()}")
