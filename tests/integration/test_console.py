"""Staff at work in a real browser: sign in, approve, search, lift, overturn; and every page looked at by axe-core.

`BANSTREAM_PICTURES=FOLDER` writes a picture of every page for a phone and a desktop there.
"""

import json
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from banstream_testing.accessibility import faults
from banstream_testing.browser import Page, browser_page
from banstream_testing.discord import DiscordStandIn, discord_stand_in
from banstream_testing.steps import banstream, call
from banstream_testing.system import System, running_system
from banstream_testing.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
PASSWORD = "a long enough passphrase"
PHONE, DESKTOP = (390, 844), (1280, 900)
OTHER_PAGES = ("/console/account", "/console/styleguide", "/hall-of-shame", "/appeal")


@dataclass(slots=True)
class Community:
    """A system with something going on, and an owner who is signed in."""

    system: System
    discord: DiscordStandIn
    page: Page
    players: dict[str, str]
    infractions: dict[str, str]

    def url(self, path: str) -> str:
        """Of a page."""
        assert self.system.console
        return f"{self.system.console.url}{path}"

    async def api(self, method: str, path: str, body: object = None) -> Any:
        """As an administrator by the API; what it answers."""
        answer = await call(self.system, method, path, body, token=self.system.admin_token)
        assert answer.status in {200, 201}, answer
        return answer.body

    async def is_banned(self, name: str) -> bool:
        """Whether a join is refused."""
        answer = await self.api("GET", f"/v1/players/dayz/{self.players[name]}/restrictions")
        return "ban" in answer["restrictions"]


