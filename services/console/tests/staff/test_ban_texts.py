"""What pages of bans say: of ends that are over, and of texts of several lines."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from services.console.tests.conftest import Wall

from banstream_console.presentation.texts import LANGUAGES, Language
from banstream_contracts.accounts import Role
from banstream_contracts.infractions import Lifetime
from banstream_testing.staff import Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINES = "first line\nsecond <b>line</b>"
SHOWN = "<bdi>first line</bdi><br><bdi>second &lt;b&gt;line&lt;/b&gt;</bdi>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reviewer(wall: Wall) -> AsyncIterator[Visitor]:
    async with staff_console(wall.nats) as (_, signer):
        yield await signer.sign_in(Role.REVIEWER)


def cells(page: str, label: str) -> list[str]:
    """What stands beside a label, in a list of facts or in a table."""
    return [
        re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", found)).strip()
        for found in re.findall(
            rf'(?:<dt>{label}</dt><dd|<td data-label="{label}")[^>]*>(.*?)</(?:dd|td)>', page, re.DOTALL
        )
    ]


@pytest.mark.parametrize(
    "terms",
    [
        {"lifetime": Lifetime.TIMED, "duration_seconds": 86_400},
        {"lifetime": Lifetime.PERMANENT},
        {"lifetime": Lifetime.ONLINE, "duration_seconds": 60, "punishments": ("chat_block",)},
    ],
    ids=["timed", "permanent", "online"],
)
async def test_what_was_lifted_is_not_said_to_end(wall: Wall, reviewer: Visitor, terms: dict[str, object]) -> None:
    infraction_id = await wall.ban("Lifted Early", **terms)
    one, listed = f"/console/bans/{infraction_id}?lang=en", f"/console/bans?search={infraction_id}&lang=en"
    before = [cells((await reviewer.get(path)).text, "Ends") for path in (one, listed)]
    assert [len(each) for each in before] == [1, 1]
    assert all(before[0] + before[1])
    await wall.lift(infraction_id)
    page = (await reviewer.get(one)).text
    assert (cells(page, "Ends"), cells(page, "End without the lifting")) == ([], before[0])
    assert cells((await reviewer.get(listed)).text, "Ends") == ["\N{EN DASH}"]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_line_ends_are_line_ends_in_previews_and_on_pages(
    wall: Wall, reviewer: Visitor, language: Language
) -> None:
    fields = {"player": "roblox:881000", "punishments": "ban", "lifetime": "permanent", "scope": "global"}
    new = f"/console/bans/new?lang={language}"
    pages = [await reviewer.post(new, **fields, reason=LINES)]
    path = f"/console/bans/{await wall.ban('Of Two Lines', reason='one ⏎ two', note='three ⏎ four')}"
    pages.append(await reviewer.post(f"{path}/lift?lang={language}", reason=LINES))
    change = {**fields, "note": "five\nsix", "category": "aimbot"}
    pages.append(await reviewer.post(f"{path}/amend?lang={language}", **change, reason=LINES))
    for page in pages:
        assert (page.status, SHOWN in page.text, "⏎" in page.text) == (200, True, False), page.text
    assert "<bdi>five</bdi><br><bdi>six</bdi>" in pages[-1].text
    one = (await reviewer.get(path)).text
    assert ("<bdi>one</bdi><br><bdi>two</bdi>" in one, "<bdi>three</bdi><br><bdi>four</bdi>" in one) == (True, True)
    for place in (path, f"{path}/amend", "/console/bans?search=Of+Two+Lines"):
        assert "⏎" not in (await reviewer.get(place)).text
    form = (await reviewer.get(f"{path}/amend")).text
    assert ">one\ntwo</textarea>" in form
    assert (await reviewer.post(f"{path}/amend", **change, reason="one\ntwo", step="confirm")).status == 303
