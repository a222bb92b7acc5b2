"""A real browser, where the machine has one: Chromium without a window, driven by its own protocol."""

import json
import os
import shutil
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from banstream_testing.waiting import eventually

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run")
_NARROW = 600
_LINES_OF_ADDRESS = 2
_END_SECONDS = 10


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


class _Browser:
    """The one browser of this process; its files go with it."""

    def __init__(self, program: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="banstream-browser-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._log, self._address = folder / "log", folder / "DevToolsActivePort"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [program, *_OPTIONS, f"--user-data-dir={folder}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, "TMPDIR": str(folder)},
            )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    async def address(self) -> str:
        """HOST:PORT and the path of its own socket, once it listens."""

        async def told() -> list[str] | None:
            assert self.is_running, f"the browser ended: {self._log.read_text(errors='replace')[-2000:]}"
            lines = self._address.read_text().splitlines() if self._address.exists() else []
            return lines if len(lines) == _LINES_OF_ADDRESS else None

        port, path = await eventually(told)
        return f"127.0.0.1:{port}{path}"

    def end(self) -> None:
        """Its children write to the folder a little longer than it does."""
        children = psutil.Process(self._process.pid).children(recursive=True) if self.is_running else []
        self._process.terminate()
        self._process.wait()
        psutil.wait_procs(children, timeout=_END_SECONDS)
        self._folder.cleanup()


_running: list[_Browser] = []


def end_browser() -> None:
    """To be called when the last test has ended."""
    while _running:
        _running.pop().end()


def _browser() -> _Browser:
    """Started when it is first wanted, and again where a test has made it crash. Skips the test, aloud."""
    program = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is installed")
    if not _running or not _running[-1].is_running:
        end_browser()
        _running.append(_Browser(program))
    return _running[-1]


@asynccontextmanager
async def browser_page(*, scripts: bool = True, width: int = 390, height: int = 844) -> AsyncIterator[Page]:
    """An empty page in a profile of its own: no cookies, nothing stored, nothing cached, a window for itself.

    Skips the test, aloud, where there is no browser. To start one takes longer than most that is done in it.
    """
    address = await _browser().address()
    async with aiohttp.ClientSession() as http, http.ws_connect(f"http://{address}", max_msg_size=0) as control:
        browser = Page(control)
        profile = (await browser.call("Target.createBrowserContext"))["browserContextId"]
        try:
            opened = await browser.call("Target.createTarget", url="about:blank", browserContextId=profile)
            url = f"http://{address.split('/')[0]}/devtools/page/{opened['targetId']}"
            async with http.ws_connect(url, max_msg_size=0) as socket:
                page = Page(socket)
                await page.resize(width, height)
                await page.call("Emulation.setScriptExecutionDisabled", value=not scripts)
                yield page
        finally:
            await browser.call("Target.disposeBrowserContext", browserContextId=profile)
