"""Imports are listed with what stands of each, and taken back like what somebody did."""

import html
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from services.console.tests.browsing import opened
from services.console.tests.conftest import Wall
from services.console.tests.desk import said
from services.console.tests.staff.test_undoing import carried, row_of, tiles

from banstream_console.presentation.texts import LANGUAGES, Language, texts
from banstream_contracts import subjects
from banstream_contracts.accounts import Role
from banstream_contracts.commands.infractions import AmendInfraction, InfractionChanges
from banstream_contracts.infractions import Infraction, Status
from banstream_contracts.queries.infractions import GetInfraction, InfractionFound
from banstream_testing.abuse import asked
from banstream_testing.accessibility import faults
from banstream_testing.console import Answer
from banstream_testing.imports import imported, imported_id
from banstream_testing.infractions import MODERATOR
from banstream_testing.staff import Signer, Visitor, staff_console

pytestmark = pytest.mark.asyncio(loop_scope="module")

IMPORTS, UNDO = "/console/imports", "/console/undo"
HOSTILE = "<script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signer(wall: Wall) -> AsyncIterator[Signer]:
    async with staff_console(wall.nats) as (_, signer):
        yield signer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(signer: Signer) -> Visitor:
    return await signer.sign_in(Role.ADMIN)


async def bring(wall: Wall, import_id: str, numbers: range, **values: Any) -> None:
    """An import of bans; what it brought has its numbers."""
    rows = [imported(number, import_id=import_id, **values) for number in numbers]
    assert {each.status for each in await wall.bus.send_all(rows)} == {"applied"}


async def infraction(wall: Wall, number: int) -> Infraction:
    question = GetInfraction(infraction_id=imported_id(number)).model_dump_json().encode()
    reply = await wall.bus.client.request(subjects.QUERY_INFRACTION, question, timeout=10)
    found = InfractionFound.model_validate_json(reply.data).infraction
    assert found
    return found


async def preview(admin: Visitor, import_id: str, **changes: str) -> Answer:
    form = {"by": f"import:{import_id}", "reason": "the wrong file"}
    return await admin.post(f"{UNDO}?lang=en", **{**form, **changes})


async def test_imports_are_listed_with_what_stands_of_each(wall: Wall, admin: Visitor) -> None:
    first, second = "a1" * 12, "a2" * 12
    await bring(wall, first, range(1_000, 1_003), source="first.example")
    await bring(wall, second, range(1_010, 1_012), source="second.example")
    await wall.lift(imported_id(1_000))
    page = (await admin.get(f"{IMPORTS}?lang=en")).text
    assert page.index(second) < page.index(first), "the newest id first"
    (row,) = [part for part in page.split("<tr>") if f'href="{IMPORTS}/{first}"' in part]
    words = html.unescape(" ".join(re.sub(r"<[^>]*>", " ", row).split()))
    assert [words.startswith("first.example"), str(MODERATOR.name) in words, " 3 2 " in words] == [True] * 3
    assert f'href="{UNDO}?by=import%3A{first}"' in row
    one = await admin.get(f"{IMPORTS}/{first}?lang=en")
    assert tiles(one) == {"Infractions": 3, "In force": 2, "Taken back": 0, "Changed here": 1}
    assert [imported_id(number) in one.text for number in (1_000, 1_002, 1_010)] == [True, True, False]
    assert f'href="{UNDO}?by=import%3A{first}"' in one.text
    ban = (await admin.get(f"/console/bans/{imported_id(1_000)}?lang=en")).text
    assert f'href="{IMPORTS}/{first}"' in ban


async def test_pages_follow_each_other_and_behind_the_last_there_is_nothing(wall: Wall, admin: Visitor) -> None:
    many = "b0" * 12
    await bring(wall, many, range(2_000, 2_060))
    first = (await admin.get(f"{IMPORTS}/{many}?lang=en")).text
    (older,) = re.findall(r'rel="next" href="([^"]+)"', first)
    second = (await admin.get(html.unescape(older))).text
    assert 'rel="next"' not in second
    seen = re.findall(r'href="/console/bans/([0-9a-f]{24})"', first + second)
    assert seen == [imported_id(number) for number in range(2_000, 2_060)]
    assert "Nothing was imported" in said(await admin.get(f"{IMPORTS}?lang=en&cursor={'0' * 24}"))
    assert (await admin.get(f"{IMPORTS}/{'0' * 24}")).status == 404
    assert (await admin.get(f"{IMPORTS}?cursor=x")).status == 422


