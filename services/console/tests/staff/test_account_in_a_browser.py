"""Pages of accounts in a real browser, on a phone and on a desk, in every language."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from services.console.tests.signing_in import PASSWORD, Browser, Team, team_on

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.staff.signing_in.second_factor import hashed, new_secret
from banstream_contracts.accounts import Role, account_id
from banstream_testing.browser import Page, browser_page
from banstream_testing.fixtures import Database
from banstream_testing.infractions import bus, service
from banstream_testing.servers import NatsServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNT = "/console/account"
OUTSIDE = """[...document.querySelectorAll('main *')].filter((one) => {
  const box = one.closest('.panel, main').getBoundingClientRect(), own = one.getBoundingClientRect();
  const isHidden = one.closest('.hidden-text') || !own.width;
  return !isHidden && (own.left < box.left - 1 || own.right > box.right + 1);
}).map((one) => one.outerHTML.slice(0, 120))"""
STOOD = """[...document.querySelectorAll('main :is(th, td)')].filter((one) => {
  const text = one.innerText.trim(), lines = document.createRange();
  lines.selectNodeContents(one);
  const tops = new Set([...lines.getClientRects()].map((each) => Math.round(each.top)));
  const isHidden = one.closest('.hidden-text') || one.closest('thead')?.offsetWidth === 1;
  return !isHidden && !/W/.test(text) && text.length > 2 && tops.size >= text.length;
}).map((one) => one.innerText)"""
"""Cells whose letters stand one below the other."""
ROOM = """(() => {
  const list = document.querySelector('main ol'), pen = document.createElement('canvas').getContext('2d');
  pen.font = getComputedStyle(list).font;
  const item = list.querySelector('li').getBoundingClientRect(), box = list.closest('.panel').getBoundingClientRect();
  return item.left - box.left - pen.measureText('10. ').width;
})()"""
"""Pixels between the edge of the panel and the longest number of a list, which stands before its line."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team(nats: NatsServer, wall_database: Database) -> AsyncIterator[Team]:
    async with bus(nats) as connected, service(nats, wall_database), team_on(nats, connected) as made:
        await made.join("first", Role.OWNER)
        yield made


@asynccontextmanager
async def opened(browser: Browser, width: int) -> AsyncIterator[Page]:
    async with browser_page(width=width) as page:
        for name, value in browser.cookies.items():
            await page.call("Network.setCookie", name=name, value=value, url=browser.console.url)
        yield page


async def fits(page: Page, width: int) -> None:
    beyond = (
        f"(({{clientWidth, scrollWidth}}) => scrollWidth - Math.min(clientWidth, {width}))(document.documentElement)"
    )
    assert await page.value(beyond) == 0, await page.value("location.pathname")
    assert await page.value(OUTSIDE) == [], await page.value("location.pathname")
    assert await page.value(STOOD) == [], await page.value("location.pathname")


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desk"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_of_a_page_of_accounts_hangs_out_of_it(team: Team, language: Language, width: int) -> None:
    said, login = texts(language).say, f"{language.lower()}-{width}-with-a-long-name"[:32]
    browser = await team.signed_in(login, Role.OWNER)
    browser.headers["User-Agent"] = "Mozilla/5.0 " + "W" * 180
    assert (await browser.sign_in(login)).status == 302
    url = team.here.url
    paths = {
        ACCOUNT: "nav-account",
        f"{ACCOUNT}/totp": "totp-enable",
        "/console/accounts": "nav-accounts",
        f"/console/accounts/{account_id(login)}": "account-manage",
    }
    async with opened(browser, width) as page:
        for path, text in paths.items():
            await page.arrive(f"{url}{path}?lang={language}")
            assert said(text) in await page.value("document.querySelector('main').innerText")
            await fits(page, width)
        await page.arrive(f"{url}/console/accounts")
        await page.fill("main form", login=f"new-{login}"[:32], name="W" * 64)
        await page.shows(said("invited-title"))
        await fits(page, width)
        invited = await page.value("document.querySelector('main code').innerText")
        await team.with_totp(login, new_secret(), (hashed("spare"),))
        renewing = f"form[action='{ACCOUNT}/recovery-codes']"
        await page.arrive(f"{url}{ACCOUNT}")
        await page.fill(renewing, current="wrong")
        await page.shows(said("password-wrong"))
        await fits(page, width)
        await page.fill(renewing, current=PASSWORD)
        await page.shows(said("recovery-lead"))
        await fits(page, width)
        assert await page.value(ROOM) >= 0
    async with opened(team.browser(), width) as page:
        await page.arrive(f"{url}{re.sub('^https?://[^/]+', '', invited)}?lang={language}")
        await fits(page, width)
        await page.fill("main form", password="short", repeated="short")
        await page.shows(said("password-short", shortest=12))
        await fits(page, width)
        await page.arrive(f"{url}/login")
        await page.fill("main form", username=login, password="wrong")
        await page.shows(said("error-credentials"))
        await fits(page, width)