NAMES = ("Quiet Griefer", "Loud Cheater", "Sorry Builder", "Fast Runner", "Tall Sniper")
KINDS = (
    ("aimbot", "critical"),
    ("lag_machine", "high"),
    ("toxic_chat", "low"),
    ("raid_exploit", "medium"),
    ("ban_evasion", "high"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def community() -> AsyncIterator[Community]:
    settings = {"BANSTREAM_CONSOLE_DEVELOPMENT": "true", "BANSTREAM_CONSOLE_TITLE": "Example Community"}
    async with (
        discord_stand_in() as discord,
        running_system(console=True, settings=settings) as system,
        browser_page(width=DESKTOP[0], height=DESKTOP[1]) as page,
    ):
        players = {name: f"{number:040x}".upper() for number, name in enumerate(NAMES, start=0xABCDEF)}
        made = Community(system, discord, page, players, {})
        await _fill_with_life(made)
        await _sign_in(made)
        yield made


async def _fill_with_life(made: Community) -> None:
    """Four bans, a request, a target, a protected player."""
    for name, (category, severity) in zip(NAMES[:4], KINDS, strict=False):
        body = {
            "player": {"service": "dayz", "id": made.players[name], "name": name},
            "punishments": ["ban"],
            "reason": f"seen by three players: {category}",
            "category": category,
            "severity": severity,
        }
        made.infractions[name] = (await made.api("POST", "/v1/infractions", body))["id"]
    wanted = {
        "player": {"service": "dayz", "id": made.players["Tall Sniper"], "name": "Tall Sniper"},
        "reason": "shoots through walls",
    }
    await made.api("POST", "/v1/requests", wanted)
    hook = {"name": "Bans", "kind": "discord", "url": made.discord.webhook(), "language": "en"}
    await made.api("POST", "/v1/targets", hook)
    await made.api("PUT", "/v1/protected/dayz/" + "F" * 40, {"reason": "plays for the community"})


async def _sign_in(made: Community) -> None:
    """By the link that the command line gives, then by the form."""
    ran = await banstream(
        made.system, "accounts", "add", "alex", "--role", "owner", "--console", made.url(""), "--json"
    )
    assert ran.code == 0, ran.err
    link = re.search(r"/join/\S+?(?=[\"\s])", ran.out)
    assert link, ran.out
    page = made.page
    await page.arrive(made.url(link[0]))
    await page.fill("form.form", password=PASSWORD, repeated=PASSWORD)
    if "/console" not in await page.value("location.pathname"):
        await page.arrive(made.url("/login?next=/console"))
        await page.fill("form.form", username="alex", password=PASSWORD)
    await page.until("location.pathname === '/console'")


async def test_a_request_is_approved(community: Community) -> None:
    page = community.page
    await page.arrive(community.url("/console/requests"))
    await page.shows("Tall Sniper")
    assert not await community.is_banned("Tall Sniper")
    await page.value(
        "[...document.querySelectorAll('main a')].find((a) => a.href.match(/requests\\/[0-9a-f]+/)).click()"
    )
    await page.until("/requests\\/[0-9a-f]/.test(location.pathname)")
    await page.fill("form[action$='/approve']")
    await eventually(lambda: community.is_banned("Tall Sniper"))


async def test_a_ban_is_found_and_lifted_and_the_wall_changes_by_itself(community: Community) -> None:
    page = community.page
    async with browser_page() as visitor:
        await visitor.arrive(community.url("/hall-of-shame"))
        await visitor.shows("Quiet Griefer")
        await visitor.value("window.stays = 'the same page'")
        await page.arrive(community.url("/console/bans?search=quiet"))
        await page.shows("Quiet Griefer")
        assert "Loud Cheater" not in await page.value("document.querySelector('main').innerText")
        await page.arrive(community.url(f"/console/bans/{community.infractions['Quiet Griefer']}/lift"))
        await page.fill("main form", reason="it was somebody else")
        await page.shows("it was somebody else")
        await page.fill("main form")
        await eventually(lambda: _is_free(community, "Quiet Griefer"))
        await visitor.until("!document.body.innerText.includes('Quiet Griefer')")
        assert await visitor.value("window.stays") == "the same page"


async def _follow(page: Page, area: str) -> None:
    """The first link to one thing of an area."""
    to_one = f"/{area}\\/[0-9a-f]{{6,}}/"
    await page.value(f"[...document.querySelectorAll('main a')].find((link) => {to_one}.test(link.href)).click()")
    await page.until(f"{to_one}.test(location.pathname)")


async def _is_free(community: Community, name: str) -> bool:
    return not await community.is_banned(name)


async def test_an_appeal_is_overturned(community: Community) -> None:
    page, infraction_id = community.page, community.infractions["Sorry Builder"]
    code = (await community.api("GET", f"/v1/infractions/{infraction_id}/appeal-code"))["code"]
    async with browser_page() as player:
        await player.arrive(community.url(f"/appeal/{infraction_id}?lang=en"))
        await player.fill(".appeal-form", code=code)
        await player.fill(".appeal-form", reason="false_positive", text="It was my brother")
        await page.arrive(community.url("/console/appeals"))
        await page.shows(community.players["Sorry Builder"])
        await _follow(page, "appeals")
        await page.shows("It was my brother")
        await page.fill("form[action$='/decide']", verdict="overturned", text="the replay shows it")
        await eventually(lambda: _is_free(community, "Sorry Builder"))


async def test_every_page_is_fit_for_everybody(community: Community) -> None:
    """And no wider than its screen."""
    page = community.page
    await page.arrive(community.url("/console"))
    linked = await page.value("[...document.querySelectorAll('.side a')].map((a) => new URL(a.href).pathname)")
    assert len(linked) > 8
    player = f"/console/players/dayz/{community.players['Loud Cheater']}"
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys([*linked, player, *OTHER_PAGES]):
        for width, height in (PHONE, DESKTOP):
            await page.resize(width, height)
            for scheme in ("light", "dark"):
                await page.prefer(scheme)
                await page.arrive(community.url(path))
                wrong = await faults(page)
                if (seen := await page.value("document.documentElement.scrollWidth")) > width:
                    wrong.append(f"{seen} pixels wide on a screen of {width}")
                if wrong:
                    found[f"{path} {width} {scheme}"] = wrong
                await _keep_picture(page, path, width, scheme)
    await page.prefer("light")
    await page.resize(*DESKTOP)
    assert not found, json.dumps(found, indent=1)


async def _keep_picture(page: Page, path: str, width: int, scheme: str) -> None:
    folder = os.environ.get("BANSTREAM_PICTURES")
    if folder and (scheme == "light" or path == "/console"):
        name = (
            re.sub(r"[0-9a-fA-F]{24,}", "one", path.removeprefix("/console").strip("/")).replace("/", "-") or "overview"
        )
        screen = "phone" if width == PHONE[0] else "desktop"
        dark = "-dark" if scheme == "dark" else ""
        (Path(folder) / f"staff-{name}-{screen}{dark}.png").write_bytes(await page.picture())


async def test_axe_core_finds_what_is_wrong(community: Community) -> None:
    page = community.page
    await page.arrive(community.url("/console"))
    await page.value("document.querySelector('main').innerHTML = '<img src=x><input>'")
    assert len(await faults(page)) >= 2