async def test_an_import_is_taken_back_page_by_page(wall: Wall, admin: Visitor) -> None:
    import_id = "d0" * 12
    await bring(wall, import_id, range(3_000, 3_130))
    await wall.lift(imported_id(3_001))
    form = (await admin.get(f"{UNDO}?by=import:{import_id}&lang=en")).text
    assert f'value="import:{import_id}"' in form
    assert 'name="done_since"' not in form, "it is taken back whole"
    shown = await preview(admin, import_id)
    assert tiles(shown) == {"Lifted": 129, "Nothing to do": 1}
    assert "Imported" in row_of(shown, imported_id(3_000))
    done = await admin.post(f"{UNDO}?lang=en", **carried(shown))
    assert (tiles(done), "100 of 130 infractions are done." in said(done)) == ({"Lifted": 99, "Nothing to do": 1}, True)
    done = await admin.post(f"{UNDO}?lang=en", **carried(done))
    assert (tiles(done), "All of it was gone through." in said(done)) == (tiles(shown), True)
    taken = await infraction(wall, 3_129)
    assert (taken.status, taken.ended_reason) == (Status.LIFTED, "the wrong file")
    assert taken.imported, "an import brought it"
    assert taken.imported.is_undone, "so a later import may bring it again"
    stands = await admin.get(f"{IMPORTS}/{import_id}?lang=en")
    assert tiles(stands) == {"Infractions": 130, "In force": 0, "Taken back": 129, "Changed here": 1}


async def test_what_staff_have_changed_since_stays_as_it_is(wall: Wall, admin: Visitor) -> None:
    import_id = "d1" * 12
    await bring(wall, import_id, range(3_200, 3_202))
    changed = {"infraction_id": imported_id(3_200), "changes": InfractionChanges(reason="he did fly")}
    assert (await wall.bus.send(AmendInfraction(**asked(MODERATOR, **changed)))).status == "applied"
    shown = await preview(admin, import_id)
    assert tiles(shown) == {"Lifted": 1, "Left as it is": 1}
    done = await admin.post(f"{UNDO}?lang=en", **carried(shown))
    assert tiles(done) == tiles(shown)
    assert (await infraction(wall, 3_200)).status is Status.ACTIVE


async def test_an_import_that_is_not_there_or_is_none_is_said(admin: Visitor) -> None:
    assert "No infraction is of this import" in said(await preview(admin, "e" * 24))
    for by in ("import:", "import:x", "import:" + "E" * 24):
        answer = await preview(admin, "", by=by)
        assert (answer.status, "is no account" in said(answer)) == (422, True)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_they_are_said_in_every_language_and_what_others_wrote_is_text(
    wall: Wall, admin: Visitor, language: Language
) -> None:
    number = 4_000 + LANGUAGES.index(language)
    import_id = f"{number:024x}"
    await bring(wall, import_id, range(number, number + 1), player_name=HOSTILE, reason=HOSTILE)
    say = texts(language).say
    pages = [await admin.get(f"{path}?lang={language}") for path in (IMPORTS, f"{IMPORTS}/{import_id}")]
    for page, text_id in zip(pages, ("import-lead", "import-changed"), strict=True):
        assert (page.status, say(text_id) in html.unescape(page.text)) == (200, True)
        assert "<script>alert" not in page.text


@pytest.mark.parametrize("width", [390, 1280], ids=["phone", "desktop"])
async def test_the_pages_fit_their_width(wall: Wall, admin: Visitor, width: int) -> None:
    import_id = f"{5_000 + width:024x}"
    await bring(wall, import_id, range(width + 5_000, width + 5_001), source="w" * 64, player_name="W" * 64)
    fits = "document.documentElement.scrollWidth <= innerWidth"
    tables = "[...document.querySelectorAll('.table-scroll')].every((one) => one.scrollWidth <= one.clientWidth)"
    for path in (IMPORTS, f"{IMPORTS}/{import_id}"):
        async with opened(admin, path, width=width) as page:
            assert await page.value(f"{fits} && {tables}"), path
            assert await faults(page) == [], path
