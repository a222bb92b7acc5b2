"""The review queue in a real browser: ticking many at once, on a phone, by keyboard, and without a script."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened, pressed
from services.console.tests.conftest import Wall

from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.players import Player
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.browser import Page
from banstream_testing.infractions import MODERATOR
from banstream_testing.staff import Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUEUE = "/console/requests?lang=en"
MANY = 52
TICKED = "document.querySelectorAll('tbody [name=id]:checked').length"
TELLS = "document.querySelector('.ticks [role=status]').innerText"
ALL = "document.querySelector('[data-tick-all]')"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reviewer(wall: Wall) -> AsyncIterator[Visitor]:
    """With more requests than a page shows."""
    for number in range(MANY):
        common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
        player = Player(service="roblox", id=str(9_000_000 + number))
        command = OpenRequest(**common, actor=MODERATOR, request_id=new_short_id(), player=player, reason="flew")
        assert (await wall.bus.send(command)).status == "applied"
    async with staff_console(wall.nats) as (_, signer):
        yield await signer.sign_in(Role.REVIEWER)


async def key(page: Page, name: str, code: int, text: str = "") -> None:
    """One key, pressed and let go."""
    for kind in ("keyDown", "keyUp"):
        typed = {"text": text} if text and kind == "keyDown" else {}
        await page.call("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code, **typed)


async def test_all_that_are_shown_are_ticked_at_once_and_counted(reviewer: Visitor) -> None:
    async with opened(reviewer, QUEUE, width=390) as page:
        assert await page.value(TELLS) == "0 of 50 ticked"
        await page.value(f"{ALL}.click()")
        assert (await page.value(TICKED), await page.value(TELLS)) == (50, "50 of 50 ticked")
        await page.value("document.querySelector('tbody [name=id]').click()")
        assert (await page.value(TICKED), await page.value(TELLS)) == (49, "49 of 50 ticked")
        assert await page.value(f"[{ALL}.checked, {ALL}.indeterminate]") == [False, True]
        await page.value(f"{ALL}.click()")
        assert await page.value(TICKED) == 50
        await page.value(f"{ALL}.click()")
        assert (await page.value(TICKED), await page.value(TELLS)) == (0, "0 of 50 ticked")
        assert await page.value("document.documentElement.scrollWidth") == 390


async def test_ticking_all_is_done_and_told_by_keyboard_alone(reviewer: Visitor) -> None:
    async with opened(reviewer, QUEUE) as page:
        await page.value("document.querySelector('.filters button').focus()")
        await key(page, "Tab", 9)
        assert await page.value(f"document.activeElement === {ALL}")
        await key(page, " ", 32, " ")
        assert (await page.value(TICKED), await page.value(TELLS)) == (50, "50 of 50 ticked")
        await key(page, "Tab", 9)
        await key(page, "Enter", 13, "\r")
        await page.until("location.hash === '#decide'")
        await key(page, "Tab", 9)
        assert await page.value("document.activeElement.name") == "reason"


async def test_what_was_ticked_is_counted_in_another_language_too(reviewer: Visitor) -> None:
    async with opened(reviewer, QUEUE) as page:
        await page.value("document.querySelector('tbody [name=id]').click()")
        await page.value("document.querySelector('.languages a[lang=es]').click()")
        await page.until("document.documentElement.lang === 'es' && document.readyState === 'complete'")
        assert (await page.value(TICKED), await page.value(TELLS)) == (1, "Marcadas: 1 de 50")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
async def test_none_ticked_is_a_refusal_that_says_so(reviewer: Visitor, *, scripts: bool) -> None:
    async with opened(reviewer, QUEUE, scripts=scripts) as page:
        await pressed(page, "[name=decision][value=approve]")
        alert = await page.value("document.querySelector('[role=alert]').innerText")
        assert alert.endswith("tick at least one request")
        assert "id:" not in alert
        assert await page.value("document.querySelector('[name=reason]').matches(':not([aria-invalid])')")
        assert await page.value("document.querySelector('.ticks').checkVisibility()") is scripts
