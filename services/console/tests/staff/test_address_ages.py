"""How long an infraction binds the address of its player: set, changed and shown by staff."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened
from services.console.tests.conftest import Wall
from services.console.tests.desk import went_to
from services.console.tests.staff.test_exempt import banned, infraction_at

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.problems.exceptions import Refused
from banstream_console.problems.in_words import problem_said, wrong_of
from banstream_console.staff.events_in_words import in_words
from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import IssueInfraction
from banstream_contracts.results import Refusal
from banstream_privacy.transit import sealing_public_key
from banstream_testing.infractions import MASTER_KEY
from banstream_testing.staff import Signer, Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = timedelta(days=1)
WITH_PLAYER, OVER = "As long as the player is restricted", "It binds nobody else from its address any more."
FIELD, END = 'name="address_lasts"', "Bind nobody else from now on"
FORM: dict[str, Any] = {
    "punishments": ["ban"],
    "lifetime": "permanent",
    "scope": "global",
    "reason": "aimbot",
    "player_name": "By Form",
    "address": "198.51.100.23",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    settings: dict[str, Any] = {"sealing_public_key": sealing_public_key(MASTER_KEY).hex()}
    async with staff_console(wall.nats, **settings) as (_, made):
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(signer: Signer) -> Visitor:
    return await signer.sign_in(Role.ADMIN)


async def test_the_end_of_an_address_is_set_moved_and_taken_away(wall: Wall, admin: Visitor) -> None:
    path = await banned(wall, "Rotates")
    assert WITH_PLAYER in (await admin.get(f"{path}?lang=en")).text
    before = datetime.now(UTC)
    assert went_to(await admin.post(f"{path}/address", address_lasts="30d")) == f"{path}?said=done"
    end = (await infraction_at(wall, path)).address_expires_at
    assert end
    assert before + 30 * DAY <= end <= datetime.now(UTC) + 30 * DAY
    assert went_to(await admin.post(f"{path}/address", address_lasts="now")) == f"{path}?said=done"
    page = (await admin.get(f"{path}?lang=en")).text
    assert (OVER in page, FIELD in page, END in page) == (True, True, False)
    assert not (await infraction_at(wall, path)).holds_address(datetime.now(UTC))
    assert went_to(await admin.post(f"{path}/address", address_lasts="permanent")) == f"{path}?said=done"
    page = (await admin.get(f"{path}?lang=en")).text
    assert (WITH_PLAYER in page, OVER in page, END in page) == (True, False, True)


async def test_only_who_may_change_it_does_where_there_is_one(wall: Wall, signer: Signer, admin: Visitor) -> None:
    path = await banned(wall, "Not Theirs")
    moderator = await signer.sign_in(Role.MODERATOR)
    assert FIELD not in (await moderator.get(path)).text
    assert (await moderator.post(f"{path}/address", address_lasts="30d")).status == 403
    without = await banned(wall, "No Address At All", address=None)
    assert FIELD not in (await admin.get(without)).text
    assert (await admin.post(f"{without}/address", address_lasts="30d")).status == 409


@pytest.mark.parametrize("typed", ["", "soon", "200000d"], ids=["nothing", "no duration", "too long"])
async def test_what_is_no_duration_is_said_beside_the_field(wall: Wall, admin: Visitor, typed: str) -> None:
    path = await banned(wall, "Typed")
    answer = await admin.post(f"{path}/address", address_lasts=typed)
    assert (answer.status, 'id="h-address_lasts"' in answer.text) == (422, True)
    assert f'value="{typed}"' in answer.text or not typed


@pytest.mark.parametrize(
    ("typed", "days"), [("2d", 2), ("permanent", None), ("", None)], ids=["a time", "as long as it", "unsaid"]
)
async def test_who_punishes_says_it_in_the_form(wall: Wall, admin: Visitor, typed: str, days: int | None) -> None:
    form = {**FORM, "player": f"roblox:77{len(typed)}001", "address_lasts": typed}
    preview = (await admin.post("/console/bans/new?lang=en", **form)).text
    assert ("Address binds until" in preview) is bool(typed)
    heard = await wall.bus.client.subscribe(subjects.INFRACTIONS_COMMANDS)
    made = went_to(await admin.post("/console/bans/new", step="confirm", **form)).partition("?")[0]
    command = IssueInfraction.model_validate_json((await heard.next_msg(10)).data)
    await heard.unsubscribe()
    assert command.address_ends_with_it is (typed == "permanent"), "whatever the installation has set"
    infraction = await infraction_at(wall, made)
    assert infraction.address_expires_at == (days and infraction.issued_at + days * DAY)


@pytest.mark.parametrize("whom", [{"player": "", "player_name": ""}, {"address": ""}], ids=["no player", "no address"])
async def test_it_is_of_the_address_of_a_player(admin: Visitor, whom: dict[str, Any]) -> None:
    form = {**FORM, "player": "roblox:770002", **whom, "address_lasts": "2d"}
    answer = await admin.post("/console/bans/new?lang=en", **form)
    assert "an address alone ends with its punishment" in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_change_is_said_in_words_in_every_language(language: Language) -> None:
    said = texts(language)
    changed = in_words(said, "infraction.amended", {"changes": {"address_expires_at": None}})
    assert changed != in_words(said, "infraction.amended", {"changes": {"reason": "x"}})
    refusal = Refusal(code="invalid-change", message="the infraction is of an address alone: it ends as a whole")
    assert wrong_of(refusal)["address_lasts"]
    if language != "en":
        assert refusal.message not in problem_said(Refused(refusal), said)


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_page_fits_its_width(wall: Wall, admin: Visitor, width: int) -> None:
    path = await banned(wall, "Wide Address")
    await admin.post(f"{path}/address", address_lasts="now")
    async with opened(admin, path, width=width) as page:
        assert await page.value("document.documentElement.scrollWidth <= innerWidth")
