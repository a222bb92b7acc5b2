"""Others at the same address on the page of a player, on a running console before a running service."""

import html
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened
from services.console.tests.conftest import Wall
from services.console.tests.desk import went_to

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_contracts.accounts import Role
from banstream_contracts.commands.exempting import ExemptPlayer
from banstream_contracts.erasure import ErasePlayer
from banstream_contracts.players import Player
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import address_hash
from banstream_privacy.transit import seal, sealing_public_key
from banstream_runtime.identifiers import new_id
from banstream_testing.infractions import ADDRESS_KEY, MASTER_KEY, MODERATOR, issue
from banstream_testing.staff import Signer, Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRONG, WEAK, NONE = "Strong link", "Weak link", "No link"
HOSTILE = "<script>alert(1)</script>\u202e" + "W" * 40
FITS = "document.documentElement.scrollWidth <= innerWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    sealing = {"sealing_public_key": sealing_public_key(MASTER_KEY).hex()}
    async with staff_console(wall.nats, query_timeout_seconds=10, command_timeout_seconds=30, **sealing) as (_, made):
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def reviewer(signer: Signer) -> Visitor:
    return await signer.sign_in(Role.REVIEWER)


def address(number: int) -> SealedAddress:
    text = f"198.51.100.{number}"
    return SealedAddress(hash=address_hash(ADDRESS_KEY, text), sealed=seal(sealing_public_key(MASTER_KEY), text))


async def ban(wall: Wall, player: str, at: int, **changes: Any) -> str:
    command = issue(player, address=address(at), **changes)
    assert (await wall.bus.send(command)).status == "applied"
    return command.infraction_id


def about(player: str, **fields: Any) -> dict[str, Any]:
    asked = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
    return {**asked, "actor": MODERATOR, "player": Player(service="roblox", id=player), **fields}


async def page_of(visitor: Visitor, player: str, language: str = "en") -> str:
    answer = await visitor.get(f"/console/players/roblox/{player}?lang={language}")
    assert answer.status == 200
    return answer.text


async def test_a_link_leads_to_the_other_and_to_who_they_are_let_in_from(wall: Wall, reviewer: Visitor) -> None:
    mine = await ban(wall, "71001", 1)
    theirs = await ban(wall, "71002", 1, player_name="Trillian")
    page = await page_of(reviewer, "71001")
    assert (STRONG in page, "Both were known there in the last 30 days" in page) == (True, True)
    assert 'href="/console/players/roblox/71002"' in page
    assert "Trillian" in page
    assert f'href="/console/bans/{theirs}"' in page
    form = f"/console/bans/{mine}?exempt=roblox%3A71002#exempt"
    assert f'href="{form}"' in page
    assert 'value="roblox:71002"' in (await reviewer.get(form.partition("#")[0])).text
    assert went_to(await reviewer.post(f"/console/bans/{mine}/exempt", player="roblox:71002")).endswith("said=done")
    for player in ("71001", "71002"):
        page = await page_of(reviewer, player)
        assert (STRONG in page, NONE in page, "they are different people" in page) == (False, True, True)
        assert "They are different people: let one of them in" not in page


async def test_the_address_is_for_who_may_see_it(wall: Wall, signer: Signer) -> None:
    for player in ("71011", "71012"):
        await ban(wall, player, 2)
    for role, sees in ((Role.VIEWER, False), (Role.OWNER, True)):
        page = await page_of(await signer.sign_in(role), "71011")
        assert ("198.51.100.2" in page) is sees, role
        assert STRONG in page
        assert (f"•••• {address(2).hash[:8]}" in page) is not sees, role
        assert ("let one of them in" in page) is (role is not Role.VIEWER)


async def test_who_is_exempt_alone_is_there_and_who_was_erased_is_not(wall: Wall, reviewer: Visitor) -> None:
    await ban(wall, "71021", 3)
    theirs = await ban(wall, "71022", 3)
    let_in = about("71023", infraction_id=theirs, is_exempt=True)
    assert (await wall.bus.send(ExemptPlayer(**let_in))).status == "applied"
    page = await page_of(reviewer, "71021")
    assert ("roblox:71022" in page, "roblox:71023" in page, WEAK in page, STRONG in page) == (True, True, True, False)
    assert "let in by staff" in page
    assert (await wall.bus.send(ErasePlayer(**about("71022", reason="asked", lift=True)))).status == "applied"
    assert "Nobody else is known" in await page_of(reviewer, "71021")


async def test_a_preview_counts_whom_an_address_is_known_of_too(wall: Wall, signer: Signer) -> None:
    admin = await signer.sign_in(Role.ADMIN)
    form = {"punishments": "ban", "lifetime": "permanent", "scope": "global", "reason": "aimbot"}
    form |= {"player": "roblox:71041", "address": "198.51.100.5"}
    assert "Binds also" not in (await admin.post("/console/bans/new?lang=en", **form)).text
    for player in ("71041", "71042", "71043"):
        await ban(wall, player, 5)
    preview = (await admin.post("/console/bans/new?lang=en", **form)).text
    assert "2 other players known at this address" in preview


async def test_who_has_not_signed_in_is_told_nothing(wall: Wall, reviewer: Visitor) -> None:
    for player in ("71031", "71032"):
        await ban(wall, player, 4)
    answer = await reviewer.console.get("/console/players/roblox/71031?lang=en")
    assert "71032" not in answer.text
    assert STRONG not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_language_says_it(wall: Wall, reviewer: Visitor, language: Language) -> None:
    number = 10 + LANGUAGES.index(language)
    for player in range(7):
        await ban(wall, f"72{number}{player}", number, player_name=HOSTILE)
    page = await page_of(reviewer, f"72{number}0", language)
    assert "<script>alert" not in page
    page, say = html.unescape(page), texts(language).say
    for text in (say("linked-title"), say("linked-strength-weak"), say("linked-why-crowd", players=7)):
        assert text in page


@pytest.mark.parametrize("width", [390, 1280])
async def test_it_fits_a_browser(wall: Wall, signer: Signer, width: int) -> None:
    admin, at = await signer.sign_in(Role.ADMIN), 20 + width // 400
    for player in range(3):
        await ban(wall, f"73{at}{player}", at, player_name="W" * 64)
    async with opened(admin, f"/console/players/roblox/73{at}0?lang=en", width=width) as page:
        await page.shows("Both were known there")
        assert await page.value(FITS)
