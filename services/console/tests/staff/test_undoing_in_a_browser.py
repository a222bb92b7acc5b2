"""Taking back what somebody did in a real browser: on a phone and a desktop, by keyboard, and without a script."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened, pressed, reloaded
from services.console.tests.conftest import Wall

from banstream_console.access.people import Person
from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_contracts.accounts import Role
from banstream_testing.browser import Page
from banstream_testing.infractions import issue
from banstream_testing.staff import Signer, Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 120
FORM = "main form"
CONFIRM = "main form:has([name=step][value=confirm]) button"
MAIN = "document.querySelector('main').innerText"
TABLES = "[...document.querySelectorAll('.table-scroll')].every((one) => one.scrollWidth <= one.clientWidth)"
FITS = f"document.documentElement.scrollWidth <= innerWidth && {TABLES}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(wall.nats, command_timeout_seconds=30, query_timeout_seconds=10) as (_, made):
        yield made


async def thief(wall: Wall, signer: Signer, number: int) -> Visitor:
    """Who has banned so many."""
    someone = await signer.sign_in(Role.MODERATOR)
    actor = Person(someone.account, "", "").actor
    named: dict[str, Any] = {"actor": actor, "player_name": "W" * 64, "reason": "W" * 200}
    bans = [issue(str(40_000 + each), **named) for each in range(number)]
    assert {each.status for each in await wall.bus.send_all(bans)} == {"applied"}
    return someone


async def key(page: Page, name: str, code: int, text: str = "") -> None:
    """One key, pressed and let go."""
    for kind in ("keyDown", "keyUp"):
        typed = {"text": text} if text and kind == "keyDown" else {}
        await page.call("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code, **typed)


async def tabbed(page: Page, selector: str) -> None:
    """To the next stop of the keyboard that a selector names."""
    for _ in range(60):
        await key(page, "Tab", 9)
        if await page.value(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"no stop at {selector}")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
async def test_somebody_is_undone_page_by_page_with_and_without_a_script(
    wall: Wall, signer: Signer, *, scripts: bool
) -> None:
    admin, someone = await signer.sign_in(Role.ADMIN), await thief(wall, signer, MANY)
    path = f"/console/accounts/{someone.account.id}?lang=en"
    async with opened(admin, path, width=390, scripts=scripts) as page:
        await pressed(page, "a[href^='/console/undo']")
        await page.fill(FORM, reason="account was stolen")
        assert "NOTHING HAS BEEN DONE YET" in (await page.value(MAIN)).upper()
        await pressed(page, CONFIRM)
        assert f"100 of {MANY} infractions are done" in await page.value(MAIN)
        await pressed(page, CONFIRM)
        assert "All of it was gone through" in await page.value(MAIN)
        assert f"{MANY}" in await page.value("document.querySelector('.tile dd').innerText")
        await pressed(page, "a[href*='by=person']")
        by = await page.value("document.querySelector('[name=by]').value")
    assert by == f"person:{admin.account.login}"


async def test_it_is_done_by_keyboard_alone_and_a_page_that_is_read_again_does_nothing(
    wall: Wall, signer: Signer
) -> None:
    admin, someone = await signer.sign_in(Role.ADMIN), await thief(wall, signer, 2)
    async with opened(admin, f"/console/undo?lang=en&by={someone.account.login}") as page:
        await page.value("document.querySelector('[name=reason]').focus()")
        await page.call("Input.insertText", text="account was stolen")
        for _ in range(2):
            await tabbed(page, "main form button")
            await page.value("window.leaving = true; null")
            await key(page, "Enter", 13, "\r")
            await page.until("!window.leaving && document.readyState === 'complete'")
        assert "All of it was gone through" in await page.value(MAIN)
        await reloaded(page)
        assert await page.value("!!document.querySelector('[name=done_since]')")


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_of_its_pages_hangs_out(wall: Wall, signer: Signer, language: Language, width: int) -> None:
    admin, someone = await signer.sign_in(Role.ADMIN), await thief(wall, signer, 3)
    say, by = texts(language).say, f"by={someone.account.login}"
    async with opened(admin, f"/console/undo?lang={language}&{by}", width=width) as page:
        assert say("undo-lead") in await page.value(MAIN)
        assert await page.value(FITS)
        await page.fill(FORM, reason="W" * 300)
        assert say("undo-free") in await page.value(MAIN)
        assert await page.value(FITS)
        await pressed(page, CONFIRM)
        assert say("undo-is-over") in await page.value(MAIN)
        assert await page.value(FITS)
        await page.arrive(f"{admin.console.url}/console/audit?actor={someone.account.login}&service=infractions")
        assert say("undo-link") in await page.value(MAIN)
        assert await page.value(FITS)
