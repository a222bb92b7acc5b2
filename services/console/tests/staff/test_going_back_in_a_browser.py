"""Going back to forms, and reading their answers again, in a real browser: nothing is sent twice, nothing is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened, pressed, reloaded, went_back
from services.console.tests.conftest import Wall

from banstream_console.access.sessions import key_of
from banstream_console.staff.guard import COOKIE
from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.players import Player
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.browser import Page
from banstream_testing.infractions import MODERATOR
from banstream_testing.staff import Signer, Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "/console/bans/new"
FORM = "[...new FormData(document.querySelector('main form[method=post]'))].filter(([name]) => name !== 'csrf')"
KEPT = "sessionStorage.getItem('typed')"
CONFIRM = "form:has([name=step][value=confirm]) button"
ALERT = "document.querySelector('[role=alert]')?.innerText ?? ''"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(wall.nats) as (_, made):
        yield made


async def asked(wall: Wall, player: str) -> str:
    """A request to ban somebody."""
    common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
    about = {"request_id": new_short_id(), "player": Player(service="roblox", id=player), "reason": "flew"}
    command = OpenRequest(**common, **about, actor=MODERATOR)
    assert (await wall.bus.send(command)).status == "applied"
    return command.request_id


async def filled(page: Page, **changes: str) -> None:
    """The form that punishes, filled in and sent."""
    await page.value("document.querySelector('main [name=punishments][value=ban]').click()")
    terms = {"player": "roblox:880001", "lasts": "7d", "reason": "seen 'flying'\nand <b>more</b>", "scope": "global"}
    await page.fill("main form", **{**terms, **changes})


async def test_many_that_are_decided_lead_to_a_page_that_can_be_read_again_and_left_by_going_back(
    wall: Wall, signer: Signer
) -> None:
    await asked(wall, "880101")
    async with opened(await signer.sign_in(Role.REVIEWER), "/console/requests?player=roblox:880101&lang=en") as page:
        await page.value("document.querySelector('[data-tick-all]').click()")
        await pressed(page, "[name=decision][value=approve]")
        assert await page.value("location.pathname") == "/console/requests/decided"
        await page.shows("Done: 1")
        await reloaded(page)
        await page.shows("Done: 1")
        await went_back(page, "&lang=en")
        assert await page.value("document.querySelector('h1').innerText") == "Review queue"


async def test_a_preview_that_is_gone_back_to_asks_to_send_nothing_again(signer: Signer) -> None:
    async with opened(await signer.sign_in(Role.REVIEWER), f"{NEW}?lang=en") as page:
        await filled(page, player="roblox:880002")
        await page.shows("Nothing has been done yet")
        await pressed(page, CONFIRM)
        await page.shows("Done.")
        issued = await page.value("location.pathname")
        await went_back(page, NEW)
        assert await page.value("document.body.matches('.staff')"), "no error of the browser"
        if await page.value(f"!!document.querySelector({CONFIRM!r})"):
            await pressed(page, CONFIRM)
            assert await page.value("location.pathname") == issued


async def test_a_preview_that_is_read_again_is_the_form_with_everything_in_it(signer: Signer) -> None:
    async with opened(await signer.sign_in(Role.REVIEWER), f"{NEW}?lang=en") as page:
        await filled(page)
        await page.shows("Nothing has been done yet")
        await reloaded(page)
        fields = dict(await page.value(FORM))
        assert (fields["player"], fields["lasts"], fields["reason"]) == (
            "roblox:880001",
            "7d",
            "seen 'flying'\nand <b>more</b>",
        )
        assert (fields["punishments"], "step" in fields) == ("ban", False)
        assert await page.value(KEPT) is None


async def test_a_refused_form_that_is_read_again_keeps_what_was_typed_and_is_not_sent_again(
    wall: Wall, signer: Signer
) -> None:
    path = f"/console/requests/{await asked(wall, '880102')}"
    async with opened(await signer.sign_in(Role.REVIEWER), f"{path}?lang=en") as page:
        await page.fill(f"form[action='{path}/reject']", reason="x" * 1025)
        assert "at most 1024" in (await page.value(ALERT)).replace(",", "")
        await page.value("document.querySelector('#f-reason').value = 'typed at length'")
        await reloaded(page)
        assert (await page.value("location.pathname"), await page.value(ALERT)) == (path, "")
        assert await page.value("document.querySelector('#f-reason').value") == "typed at length"
        assert await page.value("document.querySelector('#a-reason').value") == ""


async def test_what_was_typed_into_a_refused_form_is_nowhere_once_somebody_signs_out(signer: Signer) -> None:
    async with opened(await signer.sign_in(Role.REVIEWER), f"{NEW}?lang=en") as page:
        await filled(page, lasts="")
        assert await page.value(ALERT) != ""
        await pressed(page, "form[action='/logout'] button")
        assert (await page.value("location.pathname"), await page.value(KEPT)) == ("/login", None)


async def signed_out_with_a_form(page: Page, visitor: Visitor) -> None:
    """What was filled in is kept for who signs in again."""
    await visitor.console.site.staff.sessions.end([key_of(visitor.token)])
    await filled(page)
    assert "flying" in await page.value(KEPT)


async def test_what_somebody_typed_is_in_no_form_of_somebody_else_at_the_same_browser(signer: Signer) -> None:
    first, second = await signer.sign_in(Role.REVIEWER), await signer.sign_in(Role.REVIEWER)
    async with opened(first, f"{NEW}?lang=en") as page:
        await signed_out_with_a_form(page, first)
        await page.call("Network.setCookie", name=COOKIE, value=second.token, url=second.console.url)
        await page.arrive(f"{second.console.url}{NEW}")
        assert (dict(await page.value(FORM))["reason"], await page.value(KEPT)) == ("", None)


@pytest.mark.parametrize("path", ["/login", NEW], ids=["signing in", "signed in"])
async def test_what_somebody_typed_is_kept_for_an_hour(signer: Signer, path: str) -> None:
    visitor = await signer.sign_in(Role.REVIEWER)
    async with opened(visitor, f"{NEW}?lang=en") as page:
        await signed_out_with_a_form(page, visitor)
        later = "const real = Date.now; Date.now = () => real() + 3_601_000;"
        await page.call("Page.enable")
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=later)
        if path == NEW:
            again = await signer.sign_in_again(visitor.account)
            await page.call("Network.setCookie", name=COOKIE, value=again.token, url=visitor.console.url)
        await page.arrive(f"{visitor.console.url}{path}")
        assert await page.value(KEPT) is None
        if path == NEW:
            assert dict(await page.value(FORM))["reason"] == ""
