"""A real browser, where the machine has one: Chromium without a window, driven by its own protocol."""

import json
import shutil
import tempfile
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count
from typing import Any

import aiohttp
import pytest

from banstream_testing.waiting import eventually

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_NARROW = 600
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

    async def until(self, expression: str) -> Any:
        """Wait until an expression is true, also across a change of pages; its value."""

        async def holds() -> Any:
            try:
                return await self.value(expression)
            except AssertionError:  # between two pages there is nothing to ask
                return None

        return await eventually(holds)

    async def arrive(self, url: str) -> None:
        """Go there and wait until it is loaded."""
        await self.value("window.leaving = true")
        await self.open(url)
        here = f"!window.leaving && location.href.startsWith({url!r})"
        await self.until(f"{here} && document.readyState === 'complete'")

    async def shows(self, text: str) -> None:
        """Wait until somebody could read this."""
        await self.until(f"!!document.body && document.body.innerText.includes({text!r})")

    async def fill(self, form: str, button: str = "button", **fields: str) -> None:
        """Fill in a form that a selector names, and press a button in it, the first one; waits for the answer."""
        await self.until(f"!!document.querySelector({form!r})")
        for name, value in fields.items():
            place = f"{form} [name={name}]"
            setting = f"const one = document.querySelector({place!r}); one.value = {value!r}"
            if await self.value(f"document.querySelector({place!r}).type === 'radio'"):
                chosen = f"{place}[value='{value}']"
                setting = f"document.querySelector({chosen!r}).checked = true"
            await self.value(f"(() => {{ {setting} }})()")
        sending = f"form.requestSubmit(form.querySelector({button!r}))"
        await self.value(
            f"window.leaving = true; (() => {{ const form = document.querySelector({form!r}); {sending} }})()"
        )
        await self.until("!window.leaving && document.readyState === 'complete'")

    async def resize(self, width: int, height: int) -> None:
        """Another screen, of a phone where it is narrow."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < _NARROW}
        await self.call("Emulation.setDeviceMetricsOverride", **screen)

    async def prefer(self, scheme: str) -> None:
        """`light` or `dark`."""
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        await self.call("Emulation.setEmulatedMedia", features=wanted)

    async def picture(self, longest: int = 4000) -> bytes:
        """PNG of the whole page, cut below so many pixels."""
        width, height = await self.value("[innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": min(height, longest), "scale": 1}
        taken = await self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return b64decode(taken["data"])


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
                await page.resize(width, height)
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
            return await eventually(partial(_first_page, http, port))
    raise AssertionError(f"the browser ended with {await running.wait()}")


async def _first_page(http: aiohttp.ClientSession, port: str) -> str | None:
    """None as long as it has none: it listens before."""
    async with http.get(f"http://{port}/json") as answer:
        pages = await answer.json()
    return next((str(each["webSocketDebuggerUrl"]) for each in pages if each["type"] == "page"), None)
