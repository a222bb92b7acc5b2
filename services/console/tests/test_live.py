"""The wall while it changes: told at once, and without a reload in a real browser."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import pytest
from services.console.tests.conftest import Wall

from banstream_console.live.pulse import Pulse
from banstream_console.problems.exceptions import Full
from banstream_testing.browser import Page, browser_page
from banstream_testing.console import Console, console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def followed(page: Console) -> AsyncIterator[aiohttp.StreamReader]:
    async with page.http.get(f"{page.url}/hall-of-shame/live") as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        yield answer.content


async def next_version(stream: aiohttp.StreamReader) -> str:
    async with asyncio.timeout(30):
        while not (line := await stream.readline()).startswith(b"data: "):
            assert line, "the stream has ended"
        return line.decode().strip()


async def test_a_ban_and_its_end_are_told_at_once(wall: Wall) -> None:
    async with console(wall.nats) as page, followed(page) as stream:
        version = await next_version(stream)
        banned = await wall.ban("Live And Loud")
        assert (later := await next_version(stream)) != version
        await eventually(partial(_is_shown, page, "Live And Loud", there=True))
        await wall.lift(banned)
        assert await next_version(stream) != later
        await eventually(partial(_is_shown, page, "Live And Loud", there=False))


async def _is_shown(page: Console, name: str, *, there: bool) -> bool:
    """What another test did last may be told first."""
    return (name in (await page.get("/hall-of-shame")).text) is there


async def test_what_was_a_day_and_a_half_ago_is_not_said_to_have_been_yesterday(wall: Wall) -> None:
    banned = await wall.ban("Long Ago", issued_at=datetime.now(UTC) - timedelta(hours=35))
    async with console(wall.nats) as made, browser_page() as page:
        await page.arrive(f"{made.url}/hall-of-shame?search=Long+Ago&lang=en")
        await page.until("document.querySelector('.card time').textContent === '1 day ago'")
    await wall.lift(banned)


async def test_a_wave_of_bans_is_told_a_few_times(wall: Wall) -> None:
    async with console(wall.nats) as page, followed(page) as stream:
        version, told, began = await next_version(stream), 0, time.monotonic()
        banned = [await wall.ban(f"Wave {number}") for number in range(25)]
        while version != page.wall.pulse.version:
            version, told = (await next_version(stream)).removeprefix("data: "), told + 1
        assert 1 <= told <= 3 + (time.monotonic() - began) / 0.5
        for infraction_id in banned:
            await wall.lift(infraction_id)


async def test_a_young_ban_appears_by_itself_when_it_is_old_enough(wall: Wall) -> None:
    async with console(wall.nats, console_delay_minutes=0.04) as page, followed(page) as stream:
        began = time.monotonic()
        banned = await wall.ban("Late Riser")
        is_hidden = not await _is_shown(page, "Late Riser", there=True)
        assert is_hidden or time.monotonic() - began >= 0.04 * 60

        async def appears() -> bool:
            await next_version(stream)
            return "Late Riser" in (await page.get("/hall-of-shame")).text

        await eventually(appears)
        await wall.lift(banned)


async def test_only_so_many_may_follow_and_the_others_are_told_when_to_come_back(wall: Wall) -> None:
    async with console(wall.nats, console_live_clients=1) as page:
        async with followed(page) as stream:
            await next_version(stream)
            answer = await page.get("/hall-of-shame/live")
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
            assert b"every 30 seconds" in answer.body
        await eventually(partial(_is_empty, page))
        async with followed(page) as stream:
            assert await next_version(stream)


async def _is_empty(page: Console) -> bool:
    return page.wall.pulse.followers == 0


async def test_who_follows_is_let_go_when_the_console_stops(wall: Wall) -> None:
    async with aiohttp.ClientSession() as http:
        async with console(wall.nats) as page:
            answer = await http.get(f"{page.url}/hall-of-shame/live")
            await answer.content.readline()
            began = time.monotonic()
        async with asyncio.timeout(30):
            await answer.read()
        assert time.monotonic() - began < 20


async def test_changes_to_come_are_one_a_second_and_seats_are_given_back() -> None:
    pulse = Pulse(1)
    before = pulse.version
    for _ in range(1000):
        pulse.change_in(0.0)
    assert len(pulse._due) <= 2  # noqa: SLF001 - memory is what this is about
    assert await pulse.changed_since(before, 10)
    assert await pulse.changed_since(before, 10)
    with pulse.seat(), pytest.raises(Full), pulse.seat():
        pass
    assert pulse.followers == 0
    pulse.close()


NAMES = "[...document.querySelectorAll('.card .name')].map(name => name.textContent.trim())"


TOTAL = "document.querySelector('.tile-total dd').textContent"
FITS = "document.styleSheets.length === 2 && document.documentElement.scrollWidth <= 320"


async def has(page: Page, name: str, *, there: bool) -> bool:
    return (name in await page.value(NAMES)) is there


async def is_said(page: Page, text: str) -> bool:
    return bool(await page.value(f"document.querySelector('.live-text')?.textContent === {text!r}"))


async def test_in_a_browser_a_ban_comes_and_goes_without_a_reload(wall: Wall) -> None:
    async with console(wall.nats) as made, browser_page() as page:
        await page.arrive(f"{made.url}/hall-of-shame?lang=en")
        await eventually(partial(is_said, page, "Live"))
        before = int(await page.value(TOTAL))
        await page.value("window.never_reloaded = true; document.getElementById('search').value = 'half typed'")
        banned = await wall.ban("Browser <b>Bob</b>", category="aimbot")
        await eventually(partial(has, page, "Browser <b>Bob</b>", there=True))
        assert await page.value("document.querySelector('.card').classList.contains('fresh')")
        assert int(await page.value(TOTAL)) == before + 1
        await wall.lift(banned)
        await eventually(partial(has, page, "Browser <b>Bob</b>", there=False))
        assert await page.value("window.never_reloaded && document.getElementById('search').value") == "half typed"
        time_told = await page.value("document.querySelector('.card time').textContent")
        assert "ago" in time_told
        assert await page.value(
            "document.querySelector('.card time').title.length > time.length".replace("time.length", "10")
        )


async def test_in_a_browser_nothing_is_wider_than_a_phone_and_nothing_is_refused_by_the_policy(wall: Wall) -> None:
    longest = await wall.ban("W" * 128, category="x" * 64, reason="M" * 1024)
    async with console(wall.nats) as made, browser_page(width=320) as page:
        for language in ("pt-BR", "en", "es", "zh-CN"):
            await page.arrive(f"{made.url}/hall-of-shame?lang={language}")
            await eventually(partial(has, page, "W" * 47 + "…", there=True))
            await eventually(partial(page.value, FITS))  # the stylesheet may come after the text
        assert await page.value("getComputedStyle(document.body).backgroundColor") != "rgba(0, 0, 0, 0)"
        assert await page.value("document.styleSheets.length") == 2
    await wall.lift(longest)


async def test_in_a_browser_marks_above_letters_of_the_heading_do_not_touch_the_line_before(wall: Wall) -> None:
    measured = (
        "const style = getComputedStyle(document.querySelector('.heading'));"
        "const brush = document.createElement('canvas').getContext('2d'); brush.font = style.font;"
        "return parseFloat(style.lineHeight) - brush.measureText('Ü').actualBoundingBoxAscent;"
    )
    async with console(wall.nats) as made, browser_page() as page:
        await page.arrive(f"{made.url}/hall-of-shame?lang=es")
        assert await page.value(f"(() => {{ {measured} }})()") >= 3


async def test_in_a_browser_that_cannot_follow_the_wall_is_polled(wall: Wall) -> None:
    async with console(wall.nats, console_live_clients=0) as made, browser_page() as page:
        await page.arrive(f"{made.url}/hall-of-shame?lang=en")
        await eventually(partial(is_said, page, "Refreshes every 30 seconds"))


async def test_in_a_browser_without_scripts_the_wall_is_whole(wall: Wall) -> None:
    async with console(wall.nats) as made, browser_page(scripts=False) as page:
        await page.arrive(f"{made.url}/hall-of-shame?lang=en")
        await eventually(partial(has, page, "Cheater 00", there=True))
        assert await is_said(page, "Reload the page for news")
