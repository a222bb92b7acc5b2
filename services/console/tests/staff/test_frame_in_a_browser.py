"""The frame of pages in a real browser: signing in on any screen and without cookies, and the colours of a viewer."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall

from banstream_contracts.accounts import Role
from banstream_testing.browser import browser_page
from banstream_testing.staff import Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIDES = "(({left, right, top, bottom}) => [left, right, top, bottom])"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reviewer(wall: Wall) -> AsyncIterator[Visitor]:
    async with staff_console(wall.nats) as (_, signer):
        yield await signer.sign_in(Role.REVIEWER)


@pytest.mark.parametrize(("width", "height"), [(360, 740), (1440, 900)], ids=["phone", "desktop"])
async def test_nothing_lies_on_the_form_to_sign_in(reviewer: Visitor, width: int, height: int) -> None:
    async with browser_page(width=width, height=height) as page:
        await page.arrive(f"{reviewer.console.url}/login")
        box = f"{SIDES}(document.querySelector(one).getBoundingClientRect())"
        boxes = f"['main', 'footer'].map((one) => {box})"
        (left, right, _, bottom), (foot_left, foot_right, foot_top, _) = await page.value(boxes)
    assert bottom <= foot_top
    assert (foot_left, foot_right) == (0, width)
    assert left == width - right


@pytest.mark.parametrize("takes", [True, False], ids=["cookies", "none"])
async def test_a_browser_that_takes_no_cookies_is_told_before_it_signs_in(reviewer: Visitor, takes: bool) -> None:
    async with browser_page() as page:
        await page.call("Emulation.setDocumentCookieDisabled", disabled=not takes)
        await page.arrive(f"{reviewer.console.url}/login?lang=en")
        assert ("takes no cookies" in await page.value("document.body.innerText")) is not takes


async def test_the_tab_that_is_open_stands_out_in_the_viewers_own_colours(reviewer: Visitor) -> None:
    async with browser_page(width=1280) as page:
        for name, value in reviewer.cookies.items():
            await page.call("Network.setCookie", name=name, value=value, url=reviewer.console.url)
        await page.call("Emulation.setEmulatedMedia", features=[{"name": "forced-colors", "value": "active"}])
        await page.arrive(f"{reviewer.console.url}/console/requests")
        line = "getComputedStyle(tab).borderBottomColor"
        lines = await page.value(
            f"[...document.querySelectorAll('.tabs a')].map((tab) => [tab.matches('[aria-current]'), {line}])"
        )
    (present,) = {colour for is_here, colour in lines if is_here}
    assert present not in {colour for is_here, colour in lines if not is_here}


@pytest.mark.parametrize(
    ("width", "height"), [(360, 740), (768, 1024), (1440, 900)], ids=["phone", "tablet", "desktop"]
)
async def test_what_the_keyboard_reaches_is_not_under_the_bar(reviewer: Visitor, width: int, height: int) -> None:
    async with browser_page(width=width, height=height) as page:
        for name, value in reviewer.cookies.items():
            await page.call("Network.setCookie", name=name, value=value, url=reviewer.console.url)
        await page.arrive(f"{reviewer.console.url}/console/bans")
        bar = await page.value("document.querySelector('.bar').getBoundingClientRect().bottom")
        reached = "(one) => { one.focus(); return one.getBoundingClientRect().top; }"
        links = "[...document.querySelectorAll('main a')].reverse()"
        tops = await page.value(
            f"(() => {{ scrollTo(0, document.body.scrollHeight); return {links}.map({reached}); }})()"
        )
    assert len(tops) > 30
    assert min(tops) >= bar


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("language", ["en", "es", "zh-CN"])
async def test_every_column_of_the_bans_is_seen_on_a_screen_of_middling_width(
    reviewer: Visitor, language: str, scripts: bool
) -> None:
    async with browser_page(scripts=scripts, height=900) as page:
        for name, value in reviewer.cookies.items():
            await page.call("Network.setCookie", name=name, value=value, url=reviewer.console.url)
        wider = {}
        for width in (704, 768, 960, 1024, 1120):
            await page.resize(width, 900)
            await page.arrive(f"{reviewer.console.url}/console/bans?lang={language}&search=Cheater")
            room, needed = await page.value(
                "(({clientWidth, scrollWidth}) => [clientWidth, scrollWidth])(document.querySelector('.table-scroll'))"
            )
            if needed > room:
                wider[width] = needed - room
    assert wider == {}
