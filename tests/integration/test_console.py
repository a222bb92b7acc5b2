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
_FACT = "document.querySelector('.facts time[data-moment]'))"
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
        await _open_appeal(made, "Loud Cheater")
        yield made


async def _fill_with_life(made: Community) -> None:
    """Four bans, a request, a target, a protected player, incidents."""
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
    seen = {"player": {"service": "dayz", "id": made.players["Fast Runner"]}, "reason": "speed_hack"}
    incidents = [{**seen, "id": f"seen-{number}"} for number in range(4)]
    await call(made.system, "POST", "/v1/incidents", {"incidents": incidents}, token=made.system.server_key)


async def _sign_in(made: Community) -> None:
    """By the link that the command line gives, then by the form."""
    ran = await banstream(
        made.system, "accounts", "add", "alex", "--role", "owner", "--console", made.url(""), "--json"
    )
    assert ran.code == 0, ran.err
    link = re.search(r"/join/\S+?(?=[\"\s])", ran.out)
    assert link, ran.out
    page = made.page

    async def is_open() -> bool:
        """The console knows nobody until the accounts have come."""
        await page.arrive(made.url(link[0]))
        return bool(await page.value("!!document.querySelector('form.form')"))

    await eventually(is_open)
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


async def test_a_search_follows_what_is_typed_and_its_list_what_happens(community: Community) -> None:
    page, infraction_id = community.page, community.infractions["Fast Runner"]
    await page.arrive(community.url("/console/bans"))
    await page.value("window.stays = 'the same page'; document.querySelector('[name=search]').focus()")
    assert {"Fast Runner", "Loud Cheater"} <= await _listed(page)
    for letter in "fast ru":
        await page.call("Input.dispatchKeyEvent", type="char", text=letter)
    await page.until("location.search === '?search=fast+ru'")
    assert await _listed(page) == {"Fast Runner"}
    await page.value(
        "(() => { const one = document.querySelector('[name=state]'); one.value = 'lifted';"
        " one.dispatchEvent(new Event('input', { bubbles: true })) })()"
    )
    await page.until("location.search === '?search=fast+ru&state=lifted'")
    assert await _listed(page) == set()
    await community.api("POST", f"/v1/infractions/{infraction_id}/lift", {"reason": "seen again, it was lag"})
    await page.until("document.getElementById('results').innerText.includes('Fast Runner')")
    assert await page.value("window.stays") == "the same page"
    await page.arrive(await page.value("location.href"))
    assert await _listed(page) == {"Fast Runner"}
    assert await page.value("document.querySelector('[name=search]').value") == "fast ru"


async def _listed(page: Page) -> set[str]:
    """Who is in the table of infractions."""
    return set(await page.value("[...document.querySelectorAll('#results tbody th a')].map((a) => a.innerText)"))


async def _follow(page: Page, area: str) -> None:
    """The first link to one thing of an area."""
    to_one = f"/{area}\\/[0-9a-f]{{6,}}/"
    await page.value(f"[...document.querySelectorAll('main a')].find((link) => {to_one}.test(link.href)).click()")
    await page.until(f"{to_one}.test(location.pathname)")


async def _is_free(community: Community, name: str) -> bool:
    return not await community.is_banned(name)


async def _open_appeal(made: Community, name: str) -> None:
    """As the player does, with the code that the game has shown."""
    infraction_id = made.infractions[name]
    code = (await made.api("GET", f"/v1/infractions/{infraction_id}/appeal-code"))["code"]
    async with browser_page() as player:
        await player.arrive(made.url(f"/appeal/{infraction_id}?lang=en"))
        await player.fill(".appeal-form", code=code)
        await player.fill(".appeal-form", reason="false_positive", text="It was my brother")


