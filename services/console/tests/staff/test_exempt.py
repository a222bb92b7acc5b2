"""Players who may come from the address of an infraction: let in and no more, in words, and unseen by the public."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened
from services.console.tests.conftest import Wall
from services.console.tests.desk import went_to

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.problems.exceptions import Refused
from banstream_console.problems.in_words import problem_said, wrong_of
from banstream_console.staff.events_in_words import in_words
from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.infractions import Infraction
from banstream_contracts.players import Player
from banstream_contracts.queries.appeals import OpenAppealForm
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound
from banstream_contracts.results import Refusal
from banstream_contracts.sealed import SealedAddress
from banstream_privacy.addresses import address_hash
from banstream_privacy.appeal_codes import appeal_code, appeal_key
from banstream_privacy.transit import seal, sealing_public_key
from banstream_testing.infractions import ADDRESS_KEY, MASTER_KEY
from banstream_testing.staff import Signer, Visitor, staff_console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDRESS = "192.0.2.78"
SISTER = "roblox:424242"
ADD, END = "Let a player in from this address", "Let in no more"
PUBLIC = ("/hall-of-shame", "/api/bans", "/api/bans.csv")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    settings: dict[str, Any] = {"console_show_ids": True, "sealing_public_key": sealing_public_key(MASTER_KEY).hex()}
    async with staff_console(wall.nats, **settings) as (_, made):
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reviewer(signer: Signer) -> Visitor:
    return await signer.sign_in(Role.REVIEWER)


async def banned(wall: Wall, name: str, **changes: Any) -> str:
    """With an address; the path of its page."""
    sealed = seal(sealing_public_key(MASTER_KEY), ADDRESS)
    address = SealedAddress(hash=address_hash(ADDRESS_KEY, ADDRESS), sealed=sealed)
    return f"/console/bans/{await wall.ban(name, **{'address': address, **changes})}"


async def infraction_at(wall: Wall, path: str) -> Infraction:
    question = GetInfraction(infraction_id=path.rpartition("/")[2]).model_dump_json().encode()
    reply = await wall.bus.client.request(subjects.QUERY_INFRACTION, question, timeout=10)
    found = InfractionFound.model_validate_json(reply.data).infraction
    assert found
    return found


async def test_a_player_is_let_in_and_no_more(wall: Wall, reviewer: Visitor) -> None:
    path = await banned(wall, "Brother")
    page = (await reviewer.get(f"{path}?lang=en")).text
    assert ("nobody is exempt" in page, ADD in page, END in page) == (True, True, False)
    assert went_to(await reviewer.post(f"{path}/exempt", player="STEAM_0:1:5")) == f"{path}?said=done"
    assert went_to(await reviewer.post(f"{path}/exempt", player=SISTER)) == f"{path}?said=done"
    assert went_to(await reviewer.post(f"{path}/exempt", player=SISTER)) == f"{path}?said=unchanged"
    steam = Player(service="steam", id="76561197960265739")
    assert (await infraction_at(wall, path)).exempt == (Player(service="roblox", id="424242"), steam)
    page = (await reviewer.get(f"{path}?lang=en")).text
    assert ("nobody is exempt" in page, page.count(END)) == (False, 2)
    assert 'href="/console/players/roblox/424242"' in page
    ending = f'action="{path}/exempt/end">.*?name="player" value="{SISTER}"'
    assert re.search(ending, page)
    assert went_to(await reviewer.post(f"{path}/exempt/end", player=SISTER)) == f"{path}?said=done"
    assert went_to(await reviewer.post(f"{path}/exempt/end", player=SISTER)) == f"{path}?said=unchanged"
    assert (await infraction_at(wall, path)).exempt == (steam,)


async def test_one_form_of_the_page_exempts_whom_it_names_once(wall: Wall, reviewer: Visitor) -> None:
    path = await banned(wall, "Once")
    for player in (SISTER, "roblox:424243", SISTER):
        assert went_to(await reviewer.post(f"{path}/exempt", player=player, once="the-same")) == f"{path}?said=done"
    assert len((await infraction_at(wall, path)).exempt or ()) == 2


async def test_only_who_may_change_it_exempts_somebody(wall: Wall, signer: Signer, reviewer: Visitor) -> None:
    path = await banned(wall, "Not Yours")
    assert (await reviewer.post(f"{path}/exempt", player=SISTER)).status == 303
    for role in (Role.VIEWER, Role.MODERATOR):
        person = await signer.sign_in(role)
        page = (await person.get(f"{path}?lang=en")).text
        assert (SISTER in page, ADD in page, END in page) == (True, False, False)
        for form in ("exempt", "exempt/end"):
            assert (await person.post(f"{path}/{form}", player=SISTER)).status == 403
    assert (await reviewer.post(f"/console/bans/{'0' * 24}/exempt", player=SISTER)).status == 404


async def test_where_there_is_no_address_or_no_end_to_come_there_is_no_form(wall: Wall, reviewer: Visitor) -> None:
    alone = await banned(wall, "No Address", address=None)
    page = (await reviewer.get(f"{alone}?lang=en")).text
    assert ("Who may come from the address" in page, ADD in page) == (False, False)
    path = await banned(wall, "Over")
    await reviewer.post(f"{path}/exempt", player=SISTER)
    await wall.lift(path.rpartition("/")[2])
    page = (await reviewer.get(f"{path}?lang=en")).text
    assert (SISTER in page, ADD in page, END in page) == (True, False, False)
    late = await reviewer.post(f"{path}/exempt?lang=es", player="roblox:5")
    assert (late.status, "ha llegado a su fin" in late.text) == (409, True)


@pytest.mark.parametrize(
    ("player", "address", "status", "said"),
    [
        ("nobody", True, 422, "un jugador se escribe"),
        ("", True, 422, "un jugador se escribe"),
        ("themselves", True, 409, "es la infracción del propio jugador"),
        (SISTER, False, 409, "la infracción no es de ninguna dirección"),
    ],
    ids=["no player", "nothing", "their own", "no address"],
)
async def test_what_is_refused_is_said_in_the_language_of_who_reads(
    wall: Wall, reviewer: Visitor, player: str, address: bool, status: int, said: str
) -> None:
    path = await banned(wall, "Refused", **({} if address else {"address": None}))
    if player == "themselves":
        player = str((await infraction_at(wall, path)).player)
    answer = await reviewer.post(f"{path}/exempt?lang=es", player=player)
    assert (answer.status, said in answer.text) == (status, True)
    assert f'value="{player}"' in answer.text or not address, "what was typed is there again"
    assert (await infraction_at(wall, path)).exempt is None


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
@pytest.mark.parametrize(
    "message",
    [
        "the infraction is the player's own: lift it",
        "at most 50 players are exempt from one infraction",
        "the infraction is of no address, and binds nobody but its player",
    ],
    ids=["own", "many", "no address"],
)
async def test_no_refusal_stays_english(language: Language, message: str) -> None:
    refusal = Refusal(code="invalid-change", message=message)
    assert wrong_of(refusal)["player"]
    assert message not in problem_said(Refused(refusal), texts(language))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_exemption_is_said_in_words_in_every_language(language: Language) -> None:
    said = texts(language)
    players = [{"service": "roblox", "id": "7"}, {"service": "minecraft", "id": "kay"}]
    some = in_words(said, "infraction.amended", {"changes": {"exempt": players}})
    nobody = [in_words(said, "infraction.amended", {"changes": {"exempt": each}}) for each in (None, [], "x", ["x"])]
    other = in_words(said, "infraction.amended", {"changes": {"reason": "x"}})
    assert "roblox:7, minecraft:kay" in some
    assert len({some, other, *nobody}) == 3


async def test_the_history_and_the_overview_say_who_is_let_in(wall: Wall, reviewer: Visitor) -> None:
    path = await banned(wall, "Told")
    await reviewer.post(f"{path}/exempt", player="roblox:31337")
    player = (await infraction_at(wall, path)).player
    assert player
    history = (await reviewer.get(f"/console/players/roblox/{player.id}?lang=en")).text
    assert "Players let in from the address of the infraction: roblox:31337" in history
    assert "Some Reviewer" in history

    async def is_told() -> bool:
        return "address of the infraction: roblox:31337" in (await reviewer.get("/console?lang=en")).text

    await eventually(is_told)


async def test_the_public_never_sees_who_is_exempt(wall: Wall, reviewer: Visitor) -> None:
    path = await banned(wall, "Seen By All")
    await reviewer.post(f"{path}/exempt", player="roblox:90210")
    infraction_id = path.rpartition("/")[2]

    async def is_shown() -> bool:
        return infraction_id in (await reviewer.console.get("/api/bans")).text

    await eventually(is_shown)
    code = appeal_code(appeal_key(MASTER_KEY), infraction_id)
    question = OpenAppealForm(infraction_id=infraction_id, code=code).model_dump_json().encode()
    form = (await wall.bus.client.request(subjects.QUERY_APPEAL_FORM, question, timeout=10)).data.decode()
    asked = {"infraction": infraction_id, "code": code}
    async with reviewer.console.http.post(f"{reviewer.console.url}/appeal", data=asked) as answer:
        appeal = await answer.text()
    told = [form, appeal, *[(await reviewer.console.get(each)).text for each in PUBLIC]]
    for each in told:
        assert ("Seen By All" in each, "90210" in each) == (True, False)


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_page_fits_its_width(wall: Wall, reviewer: Visitor, width: int) -> None:
    path = await banned(wall, "Wide")
    for player in (f"minecraft:{'w' * 128}", SISTER):
        assert (await reviewer.post(f"{path}/exempt", player=player)).status == 303
    async with opened(reviewer, path, width=width) as page:
        assert await page.value("document.documentElement.scrollWidth <= innerWidth")
