"""What pages of staff say of infractions that come from another system."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened
from services.console.tests.conftest import Wall
from services.console.tests.staff.test_ban_texts import cells

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_console.staff.audit.page import KINDS
from banstream_console.staff.events_in_words import in_words, mood
from banstream_contracts.accounts import Role
from banstream_contracts.infractions import LiftedBefore
from banstream_contracts.players import Player
from banstream_testing.imports import IMPORT_ID, LONG_AGO, imported, imported_id, take_back
from banstream_testing.infractions import MODERATOR
from banstream_testing.staff import Visitor, staff_console
from banstream_testing.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = 76561197960265728
WIDTHS = (390, 1280)
EVENT: dict[str, Any] = {"punishments": ["ban"], "source": "old.example", "reason": "aimbot"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reviewer(wall: Wall) -> AsyncIterator[Visitor]:
    async with staff_console(wall.nats) as (_, signer):
        yield await signer.sign_in(Role.REVIEWER)


async def brought(wall: Wall, number: int, **values: Any) -> str:
    """A ban of long ago from another system; the path of its page."""
    common = {"player": Player(service="steam", id=str(FIRST + number)), "player_name": f"Imported {number}"}
    result = await wall.bus.send(imported(number, **{**common, **values}))
    assert result.status == "applied", result.refusal
    return f"/console/bans/{imported_id(number)}?lang=en"


def facts(page: str, *labels: str) -> list[list[str]]:
    return [cells(page, label) for label in labels]


async def test_an_infraction_says_where_it_comes_from(wall: Wall, reviewer: Visitor) -> None:
    page = (await reviewer.get(await brought(wall, 1))).text
    (where,), (how,), *who = facts(page, "Imported from", "Import", "Issued there by", "Issued by", "Ended")
    assert where == "old.example, ban:1"
    assert IMPORT_ID in how
    assert MODERATOR.name
    assert MODERATOR.name in how
    assert who == [["Old Admin"], [], []]
    (issued,) = cells(page, "Issued")
    assert "2019" in issued
    page = (await reviewer.get(await brought(wall, 2, issued_by=None))).text
    assert cells(page, "Issued there by") == ["Not told"], "nobody here is said to have done it"


async def test_what_is_over_there_says_who_ended_it_and_when(wall: Wall, reviewer: Visitor) -> None:
    over = LiftedBefore(at=LONG_AGO.replace(year=2020), by="Other Admin", reason="appeal")
    page = (await reviewer.get(await brought(wall, 3, lifted=over))).text
    (ended,), there, here = facts(page, "Ended", "Ended there by", "Ended by")
    assert ("2020" in ended, "appeal" in ended, there, here) == (True, True, ["Other Admin"], [])
    page = (await reviewer.get(await brought(wall, 4, ends_at=LONG_AGO.replace(year=2021)))).text
    (ended,), there, here = facts(page, "Ended", "Ended there by", "Ended by")
    assert ("2021" in ended, there, here) == (True, [], [])
    page = (await reviewer.get(await brought(wall, 5, lifted=LiftedBefore()))).text
    assert facts(page, "Ended there by", "Ended by") == [["Not told"], []]


async def test_what_was_taken_back_or_lifted_here_says_so(wall: Wall, reviewer: Visitor) -> None:
    paths = [await brought(wall, number) for number in (6, 7)]
    await take_back(wall.bus, [6])
    await wall.lift(imported_id(7))
    undone, lifted = [(await reviewer.get(path)).text for path in paths]
    assert ["Taken back" in cells(page, "Import")[0] for page in (undone, lifted)] == [True, False]
    for page in (undone, lifted):
        assert facts(page, "Ended by", "Ended there by") == [[MODERATOR.name], []]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_import_is_said_in_words_in_every_language(language: Language) -> None:
    said = partial(in_words, texts(language))
    every = [
        said("infraction.imported", EVENT),
        said("infraction.imported", {**EVENT, "lifted": {}}),
        said("infraction.lifted", EVENT),
        said("infraction.lifted", {**EVENT, "import_id": IMPORT_ID}),
    ]
    assert len(set(every)) == len(every)
    assert ["old.example" in each for each in every] == [True, True, False, False]
    assert all("aimbot" in each for each in every)
    assert "infraction.imported" in KINDS, "the audit log can be asked for it"
    assert mood("infraction.imported", EVENT) == "bad"
    assert mood("infraction.imported", {**EVENT, "lifted": {}}) == ""


async def test_the_overview_leaves_imports_out_and_the_history_has_them(wall: Wall, reviewer: Visitor) -> None:
    await brought(wall, 8)
    await take_back(wall.bus, [8], "wrong file of Eight")
    banned = await wall.ban("After The Import", reason="seen after Eight")

    async def is_told() -> str | None:
        page = (await reviewer.get("/console?lang=en")).text
        return page if "seen after Eight" in page else None

    page = await eventually(is_told)
    assert ("old.example" in page, "wrong file of Eight" in page) == (False, False)
    await wall.lift(banned)
    history = (await reviewer.get(f"/console/players/steam/{FIRST + 8}?lang=en")).text
    assert "Ban imported from" in history
    assert "of an import taken back" in history


@pytest.mark.parametrize("width", WIDTHS)
async def test_the_page_fits_its_width(wall: Wall, reviewer: Visitor, width: int) -> None:
    path = await brought(wall, 100 + width, row="W" * 128, source="w" * 64, issued_by="W" * 128)
    async with opened(reviewer, path, width=width) as page:
        assert await page.value("document.documentElement.scrollWidth <= innerWidth")