async def test_an_appeal_is_overturned(community: Community) -> None:
    page = community.page
    await _open_appeal(community, "Sorry Builder")
    await page.arrive(community.url(f"/console/appeals?player=dayz:{community.players['Sorry Builder']}"))
    await page.shows(community.players["Sorry Builder"])
    await _follow(page, "appeals")
    await page.shows("It was my brother")
    await page.fill("form[action$='/decide']", verdict="overturned", text="the replay shows it")
    await eventually(lambda: _is_free(community, "Sorry Builder"))


async def test_a_ban_leads_to_the_appeals_against_it(community: Community) -> None:
    page, infraction_id = community.page, community.infractions["Loud Cheater"]
    await page.arrive(community.url(f"/console/bans/{infraction_id}"))
    await page.value("document.querySelector(\"main a[href*='/console/appeals?infraction=']\").click()")
    await page.until("location.pathname === '/console/appeals' && document.readyState === 'complete'")
    await page.shows(community.players["Loud Cheater"])
    assert await page.value("document.querySelectorAll('main tbody tr').length") == 1


async def _press(page: Page, key: str, code: int, text: str = "") -> None:
    """One key, down and up, as the browser gets it from a keyboard."""
    named = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
    await page.call("Input.dispatchKeyEvent", type="keyDown", **named)
    await page.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)


