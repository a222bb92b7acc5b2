"""Times of staff pages in a real browser: whose zone they are in is said, and it is the viewer's."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall

from banstream_contracts.accounts import Role
from banstream_contracts.infractions import Lifetime, Severity
from banstream_testing.browser import browser_page
from banstream_testing.staff import Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

BANS = "/console/bans"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reviewer(wall: Wall) -> AsyncIterator[Visitor]:
    async with staff_console(wall.nats, console_time_zone="America/Sao_Paulo") as (_, signer):
        yield await signer.sign_in(Role.OWNER)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_a_change_is_told_in_the_zone_and_the_language_of_who_looks_at_it(
    wall: Wall, reviewer: Visitor, scripts: bool
) -> None:
    timed = {"lifetime": Lifetime.TIMED, "duration_seconds": 86_400}
    infraction_id = await wall.ban("Changed", **timed, category="aimbot", severity=Severity.CRITICAL)
    page_of = f"{BANS}/{infraction_id}"
    async with browser_page(scripts=scripts, width=1280) as page:
        for name, value in reviewer.cookies.items():
            await page.call("Network.setCookie", name=name, value=value, url=reviewer.console.url)
        await page.call("Emulation.setTimezoneOverride", timezoneId="Asia/Tokyo")
        await page.arrive(f"{reviewer.console.url}{page_of}/amend?lang=pt-BR")
        await page.fill("main form", lasts="2d", severity="low", category="lag_machine")
        ends = await page.value("[...document.querySelectorAll('main tbody time')].map((one) => one.innerText)")
        told = await page.value("document.querySelector('main tbody').innerText")
        await page.arrive(f"{reviewer.console.url}{page_of}?lang=pt-BR")
        facts = await page.value("[...document.querySelectorAll('.facts time')].map((one) => one.innerText)")
        titles = await page.value("[...document.querySelectorAll('.facts time')].map((one) => one.title)")
    await wall.lift(infraction_id)
    zone = "GMT+9" if scripts else "-03"
    assert [zone in each for each in ends] == [True, True], ends
    assert {zone in each for each in facts} == {True}, facts
    assert not scripts or {zone in each for each in titles} == {True}, titles
    assert "CRÍTICA" in told.upper()
    assert "critical" not in told
    assert "lag_machine" not in told


@pytest.mark.parametrize("path", [BANS, "/console/audit", "/console/appeals/statistics"])
async def test_whose_days_a_list_is_filtered_by_is_said(reviewer: Visitor, path: str) -> None:
    assert "America/Sao_Paulo" in (await reviewer.get(path)).text
