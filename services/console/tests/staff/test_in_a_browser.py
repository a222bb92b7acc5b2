"""Pages of staff in a real browser: times as they are said, searching while one types, going back to a form."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened
from services.console.tests.conftest import Wall

from banstream_console.access.sessions import key_of
from banstream_console.staff.guard import COOKIE
from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import OpenRequest
from banstream_contracts.commands.requests import AssignRequest, CommentRequest
from banstream_contracts.infractions import Actor, Lifetime
from banstream_contracts.players import Player
from banstream_runtime.identifiers import new_id, new_short_id
from banstream_testing.browser import Page
from banstream_testing.infractions import MODERATOR
from banstream_testing.staff import Signer, seen_at, seen_last, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

BANS = "/console/bans"
HOUR, DAY = 3600, 86_400


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(wall.nats) as (_, made):
        yield made


async def typed(page: Page, text: str) -> None:
    """Into the field that searches."""
    change = "one.dispatchEvent(new Event('input', {bubbles: true}))"
    await page.value(f"(() => {{ const one = document.querySelector('#f-search'); one.value = {text!r}; {change} }})()")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (90, "in 89 seconds"),
        (23 * HOUR, "in 22 hours"),
        (47 * HOUR, "in 46 hours"),
        (13 * DAY, "in 12 days"),
        (59 * DAY, "in 8 weeks"),
        (700 * DAY, "in 23 months"),
    ],
    ids=str,
)
async def test_an_end_is_not_said_to_be_sooner_than_it_is_by_more_than_a_third(
    wall: Wall, signer: Signer, seconds: int, said: str
) -> None:
    infraction_id = await wall.ban(f"Ends {seconds}", lifetime=Lifetime.TIMED, duration_seconds=seconds)
    async with opened(await signer.sign_in(Role.VIEWER), f"{BANS}?search=Ends+{seconds}") as page:
        found = await page.value("[...document.querySelectorAll('#results time')].map((one) => one.textContent)")
    await wall.lift(infraction_id)
    unit = said.split()[2]
    assert unit in found[1], found
    assert abs(int(found[1].split()[1]) - int(said.split()[1])) <= (60 if unit == "seconds" else 1)


async def test_a_search_that_is_refused_says_why_and_shows_no_results_of_another_one(
    wall: Wall, signer: Signer
) -> None:
    del wall
    async with opened(await signer.sign_in(Role.VIEWER), BANS) as page:
        await typed(page, "Cheater 07")
        await page.until("document.querySelectorAll('#results tbody tr').length === 1")
        await typed(page, "Ch")
        await page.until("document.querySelectorAll('#results tbody tr').length === 0")
        assert "3 letters" in await page.value("document.querySelector('#results').innerText")
        await typed(page, "Cheater 08")
        await page.until("document.querySelectorAll('#results tbody tr').length === 1")


async def test_what_is_searched_while_one_types_is_searched_in_another_language_too(wall: Wall, signer: Signer) -> None:
    del wall
    async with opened(await signer.sign_in(Role.VIEWER), f"{BANS}?search=Cheater+07&lang=en") as page:
        await typed(page, "Cheater 08")
        await page.until("document.querySelector('#results tbody').innerText.includes('Cheater 08')")
        await page.value("document.querySelector('.languages a[lang=es]').click()")
        await page.until("document.documentElement.lang === 'es' && document.readyState === 'complete'")
        assert await page.value("document.querySelector('#f-search').value") == "Cheater 08"
        assert "Cheater 08" in await page.value("document.querySelector('#results tbody').innerText")


async def test_who_is_signed_out_while_searching_is_led_to_signing_in_and_back(wall: Wall, signer: Signer) -> None:
    del wall
    visitor = await signer.sign_in(Role.VIEWER)
    async with opened(visitor, BANS) as page:
        await page.value("document.querySelector('#f-search').focus()")
        await visitor.console.site.staff.sessions.end([key_of(visitor.token)])
        await typed(page, "Cheater")
        await page.until("location.pathname === '/login'")
        assert urlsplit(await page.value("location.href")).query == "next=/console/bans?search%3DCheater"


@pytest.mark.parametrize("player_id", [".", "..", "../x", "a/../b", "50%?#&c=d", "%2e"], ids=ascii)
async def test_whatever_a_player_is_called_links_lead_there(wall: Wall, signer: Signer, player_id: str) -> None:
    player = f"other:{player_id}"
    infraction_id = await wall.ban("Called Oddly", player=Player(service="other", id=player_id))
    visitor = await signer.sign_in(Role.VIEWER)
    search = f"const form = document.querySelector('main form'); form.player.value = {player!r}; form.submit()"
    ways = (
        (f"{BANS}/{infraction_id}", "document.querySelector('dd a.code').click()"),
        ("/console/players", search),
        (None, "document.querySelector('.languages a:not([aria-current])').click()"),
    )
    async with opened(visitor, BANS) as page:
        for begin, way in ways:
            if begin:
                await page.arrive(f"{visitor.console.url}{begin}")
            await page.value(f"window.isLeft = true; {way}")
            await page.until(f"!window.isLeft && document.querySelector('.lead.code')?.textContent === {player!r}")
            await page.until(f"!!document.querySelector('a[href$=\"{infraction_id}\"]')")
    await wall.lift(infraction_id)


@pytest.mark.parametrize("path", ["/console", BANS], ids=["overview", "bans"])
async def test_a_page_that_follows_what_happens_does_not_keep_its_session(
    wall: Wall, signer: Signer, path: str
) -> None:
    visitor = await signer.sign_in(Role.VIEWER)
    async with opened(visitor, path) as page:
        await page.until("document.querySelector('.live').dataset.state === 'on'" if path == "/console" else "true")
        seen = datetime.now(UTC) - timedelta(minutes=50)
        seen_last(visitor, seen)
        infraction_id = await wall.ban("Seen By Nobody", reason="Seen By Nobody")
        await page.until("document.querySelector('main').innerText.includes('Seen By Nobody')")
        assert seen_at(visitor) == seen
        seen_last(visitor, seen - timedelta(hours=1))
        await wall.lift(infraction_id)
        await page.until("location.pathname === '/login'")
        assert urlsplit(await page.value("location.href")).query == f"next={path}"


async def test_a_page_says_whether_it_follows_what_happens_and_begins_anew_where_it_was_turned_away(
    wall: Wall, signer: Signer
) -> None:
    first_to_nowhere = "constructor(to) { super(isFirst ? '/nowhere' : to); isFirst = false; }"
    turned_away = f"let isFirst = true; window.EventSource = class extends EventSource {{ {first_to_nowhere} }};"
    async with opened(await signer.sign_in(Role.VIEWER), "/console?lang=en") as page:
        await page.call("Page.enable")
        await page.call("Page.addScriptToEvaluateOnNewDocument", source=turned_away)
        await page.value("window.isLeft = true; location.reload(); null")
        await page.until("!window.isLeft && document.querySelector('.live')?.innerText.includes('Connection lost')")
        await page.until("document.querySelector('.live').innerText === 'Live'")
        await wall.lift(await wall.ban("Seen After All", reason="Seen After All"))
        await page.until("document.querySelector('main').innerText.includes('Seen After All')")


async def test_a_form_that_was_stopped_on_its_way_can_be_sent_again(wall: Wall, signer: Signer) -> None:
    del wall
    async with opened(await signer.sign_in(Role.VIEWER), "/console/account") as page:
        await page.value("window.form = document.querySelector('form[action=\"/logout\"]'); null")
        stopped = "form.addEventListener('submit', (event) => event.preventDefault()); form.requestSubmit()"
        await page.value(stopped)
        assert await page.value("form.dataset.sent") == "yes"
        await page.until("!form.dataset.sent")


async def test_a_ban_that_ends_while_the_list_is_open_is_in_force_no_more(wall: Wall, signer: Signer) -> None:
    async with opened(await signer.sign_in(Role.VIEWER), f"{BANS}?search=Short+Lived") as page:
        await wall.ban("Short Lived", lifetime=Lifetime.TIMED, duration_seconds=6)
        await page.until("document.querySelector('#results').innerText.includes('In force')")
        await page.until("document.querySelector('#results').innerText.includes('Ended')")


async def test_a_list_that_somebody_was_on_is_brought_up_to_date_once_they_leave_it(wall: Wall, signer: Signer) -> None:
    infraction_id = await wall.ban("Looked At")
    async with opened(await signer.sign_in(Role.VIEWER), f"{BANS}?search=Looked+At") as page:
        await page.value("document.querySelector('#results a').focus()")
        reading = "const answer = await real(...all); text = await answer.clone().text(); return answer;"
        await page.value(f"var text = '', real = fetch; window.fetch = async (...all) => {{ {reading} }}; null")
        await wall.lift(infraction_id)
        await page.until("text.includes('tag-good')")
        assert "In force" in await page.value("document.querySelector('#results tbody').innerText")
        await page.value("document.activeElement.blur()")
        await page.until("document.querySelector('#results tbody').innerText.includes('Lifted')")


async def another_language(page: Page, language: str) -> None:
    await page.value(f"document.querySelector('.languages a[lang={language}]').click()")
    await page.until(f"document.documentElement.lang === {language!r} && document.readyState === 'complete'")


async def asked(wall: Wall) -> str:
    """A request to ban somebody."""
    request_id, player = new_short_id(), Player(service="roblox", id="4242")
    common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
    command = OpenRequest(**common, actor=MODERATOR, request_id=request_id, player=player, reason="flew")
    assert (await wall.bus.send(command)).status == "applied"
    return request_id


async def test_the_longest_name_of_staff_widens_no_page_of_a_phone(wall: Wall, signer: Signer) -> None:
    name, visitor = "W" * 128, await signer.sign_in(Role.REVIEWER, name="W" * 64)
    common = {"command_id": new_id(), "issued_at": datetime.now(UTC), "correlation_id": new_id()}
    who, request_id = Actor(kind="person", id="somebody", name=name), await asked(wall)
    for each in (
        CommentRequest(**common, actor=who, request_id=request_id, note="seen"),
        AssignRequest(**{**common, "command_id": new_id()}, actor=who, request_id=request_id, assignee=name),
    ):
        assert (await wall.bus.send(each)).status == "applied"
    async with opened(visitor, "/console/requests") as page:
        await page.resize(390, 844)
        for path in (f"/console/requests/{request_id}", "/console/requests"):
            await page.arrive(f"{visitor.console.url}{path}")
            assert name in await page.value("document.querySelector('main').innerText")
            assert await page.value("document.documentElement.scrollWidth") == 390
        await page.resize(1280, 900)
        assert await page.value("document.querySelector('.table-scroll').scrollWidth") < 1280


FORM = "[...new FormData(document.querySelector('main form[method=post]'))].filter(([name]) => name !== 'csrf')"


async def test_what_was_typed_into_a_form_that_is_refused_is_there_in_another_language_too(
    signer: Signer,
) -> None:
    typed = {"player": "nobody", "reason": "seen 'flying'\nand <b>more</b>", "lasts": "", "scope": "server"}
    visitor = await signer.sign_in(Role.REVIEWER)
    async with opened(visitor, f"{BANS}/new?lang=en") as page:
        await page.value("document.querySelector('[value=ban]').click()")
        await page.fill("main form", **typed)
        assert await page.value("document.querySelectorAll('[aria-invalid]').length") > 0
        before = await page.value(FORM)
        assert ["punishments", "ban"] in before
        for language in ("es", "zh-CN"):
            await another_language(page, language)
            assert await page.value(FORM) == before
        await page.arrive(f"{visitor.console.url}{BANS}/new")
        assert "flying" not in str(await page.value(FORM))


@pytest.mark.parametrize("by", ["time", "another tab"])
async def test_what_was_filled_in_by_who_was_signed_out_meanwhile_is_in_the_form_once_they_are_signed_in(
    signer: Signer, by: str
) -> None:
    visitor = await signer.sign_in(Role.REVIEWER)
    async with opened(visitor, f"{BANS}/new?lang=en") as page:
        await page.value("document.querySelector('[value=ban]').click()")
        await visitor.console.site.staff.sessions.end([key_of(visitor.token)])
        again = await signer.sign_in_again(visitor.account)
        if by == "another tab":
            await page.call("Network.setCookie", name=COOKIE, value=again.token, url=visitor.console.url)
        filled = {"player": "roblox:4242", "lasts": "7d", "reason": "seen 'flying'\nand <b>more</b>", "scope": "server"}
        before = await page.value(FORM)
        await page.fill("main form", **filled)
        assert await page.value("document.body.innerText.includes('filled in again')")
        assert not await page.value("document.body.innerText.includes('Copy it')")
        back = await page.value("document.querySelector('main a.button').href")
        await page.call("Network.setCookie", name=COOKIE, value=again.token, url=visitor.console.url)
        await page.arrive(
            f"{visitor.console.url}{dict(parse_qsl(urlsplit(back).query)).get('next')}" if by == "time" else back
        )
        assert dict(await page.value(FORM)) == {**dict(before), **filled}
        await page.arrive(f"{visitor.console.url}{BANS}/new")
        assert "flying" not in str(await page.value(FORM))


async def test_what_was_unticked_by_who_was_signed_out_meanwhile_is_not_ticked_again(signer: Signer) -> None:
    visitor, ticked = await signer.sign_in(Role.OWNER), "document.querySelectorAll('[name=scopes]:checked').length"
    async with opened(visitor, "/console/tokens") as page:
        assert await page.value(ticked) == 1
        await page.value("document.querySelector('[name=scopes]:checked').click()")
        await visitor.console.site.staff.sessions.end([key_of(visitor.token)])
        await page.fill("main form[method=post]", name="a plugin")
        again = await signer.sign_in_again(visitor.account)
        await page.call("Network.setCookie", name=COOKIE, value=again.token, url=visitor.console.url)
        await page.arrive(f"{visitor.console.url}/console/tokens")
        assert await page.value("document.querySelector('main [name=name]').value") == "a plugin"
        assert await page.value(ticked) == 0


async def test_what_was_ticked_and_typed_is_there_in_another_language_and_each_button_is_the_one_it_was(
    wall: Wall, signer: Signer
) -> None:
    await asked(wall)
    async with opened(await signer.sign_in(Role.REVIEWER), "/console/requests?lang=en") as page:
        await page.value("document.querySelector('main [name=id]').click()")
        await page.value("document.querySelector('main form[method=post] [name=reason]').value = 'nobody saw it'")
        before = await page.value(FORM)
        assert ["reason", "nobody saw it"] in before
        await another_language(page, "es")
        assert await page.value(FORM) == before
        buttons = "[...document.querySelectorAll('[name=decision]')].map((each) => each.value)"
        assert await page.value(buttons) == ["approve", "reject"]