async def _tab_to(page: Page, wanted: str) -> None:
    """Go on with the tabulator until a selector has the focus, which has to be seen."""
    for _ in range(80):
        await _press(page, "Tab", 9)
        if await page.value(f"document.activeElement.matches({wanted!r})"):
            break
    assert await page.value(f"document.activeElement.matches({wanted!r})"), wanted
    assert await page.value("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), wanted


async def test_an_address_is_banned_with_the_keyboard_alone(community: Community) -> None:
    page, check = community.page, f"/v1/players/dayz/{'9' * 40}/restrictions?ip=2001:db8::99"
    assert "ban" not in (await community.api("GET", check))["restrictions"]
    await page.arrive(community.url("/console/bans/new"))
    await _press(page, "Tab", 9)
    assert await page.value("document.activeElement.matches('.skip')"), "the first stop leads past the navigation"
    for name, typed in (("address", "[2001:db8::99]:2302"), ("reason", "a whole house of cheaters")):
        if name == "reason":
            await _tab_to(page, "[name=punishments][value=ban]")
            await _press(page, " ", 32, " ")
            await _tab_to(page, "[name=lasts]")
            await page.call("Input.insertText", text="3d")
        await _tab_to(page, f"[name={name}]")
        await page.call("Input.insertText", text=typed)
    await _tab_to(page, "form.form button")
    await _press(page, "Enter", 13, "\r")
    await page.shows("2001:db8::99")
    await page.until("document.readyState === 'complete'")
    await _tab_to(page, "form:has([name=step][value=confirm]) button")
    await _press(page, "Enter", 13, "\r")
    await page.until("/bans\\/[0-9a-f]{24}/.test(location.pathname)")
    await page.shows("2001:db8::99")
    assert (await page.value("location.search")).startswith("?said=done."), "the address is not kept in the history"

    async def is_held() -> bool:
        return "ban" in (await community.api("GET", check))["restrictions"]

    await eventually(is_held)


async def _one_of_each(community: Community) -> dict[str, str]:
    """Pages of one thing, and those that come before or after a form, by what their pictures are called."""
    page, infraction_id = community.page, community.infractions["Loud Cheater"]
    found = {
        "player": f"/console/players/dayz/{community.players['Loud Cheater']}",
        "ban": f"/console/bans/{infraction_id}",
        "ban-amend": f"/console/bans/{infraction_id}/amend",
        "ban-new": "/console/bans/new",
        "policy": "/console/policies/default",
        "tiers": "/console/tiers/new",
        "appeals-statistics": "/console/appeals/statistics",
        "nothing-here": "/console/nothing",
    }
    for name, area, query in (("request", "requests", "?status=all"), ("appeal-one", "appeals", "?status=all")):
        await page.arrive(community.url(f"/console/{area}{query}"))
        await _follow(page, area)
        found[name] = await page.value("location.pathname")
    return found


async def test_every_page_is_fit_for_everybody(community: Community) -> None:
    """And no wider than its screen."""
    page = community.page
    await page.arrive(community.url("/console"))
    linked = await page.value("[...document.querySelectorAll('.side a')].map((a) => new URL(a.href).pathname)")
    assert len(linked) > 8
    named = {_called(path): path for path in (*linked, *OTHER_PAGES)}
    looks = [(screen, scheme) for screen in (PHONE, DESKTOP) for scheme in ("light", "dark")]
    found: dict[str, list[str]] = {}
    for name, path in {**named, **await _one_of_each(community)}.items():
        for screen, scheme in looks if name in named else looks[1:3]:
            wrong = await _wrong_with(page, community.url(path), screen, scheme)
            if wrong:
                found[f"{path} {screen[0]} {scheme}"] = wrong
            await _keep_picture(page, name, screen, scheme)
    await page.prefer("light")
    await page.resize(*DESKTOP)
    assert not found, json.dumps(found, indent=1)


async def _wrong_with(page: Page, url: str, screen: tuple[int, int], scheme: str) -> list[str]:
    await page.resize(*screen)
    await page.prefer(scheme)
    await page.arrive(url)
    wrong = await faults(page)
    if (seen := await page.value("document.documentElement.scrollWidth")) > screen[0]:
        wrong.append(f"{seen} pixels wide on a screen of {screen[0]}")
    return wrong


async def test_the_map_of_hours_is_whole_on_every_screen(community: Community) -> None:
    """And of its two forms the one that fits is there."""
    page = community.page
    for screen, shown in ((PHONE, "standing"), (DESKTOP, "standing"), ((2200, 1000), "lying")):
        await page.resize(*screen)
        await page.arrive(community.url("/console"))
        seen = await page.value(
            "[...document.querySelectorAll('.heat')].filter((map) => map.checkVisibility())"
            ".map((map) => [map.classList[2], map.querySelectorAll('rect').length,"
            " map.getBoundingClientRect().right <= map.closest('.panel').getBoundingClientRect().right])"
        )
        assert seen == [[f"heat-{shown}", 7 * 24, True]]
    await page.resize(*DESKTOP)


async def test_times_are_told_in_the_zone_of_who_reads(community: Community) -> None:
    """How long ago, and beside or on hover when, which every zone calls otherwise."""
    page = community.page
    seen = {}
    for zone in ("America/Sao_Paulo", "Asia/Shanghai"):
        await page.call("Emulation.setTimezoneOverride", timezoneId=zone)
        await page.arrive(community.url(f"/console/bans/{community.infractions['Quiet Griefer']}"))
        seen[zone] = await page.value("(({dateTime, title, textContent}) => [dateTime, title, textContent])(" + _FACT)
    await page.call("Emulation.setTimezoneOverride", timezoneId="")
    (moment, there, told), (same, elsewhere, _) = seen.values()
    assert moment == same
    assert moment.endswith("+00:00")
    assert there != elsewhere
    assert re.fullmatch(r".+ ago \(.+\)", told), told


def _called(path: str) -> str:
    return path.removeprefix("/console").strip("/").replace("/", "-") or "overview"


async def _keep_picture(page: Page, name: str, screen: tuple[int, int], scheme: str) -> None:
    if folder := os.environ.get("BANSTREAM_PICTURES"):
        device = "phone" if screen == PHONE else "desktop"
        dark = "-dark" if scheme == "dark" else ""
        (Path(folder) / f"staff-{name}-{device}{dark}.png").write_bytes(await page.picture())


async def test_axe_core_finds_what_is_wrong(community: Community) -> None:
    page = community.page
    await page.arrive(community.url("/console"))
    await page.value("document.querySelector('main').innerHTML = '<img src=x><input>'")
    assert len(await faults(page)) >= 2
