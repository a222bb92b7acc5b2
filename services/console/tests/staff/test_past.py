"""The page of a player as of a moment, on a running console before a running service."""

import html
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened, pressed
from services.console.tests.conftest import Wall
from services.console.tests.desk import said

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import LiftInfraction
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.infractions import Lifetime, Punishment, Scope
from banstream_runtime.identifiers import new_id
from banstream_testing.console import Answer
from banstream_testing.infractions import MODERATOR, issue
from banstream_testing.staff import Signer, Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = "<script>alert(1)</script>\u202e" + "W" * 60
MAIN = "document.querySelector('main').innerText"
ZONE = ZoneInfo("America/Sao_Paulo")
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(
        wall.nats, command_timeout_seconds=30, query_timeout_seconds=10, console_time_zone=ZONE.key
    ) as (_, made):
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(signer: Signer) -> Visitor:
    return await signer.sign_in(Role.MODERATOR)


async def ban(wall: Wall, player: str, **changes: Any) -> str:
    command = issue(player, **changes)
    assert (await wall.bus.send(command)).status == "applied"
    return command.infraction_id


def about() -> dict[str, Any]:
    asked = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
    return {**asked, "actor": MODERATOR}


async def lifted(wall: Wall, infraction_id: str) -> datetime:
    """The moment before."""
    moment = datetime.now(UTC)
    lift = LiftInfraction(**about(), infraction_id=infraction_id, reason="appeal")
    assert (await wall.bus.send(lift)).status == "applied"
    return moment


async def then(visitor: Visitor, player: str, at: datetime | str, **query: str) -> Answer:
    given = at if isinstance(at, str) else at.isoformat()
    return await visitor.get(f"/console/players/roblox/{player}?{urlencode({'lang': 'en', 'at': given, **query})}")


async def test_what_a_check_would_have_answered_is_said_in_a_sentence(wall: Wall, visitor: Visitor) -> None:
    known = {"evidence": "demo at 2:14", "note": "asked twice"}
    banned = await ban(wall, "61001", reason="aimbot seen", player_name="Trillian", **known)
    await ban(wall, "61001", punishments=(Punishment.VOICE_BLOCK,), lifetime=Lifetime.ONLINE, duration_seconds=600)
    moment = await lifted(wall, banned)
    page = await then(visitor, "61001", moment)
    assert (page.status, "would have answered: banned, because “aimbot seen”." in said(page)) == (200, True)
    assert "Also: Voice block." in said(page)
    assert "demo at 2:14" in said(page)
    assert "asked twice" in said(page)
    assert "Every infraction as it was then" in said(page)
    assert f'href="/console/bans/{banned}"' in page.text
    assert "Lifted" not in said(page)
    later = await then(visitor, "61001", datetime.now(UTC))
    assert "a check would have answered: Voice block." in said(later)
    assert "Lifted" in said(later)


async def test_a_server_sees_what_is_its_own(wall: Wall, visitor: Visitor) -> None:
    await ban(wall, "61002", scope=Scope.SERVER, server_id="5" * 24)
    assert "nothing restricts this player" in said(await then(visitor, "61002", datetime.now(UTC)))
    page = said(await then(visitor, "61002", datetime.now(UTC), server="5" * 24))
    assert f"a check on {'5' * 24} would have answered: banned" in page


async def test_before_the_log_and_after_an_erasure_it_says_so(wall: Wall, visitor: Visitor) -> None:
    banned = await ban(wall, "61003", player_name="Trillian", note="a secret note")
    moment = await lifted(wall, banned)
    erase = ErasePlayer(**about(), player=issue("61003").player, reason="asked for")
    assert "Trillian" in said(await then(visitor, "61003", moment))
    assert (await wall.bus.send(erase)).status == "applied"
    page = said(await then(visitor, "61003", moment))
    assert "The player was erased on" in page
    assert "Trillian" not in page
    page = said(await then(visitor, "61003", "2001-01-01T00:00"))
    assert "The log begins on" in page
    assert "nothing restricts this player" in page
    assert "There was none." in page


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        ("9000-01-01T00:00", "Day and time: has not come yet"),
        ("yesterday", "Day and time: is a day and time such as 2026-01-31 20:00"),
        ("0001-01-01T00:00", "Day and time: is a day of this millennium"),
    ],
)
async def test_what_is_no_moment_is_said_beside_the_form(visitor: Visitor, at: str, wrong: str) -> None:
    page = await then(visitor, "61004", at)
    assert page.status == 422
    assert wrong in said(page)


async def test_a_time_is_of_the_zone_that_the_form_names(wall: Wall, visitor: Visitor) -> None:
    banned = await ban(wall, "61005", reason="aimbot seen")
    moment = (await lifted(wall, banned)).astimezone(ZONE).replace(tzinfo=None)
    page = await then(visitor, "61005", moment)
    assert "banned, because “aimbot seen”" in said(page)
    assert f"Times in {ZONE}" in said(page)
    assert f'value="{moment.isoformat(timespec="seconds")}"' in page.text


async def test_infractions_come_in_pages(wall: Wall, visitor: Visitor) -> None:
    issued = [issue("61006", punishments=()) for _ in range(130)]
    assert {each.status for each in await wall.bus.send_all(issued)} == {"applied"}
    now = datetime.now(UTC)
    first = await then(visitor, "61006", now)
    [older] = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = await visitor.get(html.unescape(older))
    shown = [set(re.findall(r'href="/console/bans/([0-9a-f]{24})"', page.text)) for page in (first, second)]
    assert [len(each) for each in shown] == [100, 30]
    assert shown[0] | shown[1] == {each.infraction_id for each in issued}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_says_it(wall: Wall, visitor: Visitor, language: Language) -> None:
    player = f"6101{LANGUAGES.index(language)}"
    banned = await ban(wall, player, reason=HOSTILE, player_name=HOSTILE)
    moment = await lifted(wall, banned)
    page = await then(visitor, player, moment, lang=language)
    assert page.status == 200
    assert "<script>alert" not in page.text
    for text_id in ("past-title", "past-answer", "past-infractions", "past-look", "past-at"):
        assert texts(language).say(text_id) in html.unescape(page.text), text_id


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_form_leads_there_in_a_browser(wall: Wall, signer: Signer, width: int) -> None:
    admin = await signer.sign_in(Role.ADMIN)
    player = f"6102{width}"
    await ban(wall, player, reason="W" * 200, player_name="W" * 64)
    async with opened(admin, f"/console/players/roblox/{player}?lang=en", width=width) as page:
        await page.value("document.querySelector('details:has([name=at])').open = true")
        assert await page.value(FITS)
        soon = (datetime.now(UTC) + timedelta(seconds=30)).astimezone(ZONE)
        await page.fill("form:has([name=at])", at=soon.replace(tzinfo=None).isoformat(timespec="seconds"))
        await page.shows("would have answered: banned")
        assert await page.value(FITS)
        await pressed(page, "main > p a")
        assert player in await page.value(MAIN)
